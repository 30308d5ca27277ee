//! How a command ends: its exit status, and what is printed last.

use std::process::ExitCode;

use compose2k8s::report::{Diagnostic, Severity};
use compose2k8s::{Session, Stopped};

use super::output::{self, OutputOptions, is_finding};
use super::report_arguments::FailOn;

/// Returns whether the two sides differ, counting the findings that `--select` and `--ignore` select.
///
/// # Errors
/// Returns [`Stopped`] if an input could not be read.
pub(crate) fn verdict(found: &[Diagnostic], options: &OutputOptions) -> Result<bool, Stopped> {
    if found.iter().any(|problem| problem.severity == Severity::Error && !is_finding(problem)) {
        return Err(Stopped);
    }
    Ok(found.iter().any(|problem| is_finding(problem) && options.wants(problem)))
}

/// The result of a command: the text that is printed last, and whether a comparison found a difference.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) summary: String,
    pub(crate) differs: bool,
}

/// Prints the diagnostics and then the summary. Returns the exit status: 0 for success or parity, 1 if a difference was
/// found, 2 if the command could not run; `undone` then says what was not done.
pub(crate) fn outcome(
    result: Result<Done, Stopped>,
    session: Session,
    options: &OutputOptions,
    fail_on: Option<FailOn>,
    undone: &str,
) -> ExitCode {
    let Session { sources, mut report } = session;
    output::problems(&mut report, &sources, options);
    let worst = |severity: Severity| report.problems().iter().any(|problem| problem.severity <= severity);
    let counts = output::counts(&report);
    match result {
        Err(Stopped) => {
            if options.has_summary() {
                output::err(&format!("{counts}: {undone}\n"));
                let is_acceptable =
                    |problem: &Diagnostic| problem.severity == Severity::Error && problem.code.acceptable;
                if report.problems().iter().any(is_acceptable) {
                    output::err(
                        "next: `compose2k8s init` drafts an overrides file with an entry for each of these errors\n",
                    );
                }
            }
            ExitCode::from(2)
        }
        Ok(Done { differs: true, summary }) => {
            output::summary(&summary, options);
            ExitCode::from(1)
        }
        Ok(Done { differs: false, summary }) => {
            output::summary(&summary, options);
            ExitCode::from(u8::from(match fail_on {
                None | Some(FailOn::Error) => false,
                Some(FailOn::Warning) => worst(Severity::Warning),
                Some(FailOn::Note) => worst(Severity::Advice),
            }))
        }
    }
}

/// Leaks a value. The process exits soon after a command, which frees all memory at once; freeing the parts of a large project
/// one by one takes noticeably longer.
pub(crate) fn keep_until_exit<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
