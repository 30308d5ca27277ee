//! `!reset` of one entry in a mapping of names or hosts.
//!
//! The official loader turns some mappings into lists when it merges files. As it does, an entry is reset in a mapping
//! that has not been merged yet, and the tag has no effect on a list.

use crate::parse::tree::{Tag, Tree, TreeValue};

/// Whether the official loader has a list for a value of names: because it is written so, or because files were merged. An
/// entry of it cannot be reset by its name.
pub(super) fn is_list_of_loader(tree: &Tree) -> bool {
    tree.as_sequence().is_some() || tree.tag == Some(Tag::Merged)
}

/// Removes the entries with `!reset`.
pub(super) fn without_resets(mut tree: Tree) -> Tree {
    if let TreeValue::Mapping(mapping) = &mut tree.value {
        mapping.retain(|_, entry| entry.value.tag != Some(Tag::Reset));
    }
    tree
}

/// Removes the hosts that a later file resets from both mappings.
pub(super) fn without_reset_hosts(mut base: Tree, over: Tree) -> (Tree, Tree) {
    if let (TreeValue::Mapping(hosts), TreeValue::Mapping(later)) = (&mut base.value, &over.value) {
        hosts.retain(|host, _| later.get(host).is_none_or(|entry| entry.value.tag != Some(Tag::Reset)));
    }
    (base, without_resets(over))
}
