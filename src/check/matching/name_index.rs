//! [`NameIndex`]: finds the Compose names that correspond to an object's name without comparing it with each of them.

use std::collections::BTreeMap;

use super::names::{is_name_of, rfc1123_label};

/// Compose names by their RFC 1123 form, each with a value.
#[derive(Debug, Clone)]
pub(crate) struct NameIndex<T> {
    names: Vec<(String, T)>,
    /// Indexes into `names`.
    by_label: BTreeMap<String, Vec<usize>>,
}

impl<T: Copy> NameIndex<T> {
    /// Indexes names. Results keep their order.
    pub(crate) fn new(names: impl IntoIterator<Item = (impl Into<String>, T)>) -> Self {
        let names: Vec<(String, T)> = names.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let mut by_label: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, (name, _)) in names.iter().enumerate() {
            by_label.entry(rfc1123_label(name)).or_default().push(place);
        }
        Self { names, by_label }
    }

    /// Returns the values of the names that [correspond](is_name_of) to an object's name, in the order given.
    pub(crate) fn lookup(&self, object: &str) -> Vec<T> {
        let of = |label: &str| self.by_label.get(label).map(Vec::as_slice).unwrap_or_default();
        let (own, bare) = (rfc1123_label(object), object.strip_prefix("s-").unwrap_or(object));
        let mut places: Vec<usize> = [own.as_str(), object, bare].into_iter().flat_map(of).copied().collect();
        // A name that was cut corresponds to every name that begins with the part that was kept.
        if let Some((kept, _)) = object.rsplit_once('-').filter(|_| object.len() >= 50) {
            let from = self.by_label.range(kept.to_owned()..).take_while(|(label, _)| label.starts_with(kept));
            places.extend(from.flat_map(|(_, places)| places));
        }
        places.sort_unstable();
        places.dedup();
        let found = places.into_iter().filter_map(|place| self.names.get(place));
        found.filter(|(name, _)| is_name_of(object, name)).map(|(_, value)| *value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_finds_exactly_the_corresponding_names() {
        let long = format!("a_{}", "b".repeat(60));
        let names = ["db_1", "1db", "db-1", "DB_1", "_", "s-1db", long.as_str(), "s_db"];
        let cut = format!("a-{}-0123abcd", "b".repeat(45));
        let objects = ["db-1", "s-1db", "db_1", "1db", "DB_1", "", "s-", "s-db", "db", cut.as_str(), long.as_str()];
        let index = NameIndex::new(names.into_iter().map(|name| (name, name)));
        for object in objects {
            let each: Vec<&str> = names.into_iter().filter(|name| is_name_of(object, name)).collect();
            assert_eq!(index.lookup(object), each, "{object}");
        }
        assert_eq!(index.lookup("db-1"), ["db_1", "db-1", "DB_1"]);
    }
}
