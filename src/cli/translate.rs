//! `compose2k8s FILE… -o DIR`: writes the output, or shows what would change.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use compose2k8s::emit::{self, Drift, State, Written};
use compose2k8s::parse::files::is_input;
use compose2k8s::report::Report;
use compose2k8s::report::text::sanitize_line;
use compose2k8s::{Loaded, OutputCheck, OutputCheckOptions, OutputPaths, Purpose, Request, Session, Stopped};

use super::arguments::{Translate, command_like};
use super::outcome::{Done, keep_until_exit, outcome, verdict};
use super::output::{self, OutputOptions};

/// The output directory if `-o` is not given.
const DEFAULT_OUTPUT: &str = "k8s";

/// Returns an error for arguments that contradict each other, or for a word that is probably a misspelt command.
fn usage_error(arguments: &Translate) -> Result<(), String> {
    let stdout = arguments.output.as_deref().is_some_and(|output| output.as_os_str() == "-");
    if stdout && (arguments.check || arguments.diff) {
        let option = if arguments.check { "--check" } else { "--diff" };
        return Err(format!(
            "error: `{option}` compares with files, and `-o -` writes to standard output\n\n  \
             compose2k8s FILE -o DIR {option}\n  compose2k8s check FILE --against - <MANIFESTS\n"
        ));
    }
    if arguments.with_secrets && !stdout {
        return Err(
            "error: `--with-secrets` prints Secrets with `-o -`; `-o DIR` writes them to `DIR/secrets`\n".to_owned()
        );
    }
    let misspelt = arguments.project.positional.first().filter(|_| arguments.output.is_none());
    match misspelt.and_then(|word| Some((word, command_like(word)?))) {
        Some((word, help)) => {
            let word = sanitize_line(&word.display().to_string());
            Err(format!("error: `{word}` is neither a command nor a file; {help}\n"))
        }
        None => Ok(()),
    }
}

/// Runs `compose2k8s FILE… -o DIR [--check | --diff]`.
pub(crate) fn run(arguments: &Translate) -> ExitCode {
    let options = OutputOptions::new(&arguments.report);
    if let Err(message) = usage_error(arguments) {
        output::err(&message);
        return ExitCode::from(2);
    }
    let output = output_or_default(arguments.output.as_deref());
    let request = arguments.project.request();
    let mut session = arguments.report.session();
    let result = if output.as_os_str() == "-" {
        stream(&request, arguments.with_secrets, &mut session)
    } else if arguments.check || arguments.diff {
        check_and_diff(arguments, &options, &request, output, &mut session)
    } else {
        write_and_summarize(arguments.output.as_deref(), &request, &mut session)
    };
    let undone = match (arguments.check, arguments.diff) {
        (true, _) => "no verdict on parity",
        (false, true) => "nothing was compared",
        (false, false) => "nothing was written",
    };
    outcome(result, session, &options, arguments.report.fail_on, undone)
}

fn stream(request: &Request, with_secrets: bool, session: &mut Session) -> Result<Done, Stopped> {
    let loaded = keep_until_exit(session.load(request)?);
    let files = keep_until_exit(session.translate(request, loaded, None, Purpose::Write)?);
    files.verify(&mut session.report)?;
    // Pods refer to the Secrets, so these come first.
    let secrets = emit::secrets(files).filter(|_| with_secrets).flat_map(|(_, text)| [text, "---\n"]);
    output::out_in_parts(secrets.chain(emit::parts(files)));
    if !with_secrets {
        emit::report_secrets_not_printed(files, &mut session.report);
    }
    Ok(Done::default())
}

fn write_and_summarize(output: Option<&Path>, request: &Request, session: &mut Session) -> Result<Done, Stopped> {
    let (loaded, paths, written) = write_output(output, request, session)?;
    Ok(Done { summary: summary(loaded, &paths, &written, &session.report), differs: false })
}

/// Writes the output, and returns its paths and what was written.
///
/// # Errors
/// Returns [`Stopped`] if nothing was written.
pub(crate) fn write(
    output: Option<&Path>,
    request: &Request,
    session: &mut Session,
) -> Result<(OutputPaths, Written), Stopped> {
    write_output(output, request, session).map(|(_, paths, written)| (paths, written))
}

fn write_output(
    output: Option<&Path>,
    request: &Request,
    session: &mut Session,
) -> Result<(&'static Loaded, OutputPaths, Written), Stopped> {
    let loaded = keep_until_exit(session.load(request)?);
    let given = output_or_default(output);
    let paths = OutputPaths::new(given, &loaded.project.directory, &current_directory()).map_err(|problem| {
        session.report.add(problem);
        Stopped
    })?;
    if output.is_none() {
        emit::refuse_foreign_directory(&paths, &mut session.report)?;
    }
    let files = keep_until_exit(session.translate(request, loaded, Some(&paths), Purpose::Write)?);
    let written = session.write(files, &paths)?;
    Ok((loaded, paths, written))
}

/// Returns the output directory that was given, or `k8s`.
pub(crate) fn output_or_default(output: Option<&Path>) -> &Path {
    output.unwrap_or(Path::new(DEFAULT_OUTPUT))
}

fn current_directory() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}

/// Checks the output folder: first the meaning of its manifests, then each byte.
fn check_and_diff(
    arguments: &Translate,
    options: &OutputOptions,
    request: &Request,
    output: &Path,
    session: &mut Session,
) -> Result<Done, Stopped> {
    let current_directory = current_directory();
    let checked = session.check_output(
        request,
        OutputCheckOptions { output, current_directory: &current_directory, compare_manifests: arguments.check },
    )?;
    let OutputCheck { loaded, files, paths, comparison, drift, drift_report } = checked;
    keep_until_exit((loaded, files));
    let mut differs = false;
    if let Some((manifests, findings)) = comparison {
        keep_until_exit(manifests);
        let verdict = verdict(findings.problems(), options);
        session.report.append(findings);
        differs = verdict?;
    }
    session.report.append(drift_report);
    let drift = keep_until_exit(drift?);
    let drifted = drift.iter().any(Drift::is_change);
    emit::report_other_version(drift, &mut session.report);
    emit::report_withheld(drift, &paths, &mut session.report);
    let color = output::colored(arguments.report.color, std::io::stdout().is_terminal());
    let folder = sanitize_line(&paths.display(&paths.kit));
    let verdict = match (differs, drifted) {
        (true, _) => "not in parity",
        (false, true) if arguments.check => "in parity, but not what would be written",
        (false, true) => "not what would be written",
        (false, false) if arguments.check => "in parity, and byte for byte what would be written",
        (false, false) => "nothing would change",
    };
    let unchanged: String = drift
        .iter()
        .filter(|file| arguments.report.verbose && file.state == State::Unchanged)
        .flat_map(|file| [file.path.as_str(), ": ", file.state.name(), "\n"])
        .collect();
    let summary = format!("{unchanged}{}{folder}: {verdict}\n", what_would_change(drift, color));
    Ok(Done { summary, differs: differs || drifted })
}

/// Returns each file that would change with its diff, and the counts.
fn what_would_change(drift: &[Drift], color: bool) -> String {
    let mut out = String::new();
    for file in drift.iter().filter(|file| file.is_change()) {
        let version = file.other_version().map_or_else(String::new, |version| {
            format!(" (written by {}, this is {}: regenerate)", sanitize_line(version), env!("CARGO_PKG_VERSION"))
        });
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}: {}{version}", sanitize_line(&file.path), file.state.name());
        out.push_str(&file.diff(color));
    }
    let count = |state| drift.iter().filter(|file| file.state == state).count();
    if !out.is_empty() {
        let states =
            [State::Changed, State::Missing, State::Surplus, State::Foreign, State::OtherVersion, State::Unchanged];
        let counts: Vec<String> = states
            .into_iter()
            .filter(|state| count(*state) > 0)
            .map(|state| format!("{} {}", count(state), state.name()))
            .collect();
        let _ = writeln!(out, "drift: {}", counts.join(", "));
    }
    out
}

/// Returns the summary: the files that were read, the overrides, and the files that were written.
fn summary(loaded: &Loaded, paths: &OutputPaths, written: &Written, report: &Report) -> String {
    let Loaded { project, overrides, runs: _ } = loaded;
    let mut out = String::new();
    let display = |file: &PathBuf| {
        if is_input(file) { "standard input".to_owned() } else { paths.display(&project.path_of(file)) }
    };
    let files: Vec<String> = project.files.iter().map(display).collect();
    let mut say = |word: &str, text: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{word:>10}  {}", sanitize_line(text));
    };
    say("read", &files.join(", "));
    if let Some(origin) = &overrides.origin {
        let own = format!("built-in preset {}", overrides.preset.as_deref().unwrap_or_default()) != *origin;
        let preset = overrides.preset.as_ref().filter(|_| own);
        let base = preset.map(|name| format!(", over the built-in preset {name}")).unwrap_or_default();
        say("overrides", &format!("{origin} ({}){base}", overrides.chosen.reason()));
    } else {
        say("overrides", "none: no overrides/<project>.yaml, and no preset matches the project");
    }
    let inactive = project.services.values().filter(|service| !service.order.active).count();
    let profiles = if inactive > 0 { format!(", {inactive} of them for a profile or a run") } else { String::new() };
    let services = match project.services.len() {
        1 => "1 service".to_owned(),
        number => format!("{number} services"),
    };
    say("project", &format!("{}: {services}{profiles}", project.name));
    for (word, paths) in [("written", &written.written), ("removed", &written.removed)] {
        if !paths.is_empty() {
            say(word, &grouped_by_folder(paths));
        }
    }
    if !written.unchanged.is_empty() {
        say("unchanged", &format!("{} files", written.unchanged.len()));
    }
    let noted = output::counts(report);
    if !noted.is_empty() {
        say("said above", &noted);
    }
    if written.recovered {
        say("recovered", "an earlier run was interrupted; its files were put in order first");
    }
    say("next", &format!("{}/scripts/k8s-up.sh", paths.display(&paths.kit)));
    out
}

/// Returns paths grouped by folder: `k8s/manifests/ (12 files)`; single files by name.
fn grouped_by_folder(paths: &[String]) -> String {
    let mut folders: Vec<(&str, Vec<&str>)> = Vec::new();
    for path in paths {
        let folder = Path::new(path).parent().and_then(Path::to_str).unwrap_or_default();
        match folders.iter_mut().find(|(known, _)| *known == folder) {
            Some((_, files)) => files.push(path),
            None => folders.push((folder, vec![path])),
        }
    }
    folders
        .into_iter()
        .map(|(folder, files)| match files.as_slice() {
            few if few.len() == 1 || folder.is_empty() => few.join(", "),
            many => format!("{folder}/ ({} files)", many.len()),
        })
        .collect::<Vec<_>>()
        .join(", ")
}
