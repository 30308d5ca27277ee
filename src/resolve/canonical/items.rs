//! Conversion of short forms of items and mappings into the long form.

use super::commands::command_split::{Unsplittable, split};
use super::commands::outside_words;
use super::converter::{Converter, kind, kind_words};
use super::dedup::{self, keeps_last};
use super::short_forms;
use crate::keys::{Key, Kinds, Node, Shape};
use crate::parse::scalars::Plain;
use crate::parse::{Entry, Mapping, Tree, TreeValue};
use crate::resolve::key_path::KeyPath;
use crate::resolve::problem::Problem;
use crate::resolve::synthetic;
use crate::resolve::value_format::{plain, scalar_string};
use crate::text::Span;

/// Converts a list of `NAME=value` into a mapping. Of repeated names the last value is kept, at the position of the
/// first.
pub(super) fn pairs(
    converter: &mut Converter<'_>,
    tree: Tree,
    node: &'static Node,
    key: Key,
    path: &KeyPath<'_>,
) -> Option<Tree> {
    let span = tree.span;
    let mut kept = Mapping::new();
    match tree.value {
        TreeValue::Scalar(_) => return None,
        TreeValue::Mapping(mapping) => {
            for (name, entry) in mapping {
                let below = KeyPath::key(path, &name);
                let Some(child) = node.child(&name) else { continue };
                if !converter.takes(&entry.value, child, &below) {
                    continue;
                }
                let value = if key.shape() == Shape::Hosts {
                    addresses(converter, entry.value, &name, path)?
                } else {
                    entry.value
                };
                kept.insert(name, Entry { key: entry.key, value });
            }
        }
        TreeValue::Sequence(list) => {
            let list = dedup::once(list, !keeps_last(key), path, converter.report);
            for (index, item) in list.iter().enumerate() {
                let below = KeyPath::item(path, index);
                if kind(item) != Kinds::TEXT {
                    let (path, found, expected) = (below.path(), kind_words(item), "a string".to_owned());
                    let hint = "put it in quotes, as `\"NAME=value\"`".to_owned();
                    converter.report.add(Problem::WrongType { path, found, expected, at: item.span, hint });
                    continue;
                }
                if key.shape() == Shape::Hosts {
                    host(converter, item, &mut kept, &below);
                } else {
                    pair(converter, item, key, &mut kept, &below);
                }
            }
        }
    }
    Some(Tree::new(span, TreeValue::Mapping(kept)))
}

/// Whether names without a value get their value from the environment.
pub(crate) fn are_variables(key: Key) -> bool {
    matches!(
        key,
        Key::Environment
            | Key::BuildArgs
            | Key::DevelopWatchExecEnvironment
            | Key::PreStartEnvironment
            | Key::PostStartEnvironment
            | Key::PreStopEnvironment
    )
}

/// Adds an item `NAME=value` or `NAME`.
fn pair(converter: &mut Converter<'_>, item: &Tree, key: Key, into: &mut Mapping, path: &KeyPath<'_>) {
    let text = item.as_scalar().map_or("", |scalar| scalar.text.as_str());
    let equals = text.find('=');
    let name = text.get(..equals.unwrap_or(text.len())).unwrap_or_default();
    let at = synthetic::part(item, 0..name.len());
    let value = match equals {
        Some(_) => synthetic::value_after(item, name),
        None if are_variables(key) => synthetic::null(item.span),
        None if key == Key::BuildAdditionalContexts => {
            return converter.wrong_value(item, "`NAME=context`", path);
        }
        None if key == Key::BuildSsh && name != "default" => {
            return converter.wrong_value(item, "`default` or `ID=path`", path);
        }
        None => synthetic::string("", item.span),
    };
    if are_variables(key) && name.ends_with(char::is_whitespace) {
        converter.report.add(Problem::TrailingSpace { name: name.to_owned(), at });
        return;
    }
    into.insert(name.to_owned(), Entry { key: at, value });
}

/// Adds an item `NAME=ADDRESS[,ADDRESS]` or `NAME:ADDRESS` to the list of its name.
fn host(converter: &mut Converter<'_>, item: &Tree, into: &mut Mapping, path: &KeyPath<'_>) {
    let text = item.as_scalar().map_or("", |scalar| scalar.text.as_str());
    let Some(divider) = text.find('=').or_else(|| text.find(':')) else {
        return converter.wrong_value(item, "`NAME=address`", path);
    };
    let name = text.get(..divider).unwrap_or_default();
    if name.is_empty() || name.contains([':', '=']) {
        return converter.wrong_value(item, "`NAME=address` with a host's name", path);
    }
    let mut list = Vec::new();
    let mut start = divider + 1;
    for address in text.get(start..).unwrap_or_default().split(',') {
        list.push(unbracketed(synthetic::slice(item, start..start + address.len())));
        start += address.len() + 1;
    }
    let at = synthetic::part(item, 0..name.len());
    match into.get_mut(name).map(|entry| &mut entry.value.value) {
        Some(TreeValue::Sequence(known)) => known.extend(list),
        Some(TreeValue::Scalar(_) | TreeValue::Mapping(_)) | None => {
            let value = Tree::new(item.span, TreeValue::Sequence(list));
            into.insert(name.to_owned(), Entry { key: at, value });
        }
    }
}

fn addresses(converter: &mut Converter<'_>, tree: Tree, name: &str, path: &KeyPath<'_>) -> Option<Tree> {
    if name.is_empty() || name.contains([':', '=']) {
        converter.wrong_value(&synthetic::string(name, tree.span), "the name of a host", path);
        return None;
    }
    let span = tree.span;
    let list = match tree.value {
        TreeValue::Sequence(list) => list,
        TreeValue::Scalar(_) | TreeValue::Mapping(_) => vec![tree],
    };
    Some(Tree::new(span, TreeValue::Sequence(list.into_iter().map(unbracketed).collect())))
}

/// Removes the brackets of an IPv6 address.
fn unbracketed(tree: Tree) -> Tree {
    let text = tree.as_scalar().map_or("", |scalar| scalar.text.as_str());
    match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        Some(inner) if !inner.is_empty() => synthetic::string(inner, tree.span),
        Some(_) | None => tree,
    }
}

/// Converts a port of a short form into the long form.
pub(super) fn long_port(port: short_forms::ShortPort, span: Span) -> Tree {
    let mut tree = synthetic::mapping(
        span,
        [
            ("mode", synthetic::string("ingress", span)),
            ("target", synthetic::bare(&port.target.to_string(), span)),
            ("protocol", synthetic::string(port.protocol, span)),
        ],
    );
    for (key, value) in [("host_ip", port.host_ip), ("published", port.published)] {
        if let Some(value) = value {
            synthetic::default(&mut tree, key, synthetic::string(value, span));
        }
    }
    tree
}

/// Converts a command into a list of arguments; null stays null.
pub(super) fn argument_list(converter: &mut Converter<'_>, tree: Tree, path: &KeyPath<'_>) -> Option<Tree> {
    let span = tree.span;
    if plain(&tree) == Plain::Null {
        return Some(tree);
    }
    match tree.value {
        TreeValue::Sequence(ref list) => {
            for (index, word) in list.iter().enumerate() {
                if kind(word) != Kinds::TEXT {
                    let (path, expected) = (KeyPath::item(path, index).path(), Kinds::TEXT.description());
                    let (found, hint) = (kind_words(word), "put it in quotes".to_owned());
                    converter.report.add(Problem::WrongType { path, found, expected, at: word.span, hint });
                    return None;
                }
            }
            Some(tree)
        }
        TreeValue::Scalar(ref scalar) => match split(&scalar.text) {
            Ok(split) => {
                if let Some(from) = split.dropped_from {
                    let rest = scalar.text.get(from..).unwrap_or_default();
                    let at = synthetic::part(&tree, from..scalar.text.len());
                    let rest = rest.lines().next().unwrap_or_default().to_owned();
                    converter.report.add(Problem::WordsDropped { path: path.path(), rest, at });
                }
                let words = outside_words::words_with_templates(split.words, scalar, span);
                Some(Tree::new(span, TreeValue::Sequence(words)))
            }
            Err(why) => {
                let why = match why {
                    Unsplittable::Open => "a quote, a bracket or a last backslash is left open",
                    Unsplittable::Parenthesis => "a bracket stands outside quotes",
                };
                converter.report.add(Problem::Unsplittable { path: path.path(), why, at: span });
                None
            }
        },
        TreeValue::Mapping(_) => None,
    }
}

/// Converts an item that is a scalar into its long form.
#[allow(clippy::wildcard_enum_match_arm, reason = "all other lists hold plain strings")]
pub(super) fn item(converter: &mut Converter<'_>, tree: Tree, key: Key, path: &KeyPath<'_>) -> Option<Tree> {
    let span = tree.span;
    match key {
        Key::Configs | Key::Secrets | Key::BuildSecrets => Some(synthetic::mapping(span, [("source", tree)])),
        Key::EnvFile => Some(synthetic::mapping(span, [("path", tree)])),
        Key::Volumes => mount(converter, &tree),
        Key::Devices => device(converter, &tree),
        Key::Expose | Key::GroupAdd if matches!(plain(&tree), Plain::Float(_)) => {
            converter.wrong_value(&tree, "a string or a whole number", path);
            None
        }
        _ => Some(tree),
    }
}

fn mount(converter: &mut Converter<'_>, tree: &Tree) -> Option<Tree> {
    let span = tree.span;
    let text = tree.as_scalar().map_or("", |scalar| scalar.text.as_str());
    let short = match short_forms::mount(text) {
        Ok(short) => short,
        Err(_) if converter.is_open(tree) => return Some(tree.clone()),
        Err(why) => {
            let (text, why) = (text.to_owned(), why.to_owned());
            let form = "[SOURCE:]TARGET[:OPTIONS]";
            converter.report.add(Problem::BadShortForm { what: "mount", text, why, form, at: span });
            return None;
        }
    };
    for option in short.unknown {
        converter.report.add(Problem::UnknownOption { option, at: span });
    }
    let kind = synthetic::string(if short.bind { "bind" } else { "volume" }, span);
    let target = tree.as_scalar().and_then(|scalar| scalar.text.rfind(&short.target)).map_or_else(
        || synthetic::string(short.target.clone(), span),
        |at| synthetic::slice(tree, at..at + short.target.len()),
    );
    let mut long = synthetic::mapping(span, [("type", kind), ("target", target)]);
    if let Some(source) = short.source {
        let source = synthetic::slice(tree, 0..source.len());
        synthetic::default(&mut long, "source", source);
    }
    if short.read_only {
        synthetic::default(&mut long, "read_only", synthetic::bare("true", span));
    }
    if short.bind || short.propagation.is_some() || short.selinux.is_some() {
        let mut bind = synthetic::mapping(span, []);
        for (key, value) in [("propagation", short.propagation), ("selinux", short.selinux)] {
            if let Some(value) = value {
                synthetic::default(&mut bind, key, synthetic::string(value, span));
            }
        }
        synthetic::default(&mut long, "bind", bind);
    }
    if (!short.bind && !short.bare) || short.nocopy {
        let mut volume = synthetic::mapping(span, []);
        if short.nocopy {
            synthetic::default(&mut volume, "nocopy", synthetic::bare("true", span));
        }
        synthetic::default(&mut long, "volume", volume);
    }
    Some(long)
}

fn device(converter: &mut Converter<'_>, tree: &Tree) -> Option<Tree> {
    let text = tree.as_scalar().map_or("", |scalar| scalar.text.as_str());
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target, permissions) = match parts.as_slice() {
        [source] => (*source, "", "rwm"),
        [source, target] => (*source, *target, "rwm"),
        [source, target, permissions] => (*source, *target, *permissions),
        _ if converter.is_open(tree) => return Some(tree.clone()),
        _ => {
            let (text, why) = (text.to_owned(), "it has too many colons".to_owned());
            let form = "SOURCE[:TARGET[:PERMISSIONS]]";
            converter.report.add(Problem::BadShortForm { what: "device", text, why, form, at: tree.span });
            return None;
        }
    };
    let target = if target.is_empty() { source } else { target };
    let text = |text: &str| synthetic::string(text, tree.span);
    Some(synthetic::mapping(
        tree.span,
        [("source", text(source)), ("target", text(target)), ("permissions", text(permissions))],
    ))
}

/// Adds the default values of an item.
#[allow(clippy::wildcard_enum_match_arm, reason = "no other item has a default here")]
pub(super) fn with_defaults(mut tree: Tree, key: Key) -> Tree {
    let span = tree.span;
    match key {
        Key::EnvFile => synthetic::default(&mut tree, "required", synthetic::bare("true", span)),
        Key::Secrets => {
            if let Some(source) = tree.get("source") {
                let target = synthetic::string(format!("/run/secrets/{}", scalar_string(source)), source.span);
                synthetic::default(&mut tree, "target", target);
            }
        }
        Key::Gpus | Key::DeployResourcesReservationsDevices
            if tree.get("count").is_none() && tree.get("device_ids").is_none() =>
        {
            synthetic::default(&mut tree, "count", synthetic::string("all", span));
        }
        _ => {}
    }
    tree
}

/// Adds the default context of `build`, the project directory.
pub(super) fn with_context(mut tree: Tree) -> Tree {
    let span = tree.span;
    synthetic::default(&mut tree, "context", synthetic::string(".", span));
    tree
}

/// Converts the old form of `external`, a mapping with `name`, in a network, volume, config or secret.
pub(super) fn named_outside(mut tree: Tree, node: &'static Node, converter: &mut Converter<'_>) -> Tree {
    if !matches!(
        (node.key(), node.owner()),
        (None, Some(Key::TopNetworks | Key::TopVolumes | Key::TopConfigs | Key::TopSecrets))
    ) {
        return tree;
    }
    let Some(mapping) = synthetic::mapping_mut(&mut tree) else { return tree };
    let Some(external) = mapping.get_mut("external").filter(|entry| entry.value.as_mapping().is_some()) else {
        return tree;
    };
    let at = external.key;
    let outside = std::mem::replace(&mut external.value, synthetic::bare("true", at));
    let Some(name) = outside.get("name").cloned() else { return tree };
    match mapping.get("name").map(|entry| &entry.value) {
        Some(known) if scalar_string(known) != scalar_string(&name) => {
            converter.report.add(Problem::Disagree {
                place: format!("`{}`", scalar_string(known)),
                left: "name".to_owned(),
                right: "external.name".to_owned(),
                at: known.span,
                other: name.span,
            });
        }
        Some(_) => {}
        None => {
            mapping.insert("name".to_owned(), Entry { key: name.span, value: name });
        }
    }
    tree
}
