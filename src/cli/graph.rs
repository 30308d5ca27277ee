//! `compose2k8s graph`: draws the project as a flowchart.

use std::path::Path;
use std::process::ExitCode;

use compose2k8s::report::Stopped;
use compose2k8s::report::text::sanitize_line;
use compose2k8s::{Session, graph};

use super::outcome::{Done, outcome};
use super::output::{self, OutputOptions};
use super::project_arguments::ProjectArgs;
use super::report_arguments::Color;

/// Runs `compose2k8s graph FILE…`.
pub(crate) fn run(asked: &ProjectArgs, output: Option<&Path>, color: Color) -> ExitCode {
    let mut session = Session::new();
    let result = session.project(&asked.options()).and_then(|project| {
        let text = graph::graph(&project);
        match output {
            None => output::out(&text),
            Some(path) => std::fs::write(path, text).map_err(|error| {
                output::err(&format!(
                    "error: `{}` cannot be written: {error}\n",
                    sanitize_line(&path.display().to_string())
                ));
                Stopped
            })?,
        }
        Ok(Done::default())
    });
    outcome(result, session, &OutputOptions::for_text(color), None, "nothing was drawn")
}
