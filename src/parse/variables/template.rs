//! Substitution of variables in a string: `$V`, `${V}` and the operators `:-` `-` `:?` `?` `:+` `+`, which may be
//! nested; `$$` is a dollar.
//! <https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md>
//!
//! Input: a string and a lookup function. Output: the string with values. It behaves exactly as compose-go's `template`
//! package: a dollar before anything but a name, `{` or `$` stays; an expression in braces ends on the same line; the
//! character after an opening brace is skipped when braces are counted; a default is only evaluated if it is used.

use std::ops::Range;

use crate::parse::tree::OutsideValue;

/// The maximum nesting depth of defaults.
pub(super) const DEEPEST: usize = 64;

/// A use of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use<'text> {
    /// The name of the variable.
    pub(crate) name: &'text str,
    /// The range in the string, from the dollar to the closing brace.
    pub(crate) at: Range<usize>,
    /// Whether there is no operator, and thus no default.
    pub(crate) bare: bool,
}

/// Why substitution fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `${` without a valid variable.
    Invalid { why: &'static str, at: Range<usize> },
    /// A required variable has no value. `reason` is the text of the file.
    Required { name: String, reason: String, at: Range<usize> },
}

/// Replaces every variable in a string. Unset variables are replaced by an empty string.
///
/// # Errors
/// The first [`Fault`]; its range is in bytes of `text`.
pub(crate) fn substitute(text: &str, lookup: &mut dyn FnMut(&Use<'_>) -> Option<String>) -> Result<String, Fault> {
    substitute_with_ranges(text, lookup).map(|replaced| replaced.text)
}

/// Does the same as [`substitute`], and returns which parts of the string are values of variables.
///
/// # Errors
/// See [`substitute`].
pub(crate) fn substitute_with_ranges(
    text: &str,
    lookup: &mut dyn FnMut(&Use<'_>) -> Option<String>,
) -> Result<Substituted, Fault> {
    let mut scan = Scan { lookup, depth: 0, values: Vec::new() };
    let text = scan.substitute_part(text, 0)?;
    Ok(Substituted { text, values: scan.values })
}

/// A string whose variables were replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Substituted {
    /// The string.
    pub(crate) text: String,
    /// Its parts that are values of variables, in order. Defaults and alternatives are text of the file.
    pub(crate) values: Vec<OutsideValue>,
}

struct Scan<'scan> {
    lookup: &'scan mut dyn FnMut(&Use<'_>) -> Option<String>,
    depth: usize,
    /// The values of variables in the output so far.
    values: Vec<OutsideValue>,
}

impl Scan<'_> {
    /// Substitutes a part of the string that starts at `base`.
    fn substitute_part(&mut self, text: &str, base: usize) -> Result<String, Fault> {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        let mut line = Line::default();
        while let Some(dollar) = text.get(at..).and_then(|rest| rest.find('$')).map(|found| at + found) {
            out.push_str(text.get(at..dollar).unwrap_or_default());
            let after = text.get(dollar + 1..).unwrap_or_default();
            if after.starts_with('$') {
                out.push('$');
                at = dollar + 2;
            } else if let Some(inside) = after.strip_prefix('{') {
                let last = line.last_brace(text, dollar);
                at = self.braced(&mut out, text, inside, dollar, last, base)?;
            } else {
                let name = name_of(after);
                at = dollar + 1 + name.len();
                if name.is_empty() {
                    out.push('$');
                } else {
                    let used = Use { name, at: base + dollar..base + at, bare: true };
                    let value = (self.lookup)(&used);
                    self.push_value(&mut out, name, value);
                }
            }
        }
        out.push_str(text.get(at..).unwrap_or_default());
        Ok(out)
    }

    /// Substitutes the `${…}` that starts at `dollar`. `last` is the last closing brace of the line. Returns the end of
    /// the expression.
    fn braced(
        &mut self,
        out: &mut String,
        text: &str,
        inside: &str,
        dollar: usize,
        last: Option<usize>,
        base: usize,
    ) -> Result<usize, Fault> {
        let name = name_of(inside);
        let rest = inside.get(name.len()..).unwrap_or_default();
        let after_name = dollar + 2 + name.len();
        let fault = |why, end: usize| Err(Fault::Invalid { why, at: base + dollar..base + end });
        let Some(last) = last.filter(|last| *last >= after_name) else {
            return fault("its closing `}` is missing on this line", after_name);
        };
        if name.is_empty() {
            return fault("a name begins with a letter or `_`", last.min(dollar + 2 + first_width(rest)));
        }
        if rest.starts_with('}') {
            let used = Use { name, at: base + dollar..base + after_name + 1, bare: true };
            let value = (self.lookup)(&used);
            self.push_value(out, name, value);
            return Ok(after_name + 1);
        }
        let Some((operator, length)) = Operator::parse(rest) else {
            return fault(
                "after the name comes `}` or one of `:-` `-` `:?` `?` `:+` `+`",
                after_name + first_width(rest),
            );
        };
        let whole = text.get(dollar..=last).unwrap_or_default();
        let closing = dollar + closing_brace(whole).unwrap_or(last - dollar);
        let word_start = after_name + length;
        // In `${A:-}…}`, the closing brace is the one directly after the operator.
        let word = text.get(word_start..closing).unwrap_or_default();
        let used = Use { name, at: base + dollar..base + closing + 1, bare: false };
        let value = (self.lookup)(&used);
        let at = used.at.clone();
        let missing = match &value {
            None => true,
            Some(value) => operator.empty_counts && value.is_empty(),
        };
        match (operator.act, missing) {
            (Act::Default, true) | (Act::Alternative, false) => {
                let before = self.values.len();
                let word = self.substitute_operand(word, base + word_start, &at)?;
                for OutsideValue { range, .. } in self.values.iter_mut().skip(before) {
                    *range = range.start + out.len()..range.end + out.len();
                }
                out.push_str(&word);
            }
            (Act::Require, true) => {
                let reason = self.substitute_operand(word, base + word_start, &at)?;
                return Err(Fault::Required { name: name.to_owned(), reason, at });
            }
            (Act::Default | Act::Require, false) | (Act::Alternative, true) => self.push_value(out, name, value),
        }
        Ok(closing + 1)
    }

    /// Appends the value of a variable, if it has one.
    fn push_value(&mut self, out: &mut String, name: &str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.values.push(OutsideValue { range: out.len()..out.len() + value.len(), variable: name.to_owned() });
            out.push_str(&value);
        }
    }

    /// Substitutes the text after an operator, which may contain further uses.
    fn substitute_operand(&mut self, word: &str, base: usize, at: &Range<usize>) -> Result<String, Fault> {
        if self.depth >= DEEPEST {
            return Err(Fault::Invalid { why: "defaults lie in each other more than 64 deep", at: at.clone() });
        }
        self.depth += 1;
        let value = self.substitute_part(word, base);
        self.depth -= 1;
        value
    }
}

/// The last closing brace of the current line. It is searched once per line, so that long lines take linear time.
#[derive(Default)]
pub(super) struct Line {
    end: usize,
    last: Option<usize>,
}

impl Line {
    pub(super) fn last_brace(&mut self, text: &str, from: usize) -> Option<usize> {
        if from >= self.end {
            let rest = text.get(from..).unwrap_or_default();
            let line = rest.split('\n').next().unwrap_or_default();
            self.end = from + line.len();
            self.last = line.rfind('}').map(|found| from + found);
        }
        self.last
    }
}

/// The action of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// `-`: the text replaces a missing value.
    Default,
    /// `?`: a missing value is an error.
    Require,
    /// `+`: the text replaces an existing value.
    Alternative,
}

#[derive(Clone, Copy)]
pub(super) struct Operator {
    pub(super) act: Act,
    /// Whether an empty value counts as missing: the operator has a colon.
    empty_counts: bool,
}

impl Operator {
    pub(super) fn parse(rest: &str) -> Option<(Operator, usize)> {
        let (empty_counts, sign) = match rest.strip_prefix(':') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let act = match sign.bytes().next()? {
            b'-' => Act::Default,
            b'?' => Act::Require,
            b'+' => Act::Alternative,
            _ => return None,
        };
        Some((Operator { act, empty_counts }, 1 + usize::from(empty_counts)))
    }
}

/// Returns the closing brace of the first opening brace. The character after an opening brace is skipped.
pub(super) fn closing_brace(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'}' if open == 1 => return Some(at),
            b'}' => open = open.saturating_sub(1),
            b'{' => {
                open += 1;
                bytes.next();
            }
            _ => {}
        }
    }
    None
}

pub(super) fn name_of(text: &str) -> &str {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if text.starts_with(|first: char| first.is_ascii_digit()) { "" } else { text.get(..length).unwrap_or_default() }
}

fn first_width(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn substituted(text: &str) -> Result<String, Fault> {
        substitute(text, &mut |used| match used.name {
            "A" => Some("a".to_owned()),
            "B" => Some("b".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn operators_follow_the_specification() {
        for (text, expected) in [
            ("$A-${B}", "a-b"),
            ("$NONE.${NONE}", "."),
            ("${A:-x}${EMPTY:-x}${NONE:-x}", "axx"),
            ("${A-x}${EMPTY-x}${NONE-x}", "ax"),
            ("${A:?x}${A?x}${EMPTY?x}", "aa"),
            ("${A:+x}${EMPTY:+x}${NONE:+x}", "x"),
            ("${A+x}${EMPTY+x}${NONE+x}", "xx"),
            ("${NONE:-${EMPTY:-$A$$}}", "a$"),
            ("${NONE-b:-c}", "b:-c"),
            ("${A:-}x}", "ax}"),
            ("${NONE:-}", ""),
            ("$A_1", ""),
            ("$Aé", "aé"),
        ] {
            assert_eq!(substituted(text).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn a_dollar_before_anything_else_stays() {
        for text in ["$", "a$", "$1", "$(x)", "$ {A}", "$é", "cost: 5$, $%", "^[0-9]+$"] {
            assert_eq!(substituted(text).as_deref(), Ok(text), "{text:?}");
        }
        assert_eq!(substituted("$$A $${A} $$$A").as_deref(), Ok("$A ${A} $a"));
    }

    #[test]
    fn braces_are_counted_as_in_the_official_loader() {
        assert_eq!(substituted("${NONE:-{x}").as_deref(), Ok("{x"));
        assert_eq!(substituted("${NONE:-{}}").as_deref(), Ok("{}"));
        assert_eq!(substituted("${NONE:-{\"k\":{\"l\":1}}}").as_deref(), Ok("{\"k\":{\"l\":1}}"));
        assert_eq!(substituted("${NONE:-x} {y}").as_deref(), Ok("x {y}"));
    }

    #[test]
    fn faults_have_ranges() {
        let invalid = |text: &str| match substituted(text) {
            Err(Fault::Invalid { at, .. }) => text.get(at).unwrap().to_owned(),
            other => panic!("{text:?}: {other:?}"),
        };
        assert_eq!(invalid("x ${A"), "${A");
        assert_eq!(invalid("${}"), "${");
        assert_eq!(invalid("${1}"), "${1");
        assert_eq!(invalid("${A.b}"), "${A.");
        assert_eq!(invalid("${A:b}"), "${A:");
        assert_eq!(invalid("${A:-x\ny}"), "${A");
        assert_eq!(invalid("${NONE:-${}}"), "${");
        assert_eq!(
            substituted("é ${NONE:?needs $A}"),
            Err(Fault::Required { name: "NONE".into(), reason: "needs a".into(), at: 3..20 })
        );
        assert_eq!(
            substituted("${EMPTY:?}"),
            Err(Fault::Required { name: "EMPTY".into(), reason: String::new(), at: 0..10 })
        );
        // A default that is not used is not evaluated.
        assert_eq!(substituted("${A:-${}}").as_deref(), Ok("a"));
    }

    #[test]
    fn the_nesting_of_defaults_is_limited() {
        let nested = |depth: usize| format!("{}{}", "${N:-".repeat(depth), "}".repeat(depth));
        assert_eq!(substituted(&nested(60)).as_deref(), Ok(""));
        assert!(matches!(substituted(&nested(100_000)), Err(Fault::Invalid { .. })));
    }

    #[test]
    fn a_long_line_takes_linear_time() {
        let long = "${A:-x} ".repeat(100_000);
        assert_eq!(substituted(&long).map(|text| text.len()), Ok(200_000));
    }
}
