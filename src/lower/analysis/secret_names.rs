//! The names of Secrets with values from outside the Compose files, and the keys of their entries.
//!
//! Invariant: each name has a dot, so that it differs from the names of the secrets in the Compose file.

use super::names::{MAX_LABEL, dns_label};
use crate::lower::objects::Name;

/// Converts a string to a key of a ConfigMap or Secret: letters, digits, `-`, `_`, `.`.
pub(crate) fn data_key(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' }).collect()
}

/// Returns the name of the Secret with a container's values from outside the Compose files. A secret has no name with a dot.
pub(crate) fn container_secret_name(container: &str) -> Name {
    Name::checked(format!("{container}.env"))
}

/// Returns the name of the Secret of a run with its values from outside the Compose files.
pub(crate) fn run_secret_name(run: &str) -> Name {
    Name::checked(format!("{}.run.env", dns_label(run, MAX_LABEL)))
}

/// Returns the name of the Secret of a config whose content is from outside the Compose files. A secret has no name with a dot.
pub(crate) fn config_secret_name(text: &str) -> Name {
    Name::checked(format!("{}.config", dns_label(text, MAX_LABEL)))
}
