//! Paths of the host, as facts state them: `./x` below the project directory, `~/x` below the home directory, else
//! absolute.

use std::path::{Component, Path, PathBuf};

use super::expected::ExpectedContext;
use crate::check::facts::Propagation;
use crate::paths::is_at_or_below;
use crate::resolve::volumes::HostPath;

/// The path of the project directory on the node.
pub(crate) const PROJECT_ON_NODE: &str = "/project";

/// The kubelet's folder with the seccomp profiles of the project.
const PROJECT_PROFILES: &str = "/var/lib/kubelet/seccomp/compose2k8s/project";

/// A path of the host that is mounted on the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostLocation {
    pub(crate) path: String,
    pub(crate) read_only: bool,
    /// Which later mounts below it appear on the other side.
    pub(crate) propagation: Propagation,
}

/// Whether the node mounts the project directory at this path, or a folder of it with seccomp profiles.
pub(super) fn is_project_mount(node_path: &str) -> bool {
    node_path == PROJECT_ON_NODE || is_at_or_below(node_path, PROJECT_PROFILES)
}

/// Returns a path relative to the project directory as facts state it.
pub(crate) fn in_project(path: &str) -> String {
    let path = path.trim_matches('/');
    if path.is_empty() || path == "." {
        "./".to_owned()
    } else if path.starts_with("../") || path == ".." {
        path.to_owned()
    } else {
        format!("./{}", path.trim_start_matches("./"))
    }
}

/// Returns a path without its trailing slashes.
pub(crate) fn without_trailing_slash(path: &str) -> &str {
    if path.len() > 1 { path.trim_end_matches('/') } else { path }
}

/// Returns a subpath with a leading slash, or an empty string if there is none.
pub(crate) fn subpath_suffix(path: Option<&str>) -> String {
    path.filter(|path| !path.is_empty()).map_or_else(String::new, |path| format!("/{}", path.trim_matches('/')))
}

/// Returns a path without `.`, `..` and repeated slashes. Symbolic links are not resolved.
pub(crate) fn normalize(path: &Path) -> PathBuf {
    let mut normalized = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if normalized.file_name().is_some() => {
                normalized.pop();
            }
            Component::ParentDir | Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                normalized.push(part);
            }
        }
    }
    normalized
}

/// Returns the absolute path of a folder, and its canonical path if symbolic links make that another one.
pub(crate) fn absolute_and_canonical(folder: &Path) -> Vec<PathBuf> {
    let named = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let real = std::fs::canonicalize(folder).unwrap_or_else(|_| named.clone());
    let mut both = vec![named, real];
    both.dedup();
    both
}

impl ExpectedContext<'_> {
    /// Returns a path of the Compose file as facts state it.
    pub(crate) fn host_path(&self, path: &HostPath) -> String {
        match path {
            HostPath::Project(path) if path.starts_with("..") => {
                normalize(&self.project.directory.join(path)).to_string_lossy().into_owned()
            }
            HostPath::Project(path) => in_project(path),
            HostPath::Home(path) => format!("~{}", subpath_suffix(Some(path))),
            HostPath::Absolute(path) => match Path::new(path).strip_prefix(&self.project.directory) {
                Ok(rest) => in_project(&rest.to_string_lossy()),
                Err(_) => without_trailing_slash(path).to_owned(),
            },
        }
    }
}
