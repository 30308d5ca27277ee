//! Renders diagnostics for terminals: with miette, source lines and carets.

use super::{Diagnostic, Label, Severity, short};
use std::collections::BTreeMap;

use crate::text::{Source, SourceId, Sources};

/// The style of the text format.
#[derive(Debug, Clone, Copy)]
pub struct TextStyle {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// The width of the terminal in columns.
    pub width: usize,
}

/// Renders a diagnostic with miette: message, source lines with carets, help. Labels in other sources follow with their
/// own source lines.
#[must_use]
pub fn rich(problem: &Diagnostic, sources: &Sources, style: TextStyle) -> String {
    let theme = if style.color { miette::GraphicalTheme::unicode() } else { miette::GraphicalTheme::unicode_nocolor() };
    let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(style.width).with_links(false);
    let mut drawn = String::new();
    let shown = Shown::new(problem, sources);
    if handler.render_report(&mut drawn, &shown).is_err() {
        drawn = short(problem, sources);
    }
    for place in &shown.elsewhere {
        let mut whole = String::new();
        // Only the source lines are needed; the heading would look like another diagnostic.
        if handler.render_report(&mut whole, place).is_ok()
            && let Some(corner) = whole.find('╭')
        {
            let start = whole.get(..corner).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
            drawn.push('\n');
            drawn.push_str(whole.get(start..).unwrap_or_default());
        }
    }
    drawn
}

/// Replaces characters that control a terminal, except line breaks and tabs. A Compose file may contain escape
/// sequences.
#[must_use]
pub fn sanitize(text: &str) -> String {
    let is_unsafe = |character: char| is_control(character) && character != '\n' && character != '\t';
    if !text.contains(is_unsafe) {
        return text.to_owned();
    }
    text.chars().map(|character| if is_unsafe(character) { '\u{fffd}' } else { character }).collect()
}

/// Replaces characters that control a terminal, and line breaks.
#[must_use]
pub fn sanitize_line(text: &str) -> String {
    sanitize(text).replace('\n', "\u{fffd}")
}

/// Whether a character is a control character or changes the display order of a line.
fn is_control(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A [`Diagnostic`] for miette: one source with labels; labels in other sources follow.
#[derive(Debug)]
struct Shown {
    message: String,
    code: Option<&'static str>,
    severity: Option<miette::Severity>,
    help: Option<String>,
    source: Option<miette::NamedSource<String>>,
    labels: Vec<miette::LabeledSpan>,
    elsewhere: Vec<Shown>,
}

impl Shown {
    fn new(problem: &Diagnostic, sources: &Sources) -> Self {
        let mut groups: Vec<(SourceId, Vec<&Label>)> = Vec::new();
        for label in &problem.labels {
            match groups.iter_mut().find(|(source, _)| *source == label.span.source) {
                Some((_, labels)) => labels.push(label),
                None => groups.push((label.span.source, vec![label])),
            }
        }
        let place = |group: &(SourceId, Vec<&Label>)| {
            let source = sources.get(group.0);
            if let Some(source) = source.filter(|source| source.is_private) {
                return redacted(source, &group.1);
            }
            let Some(source) = source else { return (None, Vec::new()) };
            let (text, shift) = excerpt(source, &group.1);
            let end = source.text.len();
            let labels = group
                .1
                .iter()
                .map(|label| {
                    let (mut start, mut stop) = (label.span.start as usize, label.span.end as usize);
                    // miette prints no text for an empty span at the end of a file.
                    if start == stop && start >= end && end > 0 {
                        start = source.text.char_indices().next_back().map_or(0, |(at, _)| at);
                        stop = end;
                    }
                    let length = stop.saturating_sub(start);
                    miette::LabeledSpan::new(Some(sanitize(&label.text)), start.saturating_sub(shift), length)
                })
                .collect();
            let named = Some(miette::NamedSource::new(sanitize_line(&source.name), text));
            (named, labels)
        };
        let (source, labels) = groups.first().map_or((None, Vec::new()), place);
        let elsewhere = groups
            .iter()
            .skip(1)
            .map(|group| {
                let (source, labels) = place(group);
                let message = String::new();
                Shown { message, code: None, severity: None, help: None, source, labels, elsewhere: Vec::new() }
            })
            .collect();
        let severity = Some(match problem.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Advice => miette::Severity::Advice,
        });
        Shown {
            message: sanitize(&problem.message),
            code: Some(problem.code.name),
            severity,
            help: problem.help.as_deref().map(sanitize),
            source,
            labels,
            elsewhere,
        }
    }
}

/// The number of lines above and below the labels that are passed to miette, which shows one.
const CONTEXT: usize = 2;

/// Returns the part of a source with its labels, and by how many bytes the labels move. Empty lines stand for the lines before it, so
/// that their numbers are right: a large file with many diagnostics is not copied for each of them.
fn excerpt(source: &Source, labels: &[&Label]) -> (String, usize) {
    let from = labels.iter().map(|label| label.span.start).min().unwrap_or_default();
    let to = labels.iter().map(|label| label.span.end).max().unwrap_or_default();
    let (line, bytes) = source.lines_around(from, to, CONTEXT);
    let before = line - 1;
    let shift = bytes.start - before;
    (format!("{}{}", "\n".repeat(before), quoted(source.text.get(bytes).unwrap_or_default())), shift)
}

/// Returns the lines and labels of a source with values that are never shown: only names are shown.
fn redacted(source: &Source, labels: &[&Label]) -> (Option<miette::NamedSource<String>>, Vec<miette::LabeledSpan>) {
    let mut lines: BTreeMap<usize, (String, String)> = BTreeMap::new();
    for label in labels {
        let (line, _) = source.line_column(label.span.start);
        lines.entry(line).or_insert_with(|| (source.redacted_line(label.span.start), sanitize(&label.text)));
    }
    let (mut text, mut number, mut places) = (String::new(), 1, Vec::new());
    for (line, (shown, label)) in lines {
        text.push_str(&"\n".repeat(line - number));
        number = line;
        places.push(miette::LabeledSpan::new(Some(label), text.len(), shown.len()));
        text.push_str(&shown);
    }
    (Some(miette::NamedSource::new(sanitize_line(&source.name), text)), places)
}

impl std::fmt::Display for Shown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.code.map(|code| Box::new(code) as Box<dyn std::fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        self.severity
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|source| source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = _>>)
    }
}

/// Returns a source for display: control characters become `?`, so that offsets do not change.
fn quoted(text: &str) -> String {
    let is_unsafe = |character: char| is_control(character) && !matches!(character, '\n' | '\t' | '\r');
    if !text.contains(is_unsafe) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        if is_unsafe(character) {
            out.extend(std::iter::repeat_n('?', character.len_utf8()));
        } else {
            out.push(character);
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_of_the_input_are_removed() {
        assert_eq!(sanitize("a\u{1b}[31mb"), "a\u{fffd}[31mb");
        assert_eq!(quoted("a\u{1b}[31m\u{9b}b\n"), "a?[31m??b\n");
        assert_eq!(sanitize("a\u{202e}b"), "a\u{fffd}b", "the order of a line is its own");
        assert_eq!(sanitize_line("a\nb"), "a\u{fffd}b");
    }
}
