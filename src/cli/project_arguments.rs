//! The options that choose the Compose project, the same for all commands.

use std::path::PathBuf;

use clap::Args;
use compose2k8s::Request;
use compose2k8s::parse::ProjectOptions;

/// Which Compose project, as in Docker Compose.
#[derive(Debug, Args)]
pub(crate) struct ProjectArgs {
    /// Compose files, merged in order; `-` is standard input. None: compose.yaml and its like, here or in a parent
    #[arg(value_name = "FILE")]
    pub(crate) positional: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
}

/// Which Compose project, with options only.
#[derive(Debug, Args)]
pub(crate) struct SelectionArgs {
    /// Compose files, merged in order
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Vec<PathBuf>,
    /// What relative paths start from (default: the first file's folder)
    #[arg(long, value_name = "DIR")]
    pub(crate) project_directory: Option<PathBuf>,
    /// The project's name
    #[arg(short, long, value_name = "NAME")]
    pub(crate) project_name: Option<String>,
    /// Start services of this profile too; `*` is all
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Vec<String>,
    /// Read variables from this file instead of `.env`
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Vec<PathBuf>,
    /// Settings that a Compose file cannot express (default: overrides/<project>.yaml)
    #[arg(long, value_name = "FILE")]
    pub(crate) overrides: Option<PathBuf>,
    /// The built-in preset to use, or `none` (default: the one whose image the project uses)
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
}

/// The variables of `${…}` that are given on the command line.
#[derive(Debug, Default, Args)]
pub(crate) struct VariableArgs {
    /// Set a variable for `${…}`; without a value, take it from the environment
    #[arg(short, long = "env", value_name = "NAME[=VALUE]")]
    pub(crate) env: Vec<String>,
    /// Let the whole process environment count in `${…}`, which makes the result depend on it
    #[arg(long)]
    pub(crate) process_env: bool,
}

impl ProjectArgs {
    /// The loader's view of the arguments.
    pub(crate) fn options(&self) -> ProjectOptions {
        let Self { positional, selection, variables } = self;
        ProjectOptions {
            recorded: None,
            local_variables: Vec::new(),
            files: positional.iter().chain(&selection.file).cloned().collect(),
            project_directory: selection.project_directory.clone(),
            project_name: selection.project_name.clone(),
            profiles: selection.profile.clone(),
            env_files: selection.env_file.clone(),
            variables: variables
                .env
                .iter()
                .map(|given| match given.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (given.clone(), None),
                })
                .collect(),
            process_environment: variables.process_env,
            no_interpolate: false,
        }
    }

    /// What the pipeline is asked for.
    pub(crate) fn request(&self) -> Request {
        Request {
            project: self.options(),
            overrides: self.selection.overrides.clone(),
            preset: self.selection.preset.clone(),
            without_overrides_file: false,
        }
    }
}
