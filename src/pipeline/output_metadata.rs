//! The description of an output: its sources, the command that regenerates it, and the differences in behaviour.
//!
//! Invariant: every path is relative to the output root, the project directory or the folder of the command.

use std::path::{Path, PathBuf};

use crate::emit::{OutputMetadata, OutputPaths};
use crate::parse::files::is_input;
use crate::paths;
use crate::report::{Diagnostic, Report, Severity, Stage};
use crate::request::{Loaded, Request};
use crate::words::shell_quote;

/// Collects the metadata. The differences in behaviour, [`deviations`], are only known after lowering.
pub(crate) fn output_metadata(request: &Request, loaded: &Loaded, paths: Option<&OutputPaths>) -> OutputMetadata {
    let Loaded { project, overrides, runs } = loaded;
    let asked = request.overrides.as_deref();
    let named = |file: &PathBuf| {
        if is_input(file) {
            "standard input".to_owned()
        } else {
            from_kit(paths, &project.directory, &project.path_of(file))
        }
    };
    let mut sources: Vec<String> = project.files.iter().map(named).collect();
    for run in &overrides.runs {
        sources.extend(
            run.files.iter().map(|file| from_kit(paths, &project.directory, &project.directory.join(&file.value))),
        );
    }
    let own = project.directory.join(overrides.origin.as_deref().unwrap_or_default());
    match (asked, overrides.origin.as_deref()) {
        (Some(path), _) => sources.push(from_kit(paths, &project.directory, path)),
        (None, Some(_)) if own.is_file() => sources.push(from_kit(paths, &project.directory, &own)),
        (None, _) => {}
    }
    let mut seen = std::collections::BTreeSet::new();
    sources.retain(|source| seen.insert(source.clone()));
    let mut recorded = project.recorded.clone();
    for run in runs {
        recorded.merge(&run.recorded);
    }
    OutputMetadata {
        recorded,
        sources,
        project: paths.map_or_else(|| "..".to_owned(), |paths| paths.to_project.clone()),
        kit: paths.map_or_else(|| "k8s".to_owned(), |paths| paths.to_kit.clone()),
        compose_files: project.files.iter().map(|file| file.display().to_string()).collect(),
        compose_options: compose_options(request, loaded),
        regenerate: regenerate(request, loaded, paths),
        regenerate_in: paths.map_or("the project directory", |paths| paths.command_folder_words).to_owned(),
        overrides: overrides.origin.clone(),
        picture: crate::graph::graph(project),
        notes: overrides.notes.clone(),
        workflows: overrides.workflows.clone(),
        deviations: Vec::new(),
        accepted: accepted(loaded),
        preview: false,
    }
}

/// Returns the differences in behaviour that lowering reported.
pub(crate) fn deviations(report: &Report) -> Vec<Diagnostic> {
    let told = |problem: &&Diagnostic| problem.code.stage == Stage::Lower && problem.severity != Severity::Error;
    report.problems().iter().filter(told).cloned().collect()
}

fn from_kit(paths: Option<&OutputPaths>, directory: &Path, path: &Path) -> String {
    paths.and_then(|paths| paths.from_kit(path)).unwrap_or_else(|| {
        let shown = path.strip_prefix(directory).unwrap_or(path);
        format!("../{}", shown.display())
    })
}

/// Returns the command that regenerates the output in [`OutputPaths::command_folder`].
fn regenerate(request: &Request, loaded: &Loaded, paths: Option<&OutputPaths>) -> String {
    let project = &loaded.project;
    let path = |path: &Path| {
        let shown = paths
            .and_then(|paths| paths.from_command_folder(path))
            .unwrap_or_else(|| path.strip_prefix(&project.directory).unwrap_or(path).display().to_string());
        // A file name that begins with `-` must not be read as an option or as standard input.
        if shown.starts_with('-') { format!("./{shown}") } else { shown }
    };
    let options = &request.project;
    let mut words = vec!["compose2k8s".to_owned()];
    let named = |file: &PathBuf| if is_input(file) { "-".to_owned() } else { path(&project.path_of(file)) };
    words.extend(project.files.iter().map(named));
    let mut add_option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    if let Some(directory) = &options.project_directory {
        add_option("--project-directory", path(directory));
    }
    if let Some(name) = &options.project_name {
        add_option("--project-name", name.clone());
    }
    for profile in &options.profiles {
        add_option("--profile", profile.clone());
    }
    for file in &options.env_files {
        add_option("--env-file", path(file));
    }
    // A value may be a secret.
    for (name, _) in &options.variables {
        add_option("--env", name.clone());
    }
    if let Some(file) = &request.overrides {
        add_option("--overrides", path(file));
    }
    if let Some(preset) = &request.preset {
        add_option("--preset", preset.clone());
    }
    if options.process_environment {
        words.push("--process-env".to_owned());
    }
    words.push("-o".to_owned());
    words.push(paths.map_or_else(|| "k8s/manifests".to_owned(), |paths| paths.output.clone()));
    words.iter().map(|word| shell_quote(word)).collect::<Vec<_>>().join(" ")
}

/// Returns the options for `docker compose` in the project directory that select the files and profiles of the project.
fn compose_options(request: &Request, loaded: &Loaded) -> Vec<String> {
    let options = &request.project;
    let directory = &loaded.project.directory;
    let working = std::env::current_dir().unwrap_or_default();
    let below = |path: &PathBuf| paths::relative(directory, &paths::absolute(&working, path)).display().to_string();
    let mut all = Vec::new();
    if options.project_directory.is_some() {
        all.extend(["--project-directory".to_owned(), ".".to_owned()]);
    }
    for file in &options.env_files {
        all.extend(["--env-file".to_owned(), below(file)]);
    }
    for profile in &options.profiles {
        all.extend(["--profile".to_owned(), profile.clone()]);
    }
    all
}

/// Returns the accepted differences and their reasons.
fn accepted(loaded: &Loaded) -> Vec<(String, String)> {
    loaded
        .overrides
        .accept
        .iter()
        .map(|acceptance| {
            let what = acceptance.key.as_ref().map_or(acceptance.code.value.as_str(), |key| key.value.as_str());
            (format!("`{what}` of {}", acceptance.scope), acceptance.reason.clone())
        })
        .collect()
}
