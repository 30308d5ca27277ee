//! Build contexts that contain the generated Secrets: `COPY . .` would copy them into an image.
//! <https://docs.docker.com/build/concepts/context/#dockerignore-files>

use std::path::{Path, PathBuf};

use crate::emit::problem::Problem;
use crate::emit::{Files, OutputPaths, secrets};
use crate::report::Report;
use crate::resolve::Project;
use crate::resolve::process::Build;
use crate::vocabulary::file;

/// Reports each build context that contains the directory of Secrets and whose `.dockerignore` does not exclude it.
pub(super) fn report_secrets_in_contexts(project: &Project, files: &Files, paths: &OutputPaths, report: &mut Report) {
    if secrets(files).next().is_none() {
        return;
    }
    let directory = paths.kit.join(file::SECRETS);
    let mut reported = Vec::new();
    for service in project.services.values() {
        let Some(build) = &service.process.image.build else { continue };
        let Build { context: Some(context), dockerfile, args: _ } = &build.value else { continue };
        let Ok(context) = paths.project.join(context).canonicalize() else { continue };
        let Ok(below) = directory.strip_prefix(&context) else { continue };
        let ignore_file = ignore_file(&context, dockerfile.as_deref());
        let patterns = std::fs::read_to_string(&ignore_file).unwrap_or_default();
        if excludes(&patterns, below) || reported.contains(&ignore_file) {
            continue;
        }
        report.add(Problem::SecretsInBuildContext {
            service: service.name.value.to_string(),
            secrets: paths.display(&directory),
            entry: below.display().to_string().replace('\\', "/"),
            ignore_file: paths.display(&ignore_file),
            at: build.span,
        });
        reported.push(ignore_file);
    }
}

/// Returns the path of the file with the patterns: that of the Dockerfile if it exists, else `.dockerignore` of the context.
fn ignore_file(context: &Path, dockerfile: Option<&str>) -> PathBuf {
    let own = dockerfile.map(|dockerfile| context.join(format!("{dockerfile}.dockerignore")));
    own.filter(|own| own.is_file()).unwrap_or_else(|| context.join(".dockerignore"))
}

/// Whether patterns exclude a directory with all that is in it. The last pattern that matches decides, and one with `!` below the
/// directory includes parts of it again.
fn excludes(patterns: &str, directory: &Path) -> bool {
    let path: Vec<String> =
        directory.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let mut excluded = false;
    for line in patterns.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (includes, pattern) = line.strip_prefix('!').map_or((false, line), |pattern| (true, pattern.trim()));
        let pattern: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        // A pattern that matches a parent matches the directory.
        let is_match = (1..=path.len()).any(|length| matches(&pattern, path.get(..length).unwrap_or_default()));
        let is_below =
            includes && pattern.len() > path.len() && matches(pattern.get(..path.len()).unwrap_or_default(), &path);
        if is_match || is_below {
            excluded = !includes;
        }
    }
    excluded
}

/// Whether a pattern matches a path: `**` is any number of directories.
fn matches<S: AsRef<str>>(pattern: &[&str], path: &[S]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["**", rest @ ..], _) => {
            (0..=path.len()).any(|skipped| matches(rest, path.get(skipped..).unwrap_or_default()))
        }
        ([first, rest @ ..], [name, below @ ..]) => matches_name(first, name.as_ref()) && matches(rest, below),
        ([], _) | (_, []) => false,
    }
}

/// Whether a pattern matches a name: `*` is any text, `?` any character.
fn matches_name(pattern: &str, name: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = letters.as_str();
            name.char_indices()
                .map(|(at, _)| at)
                .chain([name.len()])
                .any(|at| name.get(at..).is_some_and(|name| matches_name(rest, name)))
        }
        Some(letter) => {
            let mut name = name.chars();
            name.next().is_some_and(|first| letter == '?' || letter == first)
                && matches_name(letters.as_str(), name.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_exclude_a_directory_as_in_docker() {
        let is_excluded = |patterns: &str| excludes(patterns, Path::new("k8s/secrets"));
        for patterns in
            ["k8s", "/k8s/", "k8s/secrets\n", "**/secrets", "*", "k*/sec??ts", "!k8s\nk8s/secrets", "*\n!src"]
        {
            assert!(is_excluded(patterns), "{patterns}");
        }
        for patterns in
            ["", "# k8s", "secrets", "k8s/other", "k8s\n!k8s", "*\n!k8s/secrets", "k8s/secrets\n!k8s/secrets/a.yaml"]
        {
            assert!(!is_excluded(patterns), "{patterns}");
        }
    }
}
