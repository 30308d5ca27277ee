//! A mapping whose keys are taken one by one through the key table. A key that remains is an error.

use crate::keys::{Key, Node};
use crate::parse::{Entry, Mapping, Tree, TreeValue};
use crate::report::{Report, did_you_mean};
use crate::resolve::model::outside::OutsideText;
use crate::resolve::model::process::Variable;
use crate::resolve::model::service_name::{ServiceName, ServiceNames};
use crate::resolve::problem::Problem;
use crate::resolve::synthetic;
use crate::resolve::units::{Bytes, Duration};
use crate::resolve::value_format::{ScalarValue, ValueFormat, is_true, scalar_string};
use crate::text::{Span, Spanned};

/// The keys of a mapping, and which of them were taken.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    mapping: Option<&'a Mapping>,
    node: &'static Node,
    taken: Vec<Key>,
    /// The location of the mapping.
    pub(crate) span: Span,
    /// A description of the mapping for messages.
    pub(crate) place: String,
}

impl<'a> Fields<'a> {
    /// Creates the fields of a mapping; null has none.
    pub(crate) fn new(tree: &'a Tree, node: &'static Node, place: impl Into<String>) -> Self {
        Self { mapping: tree.as_mapping(), node, taken: Vec::new(), span: tree.span, place: place.into() }
    }

    /// Takes a key and returns its value.
    pub(crate) fn take(&mut self, key: Key) -> Option<&'a Tree> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Takes a key and returns its value and the location of the key.
    pub(crate) fn entry(&mut self, key: Key) -> Option<&'a Entry> {
        self.taken.push(key);
        self.mapping?.get(key.name())
    }

    /// Whether a key was taken or skipped.
    #[cfg(test)]
    pub(crate) fn taken(&self, key: Key) -> bool {
        self.taken.contains(&key)
    }

    /// Skips keys whose values no later stage reads; only their verdict is reported.
    pub(crate) fn skip(&mut self, keys: &[Key]) {
        self.taken.extend(keys);
    }

    /// Reports the keys that were not taken: they would otherwise be lost because of a bug in this program.
    pub(crate) fn finish(self, report: &mut Report) {
        for (name, entry) in self.mapping.into_iter().flatten() {
            if let Some(key) = self.node.child(name).and_then(Node::key)
                && !self.taken.contains(&key)
            {
                report.add(Problem::Unread { key: name.to_owned(), place: self.place.clone(), at: entry.key });
            }
        }
    }

    /// Takes a string that is not empty.
    pub(crate) fn take_text(&mut self, key: Key) -> Option<Spanned<String>> {
        self.take(key).filter(|tree| !tree.is_null()).map(spanned_string).filter(|text| !text.value.is_empty())
    }

    /// Takes a boolean.
    pub(crate) fn take_flag(&mut self, key: Key) -> Option<Spanned<bool>> {
        self.take(key).map(|tree| Spanned::new(is_true(Some(tree)), tree.span))
    }

    /// Takes an integer.
    pub(crate) fn take_whole(&mut self, key: Key) -> Option<Spanned<i64>> {
        let tree = self.take(key)?;
        match ValueFormat::for_key(key)?.parse(tree) {
            Ok(ScalarValue::Whole(number)) => Some(Spanned::new(i64::try_from(number).unwrap_or(i64::MAX), tree.span)),
            Ok(_) | Err(_) => None,
        }
    }

    /// Takes a number, in thousandths.
    pub(crate) fn take_thousandths(&mut self, key: Key) -> Option<Spanned<u64>> {
        let tree = self.take(key)?;
        match ValueFormat::for_key(key)?.parse(tree) {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a negative or absurd number of processors is none or all"
            )]
            Ok(ScalarValue::Float(number)) if number > 0.0 => {
                Some(Spanned::new((f64::from(number) * 1000.0).round() as u64, tree.span))
            }
            Ok(_) | Err(_) => None,
        }
    }

    /// Takes a positive size.
    pub(crate) fn take_bytes(&mut self, key: Key) -> Option<Spanned<Bytes>> {
        let tree = self.take(key)?;
        match ValueFormat::for_key(key)?.parse(tree) {
            Ok(ScalarValue::Bytes(bytes)) => {
                u64::try_from(bytes).ok().filter(|bytes| *bytes > 0).map(|bytes| Spanned::new(Bytes(bytes), tree.span))
            }
            Ok(_) | Err(_) => None,
        }
    }

    /// Takes a size or an integer, which may be negative.
    pub(crate) fn take_signed_bytes(&mut self, key: Key) -> Option<Spanned<i64>> {
        let tree = self.take(key)?;
        match ValueFormat::for_key(key)?.parse(tree) {
            Ok(ScalarValue::Bytes(bytes)) => Some(Spanned::new(bytes, tree.span)),
            Ok(ScalarValue::Whole(number)) => Some(Spanned::new(i64::try_from(number).unwrap_or(i64::MAX), tree.span)),
            Ok(_) | Err(_) => None,
        }
    }

    /// Takes a duration.
    pub(crate) fn take_duration(&mut self, key: Key) -> Option<Spanned<Duration>> {
        let tree = self.take(key)?;
        Duration::parse(&scalar_string(tree)).map(|duration| Spanned::new(duration, tree.span))
    }

    /// Takes a list of strings.
    pub(crate) fn take_texts(&mut self, key: Key) -> Vec<Spanned<String>> {
        self.take(key).and_then(Tree::as_sequence).unwrap_or_default().iter().map(spanned_string).collect()
    }

    /// Takes a mapping of names to strings. Numbers and booleans have Docker Compose's form: `1.10` is `1.1`.
    pub(crate) fn take_pairs(&mut self, key: Key) -> Vec<Variable> {
        self.take(key).map(variables_of).unwrap_or_default()
    }

    /// Takes a nested mapping.
    pub(crate) fn take_mapping(&mut self, key: Key) -> Option<Fields<'a>> {
        let tree = self.take(key).filter(|tree| tree.as_mapping().is_some())?;
        let place = format!("`{}` of {}", key.name(), self.place);
        Some(Fields::new(tree, self.node.child(key.name())?, place))
    }

    /// Takes a list of mappings.
    pub(crate) fn take_items(&mut self, key: Key) -> Vec<Fields<'a>> {
        let list = self.take(key).and_then(Tree::as_sequence).unwrap_or_default();
        if list.is_empty() {
            return Vec::new();
        }
        let Some(item) = self.node.child(key.name()).and_then(Node::item) else { return Vec::new() };
        let place = format!("`{}` of {}", key.name(), self.place);
        list.iter().map(|tree| Fields::new(tree, item, place.clone())).collect()
    }

    /// Takes a mapping of user-defined names to mappings. Returns each name, its value, and the fields of its value.
    pub(crate) fn take_named(&mut self, key: Key) -> Vec<(Spanned<String>, &'a Tree, Fields<'a>)> {
        let Some(node) = self.node.child(key.name()).and_then(Node::name) else { return Vec::new() };
        let names = self.take(key).and_then(Tree::as_mapping).into_iter().flatten();
        names
            .map(|(name, entry)| {
                let place = format!("`{}.{name}` of {}", key.name(), self.place);
                let fields = Fields::new(&entry.value, node, place);
                (Spanned::new(name.to_owned(), entry.key), &entry.value, fields)
            })
            .collect()
    }

    /// Looks up a service by its name. Reports a name that does not exist in the project.
    pub(crate) fn service(
        &self,
        written: &Spanned<String>,
        names: &ServiceNames,
        report: &mut Report,
    ) -> Option<Spanned<ServiceName>> {
        let found = names.find(&written.value);
        if found.is_none() {
            let suggestion = did_you_mean(&written.value, names.iter());
            report.add(Problem::Undefined {
                what: "service",
                name: written.value.clone(),
                service: self.place.trim_start_matches("service ").trim_matches('`').to_owned(),
                at: written.span,
                suggestion: suggestion.unwrap_or_else(|| "declare it below `services:`".to_owned()),
            });
        }
        found.map(|name| Spanned::new(name.clone(), written.span))
    }

    /// Reports a value that no container can have.
    pub(crate) fn not_possible(&self, why: String, at: Span, report: &mut Report) {
        report.add(Problem::NotPossible { place: self.place.clone(), why, at });
    }
}

/// Returns a scalar as a string with its location.
pub(crate) fn spanned_string(tree: &Tree) -> Spanned<String> {
    Spanned::new(scalar_string(tree), tree.span)
}

/// Returns the names and values of a mapping, as the official loader converts them to strings.
pub(crate) fn variables_of(tree: &Tree) -> Vec<Variable> {
    tree.as_mapping()
        .into_iter()
        .flatten()
        .map(|(name, entry)| Variable {
            name: Spanned::new(name.to_owned(), entry.key),
            value: entry.value.as_text().map(|text| Spanned::new(scalar_string(&entry.value), text.span)),
            outside: OutsideText::from_tree(&entry.value).map(Box::new),
        })
        .collect()
}

/// Returns the arguments of a command.
pub(crate) fn words_of(tree: &Tree) -> Option<Spanned<Vec<String>>> {
    match &tree.value {
        TreeValue::Sequence(list) => {
            Some(Spanned::new(list.iter().map(scalar_string).collect(), synthetic::covering(tree, list)))
        }
        TreeValue::Scalar(_) | TreeValue::Mapping(_) => None,
    }
}
