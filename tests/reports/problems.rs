//! Every diagnostic code has a folder in `fixtures/problems`. `tests/fixtures` runs the problems.

use std::collections::BTreeSet;
use std::path::Path;

use crate::golden::Ran;
use crate::inputs;

/// Codes that no input file alone can produce, each with the test that produces it.
const ELSEWHERE: &[(&str, &str)] = &[
    ("check::unused_baseline_entry", "entries_that_match_nothing_are_reported_and_removed_on_request"),
    ("check::invalid_baseline", "a_file_that_is_no_baseline_is_kept"),
    ("parse::too_large", "too_large_files_are_refused_before_reading"),
    ("parse::compose_variables", "variables_of_compose_in_the_process_environment_are_reported"),
    ("parse::recorded_values", "a_clean_clone_without_the_files_passes_the_check_with_one_note"),
    ("parse::shell_variables", "the_process_environment_is_reported_but_not_used"),
    ("parse::include_too_deep", "includes_have_a_maximum_depth"),
    ("resolve::unread", "every_service_key_is_taken_or_skipped"),
    ("emit::busy", "a_second_run_gives_up_after_a_while"),
    ("emit::not_utf8", "a_folder_name_that_is_not_unicode_is_rejected"),
    ("emit::unfaithful", "a_comment_with_an_unknown_path_is_an_error"),
    ("emit::other_version", "output_of_another_version_is_a_note_unless_more_differs"),
    ("emit::no_secrets", "a_clean_clone_without_secrets_passes_the_check"),
    ("emit::secrets_in_build_context", "secrets_in_a_build_context_are_reported_unless_they_are_excluded"),
    ("emit::unwritable", "a_full_disk_leaves_the_old_output"),
    ("internal::impossible_state", "an_impossible_state_is_an_error_that_asks_for_a_bug_report"),
];

/// Runs a problem with further arguments; `None` if its command takes no `--format`.
pub(crate) fn run_with(problem: &Path, more: &[&str]) -> Option<Ran> {
    let Some(command) = inputs::command(problem) else {
        return Some(inputs::run(problem, &[&["-o", "k8s/manifests"], more].concat()).1);
    };
    // `config` and the like have no report in other formats.
    let reports = command.iter().any(|argument| argument == "--against" || argument == "-o");
    // `-o -` prints manifests where the report of another format would be.
    let reports = reports && !command.windows(2).any(|pair| pair == ["-o", "-"]);
    reports.then(|| inputs::run_command(problem, &command, more).1)
}

#[test]
fn every_code_has_a_folder_and_every_folder_a_code() {
    let codes: BTreeSet<&str> = compose2k8s::codes().map(|code| code.name).collect();
    let folders: BTreeSet<String> = inputs::folders("problems")
        .iter()
        .map(|folder| inputs::name(folder).replacen('-', "::", 1).replace('-', "_"))
        .collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(code, _)| *code).collect();
    let without: Vec<_> =
        codes.iter().filter(|code| !folders.contains(**code) && !elsewhere.contains(**code)).collect();
    let unknown: Vec<_> = folders.iter().filter(|folder| !codes.contains(folder.as_str())).collect();
    assert!(without.is_empty(), "codes without a folder in fixtures/problems: {without:#?}");
    assert!(unknown.is_empty(), "folders without a code: {unknown:#?}");
    assert!(elsewhere.iter().all(|code| codes.contains(code)), "ELSEWHERE names a code that does not exist");
}

#[test]
fn no_help_shows_a_placeholder() {
    let is_placeholder = |part: &str| {
        let name = part.split('}').next().filter(|name| name.len() < part.len()).unwrap_or_default();
        !name.is_empty() && name.chars().all(|character| character.is_ascii_lowercase() || character == '_')
    };
    for folder in inputs::folders("problems") {
        let report = std::fs::read_to_string(folder.join("report.txt")).unwrap_or_default();
        let mut help = report.lines().filter(|line| line.trim_start().starts_with("help: "));
        let shown = help.find(|line| line.split('{').skip(1).any(is_placeholder));
        assert_eq!(shown, None, "{}", folder.display());
    }
}
