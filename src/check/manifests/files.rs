//! Finds and reads the files of a folder of manifests.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::check::problem::Problem;
use crate::report::{Report, system_words};
use crate::text::{SourceId, Span};

/// Larger files are rejected without being read. No set of manifests comes near this size.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads a file of at most [`LARGEST`] bytes as UTF-8.
pub(super) fn read_utf8(path: &Path) -> std::io::Result<String> {
    let file = std::fs::File::open(path)?;
    let length = file.metadata()?.len().min(LARGEST);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default().saturating_add(1));
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(std::io::Error::other("it is larger than 64 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| std::io::Error::other("it is not UTF-8"))
}

/// Returns the reason of an I/O error as a phrase for a diagnostic.
pub(super) fn describe_error(error: &std::io::Error) -> String {
    let kind = error.kind();
    if kind == std::io::ErrorKind::NotFound {
        return "there is no such file or folder".to_owned();
    }
    if kind == std::io::ErrorKind::PermissionDenied {
        return "reading it is not permitted".to_owned();
    }
    system_words(error)
}

/// Collects the files of a folder and its subfolders that may hold manifests. Symbolic links to folders are not followed
/// because they may form a cycle.
pub(super) fn find_manifests(folder: &Path, depth: usize, files: &mut Vec<PathBuf>, report: &mut Report) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) if depth < 64 => entries,
        Ok(_) => return,
        Err(error) => {
            report.add(Problem::Unreadable { path: folder.display().to_string(), why: describe_error(&error) });
            return;
        }
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type();
        if kind.as_ref().is_ok_and(std::fs::FileType::is_dir) {
            find_manifests(&path, depth + 1, files, report);
        } else if name == "project.sh"
            || path
                .extension()
                .is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end.eq_ignore_ascii_case(known)))
        {
            // Opening a pipe would block until a writer opens it.
            let is_file = kind.is_ok_and(|kind| kind.is_file());
            if !is_file && path.metadata().is_ok_and(|about| !about.is_file() && !about.is_dir()) {
                let why = "it is a pipe or a device, not a file".to_owned();
                report.add(Problem::Unreadable { path: path.display().to_string(), why });
            } else {
                files.push(path);
            }
        }
    }
}

/// Returns the location of the first `{{`, which marks a Helm template.
pub(super) fn template_marker(text: &str, source: SourceId) -> Option<Span> {
    let start = u32::try_from(text.find("{{")?).ok()?;
    Some(Span { source, start, end: start.saturating_add(2) })
}
