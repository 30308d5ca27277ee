//! What the user asks to be read.

use std::path::PathBuf;

/// What the user asked to be read: the command line's answer to "which Compose project".
#[derive(Debug, Clone, Default)]
pub struct ProjectOptions {
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
