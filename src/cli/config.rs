//! `compose2k8s config`: the merged project in the official loader's canonical form.

use std::path::Path;
use std::process::ExitCode;

use compose2k8s::emit;
use compose2k8s::report::{Problem, Report, Stopped};
use compose2k8s::resolve::{self, Canonical};
use compose2k8s::text::Sources;
use compose2k8s::{Request, parse};

use super::show::{self, Shown};
use super::{Color, DataFormat, Done, ProjectArgs, outcome};

/// What is asked of the canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Whole(DataFormat),
    Services,
    Images,
    Volumes,
    Networks,
    Profiles,
    Nothing,
}

/// Runs `compose2k8s config FILE…`.
pub(crate) fn run(
    project: &ProjectArgs,
    part: Part,
    interpolate: bool,
    output: Option<&Path>,
    color: Color,
) -> ExitCode {
    let mut request = project.request();
    request.selection.no_interpolate = !interpolate;
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let result = canonical(&request, &mut sources, &mut report).and_then(|canonical| {
        text(&canonical, part).map_err(|problem| {
            report.add(problem);
            Stopped
        })
    });
    let result = result.and_then(|text| match output {
        None => {
            show::out(&text);
            Ok(Done::default())
        }
        Some(path) => std::fs::write(path, text).map(|()| Done::default()).map_err(|error| {
            show::err(&format!("error: `{}` cannot be written: {error}\n", path.display()));
            Stopped
        }),
    });
    outcome(result, report, &sources, &Shown::plain(color), None, "nothing was written")
}

fn canonical(request: &Request, sources: &mut Sources, report: &mut Report) -> Result<Canonical, Stopped> {
    let parsed = parse::parse(&request.selection, sources, report)?;
    resolve::canonical(parsed, &request.selection, sources, report)
}

/// What is printed.
fn text(canonical: &Canonical, part: Part) -> Result<String, Problem> {
    let value = resolve::config::value(canonical);
    let names = |section: &str| {
        let section = value.get(section).and_then(|section| section.as_object());
        section.into_iter().flatten().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let services = || value.get("services").and_then(|services| services.as_object()).into_iter().flatten();
    let mut lines = match part {
        Part::Nothing => return Ok(String::new()),
        Part::Whole(DataFormat::Json) => return Ok(format!("{}\n", resolve::config::json(canonical))),
        Part::Whole(DataFormat::Yaml) => return emit::yaml_document("the project", &value),
        Part::Services => names("services"),
        Part::Volumes => names("volumes"),
        Part::Networks => names("networks"),
        Part::Images => services()
            .filter_map(|(_, service)| service.get("image").and_then(|image| image.as_str()).map(str::to_owned))
            .collect(),
        Part::Profiles => services()
            .filter_map(|(_, service)| service.get("profiles").and_then(|profiles| profiles.as_array()))
            .flatten()
            .filter_map(|profile| profile.as_str().map(str::to_owned))
            .collect(),
    };
    lines.sort();
    lines.sort();
    lines.dedup();
    // Each line ends in a line break; no line, no text.
    lines.push(String::new());
    Ok(if lines.len() == 1 { String::new() } else { lines.join("\n") })
}
