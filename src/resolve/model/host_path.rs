//! Paths on the Docker host.

/// A path of the host, without naming the machine where that can be helped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostPath {
    /// Below the project directory, cleaned; empty is the directory itself; `../x` lies beside it.
    Project(String),
    /// Below `HOME` (`~/x`), cleaned.
    Home(String),
    /// Absolute, cleaned.
    Absolute(String),
}
