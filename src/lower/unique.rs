//! Lists without duplicates.

/// Appends an item unless the list contains it. It compares all items and is meant for short lists.
pub(super) fn push_unique<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
