//! Renders diagnostics as versioned JSON: `{"version": 1, "problems": […]}`.

use serde::Serialize;

use super::{Diagnostic, Finding, Label};
use crate::text::Sources;

/// The JSON Schema of the format.
pub const SCHEMA: &str = include_str!("../../schemas/problems.json");

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    problems: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    help: Option<&'a str>,
    places: Vec<Place<'a>>,
    /// The fields of a finding of the comparison.
    #[serde(flatten)]
    finding: Option<&'a Finding>,
}

/// A location: 1-based lines and columns (in characters), the end exclusive.
#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    label: &'a str,
}

/// Renders all diagnostics as one JSON document with a line break at the end. The order is kept.
#[must_use]
pub fn render(problems: &[Diagnostic], sources: &Sources) -> String {
    let problems = problems.iter().map(|problem| one(problem, sources)).collect();
    let mut text =
        escape_controls(&serde_json::to_string_pretty(&Written { version: 1, problems }).unwrap_or_default());
    text.push('\n');
    text
}

/// Escapes the control characters that serde leaves unescaped, because a terminal would interpret them: DEL and above.
#[must_use]
pub fn escape_controls(json: &str) -> String {
    let is_unsafe = |letter: char| letter != '\n' && letter.is_control();
    if !json.contains(is_unsafe) {
        return json.to_owned();
    }
    json.chars().fold(String::with_capacity(json.len()), |mut out, letter| {
        if is_unsafe(letter) {
            out.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            out.push(letter);
        }
        out
    })
}

fn one<'a>(problem: &'a Diagnostic, sources: &'a Sources) -> One<'a> {
    One {
        code: problem.code.name,
        severity: problem.severity.name(),
        message: &problem.message,
        help: problem.help.as_deref(),
        places: problem.labels.iter().filter_map(|label| place(label, sources)).collect(),
        finding: problem.finding.as_deref(),
    }
}

fn place<'a>(label: &'a Label, sources: &'a Sources) -> Option<Place<'a>> {
    let source = sources.get(label.span.source)?;
    let (line, column) = source.line_column(label.span.start);
    let (end_line, end_column) = source.line_column(label.span.end);
    Some(Place { file: &source.name, line, column, end_line, end_column, label: &label.text })
}
