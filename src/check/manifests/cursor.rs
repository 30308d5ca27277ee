//! [`Cursor`]: walks a document's [`Tree`] in parallel to the typed object, to find the locations of findings.

use crate::parse::{Tree, TreeValue};
use crate::text::Span;

/// A node of a document, or the nearest key above it if the document does not have the node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    tree: Option<&'a Tree>,
    near: Span,
}

impl<'a> Cursor<'a> {
    /// Returns a cursor at the root of a document.
    pub(crate) fn root(tree: &'a Tree) -> Self {
        Cursor { tree: Some(tree), near: first_line(tree) }
    }

    /// Returns the value of a key.
    pub(crate) fn key(self, key: &str) -> Self {
        match self.tree.and_then(Tree::as_mapping).and_then(|mapping| mapping.get(key)) {
            Some(entry) => Cursor { tree: Some(&entry.value), near: entry.key },
            None => Cursor { tree: None, near: self.near },
        }
    }

    /// Returns the value at a path of keys.
    pub(crate) fn keys(self, keys: &[&str]) -> Self {
        keys.iter().fold(self, |at, key| at.key(key))
    }

    /// Returns an item of a sequence.
    pub(crate) fn item(self, index: usize) -> Self {
        match self.tree.and_then(Tree::as_sequence).and_then(|items| items.get(index)) {
            Some(item) => Cursor { tree: Some(item), near: first_line(item) },
            None => Cursor { tree: None, near: self.near },
        }
    }

    /// Returns the location to show: a scalar itself, or the key or first line of a collection.
    pub(crate) fn span(self) -> Span {
        match self.tree.map(|tree| (&tree.value, tree.span)) {
            Some((TreeValue::Scalar(_), span)) if span.start < span.end => span,
            Some((TreeValue::Scalar(_) | TreeValue::Sequence(_) | TreeValue::Mapping(_), _)) | None => self.near,
        }
    }

    /// Returns the location of the key, not of its value.
    pub(crate) fn name(self) -> Span {
        self.near
    }

    /// Returns the node, if the document has it.
    pub(crate) fn tree(self) -> Option<&'a Tree> {
        self.tree
    }
}

/// Returns the location of a scalar, or of a collection's first key with its value if that is a scalar.
fn first_line(tree: &Tree) -> Span {
    match &tree.value {
        TreeValue::Scalar(_) => tree.span,
        TreeValue::Sequence(items) => items.first().map_or(tree.span, first_line),
        TreeValue::Mapping(mapping) => mapping.first().map_or(tree.span, |(_, entry)| match &entry.value.value {
            TreeValue::Scalar(_) => entry.key.to(entry.value.span),
            TreeValue::Sequence(_) | TreeValue::Mapping(_) => entry.key,
        }),
    }
}
