//! The type of a project in its canonical form.

use std::path::PathBuf;

use super::used_keys::UsedKeys;
use crate::maps::IndexMap;
use crate::parse::{Entry, Environment, Mapping, Tree};
use crate::report::Diagnostic;
use crate::resolve::value_format;
use crate::text::Span;

/// A project in its canonical form: a tree with source locations, and with paths as written.
#[derive(Debug, Clone)]
pub struct Canonical {
    /// The top-level mapping.
    pub(crate) tree: Tree,
    /// The project's name.
    pub(crate) name: String,
    /// The location of `name:`, if the name comes from the file.
    pub(crate) name_at: Option<Span>,
    /// The project directory, absolute.
    pub(crate) directory: PathBuf,
    /// The Compose files, as the user named them.
    pub(crate) files: Vec<PathBuf>,
    /// The variables; `~` stands for the value of `HOME`.
    pub(crate) environment: Environment,
    /// The active profiles.
    pub(crate) profiles: Vec<String>,
    /// Every key that the user wrote.
    pub(crate) used_keys: UsedKeys,
    /// The inactive services that Compose would reject if their profiles were chosen, each with its first error.
    pub(crate) invalid_inactive_services: IndexMap<String, Diagnostic>,
}

impl Canonical {
    /// Iterates over the entries of a top-level key.
    pub(crate) fn section(&self, key: &str) -> impl Iterator<Item = (&str, &Entry)> {
        self.tree.get(key).and_then(Tree::as_mapping).into_iter().flat_map(Mapping::iter)
    }

    /// Returns an entry of a top-level key.
    pub(crate) fn declared(&self, key: &str, name: &str) -> Option<&Entry> {
        self.tree.get(key).and_then(Tree::as_mapping).and_then(|section| section.get(name))
    }

    /// Whether a service has no profile or an active one.
    pub(crate) fn is_active(&self, service: &Tree) -> bool {
        let own = service.get("profiles").and_then(Tree::as_sequence).unwrap_or_default();
        own.is_empty()
            || self.profiles.iter().any(|chosen| {
                chosen == "*" || own.iter().any(|profile| value_format::scalar_string(profile) == *chosen)
            })
    }

    /// Iterates over the active services.
    pub(crate) fn active(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.section("services").filter(|(_, entry)| self.is_active(&entry.value))
    }
}
