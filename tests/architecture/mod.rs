//! The code layout: import order, names, sizes, exhaustive patterns in the topics, no names of the bundled example in `src/`.

mod imports;
mod names;
mod sizes;

use std::collections::BTreeMap;

use crate::golden;

fn sources() -> BTreeMap<String, String> {
    let sources = golden::files(&golden::root().join("src"));
    assert!(sources.len() > 20, "src/ was read");
    sources
}

/// The contents of the files below several folders of the repository, by their paths from its root.
fn files_below(folders: &[&str]) -> BTreeMap<String, String> {
    let below = |folder: &&str| {
        let prefix = format!("{folder}/");
        golden::files(&golden::root().join(folder))
            .into_iter()
            .map(move |(file, text)| (format!("{prefix}{file}"), text))
    };
    folders.iter().flat_map(below).filter(|(file, _)| !file.contains("/target/")).collect()
}

/// The Rust sources below several folders of the repository.
fn rust_files(folders: &[&str]) -> BTreeMap<String, String> {
    let is_rust = |file: &str| std::path::Path::new(file).extension().is_some_and(|extension| extension == "rs");
    files_below(folders).into_iter().filter(|(file, _)| is_rust(file)).collect()
}

/// The lines of a source that are not comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn the_checker_knows_nothing_of_the_maker() {
    for (file, text) in sources().iter().filter(|(file, _)| file.starts_with("check/")) {
        for (line, code) in code(text) {
            for maker in ["lower::", "emit::", "::lower", "::emit", "vocabulary::", "::vocabulary"] {
                assert!(!code.contains(maker), "src/{file}:{line} reaches into the maker: {code}");
            }
        }
    }
}

#[test]
fn imports_run_one_way() {
    // A stage may use what stands left of it. `check` stands apart: it may use everything up to `overrides`.
    let order = [
        "text",
        "paths",
        "words",
        "vocabulary",
        "report",
        "keys",
        "parse",
        "resolve",
        "graph",
        "overrides",
        "lower",
        "emit",
    ];
    for (file, text) in &sources() {
        let Some(stage) =
            order.iter().position(|stage| file.starts_with(&format!("{stage}/")) || *file == format!("{stage}.rs"))
        else {
            continue;
        };
        for (line, code) in code(text) {
            for later in &order[stage + 1..] {
                assert!(
                    !code.contains(&format!("crate::{later}::")),
                    "src/{file}:{line} imports from the later stage {later}: {code}"
                );
            }
        }
    }
}

#[test]
fn files_and_folders_import_without_cycles() {
    let cycles = imports::ImportGraph::new(&sources()).cycles();
    assert!(cycles.is_empty(), "files and folders that import each other in a circle, by their folder: {cycles:#?}");
}

/// `up`, `down`, `run` and `logs` start the scripts of the output, in one place.
const STARTS_PROCESSES: &str = "cli/lifecycle/script.rs";

#[test]
fn nothing_is_executed_and_nothing_is_fetched() {
    assert!(sources().contains_key(STARTS_PROCESSES));
    let sources = sources();
    let sources = sources.iter().filter(|(file, _)| *file != STARTS_PROCESSES);
    for (file, text) in sources.filter(|(file, _)| file.ends_with(".rs") && !file.contains("tests")) {
        let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (line, code) in code(program) {
            for way in [
                "Command::new(\"",
                "process::Command",
                "TcpStream",
                "TcpListener",
                "UdpSocket",
                "UnixStream",
                "extern \"C\"",
            ] {
                assert!(!code.contains(way), "src/{file}:{line} starts a program or opens a socket: {code}");
            }
        }
    }
}

#[test]
fn topics_destructure_their_whole_input() {
    let topics = ["process", "networks", "volumes", "order", "health"];
    let is_topic = |file: &str| {
        let path = file.strip_prefix("lower/").or_else(|| file.strip_prefix("check/"));
        path.is_some_and(|path| {
            topics
                .iter()
                .any(|topic| path.strip_prefix(topic).is_some_and(|rest| rest == ".rs" || rest.starts_with('/')))
        })
    };
    for (file, text) in sources().iter().filter(|(file, _)| is_topic(file)) {
        for (line, code) in code(text) {
            let pattern = code.trim_start();
            let binds_struct = pattern.starts_with("let ") && pattern.contains('{') && pattern.contains("} =");
            assert!(!(binds_struct && pattern.contains("..")), "src/{file}:{line} leaves fields out: {code}");
        }
    }
}

#[test]
fn no_word_of_the_worked_example_is_in_the_program() {
    for (file, text) in &sources() {
        let text = text.to_lowercase();
        for word in ["boulder", "letsencrypt", "bredis", "bmariadb", "pkimetal", "10.77.", "64.112."] {
            assert!(!text.contains(word), "src/{file} says {word}: that belongs in overrides/");
        }
    }
}

#[test]
fn the_repository_speaks_of_the_product_alone() {
    let readme = std::fs::read_to_string(golden::root().join("Cargo.toml")).expect("Cargo.toml");
    assert!(readme.contains("compose2k8s"));
    for (file, text) in &sources() {
        for word in ["/work/", "/root/", "/home/runner"] {
            assert!(!text.contains(word), "src/{file} names a path of a machine: {word}");
        }
    }
}
