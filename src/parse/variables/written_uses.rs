//! The uses of variables in a string, whether or not they are evaluated.

use std::ops::Range;

use super::template::{Act, DEEPEST, Line, Operator, closing_brace, name_of};

/// A use of a variable as written, whether or not it is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenUse<'text> {
    /// The name of the variable.
    pub(crate) name: &'text str,
    /// The action of the operator, if there is one.
    pub(crate) act: Option<Act>,
    /// The text after the operator.
    pub(crate) word: &'text str,
    /// The range in the string, from the dollar to the closing brace.
    pub(crate) at: Range<usize>,
}

/// Returns all uses of variables in a string, including those in defaults and alternatives. Malformed expressions are
/// ignored.
pub(crate) fn written_uses(text: &str) -> Vec<WrittenUse<'_>> {
    let (mut all, mut open) = (Vec::new(), vec![(text, 0, 0)]);
    while let Some((text, base, depth)) = open.pop() {
        let (mut at, mut line) = (0, Line::default());
        while let Some(dollar) = text.get(at..).and_then(|rest| rest.find('$')).map(|found| at + found) {
            let after = text.get(dollar + 1..).unwrap_or_default();
            let braced = after.strip_prefix('{');
            let name = name_of(braced.unwrap_or(after));
            let rest = braced.and_then(|inside| inside.get(name.len()..)).unwrap_or_default();
            // The dollar, an optional brace or second dollar, and the name.
            at = dollar + 1 + usize::from(braced.is_some() || after.starts_with('$')) + name.len();
            if name.is_empty() {
                continue;
            }
            if braced.is_none() || rest.starts_with('}') {
                at += usize::from(braced.is_some());
                all.push(WrittenUse { name, act: None, word: "", at: base + dollar..base + at });
                continue;
            }
            let last = line.last_brace(text, dollar).filter(|last| *last >= at);
            let (Some(last), Some((operator, length))) = (last, Operator::parse(rest)) else { continue };
            let closing = closing_brace(text.get(dollar..=last).unwrap_or_default()).map_or(last, |end| dollar + end);
            let word = text.get(at + length..closing).unwrap_or_default();
            // The text of an error is not a value.
            if depth < DEEPEST && operator.act != Act::Require {
                open.push((word, base + at + length, depth + 1));
            }
            at = closing + 1;
            all.push(WrittenUse { name, act: Some(operator.act), word, at: base + dollar..base + at });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_uses_are_found() {
        let seen = |text: &'static str| {
            let mut uses: Vec<_> =
                written_uses(text).into_iter().map(|used| (used.at.start, used.name, used.act, used.word)).collect();
            uses.sort_unstable_by_key(|used| used.0);
            uses
        };
        assert_eq!(seen("$A $$B ${C} $$$D $1"), [(0, "A", None, ""), (7, "C", None, ""), (14, "D", None, ""),]);
        assert_eq!(
            seen("é${A:-${B+c$D}} ${E:?${F}}"),
            [
                (2, "A", Some(Act::Default), "${B+c$D}"),
                (7, "B", Some(Act::Alternative), "c$D"),
                (12, "D", None, ""),
                (17, "E", Some(Act::Require), "${F}"),
            ]
        );
        assert_eq!(seen("${A ${} ${1} ${B!} $"), []);
        assert_eq!(written_uses(&"${N:-".repeat(100_000)), []);
    }
}
