//! Printing: diagnostics in the requested format, and summaries.

use std::io::{IsTerminal, Write};

use compose2k8s::check;
use compose2k8s::report::{self, Diagnostic, Report, Severity};
use compose2k8s::text::Sources;

use super::report_arguments::{Color, Format, ReportArgs, is_of};

/// The output options of a command.
#[derive(Debug, Clone)]
pub(crate) struct OutputOptions {
    format: Format,
    color: Color,
    verbose: bool,
    quiet: bool,
    select: Vec<String>,
    ignore: Vec<String>,
}

impl OutputOptions {
    pub(crate) fn new(arguments: &ReportArgs) -> Self {
        Self {
            format: arguments.format,
            color: arguments.color,
            verbose: arguments.verbose,
            quiet: arguments.quiet,
            select: arguments.select.clone(),
            ignore: arguments.ignore.clone(),
        }
    }

    /// Returns options for text, for commands without report options.
    pub(crate) fn for_text(color: Color) -> Self {
        Self { format: Format::Text, color, verbose: true, quiet: false, select: Vec::new(), ignore: Vec::new() }
    }

    /// Returns options for text with notes on one line each.
    pub(crate) fn brief(color: Color) -> Self {
        Self { verbose: false, ..Self::for_text(color) }
    }

    /// Whether a summary is printed.
    pub(crate) fn has_summary(&self) -> bool {
        !self.quiet && self.format.is_for_people()
    }

    /// Whether `--select` and `--ignore` select a diagnostic. Errors that stop a command are always selected.
    pub(crate) fn wants(&self, problem: &Diagnostic) -> bool {
        let named = |codes: &[String]| codes.iter().any(|code| is_of(problem.code.name, code));
        let stops = problem.severity == Severity::Error && !is_finding(problem);
        stops || (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }
}

/// Whether to use colours: depends on the option, `NO_COLOR` and the terminal.
pub(crate) fn colored(color: Color, terminal: bool) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}

/// Prints all diagnostics: text on standard error, other formats on standard output.
pub(crate) fn problems(report: &mut Report, sources: &Sources, options: &OutputOptions) {
    report.sort();
    report.retain(|problem| options.wants(problem));
    let problems = report.problems();
    match options.format {
        Format::Json => out(&report::json::render(problems, sources)),
        Format::Sarif => out(&report::sarif::render(problems, sources)),
        Format::Github => out(&report::github::render(problems, sources)),
        Format::Short => {
            for problem in problems {
                err(&format!("{}\n", report::text::sanitize_line(&report::short(problem, sources))));
            }
        }
        Format::Text => rich(problems, sources, options),
    }
}

/// Prints errors and warnings with source lines, and notes on one line each unless `--verbose` is set.
fn rich(problems: &[Diagnostic], sources: &Sources, options: &OutputOptions) {
    let style =
        report::text::TextStyle { color: colored(options.color, std::io::stderr().is_terminal()), width: width() };
    let (advice, others): (Vec<_>, Vec<_>) = problems.iter().partition(|problem| problem.severity == Severity::Advice);
    let (warnings, errors): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|problem| problem.severity == Severity::Warning);
    // Notes are only useful once there are no errors.
    let advice = if errors.is_empty() { advice } else { Vec::new() };
    for problem in advice {
        if options.verbose {
            err(&format!("{}\n", report::text::rich(problem, sources, style)));
        } else if !options.quiet {
            err(&format!("{}\n", report::text::sanitize_line(&report::short(problem, sources))));
        }
    }
    for problem in warnings.into_iter().chain(errors) {
        err(&format!("{}\n", report::text::rich(problem, sources, style)));
    }
}

/// Prints a summary, unless a program reads the output.
pub(crate) fn summary(text: &str, options: &OutputOptions) {
    if options.has_summary() {
        out(text);
    }
}

/// Returns the width for diagnostics: `COLUMNS` if exported, otherwise that of the terminal, otherwise 100.
fn width() -> usize {
    let exported = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let measured = || terminal_size::terminal_size_of(std::io::stderr()).map(|(width, _)| usize::from(width.0));
    exported.or_else(measured).unwrap_or(100).clamp(40, 160)
}

/// Writes to standard output. A closed pipe (`| head`) is not an error.
pub(crate) fn out(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Writes parts of a long text to standard output.
pub(crate) fn out_in_parts<'t>(mut parts: impl Iterator<Item = &'t str>) {
    let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let _ = parts.try_for_each(|part| out.write_all(part.as_bytes())).and_then(|()| out.flush());
}

/// Writes to standard error.
pub(crate) fn err(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Returns the number of diagnostics by severity: `3 warnings, 1 note`.
pub(crate) fn counts(report: &Report) -> String {
    let count = |severity| report.problems().iter().filter(|problem| problem.severity == severity).count();
    [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Advice, "note", "notes"),
    ]
    .into_iter()
    .filter_map(|(severity, one, many)| match count(severity) {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {many}")),
    })
    .collect::<Vec<_>>()
    .join(", ")
}

/// Whether a diagnostic is a difference between the two sides, as opposed to a reason why they cannot be compared.
pub(crate) fn is_finding(problem: &Diagnostic) -> bool {
    check::is_difference(problem.code) && problem.severity == Severity::Error
}
