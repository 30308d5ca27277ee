//! A tree of the key table, to walk it in parallel with a Compose file: one key, name or item at a time.

use std::sync::LazyLock;

use super::merge::Merge;
use super::shape::Kinds;
use super::table::Key;

/// A node of the key table: a key, a user-defined name, or a list item.
#[derive(Debug)]
pub struct Node {
    key: Option<Key>,
    owner: Option<Key>,
    kinds: Kinds,
    keys: Vec<(&'static str, usize)>,
    name: Option<usize>,
    item: Option<usize>,
}

static NODES: LazyLock<Vec<Node>> = LazyLock::new(build);
static NOWHERE: Node = Node { key: None, owner: None, kinds: Kinds::MAPPING, keys: Vec::new(), name: None, item: None };

/// Returns the node of the top level of a Compose file.
///
/// ```
/// let image = compose2k8s::keys::root().child("services").and_then(|node| node.child("web")).and_then(|node| node.child("image"));
/// assert_eq!(image.and_then(|node| node.key()), Some(compose2k8s::keys::Key::Image));
/// ```
#[must_use]
pub fn root() -> &'static Node {
    NODES.first().unwrap_or(&NOWHERE)
}

impl Node {
    /// Returns the key; `None` for a user-defined name, an item and the top level.
    #[must_use]
    pub fn key(&self) -> Option<Key> {
        self.key
    }

    /// Returns the key or the nearest one above: for an item of `ports`, it is `ports`.
    #[must_use]
    pub fn owner(&self) -> Option<Key> {
        self.owner
    }

    /// Returns the accepted kinds of values.
    #[must_use]
    pub fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// Returns the merge rule.
    #[must_use]
    pub fn merge(&self) -> Merge {
        self.key.map_or(Merge::ByKind, Key::merge)
    }

    /// Returns the node of a key or of a user-defined name of this mapping; `None` if the key is unknown.
    #[must_use]
    pub fn child(&self, key: &str) -> Option<&'static Node> {
        let found = self.keys.binary_search_by_key(&in_order(key), |(name, _)| in_order(name)).ok();
        found.and_then(|at| self.keys.get(at)).map(|(_, node)| *node).or(self.name).and_then(at)
    }

    /// Returns the node of user-defined names, if this is a mapping of such names.
    #[must_use]
    pub fn name(&self) -> Option<&'static Node> {
        self.name.and_then(at)
    }

    /// Returns the node of items, if this may be a list.
    #[must_use]
    pub fn item(&self) -> Option<&'static Node> {
        self.item.and_then(at)
    }

    /// Iterates over the names of the accepted keys, for suggestions; none for user-defined names.
    pub fn children(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|(name, _)| *name)
    }

    /// Iterates over the required keys of this mapping.
    pub fn required(&self) -> impl Iterator<Item = Key> {
        self.keys.iter().filter_map(|(_, node)| at(*node)?.key).filter(|key| Key::REQUIRED.contains(key))
    }

    /// Whether extension keys (`x-…`) are accepted.
    #[must_use]
    pub fn takes_extensions(&self) -> bool {
        !self.keys.is_empty() && !self.owner.is_some_and(|key| Key::WITHOUT_EXTENSIONS.contains(&key))
    }

    /// Whether unknown keys are accepted.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.owner.is_some_and(|key| Key::OPEN.contains(&key))
    }
}

/// The order of the keys of a node: by length first, because comparing numbers is faster than comparing strings.
fn in_order(key: &str) -> (usize, &str) {
    (key.len(), key)
}

fn at(index: usize) -> Option<&'static Node> {
    NODES.get(index)
}

/// The nodes, the top level first. They are built once per process.
fn build() -> Vec<Node> {
    let mut nodes =
        vec![Node { key: None, owner: None, kinds: Kinds::MAPPING, keys: Vec::new(), name: None, item: None }];
    for key in Key::ALL {
        let mut here = 0;
        let mut owner = None;
        for part in key.path().split('.') {
            let (name, list) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
            here = if name == "*" {
                step(&mut nodes, here, owner, |node| &mut node.name)
            } else {
                // Lines below the same key are adjacent in the table, so it is nearly always the latest node.
                let known = nodes.get(here).and_then(|node| node.keys.iter().rev().find(|(known, _)| *known == name));
                if let Some((_, next)) = known {
                    *next
                } else {
                    // A key precedes the keys below it in the table, so this is the last part of the path.
                    owner = Some(*key);
                    let next = add(&mut nodes, Some(*key), owner, key.shape().accepts());
                    if let Some(node) = nodes.get_mut(here) {
                        node.keys.push((name, next));
                    }
                    next
                }
            };
            owner = nodes.get(here).and_then(|node| node.owner);
            if list {
                here = step(&mut nodes, here, owner, |node| &mut node.item);
            }
        }
        let shape = key.shape();
        if shape.item().is_some() {
            let item = step(&mut nodes, here, owner, |node| &mut node.item);
            allow(&mut nodes, item, shape.item());
        }
        if shape.entry().is_some() {
            let name = step(&mut nodes, here, owner, |node| &mut node.name);
            allow(&mut nodes, name, shape.entry());
            if shape.entry_item().is_some() {
                let item = step(&mut nodes, name, owner, |node| &mut node.item);
                allow(&mut nodes, item, shape.entry_item());
            }
        }
    }
    for node in &mut nodes {
        node.keys.sort_unstable_by(|(one, _), (other, _)| in_order(one).cmp(&in_order(other)));
    }
    nodes
}

fn add(nodes: &mut Vec<Node>, key: Option<Key>, owner: Option<Key>, kinds: Kinds) -> usize {
    nodes.push(Node { key, owner, kinds, keys: Vec::new(), name: None, item: None });
    nodes.len() - 1
}

/// Returns the node of a name or an item below a node, and creates it if necessary.
fn step(nodes: &mut Vec<Node>, from: usize, owner: Option<Key>, side: fn(&mut Node) -> &mut Option<usize>) -> usize {
    if let Some(known) = nodes.get_mut(from).and_then(|node| *side(node)) {
        return known;
    }
    let next = add(nodes, None, owner, Kinds::MAPPING);
    if let Some(node) = nodes.get_mut(from) {
        *side(node) = Some(next);
    }
    next
}

fn allow(nodes: &mut [Node], at: usize, kinds: Option<Kinds>) {
    if let (Some(node), Some(kinds)) = (nodes.get_mut(at), kinds) {
        node.kinds = kinds;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(path: &[&str]) -> Option<&'static Node> {
        path.iter().try_fold(root(), |node, part| if *part == "[]" { node.item() } else { node.child(part) })
    }

    #[test]
    fn keys_names_and_items_are_walked() {
        let web = walk(&["services", "web"]).unwrap();
        assert_eq!(web.key(), None);
        assert_eq!(web.owner(), Some(Key::TopServices));
        assert!(web.children().any(|key| key == "image"));
        assert_eq!(web.child("imag").map(Node::kinds), None);
        assert_eq!(walk(&["services", "web", "ports", "[]", "target"]).unwrap().key(), Some(Key::PortsTarget));
        assert_eq!(walk(&["services", "web", "environment", "ANY"]).unwrap().owner(), Some(Key::Environment));
        assert_eq!(walk(&["services", "web", "extra_hosts", "a", "[]"]).unwrap().kinds(), Kinds::TEXT);
        assert_eq!(walk(&["services", "web", "ulimits", "nofile", "soft"]).unwrap().key(), Some(Key::UlimitsSoft));
        assert!(walk(&["services", "web", "image", "x"]).is_none());
    }

    #[test]
    fn a_name_that_is_also_a_key_elsewhere_stays_a_name() {
        assert_eq!(walk(&["networks", "driver"]).unwrap().key(), None);
        assert_eq!(walk(&["networks", "driver", "driver"]).unwrap().key(), Some(Key::TopNetworksDriver));
    }

    #[test]
    fn required_keys_extensions_and_open_mappings_are_known() {
        let names = |path: &[&str]| walk(path).unwrap().required().map(Key::name).collect::<Vec<_>>();
        assert_eq!(names(&["services", "a", "volumes", "[]"]), ["type"]);
        assert_eq!(names(&["services", "a", "depends_on", "b"]), ["condition"]);
        assert_eq!(names(&["services", "a"]), Vec::<&str>::new());
        assert!(root().takes_extensions());
        assert!(walk(&["services", "a"]).unwrap().takes_extensions());
        assert!(walk(&["services", "a", "ports", "[]"]).unwrap().takes_extensions());
        assert!(!walk(&["services", "a", "extends"]).unwrap().takes_extensions());
        assert!(!walk(&["services", "a", "env_file", "[]"]).unwrap().takes_extensions());
        assert!(!walk(&["services", "a", "environment"]).unwrap().takes_extensions());
        assert!(walk(&["services", "a", "gpus", "[]"]).unwrap().is_open());
        assert!(!walk(&["services", "a"]).unwrap().is_open());
    }
}
