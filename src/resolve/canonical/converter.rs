//! The state of the conversion into the long form, and checks of single values.

use crate::keys::{Key, Kinds, Node};
use crate::parse::tree::scalars::Plain;
use crate::parse::{Tree, TreeValue};
use crate::report::Report;
use crate::resolve::key_path::KeyPath;
use crate::resolve::problem::Problem;
use crate::resolve::value_format::{ValueFormat, plain};

/// How strictly a tree is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A complete, interpolated project: all checks apply.
    Full,
    /// An uninterpolated project: values with variables cannot be checked.
    Uninterpolated,
    /// A layer that later files override in part: values that only matter in the merged project are not checked.
    Layer,
}

/// Walks the tree and the key table in parallel.
pub(super) struct Converter<'report> {
    pub(super) mode: Mode,
    pub(super) report: &'report mut Report,
}

impl Converter<'_> {
    /// Whether a value contains variables that are not interpolated, so that it cannot be checked.
    pub(super) fn is_open(&self, tree: &Tree) -> bool {
        self.mode == Mode::Uninterpolated && tree.as_scalar().is_some_and(|scalar| scalar.text.contains('$'))
    }

    /// Whether a value has a kind that the node accepts; reports it otherwise.
    pub(super) fn takes(&mut self, tree: &Tree, node: &'static Node, path: &KeyPath<'_>) -> bool {
        let found = kind(tree);
        // Compose converts the words for booleans before it checks the kind.
        let cast = node.key() == Some(Key::DependsOnRequired) && found == Kinds::TEXT;
        if node.kinds().contains(found) || cast {
            return true;
        }
        let expected = node.kinds().description();
        let format = node.key().and_then(ValueFormat::for_key);
        let is_duration = matches!(format, Some(ValueFormat::Duration | ValueFormat::DurationUnlessZero));
        let hint = if is_duration && Kinds::NUMBER.contains(found) {
            "add a unit: `10s`, `1m30s`".to_owned()
        } else if node.kinds().contains(Kinds::TEXT) && Kinds::NUMBER.or(Kinds::FLAG).or(Kinds::DATE).contains(found) {
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

    /// Reports a value that its key does not accept.
    pub(super) fn wrong_value(&mut self, tree: &Tree, expected: &str, path: &KeyPath<'_>) {
        let text = tree.as_scalar().map_or_else(String::new, |scalar| scalar.text.to_string());
        let expected = expected.to_owned();
        self.report.add(Problem::WrongValue { path: path.path(), text, expected, at: tree.span });
    }
}

/// Returns the kind of a value in terms of the key table.
pub(super) fn kind(tree: &Tree) -> Kinds {
    match tree.value {
        TreeValue::Mapping(_) => Kinds::MAPPING,
        TreeValue::Sequence(_) => Kinds::LIST,
        TreeValue::Scalar(_) => match plain(tree) {
            Plain::Null => Kinds::NULL,
            Plain::Bool(_) => Kinds::FLAG,
            Plain::Int(_) => Kinds::INTEGER,
            // A number without a fraction is an integer, however it is written.
            Plain::Float(number) if number.fract() == 0.0 => Kinds::INTEGER,
            Plain::Float(_) => Kinds::NUMBER,
            Plain::Timestamp => Kinds::DATE,
            Plain::Text => Kinds::TEXT,
        },
    }
}

/// Describes the kind of a value for messages.
pub(super) fn kind_words(tree: &Tree) -> &'static str {
    match tree.value {
        TreeValue::Mapping(_) => "a mapping",
        TreeValue::Sequence(_) => "a list",
        TreeValue::Scalar(_) => plain(tree).kind(),
    }
}
