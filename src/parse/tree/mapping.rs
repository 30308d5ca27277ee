//! [`OrderedMap`]: a map that keeps the insertion order and is optimized for few keys.
//!
//! Nearly every mapping of a Compose file has at most a dozen keys. A linear search is faster for these than hashing
//! and needs no additional memory. A larger map has an index of its keys.
//!
//! Invariant: keys are unique; the index, if there is one, contains the position of every key.

use crate::maps::HashMap;

/// A string of a document. Strings of up to 24 bytes, which are nearly all keys and most values, are stored inline.
pub type Text = compact_str::CompactString;

/// The number of keys above which there is an index; below it, a linear search is faster than hashing.
const SMALL: usize = 24;

/// Keys and values in insertion order.
#[derive(Debug, Clone)]
pub struct OrderedMap<V> {
    entries: Vec<(Text, V)>,
    /// The position of each key, in maps of more than [`SMALL`] keys.
    #[allow(clippy::box_collection, reason = "it is absent in nearly every mapping, and then costs one word")]
    places: Option<Box<HashMap<Box<str>, usize>>>,
}

impl<V> Default for OrderedMap<V> {
    fn default() -> Self {
        Self { entries: Vec::new(), places: None }
    }
}

impl<V> OrderedMap<V> {
    /// Creates an empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty map with room for `keys` keys.
    #[must_use]
    pub fn with_capacity(keys: usize) -> Self {
        Self { entries: Vec::with_capacity(keys), places: None }
    }

    /// Returns the number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the map is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the position of a key.
    fn place(&self, key: &str) -> Option<usize> {
        match &self.places {
            Some(places) => places.get(key).copied(),
            None => self.entries.iter().position(|(known, _)| known == key),
        }
    }

    /// Returns the value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.place(key).and_then(|place| self.entries.get(place)).map(|(_, entry)| entry)
    }

    /// Returns a mutable reference to the value of a key.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        self.place(key).and_then(|place| self.entries.get_mut(place)).map(|(_, entry)| entry)
    }

    /// Whether the map contains a key.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.place(key).is_some()
    }

    /// Returns the key and value at a position, counted from 0.
    #[must_use]
    pub fn get_index(&self, index: usize) -> Option<(&str, &V)> {
        self.entries.get(index).map(|(key, entry)| (key.as_str(), entry))
    }

    /// Returns the first key and its value.
    #[must_use]
    pub fn first(&self) -> Option<(&str, &V)> {
        self.get_index(0)
    }

    /// Sets the value of a key, which keeps its position or is appended. Returns the previous value.
    pub fn insert(&mut self, key: impl Into<Text>, entry: V) -> Option<V> {
        let key = key.into();
        if let Some(known) = self.get_mut(&key) {
            return Some(std::mem::replace(known, entry));
        }
        self.push(key, entry);
        None
    }

    /// Returns the value of a key, which is appended with the given value if it is missing.
    pub fn get_or_insert_with(&mut self, key: &str, entry: impl FnOnce() -> V) -> Option<&mut V> {
        if !self.contains_key(key) {
            self.push(key, entry());
        }
        self.get_mut(key)
    }

    /// Appends a key that does not exist yet.
    pub(crate) fn push(&mut self, key: impl Into<Text>, entry: V) {
        let key = key.into();
        if let Some(places) = &mut self.places {
            places.insert(key.as_str().into(), self.entries.len());
        }
        // After reading, a mapping grows by a few keys only. Doubling its capacity would waste much memory in large
        // projects.
        if self.entries.len() == self.entries.capacity() && self.entries.len() <= SMALL {
            self.entries.reserve_exact(if self.entries.is_empty() { 4 } else { 3 });
        }
        self.entries.push((key, entry));
        if self.places.is_none() && self.entries.len() > SMALL {
            self.index();
        }
    }

    /// Rebuilds the index.
    fn index(&mut self) {
        self.places = (self.entries.len() > SMALL).then(|| {
            let places = self.entries.iter().enumerate().map(|(place, (key, _))| (key.as_str().into(), place));
            Box::new(places.collect())
        });
    }

    /// Removes a key and moves the following ones up.
    pub fn shift_remove(&mut self, key: &str) -> Option<V> {
        let place = self.place(key)?;
        let (_, entry) = self.entries.remove(place);
        self.index();
        Some(entry)
    }

    /// Removes the keys for which the predicate returns false.
    pub fn retain(&mut self, mut wanted: impl FnMut(&str, &mut V) -> bool) {
        let before = self.entries.len();
        self.entries.retain_mut(|(key, entry)| wanted(key, entry));
        if self.entries.len() < before {
            self.index();
        }
    }

    /// Moves the keys of another map into this one, replacing the values of existing keys.
    pub fn append(&mut self, other: &mut OrderedMap<V>) {
        self.extend(std::mem::take(other));
    }

    /// Iterates over the keys.
    #[must_use]
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> + Clone {
        self.entries.iter().map(|(key, _)| key.as_str())
    }

    /// Iterates over the values.
    #[must_use]
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.entries.iter().map(|(_, entry)| entry)
    }

    /// Iterates over mutable references to the values.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, entry)| entry)
    }

    /// Iterates over keys and values.
    pub fn iter(&self) -> Iter<'_, V> {
        self.into_iter()
    }

    /// Iterates over keys and mutable references to the values.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&str, &mut V)> {
        self.entries.iter_mut().map(|(key, entry)| (key.as_str(), entry))
    }
}

/// Two maps are equal if they have the same keys and values, in any order.
impl<V: PartialEq> PartialEq for OrderedMap<V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, entry)| other.get(key) == Some(entry))
    }
}

impl<K: Into<Text>, V> Extend<(K, V)> for OrderedMap<V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        let entries = entries.into_iter();
        self.entries.reserve_exact(entries.size_hint().0);
        for (key, entry) in entries {
            self.insert(key, entry);
        }
    }
}

impl<K: Into<Text>, V> FromIterator<(K, V)> for OrderedMap<V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut mapping = Self::new();
        mapping.extend(entries);
        mapping
    }
}

impl<K: Into<Text>, V, const N: usize> From<[(K, V); N]> for OrderedMap<V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<V> IntoIterator for OrderedMap<V> {
    type Item = (Text, V);
    type IntoIter = std::vec::IntoIter<(Text, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

/// An iterator over the keys and values of a borrowed [`OrderedMap`].
pub type Iter<'a, V> = std::iter::Map<std::slice::Iter<'a, (Text, V)>, fn(&(Text, V)) -> (&str, &V)>;

impl<'a, V> IntoIterator for &'a OrderedMap<V> {
    type Item = (&'a str, &'a V);
    type IntoIter = Iter<'a, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter().map(|(key, entry)| (key.as_str(), entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(map: &OrderedMap<u32>) -> Vec<(&str, u32)> {
        map.iter().map(|(key, value)| (key, *value)).collect()
    }

    // A small and a large map find a key in different ways and must not differ in anything else.
    #[test]
    fn keys_are_found_replaced_and_removed_at_any_size() {
        for size in [3, u32::try_from(SMALL).unwrap(), 200] {
            let mut map: OrderedMap<u32> = (0..size).map(|number| (format!("k{number}"), number)).collect();
            assert_eq!(map.insert("k1".to_owned(), 900), Some(1));
            assert_eq!(map.insert("new".to_owned(), 901), None);
            assert_eq!(map.shift_remove("k0"), Some(0));
            assert_eq!(map.shift_remove("k0"), None);
            assert_eq!(map.get_or_insert_with("new", || 1), Some(&mut 901));
            map.retain(|key, _| key != "k2");
            assert!(!map.contains_key("k2") && map.get("k1").is_some());
            assert_eq!(seen(&map).first(), Some(&("k1", 900)));
            assert_eq!(seen(&map).last(), Some(&("new", 901)));
            for (place, (key, known)) in map.iter().enumerate() {
                assert_eq!(map.get(key), Some(known));
                assert_eq!(map.get_index(place), Some((key, known)));
            }
            assert_eq!(map.len(), size as usize - 1);
        }
    }

    #[test]
    fn two_maps_in_different_order_are_equal() {
        let [one, other] = [[0, 1], [1, 0]]
            .map(|order| order.into_iter().map(|number| (format!("k{number}"), number)).collect::<OrderedMap<u32>>());
        assert_eq!(one, other);
        assert_ne!(seen(&one), seen(&other));
    }
}
