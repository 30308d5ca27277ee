//! Runs the program on the input of a folder of `fixtures/cases` or `fixtures/problems`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::golden::{self, Ran};

/// The folders below `fixtures/<group>`, in the order of their names.
pub(crate) fn folders(group: &str) -> Vec<PathBuf> {
    let mut folders: Vec<_> = fs::read_dir(golden::root().join("fixtures").join(group))
        .unwrap_or_else(|error| panic!("fixtures/{group}: {error}"))
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    folders.sort();
    folders
}

/// The last part of a folder's path.
pub(crate) fn name(folder: &Path) -> String {
    folder.file_name().expect("a folder with a name").to_string_lossy().into_owned()
}

/// The Compose files of a case: `compose.yaml`, then the other `*.yaml` in the order of their names. Files whose names start with
/// `other` are only read when another file refers to them.
pub(crate) fn compose_files(project: &Path) -> Vec<String> {
    let mut files: Vec<String> = fs::read_dir(project)
        .expect("a readable folder")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".yaml") && name != "compose.yaml" && name != "overrides.yaml")
        .filter(|name| !name.starts_with("other"))
        .collect();
    files.sort();
    files.insert(0, "compose.yaml".to_owned());
    files
}

/// Copies the input of a case to `project` in a temporary folder and runs the program there with the case's files and `more`.
pub(crate) fn run(case: &Path, more: &[&str]) -> (tempfile::TempDir, Ran) {
    let folder = golden::temporary_folder();
    let project = folder.path().join("project");
    golden::copy(case, &project);
    for output in ["expected", "report.txt"] {
        let path = project.join(output);
        let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    }
    let ran = run_in(&project, more);
    (folder, ran)
}

/// Runs the program on the input of a case in `project`.
pub(crate) fn run_in(project: &Path, more: &[&str]) -> Ran {
    let mut arguments = compose_files(project);
    if project.join("overrides.yaml").exists() {
        arguments.extend(["--overrides", "overrides.yaml"].map(str::to_owned));
    }
    let given = fs::read_to_string(project.join("arguments")).unwrap_or_default();
    arguments.extend(given.lines().filter(|line| !line.is_empty()).map(str::to_owned));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
    golden::run(project, &arguments)
}

/// The arguments of a problem that does not translate its project: the lines of its file `command`.
pub(crate) fn command(problem: &Path) -> Option<Vec<String>> {
    let lines = fs::read_to_string(problem.join("command")).unwrap_or_default();
    (!lines.is_empty()).then(|| lines.lines().map(str::to_owned).collect())
}

/// Runs a problem's command in a copy of its folder with further arguments.
pub(crate) fn run_command(problem: &Path, command: &[String], more: &[&str]) -> (tempfile::TempDir, Ran) {
    let folder = golden::temporary_folder();
    let project = folder.path().join("project");
    golden::copy(problem, &project);
    let arguments: Vec<&str> = command.iter().map(String::as_str).chain(more.iter().copied()).collect();
    let ran = golden::run(&project, &arguments);
    (folder, ran)
}
