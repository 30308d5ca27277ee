//! Deserializes a [`Tree`] into [`WrittenOverrides`] and reports every mistake with its location.
//!
//! serde stops at the first mistake. The entry with the mistake is therefore removed and the rest is read again, so
//! that one invalid entry does not hide others.

mod mistake;
mod node;
#[cfg(test)]
pub(crate) mod tests;

use mistake::Step;
use node::NodeDeserializer;
use serde::Deserialize;

use crate::overrides::problem::Problem;
use crate::overrides::written::WrittenOverrides;
use crate::parse::Text;
use crate::parse::tree::{Entry, Mapping, Tree, TreeValue};
use crate::report::Report;

/// The maximum number of mistakes that are reported in one run.
const MISTAKES: usize = 50;

/// Reads a file. Invalid entries are reported and left out.
pub(crate) fn read_overrides(mut tree: Tree, report: &mut Report) -> WrittenOverrides {
    if tree.is_null() {
        return WrittenOverrides::default();
    }
    rename_old_keys(&mut tree, report);
    remove_old_keys(&mut tree, report);
    expand_cluster_name(&mut tree);
    for _ in 0..MISTAKES {
        match WrittenOverrides::deserialize(NodeDeserializer { tree: &tree }) {
            Ok(written) => return written,
            Err(wrong) => {
                let cut = wrong.entry();
                report.add(wrong.problem(tree.span));
                if !cut_out(&mut tree, &cut) {
                    break;
                }
            }
        }
    }
    WrittenOverrides::default()
}

/// The renamed keys of `accept` entries: old and new.
pub(super) const RENAMED: &[(&str, &str)] = &[("of", "subject"), ("because", "reason")];

/// Renames old keys of `accept` entries, with a note for each. If an entry has the new key too, the old one is an
/// unknown key.
fn rename_old_keys(tree: &mut Tree, report: &mut Report) {
    let TreeValue::Mapping(sections) = &mut tree.value else { return };
    let Some(TreeValue::Sequence(entries)) = sections.get_mut("accept").map(|entry| &mut entry.value.value) else {
        return;
    };
    for entry in entries {
        let TreeValue::Mapping(keys) = &mut entry.value else { continue };
        for (old, new) in RENAMED {
            if keys.contains_key(new) {
                continue;
            }
            if let Some(value) = keys.shift_remove(old) {
                report.add(Problem::RenamedKey { old, new, at: value.key });
                keys.insert(Text::const_new(new), value);
            }
        }
    }
}

/// Removes the keys about DNS that version 0.1.0 had, with one diagnostic for all of them. The project resolver needs
/// neither.
fn remove_old_keys(tree: &mut Tree, report: &mut Report) {
    let TreeValue::Mapping(sections) = &mut tree.value else { return };
    let mut at = Vec::new();
    at.extend(sections.shift_remove("zones").map(|zones| zones.key));
    if let Some(TreeValue::Mapping(services)) = sections.get_mut("services").map(|entry| &mut entry.value.value) {
        for service in services.values_mut() {
            if let TreeValue::Mapping(keys) = &mut service.value.value {
                at.extend(keys.shift_remove("dns").map(|dns| dns.key));
            }
        }
    }
    if !at.is_empty() {
        report.add(Problem::RemovedKeys { at });
    }
}

/// Expands `cluster: NAME`.
fn expand_cluster_name(tree: &mut Tree) {
    let TreeValue::Mapping(sections) = &mut tree.value else { return };
    let Some(entry) = sections.get_mut("cluster").filter(|entry| entry.value.as_text().is_some()) else { return };
    let span = entry.value.span;
    let name = std::mem::replace(&mut entry.value, Tree::new(span, TreeValue::Mapping(Mapping::new())));
    let TreeValue::Mapping(keys) = &mut entry.value.value else { return };
    keys.insert("name", Entry { key: span, value: name });
    let reason = Tree::string("Several projects share the cluster.", span);
    keys.insert("because", Entry { key: span, value: reason });
}

/// Removes the node at a path. Returns `false` if it does not exist or is the whole file.
fn cut_out(tree: &mut Tree, path: &[Step]) -> bool {
    let Some((last, above)) = path.split_last() else { return false };
    let mut here = tree;
    for step in above {
        let next = match (&mut here.value, step) {
            (TreeValue::Mapping(mapping), Step::Key(key)) => mapping.get_mut(key).map(|entry| &mut entry.value),
            (TreeValue::Sequence(items), Step::Item(at)) => items.get_mut(*at),
            (TreeValue::Mapping(_) | TreeValue::Sequence(_) | TreeValue::Scalar(_), _) => None,
        };
        let Some(next) = next else { return false };
        here = next;
    }
    match (&mut here.value, last) {
        (TreeValue::Mapping(mapping), Step::Key(key)) => mapping.shift_remove(key).is_some(),
        (TreeValue::Sequence(items), Step::Item(at)) if *at < items.len() => {
            items.remove(*at);
            true
        }
        (TreeValue::Mapping(_) | TreeValue::Sequence(_) | TreeValue::Scalar(_), _) => false,
    }
}
