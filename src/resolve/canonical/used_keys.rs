//! Collects every key that the user wrote, for its verdict. This happens before implied keys are added.

use crate::keys::{Key, Node, root};
use crate::maps::IndexMap;
use crate::parse::{Tree, TreeValue};
use crate::resolve::model::project::UsedKey;
use crate::text::Spanned;

/// The keys that the user wrote.
#[derive(Debug, Clone, Default)]
pub(crate) struct UsedKeys {
    /// Keys of the top level, networks, volumes, configs and secrets.
    pub(crate) project: Vec<UsedKey>,
    /// Keys of each service.
    pub(crate) services: IndexMap<String, Vec<Spanned<Key>>>,
}

/// Collects the keys of a merged tree.
pub(crate) fn collect_used_keys(tree: &Tree) -> UsedKeys {
    let mut used_keys = UsedKeys::default();
    for (name, entry) in tree.as_mapping().into_iter().flatten() {
        let Some(child) = root().child(name) else { continue };
        let mut own: Vec<Spanned<Key>> = child.key().map(|key| Spanned::new(key, entry.key)).into_iter().collect();
        if entry.value.as_mapping().is_none() {
            gather(&entry.value, child, &mut own);
        }
        used_keys.project.extend(own.into_iter().map(|key| UsedKey { key, owner: None }));
        for (owner, entry) in entry.value.as_mapping().into_iter().flatten() {
            let Some(node) = child.child(owner) else { continue };
            if child.key() == Some(Key::TopServices) {
                let mut keys = Vec::new();
                gather(&entry.value, node, &mut keys);
                keys.shrink_to_fit();
                used_keys.services.insert(owner.to_owned(), keys);
                continue;
            }
            let mut keys: Vec<Spanned<Key>> = node.key().map(|key| Spanned::new(key, entry.key)).into_iter().collect();
            gather(&entry.value, node, &mut keys);
            used_keys.project.extend(keys.into_iter().map(|key| UsedKey { key, owner: Some(owner.to_owned()) }));
        }
    }
    used_keys
}

fn gather(tree: &Tree, node: &'static Node, into: &mut Vec<Spanned<Key>>) {
    match &tree.value {
        TreeValue::Scalar(_) => {}
        TreeValue::Sequence(list) => {
            if let Some(item) = node.item() {
                for tree in list {
                    gather(tree, item, into);
                }
            }
        }
        TreeValue::Mapping(mapping) => {
            for (name, entry) in mapping {
                let Some(child) = node.child(name) else { continue };
                into.extend(child.key().map(|key| Spanned::new(key, entry.key)));
                gather(&entry.value, child, into);
            }
        }
    }
}
