//! The key table: every key of the Compose Specification, once (`table.rs`).
//!
//! Output: the properties of a key: the values that it accepts ([`Shape`]), how values of two files are merged ([`Merge`]),
//! and its support in Kubernetes ([`Verdict`] and a sentence).
//!
//! Invariant: keys are found by walking from [`root`]. No other module has a list of all keys.
//! Invariant: the order of the table is the order in which `config` prints keys.
//!
//! # Adding a key
//! After the line in the table, the compiler and the tests name the files that must change. Nothing names the following
//! places, which have a special case for some keys. Check for each whether the new key needs one:
//!
//! 1. `parse/merging/short_forms.rs`: a short form that must be converted before files are merged.
//! 2. `parse/merging/unicity.rs` and `resolve/canonical/dedup.rs`: the identity of list items, if `Merge` is `ByIdentity`.
//! 3. `parse/merging/relocate.rs`: a path, which must be rewritten for `include` and `extends`.
//! 4. `resolve/value_format.rs`: a format that does not follow from the shape, such as a path or a value that is never omitted.
//! 5. `resolve/canonical/items.rs`: a short form, or default values of its items.
//! 6. `resolve/canonical/implied.rs`: a dependency, a network or another value that the key implies.
//! 7. `resolve/canonical/rules.rs`: a rule that involves other keys, or a name that must be declared; then also
//!    `resolve/canonical/used_names.rs`.
//! 8. `resolve/config/loader_output.rs`: a key that the official loader prints even if it is missing, or under another name.
//! 9. `lower/key_verdicts.rs`: a condition (`When`) under which a key without an equivalent makes no difference.
//! 10. `check/process/pre_start.rs`: a kind of fact that `pre_start` commands can have.
//! 11. `emit/yaml/field_order.rs`: the position of a Kubernetes field that no object had before.

mod key_macro;
mod key_sets;
mod merge;
pub mod render;
mod shape;
mod table;
mod verdict;
mod walk;

pub use merge::Merge;
pub use shape::{Kinds, Shape};
pub use table::Key;
pub use verdict::Verdict;
pub use walk::{Node, root};

impl Key {
    /// Finds a key by its path, as in the table (`services.*.ports[].target`) or with the names of a project
    /// (`services.web.ports[0].target`).
    #[must_use]
    pub fn find(path: &str) -> Option<Key> {
        let mut node = root();
        for part in path.split('.') {
            let (name, items) = part.split_once('[').map_or((part, false), |(name, _)| (name, true));
            node = if name == "*" { node.name()? } else { node.child(name)? };
            if items {
                node = node.item()?;
            }
        }
        node.key()
    }

    /// Whether the key is directly below a service: `services.*.image`.
    #[must_use]
    pub fn is_service_key(self) -> bool {
        self.path().strip_prefix("services.*.").is_some_and(|rest| !rest.contains('.'))
    }

    /// Returns the URL of the key's section in the Compose Specification.
    #[must_use]
    pub fn documentation(self) -> String {
        let below = self.path().strip_prefix("services.*.");
        let word = |path: &'static str| path.split(['.', '[']).next().unwrap_or_default();
        let page = match (word(self.path()), below.map(word)) {
            ("services", Some(page @ ("build" | "deploy" | "develop"))) => format!("{page}.md"),
            ("services", Some(anchor)) => format!("05-services.md#{anchor}"),
            ("networks", _) => "06-networks.md".to_owned(),
            ("volumes", _) => "07-volumes.md".to_owned(),
            ("configs", _) => "08-configs.md".to_owned(),
            ("secrets", _) => "09-secrets.md".to_owned(),
            ("include", _) => "14-include.md".to_owned(),
            ("name" | "version", _) => "04-version-and-name.md".to_owned(),
            _ => "05-services.md".to_owned(),
        };
        format!("https://github.com/compose-spec/compose-spec/blob/main/{page}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The key paths of the specification's published schema: each named property of each object, with `*` for a
    /// user-defined name and `[]` for an item.
    const SPECIFICATION: &str = include_str!("specification.txt");

    #[test]
    fn the_table_holds_every_key_of_the_specification_and_of_the_official_loader() {
        let specification: BTreeSet<&str> = SPECIFICATION.lines().collect();
        assert_eq!(specification.len(), 344);
        assert_eq!(specification.iter().filter(|path| Key::find(path).unwrap().is_service_key()).count(), 92);
        let newer: BTreeSet<&str> = Key::NEWER.iter().map(|key| key.path()).collect();
        let expected: BTreeSet<&str> = specification.union(&newer).copied().collect();
        let table: BTreeSet<&str> = Key::ALL.iter().map(|key| key.path()).collect();
        assert!(specification.is_disjoint(&newer));
        let surplus: Vec<_> = table.difference(&expected).collect();
        assert!(surplus.is_empty(), "neither in specification.txt nor in Key::NEWER: {surplus:?}");
        let missing: Vec<_> = expected.difference(&table).collect();
        assert!(missing.is_empty(), "not in table.rs: {missing:?}");
        assert_eq!(table.len(), Key::ALL.len(), "a path stands in two lines");
    }

    #[test]
    fn every_key_has_a_well_formed_sentence() {
        for key in Key::ALL {
            let sentence = key.place();
            assert!(!sentence.trim().is_empty() && sentence.trim() == sentence, "{}", key.path());
            assert!(!sentence.ends_with(['.', ';', ',', ':']), "{}: {sentence}", key.path());
            assert_eq!(sentence.matches('`').count() % 2, 0, "{}: {sentence}", key.path());
        }
    }

    #[test]
    fn keys_follow_their_parent_and_are_grouped() {
        let mut finished: BTreeSet<String> = BTreeSet::new();
        let mut open: Vec<String> = Vec::new();
        for key in Key::ALL {
            let parts: Vec<&str> = key.path().split('.').filter(|part| *part != "*").collect();
            let parents: Vec<String> =
                (1..parts.len()).map(|end| parts[..end].join(".").trim_end_matches("[]").replace("[]", "")).collect();
            while open.last().is_some_and(|last| !parents.contains(last)) {
                finished.extend(open.pop());
            }
            for parent in &parents {
                assert!(open.contains(parent), "{} stands before or far from `{parent}`", key.path());
            }
            let own = parts.join(".").replace("[]", "");
            assert!(!finished.contains(&own), "{}", key.path());
            open.push(own);
        }
    }

    #[test]
    fn paths_are_found_with_stars_and_with_names() {
        assert_eq!(Key::find("services.*.ports[].target"), Some(Key::PortsTarget));
        assert_eq!(Key::find("services.web.ports[0].target"), Some(Key::PortsTarget));
        assert_eq!(Key::find("networks.back.ipam.config[].subnet"), Some(Key::TopNetworksIpamConfigSubnet));
        assert_eq!(Key::find("services.web.imag"), None);
        assert_eq!(Key::find("services.*"), None);
        assert_eq!(Key::find(""), None);
        for key in Key::ALL {
            assert_eq!(Key::find(key.path()), Some(*key));
        }
    }

    #[test]
    fn merge_rules_fit_the_shapes() {
        for key in Key::ALL {
            let kinds = key.shape().accepts();
            let fits = match key.merge() {
                Merge::Replace | Merge::ByKind => true,
                Merge::Mapping | Merge::ReplaceEach | Merge::Build | Merge::Driver => kinds.contains(Kinds::MAPPING),
                Merge::Append | Merge::Texts | Merge::Unique | Merge::ByIdentity | Merge::Subnets => {
                    kinds.contains(Kinds::LIST)
                }
                Merge::Pairs | Merge::Hosts | Merge::Names => {
                    kinds.contains(Kinds::LIST) && kinds.contains(Kinds::MAPPING)
                }
            };
            assert!(fits, "{}", key.path());
        }
    }

    #[test]
    fn lists_have_items_and_only_lists_do() {
        for key in Key::ALL {
            let shape = key.shape();
            assert_eq!(shape.accepts().contains(Kinds::LIST), shape.item().is_some(), "{}", key.path());
            assert!(!shape.unique() || shape.item().is_some(), "{}", key.path());
        }
    }
}
