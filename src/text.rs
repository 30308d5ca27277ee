//! Sources and locations in them. This is the only module that handles bytes, characters and lines.
//!
//! Input: the text of files. Output: [`Span`]s, which all later stages use, and lines and columns for messages.
//!
//! Invariant: a [`Span`] is on character boundaries and within its source.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::sensitive::REDACTED;

/// The ID of a source: an index into [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A range of bytes in a source: `start` inclusive, `end` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The source.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one; equal to `start` for an empty range.
    pub end: u32,
}

impl Span {
    /// Returns the smallest span that contains both, or `self` if they are in different sources.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.source == other.source {
            Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
        } else {
            self
        }
    }
}

/// A value with its source location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The location.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Creates a value with a location.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// Converts the value and keeps the location.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: form(self.value), span: self.span }
    }

    /// Borrows the value and keeps the location.
    pub fn as_ref(&self) -> Spanned<&T> {
        Spanned { value: &self.value, span: self.span }
    }
}

/// A source text.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name in messages: the path as given, or `<stdin>`.
    pub name: String,
    /// The path of the file; `None` for standard input and texts that are part of the program.
    pub path: Option<PathBuf>,
    /// The text.
    pub text: Arc<str>,
    /// Whether the text contains values that are never shown.
    pub is_private: bool,
    /// The start of each line, computed on first use.
    lines: OnceLock<Vec<u32>>,
}

impl Source {
    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u64 + 1);
            std::iter::once(0).chain(breaks).filter_map(|start| u32::try_from(start).ok()).collect()
        })
    }

    /// Returns the line and the column of a byte offset, both counted from 1; the column in characters.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> (usize, usize) {
        let line = self.lines().partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.lines().get(index)).copied().unwrap_or(0);
        let before = self.text.get(start as usize..offset as usize).unwrap_or("");
        (line.max(1), before.chars().count() + 1)
    }

    /// Returns the lines from one byte offset to another, with some more on both sides: the number of the first one, counted from 1,
    /// and the bytes.
    #[must_use]
    pub fn lines_around(&self, from: u32, to: u32, more: usize) -> (usize, std::ops::Range<usize>) {
        let first = self.line_column(from).0.saturating_sub(more).max(1);
        let last = self.line_column(to).0.saturating_add(more);
        let start_of =
            |line: usize| line.checked_sub(1).and_then(|index| self.lines().get(index)).map(|at| *at as usize);
        let start = start_of(first).unwrap_or_default();
        (first, start..start_of(last + 1).unwrap_or(self.text.len()))
    }

    /// Returns what may be shown of the line of a byte offset in a private source: the name before a value.
    #[must_use]
    pub fn redacted_line(&self, offset: u32) -> String {
        let rest = self.text.get(offset as usize..).unwrap_or_default();
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (name, after) = rest.split_at_checked(length).unwrap_or_default();
        let is_name = !name.is_empty() && after.trim_start().starts_with(['=', ':']);
        if is_name { format!("{name}={REDACTED}") } else { REDACTED.to_owned() }
    }

    /// Returns a line, counted from 1, without its line break.
    #[must_use]
    pub fn line(&self, number: usize) -> &str {
        let Some(start) = number.checked_sub(1).and_then(|index| self.lines().get(index)) else { return "" };
        let end = self.lines().get(number).copied().unwrap_or(u32::MAX) as usize;
        self.text.get(*start as usize..end.min(self.text.len())).unwrap_or("").trim_end_matches(['\n', '\r'])
    }
}

/// All source texts, in reading order.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    all: Vec<Source>,
    /// The ID of the first source.
    first: u32,
    /// Sources that were read in parallel, with higher IDs.
    second: Option<Box<Sources>>,
}

/// The first ID of a second collection.
const SECOND: u32 = 1 << 31;

impl Sources {
    /// Creates an empty collection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a second collection, to be filled in parallel and then added with [`Sources::merge`]. Its IDs differ from
    /// those of [`Sources::new`].
    #[must_use]
    pub fn second() -> Self {
        Self { first: SECOND, ..Self::default() }
    }

    /// Adds a second collection. It replaces one that was added before.
    pub fn merge(&mut self, second: Sources) {
        self.second = Some(Box::new(second));
    }

    fn id(&self, index: usize) -> SourceId {
        SourceId(u32::try_from(index).unwrap_or(u32::MAX).saturating_add(self.first))
    }

    /// Adds a text and returns its ID.
    pub fn add(&mut self, name: impl Into<String>, path: Option<&Path>, text: impl Into<Arc<str>>) -> SourceId {
        let id = self.id(self.all.len());
        let text: Arc<str> = text.into();
        let (name, path) = (name.into(), path.map(Path::to_path_buf));
        self.all.push(Source { name, path, text, is_private: false, lines: OnceLock::new() });
        id
    }

    /// Returns the number of sources, without those of the second collection.
    #[must_use]
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Marks the sources from an index on as texts with values that are never shown.
    pub fn mark_private(&mut self, from: usize) {
        self.all.iter_mut().skip(from).for_each(|source| source.is_private = true);
    }

    /// Returns a source by its ID; `None` for an ID of another collection.
    #[must_use]
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        let own = id.0.checked_sub(self.first).and_then(|index| self.all.get(index as usize));
        own.or_else(|| self.second.as_ref()?.get(id))
    }

    /// Iterates over the sources and their IDs, in reading order.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        let both = std::iter::once(self).chain(self.second.as_deref());
        both.flat_map(|sources| sources.all.iter().enumerate().map(|(index, source)| (sources.id(index), source)))
    }

    /// Returns the text of a span; empty for a span of another collection.
    #[must_use]
    pub fn snippet(&self, span: Span) -> &str {
        self.get(span.source).and_then(|source| source.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// Returns `name:line:column` of the first character of a span.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        self.get(span.source).map_or_else(String::new, |source| {
            let (line, column) = source.line_column(span.start);
            format!("{}:{line}:{column}", source.name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_collections_are_merged() {
        let (mut sources, mut beside) = (Sources::new(), Sources::second());
        let ids = [sources.add("a", None, "1"), beside.add("b", None, "2"), beside.add("c", None, "3")];
        assert!(beside.get(ids[0]).is_none() && sources.get(ids[1]).is_none());
        sources.merge(beside);
        let last = sources.add("d", None, "4");
        let name = |id| sources.get(id).unwrap().name.as_str();
        assert_eq!(ids.map(name), ["a", "b", "c"]);
        assert_eq!(name(last), "d");
        assert!(sources.iter().all(|(id, source)| name(id) == source.name));
        assert_eq!(sources.iter().count(), 4);
    }

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let mut sources = Sources::new();
        let id = sources.add("a.yaml", None, "é: 1\nb: 2");
        let place = |start| sources.place(Span { source: id, start, end: start });
        assert_eq!(place(0), "a.yaml:1:1");
        assert_eq!(place(2), "a.yaml:1:2");
        assert_eq!(place(6), "a.yaml:2:1");
        assert_eq!(place(10), "a.yaml:2:5");
        assert_eq!(sources.get(id).unwrap().line(1), "é: 1");
        assert_eq!(sources.get(id).unwrap().line(2), "b: 2");
    }
}
