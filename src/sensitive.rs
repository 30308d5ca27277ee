//! [`Sensitive`]: a value from outside the Compose files, which is written to Secrets and nowhere else.

use std::fmt;

/// What is shown instead of a sensitive value.
pub const REDACTED: &str = "<redacted>";

/// The mark around the name of a variable whose value is not known, because the file that supplied it does not exist.
pub(crate) const UNKNOWN_MARK: &str = "%compose2k8s-unknown%";

/// A value that is compared and written to Secrets, but never shown: not in a diagnostic, a diff or a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sensitive(String);

impl Sensitive {
    /// Marks a value as sensitive.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// Whether the whole value is known. A comparison of a project without its `.env` does not know it.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !self.0.contains(UNKNOWN_MARK)
    }

    /// Returns the value, for a Secret or a comparison.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensitive_value_is_not_shown() {
        let value = Sensitive::new("hunter2".to_owned());
        assert_eq!(format!("{value:?} {:?}", Some(&value)), "<redacted> Some(<redacted>)");
        assert_eq!(value.expose(), "hunter2");
    }
}
