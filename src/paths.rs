//! Paths as text: cleaning, joining, and the kinds of references that are not paths of the host.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// Whether a reference to a Compose file must be fetched: a Git, OCI or HTTP reference of Docker Compose.
#[must_use]
pub(crate) fn is_remote(reference: &str) -> bool {
    ["http://", "https://", "git://", "ssh://", "git@", "github.com/", "oci://"]
        .iter()
        .any(|prefix| reference.starts_with(prefix))
        || reference
            .split('#')
            .next()
            .is_some_and(|place| place.rsplit('.').next() == Some("git") && place.contains('/'))
}

/// Joins a path to a folder and removes `.` and `..` without looking at the disk, as Go's `filepath.Join` does.
#[must_use]
pub(crate) fn absolute(folder: &Path, path: &Path) -> PathBuf {
    clean(&folder.join(path))
}

/// Removes `.` and `..` without looking at the disk; never returns an empty path.
#[must_use]
pub(crate) fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                Some(Component::ParentDir | Component::CurDir) | None => out.push(".."),
            },
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => out.push(component),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

/// Returns the relative path from a folder to a path, both absolute and clean.
#[must_use]
pub(crate) fn relative(folder: &Path, path: &Path) -> PathBuf {
    let (mut from, mut to) = (folder.components().peekable(), path.components().peekable());
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    let up = from.map(|_| OsStr::new(".."));
    let way: PathBuf = up.chain(to.map(Component::as_os_str)).collect();
    if way.as_os_str().is_empty() { PathBuf::from(".") } else { way }
}

/// Whether a path with `/` is a folder or is below it. Both paths are absolute and clean, except for slashes at the folder's
/// end.
pub(crate) fn is_at_or_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Removes `.`, `..` and doubled slashes from a path with `/`, as Go's `path.Clean` does; never returns an empty path.
#[must_use]
pub(crate) fn clean_posix(text: &str) -> String {
    let rooted = text.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            _ => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// Whether Docker fetches a build context instead of reading it from disk: a URL, a Git reference, or the image of another
/// service.
#[must_use]
pub(crate) fn is_fetched_context(text: &str) -> bool {
    text.contains("://") || ["service:", "github.com/", "git@"].iter().any(|prefix| text.starts_with(prefix))
}

/// Whether a path starts with a Windows drive, `C:\` or `C:/`, whatever the drive's character.
#[must_use]
pub(crate) fn has_windows_drive(text: &str) -> bool {
    text.as_bytes().get(1) == Some(&b':') && matches!(text.as_bytes().get(2), Some(b'/' | b'\\'))
}

/// Whether a path is an absolute Windows path: `C:\x`, `C:/x` or `\\server\share`.
#[must_use]
pub(crate) fn is_windows_path(text: &str) -> bool {
    text.starts_with(r"\\") || has_windows_drive(text) && text.starts_with(|drive: char| drive.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_by_go() {
        for (path, expected) in [
            ("/a/./b/../c", "/a/c"),
            ("/../a", "/a"),
            ("a/..", "."),
            ("../a", "../a"),
            ("../../a/../b", "../../b"),
            ("./a", "a"),
            ("/", "/"),
        ] {
            assert_eq!(clean(Path::new(path)), Path::new(expected), "{path}");
        }
        assert_eq!(relative(Path::new("/a/b"), Path::new("/a/b/c.yaml")), Path::new("c.yaml"));
        assert_eq!(relative(Path::new("/a/b/d"), Path::new("/a/c.yaml")), Path::new("../../c.yaml"));
        assert_eq!(relative(Path::new("/a"), Path::new("/a")), Path::new("."));
    }

    #[test]
    fn remote_references_are_known() {
        for reference in
            ["https://example.com/compose.yaml", "git@example.com:a/b.git", "oci://a/b", "https://x/y.git#main"]
        {
            assert!(is_remote(reference), "{reference}");
        }
        for reference in ["compose.yaml", "../a/b.yaml", "/https://x", "C:/x.yaml"] {
            assert!(!is_remote(reference), "{reference}");
        }
    }

    #[test]
    fn posix_paths_are_cleaned_as_by_go() {
        for (text, expected) in
            [("/a/", "/a"), ("/a/../..", "/"), ("a/./b", "a/b"), ("", "."), ("..", ".."), ("//x", "/x")]
        {
            assert_eq!(clean_posix(text), expected, "{text}");
        }
    }

    #[test]
    fn windows_paths_are_recognized() {
        for path in [r"C:\x", "C:/x", r"\\server\share"] {
            assert!(is_windows_path(path), "{path}");
        }
        for path in ["C:x", "/C:/x", "1:/x", "data", ""] {
            assert!(!is_windows_path(path), "{path}");
        }
        assert!(has_windows_drive("1:/x") && !has_windows_drive("a"));
    }
}
