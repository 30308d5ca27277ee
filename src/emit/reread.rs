//! Reads a document back as kubectl would, to see that the text says what the object says.
//!
//! kubectl reads YAML through `sigs.k8s.io/yaml`, whose parser follows YAML 1.1: `yes`, `on` and `0755` without quotes
//! are not strings there.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use crate::parse::scalars::{Plain, compose_plain, kubectl_plain};

/// A document that was read.
pub(super) struct Read {
    /// What it says.
    pub(super) value: Value,
    /// By path of keys and indexes: the number of the line, from 0, on which the key or the item begins.
    pub(super) lines: BTreeMap<Vec<String>, usize>,
    /// Where a text stands in double quotes without need, in the order of the document.
    pub(super) quoted: Vec<(Range<usize>, String)>,
}

/// Reads exactly one document. An error is a sentence for the report of an internal fault.
pub(super) fn document(text: &str) -> Result<Read, String> {
    let options = granit_parser::options! { emit_comments: false };
    let mut reader = Reader {
        parser: Parser::new_from_str_with_options(text, options),
        text,
        lines: BTreeMap::new(),
        quoted: Vec::new(),
    };
    let value = reader.document()?;
    Ok(Read { value, lines: reader.lines, quoted: reader.quoted })
}

struct Reader<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    text: &'a str,
    lines: BTreeMap<Vec<String>, usize>,
    quoted: Vec<(Range<usize>, String)>,
}

impl<'a> Reader<'a> {
    /// The next event and the byte at which it begins.
    fn next(&mut self) -> Result<(Event<'a>, usize), String> {
        let (event, span) = self
            .parser
            .next_event()
            .ok_or_else(|| "it ends too early".to_owned())?
            .map_err(|error| format!("it is not YAML: {error}"))?;
        let range = span.byte_range().unwrap_or(0..0);
        let start = range.start;
        if let Event::Scalar(text, ScalarStyle::DoubleQuoted, ..) = &event
            && needs_no_quotes(text)
        {
            self.quoted.push((range, text.to_string()));
        }
        Ok((event, start))
    }

    fn document(&mut self) -> Result<Value, String> {
        let mut value = None;
        loop {
            let (event, _) = self.next()?;
            if matches!(event, Event::StreamEnd) {
                return value.ok_or_else(|| "it is empty".to_owned());
            }
            if matches!(event, Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd) {
                continue;
            }
            if value.is_some() {
                return Err("it holds a second document".to_owned());
            }
            value = Some(self.node(event, &mut Vec::new())?);
        }
    }

    fn node(&mut self, event: Event<'a>, path: &mut Vec<String>) -> Result<Value, String> {
        if let Event::Scalar(text, style, _, tag) = event {
            return if tag.is_none() { scalar(&text, style) } else { Err(format!("`{text}` has a tag")) };
        }
        if matches!(event, Event::SequenceStart(..)) {
            return self.sequence(path);
        }
        if matches!(event, Event::MappingStart(..)) {
            return self.mapping(path);
        }
        Err(format!("{event:?} stands where a value is expected"))
    }

    fn sequence(&mut self, path: &mut Vec<String>) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Value::Array(items));
            }
            path.push(items.len().to_string());
            // A block scalar begins below its `|`, and the item on the line of its `|`.
            let block = matches!(&event, Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..));
            let line = self.line(at);
            self.lines.insert(path.clone(), if block { line.saturating_sub(1) } else { line });
            let item = self.node(event, path)?;
            items.push(item);
            path.pop();
        }
    }

    fn mapping(&mut self, path: &mut Vec<String>) -> Result<Value, String> {
        let mut map = Map::new();
        loop {
            let (event, at) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Value::Object(map));
            }
            let Event::Scalar(key, style, _, None) = event else { return Err("a key is not a plain text".to_owned()) };
            if !scalar(&key, style)?.is_string() {
                return Err(format!("the key `{key}` does not read as text"));
            }
            path.push(key.to_string());
            let line = self.line(at);
            self.lines.insert(path.clone(), line);
            let (event, _) = self.next()?;
            let value = self.node(event, path)?;
            path.pop();
            if map.insert(key.to_string(), value).is_some() {
                return Err(format!("the key `{key}` is given twice"));
            }
        }
    }

    fn line(&self, at: usize) -> usize {
        self.text.get(..at).map_or(0, |before| before.bytes().filter(|byte| *byte == b'\n').count())
    }
}

/// What a scalar is to kubectl. Text without quotes must be text to every reader, numbers must be written as this program
/// writes them: whatever a person or another program could take for something else is refused.
fn scalar(text: &str, style: ScalarStyle) -> Result<Value, String> {
    if style != ScalarStyle::Plain {
        return Ok(Value::from(text));
    }
    let value = match kubectl_plain(text) {
        Plain::Text if compose_plain(text) == Plain::Text && !is_special_elsewhere(text) => Some(Value::from(text)),
        Plain::Bool(truth) if text == truth.to_string() => Some(Value::Bool(truth)),
        Plain::Null if text == "null" => Some(Value::Null),
        Plain::Int(number) if text == number.to_string() => {
            i64::try_from(number).map(Value::from).or_else(|_| u64::try_from(number).map(Value::from)).ok()
        }
        Plain::Text | Plain::Bool(_) | Plain::Null | Plain::Int(_) | Plain::Float(_) | Plain::Timestamp => None,
    };
    value.ok_or_else(|| format!("`{text}` stands without quotes and is not the same to every reader"))
}

/// Whether a text is as good without quotes: an address such as `10.0.0.1`, which the letter of YAML 1.1 could take for a
/// number and no reader does; `..`; an image with a variable in it.
fn needs_no_quotes(text: &str) -> bool {
    let begins = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '.' | '$');
    let goes_on =
        |letter: char| begins(letter) || matches!(letter, '-' | '_' | ':' | '{' | '}' | '@' | '+' | '=' | ',');
    text.starts_with(begins)
        && text.chars().all(goes_on)
        && !text.ends_with(':')
        && text != "..."
        && scalar(text, ScalarStyle::Plain).is_ok_and(|value| value.is_string())
}

/// What readers of the whole of YAML 1.1 see beyond kubectl and Compose: the value and merge marks, and numbers to the
/// base of sixty such as `1:30` and `190:20:30.15`.
fn is_special_elsewhere(text: &str) -> bool {
    let digits = text.replace('_', "");
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    let whole = unsigned.split_once('.').map_or(unsigned, |(whole, _)| whole);
    let mut parts = whole.split(':');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let sexagesimal = whole.contains(':')
        && parts.next().is_some_and(is_number)
        && parts.all(|part| is_number(part) && part.len() <= 2);
    sexagesimal || matches!(text, "=" | "<<")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_some_reader_mistakes_must_be_quoted() {
        for text in [
            "yes",
            "Off",
            "N",
            "~",
            "=",
            "<<",
            "TRUE",
            "Null",
            "0755",
            "0o17",
            "0x1F",
            "0b1",
            "1_000",
            "+1",
            "-0",
            "1e3",
            "1.",
            ".5",
            "0.10",
            ".inf",
            "-.Inf",
            ".NaN",
            "1:30",
            "190:20:30.15",
            "2001-01-01",
            "2001-1-1 1:2:3",
            "08",
            "00",
        ] {
            assert!(document(&format!("a: {text}\n")).is_err(), "{text}");
            assert_eq!(document(&format!("a: \"{text}\"\n")).unwrap().value, json!({"a": text}));
        }
    }

    #[test]
    fn plain_text_that_nobody_mistakes_passes() {
        for text in [
            "192.0.0.10",
            "4001:4001",
            "nginx:1.27",
            "1.2.3",
            "v1",
            "12ab",
            "a: b".trim_end_matches(": b"),
            "0xyz",
            "/x",
            "e",
            "inf",
            "nan",
            "1-2",
        ] {
            assert_eq!(document(&format!("a: {text}\n")).unwrap().value, json!({"a": text}));
        }
    }

    #[test]
    fn only_what_this_program_writes_passes() {
        for text in [
            "",
            "a: !x 1\n",
            "a: &b 1\nc: *b\n",
            "a: 1\na: 2\n",
            "? [a]\n: b\n",
            "1: a\n",
            "a: 1\n---\nb: 2\n",
            "a: [\n",
            "a:\n",
        ] {
            assert!(document(text).is_err(), "{text:?}");
        }
    }
}
