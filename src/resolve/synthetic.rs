//! Creates nodes that are not in the file, each with the location of the node it is derived from.

use std::ops::Range;

use crate::parse::{Entry, Mapping, Scalar, ScalarStyle, Text, Tree, TreeValue};
use crate::text::Span;

pub(super) fn string(text: impl Into<Text>, span: Span) -> Tree {
    Tree::string(text, span)
}

/// Creates an unquoted scalar, such as a number or a boolean.
pub(super) fn bare(text: &str, span: Span) -> Tree {
    Tree::new(span, TreeValue::Scalar(Scalar { text: text.into(), style: ScalarStyle::Plain, template: None }))
}

/// Creates an omitted value.
pub(super) fn null(span: Span) -> Tree {
    Tree::new(span, TreeValue::Scalar(Scalar { text: Text::default(), style: ScalarStyle::Omitted, template: None }))
}

/// Creates a mapping whose keys all have the same location.
pub(super) fn mapping<const N: usize>(span: Span, entries: [(&str, Tree); N]) -> Tree {
    let entries = entries.into_iter().map(|(key, value)| (key, Entry { key: span, value }));
    Tree::new(span, TreeValue::Mapping(entries.collect()))
}

/// Returns the mapping of a node, if it is one.
pub(super) fn mapping_mut(tree: &mut Tree) -> Option<&mut Mapping> {
    match &mut tree.value {
        TreeValue::Mapping(mapping) => Some(mapping),
        TreeValue::Scalar(_) | TreeValue::Sequence(_) => None,
    }
}

/// Adds a key to a mapping unless it exists.
pub(super) fn default(tree: &mut Tree, key: &str, value: Tree) {
    if let Some(mapping) = mapping_mut(tree)
        && !mapping.contains_key(key)
    {
        mapping.push(key.to_owned(), Entry { key: value.span, value });
    }
}

/// Returns the location of a part of a scalar's text; the whole scalar if its text differs from the source.
pub(super) fn part(tree: &Tree, range: Range<usize>) -> Span {
    let Some(scalar) = tree.as_scalar() else { return tree.span };
    let length = (tree.span.end - tree.span.start) as usize;
    let offset = match scalar.style {
        ScalarStyle::Plain if scalar.template.is_none() && length == scalar.text.len() => 0,
        ScalarStyle::Quoted if scalar.template.is_none() && length == scalar.text.len() + 2 => 1,
        ScalarStyle::Plain | ScalarStyle::Quoted | ScalarStyle::Block | ScalarStyle::Omitted => return tree.span,
    };
    let at = |byte: usize| tree.span.start.saturating_add(u32::try_from(byte + offset).unwrap_or(u32::MAX));
    Span { source: tree.span.source, start: at(range.start), end: at(range.end) }
}

/// Creates a string from a part of a scalar, with the location of that part.
pub(super) fn slice(tree: &Tree, range: Range<usize>) -> Tree {
    let piece = tree.as_scalar().and_then(|scalar| scalar.text.get(range.clone())).unwrap_or_default();
    string(piece, part(tree, range))
}

/// Creates the value of `NAME=value`, with its location and the template of the value.
pub(super) fn value_after(tree: &Tree, name: &str) -> Tree {
    let scalar = tree.as_scalar();
    let length = scalar.map_or(0, |scalar| scalar.text.len());
    let mut value = slice(tree, name.len() + 1..length);
    if let (TreeValue::Scalar(value), Some(template)) =
        (&mut value.value, scalar.and_then(|scalar| scalar.template.as_deref()))
    {
        value.template = Some(Box::new(template.of_value_after(name)));
    }
    value
}

/// Returns the location of a list; if it is empty, the range from the first to the last item.
pub(super) fn covering(tree: &Tree, items: &[Tree]) -> Span {
    match (items.first(), items.last()) {
        (Some(from), Some(end)) if tree.span.start == tree.span.end => from.span.to(end.span),
        (_, _) => tree.span,
    }
}
