//! Locations of parts of a scalar.

use std::ops::Range;

use crate::text::Span;

/// Returns the location of a range of a scalar's text. If escapes, folding or indentation make the source differ from
/// the text, it searches for the same occurrence of the snippet, and otherwise returns the whole scalar.
pub(crate) fn place_in(span: Span, written: &str, text: &str, range: &Range<usize>) -> Span {
    let part = |start: usize, length: usize| {
        let start = span.start.saturating_add(u32::try_from(start).unwrap_or(u32::MAX)).min(span.end);
        let end = start.saturating_add(u32::try_from(length).unwrap_or(u32::MAX)).min(span.end);
        Span { source: span.source, start, end }
    };
    let unquoted = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
    if written == text {
        return part(range.start, range.len());
    }
    if unquoted == text && written.starts_with(['"', '\'']) {
        return part(range.start + 1, range.len());
    }
    let (Some(snippet), Some(before)) = (text.get(range.clone()), text.get(..range.start)) else { return span };
    if snippet.is_empty() {
        return span;
    }
    let times = before.matches(snippet).count();
    written.match_indices(snippet).nth(times).map_or(span, |(start, _)| part(start, snippet.len()))
}
