//! Renders diagnostics as GitHub workflow commands, which are displayed at the line in a pull request.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::fmt::Write;

use super::text::sanitize;
use super::{Diagnostic, Severity};
use crate::text::Sources;

/// Renders one command per line.
#[must_use]
pub fn render(problems: &[Diagnostic], sources: &Sources) -> String {
    let mut out = String::new();
    for problem in problems {
        let command = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "notice",
        };
        let mut properties = format!("title={}", property(problem.code.name));
        if let Some(label) = problem.labels.first()
            && let Some(source) = sources.get(label.span.source)
        {
            let (line, column) = source.line_column(label.span.start);
            let (end_line, end_column) = source.line_column(label.span.end);
            properties = format!(
                "file={},line={line},endLine={end_line},col={column},endColumn={end_column},{properties}",
                property(&source.name)
            );
        }
        let help = problem.help.as_ref().map(|help| format!(". {help}")).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "::{command} {properties}::{}", message(&format!("{}{help}", problem.message)));
    }
    out
}

/// Escapes the text of a command.
fn message(text: &str) -> String {
    sanitize(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

/// Escapes a property of a command, which ends at a colon or a comma.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_escaped() {
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
        assert_eq!(message("50%\nof: it"), "50%25%0Aof: it");
    }
}
