//! Checks an output right after it was written, and as in a clean clone.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use compose2k8s::emit::{State, is_script_of_this_version, script_paths};
use compose2k8s::{OutputCheckOptions, OutputPaths, Purpose, Request, Session};

use crate::golden;

/// A value that is shorter may be a part of another text by chance.
const MARKED: usize = 6;

/// Translates a project to `k8s` in its directory and checks the output: as it was written, without the files that supply variables,
/// and without the Secrets. Returns the findings, and the files outside `secrets/` that contain a value of these files; `None` if the
/// project is refused. The files are removed.
pub(crate) fn findings(request: &Request, project: &Path) -> Option<Vec<String>> {
    let output = project.join("k8s");
    let _ = fs::remove_dir_all(&output);
    let here = std::env::current_dir().unwrap();
    let mut session = Session::new();
    let loaded = session.load(request).ok()?;
    let directory = loaded.project.directory.clone();
    let paths = OutputPaths::new(&output, &directory, &here).unwrap();
    let files = session.translate(request, &loaded, Some(&paths), Purpose::Write).ok()?;
    session.write(&files, &paths).expect("files that can be written");
    let mut found = differences(request, &output, "as written");
    let written = script_paths().filter_map(|path| Some((path, &files.kit.get(path)?.text)));
    let foreign = written.filter(|(path, text)| !is_script_of_this_version(path, text));
    found.extend(foreign.map(|(path, _)| format!("{path} is not recognized as a script of this version")));
    found.extend(leaks(&output, &directory));
    for file in sources_of_variables(&output) {
        let _ = fs::remove_file(directory.join(file));
    }
    found.extend(differences(request, &output, "without the files that supply variables"));
    let _ = fs::remove_dir_all(output.join("secrets"));
    found.extend(differences(request, &output, "in a clean clone"));
    Some(found)
}

/// Returns what a check finds.
fn differences(request: &Request, output: &Path, when: &str) -> Vec<String> {
    let here = std::env::current_dir().unwrap();
    let options = OutputCheckOptions { output, current_directory: &here, compare_manifests: true };
    let mut session = Session::new();
    let Ok(result) = session.check_output(request, options) else {
        let why = session.report.problems().iter().map(|problem| format!("{}: {}", problem.code.name, problem.message));
        return vec![format!("{when}: refused: {}", why.collect::<Vec<_>>().join("; "))];
    };
    let (_, report) = result.comparison.unwrap();
    let findings = report.problems().iter().map(|it| format!("{when}: {}: {}", it.code.name, it.message));
    let drift = result.drift.expect("files that can be read").into_iter();
    let drift = drift.filter(|file| !matches!(file.state, State::Unchanged | State::Withheld));
    findings.chain(drift.map(|file| format!("{when}: {}: drift\n{}", file.path, file.diff(false)))).collect()
}

/// Returns the files that supply variables, as the output records them.
fn sources_of_variables(output: &Path) -> BTreeSet<PathBuf> {
    let recorded = fs::read_to_string(output.join("variables.txt")).unwrap_or_default();
    let names = recorded.lines().filter(|line| line.starts_with('"')).filter_map(|line| line.split('"').nth(1));
    names.filter(|name| *name != "command line").map(PathBuf::from).collect()
}

/// Returns the files outside `secrets/` with a value of a file that supplies variables. Values that the Compose files contain, and
/// recorded ones, which the manifests need as the tag of an image, do not count.
fn leaks(output: &Path, directory: &Path) -> Vec<String> {
    let recorded = fs::read_to_string(output.join("variables.txt")).unwrap_or_default();
    let is_yaml = |name: &str| name.ends_with(".yaml") || name.ends_with(".yml");
    let committed: Vec<String> = golden::files(directory)
        .into_iter()
        .filter(|(name, _)| is_yaml(name) && !name.starts_with("k8s/"))
        .map(|(_, text)| text)
        .chain([recorded])
        .collect();
    // The scripts are the same in every output.
    let mut files = golden::files(output);
    files.retain(|name, _| {
        !name.starts_with("secrets/") && (!name.starts_with("scripts/") || name.ends_with("project.sh"))
    });
    let mut found = Vec::new();
    for source in sources_of_variables(output) {
        let text = fs::read_to_string(directory.join(&source)).unwrap_or_default();
        for value in text.lines().filter_map(|line| Some(line.split_once('=')?.1.trim().trim_matches(['"', '\'']))) {
            let is_known = committed.iter().any(|text| text.contains(value));
            if value.len() < MARKED || value.contains('$') || is_known {
                continue;
            }
            let with = files.iter().filter(|(_, text)| text.contains(value));
            found.extend(with.map(|(name, _)| format!("{name} contains `{value}` of {}", source.display())));
        }
    }
    found
}
