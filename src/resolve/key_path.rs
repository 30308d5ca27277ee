//! The path of a key for messages: a chain on the stack that is formatted only if there is a diagnostic.

use crate::keys::{Key, Node};

/// The path of a value, with a link to its parent.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyPath<'a> {
    up: Option<&'a KeyPath<'a>>,
    part: Part<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Top,
    Key(&'a str),
    Item(usize),
}

impl<'a> KeyPath<'a> {
    /// The top level of the file.
    pub(super) const TOP: KeyPath<'static> = KeyPath { up: None, part: Part::Top };

    /// The path of a key's value.
    pub(super) fn key(up: &'a KeyPath<'a>, key: &'a str) -> Self {
        Self { up: Some(up), part: Part::Key(key) }
    }

    /// The path of a list item.
    pub(super) fn item(up: &'a KeyPath<'a>, index: usize) -> Self {
        Self { up: Some(up), part: Part::Item(index) }
    }

    /// Formats the path: `services.web.ports[0]`.
    pub(super) fn path(&self) -> String {
        let mut path = self.up.map_or_else(String::new, KeyPath::path);
        match self.part {
            Part::Top => {}
            Part::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
            Part::Item(index) => {
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
            }
        }
        path
    }

    /// Describes the mapping at this path: a service by its name, anything below by its path.
    pub(super) fn place(&self, node: &Node) -> String {
        let what = match (node.key(), node.owner()) {
            (None, None) => return "a Compose file".to_owned(),
            (None, Some(Key::TopServices)) => "service",
            (None, Some(Key::TopNetworks)) => "network",
            (None, Some(Key::TopVolumes)) => "volume",
            (None, Some(Key::TopConfigs)) => "config",
            (None, Some(Key::TopSecrets)) => "secret",
            (None, Some(Key::TopModels)) => "model",
            (_, _) => return format!("`{}`", self.path()),
        };
        match self.part {
            Part::Key(name) => format!("{what} `{name}`"),
            Part::Top | Part::Item(_) => format!("`{}`", self.path()),
        }
    }
}
