//! The canonical project: one form for every key, names given, implied things said, rules kept.

use std::path::PathBuf;

use super::long::Reading;
use super::met::{self, Met};
use super::problem::Problem;
use super::{fold, form, long, normal, rules};
use crate::parse::{Covered, Entry, Environment, Mapping, Parsed, Selection, Tree};
use crate::report::{Report, Severity, Stopped};
use crate::text::{Sources, Span};

/// A project in its canonical form: still a tree, each node at its place, paths as written.
#[derive(Debug, Clone)]
pub struct Canonical {
    /// The top-level mapping.
    pub(super) tree: Tree,
    /// The project's name.
    pub(super) name: String,
    /// The `name:` that says so, if one does.
    pub(super) name_at: Option<Span>,
    /// The project directory, absolute.
    pub(super) directory: PathBuf,
    /// The Compose files, as the user named them.
    pub(super) files: Vec<PathBuf>,
    /// The variables of the run; `HOME` is where `~` leads.
    pub(super) environment: Environment,
    /// The chosen profiles.
    pub(super) profiles: Vec<String>,
    /// Every key that the user wrote.
    pub(super) met: Met,
}

/// Brings a merged tree into the canonical form and holds it to Compose's rules.
///
/// The files of `env_file` and `label_file` are read here and folded in.
///
/// # Errors
/// Everything that is wrong was reported, as far as one mistake does not hide another.
pub fn canonical(
    parsed: Parsed,
    selection: &Selection,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Canonical, Stopped> {
    let Parsed { tree, name, name_at, directory, files, environment, ways: _, covered } = parsed;
    let span = tree.span;
    let met = met::of(&tree);
    let unresolved = selection.no_interpolate;
    if !unresolved {
        for covered in covered {
            covered_is_right(covered, report);
        }
        report.stop_on_error()?;
    }
    let mut tree = long::long(tree, if unresolved { Reading::Unresolved } else { Reading::Whole }, report);
    report.stop_on_error()?;
    if tree.as_mapping().is_none_or(|top| top.keys().all(|key| key == "version")) {
        report.add(Problem::EmptyProject { at: Some(span) });
        return Err(Stopped);
    }
    rules::resources(&tree, report);
    if !unresolved {
        rules::forms(&tree, report);
    }
    report.stop_on_error()?;

    normal::normalise(&mut tree, &name, &environment);
    let profiles = selection.profiles.clone();
    let mut canonical = Canonical { tree, name, name_at, directory, files, environment, profiles, met };
    // What is still a variable can neither be held to rules nor be the name of a file.
    if !unresolved {
        rules::services(&canonical, report);
        fold::files(&mut canonical, sources, report);
    }
    report.stop_on_error()?;
    Ok(canonical)
}

/// Holds what later files cover up to what its keys take, as the official loader does file by file.
fn covered_is_right(covered: Covered, report: &mut Report) {
    let mut own = Report::new();
    long::long(covered.tree, Reading::Covered, &mut own);
    for problem in own.problems() {
        // Of a file that is only looked into for a base, the official loader reads single values and short forms.
        let single = matches!(problem.code.name, "resolve::wrong_value" | "resolve::bad_short_form");
        if problem.code.severity == Severity::Error && (covered.whole || single) {
            report.add(problem.clone());
        }
    }
}

impl Canonical {
    /// The entries of a top-level key.
    pub(super) fn section(&self, key: &str) -> impl Iterator<Item = (&str, &Entry)> {
        self.tree.get(key).and_then(Tree::as_mapping).into_iter().flat_map(Mapping::iter)
    }

    /// One entry of a top-level key.
    pub(super) fn declared(&self, key: &str, name: &str) -> Option<&Entry> {
        self.tree.get(key).and_then(Tree::as_mapping).and_then(|section| section.get(name))
    }

    /// Whether a service has no profile, or a chosen one.
    pub(super) fn is_active(&self, service: &Tree) -> bool {
        let own = service.get("profiles").and_then(Tree::as_sequence).unwrap_or_default();
        own.is_empty()
            || self
                .profiles
                .iter()
                .any(|chosen| chosen == "*" || own.iter().any(|profile| form::shown(profile) == *chosen))
    }

    /// The services that run without being named.
    pub(super) fn active(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.section("services").filter(|(_, entry)| self.is_active(&entry.value))
    }
}
