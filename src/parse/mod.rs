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
#[cfg(test)]
mod tests;
pub mod tree;
mod variable_list;
mod variables;
pub mod yaml;

use loading::loader::{Loader, Scope};
use loading::{model, project_name};
use variables::usage::VariableUsage;

use crate::report::{Report, Stopped};
use crate::text::{Sources, Span};

pub use loading::include::CONTENT;
pub(crate) use loading::loader::FileCache;
pub use options::ProjectOptions;
pub use parsed::{OverriddenLayer, Parsed};
pub use tree::{Entry, EntryIter, Mapping, Scalar, ScalarStyle, Tag, Text, Tree, TreeValue, scalars};
pub use variable_list::{VariableReference, variables};
pub(crate) use variables::dotenv;
pub use variables::environment::Environment;

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
    let chosen = files::choose(selection, report)?;
    let mut usage = VariableUsage::default();
    let mut environment = Environment::given(selection, &chosen.working);
    // If the Compose file was found in a parent directory, the `.env` of the working directory takes precedence over
    // its own.
    let mut folders = vec![chosen.directory.as_path()];
    if selection.files.is_empty() && selection.project_directory.is_none() && chosen.working != chosen.directory {
        folders.insert(0, &chosen.working);
    }
    let variables = environment.read_files(selection, &folders, sources, &mut usage, report);
    environment.advise(selection, report);
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
