//! `compose2k8s check`: manifests of any origin against a Compose file.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use compose2k8s::check::Manifests;
use compose2k8s::parse::files::is_input;
use compose2k8s::report::Report;
use compose2k8s::report::text::sanitize_line;
use compose2k8s::text::Sources;
use compose2k8s::{compare, load};

use super::arguments::{ProjectArgs, ReportArgs};
use super::outcome::{Done, outcome, verdict};
use super::output::{self, OutputOptions};

/// Runs `compose2k8s check FILE… --against PATH`.
pub(crate) fn run(project: &ProjectArgs, against: &Path, arguments: &ReportArgs) -> ExitCode {
    let options = OutputOptions::new(arguments);
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let mut stdin = None;
    if is_input(against) {
        let mut text = String::new();
        if let Err(error) = std::io::stdin().lock().read_to_string(&mut text) {
            output::err(&format!("error: standard input cannot be read: {error}\n"));
            return ExitCode::from(2);
        }
        stdin = Some(text);
    }
    // Neither side knows of the other, so neither waits for the other.
    let (read, loaded) = std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let (mut sources, mut report) = (Sources::second(), Report::new());
            let manifests = Manifests::from_path(against, stdin.as_deref(), &mut sources, &mut report);
            (manifests, sources, report)
        });
        let loaded = load(&project.request(), &mut sources, &mut report);
        (reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), loaded)
    });
    let result = loaded.and_then(|loaded| {
        let (manifests, beside, mut found) = read;
        sources.merge(beside);
        compare(&loaded, &manifests, &mut found);
        let verdict = verdict(found.problems(), &options);
        report.append(found);
        let differs = verdict?;
        let words = if differs { "not in parity with" } else { "in parity with" };
        let summary = format!("{}: {words} {}\n", sanitize_line(&against.display().to_string()), loaded.project.name);
        // The process ends soon, and gives all memory back at once.
        std::mem::forget((loaded, manifests));
        Ok(Done { summary, differs })
    });
    outcome(result, report, &sources, &options, arguments.fail_on, "no verdict on parity")
}
