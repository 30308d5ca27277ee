//! Paths on the Docker host.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::paths;

/// A path on the Docker host, relative to the project directory or to `HOME` where possible.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostPath {
    /// Relative to the project directory, normalized. Empty for the directory itself; may start with `../`.
    Project(String),
    /// Relative to `HOME` (`~/x`), normalized.
    Home(String),
    /// Absolute and normalized.
    Absolute(String),
}

impl HostPath {
    /// Makes a path in the project directory relative to it, as that of `${PWD}/data`: the output is then the same in every
    /// directory. So does `${PWD}/../data`, which is one of `pwd_paths`.
    pub(crate) fn make_relative(&mut self, directory: &Path, pwd_paths: &BTreeSet<PathBuf>) {
        let HostPath::Absolute(path) = self else { return };
        let path = Path::new(path.as_str());
        if let Ok(rest) = path.strip_prefix(directory) {
            *self = HostPath::Project(rest.display().to_string());
        } else if pwd_paths.contains(path) {
            *self = HostPath::Project(paths::relative(directory, path).display().to_string());
        }
    }
}
