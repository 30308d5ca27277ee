//! [`At`]: a walk through a document's [`Tree`] beside the typed object, for the places of findings.

use crate::parse::{Tree, Value};
use crate::text::Span;

/// A node of a document, or the nearest key above it where the document ends earlier.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    tree: Option<&'a Tree>,
    near: Span,
}

impl<'a> Cursor<'a> {
    /// The root of a document.
    pub(crate) fn root(tree: &'a Tree) -> Self {
        Cursor { tree: Some(tree), near: first_line(tree) }
    }

    /// The value of a key.
    pub(crate) fn key(self, key: &str) -> Self {
        match self.tree.and_then(Tree::as_mapping).and_then(|mapping| mapping.get(key)) {
            Some(entry) => Cursor { tree: Some(&entry.value), near: entry.key },
            None => Cursor { tree: None, near: self.near },
        }
    }

    /// The values of several keys, one in the other.
    pub(crate) fn keys(self, keys: &[&str]) -> Self {
        keys.iter().fold(self, |at, key| at.key(key))
    }

    /// An item of a list.
    pub(crate) fn item(self, index: usize) -> Self {
        match self.tree.and_then(Tree::as_sequence).and_then(|items| items.get(index)) {
            Some(item) => Cursor { tree: Some(item), near: first_line(item) },
            None => Cursor { tree: None, near: self.near },
        }
    }

    /// What a person is shown: a single value itself, of a collection its key or its first line.
    pub(crate) fn span(self) -> Span {
        match self.tree.map(|tree| (&tree.value, tree.span)) {
            Some((Value::Scalar(_), span)) if span.start < span.end => span,
            Some((Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_), _)) | None => self.near,
        }
    }

    /// The key itself, not what stands behind it.
    pub(crate) fn name(self) -> Span {
        self.near
    }

    /// The node, if the document has it.
    pub(crate) fn tree(self) -> Option<&'a Tree> {
        self.tree
    }
}

/// A collection's first key and, where it is a single value, what stands behind it.
fn first_line(tree: &Tree) -> Span {
    match &tree.value {
        Value::Scalar(_) => tree.span,
        Value::Sequence(items) => items.first().map_or(tree.span, first_line),
        Value::Mapping(mapping) => mapping.first().map_or(tree.span, |(_, entry)| match &entry.value.value {
            Value::Scalar(_) => entry.key.to(entry.value.span),
            Value::Sequence(_) | Value::Mapping(_) => entry.key,
        }),
    }
}
