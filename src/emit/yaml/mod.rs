//! One value as one YAML document, with comments above the lines they speak of.
//!
//! Block style, two columns a level, lists two columns in from their key, which is what most hand-written manifests do; texts
//! of several lines as `|` blocks and never `>`: a folded command is not what a reader would paste into a shell.
//! <https://yaml.org/spec/1.2.2/#chapter-8-block-style-productions>
//!
//! Whether the text says what the value says is asked before it is written: [`verified`], `Files::verify`.

pub(crate) mod field_order;
pub(crate) mod node;
pub(crate) mod scalar;
#[cfg(test)]
mod tests;
pub(crate) mod verify;

use compact_str::ToCompactString;

use node::Node;
use scalar::{STEP, indent};

use crate::emit::problem::Problem;
use crate::lower::objects::Comment;

/// No line of a comment is longer than this many characters, unless one word is.
pub(crate) const COLUMNS: usize = 120;

/// A key of more characters may not stand before a colon on one line.
/// <https://yaml.org/spec/1.2.2/#example-invalid-implicit-keys>
const IMPLICIT_KEY: usize = 1024;

/// The document, ending in a line break and without `---`. `name` is what a problem calls it.
///
/// Keys come in the value's own order. A [`Comment`] whose path leads nowhere is a problem as well: it would be lost.
pub(crate) fn document(name: &str, value: &Node, comments: &[Comment]) -> Result<String, Problem> {
    let mut writer = Writer { text: String::new(), line: 0, comments, places: Vec::with_capacity(comments.len()) };
    let all: Vec<usize> = (0..comments.len()).collect();
    writer.places.extend(comments.iter().enumerate().filter(|(_, it)| it.at.is_empty()).map(|(number, _)| (0, number)));
    writer.value(value, &Where { column: 0, depth: 0, near: &all }, true);
    let lost = |path| Problem::unfaithful(name, format!("a comment speaks of `{path}`, which it does not have"));
    writer.with_comments().map_err(lost)
}

/// The same without comments, read back with kubectl's rules.
pub(crate) fn verified(name: &str, value: &Node) -> Result<String, Problem> {
    let text = document(name, value, &[])?;
    verify::verify_documents(&text, &[value.json(name)?]).map_err(|why| Problem::unfaithful(name, why))?;
    Ok(text)
}

/// Where a value stands that has lines of its own.
struct Where<'n> {
    /// The column of its keys or dashes.
    column: usize,
    /// How many keys and indexes lead to it.
    depth: usize,
    /// The comments whose paths lead to it or through it.
    near: &'n [usize],
}

struct Writer<'c> {
    text: String,
    /// Where the line begins that is being written.
    line: usize,
    comments: &'c [Comment],
    /// Before which line, by where it begins, each comment belongs, by its number.
    places: Vec<(usize, usize)>,
}

impl Writer<'_> {
    /// Writes a value. `is_begun`: its first key or item goes on with the line of a dash.
    fn value(&mut self, value: &Node, at: &Where<'_>, is_begun: bool) {
        match value {
            Node::Fields(fields) if !fields.is_empty() => {
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
            Node::Items(items) if !items.is_empty() => {
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
            Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) | Node::Items(_) | Node::Fields(_) => {
                self.leaf(value, at.column);
            }
        }
    }

    /// Writes the value of a key, or an item.
    fn below(&mut self, value: &Node, at: &Where<'_>, near: &[usize], is_begun: bool) {
        if value.is_nested() {
            let at = Where { column: at.column + STEP, depth: at.depth + 1, near };
            self.value(value, &at, is_begun);
        } else {
            self.text.push(' ');
            self.leaf(value, at.column);
        }
    }

    /// Begins a line, unless a dash has.
    fn begin(&mut self, at: &Where<'_>, is_begun: bool) {
        if !is_begun {
            self.line = self.text.len();
            indent(&mut self.text, at.column);
        }
    }

    /// The comments that lead to a key or an item on this line, or through it. Those that end there have found their place.
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

    /// Writes a value that stands behind its key or dash, whose column is given.
    fn leaf(&mut self, value: &Node, column: usize) {
        match value {
            Node::Text(text) => return scalar::push_text(&mut self.text, text, column),
            Node::Number(number) => scalar::push_number(&mut self.text, number),
            Node::Bool(truth) => self.text.push_str(if *truth { "true" } else { "false" }),
            Node::Null => self.text.push_str("null"),
            Node::Items(_) => self.text.push_str("[]"),
            Node::Fields(_) => self.text.push_str("{}"),
        }
        self.text.push('\n');
    }

    /// The text with each comment above its line, at that line's indentation; several for one line keep their order. An error
    /// is the path of a comment without a line.
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

/// Writes a comment's lines at an indentation: wrapped, `#` in front, each with its line break.
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

/// What may stand inside a word of a comment, which ends where a line does.
fn speakable(letter: char) -> bool {
    scalar::is_printable(letter) && !letter.is_whitespace()
}
