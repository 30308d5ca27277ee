//! Reads a document back as kubectl would, to see that the text says what the object says.
//!
//! kubectl reads YAML through `sigs.k8s.io/yaml`, whose parser follows YAML 1.1: `yes`, `on` and `0755` without quotes
//! are not strings there.

use std::fmt;

use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput};
use serde_json::Value;

use crate::lower::objects::Comment;
use crate::parse::scalars::{Plain, compose_plain, kubectl_plain};

/// Reads exactly one document and holds it against the value that it was written from: the same keys in the same order,
/// and every text, number and truth value the same to every reader. An error is a sentence for the report of an internal
/// fault.
///
/// In return: of each comment the number of the line, from 0, on which the key or the item it speaks of begins.
pub(super) fn verify(text: &str, value: &Value, comments: &[Comment]) -> Result<Vec<Option<usize>>, String> {
    let lines = comments.iter().map(|comment| comment.at.is_empty().then_some(0)).collect();
    let all: Vec<usize> = (0..comments.len()).collect();
    let mut reader = Reader { events: Events::of(text), comments, lines };
    let (root, _) = reader.events.root()?;
    reader.node(&root, value, Here { path: &Path::Root, depth: 0, near: &all })?;
    reader.events.end()?;
    Ok(reader.lines)
}

/// The parser's events, with words for its errors.
struct Events<'a>(Parser<'a, StrInput<'a>>);

impl<'a> Events<'a> {
    fn of(text: &'a str) -> Self {
        let options = granit_parser::options! { emit_comments: false };
        Self(Parser::new_from_str_with_options(text, options))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), String> {
        let event = self.0.next_event().ok_or_else(|| "it ends too early".to_owned())?;
        event.map_err(|error| format!("it is not YAML: {error}"))
    }

    /// The first node of the first document.
    fn root(&mut self) -> Result<(Event<'a>, Span), String> {
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::StreamEnd) {
                return Err("it is empty".to_owned());
            }
            if !matches!(event, Event::StreamStart | Event::DocumentStart(..)) {
                return Ok((event, span));
            }
        }
    }

    /// What must come behind the first document: nothing.
    fn end(&mut self) -> Result<(), String> {
        loop {
            let (event, _) = self.next()?;
            if matches!(event, Event::StreamEnd) {
                return Ok(());
            }
            if !matches!(event, Event::DocumentEnd) {
                return Err("it holds a second document".to_owned());
            }
        }
    }
}

struct Reader<'a> {
    events: Events<'a>,
    comments: &'a [Comment],
    lines: Vec<Option<usize>>,
}

/// Where the reader stands in the value, and the comments whose paths lead to it or through it.
#[derive(Clone, Copy)]
struct Here<'h> {
    path: &'h Path<'h>,
    depth: usize,
    near: &'h [usize],
}

#[derive(Clone, Copy)]
enum Path<'p> {
    Root,
    Part(&'p Path<'p>, &'p dyn fmt::Display),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => formatter.write_str("the document"),
            Path::Part(Path::Root, part) => part.fmt(formatter),
            Path::Part(parent, part) => write!(formatter, "{parent}.{part}"),
        }
    }
}

impl Reader<'_> {
    fn node(&mut self, event: &Event<'_>, value: &Value, here: Here<'_>) -> Result<(), String> {
        let other = || format!("`{}` reads as another value", here.path);
        if let Event::Scalar(text, style, _, tag) = event {
            let same = tag.is_none() && scalar(text, *style)? == *value;
            return if same { Ok(()) } else { Err(other()) };
        }
        match value {
            Value::Array(items) if matches!(event, Event::SequenceStart(..)) => {
                for (index, item) in items.iter().enumerate() {
                    let (event, span) = self.events.next()?;
                    // A block scalar begins below its `|`, and the item on the line of its `|`.
                    let block = matches!(&event, Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..));
                    let line = span.start.line().saturating_sub(if block { 2 } else { 1 });
                    let near = self.below(here, line, |part| part.parse() == Ok(index));
                    let path = Path::Part(here.path, &index);
                    self.node(&event, item, Here { path: &path, depth: here.depth + 1, near: &near })?;
                }
                let (event, _) = self.events.next()?;
                if matches!(event, Event::SequenceEnd) { Ok(()) } else { Err(other()) }
            }
            Value::Object(map) if matches!(event, Event::MappingStart(..)) => {
                for (key, item) in map {
                    let (event, span) = self.events.next()?;
                    let Event::Scalar(text, style, _, None) = event else { return Err(other()) };
                    if scalar(&text, style)? != *key {
                        return Err(other());
                    }
                    let near = self.below(here, span.start.line().saturating_sub(1), |part| part == key);
                    let (event, _) = self.events.next()?;
                    let path = Path::Part(here.path, key);
                    self.node(&event, item, Here { path: &path, depth: here.depth + 1, near: &near })?;
                }
                let (event, _) = self.events.next()?;
                if matches!(event, Event::MappingEnd) { Ok(()) } else { Err(other()) }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                Err(other())
            }
        }
    }

    /// The comments that lead to a key or an item, or through it. Those that end there have found their line.
    fn below(&mut self, here: Here<'_>, line: usize, leads: impl Fn(&str) -> bool) -> Vec<usize> {
        let mut near = Vec::new();
        for number in here.near {
            let Some(comment) = self.comments.get(*number) else { continue };
            if comment.at.get(here.depth).is_none_or(|part| !leads(part)) {
                continue;
            }
            near.push(*number);
            if let Some(slot) = self.lines.get_mut(*number)
                && comment.at.len() == here.depth + 1
            {
                *slot = Some(line);
            }
        }
        near
    }
}

/// Whether a text may stand without quotes: every reader takes it for the same text. Syntax is the writer's business.
pub(super) fn is_plain_text(text: &str) -> bool {
    let is_text = kubectl_plain(text) == Plain::Text;
    // Only these begin what the other readers take for more than kubectl does.
    if !text.starts_with(|letter: char| letter.is_ascii_digit() || matches!(letter, '+' | '-' | '.' | '=' | '<')) {
        return is_text;
    }
    is_text && compose_plain(text) == Plain::Text && !is_special_elsewhere(text)
}

/// What a scalar is to kubectl. Text without quotes must be text to every reader, numbers must be written as this program
/// writes them: whatever a person or another program could take for something else is refused.
fn scalar(text: &str, style: ScalarStyle) -> Result<Value, String> {
    if style != ScalarStyle::Plain {
        return Ok(Value::from(text));
    }
    let value = match kubectl_plain(text) {
        Plain::Text if is_plain_text(text) => Some(Value::from(text)),
        Plain::Bool(truth) if text == truth.to_string() => Some(Value::Bool(truth)),
        Plain::Null if text == "null" => Some(Value::Null),
        Plain::Int(number) if text == number.to_string() => {
            i64::try_from(number).map(Value::from).or_else(|_| u64::try_from(number).map(Value::from)).ok()
        }
        Plain::Text | Plain::Bool(_) | Plain::Null | Plain::Int(_) | Plain::Float(_) | Plain::Timestamp => None,
    };
    value.ok_or_else(|| format!("`{text}` stands without quotes and is not the same to every reader"))
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
            assert!(verify(&format!("a: {text}\n"), &json!({"a": text}), &[]).is_err(), "{text}");
            assert_eq!(verify(&format!("a: \"{text}\"\n"), &json!({"a": text}), &[]), Ok(vec![]));
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
            assert_eq!(verify(&format!("a: {text}\n"), &json!({"a": text}), &[]), Ok(vec![]));
        }
    }

    #[test]
    fn only_what_this_program_writes_passes() {
        let one = json!({"a": 1});
        for (text, value) in [
            ("", json!({})),
            ("a: !x 1\n", one.clone()),
            ("a: &b 1\nc: *b\n", json!({"a": 1, "c": 1})),
            ("a: 1\na: 1\n", one.clone()),
            ("? [a]\n: b\n", json!({"[a]": "b"})),
            ("1: a\n", json!({"1": "a"})),
            ("a: 1\n---\nb: 2\n", one.clone()),
            ("a: [\n", json!({"a": []})),
            ("a:\n", json!({"a": null})),
            ("a: 1\nb: 2\n", one.clone()),
            ("{}\n", one.clone()),
            ("a: 2\n", one.clone()),
            ("a: [1, 2]\n", json!({"a": [1]})),
            ("a: []\n", json!({"a": [1]})),
            ("b: 1\na: 1\n", json!({"a": 1, "b": 1})),
        ] {
            assert!(verify(text, &value, &[]).is_err(), "{text:?}");
        }
        assert_eq!(verify("a: 1\n", &one, &[]), Ok(vec![]));
        let wrong = verify("a:\n  b:\n    - c: 1\n", &json!({"a": {"b": [{"c": 2}]}}), &[]);
        assert_eq!(wrong, Err("`a.b.0.c` reads as another value".to_owned()));
    }
}
