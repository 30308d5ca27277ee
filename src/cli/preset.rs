//! `compose2k8s init`: creates an overrides file.

use std::io::Write;
use std::process::ExitCode;

use compose2k8s::Session;
use compose2k8s::overrides;
use compose2k8s::report::Stopped;
use compose2k8s::report::text::sanitize_line;

use super::arguments::{Color, ProjectArgs};
use super::outcome::{Done, outcome};
use super::output::{self, OutputOptions};

/// Writes `overrides/<name>.yaml` beside the Compose file, and its schema. Existing files are kept.
pub(crate) fn init(project: &ProjectArgs) -> ExitCode {
    let mut session = Session::new();
    let result = session.project(&project.options()).and_then(|project| {
        let (name, text) = overrides::init(&project);
        let folder = project.directory.join("overrides");
        let file = folder.join(&name);
        let written = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::OpenOptions::new().write(true).create_new(true).open(&file))
            .and_then(|mut new| new.write_all(text.as_bytes()));
        if let Err(error) = written {
            output::err(&format!(
                "error: `{}` cannot be written: {error}\n",
                sanitize_line(&file.display().to_string())
            ));
            return Err(Stopped);
        }
        let schema = folder.join("schema.json");
        if !schema.exists() {
            // The schema is for editors. The overrides file works without it.
            let _ = std::fs::write(&schema, overrides::schema());
        }
        let summary =
            format!("wrote {}: from now on it is read for this project\n", sanitize_line(&file.display().to_string()));
        Ok(Done { summary, differs: false })
    });
    outcome(result, session, &OutputOptions::for_text(Color::Auto), None, "nothing was written")
}
