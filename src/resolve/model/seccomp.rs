//! `security_opt: seccomp:FILE`: the filter of system calls that a file of the host holds.
//!
//! As Docker Compose does, `name=value` is looked for before `name:value`, and a relative path begins at the project
//! directory, whichever file it stands in: it is no path that the specification knows of.
//! <https://github.com/docker/compose/blob/main/pkg/compose/create.go> (`parseSecurityOpts`)

use super::host_path::HostPath;

/// A profile that lies in a file.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The file.
    pub path: HostPath,
    /// What was found there.
    pub found: Found,
}

/// What a profile's file is. Docker Compose sends its text to Docker; the cluster's node reads the file itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A profile as the runtimes read it.
    Profile,
    /// One in Docker's own form: with these keys, which Docker alone understands.
    OfDocker(Vec<String>),
    /// None: why not, as the end of a sentence.
    Unfit(String),
    /// Below the home directory of whoever starts the cluster.
    Unseen,
}

/// The name and the value of a `security_opt`; the value is empty where there is none.
#[must_use]
pub fn name_and_value(option: &str) -> (&str, &str) {
    option.split_once('=').or_else(|| option.split_once(':')).unwrap_or((option, ""))
}
