//! The merged text of a project.

use std::path::PathBuf;

use super::tree::Tree;
use super::variables::environment::Environment;
use crate::text::Span;

/// The merged text of a project.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The merged top-level mapping.
    pub tree: Tree,
    /// The project's name, as Compose makes it; `COMPOSE_PROJECT_NAME` in the environment says the same.
    pub name: String,
    /// The `name:` that says so, where neither the command line nor a variable nor the folder does.
    pub name_at: Option<Span>,
    /// The project directory, absolute. Never written to any output.
    pub directory: PathBuf,
    /// The files that were read as Compose files, in merge order, as the user named them.
    pub files: Vec<PathBuf>,
    /// Without interpolation: the `include` and `extends` that were used up, as written.
    pub file_references: Vec<Tree>,
    /// What a later file, or a service that extends, covers up: it has to be right all the same.
    pub overridden_layers: Vec<OverriddenLayer>,
    /// Variables for interpolation and for `environment:` entries without a value.
    pub environment: Environment,
}

/// A tree of which the merged one shows a part at most.
#[derive(Debug, Clone)]
pub struct OverriddenLayer {
    /// The files up to one that is not the last; or another file's services, of which one is extended.
    pub tree: Tree,
    /// Whether every key in it is held to what it takes. Of another file's services only the single values are.
    pub whole: bool,
}
