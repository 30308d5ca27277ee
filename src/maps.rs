//! Hash maps and sets with a hash function that is fast for short keys.
//!
//! The function of the standard library costs several times as much. It protects servers from keys that an attacker
//! chose to collide; here the keys are those of the user's own files, and the seed still differs in every process.

use foldhash::fast::RandomState;

/// A hash map without order.
pub type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;

/// A hash set without order.
pub type HashSet<T> = std::collections::HashSet<T, RandomState>;

/// A hash map in insertion order.
pub type IndexMap<K, V> = indexmap::IndexMap<K, V, RandomState>;

/// A hash set in insertion order.
pub type IndexSet<T> = indexmap::IndexSet<T, RandomState>;

/// Appends an item unless the list contains it. It compares all items and is meant for short lists.
pub(crate) fn push_unique<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
