//! Values that diagnostics must not show: those of variables from outside the Compose files.
//!
//! Invariant: a diagnostic with a location where such a value is used does not contain the value.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use crate::sensitive::{REDACTED, Sensitive, UNKNOWN_MARK};
use crate::text::Span;

/// A value with at most this many bytes is replaced only where it is a word of its own: it may be part of other words by chance.
const SHORT: usize = 3;

/// The values that diagnostics do not show, each with the location where it is used. All reports of a run share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct HiddenValues(Arc<Mutex<Vec<(Span, Sensitive)>>>);

impl HiddenValues {
    /// Adds a value that is used at a location.
    pub(crate) fn add(&self, at: Span, value: &str) {
        if let Ok(mut all) = self.0.lock()
            && !value.is_empty()
        {
            all.push((at, Sensitive::new(value.to_owned())));
        }
    }

    /// Replaces the values that are used at the locations of a diagnostic in its texts.
    pub(super) fn redact<'t>(&self, places: &[Span], texts: impl Iterator<Item = &'t mut String>) {
        let Ok(all) = self.0.lock() else { return };
        let is_at = |span: &Span| places.iter().any(|place| overlap(*place, *span));
        let mut values: Vec<&str> =
            all.iter().filter(|(span, _)| is_at(span)).map(|(_, value)| value.expose()).collect();
        // A value may be part of another one.
        values.sort_unstable_by_key(|value| std::cmp::Reverse(value.len()));
        values.dedup();
        for text in texts {
            for value in &values {
                if let Cow::Owned(redacted) = without_value(text, value) {
                    *text = redacted;
                }
            }
            if text.contains(UNKNOWN_MARK) {
                *text = without_marks(text);
            }
        }
    }
}

fn overlap(one: Span, other: Span) -> bool {
    one.source == other.source && one.start < other.end && other.start < one.end
}

/// Returns a text with `<redacted>` instead of a value.
fn without_value<'t>(text: &'t str, value: &str) -> Cow<'t, str> {
    if value.is_empty() || !text.contains(value) {
        return Cow::Borrowed(text);
    }
    let is_part_of_word =
        |neighbour: Option<char>| value.len() <= SHORT && neighbour.is_some_and(char::is_alphanumeric);
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once(value) {
        let last = before.chars().next_back().or_else(|| out.chars().next_back());
        out.push_str(before);
        out.push_str(if is_part_of_word(last) || is_part_of_word(after.chars().next()) { value } else { REDACTED });
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Returns a text with `<redacted>` instead of the marks of values that are not known.
fn without_marks(text: &str) -> String {
    let parts = text.split(UNKNOWN_MARK).enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { REDACTED } else { part }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_replaced_and_a_short_one_only_as_a_word() {
        assert_eq!(without_value("`s3cret`, as3cretb", "s3cret"), "`<redacted>`, a<redacted>b");
        assert_eq!(without_value("`1` of 10, 1", "1"), "`<redacted>` of 10, <redacted>");
        assert_eq!(without_value("nothing", "s3cret"), "nothing");
        assert_eq!(without_marks(&format!("a {UNKNOWN_MARK}PW{UNKNOWN_MARK} b")), "a <redacted> b");
    }
}
