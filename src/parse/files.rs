//! Finds and reads the files of a project.
//! <https://docs.docker.com/compose/intro/compose-application-model/#the-compose-file>
//!
//! Input: the [`ProjectOptions`]. Output: the Compose files in merge order and the project directory. Files are given as
//! arguments or by `COMPOSE_FILE`, or found in the working directory.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::options::ProjectOptions;
use super::problem::Problem;
use crate::paths::{absolute, is_remote, relative};
use crate::report::{Report, Stopped, did_you_mean, system_words};
use crate::text::{SourceId, Sources, Span};

/// Names looked for, best first. <https://github.com/compose-spec/compose-go/blob/main/cli/options.go>
pub const NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// Names of the file that is merged over a found Compose file, best first.
pub const OVERRIDE_NAMES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// The size limit of files: 64 MiB, twelve times the size of a project with 10,000 services.
pub const LARGEST: u64 = 64 << 20;

/// The files of a project and its directories.
#[derive(Debug, Clone)]
pub(super) struct ProjectFiles {
    /// The path of each file, and its name in messages.
    pub(super) files: Vec<(PathBuf, String)>,
    /// The project directory, absolute.
    pub(super) directory: PathBuf,
    /// The working directory, absolute.
    pub(super) working: PathBuf,
}

/// Returns the working directory.
pub(super) fn working_directory(report: &mut Report) -> Result<PathBuf, Stopped> {
    std::env::current_dir().map_err(|error| {
        let why = io_error_reason(&error);
        report.add(Problem::Unreadable { path: ".".to_owned(), why, at: None, hint: String::new() });
        Stopped
    })
}

/// Finds the Compose files and the project directory.
pub(super) fn choose(
    selection: &ProjectOptions,
    working: PathBuf,
    report: &mut Report,
) -> Result<ProjectFiles, Stopped> {
    let asked = selection.project_directory.as_ref().map(|path| absolute(&working, path));
    if let (Some(directory), Some(shown)) = (&asked, &selection.project_directory)
        && !directory.is_dir()
    {
        let why = if directory.exists() { "it is not a folder" } else { "there is no such folder" }.to_owned();
        report.add(Problem::Unreadable { path: shown.display().to_string(), why, at: None, hint: String::new() });
        return Err(Stopped);
    }
    let files = if selection.files.is_empty() {
        // As in Docker Compose, the search starts in the given project directory.
        find(asked.as_deref().unwrap_or(&working), &working, report)?
    } else {
        given(selection, &working, report)?
    };
    if !selection.files.is_empty() {
        report_override_not_named(&files, &working, report);
    }
    let first = files.iter().map(|(path, _)| path).find(|path| !is_input(path));
    let folder = first.and_then(|path| path.parent()).map(Path::to_path_buf);
    let directory = asked.or(folder).unwrap_or_else(|| working.clone());
    Ok(ProjectFiles { files, directory, working })
}

/// Whether a path is `-`, standard input, which has no directory and can be read only once.
#[must_use]
pub fn is_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn given(selection: &ProjectOptions, working: &Path, report: &mut Report) -> Result<Vec<(PathBuf, String)>, Stopped> {
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for path in &selection.files {
        let shown = path.display().to_string();
        if is_remote(&shown) {
            report.add(Problem::Remote { reference: shown, at: None });
            return Err(Stopped);
        }
        if is_input(path) {
            if files.iter().any(|(path, _)| is_input(path)) {
                report.add(Problem::InputTwice {});
                return Err(Stopped);
            }
            files.push((path.clone(), "<stdin>".to_owned()));
        } else {
            files.push((absolute(working, path), shown));
        }
    }
    Ok(files)
}

/// Reports the override file of the first file if only `docker compose up` would read it.
fn report_override_not_named(files: &[(PathBuf, String)], working: &Path, report: &mut Report) {
    let Some((first, named)) = files.first() else { return };
    let is_default = first.file_name().and_then(|name| name.to_str()).is_some_and(|name| NAMES.contains(&name));
    let Some(folder) = first.parent().filter(|_| is_default) else { return };
    let beside = OVERRIDE_NAMES.iter().map(|name| folder.join(name)).find(|path| path.exists());
    if let Some(path) = beside.filter(|path| files.iter().all(|(file, _)| file != path)) {
        let path = relative(working, &path).display().to_string();
        report.add(Problem::OverrideNotNamed { path, named: named.clone() });
    }
}

fn find(start: &Path, working: &Path, report: &mut Report) -> Result<Vec<(PathBuf, String)>, Stopped> {
    let pick = |folder: &Path, names: &[&str], report: &mut Report| {
        let there: Vec<&str> = names.iter().copied().filter(|name| folder.join(name).exists()).collect();
        let first = *there.first()?;
        if there.len() > 1 {
            let others = there.iter().skip(1).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            report.add(Problem::SeveralFiles { used: first.to_owned(), others });
        }
        let path = folder.join(first);
        let shown = relative(working, &path).display().to_string();
        Some((path, shown))
    };
    for folder in start.ancestors() {
        if let Some(file) = pick(folder, &NAMES, report) {
            let mut files = vec![file];
            files.extend(pick(folder, &OVERRIDE_NAMES, report));
            return Ok(files);
        }
    }
    report.add(Problem::NoFile { folder: start.display().to_string() });
    Err(Stopped)
}

/// Reads a file with values that are never shown, as [`read_source`] does.
///
/// # Errors
/// See [`read_source`].
pub(crate) fn read_private_source(
    path: &Path,
    shown: &str,
    at: Option<Span>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<SourceId, Stopped> {
    let before = sources.count();
    let source = read_source(path, shown, at, sources, report);
    sources.mark_private(before);
    source
}

/// Reads a file, or standard input for the path `-`. `shown` is its name in messages, `at` the location of the
/// reference, if another file refers to it.
///
/// # Errors
/// The file is missing, a directory, a pipe or a device, unreadable, larger than [`LARGEST`], or not UTF-8. This was
/// reported.
pub fn read_source(
    path: &Path,
    shown: &str,
    at: Option<Span>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<SourceId, Stopped> {
    let bytes = match bytes_of(path) {
        Ok(bytes) => bytes,
        Err(Refusal::TooLarge) => {
            report.add(Problem::TooLarge { path: shown.to_owned(), limit: "64 MiB".to_owned(), at });
            return Err(Stopped);
        }
        Err(Refusal::Why(why, missing)) => {
            let hint = if missing { neighbour(path).unwrap_or_default() } else { String::new() };
            report.add(Problem::Unreadable { path: shown.to_owned(), why, at, hint });
            return Err(Stopped);
        }
    };
    let place = (!is_input(path)).then_some(path);
    match String::from_utf8(bytes) {
        Ok(text) => Ok(sources.add(shown, place, text)),
        Err(error) => {
            // The text before the invalid byte is unchanged, so that the location is right. The rest is only displayed.
            let valid = error.utf8_error().valid_up_to();
            let byte = error.as_bytes().get(valid).map_or_else(String::new, |byte| format!("0x{byte:02X}"));
            let source = sources.add(shown, place, String::from_utf8_lossy(error.as_bytes()).into_owned());
            let start = u32::try_from(valid).unwrap_or(u32::MAX);
            let at = Span { source, start, end: start.saturating_add(3) };
            report.add(Problem::NotUtf8 { path: shown.to_owned(), byte, at });
            Err(Stopped)
        }
    }
}

enum Refusal {
    TooLarge,
    Why(String, bool),
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, Refusal> {
    let refuse =
        |error: &std::io::Error| Refusal::Why(io_error_reason(error), error.kind() == std::io::ErrorKind::NotFound);
    let mut bytes = Vec::new();
    let mut limited = |reader: &mut dyn std::io::Read, room: u64| -> Result<(), Refusal> {
        bytes.reserve_exact(usize::try_from(room).unwrap_or_default());
        reader.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| refuse(&error))?;
        if bytes.len() as u64 > LARGEST { Err(Refusal::TooLarge) } else { Ok(()) }
    };
    if is_input(path) {
        limited(&mut std::io::stdin().lock(), 0)?;
        return Ok(bytes);
    }
    let about = std::fs::metadata(path).map_err(|error| refuse(&error))?;
    if about.is_dir() {
        return Err(Refusal::Why("it is a folder".to_owned(), false));
    }
    // Opening a pipe would block until its other end is opened.
    if !about.is_file() {
        return Err(Refusal::Why("it is a pipe or a device, not a file".to_owned(), false));
    }
    if about.len() > LARGEST {
        return Err(Refusal::TooLarge);
    }
    let mut file = std::fs::File::open(path).map_err(|error| refuse(&error))?;
    limited(&mut file, about.len() + 1)?;
    Ok(bytes)
}

/// Returns the reason of an I/O error without its error number.
pub(crate) fn io_error_reason(error: &std::io::Error) -> String {
    #[allow(clippy::wildcard_enum_match_arm, reason = "std's kinds are an open enum")]
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "its permissions forbid it".to_owned(),
        std::io::ErrorKind::NotADirectory => "a part of the path is a file, not a folder".to_owned(),
        _ => system_words(error),
    }
}

/// Suggests a file of the same directory with a similar name.
fn neighbour(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let mut names: Vec<String> = std::fs::read_dir(path.parent()?)
        .ok()?
        .take(1000)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    did_you_mean(&name, names.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreadable_files_are_reported_with_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("compose.yaml"), "a: 1").unwrap();
        std::fs::write(folder.path().join("latin.yaml"), b"a: \xe9\nb: 1").unwrap();
        let problem = |name: &str| {
            let (mut sources, mut report) = (Sources::new(), Report::new());
            let path = folder.path().join(name);
            assert_eq!(read_source(&path, name, None, &mut sources, &mut report), Err(Stopped), "{name}");
            let problem = &report.problems()[0];
            (crate::report::short(problem, &sources), problem.help.clone().unwrap_or_default())
        };
        let (text, help) = problem("compose.yml");
        assert_eq!(text, "error[parse::unreadable]: `compose.yml` cannot be read: there is no such file");
        assert_eq!(help, "did you mean `compose.yaml`?");
        assert!(problem(".").0.contains("it is a folder"));
        assert!(problem("compose.yaml/x").0.contains("not a folder"));
        assert_eq!(
            problem("latin.yaml").0,
            "latin.yaml:1:4: error[parse::not_utf8]: `latin.yaml` is not UTF-8: byte 0xE9 does not belong to a character"
        );
        let (mut sources, mut report) = (Sources::new(), Report::new());
        assert_eq!(read_source(Path::new("/dev/zero"), "zero", None, &mut sources, &mut report), Err(Stopped));
    }
}
