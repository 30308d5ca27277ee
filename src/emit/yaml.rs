//! One JSON value as one YAML document, with comments above the lines they speak of.
//!
//! Comments are added last: whole lines, each above a line on which a key or an item begins, so that none stands inside a
//! text. Whether the text says what the value says is asked before it is written: [`verified`], `Files::verify`.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

use super::lines::lines;
use super::problem::Problem;
use super::reread;
use crate::lower::objects::Comment;

/// No line of a comment is longer than this many characters, unless one word is.
const COLUMNS: usize = 120;

/// The document, ending in a line break and without `---`. `name` is what a problem calls it.
///
/// Keys come in the value's own order. A [`Comment`] whose path leads nowhere is a problem as well: it would be lost.
pub(super) fn document(name: &str, value: &Value, comments: &[Comment]) -> Result<String, Problem> {
    let unfaithful = |why: String| Problem::Unfaithful { document: name.to_owned(), why };
    let options = serde_saphyr::ser_options! {
        // Lists stand two columns in from their key, which is what most hand-written manifests do.
        compact_list_indent: false,
        // Never `>`: a folded command is not what a reader would paste into a shell.
        folded_wrap_chars: 1 << 20,
        min_fold_chars: 1 << 20,
        // Quotes for what YAML 1.1 takes for something else are ours to set, by the tables that it is read back with. Only
        // a key's quotes are the writer's: where one needs them, it is as cautious with everything, addresses too.
        yaml_12: has_plain_keys(value),
        no_lang_directive: true,
    };
    let plain =
        serde_saphyr::to_string_with_options(&Safe(value), options).map_err(|error| unfaithful(error.to_string()))?;
    let lines = lines(&plain, value, comments).map_err(&unfaithful)?;
    with_comments(&plain, &lines, comments)
        .map_err(|lost| unfaithful(format!("a comment speaks of `{lost}`, which it does not have")))
}

/// The same without comments, read back with kubectl's rules.
pub(super) fn verified(name: &str, value: &Value) -> Result<String, Problem> {
    let text = document(name, value, &[])?;
    match reread::verify_value(&text, value) {
        Ok(()) => Ok(text),
        Err(why) => Err(Problem::Unfaithful { document: name.to_owned(), why }),
    }
}

/// A comment's lines at an indentation: wrapped, `#` in front, each with its line break.
pub(super) fn comment(text: &str, indentation: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8 + 2 * (indentation + 3));
    let mut line = String::with_capacity(COLUMNS);
    for paragraph in text.split('\n') {
        let mut width = 0;
        for word in paragraph.split(|letter: char| !speakable(letter)).filter(|word| !word.is_empty()) {
            let room = COLUMNS.saturating_sub(indentation + 2);
            let letters = word.chars().count();
            if !line.is_empty() && width + 1 + letters > room {
                push_comment_line(&mut out, indentation, &line);
                line.clear();
                width = 0;
            }
            if !line.is_empty() {
                line.push(' ');
                width += 1;
            }
            line.push_str(word);
            width += letters;
        }
        push_comment_line(&mut out, indentation, &line);
        line.clear();
    }
    out
}

/// What may stand inside a word of a comment. Some readers end a line, and so the comment, at U+0085, U+2028 or
/// U+2029, and refuse other control characters anywhere.
fn speakable(letter: char) -> bool {
    // Nearly every letter, told at once.
    letter.is_ascii_graphic()
        || !letter.is_whitespace() && !letter.is_control() && !matches!(letter, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn push_comment_line(out: &mut String, indentation: usize, line: &str) {
    out.extend(std::iter::repeat_n(' ', indentation));
    out.push('#');
    if !line.is_empty() {
        out.push(' ');
        out.push_str(line);
    }
    out.push('\n');
}

/// Puts each comment above its line, at that line's indentation; several for one line keep their order. An error is the
/// path of a comment without a line.
fn with_comments(text: &str, lines: &[Option<usize>], comments: &[Comment]) -> Result<String, String> {
    let mut above: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for (comment, line) in comments.iter().zip(lines) {
        let line = line.ok_or_else(|| comment.at.join("."))?;
        above.entry(line).or_default().push(&comment.text);
    }
    let mut out =
        String::with_capacity(text.len() + comments.iter().map(|comment| 2 * comment.text.len()).sum::<usize>());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let indentation = line.len() - line.trim_start_matches(' ').len();
        for text in above.get(&number).into_iter().flatten() {
            out.push_str(&comment(text, indentation));
        }
        out.push_str(line);
    }
    Ok(out)
}

/// A value whose strings `serde-saphyr` writes so that every YAML reader understands them.
///
/// Its `|` block for a text of several lines that begins with a tab is refused by libyaml and Go's readers, because
/// the tab stands where indentation is counted; such a text goes into double quotes.
struct Safe<'a>(&'a Value);

impl Serialize for Safe<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) => Text(text).serialize(serializer),
            Value::Object(map) => {
                let mut out = serializer.serialize_map(Some(map.len()))?;
                for (key, value) in map {
                    out.serialize_entry(key, &Safe(value))?;
                }
                out.end()
            }
            Value::Array(items) => {
                let mut out = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    out.serialize_element(&Safe(item))?;
                }
                out.end()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => self.0.serialize(serializer),
        }
    }
}

fn has_plain_keys(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().all(|(key, value)| reread::is_plain_text(key) && has_plain_keys(value)),
        Value::Array(items) => items.iter().all(has_plain_keys),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// A text in quotes where some reader would take it for something else, or could not read it.
struct Text<'a>(&'a str);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let broken_block = self.0.contains('\n') && self.0.trim_start_matches('\n').starts_with(['\t', ' ']);
        if broken_block || !reread::is_plain_text(self.0) {
            serde_saphyr::DoubleQuoted(self.0).serialize(serializer)
        } else {
            self.0.serialize(serializer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// Texts that some reader takes for something else, or that some writer spoils.
    const NASTY: &[&str] = &[
        "",
        " ",
        "  x",
        "x  ",
        "yes",
        "No",
        "on",
        "OFF",
        "y",
        "N",
        "true",
        "True",
        "null",
        "Null",
        "~",
        "0755",
        "0o17",
        "0x1F",
        "0b1",
        "1e3",
        "1.",
        ".5",
        ".inf",
        "-.INF",
        ".NaN",
        "1:30",
        "190:20:30",
        "1_000",
        "+1",
        "-0",
        "08",
        "=",
        "<<",
        "-",
        "- x",
        "---",
        "...",
        "--- x",
        "?",
        "? x",
        ":",
        "a: b",
        "a:b",
        "a:",
        ": a",
        "#x",
        "x #y",
        "x#y",
        "&a",
        "*a",
        "!a",
        "!!str",
        "%YAML",
        "@a",
        "`a`",
        "|",
        ">",
        "|x",
        "[a",
        "a]",
        "{a",
        "}",
        ",",
        "a, b",
        "'",
        "\"",
        "'a'",
        "\"a\"",
        "a'b",
        "a\"b",
        "\\",
        "\\n",
        "2001-01-01",
        "2001-12-14t21:59:43.10-05:00",
        "12e03",
        "\t",
        "\tx",
        "x\t",
        "a\tb",
        "\n",
        "\n\n",
        "a\n",
        "a\n\n",
        "\na",
        "a\nb",
        "a\nb\n",
        "a\n\nb\n",
        " a\nb",
        "a\n b\n",
        "\ta\nb",
        "a\n\tb\n",
        "\n\ta\n",
        "\n a\n",
        "a \nb ",
        "a\n \nb",
        "a\n\t\nb",
        "\r",
        "a\r\nb\r\n",
        "a\rb",
        "\u{85}",
        "a\u{85}b",
        "a\u{2028}b",
        "\u{2029}\n",
        "\u{feff}",
        "a\u{feff}b",
        "\0",
        "a\0b",
        "\u{1}",
        "\u{7f}",
        "\u{1b}[0m",
        "\u{fffe}",
        "\u{a0}",
        "\u{200b}",
        "é",
        "日本語",
        "🦀",
        "#!/bin/sh\nset -e\n\tif x; then\n\t\ty\n\tfi\n",
        "a\n# not a comment\n",
        "---\na: b\n...\n",
        "a: |\n  b\n",
        "key: 'value'\n- x",
        "sed '1,/^$/d' | grep -q '^Address'; do",
        "trap \"exit 0\" TERM; while :; do sleep 1 & wait; done",
        "image:${TAG:-latest}",
        "a\n    \n",
        "\n\n  x\ny\n",
    ];

    fn written(value: &Value) -> String {
        verified("test", value).unwrap()
    }

    fn second_reader(text: &str) -> Value {
        serde_norway::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
    }

    #[test]
    fn every_nasty_text_comes_back_as_value_item_and_key() {
        for nasty in NASTY {
            for value in [
                json!({"k": nasty, "l": {"m": [nasty, [nasty], {"n": nasty, "o": 1}]}, "p": nasty}),
                json!([nasty]),
                json!({ *nasty: 1 }),
                json!({"a": {*nasty: {"b": nasty}}}),
            ] {
                let text = written(&value);
                assert_eq!(second_reader(&text), value, "{nasty:?} was written as\n{text}");
            }
        }
    }

    #[test]
    fn a_script_is_a_block_and_a_word_is_plain() {
        let text = written(
            &json!({"spec": {"command": ["/bin/sh", "-ec", "a\nb\n"], "env": [{"name": "A", "value": "yes"}]}}),
        );
        let expected = "spec:\n  command:\n    - /bin/sh\n    - -ec\n    - |\n      a\n      b\n  env:\n    - name: A\n      value: \"yes\"\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn addresses_and_images_stand_without_quotes_and_numbers_with_them() {
        for plain in
            ["10.96.0.10", "..", "../x", "a/b:${TAG:-latest}", "v1.36.1@sha256:3489", "0.0.0.0", "/x", "--flag", "::1"]
        {
            let text = written(&json!({"a": {"b": plain}, "c": [plain]}));
            let quoted = matches!(plain, "::1");
            assert_eq!(
                text,
                if quoted {
                    format!("a:\n  b: \"{plain}\"\nc:\n  - \"{plain}\"\n")
                } else {
                    format!("a:\n  b: {plain}\nc:\n  - {plain}\n")
                }
            );
        }
        for quoted in ["1", "0755", "1.5", "1:30", "yes", "true", "2001-01-01", "", "1e3", "12:30:45"] {
            assert_eq!(written(&json!({"a": quoted})), format!("a: \"{quoted}\"\n"));
        }
    }

    #[test]
    fn comments_stand_above_their_lines() {
        let value = json!({"a": {"b": [{"name": "x", "c": 1}, "|\n", "s\nt\n", "u"]}, "d": "e\nf\n", "g": 1});
        let at = |path: &[&str], text: &str| Comment {
            at: path.iter().map(|part| (*part).to_owned()).collect(),
            text: text.to_owned(),
        };
        let comments = [
            at(&["g"], "of g"),
            at(&[], "of all"),
            at(&["a", "b"], "of b"),
            at(&["a", "b", "0"], "of x"),
            at(&["a", "b", "0", "c"], "of c\nin two lines"),
            at(&["a", "b", "2"], "of s"),
            at(&["a", "b", "3"], "of u"),
            at(&["d"], "of d"),
        ];
        let text = document("test", &value, &comments).unwrap();
        let expected = "\
# of all
a:
  # of b
  b:
    # of x
    - name: x
      # of c
      # in two lines
      c: 1
    - |
      |
    # of s
    - |
      s
      t
    # of u
    - u
# of d
d: |
  e
  f
# of g
g: 1
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_comment_that_leads_nowhere_is_a_problem() {
        let lost = Comment { at: vec!["a".to_owned(), "7".to_owned()], text: "x".to_owned() };
        assert!(matches!(document("test", &json!({"a": [1]}), &[lost]), Err(Problem::Unfaithful { .. })));
    }

    #[test]
    fn a_comment_never_leaves_its_line_or_the_page() {
        let text = comment(&format!("{} a\r\u{85}b\u{2028}c\0d: {{ - e", "word ".repeat(60)), 8);
        assert!(text.lines().all(|line| line.starts_with("        # ") && line.chars().count() <= COLUMNS), "{text}");
        assert!(text.ends_with("a b c d: { - e\n"), "{text}");
        assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()));
    }

    fn any_text() -> impl Strategy<Value = String> {
        let letters = prop::sample::select(vec![
            " ", "  ", "\n", "\n\n", "\t", "\r", "\r\n", ":", ": ", "- ", "-", "#", " #", "'", "\"", "\\", "|", ">",
            "&", "*", "!", "%", "@", "`", "{", "}", "[", "]", ",", "?", "~", "=", "<<", "---", "...", "yes", "0", "1",
            "e", ".", "_", "x", "\0", "\u{85}", "\u{2028}", "\u{feff}", "é", "🦀", "null", "true",
        ]);
        prop_oneof![
            prop::collection::vec(letters, 0..8).prop_map(|parts| parts.concat()),
            any::<String>(),
            prop::sample::select(NASTY).prop_map(str::to_owned),
        ]
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any_text().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((any_text(), inner), 0..5)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    /// The path of every key and item of a value.
    fn paths(value: &Value) -> Vec<Vec<String>> {
        let parts: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(key, item)| (key.clone(), item)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
        let below = |(part, item): (String, &Value)| {
            let inner = paths(item).into_iter().map(|path| [vec![part.clone()], path].concat()).collect::<Vec<_>>();
            [vec![vec![part]], inner].concat()
        };
        parts.into_iter().flat_map(below).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_comment_on_every_key_and_item_changes_nothing(value in any_value()) {
            let comments: Vec<Comment> =
                paths(&value).into_iter().map(|at| Comment { at, text: "of it".to_owned() }).collect();
            let text = document("test", &value, &comments)
                .map_err(|problem| TestCaseError::fail(format!("{problem:?}")))?;
            prop_assert_eq!(reread::verify_value(&text, &value), Ok(()), "{}", text);
            let said = text.lines().filter(|line| line.trim_start() == "# of it").count();
            prop_assert_eq!(said, comments.len(), "{}", text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn any_value_is_read_back_by_two_readers(value in any_value()) {
            let text = verified("test", &value).map_err(|problem| TestCaseError::fail(format!("{problem:?}")))?;
            let read: Value = serde_norway::from_str(&text)
                .map_err(|error| TestCaseError::fail(format!("{error}:\n{text}")))?;
            prop_assert_eq!(read, value, "{}", text);
        }
    }
}
