//! Which networks, volumes, configs and secrets some running service uses.

use std::collections::HashSet;

use super::canonical::Canonical;
use super::form::shown;
use crate::parse::{Mapping, Tree};

/// Names that are used, by kind.
#[derive(Debug, Default)]
pub(super) struct Used {
    pub(super) networks: HashSet<String>,
    pub(super) volumes: HashSet<String>,
    pub(super) configs: HashSet<String>,
    pub(super) secrets: HashSet<String>,
}

impl Used {
    /// The names of a top-level key.
    pub(super) fn of(&self, section: &str) -> Option<&HashSet<String>> {
        match section {
            "networks" => Some(&self.networks),
            "volumes" => Some(&self.volumes),
            "configs" => Some(&self.configs),
            "secrets" => Some(&self.secrets),
            _ => None,
        }
    }
}

/// What the services that run use.
pub(super) fn of(canonical: &Canonical) -> Used {
    let mut used = Used::default();
    for (_, entry) in canonical.active() {
        let list = |path: &[&str]| {
            path.iter()
                .try_fold(&entry.value, |tree, key| tree.get(key))
                .and_then(Tree::as_sequence)
                .unwrap_or_default()
        };
        let source = |grant: &Tree| grant.get("source").map(shown).unwrap_or_default();
        let networks = entry.value.get("networks").and_then(Tree::as_mapping);
        used.networks.extend(networks.into_iter().flat_map(Mapping::keys).map(str::to_owned));
        let named = |mount: &&Tree| mount.get("type").is_some_and(|kind| shown(kind) == "volume");
        used.volumes.extend(list(&["volumes"]).iter().filter(named).map(source));
        used.configs.extend(list(&["configs"]).iter().map(source));
        used.secrets.extend(list(&["secrets"]).iter().chain(list(&["build", "secrets"])).map(source));
    }
    used
}
