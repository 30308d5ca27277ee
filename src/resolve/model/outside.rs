//! [`OutsideText`]: a string with values from outside the Compose files, which must not be committed.

use crate::parse::{OutsideValue, Tree};
use crate::words::join_with_and;

/// What a string is made of whose parts are values from `.env`, `--env-file`, `env_file`, the command line or the process
/// environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideText {
    /// The string before interpolation.
    pub template: String,
    /// The parts that are values from outside, in order; never empty.
    pub values: Vec<OutsideValue>,
}

impl OutsideText {
    /// Returns what the string of a scalar is made of, if parts of it are from outside.
    #[must_use]
    pub fn from_tree(tree: &Tree) -> Option<Self> {
        let template = tree.as_scalar()?.template.as_deref()?;
        let values = template.outside.clone();
        (!values.is_empty()).then(|| Self { template: template.text.to_string(), values })
    }

    /// Returns the names of the variables for a message.
    #[must_use]
    pub fn names(&self) -> String {
        let mut names: Vec<String> = Vec::new();
        for OutsideValue { variable, .. } in &self.values {
            let name = format!("`{variable}`");
            if !names.contains(&name) {
                names.push(name);
            }
        }
        join_with_and(&names)
    }
}
