//! The [`Project`]: what a Compose project says, typed and looked up.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::health::Health;
use super::networks::{Network, Networks};
use super::order::Order;
use super::process::Process;
use super::service_name::ServiceName;
use super::volumes::{ConfigOrSecret, Volume, Volumes};
use crate::keys::Key;
use crate::parse::files::is_input;
use crate::text::{Span, Spanned};

/// A whole project. Services of profiles that were not chosen are here too ([`Order::active`]).
#[derive(Debug, Clone)]
pub struct Project {
    /// The project's name as Compose makes it: lower case, digits, dashes, underscores.
    pub name: String,
    /// The `name:` that says so, where neither the command line nor a variable nor the folder does.
    pub name_at: Option<Span>,
    /// The project directory, absolute. Never written to any output.
    pub directory: PathBuf,
    /// Compose files in merge order, relative to the project directory where they lie below it; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// By name, in the order of the files.
    pub services: IndexMap<ServiceName, Service>,
    /// Declared networks, `default` too where a service is on it.
    pub networks: IndexMap<String, Network>,
    /// Declared volumes.
    pub volumes: IndexMap<String, Volume>,
    /// Declared configs.
    pub configs: IndexMap<String, ConfigOrSecret>,
    /// Declared secrets.
    pub secrets: IndexMap<String, ConfigOrSecret>,
    /// Keys used at the top level, in networks, volumes, configs and secrets.
    pub used_keys: Vec<UsedKey>,
}

impl Project {
    /// Where one of its [`files`](Self::files) lies: absolute, or `-` for standard input.
    #[must_use]
    pub fn path_of(&self, file: &Path) -> PathBuf {
        if is_input(file) { file.to_path_buf() } else { self.directory.join(file) }
    }
}

/// A key outside the services.
#[derive(Debug, Clone)]
pub struct UsedKey {
    /// The key, at its place.
    pub key: Spanned<Key>,
    /// The network, volume, config or secret that has it; none at the top.
    pub owner: Option<String>,
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
    /// Every key of the service that the user wrote, at the place of the key.
    pub used_keys: Vec<Spanned<Key>>,
}
