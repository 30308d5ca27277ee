//! [`Fact`]: a neutral statement about a service, and the closed list of their kinds.
//!
//! `compose2k8s facts` prints the facts of either side. What has no [`Kind`] is not compared.
//!
//! Invariant: a sentence is built from a fact alone; it names neither a Compose key nor a Kubernetes field.

mod kinds;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::parse::Text;
use crate::text::Span;

pub use kinds::Kind;

/// A statement about a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The Compose service; empty if the statement is about the cluster.
    pub service: Text,
    /// What the statement is about.
    pub kind: Kind,
    /// The subject among several of the kind: the name of a variable, a path, a port. Empty if the kind has only one.
    pub subject: Text,
    /// The value, as [`Kind::about`] describes it.
    pub value: Text,
    /// Other values with the same meaning, `*` for every value. Only facts of the Compose side have some.
    pub also: Vec<Text>,
    /// What a missing counterpart means.
    pub weight: Weight,
    /// Why the value cannot be compared, if it cannot.
    pub unclear: Option<String>,
    /// Shown instead of a value that must not be shown.
    pub hidden: Option<String>,
    /// The content of a mounted file or directory, if it is known. If both sides have it, it is compared instead of the value.
    pub contents: Option<Contents>,
    /// The source of the statement.
    pub span: Span,
}

/// The content of a file or directory. It is compared, but never shown: it may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// The bytes of a file.
    File(Vec<u8>),
    /// The bytes of each file in a directory, by its path in the directory.
    Folder(BTreeMap<String, Vec<u8>>),
    /// The path of a file or directory on the host, which is read only when it is compared.
    OnDisk(PathBuf),
}

/// What it means if the other side has no fact of the same kind and subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It is a difference.
    Required,
    /// The fact is a default of Compose or Kubernetes that is not written down. It is a difference only in manifests that
    /// compose2k8s generated, because those override such defaults.
    Default,
    /// It means nothing: the fact is compared only if both sides have it.
    Optional,
}

impl Weight {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Weight::Required => "required",
            Weight::Default => "default",
            Weight::Optional => "optional",
        }
    }
}

impl Fact {
    /// Returns a fact that the other side must have.
    #[must_use]
    pub fn required(kind: Kind, subject: impl Into<Text>, value: impl Into<Text>, span: Span) -> Self {
        Self {
            service: Text::default(),
            kind,
            subject: subject.into(),
            value: value.into(),
            also: Vec::new(),
            weight: Weight::Required,
            unclear: None,
            hidden: None,
            contents: None,
            span,
        }
    }

    /// Returns a fact that is a default.
    #[must_use]
    pub fn defaulted(kind: Kind, subject: impl Into<Text>, value: impl Into<Text>, span: Span) -> Self {
        Self { weight: Weight::Default, ..Self::required(kind, subject, value, span) }
    }

    /// Returns a fact that is compared only if the other side has it too.
    #[must_use]
    pub fn optional(kind: Kind, subject: impl Into<Text>, value: impl Into<Text>, span: Span) -> Self {
        Self { weight: Weight::Optional, ..Self::required(kind, subject, value, span) }
    }

    /// Adds another value with the same meaning.
    #[must_use]
    pub fn or(mut self, value: impl Into<Text>) -> Self {
        self.also.push(value.into());
        self
    }

    /// Marks the value as one that cannot be compared.
    #[must_use]
    pub fn unclear(mut self, why: impl Into<String>) -> Self {
        self.unclear = Some(why.into());
        self
    }

    /// Replaces the weight.
    #[must_use]
    pub fn with_weight(mut self, weight: Weight) -> Self {
        self.weight = weight;
        self
    }

    /// Replaces the contents.
    #[must_use]
    pub fn with_contents(mut self, contents: Option<Contents>) -> Self {
        self.contents = contents;
        self
    }

    /// Whether the other fact is about the same thing: only then are their values compared.
    #[must_use]
    pub fn is_about_the_same(&self, other: &Fact) -> bool {
        self.kind == other.kind && self.subject == other.subject
    }

    /// Returns the value in the form in which it may be shown.
    #[must_use]
    pub fn shown_value(&self) -> &str {
        self.hidden.as_deref().unwrap_or(&self.value)
    }

    /// Returns the fact as a sentence without a full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        let owner = if self.service.is_empty() { "the cluster".to_owned() } else { format!("`{}`", self.service) };
        format!("{owner} {}", fill(self.kind.sentence_pattern(), &self.subject, self.shown_value()))
    }

    /// Returns a noun phrase for what the fact is about, without its value: "the variable `X` of `web`".
    #[must_use]
    pub fn topic_phrase(&self) -> String {
        let what = fill(self.kind.noun_pattern(), &self.subject, self.shown_value());
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
