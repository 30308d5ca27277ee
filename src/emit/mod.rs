//! [`Objects`](crate::lower::Objects) to [`Files`], and files to disk.
//!
//! In: what Kubernetes shall say. Out: the kit as text, then on disk.
//!
//! Invariant: the text of every document was read back with kubectl's rules and equals the object before anything is written.
//! Invariant: only files that carry our header are overwritten or removed; all files land or none.

pub(crate) mod problem;
mod reread;
mod tidy;
mod yaml;

use std::collections::BTreeMap;

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
