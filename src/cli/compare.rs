//! `compose2k8s check`: manifests of any origin against a Compose file.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use compose2k8s::check::Manifests;
use compose2k8s::report::Report;
use compose2k8s::report::text::line;
use compose2k8s::text::Sources;
use compose2k8s::{compare, load};

use super::show::{self, Shown};
use super::{Done, ProjectArgs, ReportArgs, outcome, verdict};

/// Runs `compose2k8s check FILE… --against PATH`.
pub(crate) fn run(project: &ProjectArgs, against: &Path, arguments: &ReportArgs) -> ExitCode {
    let shown = Shown::new(arguments);
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let mut stdin = None;
    if against.as_os_str() == "-" {
        let mut text = String::new();
        if let Err(error) = std::io::stdin().lock().read_to_string(&mut text) {
            show::err(&format!("error: standard input cannot be read: {error}\n"));
            return ExitCode::from(2);
        }
        stdin = Some(text);
    }
    let result = load(&project.request(), &mut sources, &mut report).and_then(|loaded| {
        let before = report.problems().len();
        let manifests = Manifests::read(against, stdin.as_deref(), &mut sources, &mut report);
        compare(&loaded, &manifests, &mut report);
        let differs = verdict(report.problems().get(before..).unwrap_or_default(), &shown)?;
        let words = if differs { "not in parity with" } else { "in parity with" };
        Ok(Done {
            summary: format!("{}: {words} {}\n", line(&against.display().to_string()), loaded.project.name),
            differs,
        })
    });
    outcome(result, report, &sources, &shown, arguments.fail_on, "no verdict on parity")
}
