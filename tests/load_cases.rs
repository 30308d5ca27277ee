//! `fixtures/cases/load-<behaviour>/`: what the loader makes of a project, value for value.
//!
//! Input: `compose.yaml`, files that begin with `more` merged after it in the order of their names, `arguments` (one a
//! line), and whatever these name. Expected: `expected.json`, the canonical form, in which `/PROJECT` is the folder and
//! `/ABOVE` the one it lies in; every profile is chosen, the project is called `project`, and `HOME` is `/home/user`. The
//! forms were made by hand and held to the official loader's answers.

use std::fs;
use std::path::{Path, PathBuf};

use crate::golden;

/// The folders whose project is only loaded.
pub(crate) fn is_of_the_loader(case: &Path) -> bool {
    case.file_name().is_some_and(|name| name.to_string_lossy().starts_with("load-"))
}

/// The canonical form of a project in a folder, read from there.
fn canonical(project: &Path) -> String {
    let mut files: Vec<String> = fs::read_dir(project)
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("more") && name.ends_with(".yaml"))
        .collect();
    files.sort();
    files.insert(0, "compose.yaml".to_owned());
    let written = fs::read_to_string(project.join("arguments")).unwrap_or_default();
    let fixed = ["config", "--format", "json", "-p", "project", "--profile", "*"];
    let arguments: Vec<&str> =
        fixed.into_iter().chain(files.iter().map(String::as_str)).chain(written.lines()).collect();
    let ran = golden::run(project, &arguments);
    assert_eq!(ran.status, 0, "{}: {}", project.display(), ran.stderr);
    let above = project.parent().unwrap();
    ran.stdout.replace(&project.display().to_string(), "/PROJECT").replace(&above.display().to_string(), "/ABOVE")
}

fn cases() -> Vec<PathBuf> {
    let folders = fs::read_dir(golden::root().join("fixtures/cases")).unwrap();
    let mut cases: Vec<_> = folders.map(|entry| entry.unwrap().path()).filter(|case| is_of_the_loader(case)).collect();
    cases.sort();
    cases
}

#[test]
fn every_project_has_the_form_that_is_expected() {
    let folder = tempfile::tempdir().unwrap();
    let mut differences = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 70, "only {} cases are there", cases.len());
    for case in cases {
        let project = folder.path().join(case.file_name().unwrap());
        golden::copy(&case, &project);
        differences.extend(golden::compare_text(&case.join("expected.json"), &canonical(&project)));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
