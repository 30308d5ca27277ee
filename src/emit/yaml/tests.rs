//! More than one reader reads the YAML as it was written.

use super::node::YamlNode;
use super::{COLUMNS, comment, document, verified, verify};
use crate::emit::problem::Problem;
use crate::lower::objects::Comment;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Strings that some readers misread or some writers corrupt.
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
    "2001-02-29",
    ".5_0",
    ".20_",
    "0b-1",
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

fn node(value: &Value) -> YamlNode {
    YamlNode::serialize("test", value).unwrap()
}

fn written(value: &Value) -> String {
    verified("test", &node(value)).unwrap()
}

fn second_reader(text: &str) -> Value {
    serde_norway::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

#[test]
fn awkward_strings_survive_as_value_item_and_key() {
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
fn scripts_are_blocks_and_words_are_plain() {
    let text =
        written(&json!({"spec": {"command": ["/bin/sh", "-ec", "a\nb\n"], "env": [{"name": "A", "value": "yes"}]}}));
    let expected = "spec:\n  command:\n    - /bin/sh\n    - -ec\n    - |\n      a\n      b\n  env:\n    - name: A\n      value: \"yes\"\n";
    assert_eq!(text, expected);
}

#[test]
fn addresses_and_images_are_plain_and_numeric_strings_are_quoted() {
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
fn comments_are_above_their_lines() {
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
    let text = document("test", &node(&value), &comments).unwrap();
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
fn a_comment_with_an_unknown_path_is_an_error() {
    let lost = Comment { at: vec!["a".to_owned(), "7".to_owned()], text: "x".to_owned() };
    assert!(matches!(document("test", &node(&json!({"a": [1]})), &[lost]), Err(Problem::Unfaithful { .. })));
}

#[test]
fn comments_stay_within_their_lines_and_the_width() {
    let mut text = String::new();
    comment(&mut text, &format!("{} a\r\u{85}b\u{2028}c\0d: {{ - e", "word ".repeat(60)), 8);
    assert!(text.lines().all(|line| line.starts_with("        # ") && line.chars().count() <= COLUMNS), "{text}");
    assert!(text.ends_with("a b c d: { - e\n"), "{text}");
    assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()));
}

fn any_text() -> impl Strategy<Value = String> {
    let letters = prop::sample::select(vec![
        " ", "  ", "\n", "\n\n", "\t", "\r", "\r\n", ":", ": ", "- ", "-", "#", " #", "'", "\"", "\\", "|", ">", "&",
        "*", "!", "%", "@", "`", "{", "}", "[", "]", ",", "?", "~", "=", "<<", "---", "...", "yes", "0", "1", "e", ".",
        "_", "x", "\0", "\u{85}", "\u{2028}", "\u{feff}", "é", "🦀", "null", "true",
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

/// Returns the path of every key and item of a value.
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
    fn comments_do_not_change_values(value in any_value()) {
        let comments: Vec<Comment> =
            paths(&value).into_iter().map(|at| Comment { at, text: "of it".to_owned() }).collect();
        let text = document("test", &node(&value), &comments)
            .map_err(|problem| TestCaseError::fail(format!("{problem:?}")))?;
        prop_assert_eq!(verify::verify_documents(&text, &[node(&value).json("test").unwrap()]), Ok(()), "{}", text);
        let said = text.lines().filter(|line| line.trim_start() == "# of it").count();
        prop_assert_eq!(said, comments.len(), "{}", text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn two_readers_read_any_value(value in any_value()) {
        let text = verified("test", &node(&value)).map_err(|problem| TestCaseError::fail(format!("{problem:?}")))?;
        let read: Value = serde_norway::from_str(&text)
            .map_err(|error| TestCaseError::fail(format!("{error}:\n{text}")))?;
        prop_assert_eq!(read, value, "{}", text);
    }
}
