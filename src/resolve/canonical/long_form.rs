//! The merged tree with every short form made long, every value looked at, every repetition settled.
//!
//! In: the merged tree as written. Out: the same tree in which a key has one form only: lists of mappings, mappings of
//! names, words of commands. What a key does not take is reported and left out.

use super::command_split::{Unsplittable, split};
use super::dedup;
use super::items;
use crate::keys::{Key, Kinds, Merge, Node, Shape, root};
use crate::parse::scalars::Plain;
use crate::parse::{Entry, Mapping, Tree, Value};
use crate::report::{Report, did_you_mean};
use crate::resolve::key_path::Step;
use crate::resolve::problem::Problem;
use crate::resolve::synthetic;
use crate::resolve::value_format::{Form, Meaning, plain};

/// What is asked of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Everything.
    Whole,
    /// Its variables stand as written, and what holds one means nothing yet.
    Unresolved,
    /// A later file covers a part of it: what only means something in the end is not asked for.
    Covered,
}

/// Brings a merged tree into its long form.
pub(super) fn long(tree: Tree, reading: Reading, report: &mut Report) -> Tree {
    let span = tree.span;
    let mut walk = Walk { reading, report };
    walk.value(tree, root(), &Step::TOP).unwrap_or_else(|| Tree::new(span, Value::Mapping(Mapping::new())))
}

/// The way through the tree and the key table at once.
pub(super) struct Walk<'report> {
    /// What is asked of the tree.
    pub(super) reading: Reading,
    pub(super) report: &'report mut Report,
}

impl Walk<'_> {
    /// One value at a place of the key table; `None` where it was reported.
    pub(super) fn value(&mut self, tree: Tree, node: &'static Node, step: &Step<'_>) -> Option<Tree> {
        if !self.takes(&tree, node, step) {
            return None;
        }
        match node.key() {
            Some(key) => self.keyed(tree, node, key, step),
            None => match tree.value {
                Value::Mapping(mapping) => Some(self.mapping(tree.span, mapping, node, step)),
                Value::Sequence(_) => Some(tree),
                Value::Scalar(_) => self.nameless(tree, node, step),
            },
        }
    }

    fn keyed(&mut self, tree: Tree, node: &'static Node, key: Key, step: &Step<'_>) -> Option<Tree> {
        match key.shape() {
            Shape::Pairs | Shape::Hosts | Shape::Words
                if self.reading != Reading::Whole && !matches!(key, Key::BuildAdditionalContexts | Key::BuildSsh) =>
            {
                self.repeats_nothing(&tree, key, step);
                return Some(tree);
            }
            Shape::Pairs | Shape::Hosts => return items::pairs(self, tree, node, key, step),
            Shape::Words => return self.words(tree, step),
            Shape::NamesOrNamed | Shape::Dependencies => return items::names(self, tree, node, key, step),
            Shape::Ports => return items::ports(self, tree, node, step),
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
            Value::Mapping(mapping) => {
                let tree = self.mapping(span, mapping, node, step);
                Some(if key == Key::Build { items::with_context(tree) } else { tree })
            }
            Value::Sequence(list) => self.list(span, list, node, key, step),
            Value::Scalar(_) if key == Key::Build => Some(synthetic::mapping(span, [("context", tree)])),
            Value::Scalar(_) if key == Key::Gpus => {
                if tree.as_scalar().is_some_and(|scalar| scalar.text == "all") {
                    let request = synthetic::mapping(span, [("count", tree)]);
                    return Some(Tree::new(span, Value::Sequence(vec![request])));
                }
                self.wrong_value(&tree, "`all` or a list of requests", step);
                None
            }
            Value::Scalar(_) if key == Key::HealthcheckTest && self.reading == Reading::Unresolved => Some(tree),
            Value::Scalar(_) if key == Key::HealthcheckTest => {
                Some(Tree::new(span, Value::Sequence(vec![synthetic::text("CMD-SHELL", span), tree])))
            }
            Value::Scalar(_) if node.item().is_some() => self.list(span, vec![tree], node, key, step),
            Value::Scalar(_) => self.scalar(tree, key, step),
        }
    }

    /// Whether a value of this form is looked at in the end only.
    fn is_for_later(&self, form: Form) -> bool {
        let in_the_end = matches!(
            form,
            Form::Bytes | Form::BytesAlways | Form::Duration | Form::DurationUnlessZero | Form::Mode | Form::Count
        );
        self.reading == Reading::Covered && in_the_end
    }

    /// A list of pairs or words that stays as it is: no item may stand twice where lists say so.
    fn repeats_nothing(&mut self, tree: &Tree, key: Key, step: &Step<'_>) {
        if let (true, Some(list)) =
            (self.reading == Reading::Covered && key.shape() != Shape::Words, tree.as_sequence())
        {
            dedup::once(list.to_vec(), !keeps_last(key), step, self.report);
        }
    }

    /// Whether a value is a text whose variables stand as written, so that nobody can say what it means.
    pub(super) fn is_open(&self, tree: &Tree) -> bool {
        self.reading == Reading::Unresolved && tree.as_scalar().is_some_and(|scalar| scalar.text.contains('$'))
    }

    /// Whether a value is of a kind that the place takes; reports it where not.
    pub(super) fn takes(&mut self, tree: &Tree, node: &'static Node, step: &Step<'_>) -> bool {
        let found = kind(tree);
        // Compose casts the words for truth to truth before it looks at the kind.
        let cast = node.key() == Some(Key::DependsOnRequired) && found == Kinds::TEXT;
        if node.kinds().contains(found) || cast {
            return true;
        }
        let expected = node.kinds().words();
        let hint = if node.kinds().contains(Kinds::TEXT) && Kinds::NUMBER.or(Kinds::FLAG).contains(found) {
            "put it in quotes".to_owned()
        } else if found == Kinds::NULL {
            format!("give it {expected}, or remove the key")
        } else {
            format!("write {expected}")
        };
        self.report.add(Problem::WrongType {
            path: step.path(),
            found: kind_words(tree),
            expected,
            at: tree.span,
            hint,
        });
        false
    }

    /// A mapping, whose keys are the table's or names that the user chose.
    pub(super) fn mapping(
        &mut self,
        span: crate::text::Span,
        mapping: Mapping,
        node: &'static Node,
        step: &Step<'_>,
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
                    place: step.place(node),
                    key: key.into(),
                    at: entry.key,
                    suggestion,
                });
                continue;
            };
            if child.key().is_none() && !is_name(&key, node.owner()) {
                match names(node.owner()) {
                    Names::Strict(what) => {
                        wrong = true;
                        self.report.add(Problem::BadName { what, name: key.into(), at: entry.key });
                    }
                    Names::Lax => {
                        kept.push(key, entry);
                    }
                }
                continue;
            }
            let below = Step::key(step, &key);
            match self.value(entry.value, child, &below) {
                Some(value) => {
                    kept.push(key, Entry { key: entry.key, value });
                }
                None => wrong = true,
            }
        }
        // A key that is there and wrong is reported once.
        if !wrong {
            for key in node.required() {
                if !kept.contains_key(key.name()) {
                    let (key, place) = (key.name().to_owned(), step.place(node));
                    self.report.add(Problem::MissingKey { key, place, at: span });
                }
            }
        }
        let tree = Tree::new(span, Value::Mapping(kept));
        items::named_outside(tree, node, self)
    }

    fn list(
        &mut self,
        span: crate::text::Span,
        list: Vec<Tree>,
        node: &'static Node,
        key: Key,
        step: &Step<'_>,
    ) -> Option<Tree> {
        let item = node.item()?;
        let mut kept = Vec::with_capacity(list.len());
        for (index, tree) in list.into_iter().enumerate() {
            let below = Step::item(step, index);
            if !self.takes(&tree, item, &below) {
                continue;
            }
            let tree = match tree.value {
                Value::Scalar(_) => items::item(self, tree, key, &below),
                Value::Mapping(mapping) => Some(self.mapping(tree.span, mapping, item, &below)),
                Value::Sequence(_) => None,
            };
            kept.extend(tree.map(|tree| items::with_defaults(tree, key)));
        }
        Some(Tree::new(span, Value::Sequence(dedup::settle(kept, key, step, self.report))))
    }

    /// A single value at a key.
    fn scalar(&mut self, tree: Tree, key: Key, step: &Step<'_>) -> Option<Tree> {
        let text = tree.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let shape = key.shape();
        if let Some(words) = shape.choices()
            && !words.contains(&text)
        {
            let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            self.wrong_value(&tree, &synthetic::either(&quoted), step);
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
            self.wrong_value(&tree, expected, step);
            return None;
        }
        let Some(form) = Form::of(key) else { return Some(tree) };
        match form.read(&tree) {
            Ok(Meaning::Bytes(bytes))
                if shape == Shape::WholeBytesFromZero && bytes < 0 && plain(&tree) != Plain::Text =>
            {
                self.wrong_value(&tree, "a size of 0 or more", step);
                None
            }
            Ok(_) => Some(tree),
            Err(_) if self.is_open(&tree) || self.is_for_later(form) => Some(tree),
            Err(expected) => {
                self.wrong_value(&tree, &expected, step);
                None
            }
        }
    }

    /// A single value under a name that the user chose.
    fn nameless(&mut self, tree: Tree, node: &'static Node, step: &Step<'_>) -> Option<Tree> {
        if self.is_open(&tree) {
            return Some(tree);
        }
        let whole = matches!(plain(&tree), Plain::Int(_));
        let text = tree.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let expected = match node.owner() {
            Some(Key::Ulimits) if !whole && text.parse::<i64>().is_err() => "a whole number",
            // Here Compose takes no string for a number.
            Some(Key::BuildUlimits) if !whole => "a whole number without quotes",
            // And here no fraction is turned into a string.
            Some(Key::TopSecretsDriverOpts) if matches!(plain(&tree), Plain::Float(_)) => "a string or a whole number",
            Some(Key::StorageOpt) if !whole && !matches!(plain(&tree), Plain::Text | Plain::Null) => {
                "a string or a whole number"
            }
            Some(_) | None => return Some(tree),
        };
        self.wrong_value(&tree, expected, step);
        None
    }

    /// A command: words, a text to be split into words, or nothing.
    fn words(&mut self, tree: Tree, step: &Step<'_>) -> Option<Tree> {
        let span = tree.span;
        if plain(&tree) == Plain::Null {
            return Some(tree);
        }
        match tree.value {
            Value::Sequence(ref list) => {
                for (index, word) in list.iter().enumerate() {
                    if kind(word) != Kinds::TEXT {
                        let (path, expected) = (Step::item(step, index).path(), Kinds::TEXT.words());
                        let (found, hint) = (kind_words(word), "put it in quotes".to_owned());
                        self.report.add(Problem::WrongType { path, found, expected, at: word.span, hint });
                        return None;
                    }
                }
                Some(tree)
            }
            Value::Scalar(ref scalar) => match split(&scalar.text) {
                Ok(split) => {
                    if let Some(from) = split.dropped_from {
                        let rest = scalar.text.get(from..).unwrap_or_default();
                        let at = synthetic::part(&tree, from..scalar.text.len());
                        let rest = rest.lines().next().unwrap_or_default().to_owned();
                        self.report.add(Problem::WordsDropped { path: step.path(), rest, at });
                    }
                    let words = split.words.into_iter().map(|word| synthetic::text(word, span)).collect();
                    Some(Tree::new(span, Value::Sequence(words)))
                }
                Err(why) => {
                    let why = match why {
                        Unsplittable::Open => "a quote, a bracket or a last backslash is left open",
                        Unsplittable::Parenthesis => "a bracket stands outside quotes",
                    };
                    self.report.add(Problem::Unsplittable { path: step.path(), why, at: span });
                    None
                }
            },
            Value::Mapping(_) => None,
        }
    }

    /// A value that means nothing at its key.
    pub(super) fn wrong_value(&mut self, tree: &Tree, expected: &str, step: &Step<'_>) {
        let text = tree.as_scalar().map_or_else(String::new, |scalar| scalar.text.to_string());
        let expected = expected.to_owned();
        self.report.add(Problem::WrongValue { path: step.path(), text, expected, at: tree.span });
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

/// What is asked of names that the user chose.
enum Names {
    /// Others are errors; what the thing is called.
    Strict(&'static str),
    /// Others are kept, and nothing is asked of what stands there.
    Lax,
}

fn names(owner: Option<Key>) -> Names {
    match owner {
        Some(Key::TopServices | Key::DependsOn) => Names::Strict("service"),
        Some(Key::TopVolumes) => Names::Strict("volume"),
        Some(Key::TopConfigs) => Names::Strict("config"),
        Some(Key::TopSecrets) => Names::Strict("secret"),
        Some(Key::Networks) => Names::Strict("network"),
        Some(_) | None => Names::Lax,
    }
}

/// Whether a name is one of those that the official schema asks something of.
fn is_name(name: &str, owner: Option<Key>) -> bool {
    let named = |allowed: fn(char) -> bool| !name.is_empty() && name.chars().all(allowed);
    match owner {
        Some(
            Key::TopServices
            | Key::TopVolumes
            | Key::TopConfigs
            | Key::TopSecrets
            | Key::TopNetworks
            | Key::TopModels
            | Key::DependsOn
            | Key::Networks
            | Key::Models,
        ) => named(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')),
        Some(_) | None => true,
    }
}

/// Whether a container's name is in it: the official pattern is not bound to the whole text.
fn is_container_name(text: &str) -> bool {
    let follows = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-');
    text.chars().zip(text.chars().skip(1)).any(|(first, second)| first.is_ascii_alphanumeric() && follows(second))
}

/// Whether a pull policy is in it: the official pattern is not bound to the whole text.
fn is_pull_policy(text: &str) -> bool {
    ["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"]
        .iter()
        .any(|word| text.contains(word))
        || text.match_indices("every_").any(|(at, word)| {
            let rest = text.get(at + word.len()..).unwrap_or_default();
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            digits > 0 && rest.get(digits..).is_some_and(|rest| rest.starts_with(['w', 'd', 'h', 'm', 's']))
        })
}

/// Whether lists of this key keep one of several equal items rather than refuse them.
pub(super) fn keeps_last(key: Key) -> bool {
    // Labels of volumes are merged as labels are, and still may not repeat an item.
    matches!(key.merge(), Merge::Unique | Merge::Pairs | Merge::ByIdentity)
        && !matches!(key, Key::TopVolumesLabels | Key::VolumesVolumeLabels)
}
