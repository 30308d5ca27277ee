//! Renders strings and numbers: plain, in double quotes, or as a block.
//! <https://yaml.org/spec/1.2.2/#chapter-7-flow-style-productions>
//!
//! Invariant: kubectl and other readers of YAML 1.1 and 1.2 read the same string. A string that one of them could read
//! as something else, or could not load, is quoted.

use std::fmt::Write as _;

use serde_json::Number;

use super::verify;

/// The indentation of a value relative to its key or dash.
pub(crate) const STEP: usize = 2;

/// Writes spaces.
pub(crate) fn indent(out: &mut String, columns: usize) {
    out.extend(std::iter::repeat_n(' ', columns));
}

/// Writes a string after its key or dash, whose column is given, and ends the line.
pub(crate) fn push_text(out: &mut String, text: &str, column: usize) {
    if is_plain(text, false) {
        out.push_str(text);
    } else if text.contains('\n') && is_block(text) {
        return push_block(out, text, column);
    } else {
        push_quoted(out, text);
    }
    out.push('\n');
}

/// Writes a key, without its colon.
pub(crate) fn push_key(out: &mut String, key: &str) {
    if is_plain(key, true) { out.push_str(key) } else { push_quoted(out, key) }
}

/// Writes a number. A float has a point, and its exponent has a sign; YAML 1.1 reads it as a string otherwise.
pub(crate) fn push_number(out: &mut String, number: &Number) {
    let shown = number.to_string();
    if !number.is_f64() {
        return out.push_str(&shown);
    }
    let (mantissa, exponent) = shown.split_once('e').unwrap_or((&shown, ""));
    out.push_str(mantissa);
    if !mantissa.contains('.') {
        out.push_str(".0");
    }
    if !exponent.is_empty() {
        out.push('e');
        if !exponent.starts_with(['-', '+']) {
            out.push('+');
        }
        out.push_str(exponent);
    }
}

/// Whether a string can be written without quotes: it does not end early, does not start another kind of node, and is a
/// string to every reader.
fn is_plain(text: &str, is_key: bool) -> bool {
    let bytes = text.as_bytes();
    let begins = match bytes.first() {
        Some(b'-' | b'?') => bytes.get(1).is_some_and(|second| *second != b' ') && !is_marker(text),
        Some(b'.') => !is_marker(text),
        Some(
            b' ' | b',' | b':' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
            | b'%' | b'@' | b'`',
        )
        | None => false,
        Some(_) => true,
    };
    let mut before = b' ';
    let goes_on = bytes.iter().all(|byte| {
        let fine = match byte {
            0..=0x1f | 0x7f => false,
            b' ' => before != b':',
            b'#' => before != b' ',
            // These have a meaning only in flow style, but a key may be quoted anyway.
            b':' | b',' | b'[' | b']' | b'{' | b'}' => !is_key,
            _ => true,
        };
        before = *byte;
        fine
    });
    begins
        && goes_on
        && !matches!(before, b' ' | b':')
        && (text.is_ascii() || text.chars().all(is_printable))
        && verify::is_plain_text(text)
}

/// Whether a line with this text starts or ends a document.
fn is_marker(text: &str) -> bool {
    let rest = text.strip_prefix("---").or_else(|| text.strip_prefix("..."));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Whether a string can be written as a block. If its first line begins with a space or a tab, readers detect the wrong
/// indentation, and some reject the tab. A string of line breaks has no line from which the indentation is detected.
fn is_block(text: &str) -> bool {
    let first = text.trim_start_matches('\n');
    !first.is_empty()
        && !first.starts_with([' ', '\t'])
        && text.chars().all(|letter| matches!(letter, '\n' | '\t') || is_printable(letter))
}

/// Whether a character may be written unescaped. Some readers end a line at U+0085, U+2028 or U+2029.
pub(crate) fn is_printable(letter: char) -> bool {
    // The fast path for nearly all characters.
    letter.is_ascii_graphic()
        || !letter.is_control() && !matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            '\0' => out.push_str("\\0"),
            _ if is_printable(letter) => out.push(letter),
            // Writing to a String cannot fail.
            '\u{1}'..='\u{ff}' => drop(write!(out, "\\x{:02X}", u32::from(letter))),
            _ => drop(write!(out, "\\u{:04X}", u32::from(letter))),
        }
    }
    out.push('"');
}

fn push_block(out: &mut String, text: &str, column: usize) {
    out.push_str(match () {
        () if text.ends_with("\n\n") => "|+\n",
        () if text.ends_with('\n') => "|\n",
        () => "|-\n",
    });
    for line in text.lines() {
        if !line.is_empty() {
            indent(out, column + STEP);
            out.push_str(line);
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: f64) -> String {
        let mut out = String::new();
        push_number(&mut out, &Number::from_f64(value).unwrap());
        out
    }

    #[test]
    fn floats_are_floats_in_yaml_1_1() {
        for (value, shown) in [(0.5, "0.5"), (2.0, "2.0"), (1e300, "1.0e+300"), (1.5e-9, "1.5e-9"), (-4e-6, "-4.0e-6")]
        {
            assert_eq!(number(value), shown);
            assert_eq!(serde_norway::from_str::<f64>(shown).unwrap().to_bits(), value.to_bits());
        }
    }

    #[test]
    fn keys_with_flow_indicators_are_quoted() {
        let mut out = String::new();
        for key in ["a", "a,b", "a:b", "a[0]", "yes", "80", "app.kubernetes.io/name"] {
            push_key(&mut out, key);
            out.push(' ');
        }
        assert_eq!(out, "a \"a,b\" \"a:b\" \"a[0]\" \"yes\" \"80\" app.kubernetes.io/name ");
    }
}
