//! Which overrides file is read: the one asked for, the project's own, or a built-in one that fits.

use std::path::Path;

use super::model::{Chosen, Overrides};
use super::presets::{PRESETS, TEMPLATE};
use super::reading::read;
use super::validate::check;
use super::written::Written;
use crate::parse::{files, yaml};
use crate::report::{Code, Report, Stopped};
use crate::resolve::Project;
use crate::text::{SourceId, Sources};

/// Finds, reads and checks the overrides of a project. `code_named` looks up a diagnostic's code by name: later stages,
/// which this one does not import, have codes too.
///
/// In this order: the file asked for; `overrides/<project>.yaml` in the project directory; the built-in file whose
/// `matches.services` are all in the project, or the copy of it that `init` wrote to the project directory; none.
///
/// # Errors
/// Everything wrong with the file was added to the report.
pub fn choose(
    explicit: Option<&Path>,
    project: &Project,
    code_named: fn(&str) -> Option<Code>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Overrides, Stopped> {
    let own = |name: &str| {
        let shown = format!("overrides/{name}.yaml");
        let path = project.directory.join(&shown);
        path.exists().then_some((shown, path))
    };
    let mut found = Report::new();
    let (origin, chosen, source) = if let Some(path) = explicit {
        let shown = path.display().to_string();
        let source = files::read_source(path, &shown, None, sources, report)?;
        (shown, Chosen::Asked, source)
    } else if let Some((shown, path)) = own(&project.name) {
        let source = files::read_source(&path, &shown, None, sources, report)?;
        (shown, Chosen::OfProject, source)
    } else if let Some(preset) = fitting(project, sources) {
        if let Some((shown, path)) = own(preset.name) {
            let source = files::read_source(&path, &shown, None, sources, report)?;
            (shown, Chosen::OfProject, source)
        } else {
            let origin = format!("built-in preset {}", preset.name);
            let checked = check(preset.written, preset.source, project, code_named, origin, Chosen::Preset, &mut found);
            return passed_on(Ok(checked), found, report);
        }
    } else {
        return Ok(Overrides::none());
    };
    let overrides = yaml::document(source, sources, &mut found)
        .map(|tree| read(tree, &mut found))
        .map(|written| check(written, source, project, code_named, origin, chosen, &mut found));
    passed_on(overrides, found, report)
}

/// Gives what was found to the run's report; an error in it ends the run.
fn passed_on(overrides: Result<Overrides, Stopped>, found: Report, report: &mut Report) -> Result<Overrides, Stopped> {
    let stopped = found.stop_on_error();
    report.append(found);
    stopped.and(overrides)
}

/// What `compose2k8s init` writes: the file below `overrides/`, and its text. A built-in file where one fits the project,
/// and otherwise one with every key in a comment.
#[must_use]
pub fn init(project: &Project) -> (String, &'static str) {
    match fitting(project, &mut Sources::new()) {
        Some(preset) => (format!("{}.yaml", preset.name), preset.text),
        None => (format!("{}.yaml", project.name), TEMPLATE),
    }
}

/// A built-in file that was read.
struct Preset {
    name: &'static str,
    text: &'static str,
    source: SourceId,
    written: Written,
}

/// The built-in file whose services are all in the project.
fn fitting(project: &Project, sources: &mut Sources) -> Option<Preset> {
    PRESETS.iter().find_map(|(name, text)| {
        let (source, written) = preset(name, text, sources)?;
        let services = written.matches.as_ref().map(|matches| &matches.services)?;
        let fits =
            !services.is_empty() && services.iter().all(|service| project.services.contains_key(service.as_str()));
        fits.then_some(Preset { name, text, source, written })
    })
}

/// A built-in file; `None` for a broken one, which the tests rule out.
pub(super) fn preset(name: &str, text: &str, sources: &mut Sources) -> Option<(SourceId, Written)> {
    let mut report = Report::new();
    let source = sources.add(format!("<preset {name}>"), None, text);
    let written = read(yaml::document(source, sources, &mut report).ok()?, &mut report);
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
            .filter(|name| name != "template")
            .collect();
        files.sort();
        let built_in: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
        assert_eq!(files, built_in, "overrides/presets.rs and the folder differ, or are not in order");
    }

    #[test]
    fn every_preset_is_read_without_a_mistake_and_says_what_it_is_for() {
        for (name, text) in PRESETS {
            let matches = preset(name, text, &mut Sources::new()).and_then(|(_, written)| written.matches);
            assert!(matches.is_some_and(|matches| !matches.services.is_empty()), "{name}");
        }
    }

    #[test]
    fn the_template_is_an_overrides_file_with_and_without_its_comments() {
        assert!(preset("template", TEMPLATE, &mut Sources::new()).is_some());
        // A line that is an entry when its `# ` is taken away: everything but the sentences.
        let entries: String = TEMPLATE
            .lines()
            .skip(1)
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| {
                let line = line.trim_start();
                line.starts_with("- ") || line.split_once(':').is_some_and(|(key, _)| !key.contains(' '))
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        assert!(entries.lines().count() > 40, "{entries}");
        assert_eq!(crate::overrides::reading::tests::reads(&entries).err(), None, "{entries}");
    }
}
