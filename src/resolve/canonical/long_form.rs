//! Conversion of the merged tree into the long form, with checks of every value.
//!
//! Input: the merged tree as written. Output: the same tree in which every key has one form. Values that a key does not
//! accept are reported and omitted.

use super::converter::{Converter, Mode};
use super::dedup::{self, keeps_last};
use super::name_rules::{NamePolicy, is_container_name, is_name, is_pull_policy, name_policy};
use super::{items, short_forms};
use crate::keys::{Key, Node, Shape, root};
use crate::parse::scalars::Plain;
use crate::parse::{Entry, Mapping, Text, Tree, TreeValue};
use crate::report::{Report, did_you_mean};
use crate::resolve::key_path::KeyPath;
use crate::resolve::problem::Problem;
use crate::resolve::synthetic;
use crate::resolve::value_format::{ScalarValue, ValueFormat, plain, scalar_string};
use crate::words::join_with_or;

/// Converts a merged tree into the long form.
pub(super) fn to_long_form(tree: Tree, mode: Mode, report: &mut Report) -> Tree {
    let span = tree.span;
    let mut converter = Converter { mode, report };
    converter.value(tree, root(), &KeyPath::TOP).unwrap_or_else(|| Tree::new(span, TreeValue::Mapping(Mapping::new())))
}

impl Converter<'_> {
    /// Converts a value at a node of the key table; `None` if it was reported.
    pub(super) fn value(&mut self, tree: Tree, node: &'static Node, path: &KeyPath<'_>) -> Option<Tree> {
        if !self.takes(&tree, node, path) {
            return None;
        }
        match node.key() {
            Some(key) => self.keyed(tree, node, key, path),
            None => match tree.value {
                TreeValue::Mapping(mapping) => Some(self.mapping(tree.span, mapping, node, path)),
                TreeValue::Sequence(_) => Some(tree),
                TreeValue::Scalar(_) => self.nameless(tree, node, path),
            },
        }
    }

    fn keyed(&mut self, tree: Tree, node: &'static Node, key: Key, path: &KeyPath<'_>) -> Option<Tree> {
        match key.shape() {
            Shape::Pairs | Shape::Hosts | Shape::Words
                if self.mode != Mode::Full && !matches!(key, Key::BuildAdditionalContexts | Key::BuildSsh) =>
            {
                self.repeats_nothing(&tree, key, path);
                return Some(tree);
            }
            Shape::Pairs | Shape::Hosts => return items::pairs(self, tree, node, key, path),
            Shape::Words => return items::argument_list(self, tree, path),
            Shape::NamesOrNamed | Shape::Dependencies => return self.names(tree, node, key, path),
            Shape::Ports => return self.ports(tree, node, path),
            Shape::Text
            | Shape::TextOrNull
            | Shape::Choice(_)
            | Shape::ContainerName
            | Shape::PullPolicy
            | Shape::Duration
            | Shape::TextBytes
            | Shape::Bytes
            | Shape::WholeBytes
            | Shape::WholeBytesFromZero
            | Shape::Flag
            | Shape::StrictFlag
            | Shape::FlagText
            | Shape::Integer
            | Shape::IntegerFrom(_)
            | Shape::IntegerWithin(..)
            | Shape::StrictInteger
            | Shape::Number
            | Shape::StrictNumber
            | Shape::IntegerOrText
            | Shape::Count
            | Shape::FileMode
            | Shape::Texts
            | Shape::UniqueTexts
            | Shape::UniqueTextsOrNumbers
            | Shape::TextOrTexts
            | Shape::TextOrUniqueTexts
            | Shape::TextMapping
            | Shape::TextOrNumberMapping
            | Shape::OptionMapping
            | Shape::Options
            | Shape::AnyMapping
            | Shape::Mapping
            | Shape::MappingOrNull
            | Shape::MappingOrText
            | Shape::External
            | Shape::Items
            | Shape::ItemsOrTexts
            | Shape::UniqueItemsOrTexts
            | Shape::TextOrItems
            | Shape::Gpus
            | Shape::Named
            | Shape::NamedOrNull
            | Shape::Ulimits => {}
        }
        let span = tree.span;
        match tree.value {
            TreeValue::Mapping(mapping) => {
                let tree = self.mapping(span, mapping, node, path);
                Some(if key == Key::Build { items::with_context(tree) } else { tree })
            }
            TreeValue::Sequence(list) => self.sequence(span, list, node, key, path),
            TreeValue::Scalar(_) if key == Key::Build => Some(synthetic::mapping(span, [("context", tree)])),
            TreeValue::Scalar(_) if key == Key::Gpus => {
                if tree.as_scalar().is_some_and(|scalar| scalar.text == "all") {
                    let request = synthetic::mapping(span, [("count", tree)]);
                    return Some(Tree::new(span, TreeValue::Sequence(vec![request])));
                }
                self.wrong_value(&tree, "`all` or a list of requests", path);
                None
            }
            TreeValue::Scalar(_) if key == Key::HealthcheckTest && self.mode == Mode::Uninterpolated => Some(tree),
            TreeValue::Scalar(_) if key == Key::HealthcheckTest => {
                Some(Tree::new(span, TreeValue::Sequence(vec![synthetic::string("CMD-SHELL", span), tree])))
            }
            TreeValue::Scalar(_) if node.item().is_some() => self.sequence(span, vec![tree], node, key, path),
            TreeValue::Scalar(_) => self.scalar(tree, key, path),
        }
    }

    /// Whether values of this format are checked only in the merged project.
    fn is_for_later(&self, form: ValueFormat) -> bool {
        let in_the_end = matches!(
            form,
            ValueFormat::Bytes
                | ValueFormat::BytesAlways
                | ValueFormat::Duration
                | ValueFormat::DurationUnlessZero
                | ValueFormat::Mode
                | ValueFormat::Count
        );
        self.mode == Mode::Layer && in_the_end
    }

    /// Reports repeated items of a list that is not converted.
    fn repeats_nothing(&mut self, tree: &Tree, key: Key, path: &KeyPath<'_>) {
        if let (true, Some(list)) = (self.mode == Mode::Layer && key.shape() != Shape::Words, tree.as_sequence()) {
            dedup::once(list.to_vec(), !keeps_last(key), path, self.report);
        }
    }

    /// Converts a mapping with keys of the key table or user-defined names.
    pub(super) fn mapping(
        &mut self,
        span: crate::text::Span,
        mapping: Mapping,
        node: &'static Node,
        path: &KeyPath<'_>,
    ) -> Tree {
        let mut kept = Mapping::with_capacity(mapping.len());
        let mut wrong = false;
        for (key, entry) in mapping {
            let Some(child) = node.child(&key) else {
                if key.starts_with("x-") && node.takes_extensions() || node.is_open() {
                    kept.push(key, entry);
                    continue;
                }
                wrong = true;
                let suggestion = did_you_mean(&key, node.children());
                self.report.add(Problem::UnknownKey {
                    place: path.place(node),
                    key: key.into(),
                    at: entry.key,
                    suggestion,
                });
                continue;
            };
            if child.key().is_none() && !is_name(&key, node.owner()) {
                match name_policy(node.owner()) {
                    NamePolicy::Strict(what) => {
                        wrong = true;
                        self.report.add(Problem::BadName { what, name: key.into(), at: entry.key });
                    }
                    NamePolicy::Lax => {
                        kept.push(key, entry);
                    }
                }
                continue;
            }
            let below = KeyPath::key(path, &key);
            match self.value(entry.value, child, &below) {
                Some(value) => {
                    kept.push(key, Entry { key: entry.key, value });
                }
                None => wrong = true,
            }
        }
        // A wrong key was reported already and may be the required one.
        if !wrong {
            for key in node.required() {
                if !kept.contains_key(key.name()) {
                    let (key, place) = (key.name().to_owned(), path.place(node));
                    self.report.add(Problem::MissingKey { key, place, at: span });
                }
            }
        }
        let tree = Tree::new(span, TreeValue::Mapping(kept));
        items::named_outside(tree, node, self)
    }

    /// Converts the items of a list.
    fn sequence(
        &mut self,
        span: crate::text::Span,
        list: Vec<Tree>,
        node: &'static Node,
        key: Key,
        path: &KeyPath<'_>,
    ) -> Option<Tree> {
        let item = node.item()?;
        let mut kept = Vec::with_capacity(list.len());
        for (index, tree) in list.into_iter().enumerate() {
            let below = KeyPath::item(path, index);
            if !self.takes(&tree, item, &below) {
                continue;
            }
            let tree = match tree.value {
                TreeValue::Scalar(_) => items::item(self, tree, key, &below),
                TreeValue::Mapping(mapping) => Some(self.mapping(tree.span, mapping, item, &below)),
                TreeValue::Sequence(_) => None,
            };
            kept.extend(tree.map(|tree| items::with_defaults(tree, key)));
        }
        Some(Tree::new(span, TreeValue::Sequence(dedup::settle(kept, key, path, self.report))))
    }

    /// Checks a scalar at a key.
    fn scalar(&mut self, tree: Tree, key: Key, path: &KeyPath<'_>) -> Option<Tree> {
        let text = tree.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let shape = key.shape();
        if let Some(words) = shape.choices()
            && !words.contains(&text)
        {
            let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            self.wrong_value(&tree, &join_with_or(&quoted), path);
            return None;
        }
        let fits = (shape != Shape::ContainerName || is_container_name(text))
            && (shape != Shape::PullPolicy || is_pull_policy(text));
        if !fits {
            let expected = if shape == Shape::PullPolicy {
                "`always`, `never`, `missing`, `build`, `daily`, `weekly` or `every_<duration>`"
            } else {
                "two or more letters, digits, `_`, `.` or `-`, the first a letter or digit"
            };
            self.wrong_value(&tree, expected, path);
            return None;
        }
        let Some(form) = ValueFormat::for_key(key) else { return Some(tree) };
        match form.parse(&tree) {
            Ok(ScalarValue::Bytes(bytes))
                if shape == Shape::WholeBytesFromZero && bytes < 0 && plain(&tree) != Plain::Text =>
            {
                self.wrong_value(&tree, "a size of 0 or more", path);
                None
            }
            Ok(_) => Some(tree),
            Err(_) if self.is_open(&tree) || self.is_for_later(form) => Some(tree),
            Err(expected) => {
                self.wrong_value(&tree, &expected, path);
                None
            }
        }
    }

    /// Checks a scalar with a user-defined name.
    fn nameless(&mut self, tree: Tree, node: &'static Node, path: &KeyPath<'_>) -> Option<Tree> {
        if self.is_open(&tree) {
            return Some(tree);
        }
        let whole = matches!(plain(&tree), Plain::Int(_));
        let text = tree.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let expected = match node.owner() {
            Some(Key::Ulimits) if !whole && text.parse::<i64>().is_err() => "a whole number",
            // Compose does not accept a string as a number here.
            Some(Key::BuildUlimits) if !whole => "a whole number without quotes",
            // Compose does not convert a fraction into a string here.
            Some(Key::TopSecretsDriverOpts) if matches!(plain(&tree), Plain::Float(_)) => "a string or a whole number",
            Some(Key::StorageOpt) if !whole && !matches!(plain(&tree), Plain::Text | Plain::Null) => {
                "a string or a whole number"
            }
            Some(_) | None => return Some(tree),
        };
        self.wrong_value(&tree, expected, path);
        None
    }

    /// Converts a list of names (`networks`, `models`, `depends_on`) into a mapping.
    fn names(&mut self, tree: Tree, node: &'static Node, key: Key, path: &KeyPath<'_>) -> Option<Tree> {
        let span = tree.span;
        let mapping = match tree.value {
            TreeValue::Mapping(mapping) => mapping,
            TreeValue::Scalar(_) => return None,
            TreeValue::Sequence(list) => {
                let list = dedup::once(list, true, path, self.report);
                let mut mapping = Mapping::new();
                for (index, item) in list.into_iter().enumerate() {
                    if !node.item().is_some_and(|node| self.takes(&item, node, &KeyPath::item(path, index))) {
                        continue;
                    }
                    let name = item.as_scalar().map_or_else(Text::default, |scalar| scalar.text.clone());
                    let value = if key == Key::DependsOn {
                        synthetic::mapping(item.span, [("condition", synthetic::string("service_started", item.span))])
                    } else {
                        synthetic::null(item.span)
                    };
                    mapping.insert(name, Entry { key: item.span, value });
                }
                mapping
            }
        };
        let mut tree = self.mapping(span, mapping, node, path);
        if key == Key::DependsOn {
            for entry in synthetic::mapping_mut(&mut tree)?.values_mut() {
                synthetic::default(&mut entry.value, "required", synthetic::bare("true", entry.key));
            }
        }
        Some(tree)
    }

    /// Converts `ports`: a short form becomes one item per port of its range.
    fn ports(&mut self, tree: Tree, node: &'static Node, path: &KeyPath<'_>) -> Option<Tree> {
        let (span, item) = (tree.span, node.item()?);
        // If one port contains a variable, the whole list stays as it is.
        if tree.as_sequence().unwrap_or_default().iter().any(|port| self.is_open(port)) {
            return Some(tree);
        }
        let TreeValue::Sequence(list) = tree.value else { return None };
        let mut kept = Vec::with_capacity(list.len());
        for (index, tree) in list.into_iter().enumerate() {
            let below = KeyPath::item(path, index);
            if !self.takes(&tree, item, &below) {
                continue;
            }
            match tree.value {
                TreeValue::Mapping(mapping) => kept.push(self.mapping(tree.span, mapping, item, &below)),
                TreeValue::Scalar(_) if matches!(plain(&tree), Plain::Float(_)) => {
                    self.wrong_value(&tree, "a port; put it in quotes", &below);
                }
                TreeValue::Scalar(_) => {
                    let text = scalar_string(&tree);
                    match short_forms::ports(&text) {
                        Ok(ports) => kept.extend(ports.into_iter().map(|port| items::long_port(port, tree.span))),
                        Err(why) => {
                            let form = "[[IP:]HOST:]CONTAINER[/PROTOCOL]";
                            self.report.add(Problem::BadShortForm { what: "port", text, why, form, at: tree.span });
                        }
                    }
                }
                TreeValue::Sequence(_) => {}
            }
        }
        let mut kept = dedup::settle(kept, Key::Ports, path, self.report);
        for port in &mut kept {
            let span = port.span;
            synthetic::default(port, "protocol", synthetic::string("tcp", span));
            synthetic::default(port, "mode", synthetic::string("ingress", span));
        }
        Some(Tree::new(span, TreeValue::Sequence(kept)))
    }
}
