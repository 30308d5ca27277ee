//! The [`Project`]: what a Compose project says, typed and looked up.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;

use super::health::Health;
use super::networks::{Network, Networks};
use super::order::Order;
use super::process::Process;
use super::volumes::{Material, Volume, Volumes};
use crate::keys::Key;
use crate::text::Spanned;

/// A whole project. Services of profiles that were not chosen are here too ([`Order::active`]).
#[derive(Debug, Clone)]
pub struct Project {
    /// The project's name as Compose makes it: lower case, digits, dashes, underscores.
    pub name: String,
    /// The project directory, absolute. Never written to any output.
    pub directory: PathBuf,
    /// Compose files in merge order, relative to the project directory where they lie below it.
    pub files: Vec<PathBuf>,
    /// By name, in the order of the files.
    pub services: IndexMap<ServiceName, Service>,
    /// Declared networks, `default` too where a service is on it.
    pub networks: IndexMap<String, Network>,
    /// Declared volumes.
    pub volumes: IndexMap<String, Volume>,
    /// Declared configs.
    pub configs: IndexMap<String, Material>,
    /// Declared secrets.
    pub secrets: IndexMap<String, Material>,
    /// Every key of the top level, networks, volumes, configs and secrets that was met, for its verdict.
    pub met: Vec<Spanned<Key>>,
}

/// The name of a service that the project has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceName(Arc<str>);

impl ServiceName {
    /// Only the look-up in a project's services makes names.
    pub(in crate::resolve) fn looked_up(name: &str) -> Self {
        Self(name.into())
    }

    /// A name for the tests of later stages.
    #[cfg(test)]
    pub(crate) fn in_test(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as Compose has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ServiceName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for ServiceName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// One service: its five topics.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name, at the place of its key.
    pub name: Spanned<ServiceName>,
    /// What runs.
    pub process: Process,
    /// How it is found and reached.
    pub networks: Networks,
    /// What it sees on disk.
    pub volumes: Volumes,
    /// What it waits for, and how it is kept running.
    pub order: Order,
    /// How its health is asked.
    pub health: Health,
    /// Every key of the service that was met, at its key's place, for its verdict in the key table.
    pub met: Vec<Spanned<Key>>,
}
