//! For whom an object's name may stand, without every object being held against every name of the Compose file.

use std::collections::BTreeMap;

use super::{label_of, stands_for};

/// Compose's names by their RFC 1123 form, each with whose it is: an object's name leads to the few that it may stand for.
#[derive(Debug, Clone)]
pub(crate) struct Standing<T> {
    names: Vec<(String, T)>,
    /// Places among the names.
    by_label: BTreeMap<String, Vec<usize>>,
}

impl<T: Copy> Standing<T> {
    /// Of all names, in an order that the answers keep.
    pub(crate) fn of(names: impl IntoIterator<Item = (impl Into<String>, T)>) -> Self {
        let names: Vec<(String, T)> = names.into_iter().map(|(name, whose)| (name.into(), whose)).collect();
        let mut by_label: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, (name, _)) in names.iter().enumerate() {
            by_label.entry(label_of(name)).or_default().push(place);
        }
        Self { names, by_label }
    }

    /// For whom an object's name [`stands`](stands_for): once for each name, in the order given.
    pub(crate) fn behind(&self, object: &str) -> Vec<T> {
        let of = |label: &str| self.by_label.get(label).map(Vec::as_slice).unwrap_or_default();
        let (own, bare) = (label_of(object), object.strip_prefix("s-").unwrap_or(object));
        let mut places: Vec<usize> = [own.as_str(), object, bare].into_iter().flat_map(of).copied().collect();
        // The end of a name that was too long is gone: what is kept of it leads to all that begin so.
        if let Some((kept, _)) = object.rsplit_once('-').filter(|_| object.len() >= 50) {
            let from = self.by_label.range(kept.to_owned()..).take_while(|(label, _)| label.starts_with(kept));
            places.extend(from.flat_map(|(_, places)| places));
        }
        places.sort_unstable();
        places.dedup();
        let found = places.into_iter().filter_map(|place| self.names.get(place));
        found.filter(|(name, _)| stands_for(object, name)).map(|(_, whose)| *whose).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_all_that_it_stands_for_and_to_no_other() {
        let long = format!("a_{}", "b".repeat(60));
        let names = ["db_1", "1db", "db-1", "DB_1", "_", "s-1db", long.as_str(), "s_db"];
        let cut = format!("a-{}-0123abcd", "b".repeat(45));
        let objects = ["db-1", "s-1db", "db_1", "1db", "DB_1", "", "s-", "s-db", "db", cut.as_str(), long.as_str()];
        let standing = Standing::of(names.into_iter().map(|name| (name, name)));
        for object in objects {
            let each: Vec<&str> = names.into_iter().filter(|name| stands_for(object, name)).collect();
            assert_eq!(standing.behind(object), each, "{object}");
        }
        assert_eq!(standing.behind("db-1"), ["db_1", "db-1", "DB_1"]);
    }
}
