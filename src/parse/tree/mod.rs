//! The [`Tree`]: a YAML document with a source location for every node and key.

pub mod mapping;
pub mod scalars;

use std::ops::Range;

use crate::text::{Span, Spanned};
use mapping::OrderedMap;
pub use mapping::Text;

/// A mapping of a document: keys and values in file order.
pub type Mapping = OrderedMap<Entry>;

/// An iterator over the keys and values of a borrowed [`Mapping`].
pub type EntryIter<'a> = mapping::Iter<'a, Entry>;

/// A node of a YAML document.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The location: the text of a scalar, or the range from the first to the last child.
    pub span: Span,
    /// `!reset`, `!override` or `!!str`. Other tags only affect the type of a scalar.
    pub tag: Option<Tag>,
    /// The content of the node.
    pub value: TreeValue,
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
    /// Not written in a file: a mapping of names that was merged from several files. The official loader has a list for it.
    Merged,
}

/// The content of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum TreeValue {
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
    pub style: ScalarStyle,
    /// The text before interpolation, if that changed it. Boxed, because few scalars have one.
    pub template: Option<Box<Template>>,
}

/// The text of a scalar before interpolation, and what interpolation replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// The text: `tools:${TAG:-latest}`.
    pub text: Text,
    /// The variables that were looked up and have a value, with their values.
    pub variables: Vec<(String, String)>,
    /// The parts of the interpolated text that are values from outside the Compose files, in order.
    pub outside: Vec<OutsideValue>,
}

/// A part of a string that is the value of a variable from outside the Compose files: from `.env`, `--env-file`, `env_file`, the
/// command line or the process environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideValue {
    /// The bytes of the string.
    pub range: Range<usize>,
    /// The name of the variable.
    pub variable: String,
}

impl Template {
    /// Returns the template of a string that is the value of one variable.
    #[must_use]
    pub fn of_value(name: &str, value: &str) -> Self {
        Self {
            text: format!("${{{name}}}").into(),
            variables: vec![(name.to_owned(), value.to_owned())],
            outside: vec![OutsideValue { range: 0..value.len(), variable: name.to_owned() }],
        }
    }

    /// Returns the template of the value of `NAME=value`. If the name contains a variable, the text stays whole.
    #[must_use]
    pub fn of_value_after(&self, name: &str) -> Self {
        let length = name.len() + 1;
        let own = self.text.split_once('=').filter(|(before, _)| *before == name);
        let text = own.map_or(self.text.as_str(), |(_, own)| own);
        let shifted = self.outside.iter().filter_map(|value| {
            let range = value.range.start.checked_sub(length)?..value.range.end.checked_sub(length)?;
            Some(OutsideValue { range, variable: value.variable.clone() })
        });
        Self { text: text.into(), variables: self.variables.clone(), outside: shifted.collect() }
    }
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarStyle {
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
            ScalarStyle::Omitted => true,
            ScalarStyle::Plain => matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL"),
            ScalarStyle::Quoted | ScalarStyle::Block => false,
        }
    }
}

impl Tree {
    /// Creates a node without a tag.
    #[must_use]
    pub fn new(span: Span, value: TreeValue) -> Self {
        Self { span, tag: None, value }
    }

    /// Creates a quoted string with a given location.
    #[must_use]
    pub fn string(text: impl Into<Text>, span: Span) -> Self {
        Self::new(span, TreeValue::Scalar(Scalar { text: text.into(), style: ScalarStyle::Quoted, template: None }))
    }

    /// Creates a quoted string that is the value of a variable from outside the Compose files.
    #[must_use]
    pub fn outside_string(name: &str, value: &str, span: Span) -> Self {
        let template = Some(Box::new(Template::of_value(name, value)));
        Self::new(span, TreeValue::Scalar(Scalar { text: value.into(), style: ScalarStyle::Quoted, template }))
    }

    /// Creates `NAME=VALUE`, where the value is from outside the Compose files.
    #[must_use]
    pub fn outside_definition(name: &str, value: &str, span: Span) -> Self {
        let start = name.len() + 1;
        let template = Template {
            text: format!("{name}=${{{name}}}").into(),
            variables: vec![(name.to_owned(), value.to_owned())],
            outside: vec![OutsideValue { range: start..start + value.len(), variable: name.to_owned() }],
        };
        let text = format!("{name}={value}").into();
        let scalar = Scalar { text, style: ScalarStyle::Quoted, template: Some(Box::new(template)) };
        Self::new(span, TreeValue::Scalar(scalar))
    }

    /// Returns the mapping, if it is one.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            TreeValue::Mapping(mapping) => Some(mapping),
            TreeValue::Scalar(_) | TreeValue::Sequence(_) => None,
        }
    }

    /// Returns the list, if it is one.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Tree]> {
        match &self.value {
            TreeValue::Sequence(items) => Some(items),
            TreeValue::Scalar(_) | TreeValue::Mapping(_) => None,
        }
    }

    /// Returns the scalar, if it is one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            TreeValue::Scalar(scalar) => Some(scalar),
            TreeValue::Sequence(_) | TreeValue::Mapping(_) => None,
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
            TreeValue::Scalar(scalar) if scalar.is_null() => "nothing",
            TreeValue::Scalar(_) => "a single value",
            TreeValue::Sequence(_) => "a list",
            TreeValue::Mapping(_) => "a mapping",
        }
    }
}
