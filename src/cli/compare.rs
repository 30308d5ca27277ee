//! `compose2k8s check`: compares manifests of any origin with a Compose project.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use compose2k8s::Comparison;
use compose2k8s::parse::files::is_input;
use compose2k8s::report::text::sanitize_line;

use super::outcome::{Done, keep_until_exit, outcome, verdict};
use super::output::{self, OutputOptions};
use super::project_arguments::ProjectArgs;
use super::report_arguments::ReportArgs;

/// Runs `compose2k8s check FILE… --against PATH`.
pub(crate) fn run(project: &ProjectArgs, against: &Path, arguments: &ReportArgs) -> ExitCode {
    let options = OutputOptions::new(arguments);
    let mut session = arguments.session();
    let mut stdin = None;
    if is_input(against) {
        let mut text = String::new();
        if let Err(error) = std::io::stdin().lock().read_to_string(&mut text) {
            output::err(&format!("error: standard input cannot be read: {error}\n"));
            return ExitCode::from(2);
        }
        stdin = Some(text);
    }
    let result = session.compare_with(&project.request(), against, stdin.as_deref()).and_then(|comparison| {
        let Comparison { loaded, manifests, findings } = comparison;
        let (loaded, _) = keep_until_exit((loaded, manifests));
        let verdict = verdict(findings.problems(), &options);
        session.report.append(findings);
        let differs = verdict?;
        let words = if differs { "not in parity with" } else { "in parity with" };
        let summary = format!("{}: {words} {}\n", sanitize_line(&against.display().to_string()), loaded.project.name);
        Ok(Done { summary, differs })
    });
    outcome(result, session, &options, arguments.fail_on, "no verdict on parity")
}
