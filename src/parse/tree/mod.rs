//! The [`Tree`]: a YAML document with a place for every node and every key.

pub mod mapping;
pub mod scalars;

use crate::text::{Span, Spanned};
use mapping::OrderedMap;
pub use mapping::Text;

/// Keys and values of a document's mapping, in the order written.
pub type Mapping = OrderedMap<Entry>;

/// Keys and values of a borrowed [`Mapping`], in order.
pub type Iter<'a> = mapping::Iter<'a, Entry>;

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// Where it was written: a scalar's own text; a collection's first to last child.
    pub span: Span,
    /// `!reset` and `!override`; every other tag only says how a scalar is typed.
    pub tag: Option<Tag>,
    /// What it holds.
    pub value: Value,
}

/// The tags that mean something to Compose, and YAML's own for scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// `!reset`: the value of earlier files is removed.
    Reset,
    /// `!override`: the value of earlier files is replaced, not merged.
    Override,
    /// `!!str`: a string whatever it looks like.
    Text,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A scalar; null too, until somebody asks ([`Scalar::is_null`]).
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Tree>),
    /// A mapping.
    Mapping(Mapping),
}

/// A scalar as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// Its text after YAML's escapes and after interpolation.
    pub text: Text,
    /// How it was written, which decides whether it may be anything but a string.
    pub style: Style,
    /// The text before interpolation, where that changed it: `tools:${TAG:-latest}`.
    #[allow(clippy::box_collection, reason = "few scalars have one, and each scalar pays for the field")]
    pub template: Option<Box<Text>>,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: typed by its look.
    Plain,
    /// With single or double quotes: a string.
    Quoted,
    /// `|` or `>`: a string.
    Block,
    /// Nothing was written where a value is expected: null.
    Omitted,
}

/// A value and the place of its key.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key's place.
    pub key: Span,
    /// The value.
    pub value: Tree,
}

impl Scalar {
    /// Whether YAML's core schema reads it as null: nothing, `~`, `null`, `Null`, `NULL`, all without quotes.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match self.style {
            Style::Omitted => true,
            Style::Plain => matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL"),
            Style::Quoted | Style::Block => false,
        }
    }
}

impl Tree {
    /// A node without a tag.
    #[must_use]
    pub fn new(span: Span, value: Value) -> Self {
        Self { span, tag: None, value }
    }

    /// A string node made by the program at the place it was made from, as if written in quotes.
    #[must_use]
    pub fn string(text: impl Into<Text>, span: Span) -> Self {
        Self::new(span, Value::Scalar(Scalar { text: text.into(), style: Style::Quoted, template: None }))
    }

    /// The mapping, if it is one.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            Value::Scalar(_) | Value::Sequence(_) => None,
        }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Tree]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            Value::Scalar(_) | Value::Mapping(_) => None,
        }
    }

    /// The scalar, if it is one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// A scalar's text with its place, if it is one and not null.
    #[must_use]
    pub fn as_text(&self) -> Option<Spanned<&str>> {
        self.as_scalar().filter(|scalar| !scalar.is_null()).map(|scalar| Spanned::new(scalar.text.as_str(), self.span))
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(Scalar::is_null)
    }

    /// The value of a key, if this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.as_mapping().and_then(|mapping| mapping.get(key)).map(|entry| &entry.value)
    }

    /// What it is, in a person's words: `a string`, `a list`, `a mapping`, `nothing`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar(scalar) if scalar.is_null() => "nothing",
            Value::Scalar(_) => "a single value",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }
}
