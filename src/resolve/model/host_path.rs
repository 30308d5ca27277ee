//! Paths on the Docker host.

use std::path::Path;

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
    /// directory.
    pub(crate) fn make_relative(&mut self, directory: &Path) {
        if let HostPath::Absolute(path) = self
            && let Ok(rest) = Path::new(path.as_str()).strip_prefix(directory)
        {
            *self = HostPath::Project(rest.display().to_string());
        }
    }
}
