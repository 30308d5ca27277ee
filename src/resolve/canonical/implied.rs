//! Implied parts of a project: the network `default`, dependencies that other keys imply, names of resources.

use crate::parse::{Entry, Environment, Mapping, Tree, TreeValue};
use crate::paths::clean_posix;
use crate::resolve::synthetic;
use crate::resolve::value_format::{is_true, scalar_string};
use crate::text::Span;

/// Adds the implied parts of a project.
pub(super) fn normalise(tree: &mut Tree, name: &str, environment: &Environment) {
    let uses_default = networks_of_services(tree);
    let span = tree.span;
    let Some(top) = synthetic::mapping_mut(tree) else { return };
    top.shift_remove("version");
    if let Some(at) = uses_default {
        let none = || Entry { key: at, value: Tree::new(at, TreeValue::Mapping(Mapping::new())) };
        let networks = top.get_or_insert_with("networks", none);
        if let Some(networks) = networks.and_then(|networks| synthetic::mapping_mut(&mut networks.value)) {
            networks.get_or_insert_with("default", || Entry { key: at, value: synthetic::null(at) });
        }
    }
    for entry in entries_mut(top, "services") {
        service(&mut entry.value, environment);
    }
    for section in ["networks", "volumes", "configs", "secrets"] {
        let Some(section) = top.get_mut(section).and_then(|entry| synthetic::mapping_mut(&mut entry.value)) else {
            continue;
        };
        for (key, entry) in section.iter_mut() {
            if entry.value.as_mapping().is_none() {
                entry.value = synthetic::mapping(entry.key, []);
            }
            let external = is_true(entry.value.get("external"));
            let given = if external { key.to_owned() } else { format!("{name}_{key}") };
            synthetic::default(&mut entry.value, "name", synthetic::string(given, entry.key));
        }
    }
    top.insert("name".to_owned(), Entry { key: span, value: synthetic::string(name, span) });
}

fn entries_mut<'a>(top: &'a mut Mapping, key: &str) -> impl Iterator<Item = &'a mut Entry> {
    top.get_mut(key)
        .and_then(|entry| synthetic::mapping_mut(&mut entry.value))
        .into_iter()
        .flat_map(Mapping::values_mut)
}

/// Puts each service without networks on the network `default`. Returns the location of the first service on it.
fn networks_of_services(tree: &mut Tree) -> Option<Span> {
    let mut uses_default = None;
    for entry in entries_mut(synthetic::mapping_mut(tree)?, "services") {
        let service = &mut entry.value;
        if service.get("provider").is_some() || service.get("network_mode").is_some() {
            continue;
        }
        let none = service.get("networks").is_none_or(|networks| networks.as_mapping().is_none_or(Mapping::is_empty));
        if none {
            let default = synthetic::mapping(entry.key, [("default", synthetic::null(entry.key))]);
            let at = service.get("networks").map_or(entry.key, |networks| networks.span);
            if let Some(service) = synthetic::mapping_mut(service) {
                service.insert("networks".to_owned(), Entry { key: at, value: default });
            }
        }
        if service.get("networks").is_some_and(|networks| networks.get("default").is_some()) {
            uses_default = uses_default.or(Some(entry.key));
        }
    }
    uses_default
}

fn service(service: &mut Tree, environment: &Environment) {
    let image = service.get("image").cloned();
    let waits = implied_waits(service);
    let Some(keys) = synthetic::mapping_mut(service) else { return };
    if let Some(policy) = keys.get_mut("pull_policy")
        && scalar_string(&policy.value) == "if_not_present"
    {
        policy.value = synthetic::string("missing", policy.value.span);
    }
    if let Some(build) = keys.get_mut("build") {
        let span = build.value.span;
        if build.value.get("dockerfile_inline").is_none() {
            synthetic::default(&mut build.value, "dockerfile", synthetic::string("Dockerfile", span));
        }
        if let Some(args) = synthetic::mapping_mut(&mut build.value).and_then(|build| build.get_mut("args")) {
            fill(&mut args.value, environment, true);
        }
    }
    if let Some(variables) = keys.get_mut("environment") {
        fill(&mut variables.value, environment, false);
    }
    for mount in items_mut(keys, "volumes") {
        if let Some(target) = synthetic::mapping_mut(mount).and_then(|mount| mount.get_mut("target")) {
            let cleaned = clean_posix(&scalar_string(&target.value));
            if cleaned != scalar_string(&target.value) {
                target.value = synthetic::string(cleaned, target.value.span);
            }
        }
    }
    if let Some(image) = image {
        for step in items_mut(keys, "pre_start") {
            synthetic::default(step, "image", image.clone());
        }
    }
    if let (Some(scale), Some(deploy)) = (keys.get("scale").map(|entry| entry.value.clone()), keys.get_mut("deploy")) {
        synthetic::default(&mut deploy.value, "replicas", scale);
    }
    if waits.is_empty() {
        return;
    }
    let span = waits.first().map_or(service.span, |(_, span, _)| *span);
    synthetic::default(service, "depends_on", synthetic::mapping(span, []));
    let Some(depends_on) = synthetic::mapping_mut(service).and_then(|keys| keys.get_mut("depends_on")) else { return };
    let Some(depends_on) = synthetic::mapping_mut(&mut depends_on.value) else { return };
    for (name, span, restart) in waits {
        depends_on.get_or_insert_with(&name, || Entry {
            key: span,
            value: synthetic::mapping(
                span,
                [
                    ("condition", synthetic::string("service_started", span)),
                    ("restart", synthetic::bare(if restart { "true" } else { "false" }, span)),
                    ("required", synthetic::bare("true", span)),
                ],
            ),
        });
    }
}

fn items_mut<'a>(keys: &'a mut Mapping, key: &str) -> impl Iterator<Item = &'a mut Tree> {
    let list = match keys.get_mut(key).map(|entry| &mut entry.value.value) {
        Some(TreeValue::Sequence(list)) => Some(list),
        Some(TreeValue::Scalar(_) | TreeValue::Mapping(_)) | None => None,
    };
    list.into_iter().flatten()
}

/// Sets the values of names without a value from the environment. Names that the environment does not define either are
/// removed if `remove_unset`.
fn fill(pairs: &mut Tree, environment: &Environment, remove_unset: bool) {
    let Some(pairs) = synthetic::mapping_mut(pairs) else { return };
    for (name, entry) in pairs.iter_mut() {
        if entry.value.is_null()
            && let Some(value) = environment.value(name)
        {
            environment.record(name, false);
            entry.value = Tree::outside_string(name, value, entry.key);
        }
    }
    if remove_unset {
        pairs.retain(|_, entry| !entry.value.is_null());
    }
}

/// Returns the dependencies that `links`, `volumes_from` and shared namespaces imply: name, location, and whether a
/// restart of the other service restarts this one.
fn implied_waits(service: &Tree) -> Vec<(String, Span, bool)> {
    let mut waits = Vec::new();
    let list = |key: &str| service.get(key).and_then(Tree::as_sequence).unwrap_or_default();
    for link in list("links") {
        let text = scalar_string(link);
        // The official loader splits a link only if it has exactly two parts.
        let name = match text.split(':').collect::<Vec<_>>().as_slice() {
            [name, _] => (*name).to_owned(),
            _ => text.clone(),
        };
        waits.push((name, link.span, true));
    }
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        if let Some(mode) = service.get(key)
            && let Some(name) = scalar_string(mode).strip_prefix("service:")
        {
            waits.push((name.to_owned(), mode.span, true));
        }
    }
    for from in list("volumes_from") {
        let text = scalar_string(from);
        if !text.starts_with("container:") {
            waits.push((text.split(':').next().unwrap_or_default().to_owned(), from.span, false));
        }
    }
    waits
}
