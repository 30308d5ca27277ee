//! Renders a value as a YAML document, with comments above the lines that they describe.
//!
//! Block style with an indentation of two columns, also for lists, as in most hand-written manifests. Multi-line
//! strings are `|` blocks, never `>`, because a folded command cannot be pasted into a shell.
//! <https://yaml.org/spec/1.2.2/#chapter-8-block-style-productions>
//!
//! The text is compared with the value before it is written: [`verified`], `Files::verify`.

pub(crate) mod field_order;
pub(crate) mod node;
pub(crate) mod scalar;
#[cfg(test)]
mod tests;
pub(crate) mod verify;

use compact_str::ToCompactString;

use node::YamlNode;
use scalar::{STEP, indent};

use crate::emit::problem::Problem;
use crate::lower::objects::Comment;

/// The maximum length of a line with a comment, unless a single word is longer.
pub(crate) const COLUMNS: usize = 120;

/// The maximum length of a key before a colon on the same line.
/// <https://yaml.org/spec/1.2.2/#example-invalid-implicit-keys>
const IMPLICIT_KEY: usize = 1024;

/// Renders a document that ends with a line break and has no `---`. Errors name it as `name`.
///
/// The order of keys is kept.
///
/// # Errors
/// Returns an error if the path of a [`Comment`] does not exist, because the comment would be lost.
pub(crate) fn document(name: &str, value: &YamlNode, comments: &[Comment]) -> Result<String, Problem> {
    let mut writer = Writer { text: String::new(), line: 0, comments, places: Vec::with_capacity(comments.len()) };
    let all: Vec<usize> = (0..comments.len()).collect();
    writer.places.extend(comments.iter().enumerate().filter(|(_, it)| it.at.is_empty()).map(|(number, _)| (0, number)));
    writer.value(value, &Where { column: 0, depth: 0, near: &all }, true);
    let lost = |path| Problem::unfaithful(name, format!("a comment speaks of `{path}`, which it does not have"));
    writer.with_comments().map_err(lost)
}

/// Renders a document without comments, and verifies it with kubectl's rules.
pub(crate) fn verified(name: &str, value: &YamlNode) -> Result<String, Problem> {
    let text = document(name, value, &[])?;
    verify::verify_documents(&text, &[value.json(name)?]).map_err(|why| Problem::unfaithful(name, why))?;
    Ok(text)
}

/// The position of a nested value.
struct Where<'n> {
    /// The column of its keys or dashes.
    column: usize,
    /// The length of its path.
    depth: usize,
    /// The comments whose paths begin with its path.
    near: &'n [usize],
}

struct Writer<'c> {
    text: String,
    /// The start of the current line.
    line: usize,
    comments: &'c [Comment],
    /// For each comment, the start of the line above which it is written, and its index.
    places: Vec<(usize, usize)>,
}

impl Writer<'_> {
    /// Writes a value. With `is_begun`, its first key or item continues the line of a dash.
    fn value(&mut self, value: &YamlNode, at: &Where<'_>, is_begun: bool) {
        match value {
            YamlNode::Fields(fields) if !fields.is_empty() => {
                for (index, (key, value)) in fields.iter().enumerate() {
                    self.begin(at, is_begun && index == 0);
                    let near = self.reach(at, |part| part == key);
                    self.key(key, at);
                    if value.is_nested() {
                        self.text.push('\n');
                    }
                    self.below(value, at, &near, false);
                }
            }
            YamlNode::Items(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    self.begin(at, is_begun && index == 0);
                    let near = self.reach(at, |part| part == index.to_compact_string());
                    self.text.push('-');
                    if item.is_nested() {
                        self.text.push(' ');
                    }
                    self.below(item, at, &near, true);
                }
            }
            YamlNode::Null
            | YamlNode::Bool(_)
            | YamlNode::Number(_)
            | YamlNode::Text(_)
            | YamlNode::Items(_)
            | YamlNode::Fields(_) => {
                self.leaf(value, at.column);
            }
        }
    }

    /// Writes the value of a key or an item.
    fn below(&mut self, value: &YamlNode, at: &Where<'_>, near: &[usize], is_begun: bool) {
        if value.is_nested() {
            let at = Where { column: at.column + STEP, depth: at.depth + 1, near };
            self.value(value, &at, is_begun);
        } else {
            self.text.push(' ');
            self.leaf(value, at.column);
        }
    }

    /// Starts a line, unless a dash has started it.
    fn begin(&mut self, at: &Where<'_>, is_begun: bool) {
        if !is_begun {
            self.line = self.text.len();
            indent(&mut self.text, at.column);
        }
    }

    /// Returns the comments whose paths continue with a key or an item. The position of those that end there is
    /// recorded.
    fn reach(&mut self, at: &Where<'_>, leads: impl Fn(&str) -> bool) -> Vec<usize> {
        let mut through = Vec::new();
        for number in at.near {
            let Some(comment) = self.comments.get(*number) else { continue };
            if comment.at.get(at.depth).is_some_and(|part| leads(part)) {
                through.push(*number);
                if comment.at.len() == at.depth + 1 {
                    self.places.push((self.line, *number));
                }
            }
        }
        through
    }

    fn key(&mut self, key: &str, at: &Where<'_>) {
        let begins = self.text.len();
        scalar::push_key(&mut self.text, key);
        if self.text.len() - begins > IMPLICIT_KEY {
            self.text.insert_str(begins, "? ");
            self.text.push('\n');
            indent(&mut self.text, at.column);
        }
        self.text.push(':');
    }

    /// Writes a value after its key or dash, whose column is given.
    fn leaf(&mut self, value: &YamlNode, column: usize) {
        match value {
            YamlNode::Text(text) => return scalar::push_text(&mut self.text, text, column),
            YamlNode::Number(number) => scalar::push_number(&mut self.text, number),
            YamlNode::Bool(truth) => self.text.push_str(if *truth { "true" } else { "false" }),
            YamlNode::Null => self.text.push_str("null"),
            YamlNode::Items(_) => self.text.push_str("[]"),
            YamlNode::Fields(_) => self.text.push_str("{}"),
        }
        self.text.push('\n');
    }

    /// Returns the text with each comment above its line, at the indentation of that line; comments for one line keep
    /// their order. The error is the path of a comment that does not exist.
    fn with_comments(mut self) -> Result<String, String> {
        self.places.sort_unstable();
        if self.places.len() < self.comments.len() {
            let found = |number: usize| self.places.iter().any(|(_, placed)| *placed == number);
            let lost = self.comments.iter().enumerate().find(|(number, _)| !found(*number));
            return Err(lost.map(|(_, comment)| comment.at.join(".")).unwrap_or_default());
        }
        let room: usize = self.comments.iter().map(|comment| 2 * comment.text.len()).sum();
        let mut out = String::with_capacity(self.text.len() + room);
        let mut rest = self.text.as_str();
        for (line, number) in &self.places {
            let done = self.text.len() - rest.len();
            if let Some((before, behind)) = rest.split_at_checked(line - done) {
                out.push_str(before);
                rest = behind;
            }
            let indentation = rest.len() - rest.trim_start_matches(' ').len();
            if let Some(said) = self.comments.get(*number) {
                comment(&mut out, &said.text, indentation);
            }
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// Writes a comment at an indentation: wrapped, each line with `#` and a line break.
pub(crate) fn comment(out: &mut String, text: &str, indentation: usize) {
    let room = COLUMNS.saturating_sub(indentation + 2);
    for paragraph in text.split('\n') {
        indent(out, indentation);
        out.push('#');
        let mut width = 0;
        for word in paragraph.split(|letter: char| !speakable(letter)).filter(|word| !word.is_empty()) {
            let letters = word.chars().count();
            if width > 0 && width + 1 + letters > room {
                out.push('\n');
                indent(out, indentation);
                out.push('#');
                width = 0;
            }
            out.push(' ');
            out.push_str(word);
            width += letters + usize::from(width > 0);
        }
        out.push('\n');
    }
}

/// Whether a character may occur in a word of a comment.
fn speakable(letter: char) -> bool {
    scalar::is_printable(letter) && !letter.is_whitespace()
}
