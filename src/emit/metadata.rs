//! The description of the output in its headers and README.

use crate::overrides::{Note, Workflow};
use crate::parse::RecordedVariables;
use crate::report::Diagnostic;

/// The description of the output in its headers and README. It contains no absolute path.
#[derive(Debug, Clone, Default)]
pub(crate) struct OutputMetadata {
    /// The sources, relative to the output root: `../docker-compose.yml`, `../overrides/x.yaml`.
    pub sources: Vec<String>,
    /// The path from the output root to the project directory, with `/`: `..`, `../fixtures/x`.
    pub project: String,
    /// The path from the project directory to the output root: `k8s`, `../../k8s`.
    pub kit: String,
    /// The Compose files, relative to the project directory: `docker-compose.yml`.
    pub compose_files: Vec<String>,
    /// The options for `docker compose` that select the same project in its directory: `--env-file`, `--profile` …
    pub compose_options: Vec<String>,
    /// The command that regenerates the output.
    pub regenerate: String,
    /// The folder in which that command is run: `the project directory`, `the folder above this one`.
    pub regenerate_in: String,
    /// The name of the overrides: a path relative to the output root, or `the built-in preset x`.
    pub overrides: Option<String>,
    /// The project as a Mermaid flowchart; may be empty.
    pub picture: String,
    /// Sections from the overrides for the README.
    pub notes: Vec<Note>,
    /// Files from the overrides for a CI service.
    pub workflows: Vec<Workflow>,
    /// The variables from outside the Compose files that were used.
    pub recorded: RecordedVariables,
    /// Differences in behaviour: the warnings and notes of the report, in their order.
    pub deviations: Vec<Diagnostic>,
    /// Differences that the overrides accept, each with its reason.
    pub accepted: Vec<(String, String)>,
    /// Whether the files are only previewed. Their values are not kept, so [`Files::verify`](super::Files::verify)
    /// rejects them.
    pub preview: bool,
}
