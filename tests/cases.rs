//! `fixtures/cases/<topic>-<what-it-shows>/`: a project in, the complete kit and what the user sees out.
//!
//! Input: `compose.yaml`, further `*.yaml` merged after it in the order of their names, `overrides.yaml`, `.env`,
//! `arguments` (one a line). Expected: `expected/` (the exact set of files) and `report.txt`. The scripts that are
//! the same in every kit are not repeated: the case has those that the committed kit has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use compose2k8s::keys::{Key, Verdict};
use compose2k8s::parse::Selection;
use compose2k8s::report::Report;
use compose2k8s::text::Sources;

use crate::golden::{self, Ran};
use crate::load_cases;

/// The kit's scripts that know nothing of a project; `project.sh` is the one that does.
fn is_static(name: &str) -> bool {
    name.starts_with("k8s/scripts/") && name != "k8s/scripts/project.sh"
}

/// Copies a case's input to an empty folder and runs the program there with its files and `more`.
pub(crate) fn run(case: &Path, more: &[&str]) -> (tempfile::TempDir, Ran) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let project = folder.path().join("project");
    golden::copy(case, &project);
    for output in ["expected", "report.txt"] {
        let path = project.join(output);
        let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    }
    let ran = run_in(&project, more);
    (folder, ran)
}

/// Runs the program on the input in a folder. Files that begin with `other` are read by other files only.
fn run_in(project: &Path, more: &[&str]) -> Ran {
    let read = |name: &str| name.ends_with(".yaml") && name != "compose.yaml" && name != "overrides.yaml";
    let mut arguments: Vec<String> = fs::read_dir(project)
        .expect("a folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| read(name) && !name.starts_with("other"))
        .collect();
    arguments.sort();
    arguments.insert(0, "compose.yaml".to_owned());
    if project.join("overrides.yaml").exists() {
        arguments.extend(["--overrides", "overrides.yaml"].map(str::to_owned));
    }
    let written = fs::read_to_string(project.join("arguments")).unwrap_or_default();
    arguments.extend(written.lines().filter(|line| !line.is_empty()).map(str::to_owned));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
    golden::run(project, &arguments)
}

/// What the user sees, in one text.
pub(crate) fn seen(ran: &Ran) -> String {
    format!("{}{}exit status {}\n", ran.stdout, ran.stderr, ran.status)
}

#[test]
fn every_case_gives_the_kit_that_is_expected() {
    let mut differences = Vec::new();
    let mut count = 0;
    let scripts: BTreeMap<String, String> = golden::files(&golden::root().join("k8s"))
        .into_iter()
        .map(|(name, text)| (format!("k8s/{name}"), text))
        .filter(|(name, _)| is_static(name))
        .collect();
    let mut folders: Vec<_> = fs::read_dir(golden::root().join("fixtures/cases"))
        .expect("fixtures/cases")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|case| !load_cases::is_of_the_loader(case))
        .collect();
    folders.sort();
    for case in folders {
        count += 1;
        let (folder, ran) = run(&case, &["-o", "k8s/manifests"]);
        let project = folder.path().join("project");
        let input = golden::files(&case);
        let (same, made): (BTreeMap<String, String>, BTreeMap<String, String>) = golden::files(&project)
            .into_iter()
            .filter(|(name, text)| input.get(name) != Some(text))
            .partition(|(name, _)| is_static(name));
        if ran.status == 0 {
            let of_kit: Vec<&String> = scripts.keys().collect();
            assert_eq!(same.keys().collect::<Vec<_>>(), of_kit, "{}: the scripts of every kit", case.display());
        }
        differences.extend(golden::compare(&case.join("expected"), &made));
        differences.extend(golden::compare_text(&case.join("report.txt"), &seen(&ran)));
        if ran.status == 0 {
            let again = run_in(&project, &["-o", "k8s/manifests"]);
            let checked = run_in(&project, &["-o", "k8s/manifests", "--check"]);
            assert_eq!(again.status, 0, "{}: a second run failed: {}", case.display(), again.stderr);
            assert_eq!(
                checked.status,
                0,
                "{}: not in parity with itself: {}{}",
                case.display(),
                checked.stdout,
                checked.stderr
            );
        }
    }
    assert!(count > 0, "there are cases");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_key_that_is_translated_has_a_case_that_shows_it() {
    let mut shown: BTreeSet<&str> = BTreeSet::new();
    for entry in fs::read_dir(golden::root().join("fixtures/cases")).expect("fixtures/cases") {
        let case = entry.expect("a readable folder").path();
        let mut files: Vec<_> = fs::read_dir(&case)
            .expect("a case")
            .map(|entry| entry.expect("a readable file").path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "yaml") && !path.ends_with("overrides.yaml"))
            .filter(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with("other")))
            .collect();
        files.sort_by_key(|path| (!path.ends_with("compose.yaml"), path.clone()));
        let selection = Selection { files, profiles: vec!["*".to_owned()], ..Selection::default() };
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let project = compose2k8s::project(&selection, &mut sources, &mut report)
            .unwrap_or_else(|_| panic!("{} does not load", case.display()));
        // A refused project shows nothing of what a key becomes.
        if case.join("expected").is_dir() {
            shown.extend(project.met.iter().map(|met| met.key.value.path()));
            shown.extend(project.services.values().flat_map(|service| &service.met).map(|met| met.value.path()));
        }
    }
    let owed = Key::ALL.iter().filter(|key| matches!(key.verdict(), Verdict::Mapped | Verdict::Approximated));
    let missing: Vec<&str> = owed.map(|key| key.path()).filter(|path| !shown.contains(path)).collect();
    assert!(missing.is_empty(), "keys that are translated and that no folder of fixtures/cases has: {missing:#?}");
}
