//! `compose2k8s facts`: the facts of one side of a comparison.
//!
//! A folder or standard input contains manifests, a single file may contain either, and other arguments select a
//! Compose project.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use compose2k8s::check::{Fact, Manifests, Value, Weight, are_manifests, observed_facts};
use compose2k8s::parse::files::is_input;
use compose2k8s::report::{self, Report, Stopped, system_words};
use compose2k8s::text::Sources;
use compose2k8s::{Session, facts, load};
use serde_json::json;

use super::arguments::FactsFormat;
use super::outcome::{Done, outcome};
use super::output::{self, OutputOptions};
use super::project_arguments::ProjectArgs;
use super::report_arguments::Color;

/// Runs `compose2k8s facts [FILE|DIR]`.
pub(crate) fn run(project: &ProjectArgs, format: FactsFormat, all: bool, color: Color) -> ExitCode {
    let Session { mut sources, mut report } = Session::new();
    let result = facts_of(project, &mut sources, &mut report).map(|(side, mut facts)| {
        // Optional facts are only compared if both sides have them, but those of the cluster are always printed.
        facts.retain(|fact| all || fact.weight != Weight::Optional || fact.service.is_empty());
        facts.sort_by_cached_key(|fact| {
            let (subject, value) = (fact.subject.rendered().into_owned(), fact.value.rendered().into_owned());
            (fact.owner().into_owned(), fact.kind, subject, value)
        });
        facts.dedup_by(|later, first| later.sentence() == first.sentence());
        output::out(&match format {
            FactsFormat::Text => facts.iter().flat_map(|fact| [line(fact), "\n".to_owned()]).collect(),
            FactsFormat::Json => in_json(side, &facts, &sources),
        });
        Done::default()
    });
    outcome(result, Session { sources, report }, &OutputOptions::for_text(color), None, "no facts")
}

/// Returns the facts, and the name of their side.
fn facts_of(
    project: &ProjectArgs,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<(&'static str, Vec<Fact>), Stopped> {
    let alone = match project.positional.as_slice() {
        [alone] if project.selection.file.is_empty() => Some(alone.as_path()),
        _ => None,
    };
    let is_stream = |path: &&Path| is_input(path);
    let holds = |path: &Path| std::fs::read_to_string(path).is_ok_and(|text| are_manifests(&text));
    let Some(place) = alone.filter(|path| is_stream(path) || path.is_dir() || holds(path)) else {
        let loaded = load(&project.request(), sources, report)?;
        return Ok(("compose", facts(&loaded)));
    };
    let mut stdin = None;
    if is_stream(&place) {
        let mut text = String::new();
        if let Err(error) = std::io::stdin().lock().read_to_string(&mut text) {
            output::err(&format!("error: standard input cannot be read: {}\n", system_words(&error)));
            return Err(Stopped);
        }
        stdin = Some(text);
    }
    let read = Manifests::from_path(place, stdin.as_deref(), sources, report);
    // The facts of a part of a folder would be misleading.
    report.stop_on_error()?;
    Ok(("manifests", observed_facts(&read)))
}

/// Returns a fact as one sentence on one line, safe for a terminal.
fn line(fact: &Fact) -> String {
    report::text::sanitize(&fact.sentence()).replace('\n', "\\n")
}

/// Returns the facts as versioned JSON, with locations as in the JSON of diagnostics.
fn in_json(side: &str, facts: &[Fact], sources: &Sources) -> String {
    let facts: Vec<_> = facts
        .iter()
        .map(|fact| {
            let place = sources.get(fact.span.source).map(|source| {
                let (line, column) = source.line_column(fact.span.start);
                json!({"file": source.name, "line": line, "column": column})
            });
            json!({
                "service": (!fact.service.is_empty()).then(|| fact.owner()),
                "topic": fact.kind.topic(),
                "fact": fact.kind.name(),
                "subject": (!fact.subject.is_empty()).then(|| fact.subject.rendered()),
                "value": fact.shown_value(),
                "also": fact.also.iter().map(Value::rendered).collect::<Vec<_>>(),
                "weight": fact.weight.name(),
                "unclear": fact.unclear.as_ref().map(ToString::to_string),
                "sentence": fact.sentence(),
                "place": place,
            })
        })
        .collect();
    let mut text =
        serde_json::to_string_pretty(&json!({"version": 2, "side": side, "facts": facts})).unwrap_or_default();
    text.push('\n');
    text
}
