//! Sizes of files and folders.

use std::collections::BTreeMap;
use std::path::Path;

use super::{files_below, rust_files};

const LINES: usize = 400;
const LINES_OF_TESTS: usize = 600;
const FILES_OF_A_FOLDER: usize = 15;

/// Whether all of a file is compiled for tests only.
fn is_test(file: &str) -> bool {
    file.starts_with("tests/") || file.contains("/tests/") || file.ends_with("/tests.rs") || file.ends_with("_tests.rs")
}

#[test]
fn files_are_short() {
    let files = rust_files(&["src", "tests", "benches", "fuzz/src", "fuzz/fuzz_targets"]);
    let limit = |file: &str| if is_test(file) { LINES_OF_TESTS } else { LINES };
    let lines = files.iter().map(|(file, text)| (file, text.lines().count()));
    let long: Vec<_> = lines.filter(|(file, lines)| *lines > limit(file)).collect();
    assert!(long.is_empty(), "files with more than {LINES} lines, or {LINES_OF_TESTS} of tests: {long:#?}");
}

#[test]
fn folders_have_few_files() {
    let files = files_below(&["src", "tests", "benches", "overrides", "schemas"]);
    let mut counts: BTreeMap<&Path, usize> = BTreeMap::new();
    for folder in files.keys().filter_map(|file| Path::new(file).parent()) {
        *counts.entry(folder).or_default() += 1;
    }
    assert!(counts.len() > 20, "the folders were found");
    counts.retain(|_, count| *count > FILES_OF_A_FOLDER);
    assert!(counts.is_empty(), "folders with more than {FILES_OF_A_FOLDER} files of their own: {counts:#?}");
}
