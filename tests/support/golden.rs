//! Golden tests: a folder of input, the complete expected output, and the text that the user sees.
//!
//! The comparison reports surplus files as well. `UPDATE=1 cargo test` rewrites the expected files and then fails, so that it
//! cannot pass in CI.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Optional material outside of the repository that some tests compare with (`corpus`, `boulder`).
pub(crate) fn beside(name: &str) -> Option<PathBuf> {
    let variable = format!("COMPOSE2K8S_{}", name.to_uppercase());
    std::env::var_os(variable)
        .map(PathBuf::from)
        .into_iter()
        .chain(["../shared", "../../shared"].iter().map(|up| root().join(up).join(name)))
        .find(|path| path.is_dir())
}

/// A temporary folder in memory, or on disk if the host has no such file system. The program flushes every file that it writes, which
/// on a disk takes most of the time of a run.
pub(crate) fn temporary_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder")
}

/// The program under test, without colors and with an environment of its own.
pub(crate) fn program(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compose2k8s"));
    command.current_dir(directory).env_clear().env("HOME", "/home/user").env("COLUMNS", "120");
    command
}

/// The output and the exit status of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in a folder.
pub(crate) fn run(directory: &Path, arguments: &[&str]) -> Ran {
    let output = program(directory).args(arguments).output().expect("the program starts");
    Ran {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    }
}

/// The contents of every file below a folder by its relative path.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below the folder").to_string_lossy().into_owned();
                let bytes = fs::read(&path).expect("a readable file");
                found.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    found
}

/// Copies a folder recursively.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a file can be copied");
        }
    }
}

/// Whether to rewrite the expected files.
pub(crate) fn updating() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// Whether to run everything, as CI does: all mutations, and the scripts with their real durations.
pub(crate) fn is_complete_run() -> bool {
    std::env::var_os("COMPOSE2K8S_TEST_ALL").is_some_and(|all| !all.is_empty() && all != "0")
}

/// Compares two sets of files; with `UPDATE=1` rewrites the expected one. Returns the differences as unified diffs.
pub(crate) fn compare(expected: &Path, actual: &BTreeMap<String, String>) -> Vec<String> {
    let known = files(expected);
    let mut differences = Vec::new();
    for (name, text) in actual {
        match known.get(name) {
            Some(old) if old == text => {}
            old => differences.push(diff(&expected.join(name), old.map_or("", String::as_str), text)),
        }
    }
    for name in known.keys().filter(|name| !actual.contains_key(*name)) {
        differences.push(format!("{}: expected, but not there\n", expected.join(name).display()));
        if updating() {
            fs::remove_file(expected.join(name)).expect("a file can be removed");
        }
    }
    if updating() && !differences.is_empty() {
        for (name, text) in actual {
            let path = expected.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
            fs::write(path, text).expect("a file can be written");
        }
    }
    differences
}

/// Compares a string with a committed file; with `UPDATE=1` rewrites the file. Returns the difference as a unified diff.
pub(crate) fn compare_text(expected: &Path, actual: &str) -> Option<String> {
    let known = fs::read_to_string(expected).unwrap_or_default();
    if known == actual {
        return None;
    }
    if updating() {
        fs::create_dir_all(expected.parent().expect("a folder")).expect("a folder can be made");
        fs::write(expected, actual).expect("a file can be written");
    }
    Some(diff(expected, &known, actual))
}

fn diff(path: &Path, old: &str, new: &str) -> String {
    let name = path.strip_prefix(root()).unwrap_or(path).display().to_string();
    similar::TextDiff::from_lines(old, new)
        .unified_diff()
        .header(&format!("{name} (expected)"), &format!("{name} (now)"))
        .to_string()
}
