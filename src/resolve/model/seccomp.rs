//! `security_opt: seccomp:FILE`: a seccomp profile in a file on the host.
//!
//! As in Docker Compose, `name=value` takes precedence over `name:value`, and relative paths start from the project
//! directory even in included files.
//! <https://github.com/docker/compose/blob/main/pkg/compose/create.go> (`parseSecurityOpts`)

use super::host_path::HostPath;

/// A seccomp profile in a file.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The path of the file.
    pub path: HostPath,
    /// The content of the file.
    pub found: Found,
}

/// The content of a profile's file. Docker Compose sends the content to Docker; in Kubernetes the node reads the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A profile in the format of the OCI runtimes.
    Profile,
    /// A profile in Docker's format, with these keys, which only Docker supports.
    OfDocker(Vec<String>),
    /// Not a profile; the reason, as the predicate of a sentence.
    Unfit(String),
    /// A file below `HOME`, which is known only when the cluster starts.
    Unseen,
}

/// Splits a `security_opt` into its name and its value, which may be empty.
#[must_use]
pub fn name_and_value(option: &str) -> (&str, &str) {
    option.split_once('=').or_else(|| option.split_once(':')).unwrap_or((option, ""))
}
