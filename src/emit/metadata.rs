//! What the generated files say about themselves.

use crate::overrides::{Note, Workflow};
use crate::report::Problem;

/// What the kit says about itself and no object knows. Nothing in it names the machine.
#[derive(Debug, Clone, Default)]
pub struct OutputMetadata {
    /// What the kit was made from, as a person finds it from the kit root: `../docker-compose.yml`, `../overrides/x.yaml`.
    pub sources: Vec<String>,
    /// From the kit root to the project directory, with `/`: `..`, `../fixtures/x`.
    pub project: String,
    /// From the project directory to the kit root: `k8s`, `../../k8s`.
    pub kit: String,
    /// The project's own Compose files, as a person finds them from the project directory: `docker-compose.yml`.
    pub compose_files: Vec<String>,
    /// The command that makes the kit again; see [`OutputPaths`] for where it is given.
    pub regenerate: String,
    /// Where that command is given, in words: `the project directory`, `the folder above this one`.
    pub regenerate_in: String,
    /// How a person knows the overrides (a path from the kit root, or `the built-in preset x`), if there are any.
    pub overrides: Option<String>,
    /// The project as a Mermaid flowchart; empty: no picture.
    pub picture: String,
    /// The overrides' own paragraphs for the kit's README.
    pub notes: Vec<Note>,
    /// The overrides' files for a CI service.
    pub workflows: Vec<Workflow>,
    /// What behaves differently and why: the report's warnings and notes, in the report's order.
    pub deviations: Vec<Problem>,
    /// What the overrides chose or accepted against Compose's letter: what, and because of what.
    pub accepted: Vec<(String, String)>,
    /// The texts are looked at and never written: what they were written from is not kept, and [`Files::verify`] refuses them.
    pub preview: bool,
}
