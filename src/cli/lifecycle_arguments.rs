//! Arguments of `up`, `down`, `run` and `logs`.

use std::path::PathBuf;

use clap::Args;

use super::project_arguments::{SelectionArgs, VariableArgs};
use super::report_arguments::Color;

/// The output directory and the messages of the commands that start or stop the project.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Output directory (default: `k8s`)
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Colours of problems
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// Services to start, with their dependencies. None: all services without a profile
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) variables: VariableArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Build images before starting
    #[arg(long)]
    pub(crate) build: bool,
    /// Accepted for Docker Compose: services always run in the background
    #[arg(short, long)]
    pub(crate) detach: bool,
    /// Do not wait until services have started or are healthy
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Wait this long for each service (default: as long as Docker Compose)
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct DownArgs {
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Also remove the volumes, with the data in them
    #[arg(short, long)]
    pub(crate) volumes: bool,
    /// Delete the kind cluster
    #[arg(long)]
    pub(crate) cluster: bool,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own, as in Docker Compose")]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Set a variable in the container; without a value, take it from the environment
    #[arg(short, long = "env", value_name = "NAME[=VALUE]")]
    pub(crate) env: Vec<String>,
    /// Replace the entrypoint of the service
    #[arg(long, value_name = "COMMAND")]
    pub(crate) entrypoint: Option<String>,
    /// Do not start dependencies
    #[arg(long)]
    pub(crate) no_deps: bool,
    /// Do not allocate a terminal
    #[arg(short = 'T', long = "no-TTY")]
    pub(crate) no_tty: bool,
    /// Accepted for Docker Compose: the pod is always removed
    #[arg(long)]
    pub(crate) rm: bool,
    /// The service
    #[arg(value_name = "SERVICE")]
    pub(crate) service: String,
    /// The command that replaces the command of the service
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// Services to print the logs of. None: all
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Continue with new lines and new pods
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Print the time of each line
    #[arg(short, long)]
    pub(crate) timestamps: bool,
    /// Print only the last lines of each container
    #[arg(short = 'n', long, value_name = "LINES")]
    pub(crate) tail: Option<String>,
    /// Print only lines newer than this (10s, 5m, 1h)
    #[arg(long, value_name = "DURATION")]
    pub(crate) since: Option<String>,
}
