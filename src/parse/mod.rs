//! Text to [`Tree`]: YAML, interpolation, `extends`, `include`, merging.
//!
//! In: which files ([`Selection`]). Out: one merged tree ([`Parsed`]), each node still pointing into its own file.
//!
//! Invariant: a scalar stays as it was written until a key says what it is; nothing here decides that `yes` is true.
//! Invariant: nothing is fetched and nothing is executed.
//! Invariant: of the process environment only `PWD` and `HOME` have a say, unless the user asks for more of it; the rest is
//! looked at for one advice, which names what Docker Compose would have taken from there.

pub(crate) mod dotenv;
mod environment;
mod extends;
pub mod files;
mod forms;
mod include;
mod interpolate;
mod load;
mod mapping;
mod merge;
mod name;
pub(crate) mod problem;
mod relocate;
pub mod scalars;
pub(crate) mod template;
#[cfg(test)]
mod tests;
pub mod tree;
mod unique;
mod variables;
pub mod yaml;

use std::path::PathBuf;

use crate::report::{Report, Stopped};
use crate::text::{Sources, Span};

pub use environment::Environment;
pub use include::CONTENT;
pub use mapping::{Iter, Mapping};
pub use tree::{Entry, Scalar, Style, Tag, Text, Tree, Value};
pub use variables::{Variable, variables};

/// What the user asked to be read: the command line's answer to "which Compose project".
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Compose files in merge order; `-` is standard input. Empty: looked for here and in the parents.
    pub files: Vec<PathBuf>,
    /// `--project-directory`: what relative paths start from; otherwise the first file's folder.
    pub project_directory: Option<PathBuf>,
    /// `-p`: the project's name, before `name:` in the file and the folder's own.
    pub project_name: Option<String>,
    /// `--profile`, repeated; `*` is all of them.
    pub profiles: Vec<String>,
    /// `--env-file`, repeated, instead of `.env`.
    pub env_files: Vec<PathBuf>,
    /// `-e NAME[=VALUE]`: given before every file; without a value, taken from the process environment.
    pub variables: Vec<(String, Option<String>)>,
    /// `--process-env`: the whole process environment counts, as in Docker Compose.
    pub process_environment: bool,
    /// `--no-interpolate`: texts stay as written, but for those that name other files.
    pub no_interpolate: bool,
}

/// The merged text of a project.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The merged top-level mapping.
    pub tree: Tree,
    /// The project's name, as Compose makes it; `COMPOSE_PROJECT_NAME` in the environment says the same.
    pub name: String,
    /// The `name:` that says so, where neither the command line nor a variable nor the folder does.
    pub name_at: Option<Span>,
    /// The project directory, absolute. Never written to any output.
    pub directory: PathBuf,
    /// The files that were read as Compose files, in merge order, as the user named them.
    pub files: Vec<PathBuf>,
    /// Without interpolation: the `include` and `extends` that were used up, as written.
    pub ways: Vec<Tree>,
    /// What a later file, or a service that extends, covers up: it has to be right all the same.
    pub covered: Vec<Covered>,
    /// Variables for interpolation and for `environment:` entries without a value.
    pub environment: Environment,
}

/// A tree of which the merged one shows a part at most.
#[derive(Debug, Clone)]
pub struct Covered {
    /// The files up to one that is not the last; or another file's services, of which one is extended.
    pub tree: Tree,
    /// Whether every key in it is held to what it takes. Of another file's services only the single values are.
    pub whole: bool,
}

/// Compose files that were read already, as they are before anything is made of them: the runs of a project begin with its
/// own files.
#[derive(Debug, Default)]
pub(crate) struct Known(std::collections::HashMap<PathBuf, load::File>);

/// Reads a project: finds its files and variables, reads, interpolates and merges them.
///
/// # Errors
/// Everything wrong with them was reported, as far as one mistake does not hide another.
pub fn parse(selection: &Selection, sources: &mut Sources, report: &mut Report) -> Result<Parsed, Stopped> {
    parse_with(None, selection, sources, report)
}

/// As [`parse`], with what was read before, which then holds the project's files as well.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_with(
    known: Option<&mut Known>,
    selection: &Selection,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Parsed, Stopped> {
    let chosen = files::choose(selection, report)?;
    let mut noted = interpolate::Noted::default();
    let mut environment = Environment::given(selection, &chosen.working);
    // A Compose file that was found further up leaves a `.env` beside the user in force, before its own.
    let mut folders = vec![chosen.directory.as_path()];
    if selection.files.is_empty() && selection.project_directory.is_none() && chosen.working != chosen.directory {
        folders.insert(0, &chosen.working);
    }
    let variables = environment.read_files(selection, &folders, sources, &mut noted, report);
    environment.advise(selection, report);
    let working = chosen.working.clone();
    let no_interpolate = selection.no_interpolate;
    let mut loader = load::Loader {
        sources,
        report,
        known,
        noted,
        working,
        no_interpolate,
        including: Vec::new(),
        ways: Vec::new(),
        covered: Vec::new(),
    };
    let mut read = Vec::new();
    let mut outcome = variables;
    for (path, shown) in &chosen.files {
        match loader.read(path, shown, None) {
            Ok(file) => read.push(file),
            Err(Stopped) => outcome = Err(Stopped),
        }
    }
    outcome?;
    let start = read.first().map(|file| Span { source: file.source, start: 0, end: 0 });
    let (name, name_at) = name::of(selection, &read, &chosen.directory, &environment, &mut loader)?;
    environment.replace("COMPOSE_PROJECT_NAME", &name);
    let scope = load::Scope { directory: chosen.directory, environment };
    let tree = loader.model(read, &scope)?;
    let (ways, covered) = (std::mem::take(&mut loader.ways), std::mem::take(&mut loader.covered));
    loader.noted.report(loader.report);
    recognise(&tree, start, report)?;
    let files = chosen.files.into_iter().map(|(path, shown)| if files::is_input(&path) { path } else { shown.into() });
    Ok(Parsed {
        tree,
        name,
        name_at,
        directory: scope.directory,
        files: files.collect(),
        ways,
        covered,
        environment: scope.environment,
    })
}

/// Tells files that hold no project at all.
fn recognise(tree: &Tree, start: Option<Span>, report: &mut Report) -> Result<(), Stopped> {
    let Some(top) = tree.as_mapping() else { return Err(Stopped) };
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
