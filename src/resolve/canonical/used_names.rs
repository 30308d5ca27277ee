//! The networks, volumes, configs and secrets that active services use.

use super::project::Canonical;
use crate::maps::HashSet;
use crate::parse::{Mapping, Tree};
use crate::resolve::value_format::scalar_string;

/// Names in use, by kind of resource.
#[derive(Debug, Default)]
pub(crate) struct UsedNames {
    pub(crate) networks: HashSet<String>,
    pub(crate) volumes: HashSet<String>,
    pub(crate) configs: HashSet<String>,
    pub(crate) secrets: HashSet<String>,
}

impl UsedNames {
    /// Returns the names below a top-level key.
    pub(crate) fn in_section(&self, section: &str) -> Option<&HashSet<String>> {
        match section {
            "networks" => Some(&self.networks),
            "volumes" => Some(&self.volumes),
            "configs" => Some(&self.configs),
            "secrets" => Some(&self.secrets),
            _ => None,
        }
    }
}

/// Collects the names that active services use.
pub(crate) fn names_in_use(canonical: &Canonical) -> UsedNames {
    let mut used = UsedNames::default();
    for (_, entry) in canonical.active() {
        let list = |path: &[&str]| {
            path.iter()
                .try_fold(&entry.value, |tree, key| tree.get(key))
                .and_then(Tree::as_sequence)
                .unwrap_or_default()
        };
        let source = |grant: &Tree| grant.get("source").map(scalar_string).unwrap_or_default();
        let networks = entry.value.get("networks").and_then(Tree::as_mapping);
        used.networks.extend(networks.into_iter().flat_map(Mapping::keys).map(str::to_owned));
        let named = |mount: &&Tree| mount.get("type").is_some_and(|kind| scalar_string(kind) == "volume");
        used.volumes.extend(list(&["volumes"]).iter().filter(named).map(source));
        used.configs.extend(list(&["configs"]).iter().map(source));
        used.secrets.extend(list(&["secrets"]).iter().chain(list(&["build", "secrets"])).map(source));
    }
    used
}
