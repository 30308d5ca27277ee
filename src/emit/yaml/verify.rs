//! Reads a document as kubectl would, and compares it with its value.
//!
//! kubectl reads YAML with `sigs.k8s.io/yaml`, whose parser follows YAML 1.1: `yes`, `on` and `0755` without quotes are
//! not strings there.

use std::fmt;

use granit_parser::{Event, Parser, ScalarStyle, StrInput};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::parse::scalars::{Plain, compose_plain, kubectl_plain};

/// Reads a file of several documents and compares each with its value, as JSON: the same keys in the same order, and
/// every string, number and boolean unambiguous to every reader. Comments are ignored. The error is a sentence for an
/// internal error.
pub(crate) fn verify_documents(text: &str, documents: &[Box<[u8]>]) -> Result<(), String> {
    let mut events = Events::new(text);
    for document in documents {
        let event = events.root()?.ok_or("a document is missing")?;
        let node = Node { events: &mut events, event, path: &Path::Root };
        // Only the message of the visitor is useful, not the position in the JSON.
        node.deserialize(&mut serde_json::Deserializer::from_slice(document)).map_err(|error| {
            let message = error.to_string();
            message.rsplit_once(" at line ").map_or(message.clone(), |(said, _)| said.to_owned())
        })?;
    }
    if events.root()?.is_some() { Err("it holds one document more".to_owned()) } else { Ok(()) }
}

/// The events of the parser.
struct Events<'a>(Parser<'a, StrInput<'a>>);

impl<'a> Events<'a> {
    fn new(text: &'a str) -> Self {
        let options = granit_parser::options! { emit_comments: false };
        Self(Parser::new_from_str_with_options(text, options))
    }

    fn next(&mut self) -> Result<Event<'a>, String> {
        let event = self.0.next_event().ok_or_else(|| "it ends too early".to_owned())?;
        event.map(|(event, _)| event).map_err(|error| format!("it is not YAML: {error}"))
    }

    /// Returns the first event of the next document, if there is one.
    fn root(&mut self) -> Result<Option<Event<'a>>, String> {
        loop {
            let event = self.next()?;
            if matches!(event, Event::StreamEnd) {
                return Ok(None);
            }
            if !matches!(event, Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd) {
                return Ok(Some(event));
            }
        }
    }
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

/// A node of a document, compared with a value.
struct Node<'n, 'e> {
    events: &'n mut Events<'e>,
    /// The first event of the node.
    event: Event<'e>,
    path: &'n Path<'n>,
}

impl Node<'_, '_> {
    fn other<E: Error>(&self) -> E {
        E::custom(format_args!("`{}` reads as another value", self.path))
    }

    /// Fails unless the node is this scalar to every reader.
    fn scalar<E: Error>(&self, said: &Scalar<'_>) -> Result<(), E> {
        let Event::Scalar(text, style, _, tag) = &self.event else { return Err(self.other()) };
        let same = tag.is_none() && scalar(text, *style).map_err(E::custom)? == *said;
        if same { Ok(()) } else { Err(self.other()) }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.scalar(&Scalar::Null)
    }

    fn visit_bool<E: Error>(self, said: bool) -> Result<(), E> {
        self.scalar(&Scalar::Bool(said))
    }

    fn visit_i64<E: Error>(self, said: i64) -> Result<(), E> {
        self.scalar(&Scalar::Int(said.into()))
    }

    fn visit_u64<E: Error>(self, said: u64) -> Result<(), E> {
        self.scalar(&Scalar::Int(said.into()))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Err(self.other())
    }

    fn visit_str<E: Error>(self, said: &str) -> Result<(), E> {
        self.scalar(&Scalar::Text(said))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if !matches!(self.event, Event::SequenceStart(..)) {
            return Err(self.other());
        }
        let mut index = 0_usize;
        loop {
            let event = self.events.next().map_err(A::Error::custom)?;
            let ends = matches!(event, Event::SequenceEnd);
            let item = Node { events: &mut *self.events, event, path: &Path::Part(self.path, &index) };
            match items.next_element_seed(item)? {
                Some(()) => index += 1,
                None if ends => return Ok(()),
                None => return Err(self.other()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if !matches!(self.event, Event::MappingStart(..)) {
            return Err(self.other());
        }
        loop {
            let key = self.events.next().map_err(A::Error::custom)?;
            match (map.next_key_seed(Key(&key))?, &key) {
                (Some(true), Event::Scalar(text, ..)) => {
                    let event = self.events.next().map_err(A::Error::custom)?;
                    let path = &Path::Part(self.path, text);
                    map.next_value_seed(Node { events: &mut *self.events, event, path })?;
                }
                (None, Event::MappingEnd) => return Ok(()),
                (Some(_) | None, _) => return Err(self.other()),
            }
        }
    }
}

/// A key of a value, compared with a node.
struct Key<'k, 'e>(&'k Event<'e>);

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<bool, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: Error>(self, said: &str) -> Result<bool, E> {
        let Event::Scalar(text, style, _, None) = self.0 else { return Ok(false) };
        Ok(scalar(text, *style).map_err(E::custom)? == Scalar::Text(said))
    }
}

/// The value of a scalar.
#[derive(Debug, PartialEq)]
enum Scalar<'t> {
    Null,
    Bool(bool),
    Int(i128),
    Text(&'t str),
}

/// Whether every reader reads a string without quotes as that string. Syntax is checked by the writer.
pub(crate) fn is_plain_text(text: &str) -> bool {
    kubectl_plain(text) == Plain::Text
        && match text.bytes().next() {
            Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'=' | b'<') => {
                compose_plain(text) == Plain::Text && !is_special_elsewhere(text)
            }
            Some(_) | None => !is_word(text),
        }
}

/// Booleans and null in any case, and numbers without a point, for other readers.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 11] = ["y", "n", "on", "no", "off", "yes", "true", "false", "null", "inf", "nan"];
    text.len() <= "false".len() && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Returns the value that kubectl reads. Strings without quotes must be strings to every reader, and numbers must have
/// the form in which this program writes them; ambiguous values are rejected.
fn scalar(text: &str, style: ScalarStyle) -> Result<Scalar<'_>, String> {
    if style != ScalarStyle::Plain {
        return Ok(Scalar::Text(text));
    }
    let value = match kubectl_plain(text) {
        Plain::Text if is_plain_text(text) => Some(Scalar::Text(text)),
        Plain::Bool(truth) if text == truth.to_string() => Some(Scalar::Bool(truth)),
        Plain::Null if text == "null" => Some(Scalar::Null),
        Plain::Int(number) if text == number.to_string() => Some(Scalar::Int(number)),
        Plain::Text | Plain::Bool(_) | Plain::Null | Plain::Int(_) | Plain::Float(_) | Plain::Timestamp => None,
    };
    value.ok_or_else(|| format!("`{text}` stands without quotes and is not the same to every reader"))
}

/// Whether readers of all of YAML 1.1 read more than kubectl and Compose do: value and merge markers; sexagesimal
/// numbers (`1:30`, `190:20:30.15`); numbers with commas, misplaced underscores or no digits (`0x_`); dates. Some
/// readers cannot load a file with an invalid number or date.
fn is_special_elsewhere(text: &str) -> bool {
    let digits = text.replace(['_', ','], "");
    let separated = digits != text;
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    let whole = unsigned.split_once('.').map_or(unsigned, |(whole, _)| whole);
    let mut parts = whole.split(':');
    let sexagesimal = whole.contains(':')
        && parts.next().is_some_and(is_number)
        && parts.all(|part| is_number(part) && part.len() <= 2);
    let prefixed = ["0b", "0o", "0x"].iter().find_map(|prefix| unsigned.strip_prefix(prefix));
    let number = separated && (matches!(unsigned, "" | ".") || compose_plain(&digits) != Plain::Text)
        || prefixed.is_some_and(|rest| rest.is_empty() || rest.strip_prefix(['+', '-']).is_some_and(is_number));
    sexagesimal || number || is_word(unsigned) || is_dated(text) || matches!(text, "=" | "<<")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a string begins with a date, and ends there or continues with a time.
fn is_dated(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let day = rest.split(['T', 't', ' ']).next().unwrap_or_default();
    let fits = |part: &str, longest: usize| is_number(part) && part.len() <= longest;
    year.len() == 4 && is_number(year) && fits(month, 2) && fits(day, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn one_document(text: &str, value: &Value) -> Result<(), String> {
        verify_documents(text, &[value.to_string().into_bytes().into_boxed_slice()])
    }

    #[test]
    fn ambiguous_strings_must_be_quoted() {
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
            "0x_",
            "-0b_",
            "._",
            ".5_0",
            ".20_",
            ".1e1_0",
            "1,000",
            "0b-1",
            "0o-7",
            "tRUE",
            "yEs",
            "nuLL",
            "+1",
            "-0",
            "1e3",
            "1.",
            ".5",
            "0.10",
            ".inf",
            "-.Inf",
            ".NaN",
            "inf",
            "-Inf",
            "nan",
            "1:30",
            "190:20:30.15",
            "2001-01-01",
            "2001-1-1 1:2:3",
            "2024-01-01T00:00:00",
            "2001-02-29",
            "0000-00-00",
            "2001-12-14 21:59:43.10 -5",
            "08",
            "00",
        ] {
            assert!(one_document(&format!("a: {text}\n"), &json!({"a": text})).is_err(), "{text}");
            assert_eq!(one_document(&format!("a: \"{text}\"\n"), &json!({"a": text})), Ok(()));
        }
    }

    #[test]
    fn unambiguous_plain_strings_are_accepted() {
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
            "infinity",
            "1-2",
            "2024-01-01-a",
            "10.9.0.0/24",
            ".",
            "yesterday",
        ] {
            assert_eq!(one_document(&format!("a: {text}\n"), &json!({"a": text})), Ok(()));
        }
    }

    #[test]
    fn only_the_form_that_this_program_writes_is_accepted() {
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
            assert!(one_document(text, &value).is_err(), "{text:?}");
        }
        assert_eq!(one_document("a: 1\n", &one), Ok(()));
        let wrong = one_document("a:\n  b:\n    - c: 1\n", &json!({"a": {"b": [{"c": 2}]}}));
        assert_eq!(wrong, Err("`a.b.0.c` reads as another value".to_owned()));
    }
}
