//! Parses Compose files into a [`Tree`]: YAML, interpolation, `extends`, `include` and merging.
//!
//! Input: which project to load ([`ProjectOptions`]). Output: one merged tree ([`Parsed`]); each node has a location in
//! its own file.
//!
//! Invariant: a scalar stays as written until a key defines its type. For example, nothing here decides that `yes` is
//! true.
//! Invariant: nothing is fetched and nothing is executed.
//! Invariant: only `PWD` and `HOME` of the process environment are used, unless the user requests more. Other variables
//! are only compared, for a note about what Docker Compose would have used.

pub mod files;
mod loading;
mod merging;
mod options;
mod parsed;
pub(crate) mod problem;
mod recorded;
#[cfg(test)]
mod tests;
pub mod tree;
mod variable_list;
mod variables;
pub mod yaml;

use std::path::{Path, PathBuf};

use loading::loader::{Loader, Scope};
use loading::{model, project_name};
use variables::usage::VariableUsage;

use crate::report::{Report, Stopped};
use crate::text::{Sources, Span};

pub use loading::include::CONTENT;
pub(crate) use loading::loader::FileCache;
pub use options::ProjectOptions;
pub use parsed::{OverriddenLayer, Parsed};
pub use recorded::RecordedVariables;
pub use tree::{
    Entry, EntryIter, Mapping, OutsideValue, Scalar, ScalarStyle, Tag, Template, Text, Tree, TreeValue, scalars,
};
pub use variable_list::{VariableReference, variables};
pub use variables::environment::Environment;
pub(crate) use variables::{dotenv, raw_file};

/// Loads a project: finds its files and variables, reads, interpolates and merges them.
///
/// # Errors
/// The project is invalid. All independent mistakes were reported.
pub fn parse(selection: &ProjectOptions, sources: &mut Sources, report: &mut Report) -> Result<Parsed, Stopped> {
    parse_with(None, selection, sources, report)
}

/// Does the same as [`parse`], with a cache of files, to which the project's files are added.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_with(
    known: Option<&mut FileCache>,
    selection: &ProjectOptions,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Parsed, Stopped> {
    let working = files::working_directory(report)?;
    let from_variable = if selection.files.is_empty() { files_of_variable(selection, &working) } else { vec![] };
    let is_given = !selection.files.is_empty() || selection.project_directory.is_some();
    let with_files;
    let selection = if from_variable.is_empty() {
        selection
    } else {
        with_files = ProjectOptions { files: from_variable, ..selection.clone() };
        &with_files
    };
    let chosen = files::choose(selection, working, report)?;
    let mut usage = VariableUsage::default();
    let mut environment = Environment::given(selection, &chosen.working);
    // If the Compose file was found in a parent directory or is named by `COMPOSE_FILE`, the `.env` of the working directory
    // takes precedence over its own.
    let mut folders = vec![chosen.directory.as_path()];
    if !is_given && chosen.working != chosen.directory {
        folders.insert(0, &chosen.working);
    }
    environment.set_directory(&chosen.directory);
    let variables = environment.read_files(selection, &folders, sources, &mut usage, report);
    environment.report_ignored(selection, report);
    let working = chosen.working.clone();
    let no_interpolate = selection.no_interpolate;
    let mut loader = Loader {
        sources,
        report,
        known,
        usage,
        working,
        no_interpolate,
        including: Vec::new(),
        file_references: Vec::new(),
        overridden_layers: Vec::new(),
    };
    let mut read = Vec::new();
    let mut outcome = variables;
    for (path, shown) in &chosen.files {
        match loader.read_file(path, shown, None) {
            Ok(file) => read.push(file),
            Err(Stopped) => outcome = Err(Stopped),
        }
    }
    outcome?;
    let start = read.first().map(|file| Span { source: file.source, start: 0, end: 0 });
    let (name, name_at) =
        project_name::choose_project_name(selection, &read, &chosen.directory, &environment, &mut loader)?;
    environment.replace("COMPOSE_PROJECT_NAME", &name);
    let scope = Scope { directory: chosen.directory, environment };
    let tree = model::model(&mut loader, read, &scope)?;
    let (file_references, overridden_layers) =
        (std::mem::take(&mut loader.file_references), std::mem::take(&mut loader.overridden_layers));
    loader.usage.report(loader.report);
    recognise(&tree, start, report)?;
    let files = chosen.files.into_iter().map(|(path, shown)| if files::is_input(&path) { path } else { shown.into() });
    Ok(Parsed {
        tree,
        name,
        name_at,
        directory: scope.directory,
        files: files.collect(),
        file_references,
        overridden_layers,
        environment: scope.environment,
    })
}

/// Returns the files of `COMPOSE_FILE`, from the options or from the `.env` of the directory in which a Compose file would be
/// looked for. Problems of that file are reported when it is read for the project.
fn files_of_variable(selection: &ProjectOptions, working: &Path) -> Vec<PathBuf> {
    let mut environment = Environment::given(selection, working);
    let folder = selection.project_directory.as_ref().map_or_else(|| working.to_path_buf(), |path| working.join(path));
    environment.set_directory(&folder);
    let (mut sources, mut usage, mut report) = (Sources::new(), VariableUsage::default(), Report::new());
    match environment.read_files(selection, &[&folder], &mut sources, &mut usage, &mut report) {
        Ok(()) => environment.compose_files(),
        Err(Stopped) => Vec::new(),
    }
}

/// Reports files that do not contain a project.
fn recognise(tree: &Tree, start: Option<Span>, report: &mut Report) -> Result<(), Stopped> {
    let Some(top) = tree.as_mapping() else { return Err(report.internal("a merged model that is not a mapping")) };
    if top.is_empty() {
        report.add(problem::Problem::Empty { at: start.unwrap_or(tree.span) });
        return Err(Stopped);
    }
    let looks_like_a_service = |entry: &Entry| entry.value.get("image").is_some() || entry.value.get("build").is_some();
    let first = top.iter().find(|(_, entry)| looks_like_a_service(entry));
    if let (false, Some((name, entry))) = (top.contains_key("services"), first) {
        report.add(problem::Problem::VersionOne { name: name.to_owned(), at: entry.key });
        return Err(Stopped);
    }
    Ok(())
}
