//! Conversion of a merged project into its canonical form.

mod commands;
mod converter;
mod cycles;
mod dedup;
mod env_files;
mod implied;
pub(super) mod items;
mod long_form;
mod name_rules;
mod project;
mod rules;
pub(super) mod short_forms;
mod used_keys;
pub(super) mod used_names;

pub use project::Canonical;

use crate::maps::IndexMap;
use crate::parse::{OverriddenLayer, Parsed, ProjectOptions};
use crate::report::{Diagnostic, Report, Severity, Stopped};
use crate::resolve::problem::{Problem, codes};
use crate::text::Sources;
use converter::Mode;

/// Converts a merged project into its canonical form and checks Compose's rules.
///
/// This reads the files of `env_file` and `label_file`.
///
/// # Errors
/// The project is invalid. All independent mistakes were reported.
pub fn canonical(
    parsed: Parsed,
    selection: &ProjectOptions,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Canonical, Stopped> {
    let Parsed { tree, name, name_at, directory, files, environment, file_references: _, overridden_layers } = parsed;
    let span = tree.span;
    let used_keys = used_keys::collect_used_keys(&tree);
    let unresolved = selection.no_interpolate;
    if !unresolved {
        for layer in overridden_layers {
            check_layer(layer, report);
        }
        report.stop_on_error()?;
    }
    let mut tree = long_form::to_long_form(tree, if unresolved { Mode::Uninterpolated } else { Mode::Full }, report);
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

    implied::normalise(&mut tree, &name, &environment);
    let given = &selection.profiles;
    let profiles = if given.is_empty() { environment.profiles() } else { given.clone() };
    let mut canonical = Canonical {
        tree,
        name,
        name_at,
        directory,
        files,
        environment,
        profiles,
        used_keys,
        invalid_inactive_services: IndexMap::default(),
    };
    // Values with variables can neither be checked nor name a file.
    if !unresolved {
        rules::services(&canonical, report);
        canonical.invalid_inactive_services = invalid_inactive_services(&canonical);
        env_files::files(&mut canonical, sources, report);
    }
    report.stop_on_error()?;
    canonical.environment.report_absent(report);
    Ok(canonical)
}

/// Returns the inactive services that Compose would reject if their profiles were chosen, each with its first error. A
/// dependency on another inactive service is no error, because a profile may start both.
fn invalid_inactive_services(canonical: &Canonical) -> IndexMap<String, Diagnostic> {
    let mut invalid = IndexMap::default();
    for (name, entry) in canonical.section("services").filter(|(_, entry)| !canonical.is_active(&entry.value)) {
        let mut report = Report::new();
        rules::service(canonical, name, entry, &mut report);
        let is_error =
            |problem: &Diagnostic| problem.severity == Severity::Error && problem.code != codes::inactive_dependency;
        if let Some(error) = report.into_problems().into_iter().find(is_error) {
            invalid.insert(name.to_owned(), error);
        }
    }
    invalid
}

/// Checks the values of a layer that later files override, as the official loader does for each file.
fn check_layer(layer: OverriddenLayer, report: &mut Report) {
    let mut own = Report::new();
    long_form::to_long_form(layer.tree, Mode::Layer, &mut own);
    for problem in own.problems() {
        // In a file that is only used by `extends`, the official loader checks only scalars and short forms.
        let single = [codes::wrong_value, codes::bad_short_form].contains(&problem.code);
        if problem.severity == Severity::Error && (layer.whole || single) {
            report.add(problem.clone());
        }
    }
}
