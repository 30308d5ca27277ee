//! Which overrides apply: the user's file, a preset, and the data directories of common images.

use std::path::Path;

use super::accepted::AcceptanceScope;
use super::common_images::data_directories;
use super::model::{Chosen, Overrides, Reasoned, Separation};
use super::presets::PRESETS;
use super::problem::{Problem, codes};
use super::reading::read_overrides;
use super::validate::check;
use super::validate::images::ImageName;
use super::written::WrittenOverrides;
use crate::keys::Key;
use crate::parse::{files, yaml};
use crate::report::{Code, Report, Severity, Stopped, did_you_mean};
use crate::resolve::{Project, ServiceName};
use crate::text::{SourceId, Sources, Span};

/// The selection of overrides on the command line.
#[derive(Debug, Clone, Copy, Default)]
pub struct OverridesSelection<'a> {
    /// `--overrides FILE`: this file instead of the project's own.
    pub file: Option<&'a Path>,
    /// `--preset NAME`: this preset, or `none`, whatever the file says and whichever preset matches.
    pub preset: Option<&'a str>,
    /// Whether the project's own file is not read.
    pub without_file: bool,
}

/// Finds, reads and validates the overrides of a project. `code_named` looks up the code of a diagnostic by name,
/// because this stage does not import later stages.
///
/// The file is the one that `--overrides` names, otherwise `overrides/<project>.yaml` or `overrides/<preset>.yaml` in
/// the project directory. The preset is the one that `--preset` names, otherwise the one that `preset:` in the file
/// names, otherwise the one whose `match.image` is the repository of a service's image. Entries of the file take
/// precedence over those of the preset, and both take precedence over the data directories of common images.
///
/// # Errors
/// Returns [`Stopped`] if the file has an error or the preset is unknown; the report has the diagnostics.
pub fn choose(
    selection: OverridesSelection,
    project: &Project,
    code_named: fn(&str) -> Option<Code>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Overrides, Stopped> {
    let mut found = Report::new();
    let overrides = layered(selection, project, code_named, sources, &mut found);
    let stopped = found.stop_on_error();
    report.append(found);
    stopped.and(overrides)
}

fn layered(
    selection: OverridesSelection,
    project: &Project,
    code_named: fn(&str) -> Option<Code>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Overrides, Stopped> {
    let matching = matching_preset(project, sources);
    let own = own_file(selection, matching.as_ref(), project, sources, report)?;
    let named = match (selection.preset, own.as_ref().and_then(|own| Some((own.written.preset.as_ref()?, own.source))))
    {
        (Some(name), _) => Some((name, Vec::new())),
        (None, Some((name, source))) => Some((name.value.as_str(), vec![name.span(source)])),
        (None, None) => None,
    };
    let preset = match named {
        Some((name, _)) if matching.as_ref().is_some_and(|preset| preset.name == name) => matching,
        Some((name, at)) => named_preset(name, at, sources, report),
        None => matching,
    };
    let mut overrides = data_directories(project);
    if let Some(Preset { name, source, written }) = preset {
        let chosen = if selection.preset.is_some() { Chosen::Preset } else { Chosen::Matched };
        // A preset has entries for several states of its project. Of those without effect, only absent services, networks and
        // volumes are reported.
        let mut found = Report::new();
        let checked =
            check(written, source, project, code_named, Some(format!("built-in preset {name}")), chosen, &mut found);
        for problem in found.problems() {
            if problem.severity == Severity::Error || problem.code == codes::unknown_name {
                report.add(problem.clone());
            }
        }
        let mut preset = Overrides { preset: Some(name.to_owned()), ..checked };
        preset.accept.iter_mut().for_each(|acceptance| acceptance.of_preset = true);
        overrides = preset.over(overrides);
    }
    if let Some(OwnFile { shown, chosen, source, written }) = own {
        overrides = check(written, source, project, code_named, Some(shown), chosen, report).over(overrides);
    }
    if overrides.separation.is_none() && needs_separation(project, &overrides) {
        let because =
            "A service is on internal networks only, which Docker keeps away from all other networks.".to_owned();
        overrides.separation = Some(Reasoned { value: Separation::NetworkPolicies, because });
    }
    Ok(overrides)
}

/// Whether a service is on internal networks only, and the overrides do not accept that it has egress.
fn needs_separation(project: &Project, overrides: &Overrides) -> bool {
    let is_accepted = overrides.accept.iter().any(|acceptance| {
        let key = acceptance.key.as_ref().and_then(|key| Key::find(&key.value));
        acceptance.scope == AcceptanceScope::Project && key == Some(Key::TopNetworksInternal)
    });
    let is_setup = |name: &ServiceName| overrides.setup.iter().any(|setup| setup.service.value == *name);
    let mut services = project.services.values().filter(|service| !is_setup(&service.name.value));
    !is_accepted && services.any(|service| service.networks.attachment.is_internal_only(&project.networks))
}

/// An overrides file of the user.
struct OwnFile {
    shown: String,
    chosen: Chosen,
    source: SourceId,
    written: WrittenOverrides,
}

/// Reads the user's file, if there is one.
fn own_file(
    selection: OverridesSelection,
    matching: Option<&Preset>,
    project: &Project,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Option<OwnFile>, Stopped> {
    if selection.without_file {
        return Ok(None);
    }
    let in_project = |name: &str| {
        let shown = format!("overrides/{name}.yaml");
        let path = project.directory.join(&shown);
        path.exists().then_some((shown, path))
    };
    let (shown, path, chosen) = if let Some(path) = selection.file {
        (path.display().to_string(), path.to_path_buf(), Chosen::Asked)
    } else {
        let preset = selection.preset.or(matching.map(|preset| preset.name));
        match in_project(&project.name).or_else(|| in_project(preset?)) {
            Some((shown, path)) => (shown, path, Chosen::OfProject),
            None => return Ok(None),
        }
    };
    let source = files::read_source(&path, &shown, None, sources, report)?;
    let written = read_overrides(yaml::document(source, sources, report)?, report);
    Ok(Some(OwnFile { shown, chosen, source, written }))
}

/// A built-in preset.
struct Preset {
    name: &'static str,
    source: SourceId,
    written: WrittenOverrides,
}

/// Returns the preset with a name; `None` for `none` and for unknown names, which are reported.
fn named_preset(name: &str, at: Vec<Span>, sources: &mut Sources, report: &mut Report) -> Option<Preset> {
    if name == "none" {
        return None;
    }
    let Some((name, text)) = PRESETS.iter().find(|(known, _)| *known == name) else {
        let names: Vec<&str> = PRESETS.iter().map(|(known, _)| *known).chain(["none"]).collect();
        let suggestion = did_you_mean(name, names.iter().copied());
        let known = names.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
        report.add(Problem::UnknownPreset { name: name.to_owned(), known, suggestion, at });
        return None;
    };
    built_in(name, text, sources).map(|(source, written)| Preset { name, source, written })
}

/// Returns the preset whose image a service of the project uses.
fn matching_preset(project: &Project, sources: &mut Sources) -> Option<Preset> {
    PRESETS.iter().find_map(|(name, text)| {
        let (source, written) = built_in(name, text, sources)?;
        let wanted = &written.applies_to.as_ref()?.image.value;
        let mut images = project.services.values().map(|service| &service.process.image.reference.value);
        let matches = images.any(|image| ImageName::new(image).repository == *wanted);
        matches.then_some(Preset { name, source, written })
    })
}

/// Reads a built-in file; `None` if it is invalid, which tests rule out.
pub(super) fn built_in(name: &str, text: &str, sources: &mut Sources) -> Option<(SourceId, WrittenOverrides)> {
    let mut report = Report::new();
    let source = sources.add(format!("<preset {name}>"), None, text);
    let written = read_overrides(yaml::document(source, sources, &mut report).ok()?, &mut report);
    report.stop_on_error().ok().map(|()| (source, written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_built_in() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/overrides"));
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".yaml").map(str::to_owned))
            .collect();
        files.sort();
        let built_in: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
        assert_eq!(files, built_in, "overrides/presets.rs and the folder differ, or are not in order");
    }

    #[test]
    fn every_preset_is_valid_and_has_a_match() {
        for (name, text) in PRESETS {
            let read = built_in(name, text, &mut Sources::new()).and_then(|(_, written)| written.applies_to);
            assert!(read.is_some_and(|applies_to| !applies_to.image.value.is_empty()), "{name}");
        }
    }
}
