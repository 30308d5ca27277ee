//! The canonical project: one form for every key, names given, implied things said, rules kept.

mod command_split;
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

use crate::parse::{OverriddenLayer, Parsed, ProjectOptions};
use crate::report::{Report, Severity, Stopped};
use crate::resolve::problem::{Problem, codes};
use crate::text::Sources;
use converter::Mode;

/// Brings a merged tree into the canonical form and holds it to Compose's rules.
///
/// The files of `env_file` and `label_file` are read here and folded in.
///
/// # Errors
/// Everything that is wrong was reported, as far as one mistake does not hide another.
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
    let profiles = selection.profiles.clone();
    let mut canonical = Canonical { tree, name, name_at, directory, files, environment, profiles, used_keys };
    // What is still a variable can neither be held to rules nor be the name of a file.
    if !unresolved {
        rules::services(&canonical, report);
        env_files::files(&mut canonical, sources, report);
    }
    report.stop_on_error()?;
    Ok(canonical)
}

/// Holds what later files cover up to what its keys take, as the official loader does file by file.
fn check_layer(layer: OverriddenLayer, report: &mut Report) {
    let mut own = Report::new();
    long_form::to_long_form(layer.tree, Mode::Layer, &mut own);
    for problem in own.problems() {
        // Of a file that is only looked into for a base, the official loader reads single values and short forms.
        let single = [codes::wrong_value, codes::bad_short_form].contains(&problem.code);
        if problem.code.severity == Severity::Error && (layer.whole || single) {
            report.add(problem.clone());
        }
    }
}
