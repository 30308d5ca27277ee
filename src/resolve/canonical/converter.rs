//! What the conversion into the long form carries along, and the checks of single values.

use crate::keys::{Key, Kinds, Node};
use crate::parse::tree::scalars::Plain;
use crate::parse::{Tree, Value};
use crate::report::Report;
use crate::resolve::key_path::KeyPath;
use crate::resolve::problem::Problem;
use crate::resolve::value_format::plain;

/// What is asked of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Everything.
    Full,
    /// Its variables stand as written, and what holds one means nothing yet.
    Uninterpolated,
    /// A later file covers a part of it: what only means something in the end is not asked for.
    Layer,
}

/// The way through the tree and the key table at once.
pub(super) struct Converter<'report> {
    /// What is asked of the tree.
    pub(super) mode: Mode,
    pub(super) report: &'report mut Report,
}

impl Converter<'_> {
    /// Whether a value is a text whose variables stand as written, so that nobody can say what it means.
    pub(super) fn is_open(&self, tree: &Tree) -> bool {
        self.mode == Mode::Uninterpolated && tree.as_scalar().is_some_and(|scalar| scalar.text.contains('$'))
    }

    /// Whether a value is of a kind that the place takes; reports it where not.
    pub(super) fn takes(&mut self, tree: &Tree, node: &'static Node, path: &KeyPath<'_>) -> bool {
        let found = kind(tree);
        // Compose casts the words for truth to truth before it looks at the kind.
        let cast = node.key() == Some(Key::DependsOnRequired) && found == Kinds::TEXT;
        if node.kinds().contains(found) || cast {
            return true;
        }
        let expected = node.kinds().description();
        let hint = if node.kinds().contains(Kinds::TEXT) && Kinds::NUMBER.or(Kinds::FLAG).contains(found) {
            "put it in quotes".to_owned()
        } else if found == Kinds::NULL {
            format!("give it {expected}, or remove the key")
        } else {
            format!("write {expected}")
        };
        self.report.add(Problem::WrongType {
            path: path.path(),
            found: kind_words(tree),
            expected,
            at: tree.span,
            hint,
        });
        false
    }

    /// A value that means nothing at its key.
    pub(super) fn wrong_value(&mut self, tree: &Tree, expected: &str, path: &KeyPath<'_>) {
        let text = tree.as_scalar().map_or_else(String::new, |scalar| scalar.text.to_string());
        let expected = expected.to_owned();
        self.report.add(Problem::WrongValue { path: path.path(), text, expected, at: tree.span });
    }
}

/// Which kind a value is, as the key table counts kinds.
pub(super) fn kind(tree: &Tree) -> Kinds {
    match tree.value {
        Value::Mapping(_) => Kinds::MAPPING,
        Value::Sequence(_) => Kinds::LIST,
        Value::Scalar(_) => match plain(tree) {
            Plain::Null => Kinds::NULL,
            Plain::Bool(_) => Kinds::FLAG,
            Plain::Int(_) => Kinds::INTEGER,
            // A number without fraction is a whole one, however it is written.
            Plain::Float(number) if number.fract() == 0.0 => Kinds::INTEGER,
            Plain::Float(_) => Kinds::NUMBER,
            Plain::Timestamp | Plain::Text => Kinds::TEXT,
        },
    }
}

/// Which kind a value is, in a person's words.
pub(super) fn kind_words(tree: &Tree) -> &'static str {
    match tree.value {
        Value::Mapping(_) => "a mapping",
        Value::Sequence(_) => "a list",
        Value::Scalar(_) => plain(tree).kind(),
    }
}
