//! `compose2k8s init`: writes an overrides file for a project.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use compose2k8s::report::Stopped;
use compose2k8s::report::text::sanitize_line;
use compose2k8s::{OverridesDraft, Session, overrides};
use similar::TextDiff;

use super::outcome::{Done, outcome};
use super::output::{self, OutputOptions};
use super::project_arguments::ProjectArgs;
use super::report_arguments::Color;

/// Writes `overrides/<name>.yaml` beside the Compose file, and its schema. An existing file is only overwritten with
/// `--force`; without it, the differences are printed.
pub(crate) fn run(project: &ProjectArgs, force: bool, accept_security: bool, migrate: bool) -> ExitCode {
    let mut session = Session::new();
    let result =
        if migrate { migrate_file(project, &mut session) } else { init(project, force, accept_security, &mut session) };
    outcome(result, session, &OutputOptions::for_text(Color::Auto), None, "nothing was written")
}

fn init(project: &ProjectArgs, force: bool, accept_security: bool, session: &mut Session) -> Result<Done, Stopped> {
    let request = project.request();
    let directory = session.project(&request.project)?.directory;
    // Diagnostics of the first load would be repeated.
    session.report.retain(|_| false);
    let draft = session.draft_overrides(&request, accept_security)?;
    let file = request.overrides.clone().unwrap_or_else(|| directory.join("overrides").join(&draft.name));
    let shown = sanitize_line(&file.display().to_string());
    let existing = std::fs::read_to_string(&file).ok();
    let mut summary = String::new();
    // Writing to a String cannot fail.
    let mut differs = false;
    match &existing {
        Some(text) if *text == draft.text => {
            let _ = writeln!(summary, "{shown}: up to date");
        }
        Some(text) => {
            let diff = TextDiff::from_lines(text.as_str(), draft.text.as_str());
            let diff = diff.unified_diff().header(&shown, "compose2k8s init").to_string();
            let clean: String = diff.lines().flat_map(|line| [sanitize_line(line), "\n".to_owned()]).collect();
            summary.push_str(&clean);
            if force {
                write(&file, &draft.text)?;
                let _ = writeln!(summary, "{shown}: overwritten");
            } else {
                differs = true;
                let _ = writeln!(summary, "{shown}: kept; --force replaces it with what the diff shows");
            }
        }
        None => {
            write(&file, &draft.text)?;
            let _ = writeln!(summary, "{shown}: written");
        }
    }
    let files: Vec<String> =
        request.project.files.iter().map(|file| sanitize_line(&file.display().to_string())).collect();
    summary.push_str(&next_step(&draft, accept_security, &files));
    Ok(Done { summary, differs })
}

/// Rewrites an overrides file of an earlier version, and prints the differences.
fn migrate_file(project: &ProjectArgs, session: &mut Session) -> Result<Done, Stopped> {
    let request = project.request();
    let directory = session.project(&request.project)?.directory;
    session.report.retain(|_| false);
    let name = session.draft_overrides(&request, false)?.name;
    let file = request.overrides.clone().unwrap_or_else(|| directory.join("overrides").join(name));
    let shown = sanitize_line(&file.display().to_string());
    let stop = |why: &str| {
        output::err(&format!("error: `{shown}` {why}\n"));
        Stopped
    };
    let text = std::fs::read_to_string(&file).map_err(|error| stop(&format!("cannot be read: {error}")))?;
    let migrated = overrides::migrate(&text).map_err(|Stopped| stop("cannot be rewritten; edit it by hand"))?;
    let overrides::MigratedOverrides { text: new, removed, renamed } = migrated;
    if removed + renamed == 0 {
        return Ok(Done { summary: format!("{shown}: up to date\n"), differs: false });
    }
    let diff = TextDiff::from_lines(text.as_str(), new.as_str());
    let diff = diff.unified_diff().header(&shown, "compose2k8s init --migrate").to_string();
    let mut summary: String = diff.lines().flat_map(|line| [sanitize_line(line), "\n".to_owned()]).collect();
    write(&file, &new)?;
    // Writing to a String cannot fail.
    let _ = writeln!(summary, "{shown}: rewritten ({removed} entries removed, {renamed} keys renamed)");
    Ok(Done { summary, differs: false })
}

/// Returns what remains to be done.
fn next_step(draft: &OverridesDraft, accept_security: bool, files: &[String]) -> String {
    let mut text = String::new();
    for problem in &draft.errors {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "to fix in the Compose file: {}", sanitize_line(&problem.message));
    }
    if !accept_security {
        for problem in &draft.open {
            let _ = writeln!(text, "less restricted than in Docker Compose: {}", sanitize_line(&problem.message));
        }
        if !draft.open.is_empty() {
            text.push_str("next: activate the last entries of the file, or run again with --force --accept-security\n");
            return text;
        }
    }
    if draft.errors.is_empty() {
        let command: Vec<&str> = files.iter().map(String::as_str).chain(["-o", "k8s"]).collect();
        let _ = writeln!(text, "next: compose2k8s {}", command.join(" "));
    }
    text
}

/// Writes the overrides file, and its schema for editors if there is none.
fn write(file: &Path, text: &str) -> Result<(), Stopped> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let written = std::fs::create_dir_all(folder).and_then(|()| replace(file, text));
    if let Err(error) = written {
        output::err(&format!("error: `{}` cannot be written: {error}\n", sanitize_line(&file.display().to_string())));
        return Err(Stopped);
    }
    let schema = folder.join("schema.json");
    if !schema.exists() {
        // The overrides file works without its schema.
        let _ = std::fs::write(&schema, overrides::schema());
    }
    Ok(())
}

/// Replaces a file of the user: after a crash it has the old text or the new one.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    // The target of a symbolic link is replaced, not the link.
    let target = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let temporary = target.with_file_name(format!(".{name}.compose2k8s-new"));
    let mut new = std::fs::File::create(&temporary)?;
    new.write_all(text.as_bytes())
        .and_then(|()| new.sync_all())
        .and_then(|()| std::fs::rename(&temporary, &target))
        .inspect_err(|_| drop(std::fs::remove_file(&temporary)))
}
