//! Text to [`Tree`]: YAML, interpolation, `extends`, `include`, merging.
//!
//! In: which files ([`Selection`]). Out: one merged tree ([`Parsed`]), each node still pointing into its own file.
//!
//! Invariant: a scalar stays as it was written until a key says what it is; nothing here decides that `yes` is true.
//! Invariant: nothing is fetched and nothing is executed.
//! Invariant: of the process environment only `PWD` and `HOME` are read, unless the user asks for all of it.

pub(crate) mod dotenv;
mod environment;
pub mod files;
mod interpolate;
pub(crate) mod problem;
pub mod scalars;
pub(crate) mod template;
pub mod tree;
pub mod yaml;
mod yaml_words;

use std::path::PathBuf;

pub use environment::Environment;
pub use tree::{Entry, Mapping, Scalar, Style, Tag, Tree, Value};

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
    /// `--no-interpolate`: texts stay as written.
    pub no_interpolate: bool,
}

/// The merged text of a project.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The merged top-level mapping.
    pub tree: Tree,
    /// The project directory, absolute. Never written to any output.
    pub directory: PathBuf,
    /// The files that were read as Compose files, in merge order, as the user named them.
    pub files: Vec<PathBuf>,
    /// Variables for interpolation and for `environment:` entries without a value.
    pub environment: Environment,
}
