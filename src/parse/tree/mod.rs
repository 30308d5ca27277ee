//! The [`Tree`]: a YAML document with a source location for every node and key.

pub mod mapping;
pub mod scalars;

use crate::text::{Span, Spanned};
use mapping::OrderedMap;
pub use mapping::Text;

/// A mapping of a document: keys and values in file order.
pub type Mapping = OrderedMap<Entry>;

/// An iterator over the keys and values of a borrowed [`Mapping`].
pub type Iter<'a> = mapping::Iter<'a, Entry>;

/// A node of a YAML document.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The location: the text of a scalar, or the range from the first to the last child.
    pub span: Span,
    /// `!reset`, `!override` or `!!str`. Other tags only affect the type of a scalar.
    pub tag: Option<Tag>,
    /// The content of the node.
    pub value: Value,
}

/// The tags of Compose, and YAML's tag for strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// `!reset`: the value of earlier files is removed.
    Reset,
    /// `!override`: the value of earlier files is replaced, not merged.
    Override,
    /// `!!str`: a string, whatever its form.
    Text,
}

/// The content of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A scalar, including null ([`Scalar::is_null`]).
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Tree>),
    /// A mapping.
    Mapping(Mapping),
}

/// A scalar as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text after unescaping and interpolation.
    pub text: Text,
    /// How it was written, which decides whether it can be anything but a string.
    pub style: Style,
    /// The text before interpolation, if that changed it: `tools:${TAG:-latest}`.
    #[allow(clippy::box_collection, reason = "few scalars have one, and each scalar pays for the field")]
    pub template: Option<Box<Text>>,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes; the text determines the type.
    Plain,
    /// With single or double quotes: a string.
    Quoted,
    /// `|` or `>`: a string.
    Block,
    /// An omitted value: null.
    Omitted,
}

/// A value and the location of its key.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The location of the key.
    pub key: Span,
    /// The value.
    pub value: Tree,
}

impl Scalar {
    /// Whether YAML's core schema reads it as null: omitted, `~`, `null`, `Null` or `NULL`, without quotes.
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
    /// Creates a node without a tag.
    #[must_use]
    pub fn new(span: Span, value: Value) -> Self {
        Self { span, tag: None, value }
    }

    /// Creates a quoted string with a given location.
    #[must_use]
    pub fn string(text: impl Into<Text>, span: Span) -> Self {
        Self::new(span, Value::Scalar(Scalar { text: text.into(), style: Style::Quoted, template: None }))
    }

    /// Returns the mapping, if it is one.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            Value::Scalar(_) | Value::Sequence(_) => None,
        }
    }

    /// Returns the list, if it is one.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Tree]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            Value::Scalar(_) | Value::Mapping(_) => None,
        }
    }

    /// Returns the scalar, if it is one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// Returns the text of a scalar with its location, unless it is null.
    #[must_use]
    pub fn as_text(&self) -> Option<Spanned<&str>> {
        self.as_scalar().filter(|scalar| !scalar.is_null()).map(|scalar| Spanned::new(scalar.text.as_str(), self.span))
    }

    /// Whether the node is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(Scalar::is_null)
    }

    /// Returns the value of a key, if this is a mapping that contains it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.as_mapping().and_then(|mapping| mapping.get(key)).map(|entry| &entry.value)
    }

    /// Describes the kind of node for messages: `a single value`, `a list`, `a mapping`, `nothing`.
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
