//! Input of the pipeline, and the project that it loads.

use std::path::PathBuf;

use crate::overrides::{Overrides, OverridesSelection};
use crate::parse::ProjectOptions;
use crate::resolve::Project;

/// A Compose project and its overrides, as requested by the user.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The Compose project.
    pub project: ProjectOptions,
    /// The overrides file. `None` selects the file of the project.
    pub overrides: Option<PathBuf>,
    /// The preset, or `none`. `None` selects the preset that matches the project.
    pub preset: Option<String>,
    /// Whether the overrides file of the project is not read.
    pub without_overrides_file: bool,
}

impl Request {
    pub(crate) fn overrides_selection(&self) -> OverridesSelection<'_> {
        OverridesSelection {
            file: self.overrides.as_deref(),
            preset: self.preset.as_deref(),
            without_file: self.without_overrides_file,
        }
    }
}

/// A Compose project after loading, with its overrides and its runs.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The project.
    pub project: Project,
    /// The overrides, validated against the project.
    pub overrides: Overrides,
    /// One merged project per run of the overrides, in their order.
    pub runs: Vec<Project>,
}

/// The purpose of translated files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The files are written; [`emit::write`](crate::emit::write()) verifies them first.
    Write,
    /// The files are only compared. [`emit::write`](crate::emit::write()) rejects them, because the values they were rendered
    /// from are not kept.
    Preview,
}
