//! Paths on the Docker host.

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
