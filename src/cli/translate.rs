//! The main job: a kit on disk, or what would change in it.

use std::cell::OnceCell;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{OnceLock, mpsc};

use compose2k8s::emit::{self, Drift, OutputPaths, State, Written};
use compose2k8s::parse::files::is_input;
use compose2k8s::report::text::sanitize_line;
use compose2k8s::report::{Report, Stopped};
use compose2k8s::text::Sources;
use compose2k8s::{Loaded, Request, check, compare, load, preview, translate};

use super::arguments::{Translate, command_like};
use super::outcome::{Done, outcome};
use super::output::{self, OutputOptions};

/// Runs `compose2k8s FILE… -o DIR [--check | --diff]`.
pub(crate) fn run(arguments: &Translate) -> ExitCode {
    let options = OutputOptions::new(&arguments.report);
    let Some(output) = &arguments.output else {
        if let Some((word, help)) =
            arguments.project.positional.first().and_then(|word| Some((word, command_like(word)?)))
        {
            let word = sanitize_line(&word.display().to_string());
            output::err(&format!("error: `{word}` is neither a command nor a file; {help}\n"));
            return ExitCode::from(2);
        }
        output::err(
            "error: where shall the kit go?\n\n  compose2k8s docker-compose.yml -o k8s/manifests\n\n\
             `-o -` prints one stream; `compose2k8s --help` says more\n",
        );
        return ExitCode::from(2);
    };
    let request = arguments.project.request();
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let result = if output.as_os_str() == "-" {
        load(&request, &mut sources, &mut report)
            .and_then(|loaded| stream(&request, &ManuallyDrop::new(loaded), &mut report))
            .map(|()| Done::default())
    } else if arguments.check || arguments.diff {
        check_and_diff(arguments, &options, &request, output, &mut sources, &mut report)
    } else {
        load(&request, &mut sources, &mut report)
            .and_then(|loaded| write(&request, &ManuallyDrop::new(loaded), output, &mut report))
    };
    let undone = match (arguments.check, arguments.diff) {
        (true, _) => "no verdict on parity",
        (false, true) => "nothing was compared",
        (false, false) => "nothing was written",
    };
    outcome(result, report, &sources, &options, arguments.report.fail_on, undone)
}

// The process ends soon after a command is done, and gives all memory back at once: hence `ManuallyDrop` and `forget`.

fn stream(request: &Request, loaded: &Loaded, report: &mut Report) -> Result<(), Stopped> {
    let files = ManuallyDrop::new(translate(request, loaded, None, report)?);
    files.verify(report)?;
    output::out_in_parts(emit::parts(&files));
    Ok(())
}

fn write(request: &Request, loaded: &Loaded, output: &Path, report: &mut Report) -> Result<Done, Stopped> {
    let paths = output_paths(output, &loaded.project.directory, report)?;
    let files = ManuallyDrop::new(translate(request, loaded, Some(&paths), report)?);
    let written = emit::write(&files, &paths, report)?;
    Ok(Done { summary: summary(loaded, &paths, &written, report), differs: false })
}

fn output_paths(output: &Path, project: &Path, report: &mut Report) -> Result<OutputPaths, Stopped> {
    let here = std::env::current_dir().unwrap_or_default();
    OutputPaths::new(output, project, &here).map_err(|problem| {
        report.add(problem);
        Stopped
    })
}

/// Parity, then drift.
///
/// The manifests are read while the project is, and held against it while it is translated and its texts against the disk:
/// none of the two knows of the other, which is the worth of the comparison, so none need wait for the other.
fn check_and_diff(
    arguments: &Translate,
    options: &OutputOptions,
    request: &Request,
    output: &Path,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Done, Stopped> {
    // Where the kit lies does not depend on the project; what is wrong with the path is said when the project is known.
    let kit =
        output_paths(output, Path::new(""), &mut Report::new()).map(|paths| PathBuf::from(paths.display(&paths.kit)));
    let (project, texts) = (OnceLock::new(), OnceCell::new());
    let (told, hears) = mpsc::channel::<&Loaded>();
    let (translated, compared) = std::thread::scope(|scope| {
        let (comparing, read) = arguments
            .check
            .then(|| {
                let (tells, read) = mpsc::channel();
                (scope.spawn(move || comparison(&kit.ok()?, &tells, &hears)), read)
            })
            .unzip();
        let translated = load(request, sources, report).and_then(|loaded| {
            let loaded = project.get_or_init(|| loaded);
            let paths = output_paths(output, &loaded.project.directory, report)?;
            // Nobody hears it where there is nothing to compare.
            let _ = told.send(loaded);
            // What translating says of the project is not what comparing is about; only its errors end this run.
            let mut translating = Report::new();
            let files = match preview(request, loaded, Some(&paths), &mut translating) {
                Ok(files) => texts.get_or_init(|| files),
                Err(stopped) => {
                    report.append(translating);
                    return Err(stopped);
                }
            };
            // What was read to be compared is not read again.
            if let Some(beside) = read.and_then(|read| read.recv().ok()) {
                sources.merge(beside);
            }
            let mut drifting = Report::new();
            let drift = emit::drift(files, &paths, sources, &mut drifting);
            Ok((paths, drift, drifting))
        });
        drop(told);
        let compared = comparing.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        (translated, compared.flatten())
    });
    let (paths, drift, drifting) = translated?;
    let mut differs = false;
    if let Some(comparing) = compared {
        let verdict = super::outcome::verdict(comparing.problems(), options);
        report.append(comparing);
        differs = verdict?;
    }
    report.append(drifting);
    let drift = drift?;
    let drifted = drift.iter().any(|file| file.state != State::Unchanged);
    let color = output::colored(arguments.report.color, std::io::stdout().is_terminal());
    let kit = sanitize_line(&paths.display(&paths.kit));
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
        .flat_map(|file| [file.path.as_str(), ": ", file.state.word(), "\n"])
        .collect();
    let summary = format!("{unchanged}{}{kit}: {verdict}\n", what_would_change(&drift, color));
    std::mem::forget(drift);
    std::mem::forget((project, texts));
    Ok(Done { summary, differs: differs || drifted })
}

/// What the manifests of a kit say and the project that is told of does not, or the reverse; none if none is told of. What
/// was read is told as soon as it is.
fn comparison(kit: &Path, read: &mpsc::Sender<Sources>, project: &mpsc::Receiver<&Loaded>) -> Option<Report> {
    let (mut sources, mut report) = (Sources::second(), Report::new());
    let manifests = check::Manifests::from_path(kit, None, &mut sources, &mut report);
    // Nobody hears it where the project could not be translated.
    let _ = read.send(sources);
    compare(project.recv().ok()?, &manifests, &mut report);
    std::mem::forget(manifests);
    Some(report)
}

/// Each file that would change, with its diff, and the counts.
fn what_would_change(drift: &[Drift<'_>], color: bool) -> String {
    let mut out = String::new();
    for file in drift.iter().filter(|file| file.state != State::Unchanged) {
        let version = file.other_version().map_or_else(String::new, |version| {
            format!(" (written by {}, this is {}: regenerate)", sanitize_line(version), env!("CARGO_PKG_VERSION"))
        });
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}: {}{version}", sanitize_line(&file.path), file.state.word());
        out.push_str(&file.diff(color));
    }
    let count = |state| drift.iter().filter(|file| file.state == state).count();
    if !out.is_empty() {
        let states = [State::Changed, State::Missing, State::Surplus, State::Foreign, State::Unchanged];
        let counts: Vec<String> = states
            .into_iter()
            .filter(|state| count(*state) > 0)
            .map(|state| format!("{} {}", count(state), state.word()))
            .collect();
        let _ = writeln!(out, "drift: {}", counts.join(", "));
    }
    out
}

/// What was read, chosen and done, in a few lines.
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
        say("overrides", &format!("{origin} ({}){base}", overrides.chosen.words()));
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
            say(word, &listed(paths));
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
    out
}

/// Paths by folder: `k8s/manifests/ (12)`, single files by name.
fn listed(paths: &[String]) -> String {
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
