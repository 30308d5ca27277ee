//! On which line of a document each key and item begins, counted along the shape that the writer gives every value.
//!
//! Invariant: a line that is named begins with the key or the item it stands for.

use serde_json::Value;

use crate::lower::objects::Comment;

/// Of each comment the number of the line, from 0, on which the key or the item it speaks of begins; `None` for a path that
/// leads nowhere. An error is a sentence for the report of an internal fault: the text has not the writer's shape.
pub(super) fn lines(text: &str, value: &Value, comments: &[Comment]) -> Result<Vec<Option<usize>>, String> {
    let found = comments.iter().map(|comment| comment.at.is_empty().then_some(0)).collect();
    if comments.iter().all(|comment| comment.at.is_empty()) {
        return Ok(found);
    }
    let all: Vec<usize> = (0..comments.len()).collect();
    let mut walk = Walk { text: Vec::with_capacity(text.len() / 16), line: 0, comments, found };
    walk.text.extend(text.lines());
    walk.inside(value, 0, &all)?;
    if walk.line == walk.text.len() { Ok(walk.found) } else { Err("it has lines of nobody".to_owned()) }
}

struct Walk<'a> {
    text: Vec<&'a str>,
    line: usize,
    comments: &'a [Comment],
    found: Vec<Option<usize>>,
}

impl Walk<'_> {
    /// The keys or items of a value that begins on this line. `near` are the comments whose paths lead to it or through it.
    fn inside(&mut self, value: &Value, depth: usize, near: &[usize]) -> Result<(), String> {
        if near.is_empty() {
            self.pass(value);
            return Ok(());
        }
        match value {
            Value::Object(map) => {
                for (key, item) in map {
                    let begins = |line: &str| line.starts_with(['"', '\'']) || line.starts_with(key.as_str());
                    let near = self.here(depth, near, |part| part == key, begins)?;
                    if is_nested(item) {
                        self.line += 1;
                        self.inside(item, depth + 1, &near)?;
                    } else {
                        self.leaf(item);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let near = self.here(depth, near, |part| part.parse() == Ok(index), |_| true)?;
                    if is_nested(item) {
                        self.inside(item, depth + 1, &near)?;
                    } else {
                        self.leaf(item);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => self.leaf(value),
        }
        Ok(())
    }

    /// Passes by all lines of the keys or items of a value.
    fn pass(&mut self, value: &Value) {
        let (items, own): (&mut dyn Iterator<Item = &Value>, usize) = match value {
            Value::Object(map) => (&mut map.values(), 1),
            // The first key of an item stands on the line of its dash.
            Value::Array(items) => (&mut items.iter(), 0),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return self.leaf(value),
        };
        for item in items {
            if is_nested(item) {
                self.line += own;
                self.pass(item);
            } else {
                self.leaf(item);
            }
        }
    }

    /// The comments that lead to a key or an item on this line, or through it. Those that end there have found their line.
    fn here(
        &mut self,
        depth: usize,
        near: &[usize],
        leads: impl Fn(&str) -> bool,
        begins: impl Fn(&str) -> bool,
    ) -> Result<Vec<usize>, String> {
        if !self.text.get(self.line).is_some_and(|line| begins(after_dashes(line))) {
            return Err(format!("line {} does not begin as it should", self.line + 1));
        }
        let mut through = Vec::new();
        for number in near {
            let Some(comment) = self.comments.get(*number) else { continue };
            if comment.at.get(depth).is_none_or(|part| !leads(part)) {
                continue;
            }
            through.push(*number);
            if let Some(slot) = self.found.get_mut(*number)
                && comment.at.len() == depth + 1
            {
                *slot = Some(self.line);
            }
        }
        Ok(through)
    }

    /// A value on its key's or dash's line; a `|` block has its lines below.
    fn leaf(&mut self, value: &Value) {
        let block = match value {
            Value::String(text) if text.contains('\n') => {
                let quoted = self.text.get(self.line).is_some_and(|line| line.ends_with('"'));
                if quoted { 0 } else { text.lines().count() }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                0
            }
        };
        self.line += 1 + block;
    }
}

/// A line without its indentation, and without the dashes of the items whose first key or item it holds.
fn after_dashes(line: &str) -> &str {
    let mut rest = line.trim_start_matches(' ');
    while let Some(inner) = rest.strip_prefix("- ") {
        rest = inner;
    }
    rest
}

/// Whether a value stands on lines of its own; empty lists and mappings stand beside their key.
fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
