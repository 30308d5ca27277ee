//! [`Fact`]: a claim about a service, in the words of neither side.
//!
//! The list of [`Kind`]s is closed: what is not on it is not compared. `compose2k8s facts` prints both sides' facts, so
//! that a person can compare them by eye.
//!
//! Invariant: a sentence is built from a fact alone; it names neither a Compose key nor a Kubernetes field.

mod kinds;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::parse::Text;
use crate::text::Span;
pub use kinds::Kind;

/// One claim about a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The Compose service; empty for a claim about the cluster as a whole.
    pub service: Text,
    /// What sort of claim.
    pub kind: Kind,
    /// Which one of the sort: a variable's name, a path, a port. Empty where there can be but one.
    pub of: Text,
    /// What is claimed, in the kind's own words (see [`Kind::about`]).
    pub value: Text,
    /// Other values that mean the same, `*` for every value; only the Compose side has some.
    pub also: Vec<Text>,
    /// What follows when the other side is silent.
    pub force: Force,
    /// Why the value cannot be held against another one, where it cannot.
    pub unclear: Option<String>,
    /// What stands in sentences instead of the value, where the value is nobody's business.
    pub hidden: Option<String>,
    /// The bytes that lie there, as far as they are known: they decide, not the words for them.
    pub held: Option<Held>,
    /// Where it is said.
    pub span: Span,
}

/// Bytes behind a claim. They are compared and never shown: they may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// A file's.
    File(Vec<u8>),
    /// Those of a folder's files, by their paths below it.
    Folder(BTreeMap<String, Vec<u8>>),
    /// Those of a file or folder of the host, read when they are needed.
    OnDisk(PathBuf),
}

/// What follows when the other side says nothing of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// A finding.
    Must,
    /// Nobody wrote it: it is what Compose, or Kubernetes, does unasked. A finding in manifests that claim to be this
    /// program's, which neutralise such defaults; nothing in others, whose authors never thought of it.
    Default,
    /// Nothing: the claim only counts where both sides make it.
    May,
}

impl Force {
    /// Its word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Force::Must => "must",
            Force::Default => "default",
            Force::May => "may",
        }
    }
}

impl Fact {
    /// A claim that the other side must make too.
    #[must_use]
    pub fn must(kind: Kind, of: impl Into<Text>, value: impl Into<Text>, span: Span) -> Self {
        let (of, value) = (of.into(), value.into());
        Self {
            service: Text::default(),
            kind,
            of,
            value,
            also: Vec::new(),
            force: Force::Must,
            unclear: None,
            hidden: None,
            held: None,
            span,
        }
    }

    /// A claim that nobody wrote.
    #[must_use]
    pub fn default(kind: Kind, of: impl Into<Text>, value: impl Into<Text>, span: Span) -> Self {
        Self { force: Force::Default, ..Self::must(kind, of, value, span) }
    }

    /// A claim that counts only where the other side makes one too.
    #[must_use]
    pub fn may(kind: Kind, of: impl Into<Text>, value: impl Into<Text>, span: Span) -> Self {
        Self { force: Force::May, ..Self::must(kind, of, value, span) }
    }

    /// The same claim with another value that means the same.
    #[must_use]
    pub fn or(mut self, value: impl Into<Text>) -> Self {
        self.also.push(value.into());
        self
    }

    /// The same claim, whose value cannot be compared.
    #[must_use]
    pub fn unclear(mut self, why: impl Into<String>) -> Self {
        self.unclear = Some(why.into());
        self
    }

    /// The same claim with another force.
    #[must_use]
    pub fn with(mut self, force: Force) -> Self {
        self.force = force;
        self
    }

    /// The same claim, with the bytes behind it.
    #[must_use]
    pub fn holding(mut self, held: Option<Held>) -> Self {
        self.held = held;
        self
    }

    /// The value as people are shown it.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.hidden.as_deref().unwrap_or(&self.value)
    }

    /// The claim as one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let subject = if self.service.is_empty() { "the cluster".to_owned() } else { format!("`{}`", self.service) };
        format!("{subject} {}", fill(self.kind.phrase(), &self.of, self.shown()))
    }

    /// What the claim is about, without its value: `the variable X of web`.
    #[must_use]
    pub fn subject(&self) -> String {
        let what = fill(self.kind.what(), &self.of, self.shown());
        if self.service.is_empty() {
            format!("{what} of the cluster")
        } else if let Some(question) = what.strip_prefix("whether it ") {
            format!("whether `{}` {question}", self.service)
        } else {
            format!("{what} of `{}`", self.service)
        }
    }
}

/// A value in backticks, unless it has some of its own; an empty one as two quotes.
pub(super) fn quoted(text: &str) -> Cow<'_, str> {
    if text.is_empty() {
        return Cow::Borrowed("`\"\"`");
    }
    if text.contains('`') { Cow::Borrowed(text) } else { Cow::Owned(format!("`{text}`")) }
}

fn fill(pattern: &str, of: &str, value: &str) -> String {
    // One pass, so that a value that holds `{of}` stays as it is.
    let mut filled = String::with_capacity(pattern.len() + of.len() + value.len());
    let mut rest = pattern;
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        filled.push_str(before);
        if let Some(after) = after.strip_prefix("{of}") {
            filled.push_str(&quoted(of));
            rest = after;
        } else if let Some(after) = after.strip_prefix("{value}") {
            filled.push_str(&quoted(value));
            rest = after;
        } else {
            filled.push('{');
            rest = after.get(1..).unwrap_or_default();
        }
    }
    filled.push_str(rest);
    filled
}

/// A list of words as JSON, the form in which facts show command lines.
#[must_use]
pub fn words(list: &[String]) -> String {
    serde_json::to_string(list).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_looks_like_a_pattern_is_left_alone() {
        assert_eq!(fill("has {of} = {value}", "{value}", "{of}"), "has `{value}` = `{of}`");
        assert_eq!(fill("{x} {of", "a", "b"), "{x} {of");
        assert_eq!(fill("{value}", "", "the config `a`"), "the config `a`");
    }
}
