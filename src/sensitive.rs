//! [`Sensitive`]: a value from outside the Compose files, which is written to Secrets and nowhere else.

use std::fmt;

/// What is shown instead of a sensitive value.
pub const REDACTED: &str = "<redacted>";

/// A value that is compared and written to Secrets, but never shown: not in a diagnostic, a diff or a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sensitive(String);

impl Sensitive {
    /// Marks a value as sensitive.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value)
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
