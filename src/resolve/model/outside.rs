//! [`OutsideText`]: a string with values from outside the Compose files, which must not be committed.

use std::collections::BTreeMap;

use crate::parse::{OutsideValue, Tree};
use crate::sensitive::REDACTED;
use crate::words::join_with_and;

/// What a string is made of whose parts are values from `.env`, `--env-file`, `env_file`, the command line or the process
/// environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideText {
    /// The string before interpolation.
    pub template: String,
    /// The variables with a value in the string before interpolation.
    pub variables: Vec<(String, String)>,
    /// The parts that are values from outside, in order; never empty.
    pub values: Vec<OutsideValue>,
}

impl OutsideText {
    /// Returns what the string of a scalar is made of, if parts of it are from outside.
    #[must_use]
    pub fn from_tree(tree: &Tree) -> Option<Self> {
        let template = tree.as_scalar()?.template.as_deref()?;
        let values = template.outside.clone();
        let variables = template.variables.clone();
        (!values.is_empty()).then(|| Self { template: template.text.to_string(), variables, values })
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

/// The words of a command that contain values from outside, by index.
pub type OutsideWords = BTreeMap<usize, OutsideText>;

/// Returns the words of a command that contain values from outside.
#[must_use]
pub fn outside_words(tree: Option<&Tree>) -> OutsideWords {
    let words = tree.and_then(Tree::as_sequence).unwrap_or_default();
    words.iter().enumerate().filter_map(|(index, word)| Some((index, OutsideText::from_tree(word)?))).collect()
}

/// Programs that are part of images with a shell: clients in the images of databases and tools of distributions.
const PROGRAMS_BESIDE_A_SHELL: &[&str] = &[
    "curl",
    "mariadb",
    "mariadb-admin",
    "mongo",
    "mongosh",
    "mysql",
    "mysqladmin",
    "nc",
    "pg_isready",
    "psql",
    "rabbitmq-diagnostics",
    "rabbitmqctl",
    "redis-cli",
    "test",
    "valkey-cli",
    "wget",
];

/// Shells, which run a script or a string.
const SHELLS: &[&str] = &["sh", "ash", "bash", "dash"];

/// Whether the image of a command has `/bin/sh`, as far as its program tells: it is a shell, a script, or a program of images with a
/// shell.
fn has_shell(command: &[String]) -> bool {
    let program = command.first().map(|program| program.rsplit('/').next().unwrap_or_default());
    program.is_some_and(|program| {
        SHELLS.contains(&program)
            || PROGRAMS_BESIDE_A_SHELL.contains(&program)
            || program.rsplit_once('.').is_some_and(|(_, extension)| extension == "sh")
    })
}

/// Whether a shell in the container can put the values from outside into a command that Kubernetes runs as it is: that of a probe or
/// a lifecycle handler. `has_script` tells whether a shell runs the command in any case.
#[must_use]
pub fn can_insert_values(command: &[String], outside: &OutsideWords, has_script: bool) -> bool {
    outside.values().all(OutsideText::has_known_parts) && (has_script || has_shell(command))
}

/// Returns the words with `<redacted>` instead of the values from outside.
#[must_use]
pub fn redacted_words(words: &[String], outside: &OutsideWords) -> Vec<String> {
    let redacted = |(index, word): (usize, &String)| {
        outside.get(&index).map_or_else(|| word.clone(), |outside| outside.redacted(word))
    };
    words.iter().enumerate().map(redacted).collect()
}

impl OutsideText {
    /// Whether the position of each value in the string is known, so that a reference can replace it.
    #[must_use]
    pub fn has_known_parts(&self) -> bool {
        self.values.iter().all(|value| !value.range.is_empty())
    }

    /// Returns the string in pieces: text of the Compose file, and values of variables with their names.
    #[must_use]
    pub fn pieces<'t>(&'t self, text: &'t str) -> Vec<(&'t str, Option<&'t str>)> {
        let (mut pieces, mut end) = (Vec::new(), 0);
        for OutsideValue { range, variable } in &self.values {
            pieces.push((text.get(end..range.start).unwrap_or_default(), None));
            pieces.push((text.get(range.clone()).unwrap_or_default(), Some(variable.as_str())));
            end = range.end;
        }
        pieces.push((text.get(end..).unwrap_or_default(), None));
        pieces.retain(|(text, variable)| variable.is_some() || !text.is_empty());
        pieces
    }

    /// Returns the string with `<redacted>` instead of the values from outside.
    #[must_use]
    pub fn redacted(&self, text: &str) -> String {
        if !self.has_known_parts() {
            return REDACTED.to_owned();
        }
        self.pieces(text).into_iter().map(|(text, variable)| if variable.is_some() { REDACTED } else { text }).collect()
    }
}
