//! Sources and places in them: the only module that knows about bytes, characters and lines.
//!
//! In: the files as they were read. Out: [`Span`]s that every later stage carries along, and the line and column a
//! person reads.
//!
//! Invariant: a [`Span`] made by this program lies on character boundaries of its source and never past its end.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Which of the read files a place lies in: an index into [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A range of bytes in one source: `start` inclusive, `end` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte; equal to `start` for a place between two characters.
    pub end: u32,
}

impl Span {
    /// The smallest span that holds both; `self` where they lie in two files.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.source == other.source {
            Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
        } else {
            self
        }
    }
}

/// A value together with the place where the user wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// What was written there, in whatever form the stage needs.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value and its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place, the value in another form.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: form(self.value), span: self.span }
    }

    /// The same place, the value borrowed.
    pub fn as_ref(&self) -> Spanned<&T> {
        Spanned { value: &self.value, span: self.span }
    }
}

/// One text that was read.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name a person knows it by: the path as given, or `<stdin>`.
    pub name: String,
    /// Where it was read from; `None` for standard input and texts built into the program.
    pub path: Option<PathBuf>,
    /// Its whole text.
    pub text: Arc<str>,
    /// Where each line begins, counted when somebody asks.
    lines: OnceLock<Vec<u32>>,
}

impl Source {
    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u64 + 1);
            std::iter::once(0).chain(breaks).filter_map(|start| u32::try_from(start).ok()).collect()
        })
    }

    /// Line and column of a byte offset, both counted from 1, the column in characters.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> (usize, usize) {
        let line = self.lines().partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.lines().get(index)).copied().unwrap_or(0);
        let before = self.text.get(start as usize..offset as usize).unwrap_or("");
        (line.max(1), before.chars().count() + 1)
    }

    /// The text of a line, counted from 1, without its line break.
    #[must_use]
    pub fn line(&self, number: usize) -> &str {
        let Some(start) = number.checked_sub(1).and_then(|index| self.lines().get(index)) else { return "" };
        let end = self.lines().get(number).copied().unwrap_or(u32::MAX) as usize;
        self.text.get(*start as usize..end.min(self.text.len())).unwrap_or("").trim_end_matches(['\n', '\r'])
    }
}

/// All texts that were read, in the order they were read.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    all: Vec<Source>,
    /// The id of the first.
    first: u32,
    /// What was read at the same time, under later ids.
    second: Option<Box<Sources>>,
}

/// Where the ids of a collection beside the first begin.
const SECOND: u32 = 1 << 31;

impl Sources {
    /// No text yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// No text yet, and ids that no [`Sources::new`] gives: a second collection, filled while the first is, and taken in by
    /// [`Sources::merge`].
    #[must_use]
    pub fn second() -> Self {
        Self { first: SECOND, ..Self::default() }
    }

    /// Takes in what was read at the same time. There is one such collection: one taken in before is forgotten.
    pub fn merge(&mut self, second: Sources) {
        self.second = Some(Box::new(second));
    }

    fn id(&self, index: usize) -> SourceId {
        SourceId(u32::try_from(index).unwrap_or(u32::MAX).saturating_add(self.first))
    }

    /// Takes a text in and names it for later.
    pub fn add(&mut self, name: impl Into<String>, path: Option<&Path>, text: impl Into<Arc<str>>) -> SourceId {
        let id = self.id(self.all.len());
        let text: Arc<str> = text.into();
        self.all.push(Source { name: name.into(), path: path.map(Path::to_path_buf), text, lines: OnceLock::new() });
        id
    }

    /// The source of an id that [`Sources::add`] gave; `None` for an id of another collection.
    #[must_use]
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        let own = id.0.checked_sub(self.first).and_then(|index| self.all.get(index as usize));
        own.or_else(|| self.second.as_ref()?.get(id))
    }

    /// Every source with its id, in reading order.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        let both = std::iter::once(self).chain(self.second.as_deref());
        both.flat_map(|sources| sources.all.iter().enumerate().map(|(index, source)| (sources.id(index), source)))
    }

    /// The text a span covers; empty for a span of another collection.
    #[must_use]
    pub fn snippet(&self, span: Span) -> &str {
        self.get(span.source).and_then(|source| source.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// `name:line:column` of a span's first character.
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
    fn two_collections_become_one() {
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
