//! [`Objects`](crate::lower::Objects) to [`Files`], and files to disk.
//!
//! In: what Kubernetes shall say. Out: the kit as text, then on disk.
//!
//! Invariant: the text of every document was read back with kubectl's rules and equals the object before anything is written.
//! Invariant: only files that carry our header are overwritten or removed; all files land or none.

mod header;
pub(crate) mod problem;
mod reread;
mod tidy;
mod yaml;

use std::collections::BTreeMap;

use crate::overrides::Note;
use crate::report::Problem;

pub use header::{is_ours, version_of};

/// A kit as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// By path relative to the kit root (`manifests/x.yaml`).
    pub kit: BTreeMap<String, File>,
    /// By path relative to the project directory (`tk8s.sh`).
    pub project: BTreeMap<String, File>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The whole text, header included.
    pub text: String,
    /// Whether it is a program (mode 0755; otherwise 0644).
    pub executable: bool,
}

/// What the kit says about itself and no object knows. Nothing in it names the machine.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// What the kit was made from, as a person finds it from the kit root: `../docker-compose.yml`, `../overrides/x.yaml`.
    pub sources: Vec<String>,
    /// From the kit root to the project directory, with `/`: `..`, `../fixtures/x`.
    pub project: String,
    /// From the project directory to the kit root: `k8s`, `../../k8s`.
    pub kit: String,
    /// The command that makes the kit again; see [`Place`] for where it is given.
    pub regenerate: String,
    /// Where that command is given, in words: `the project directory`, `the folder above this one`.
    pub regenerate_in: String,
    /// How a person knows the overrides (a path from the kit root, or `the built-in preset x`), if there are any.
    pub overrides: Option<String>,
    /// The overrides' own paragraphs for the kit's README.
    pub notes: Vec<Note>,
    /// What behaves differently and why: the report's warnings and notes, in the report's order.
    pub deviations: Vec<Problem>,
    /// What the overrides chose or accepted against Compose's letter: what, and because of what.
    pub accepted: Vec<(String, String)>,
}
