//! A merged project, before types and names are resolved.

use std::path::PathBuf;

use super::tree::Tree;
use super::variables::environment::Environment;
use crate::text::Span;

/// A merged project, before types and names are resolved.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The merged top-level mapping.
    pub tree: Tree,
    /// The project name. `COMPOSE_PROJECT_NAME` in `environment` has the same value.
    pub name: String,
    /// The location of `name:`, if the name comes from the file and not from the command line, a variable or the
    /// directory.
    pub name_at: Option<Span>,
    /// The project directory, absolute. It is never written to the output.
    pub directory: PathBuf,
    /// The Compose files, in merge order, as given by the user.
    pub files: Vec<PathBuf>,
    /// Without interpolation: `include` and `extends`, as written.
    pub file_references: Vec<Tree>,
    /// Layers that later files or extending services override. They are checked nevertheless.
    pub overridden_layers: Vec<OverriddenLayer>,
    /// Variables for interpolation and for `environment` entries without a value.
    pub environment: Environment,
}

/// A tree that the merged tree contains only in part or not at all.
#[derive(Debug, Clone)]
pub struct OverriddenLayer {
    /// The merge result before the last file, or the content of a file that `extends` refers to.
    pub tree: Tree,
    /// Whether all values are checked. In files that `extends` refers to, only scalars are.
    pub whole: bool,
}
