//! Paths on the host: absolute in the canonical form, and relative to the project directory or `HOME` for later stages.

use std::path::Path;

use super::model::host_path::HostPath;
use super::value_format::PathKind;
use crate::parse::Environment;
use crate::paths::{absolute, clean, is_fetched_context, is_windows_path};

/// Returns a path as the official loader prints it.
pub(super) fn printed(text: &str, place: PathKind, directory: &Path, environment: &Environment) -> String {
    if place == PathKind::Context && is_fetched_context(text) {
        return text.to_owned();
    }
    let text = expanded(text, environment);
    // A client on Linux may use a Docker host on Windows, so Windows paths stay as they are.
    if text.starts_with('/') || (place == PathKind::Unix && is_windows_path(&text)) {
        return follow(text, place);
    }
    if text.is_empty() && place != PathKind::Unix {
        return text;
    }
    follow(absolute(directory, Path::new(&text)).display().to_string(), place)
}

/// Converts a path into the form that later stages use; the first two forms do not depend on the host.
pub(super) fn host_path(text: &str) -> HostPath {
    let cleaned = |text: &str| {
        let path = clean(Path::new(text));
        if path.as_os_str() == "." { String::new() } else { path.display().to_string() }
    };
    if let Some(rest) = text.strip_prefix('~') {
        return HostPath::Home(cleaned(rest.trim_start_matches('/')));
    }
    if text.starts_with('/') || is_windows_path(text) {
        return HostPath::Absolute(if is_windows_path(text) { text.to_owned() } else { cleaned(text) });
    }
    HostPath::Project(cleaned(text))
}

/// Replaces `~` by `HOME`, if that is set.
fn expanded(text: &str, environment: &Environment) -> String {
    match (text.strip_prefix('~'), environment.value("HOME")) {
        (Some(rest), Some(home)) => clean(&Path::new(home).join(rest.trim_start_matches('/'))).display().to_string(),
        (_, _) => text.to_owned(),
    }
}

/// Resolves the first symbolic link of a watched path, as the official loader does.
fn follow(text: String, place: PathKind) -> String {
    if place != PathKind::Watched {
        return text;
    }
    let path = Path::new(&text);
    let mut ancestors: Vec<&Path> = path.ancestors().collect();
    ancestors.reverse();
    for part in ancestors {
        if part.symlink_metadata().is_ok_and(|about| about.file_type().is_symlink())
            && let (Ok(real), Ok(rest)) = (part.canonicalize(), path.strip_prefix(part))
        {
            return real.join(rest).display().to_string();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_printed_absolute_and_stored_relative() {
        let mut environment = Environment::default();
        environment.variables.insert("HOME".to_owned(), "/home/user".to_owned());
        let print = |text: &str, place| printed(text, place, Path::new("/srv/shop"), &environment);
        assert_eq!(print("./a/../b", PathKind::Unix), "/srv/shop/b");
        assert_eq!(print("../b", PathKind::Path), "/srv/b");
        assert_eq!(print("~/b", PathKind::Unix), "/home/user/b");
        assert_eq!(print("/x//y/", PathKind::Unix), "/x//y/");
        assert_eq!(print("", PathKind::Path), "");
        assert_eq!(print("", PathKind::Unix), "/srv/shop");
        assert_eq!(print(r"C:\x", PathKind::Unix), r"C:\x");
        assert_eq!(print("https://example.org/x.git#main", PathKind::Context), "https://example.org/x.git#main");
        assert_eq!(host_path("./a/./b/"), HostPath::Project("a/b".to_owned()));
        assert_eq!(host_path("."), HostPath::Project(String::new()));
        assert_eq!(host_path("../x"), HostPath::Project("../x".to_owned()));
        assert_eq!(host_path("~/.ssh"), HostPath::Home(".ssh".to_owned()));
        assert_eq!(host_path("/var/run/x.sock"), HostPath::Absolute("/var/run/x.sock".to_owned()));
    }
}
