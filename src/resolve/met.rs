//! Every key that the user wrote, at its place, for its verdict: gathered before anything is implied or made long.

use indexmap::IndexMap;

use crate::keys::{Key, Node, root};
use crate::parse::{Tree, Value};
use crate::text::Spanned;

/// The keys met.
#[derive(Debug, Clone, Default)]
pub(super) struct Met {
    /// At the top, in networks, volumes, configs and secrets.
    pub(super) project: Vec<Spanned<Key>>,
    /// In each service.
    pub(super) services: IndexMap<String, Vec<Spanned<Key>>>,
}

/// Gathers the keys of a merged tree.
pub(super) fn of(tree: &Tree) -> Met {
    let mut met = Met::default();
    for (name, entry) in tree.as_mapping().into_iter().flatten() {
        let Some(child) = root().child(name) else { continue };
        met.project.extend(child.key().map(|key| Spanned::new(key, entry.key)));
        if child.key() != Some(Key::TopServices) {
            gather(&entry.value, child, &mut met.project);
            continue;
        }
        for (service, entry) in entry.value.as_mapping().into_iter().flatten() {
            let Some(node) = child.child(service) else { continue };
            gather(&entry.value, node, met.services.entry(service.clone()).or_default());
        }
    }
    met
}

fn gather(tree: &Tree, node: &'static Node, into: &mut Vec<Spanned<Key>>) {
    match &tree.value {
        Value::Scalar(_) => {}
        Value::Sequence(list) => {
            if let Some(item) = node.item() {
                for tree in list {
                    gather(tree, item, into);
                }
            }
        }
        Value::Mapping(mapping) => {
            for (name, entry) in mapping {
                let Some(child) = node.child(name) else { continue };
                into.extend(child.key().map(|key| Spanned::new(key, entry.key)));
                gather(&entry.value, child, into);
            }
        }
    }
}
