//! Conversion of a canonical project into JSON values.

use serde_json::{Map, Number, Value as Json};

use super::loader_output::{always_printed, missing_value, printed_name};
use crate::keys::{Key, Node, Shape};
use crate::parse::scalars::Plain;
use crate::parse::{Mapping, Tree, TreeValue};
use crate::resolve::canonical::{Canonical, items};
use crate::resolve::host_paths;
use crate::resolve::units::go_duration;
use crate::resolve::value_format::{PathKind, ScalarValue, ValueFormat, plain, scalar_string};

/// Converts the tree of a canonical project into JSON values.
pub(super) struct Printer<'a> {
    pub(super) canonical: &'a Canonical,
}

impl Printer<'_> {
    /// Returns the value of a user-defined name or of a list item.
    pub(super) fn entry(&self, tree: &Tree, node: &'static Node) -> Json {
        match &tree.value {
            TreeValue::Mapping(mapping) => self.object(mapping, node),
            TreeValue::Scalar(_) => match plain(tree) {
                Plain::Null => Json::Null,
                // The official loader prints a limit of 0 as an empty mapping.
                Plain::Int(0) => Json::Object(Map::new()),
                Plain::Int(_) => ValueFormat::Whole(i128::MIN, i128::MAX).parse(tree).map_or(Json::Null, as_json),
                Plain::Text | Plain::Bool(_) | Plain::Float(_) | Plain::Timestamp => {
                    scalar_string(tree).parse::<i64>().map_or_else(|_| Json::String(scalar_string(tree)), Json::from)
                }
            },
            TreeValue::Sequence(_) => Json::Null,
        }
    }

    /// Returns a value as written; only paths change.
    pub(super) fn uninterpolated(&self, tree: &Tree, node: Option<&'static Node>, beside: Option<&Mapping>) -> Json {
        match &tree.value {
            TreeValue::Scalar(_) => match node.and_then(Node::key).and_then(|key| path_kind(key, beside)) {
                Some(place) if !tree.is_null() => Json::String(self.path(&scalar_string(tree), place)),
                Some(_) | None => json_as_written(tree),
            },
            TreeValue::Sequence(list) => {
                list.iter().map(|tree| self.uninterpolated(tree, node.and_then(Node::item), None)).collect()
            }
            TreeValue::Mapping(mapping) => {
                let mut names: Vec<_> = mapping.iter().collect();
                names.sort_unstable_by_key(|(name, _)| *name);
                let value =
                    |name: &str, tree| self.uninterpolated(tree, node.and_then(|node| node.child(name)), Some(mapping));
                let mut all: Map<String, Json> =
                    names.into_iter().map(|(name, entry)| (name.to_owned(), value(name, &entry.value))).collect();
                if node.and_then(Node::key) == Some(Key::VolumesBind) {
                    all.entry(Key::VolumesBindCreateHostPath.name()).or_insert(Json::Bool(true));
                }
                Json::Object(all)
            }
        }
    }

    fn object(&self, mapping: &Mapping, node: &'static Node) -> Json {
        let mut keys: Vec<(Key, Option<&Tree>)> = mapping
            .iter()
            .filter_map(|(name, entry)| Some((node.child(name)?.key()?, Some(&entry.value))))
            .chain(always_printed(node).iter().filter(|key| !mapping.contains_key(key.name())).map(|key| (*key, None)))
            .collect();
        keys.sort_unstable_by_key(|(key, _)| *key);
        let mut object = Map::with_capacity(keys.len());
        for (key, tree) in keys {
            let Some(node) = node.child(key.name()) else { continue };
            let value = match tree {
                Some(tree) => self.keyed(tree, key, node, mapping),
                None => Some(missing_value(key, node)),
            };
            if let Some(value) = value {
                object.insert(printed_name(key).to_owned(), value);
            }
        }
        Json::Object(object)
    }

    /// Returns the value of a key; `None` if the canonical form omits it.
    fn keyed(&self, tree: &Tree, key: Key, node: &'static Node, beside: &Mapping) -> Option<Json> {
        if matches!(key, Key::EnvFile | Key::LabelFile | Key::Extends) {
            return None;
        }
        if let Some(form) = ValueFormat::for_key(key) {
            return self.scalar(tree, key, form, beside);
        }
        match &tree.value {
            TreeValue::Mapping(mapping) => self.mapping(mapping, key, node, beside),
            TreeValue::Sequence(list) => self.json_list(list, key, node),
            TreeValue::Scalar(_) => (key.shape() == Shape::Words).then_some(Json::Null),
        }
    }

    fn json_list(&self, list: &[Tree], key: Key, node: &'static Node) -> Option<Json> {
        if list.is_empty() {
            return (key.shape() == Shape::Words).then(|| Json::Array(Vec::new()));
        }
        let item = node.item()?;
        let items = list.iter().map(|tree| match &tree.value {
            TreeValue::Mapping(mapping) => self.object(mapping, item),
            TreeValue::Scalar(_) | TreeValue::Sequence(_) => Json::String(scalar_string(tree)),
        });
        Some(Json::Array(items.collect()))
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "the other mappings have keys of the table")]
    fn mapping(&self, mapping: &Mapping, key: Key, node: &'static Node, beside: &Mapping) -> Option<Json> {
        let texts = |text: &dyn Fn(&str, &Tree) -> Json| {
            let mut names: Vec<(&str, &Tree)> = mapping.iter().map(|(name, entry)| (name, &entry.value)).collect();
            names.sort_unstable_by_key(|(name, _)| *name);
            let all: Map<String, Json> =
                names.into_iter().map(|(name, tree)| (name.to_owned(), text(name, tree))).collect();
            (!all.is_empty()).then_some(Json::Object(all))
        };
        match key.shape() {
            Shape::Pairs if key == Key::BuildSsh => {
                let keys = mapping.iter().map(|(name, entry)| match scalar_string(&entry.value) {
                    path if path.is_empty() => Json::String((*name).to_owned()),
                    path => Json::String(format!("{name}: {path}")),
                });
                (!mapping.is_empty()).then(|| Json::Array(keys.collect()))
            }
            Shape::Pairs if key == Key::BuildAdditionalContexts => {
                texts(&|_, tree| Json::String(self.path(&scalar_string(tree), PathKind::Context)))
            }
            Shape::Pairs if items::are_variables(key) => texts(&|_, tree| {
                if tree.is_null() { Json::Null } else { Json::String(scalar_string(tree)) }
            }),
            Shape::Hosts => {
                let mut hosts: Vec<String> = mapping
                    .iter()
                    .flat_map(|(name, entry)| {
                        let list = entry.value.as_sequence().unwrap_or_default();
                        list.iter().map(move |address| format!("{name}={}", scalar_string(address)))
                    })
                    .collect();
                hosts.sort_unstable();
                (!mapping.is_empty()).then(|| Json::Array(hosts.into_iter().map(Json::String).collect()))
            }
            Shape::Options => {
                let lists = texts(&|_, tree| match &tree.value {
                    TreeValue::Sequence(list) => list.iter().map(scalar_string).collect(),
                    TreeValue::Scalar(_) | TreeValue::Mapping(_) => {
                        Json::Array(vec![Json::String(scalar_string(tree))])
                    }
                });
                // An option without values is omitted.
                let given = |(_, list): &(String, Json)| list.as_array().is_some_and(|list| !list.is_empty());
                match lists {
                    Some(Json::Object(lists)) => {
                        let lists: Map<String, Json> = lists.into_iter().filter(given).collect();
                        (!lists.is_empty()).then_some(Json::Object(lists))
                    }
                    Some(_) | None => None,
                }
            }
            // For a local volume that is a bind mount, `device` is a path.
            _ if key == Key::TopVolumesDriverOpts => {
                let is = |mapping: &Mapping, key: &str, text: &str| {
                    mapping.get(key).is_some_and(|entry| scalar_string(&entry.value) == text)
                };
                let bind = is(beside, "driver", "local") && is(mapping, "o", "bind");
                texts(&|name, tree| {
                    let text = scalar_string(tree);
                    Json::String(if bind && name == "device" { self.path(&text, PathKind::Unix) } else { text })
                })
            }
            Shape::Pairs
            | Shape::TextMapping
            | Shape::TextOrNumberMapping
            | Shape::OptionMapping
            | Shape::AnyMapping => texts(&|_, tree| Json::String(scalar_string(tree))),
            Shape::Named | Shape::NamedOrNull | Shape::NamesOrNamed | Shape::Dependencies | Shape::Ulimits => {
                let name = node.name()?;
                texts(&|_, tree| self.entry(tree, name))
            }
            _ => Some(self.object(mapping, node)),
        }
    }

    fn path(&self, text: &str, place: PathKind) -> String {
        host_paths::printed(text, place, &self.canonical.directory, &self.canonical.environment)
    }

    fn scalar(&self, tree: &Tree, key: Key, form: ValueFormat, beside: &Mapping) -> Option<Json> {
        let form = path_kind(key, Some(beside)).map_or(form, ValueFormat::Path);
        match (form, form.parse(tree).ok()?) {
            (ValueFormat::Path(place), ScalarValue::Text(text)) => {
                let text = self.path(&text, place);
                (!text.is_empty()).then_some(Json::String(text))
            }
            (ValueFormat::Text, ScalarValue::Text(text)) if text.is_empty() => None,
            (ValueFormat::Flag, ScalarValue::Flag(flag)) if !flag => None,
            (ValueFormat::OptOut, ScalarValue::Flag(flag)) if flag => None,
            (ValueFormat::Hidden, _)
            | (ValueFormat::Whole(..) | ValueFormat::WholeBare(..) | ValueFormat::Count, ScalarValue::Whole(0))
            | (ValueFormat::Float, ScalarValue::Float(0.0))
            | (ValueFormat::Bytes, ScalarValue::Bytes(0))
            | (ValueFormat::DurationUnlessZero, ScalarValue::Duration(0)) => None,
            (_, meaning) => Some(as_json(meaning)),
        }
    }
}

/// Returns the kind of path that a key contains, depending on its sibling keys; `None` if it is not a path.
fn path_kind(key: Key, beside: Option<&Mapping>) -> Option<PathKind> {
    let binds =
        || beside.and_then(|beside| beside.get("type")).is_some_and(|kind| scalar_string(&kind.value) == "bind");
    match ValueFormat::for_key(key) {
        Some(ValueFormat::Path(place)) => Some(place),
        // `source` is a path for bind mounts and a name for volumes.
        Some(_) | None => (key == Key::VolumesSource && binds()).then_some(PathKind::Unix),
    }
}

fn as_json(meaning: ScalarValue) -> Json {
    match meaning {
        ScalarValue::Text(text) => Json::String(text),
        ScalarValue::Flag(flag) => Json::Bool(flag),
        ScalarValue::Whole(number) => whole(number),
        // The shortest decimal form of the 32-bit number; converted to 64 bits it would get more digits.
        ScalarValue::Float(number) => number.to_string().parse().map_or(Json::Null, float),
        ScalarValue::Bytes(bytes) => Json::String(bytes.to_string()),
        ScalarValue::Duration(nanoseconds) => Json::String(go_duration(nanoseconds)),
        ScalarValue::Mode(mode) => Json::String(format!("0{mode:o}")),
    }
}

/// Formats a number without a fraction as an integer, as Go does.
fn float(number: f64) -> Json {
    #[allow(clippy::cast_possible_truncation, reason = "it is a whole number that 64 bits hold exactly")]
    if number.fract() == 0.0 && number.abs() < 9e15 {
        return Json::from(number as i64);
    }
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}

fn whole(number: i128) -> Json {
    i64::try_from(number).map(Json::from).or_else(|_| u64::try_from(number).map(Json::from)).unwrap_or(Json::Null)
}

/// Returns the value of an extension field, typed by YAML's rules.
pub(super) fn json_as_written(tree: &Tree) -> Json {
    match &tree.value {
        TreeValue::Scalar(_) => match plain(tree) {
            Plain::Null => Json::Null,
            Plain::Bool(flag) => Json::Bool(flag),
            Plain::Int(number) => whole(number),
            Plain::Float(number) => float(number),
            Plain::Timestamp | Plain::Text => Json::String(scalar_string(tree)),
        },
        TreeValue::Sequence(list) => list.iter().map(json_as_written).collect(),
        TreeValue::Mapping(mapping) => {
            let mut names: Vec<_> = mapping.iter().collect();
            names.sort_unstable_by_key(|(name, _)| *name);
            Json::Object(
                names.into_iter().map(|(name, entry)| (name.to_owned(), json_as_written(&entry.value))).collect(),
            )
        }
    }
}
