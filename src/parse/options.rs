//! Which project to load.

use std::path::PathBuf;
use std::sync::Arc;

use super::recorded::RecordedVariables;

/// Which project to load, and how: the options of the command line.
#[derive(Debug, Clone, Default)]
pub struct ProjectOptions {
    /// Compose files in merge order; `-` is standard input. If empty, they are searched in the working directory and
    /// its parents.
    pub files: Vec<PathBuf>,
    /// `--project-directory`: the base of relative paths. The default is the directory of the first file.
    pub project_directory: Option<PathBuf>,
    /// `-p`: the project name. It takes precedence over `name:` in the file and the name of the directory.
    pub project_name: Option<String>,
    /// `--profile`: active profiles; `*` activates all.
    pub profiles: Vec<String>,
    /// `--env-file`: files to read instead of `.env`.
    pub env_files: Vec<PathBuf>,
    /// `-e NAME[=VALUE]`: variables that take precedence over all files. Without a value, it is taken from the process
    /// environment.
    pub variables: Vec<(String, Option<String>)>,
    /// `--process-env`: use the whole process environment, as Docker Compose does.
    pub process_environment: bool,
    /// The variables that the output records, for a comparison: they are used where the file that supplied them does not exist.
    pub recorded: Option<Arc<RecordedVariables>>,
    /// Variables whose recorded values are used in any case.
    pub local_variables: Vec<String>,
    /// `--no-interpolate`: leave variables as they are, except in `include` and `extends`.
    pub no_interpolate: bool,
}

impl ProjectOptions {
    /// Returns the project directory, if the options determine it: that of `--project-directory`, or of the first file.
    #[must_use]
    pub fn given_directory(&self) -> Option<PathBuf> {
        let of_file = || self.files.first().filter(|file| file.as_os_str() != "-")?.parent().map(PathBuf::from);
        self.project_directory.clone().or_else(of_file)
    }
}
