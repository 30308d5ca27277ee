//! `fixtures/problems/<stage>-<code>/`: each code has a folder, each folder a code, with the text the user sees.
//!
//! Input as in `fixtures/cases`; a file `command` gives other arguments than translating (one a line). Expected:
//! `report.txt`, which shows the folder's code, and that nothing was written.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::golden::Ran;
use crate::{cases, golden};

/// Codes that no input file alone can bring about, each with the test that does.
const ELSEWHERE: &[(&str, &str)] = &[
    ("parse::too_large", "files_without_measure_are_refused_unread"),
    ("parse::shell_variables", "the_shell_is_told_of_but_not_asked"),
    ("parse::include_too_deep", "includes_have_a_depth"),
    ("resolve::unread", "every_key_of_a_service_is_taken_or_left"),
    ("emit::busy", "a_second_run_gives_up_after_a_while"),
    ("emit::not_utf8", "a_folder_whose_name_is_no_text_is_refused"),
    ("emit::unfaithful", "a_comment_that_leads_nowhere_is_a_problem"),
    ("emit::unwritable", "a_full_disk_loses_nothing"),
];

/// Runs the folder's command with further arguments; `None` where the command takes none of those.
pub(crate) fn run_with(case: &Path, more: &[&str]) -> Option<Ran> {
    let command = fs::read_to_string(case.join("command")).unwrap_or_default();
    if command.is_empty() {
        return Some(cases::run(case, &[&["-o", "k8s/manifests"], more].concat()).1);
    }
    let mut arguments: Vec<&str> = command.lines().collect();
    // `config` and the like have no report that programs read.
    let reports = arguments.contains(&"--against") || arguments.contains(&"-o");
    if !reports {
        return None;
    }
    arguments.extend(more);
    let folder = tempfile::tempdir().expect("a temporary folder");
    golden::copy(case, &folder.path().join("project"));
    Some(golden::run(&folder.path().join("project"), &arguments))
}

#[test]
fn every_problem_reads_as_expected() {
    let mut differences = Vec::new();
    let mut folders: Vec<_> = fs::read_dir(golden::root().join("fixtures/problems"))
        .expect("fixtures/problems")
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    folders.sort();
    assert!(!folders.is_empty(), "there are problems");
    for case in folders {
        let name = case.file_name().expect("a name").to_string_lossy().into_owned();
        let code = name.replacen('-', "::", 1).replace('-', "_");
        let command = fs::read_to_string(case.join("command")).unwrap_or_default();
        let (folder, ran) = if command.is_empty() {
            cases::run(&case, &["-o", "k8s/manifests"])
        } else {
            let folder = tempfile::tempdir().expect("a temporary folder");
            golden::copy(&case, &folder.path().join("project"));
            let arguments: Vec<&str> = command.lines().collect();
            let ran = golden::run(&folder.path().join("project"), &arguments);
            (folder, ran)
        };
        let seen = format!("{}exit status {}\n", ran.stderr, ran.status)
            .replace(&folder.path().display().to_string(), "FOLDER");
        differences.extend(golden::compare_text(&case.join("report.txt"), &seen));
        assert!(seen.contains(&code), "{name}: the report does not say {code}:\n{seen}");
        if ran.status == 2 && command.is_empty() {
            assert!(!folder.path().join("project/k8s").exists(), "{name}: refused, but something was written");
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_code_has_its_folder_and_every_folder_its_code() {
    let codes: BTreeSet<&str> = compose2k8s::codes().map(|code| code.name).collect();
    let folders: BTreeSet<String> = fs::read_dir(golden::root().join("fixtures/problems"))
        .expect("fixtures/problems")
        .map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned())
        .map(|name| name.replacen('-', "::", 1).replace('-', "_"))
        .collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(code, _)| *code).collect();
    let without: Vec<_> =
        codes.iter().filter(|code| !folders.contains(**code) && !elsewhere.contains(**code)).collect();
    let unknown: Vec<_> = folders.iter().filter(|folder| !codes.contains(folder.as_str())).collect();
    assert!(without.is_empty(), "codes without a folder in fixtures/problems: {without:#?}");
    assert!(unknown.is_empty(), "folders without a code: {unknown:#?}");
    assert!(elsewhere.iter().all(|code| codes.contains(code)), "ELSEWHERE names a code that is gone");
}
