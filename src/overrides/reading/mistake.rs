//! A mistake in an overrides file.

use std::fmt;

use crate::overrides::problem::Problem;
use crate::text::Span;

/// Sections with a single entry.
const SINGLE: &[&str] = &["cluster", "helper-image", "match", "preset", "project", "separation"];

/// A step of a path from the top of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Item(usize),
}

/// A mistake and its path.
#[derive(Debug)]
pub(crate) struct Wrong {
    what: What,
    /// The location; set by the innermost node.
    at: Option<Span>,
    /// The path, innermost step first.
    path: Vec<Step>,
}

#[derive(Debug)]
pub(crate) enum What {
    UnknownKey { key: String, suggestion: Option<String> },
    UnknownChoice { word: String, choices: String, suggestion: Option<String> },
    MissingKey { key: &'static str },
    Unsuitable { why: String },
}

impl Wrong {
    pub(crate) fn new(what: What) -> Self {
        Self { what, at: None, path: Vec::new() }
    }

    pub(crate) fn at(mut self, span: Span) -> Self {
        self.at.get_or_insert(span);
        self
    }

    pub(crate) fn below(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }

    /// Returns the path of the entry to remove so that the rest can be read: only the key if it is unknown, otherwise
    /// the whole entry, because its other keys may depend on the invalid one.
    pub(crate) fn entry(&self) -> Vec<Step> {
        let mut path: Vec<Step> = self.path.iter().rev().cloned().collect();
        if !matches!(self.what, What::UnknownKey { .. }) {
            let top = path.first().cloned();
            let depth = match top {
                Some(Step::Key(key)) if key == "services" || key == "images" => 3,
                Some(Step::Key(key)) if SINGLE.contains(&key.as_str()) => 1,
                Some(_) | None => 2,
            };
            path.truncate(depth);
        }
        path
    }

    pub(crate) fn problem(self, whole: Span) -> Problem {
        let at = self.at.unwrap_or(whole);
        match self.what {
            What::UnknownKey { key, suggestion } => Problem::UnknownKey { key, at, suggestion },
            What::UnknownChoice { word, choices, suggestion } => {
                Problem::UnknownChoice { word, choices, suggestion, at }
            }
            What::MissingKey { key } => Problem::MissingKey { key: key.to_owned(), at },
            What::Unsuitable { why } => Problem::Unsuitable { why, at },
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.what)
    }
}

impl std::error::Error for Wrong {}

impl serde::de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Wrong::new(What::Unsuitable { why: message.to_string() })
    }

    fn missing_field(field: &'static str) -> Self {
        Wrong::new(What::MissingKey { key: field })
    }
}
