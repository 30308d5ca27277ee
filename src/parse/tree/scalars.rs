//! The types of scalars, in two tables: Compose's and kubectl's.
//!
//! Compose follows the core schema of YAML 1.2 with a few rules of 1.1 (`0755` is octal). kubectl also reads `yes` as
//! true. Quoted scalars are strings, and so are interpolated ones, which a key may still convert to a number or
//! boolean.
//! <https://yaml.org/spec/1.2.2/#103-core-schema>

use std::borrow::Cow;

use super::{Scalar, ScalarStyle};

/// The type and value of a plain scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Plain {
    /// Null: omitted, `~` or `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer of at most 64 bits, signed or unsigned.
    Int(i128),
    /// Any other number, including `.inf` and `.nan`.
    Float(f64),
    /// A date, with or without a time.
    Timestamp,
    /// A string.
    Text,
}

impl Plain {
    /// Describes the type for messages.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Plain::Null => "nothing",
            Plain::Bool(_) => "a truth value",
            Plain::Int(_) => "a whole number",
            Plain::Float(_) => "a number",
            Plain::Timestamp => "a date",
            Plain::Text => "a string",
        }
    }
}

/// Returns the type of a scalar in Docker Compose.
#[must_use]
pub fn compose(scalar: &Scalar) -> Plain {
    by_style(scalar, compose_plain)
}

/// Returns the type of a scalar in kubectl. Unlike in Compose, `yes no on off y n` are booleans and dates are strings.
#[must_use]
pub fn kubectl(scalar: &Scalar) -> Plain {
    by_style(scalar, kubectl_plain)
}

/// Returns the type of a plain scalar in Docker Compose.
#[must_use]
pub fn compose_plain(text: &str) -> Plain {
    // The first character decides nearly always.
    if !matches!(
        text.bytes().next(),
        None | Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F')
    ) {
        return Plain::Text;
    }
    match core(text) {
        Plain::Text if is_timestamp(text) => Plain::Timestamp,
        plain @ (Plain::Null | Plain::Bool(_) | Plain::Int(_) | Plain::Float(_) | Plain::Timestamp | Plain::Text) => {
            plain
        }
    }
}

/// Returns the type of a plain scalar in kubectl.
#[must_use]
pub fn kubectl_plain(text: &str) -> Plain {
    // Nearly every scalar is longer than `false`, the longest of the words, and no number starts with a letter.
    if text.len() > "false".len() && text.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return Plain::Text;
    }
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Plain::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Plain::Bool(false),
        _ => core(text),
    }
}

fn by_style(scalar: &Scalar, plain: impl Fn(&str) -> Plain) -> Plain {
    match scalar.style {
        ScalarStyle::Omitted => Plain::Null,
        ScalarStyle::Plain => plain(&scalar.text),
        ScalarStyle::Quoted | ScalarStyle::Block => Plain::Text,
    }
}

fn core(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Bool(true),
        "false" | "False" | "FALSE" => Plain::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Plain::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Plain::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Plain::Float(f64::NEG_INFINITY),
        _ => number(text),
    }
}

fn number(text: &str) -> Plain {
    let signless = text.strip_prefix(['+', '-']).unwrap_or(text);
    match text.bytes().next() {
        Some(b'0'..=b'9' | b'+' | b'-') => {}
        Some(b'.') if has_separators_alone(text) => {}
        _ => return Plain::Text,
    }
    if text.len() == signless.len() || !signless.starts_with(['+', '-']) {
        let digits = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
        if let Some(number) = whole(&digits) {
            return Plain::Int(number);
        }
        if is_float(&digits) {
            return digits.parse().map_or(Plain::Text, Plain::Float);
        }
    }
    Plain::Text
}

/// Whether each underscore is between two digits, as Go requires after a leading point.
fn has_separators_alone(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let mut underscores = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_');
    underscores.all(|(at, _)| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)))
}

/// Parses an integer with Go's prefixes: `0x`, `0b`, `0o`, and a leading zero for octal. `0b` may be followed by a
/// sign.
fn whole(text: &str) -> Option<i128> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let prefixed = |prefixes: [&str; 2]| prefixes.into_iter().find_map(|prefix| rest.strip_prefix(prefix));
    let (digits, radix) = match (prefixed(["0x", "0X"]), prefixed(["0b", "0B"]), prefixed(["0o", "0O"])) {
        (Some(digits), _, _) => (digits, 16),
        (_, Some(digits), _) => (digits, 2),
        (_, _, Some(digits)) => (digits, 8),
        (None, None, None) if rest.len() > 1 && rest.starts_with('0') => (rest, 8),
        (None, None, None) => (rest, 10),
    };
    if digits.starts_with(['+', '-']) && !text.starts_with("0b") {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    let number = if negative { -number } else { number };
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number).then_some(number)
}

/// Matches `[-+]? (. digits | digits [. digits?]) [e [-+]? digits]`.
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let some = !before.is_empty() || !after.is_empty();
    some && digits(before) && digits(after) && exponent.is_none_or(|part| !part.is_empty() && digits(part))
}

/// Matches `2001-1-2`, `2001-01-02 3:04:05.6` and `2001-01-02T03:04:05Z`, the last also with an offset. The day must
/// exist.
fn is_timestamp(text: &str) -> bool {
    let number = |part: &str, longest: usize| -> Option<u32> {
        let fits = !part.is_empty() && part.len() <= longest && part.bytes().all(|byte| byte.is_ascii_digit());
        if fits { part.parse().ok() } else { None }
    };
    let clock = |text: &str| -> bool {
        let mut parts = text.splitn(3, ':');
        let (Some(hour), Some(minute), Some(second)) = (parts.next(), parts.next(), parts.next()) else {
            return false;
        };
        let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
        number(hour, 2).is_some_and(|hour| hour < 24)
            && number(minute, 2).is_some_and(|minute| minute < 60)
            && number(second, 2).is_some_and(|second| second < 60)
            && !fraction.is_empty()
            && fraction.bytes().all(|byte| byte.is_ascii_digit())
    };
    let Some((year, rest)) = text.split_once('-') else { return false };
    let Some((month, rest)) = rest.split_once('-') else { return false };
    let day_length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (day, time) = rest.split_at_checked(day_length).unwrap_or((rest, ""));
    if year.len() != 4 {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    if day == 0 || day > days {
        return false;
    }
    if time.is_empty() {
        return true;
    }
    if let Some(time) = time.strip_prefix(' ') {
        return clock(time);
    }
    let Some(time) = time.strip_prefix(['T', 't']) else { return false };
    if let Some(time) = time.strip_suffix('Z') {
        return clock(time);
    }
    let Some((time, offset)) = time.rfind(['+', '-']).and_then(|at| time.split_at_checked(at)) else { return false };
    let offset = offset.get(1..).and_then(|offset| offset.split_once(':'));
    clock(time)
        && offset.is_some_and(|(hours, minutes)| {
            hours.len() == 2 && minutes.len() == 2 && number(hours, 2).is_some() && number(minutes, 2).is_some()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(plain: Plain) -> String {
        match plain {
            Plain::Null => "null".to_owned(),
            Plain::Bool(value) => value.to_string(),
            Plain::Int(value) => format!("int {value}"),
            Plain::Float(value) => format!("float {value}"),
            Plain::Timestamp => "timestamp".to_owned(),
            Plain::Text => "string".to_owned(),
        }
    }

    /// Scalars and their types, as observed in the official loader's YAML library.
    const COMPOSE: &[(&str, &str)] = &[
        ("", "null"),
        ("~", "null"),
        ("null", "null"),
        ("Null", "null"),
        ("NULL", "null"),
        ("nuLL", "string"),
        ("true", "true"),
        ("True", "true"),
        ("FALSE", "false"),
        ("tRue", "string"),
        ("yes", "string"),
        ("on", "string"),
        ("y", "string"),
        ("1:30", "string"),
        ("=", "string"),
        ("<<", "string"),
        ("0", "int 0"),
        ("-0", "int 0"),
        ("0755", "int 493"),
        ("0o17", "int 15"),
        ("0x1F", "int 31"),
        ("-0x1f", "int -31"),
        ("0b1", "int 1"),
        ("1_000", "int 1000"),
        ("+1", "int 1"),
        ("+-1", "string"),
        ("--1", "string"),
        ("9223372036854775808", "int 9223372036854775808"),
        ("18446744073709551616", "float 18446744073709552000"),
        ("1e3", "float 1000"),
        ("1.", "float 1"),
        ("08", "float 8"),
        ("12e03", "float 12000"),
        ("0.10", "float 0.1"),
        (".5", "float 0.5"),
        (".5_0", "float 0.5"),
        (".5_", "string"),
        ("._5", "string"),
        ("0b-1", "int -1"),
        ("-0b-1", "string"),
        (".inf", "float inf"),
        ("-.INF", "float -inf"),
        (".NaN", "float NaN"),
        (".", "string"),
        ("-", "string"),
        ("e3", "string"),
        ("1e", "string"),
        ("1.2.3", "string"),
        ("0x", "string"),
        ("_1", "string"),
        ("8080:80", "string"),
        ("2001-01-01", "timestamp"),
        ("2001-1-1", "timestamp"),
        ("2001-02-29", "string"),
        ("2001-01-01T10:00:00Z", "timestamp"),
        ("2001-01-01t10:00:00.25+02:00", "timestamp"),
        ("2001-01-01 10:00:00", "timestamp"),
        ("2001-01-01 10", "string"),
        ("inf", "string"),
        ("nan", "string"),
        ("infinity", "string"),
        ("١", "string"),
    ];

    #[test]
    fn scalars_have_the_same_types_as_in_the_official_loader() {
        for (text, expected) in COMPOSE {
            assert_eq!(show(compose_plain(text)), *expected, "{text:?}");
        }
    }

    #[test]
    fn kubectl_has_more_booleans_and_no_dates() {
        for text in ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"] {
            assert_eq!(kubectl_plain(text), Plain::Bool(true), "{text:?}");
        }
        for text in ["n", "N", "no", "No", "NO", "off", "Off", "OFF"] {
            assert_eq!(kubectl_plain(text), Plain::Bool(false), "{text:?}");
        }
        for (text, expected) in COMPOSE.iter().filter(|(text, _)| !["yes", "on", "y"].contains(text)) {
            let expected = if *expected == "timestamp" { "string" } else { expected };
            assert_eq!(show(kubectl_plain(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn quoted_scalars_are_strings() {
        let scalar = |style| Scalar { text: "1".into(), style, template: None };
        assert_eq!(compose(&scalar(ScalarStyle::Plain)), Plain::Int(1));
        assert_eq!(compose(&scalar(ScalarStyle::Quoted)), Plain::Text);
        assert_eq!(compose(&scalar(ScalarStyle::Block)), Plain::Text);
        assert_eq!(compose(&scalar(ScalarStyle::Omitted)), Plain::Null);
        assert_eq!(kubectl(&scalar(ScalarStyle::Quoted)), Plain::Text);
    }
}
