//! Command-line arguments.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use compose2k8s::report::did_you_mean;

use super::lifecycle_arguments::{DownArgs, LogsArgs, RunArgs, UpArgs};
use super::project_arguments::ProjectArgs;
use super::report_arguments::{Color, ReportArgs};

/// Turn a Docker Compose project into Kubernetes manifests for kind, and prove that both mean the same.
#[derive(Debug, Parser)]
#[command(name = "compose2k8s", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
#[command(override_help = include_str!("help.txt"))]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) translate: Translate,
}

#[derive(Debug, Args)]
pub(crate) struct Translate {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
    /// Output directory (default: `k8s`); `k8s/manifests` means `k8s`; `-` prints one stream to standard output
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Write nothing; compare what is there with the Compose file: by meaning, then byte for byte
    #[arg(long, conflicts_with = "diff")]
    pub(crate) check: bool,
    /// Write nothing; show what would change
    #[arg(long)]
    pub(crate) diff: bool,
    /// With `-o -`, also print the Secrets with values from `.env`, `env_file` and the command line
    #[arg(long)]
    pub(crate) with_secrets: bool,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    Text,
    Markdown,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FactsFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DataFormat {
    Yaml,
    Json,
}

/// What `config` prints, and where to.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own, as Docker Compose has them")]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    pub(crate) project: ProjectArgs,
    /// Form of the output (default: yaml; a table for --variables)
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<DataFormat>,
    /// Leave `${…}` as written
    #[arg(long)]
    pub(crate) no_interpolate: bool,
    /// Print the services' names only
    #[arg(long, group = "list")]
    pub(crate) services: bool,
    /// Print the images only, those that are built by the name they get
    #[arg(long, group = "list")]
    pub(crate) images: bool,
    /// Print the volumes' names only
    #[arg(long, group = "list")]
    pub(crate) volumes: bool,
    /// Print the networks' names only
    #[arg(long, group = "list")]
    pub(crate) networks: bool,
    /// Print the profiles only
    #[arg(long, group = "list")]
    pub(crate) profiles: bool,
    /// Print the models only
    #[arg(long, group = "list")]
    pub(crate) models: bool,
    /// Print the variables that the files ask for: required or not, default, alternate, and where
    #[arg(long, group = "list")]
    pub(crate) variables: bool,
    /// Print the variables that `${…}` sees, as NAME=VALUE
    #[arg(long, group = "list")]
    pub(crate) environment: bool,
    /// Only say whether the project loads
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Colours of problems
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    Overrides,
    Problems,
    Facts,
}

/// Differences that are left for later.
#[derive(Debug, Args)]
pub(crate) struct BaselineArgs {
    /// File with differences that are left for later (default: `compose2k8s-baseline.yaml` beside the Compose file, if it exists)
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write all differences to the baseline, so that only new ones fail
    #[arg(long, conflicts_with = "prune_baseline")]
    pub(crate) write_baseline: bool,
    /// Remove the entries of the baseline that match no difference
    #[arg(long)]
    pub(crate) prune_baseline: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Translate the project and start it in a kind cluster, like `docker compose up -d`
    Up(UpArgs),
    /// Stop the project, like `docker compose down`; volumes and the cluster stay
    Down(DownArgs),
    /// Translate the project and run a command in a new pod of a service, like `docker compose run --rm`
    Run(RunArgs),
    /// Print the logs of the services, like `docker compose logs`
    Logs(LogsArgs),
    /// Compare manifests of any origin with the Compose file, by meaning
    Check {
        #[command(flatten)]
        project: ProjectArgs,
        /// A folder, a file, or `-` for standard input
        #[arg(long, value_name = "PATH")]
        against: PathBuf,
        #[command(flatten)]
        baseline: BaselineArgs,
        #[command(flatten)]
        report: ReportArgs,
    },
    /// Print what a Compose project or manifests say, in the words of neither, to compare two sides by eye
    Facts {
        #[command(flatten)]
        project: ProjectArgs,
        /// Form of the output
        #[arg(long, value_enum, default_value_t = FactsFormat::Text, value_name = "FORMAT")]
        format: FactsFormat,
        /// Print also what counts only where both sides say it
        #[arg(long)]
        all: bool,
        /// Colours of problems
        #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
        color: Color,
    },
    /// Print the merged project in the official loader's canonical form
    Config(ConfigArgs),
    /// Draw services, networks, addresses, ports and waits as a Mermaid flowchart
    Graph {
        #[command(flatten)]
        project: ProjectArgs,
        /// Write to this file instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Colours of problems
        #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
        color: Color,
    },
    /// Print what becomes of every key of the Compose Specification
    Keys {
        /// Form of the table
        #[arg(long, value_enum, default_value_t = TableFormat::Text, value_name = "FORMAT")]
        format: TableFormat,
    },
    /// Explain a problem's code or a Compose key
    Explain {
        /// `resolve::unknown_key`, `cgroup_parent`, `services.*.deploy.mode`; `facts` is the list of what is compared
        #[arg(value_name = "CODE|KEY", required_unless_present = "list")]
        what: Option<String>,
        /// List every code
        #[arg(long)]
        list: bool,
    },
    /// Write an overrides file for the project to overrides/<project>.yaml, to edit
    Init {
        #[command(flatten)]
        project: ProjectArgs,
        /// Overwrite the file if it exists; without this, only what would change is printed
        #[arg(long)]
        force: bool,
        /// Accept that services are less restricted than in Docker Compose, where the translation needs it
        #[arg(long)]
        accept_security: bool,
        /// Rewrite an existing file of an earlier version: remove and rename keys, and keep everything else
        #[arg(long, conflicts_with_all = ["force", "accept_security"])]
        migrate: bool,
    },
    /// Print a JSON Schema: of overrides files, or of what `--format json` prints
    Schema {
        /// Of what
        #[arg(value_enum, default_value_t = SchemaOf::Overrides)]
        of: SchemaOf,
    },
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// What a person may have meant who asked for the main job, but gave it a word that is no file.
pub(crate) fn command_like(word: &std::path::Path) -> Option<String> {
    let commands: Vec<String> = Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    did_you_mean(word.to_str()?, commands.iter().map(String::as_str)).filter(|_| !word.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_fits_a_screen_and_names_everything() {
        let help = include_str!("help.txt");
        assert!(help.lines().count() <= 40);
        assert!(help.lines().all(|line| line.chars().count() <= 88));
        let command = Cli::command();
        for option in command.get_opts().filter_map(clap::Arg::get_long) {
            assert!(help.contains(&format!("--{option}")), "--{option}");
        }
        for short in command.get_opts().filter_map(clap::Arg::get_short) {
            assert!(help.contains(&format!("-{short}, --")), "-{short}");
        }
        for subcommand in command.get_subcommands() {
            assert!(help.contains(subcommand.get_name()), "{}", subcommand.get_name());
        }
        for word in help.split_whitespace().filter_map(|word| word.strip_prefix("--")) {
            let word = word.trim_end_matches([',', ']']);
            let known = command.get_opts().any(|option| option.get_long() == Some(word));
            assert!(
                known || ["help", "version", "against"].contains(&word) || word == "help]",
                "--{word} is no option"
            );
        }
    }

    #[test]
    fn misspelt_commands_get_a_suggestion() {
        assert_eq!(command_like(std::path::Path::new("chek")).unwrap(), "did you mean `check`?");
        assert_eq!(command_like(std::path::Path::new("compose.yaml")), None);
    }
}
