//! [`RecordedVariables`]: the variables from outside the Compose files that a translation used, as its output records them.
//!
//! A comparison uses them where the file that supplied a variable does not exist, as in a clean clone without `.env`.
//!
//! Invariant: the value of a variable is recorded only if the manifests contain it anyway, as the tag of an image, or if it is empty.

use std::collections::BTreeMap;

use crate::maps::IndexMap;
use crate::sensitive::UNKNOWN_MARK;

/// The source of variables of the command line and of the process environment.
pub(crate) const COMMAND_LINE: &str = "command line";

/// The variables from outside the Compose files that a translation used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordedVariables {
    /// Variables for interpolation, by source and name: the path of a file from the project directory, or [`COMMAND_LINE`]. The
    /// value is `None` if it must not be committed.
    variables: BTreeMap<(String, String), Option<String>>,
    /// The names in files of `env_file`, in the order of the file, by the path of the file.
    env_files: BTreeMap<String, Vec<String>>,
}

impl RecordedVariables {
    /// Whether nothing is recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.variables.is_empty() && self.env_files.is_empty()
    }

    /// Records the use of a variable. `committed` tells whether the manifests contain its value. That a value is empty is recorded in
    /// any case, because it decides whether a default applies.
    pub(crate) fn add(&mut self, source: &str, name: &str, value: &str, committed: bool) {
        let known = self.variables.entry((source.to_owned(), name.to_owned())).or_default();
        if committed || value.is_empty() {
            *known = Some(value.to_owned());
        }
    }

    /// Adds what another project used, such as that of a run.
    pub(crate) fn merge(&mut self, other: &Self) {
        for ((source, name), value) in &other.variables {
            let known = self.variables.entry((source.clone(), name.clone())).or_default();
            if value.is_some() {
                known.clone_from(value);
            }
        }
        for (file, names) in &other.env_files {
            self.env_files.entry(file.clone()).or_insert_with(|| names.clone());
        }
    }

    /// Records the names in a file of `env_file`.
    pub(crate) fn add_env_file(&mut self, file: &str, names: impl Iterator<Item = String>) {
        self.env_files.entry(file.to_owned()).or_insert_with(|| names.collect());
    }

    /// Returns the variables of a source with their values. A value that was not recorded is a placeholder.
    pub(crate) fn of_source(&self, source: &str) -> IndexMap<String, String> {
        let own = self.variables.iter().filter(|((from, _), _)| from == source);
        own.map(|((_, name), value)| (name.clone(), value.clone().unwrap_or_else(|| placeholder(name)))).collect()
    }

    /// Returns the variables of a file of `env_file`, each with a placeholder; `None` if the file was not used.
    pub(crate) fn of_env_file(&self, file: &str) -> Option<IndexMap<String, String>> {
        Some(self.env_files.get(file)?.iter().map(|name| (name.clone(), placeholder(name))).collect())
    }

    /// Returns the source and the recorded value of a variable.
    #[must_use]
    pub(crate) fn of_variable(&self, name: &str) -> Option<(&str, &str)> {
        let ((source, _), value) = self.variables.iter().find(|((_, known), _)| known == name)?;
        Some((source, value.as_deref()?))
    }

    /// Returns the lines of the file in the output.
    #[must_use]
    pub fn lines(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut text = String::new();
        for ((source, name), value) in &self.variables {
            let value = value.as_ref().map_or_else(String::new, |value| format!("={}", quoted(value)));
            text.push_str(&format!("{} {name}{value}\n", quoted(source)));
        }
        for (file, names) in &self.env_files {
            text.push_str(&format!("{} env_file {}\n", quoted(file), names.join(" ")).replace(" \n", "\n"));
        }
        text
    }

    /// Reads the file in the output. Lines with mistakes are ignored: without them, the comparison finds a difference.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut all = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((source, rest)) = json_string(line) else { continue };
            let rest = rest.trim_start();
            if let Some(names) = rest.strip_prefix("env_file") {
                all.env_files.insert(source, names.split_whitespace().map(str::to_owned).collect());
                continue;
            }
            let (name, value) = rest.split_once('=').map_or((rest, None), |(name, value)| (name, Some(value)));
            let value = value.and_then(|value| Some(json_string(value)?.0));
            all.variables.insert((source, name.to_owned()), value);
        }
        all
    }
}

/// Splits a line after the JSON string at its start.
fn json_string(line: &str) -> Option<(String, &str)> {
    let mut values = serde_json::Deserializer::from_str(line).into_iter::<String>();
    let text = values.next()?.ok()?;
    Some((text, line.get(values.byte_offset()..).unwrap_or_default()))
}

/// Returns what is used instead of a value that is not known.
fn placeholder(name: &str) -> String {
    format!("{UNKNOWN_MARK}{name}{UNKNOWN_MARK}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_is_read_again() {
        let mut recorded = RecordedVariables::default();
        recorded.add(".env", "TAG", "a \"b\"\nc", true);
        recorded.add(".env", "TAG", "a \"b\"\nc", false);
        recorded.add(".env", "PASSWORD", "secret", false);
        recorded.add(COMMAND_LINE, "PORT", "", true);
        recorded.add_env_file("my files/a.env", ["Z", "A"].map(str::to_owned).into_iter());
        recorded.add_env_file("empty.env", std::iter::empty());
        let lines = recorded.lines();
        assert_eq!(
            lines,
            "\".env\" PASSWORD\n\".env\" TAG=\"a \\\"b\\\"\\nc\"\n\"command line\" PORT=\"\"\n\"empty.env\" env_file\n\
             \"my files/a.env\" env_file Z A\n"
        );
        assert_eq!(RecordedVariables::parse(&format!("# a comment\n{lines}")), recorded);
        assert_eq!(recorded.of_variable("TAG"), Some((".env", "a \"b\"\nc")));
        assert_eq!(recorded.of_variable("PASSWORD"), None);
        let unknown = crate::sensitive::Sensitive::new(recorded.of_source(".env")["PASSWORD"].clone());
        assert!(!unknown.is_known());
    }
}
