//! Lists without repetition.

/// Appends an item unless the list has it. For short lists: it compares with every item.
pub(super) fn push_unique<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
