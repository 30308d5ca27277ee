//! Prints the canonical project with the same values as the official loader.
//!
//! Names are sorted, keys are in the order of the key table. As in the official loader, empty values are omitted and
//! paths are absolute.

mod loader_output;
mod printer;

use serde_json::{Map, Value as Json};

use crate::keys::{Node, root};
use crate::parse::Tree;
use crate::resolve::canonical::{Canonical, used_names};
use crate::resolve::value_format::scalar_string;
use printer::{Printer, json_as_written};

/// Returns the canonical project as JSON, indented by two spaces.
#[must_use]
pub fn json(canonical: &Canonical) -> String {
    // Serialization fails only for maps with keys that are not strings, and there are none.
    serde_json::to_string_pretty(&value(canonical)).unwrap_or_default()
}

/// Returns the canonical project as a JSON value, in the order of the official JSON form.
#[must_use]
pub fn value(canonical: &Canonical) -> Json {
    let printer = Printer { canonical };
    let used = used_names::names_in_use(canonical);
    let mut top = Map::new();
    let mut names: Vec<&str> = canonical.tree.as_mapping().map(|top| top.keys().collect()).unwrap_or_default();
    if !names.contains(&"services") {
        names.push("services");
    }
    names.sort_unstable();
    for name in names {
        let section = canonical.tree.get(name);
        if name.starts_with("x-") {
            top.insert(name.to_owned(), section.map_or(Json::Null, json_as_written));
            continue;
        }
        if name == "name" {
            top.insert(name.to_owned(), Json::String(canonical.name.clone()));
            continue;
        }
        let Some(node) = root().child(name).and_then(Node::name) else { continue };
        let mut entries: Vec<(&str, &Tree)> = if name == "services" {
            canonical.active().map(|(name, entry)| (name, &entry.value)).collect()
        } else {
            let used = used.in_section(name);
            canonical
                .section(name)
                .filter(|(name, _)| used.is_some_and(|used| used.contains(*name)))
                .map(|(name, entry)| (name, &entry.value))
                .collect()
        };
        entries.sort_unstable_by_key(|(name, _)| *name);
        let section: Map<String, Json> =
            entries.into_iter().map(|(name, tree)| (name.to_owned(), printer.entry(tree, node))).collect();
        // The official JSON form omits `models`.
        if name == "services" || (!section.is_empty() && name != "models") {
            top.insert(name.to_owned(), Json::Object(section));
        }
    }
    Json::Object(top)
}

/// Returns an uninterpolated project as `docker compose config --no-interpolate` prints it: all services and resources,
/// in long form, with absolute paths.
#[must_use]
pub fn unresolved(canonical: &Canonical) -> Json {
    Printer { canonical }.uninterpolated(&canonical.tree, Some(root()), None)
}

/// Returns the names below a top-level key that the canonical form contains.
#[must_use]
pub fn names(canonical: &Canonical, section: &str) -> Vec<String> {
    if section == "services" {
        return canonical.active().map(|(name, _)| name.to_owned()).collect();
    }
    let used = used_names::names_in_use(canonical);
    let used = used.in_section(section);
    let names = canonical.section(section).map(|(name, _)| name);
    names.filter(|name| used.is_some_and(|used| used.contains(*name))).map(str::to_owned).collect()
}

/// Returns the images of the active services and their `pre_start` hooks; for built images, the name that Compose gives
/// them.
#[must_use]
pub fn images(canonical: &Canonical) -> Vec<String> {
    let image = |tree: &Tree| tree.get("image").map(scalar_string).filter(|image| !image.is_empty());
    let mut images = Vec::new();
    for (name, entry) in canonical.active() {
        images.push(image(&entry.value).unwrap_or_else(|| format!("{}-{name}", canonical.name)));
        let steps = entry.value.get("pre_start").and_then(Tree::as_sequence).unwrap_or_default();
        images.extend(steps.iter().filter_map(image));
    }
    images
}

/// Returns the profiles of all services, active or not.
#[must_use]
pub fn profiles(canonical: &Canonical) -> Vec<String> {
    let services = canonical.section("services");
    let lists = services.filter_map(|(_, entry)| entry.value.get("profiles").and_then(Tree::as_sequence));
    lists.flatten().map(scalar_string).collect()
}

/// Returns the `model` of every entry of `models`.
#[must_use]
pub fn models(canonical: &Canonical) -> Vec<String> {
    canonical.section("models").filter_map(|(_, entry)| entry.value.get("model").map(scalar_string)).collect()
}
