//! Names: no function is named by a bare word that does not say what it returns, and no two shared types have one name.

use std::collections::{BTreeMap, BTreeSet};

use super::{code, rust_files};

/// Names that do not say what the function returns.
const UNINFORMATIVE: [&str; 8] = ["of", "read", "text", "shown", "word", "words", "list", "listed"];

/// The name after a keyword, if the line contains the keyword as a word.
fn name_after<'a>(line: &'a str, keyword: &str) -> Option<&'a str> {
    let (before, after) = line.split_once(&format!("{keyword} "))?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
    (!before.ends_with(is_name) && end > 0).then(|| &after[..end])
}

#[test]
fn functions_are_named_after_what_they_return() {
    for (file, text) in &rust_files(&["src", "tests", "benches", "fuzz/src", "fuzz/fuzz_targets"]) {
        for (line, code) in code(text) {
            let name = name_after(code, "fn").unwrap_or_default();
            assert!(!UNINFORMATIVE.contains(&name), "{file}:{line} names a function `{name}`: {}", code.trim());
        }
    }
}

#[test]
fn types_that_other_modules_see_have_names_of_their_own() {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in &rust_files(&["src"]) {
        for (line, code) in code(text) {
            let code = code.trim_start();
            let visible = code.starts_with("pub ") || code.starts_with("pub(");
            let keywords = ["struct", "enum", "trait", "type", "union"];
            // `problems!` declares the enum `Problem` of each stage, so the text contains it once.
            for name in keywords.iter().filter(|_| visible).filter_map(|keyword| name_after(code, keyword)) {
                places.entry(name.to_owned()).or_default().insert(format!("{file}:{line}"));
            }
        }
    }
    assert!(places.len() > 200, "the types were found");
    places.retain(|_, places| places.len() > 1);
    assert!(places.is_empty(), "types with the same name: {places:#?}");
}
