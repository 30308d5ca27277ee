//! The [`Project`]: a Compose project with typed values and resolved names.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::health::Health;
use super::networks::{Attachment, Membership, Network, Networks};
use super::order::Order;
use super::process::Process;
use super::service_name::ServiceName;
use super::volumes::{ConfigOrSecret, Volume, Volumes};
use crate::keys::Key;
use crate::maps::IndexMap;
use crate::parse::RecordedVariables;
use crate::parse::files::is_input;
use crate::text::{Span, Spanned};

/// A Compose project. It includes the services of inactive profiles ([`Order::active`]).
#[derive(Debug, Clone)]
pub struct Project {
    /// The project name: lowercase letters, digits, `-` and `_`.
    pub name: String,
    /// The location of `name:`, if the name comes from the file and not from the command line, a variable or the
    /// directory.
    pub name_at: Option<Span>,
    /// The project directory, absolute. It is never written to the output.
    pub directory: PathBuf,
    /// Compose files in merge order, relative to the project directory if they are below it; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// The services by name, in file order.
    pub services: IndexMap<ServiceName, Service>,
    /// Declared networks, and `default` if a service is on it.
    pub networks: IndexMap<String, Network>,
    /// Declared volumes.
    pub volumes: IndexMap<String, Volume>,
    /// Declared configs.
    pub configs: IndexMap<String, ConfigOrSecret>,
    /// Declared secrets.
    pub secrets: IndexMap<String, ConfigOrSecret>,
    /// The variables from outside the Compose files that were used.
    pub recorded: RecordedVariables,
    /// Keys used at the top level, in networks, volumes, configs and secrets.
    pub used_keys: Vec<UsedKey>,
}

impl Project {
    /// Returns the absolute path of one of the [`files`](Self::files), or `-` for standard input.
    #[must_use]
    pub fn path_of(&self, file: &Path) -> PathBuf {
        if is_input(file) { file.to_path_buf() } else { self.directory.join(file) }
    }

    /// Returns the servers of `dns` to which queries of services on a network are forwarded. Those of a service with a server
    /// on its own loopback device are not: its pod queries them directly.
    #[must_use]
    pub fn name_servers(&self) -> BTreeSet<IpAddr> {
        let servers = |service: &Service| service.networks.dns.iter().map(|server| server.value).collect::<Vec<_>>();
        let on_network = |service: &&Service| matches!(service.networks.attachment, Attachment::Networks(_));
        let lists = self.services.values().filter(on_network).map(servers);
        lists.filter(|servers| !servers.iter().any(IpAddr::is_loopback)).flatten().collect()
    }

    /// Returns the service with that container name.
    #[must_use]
    pub fn service_of_container(&self, container: &str) -> Option<&Service> {
        self.services.values().find(|service| match &service.networks.container_name {
            Some(name) => name.value == container,
            None => container == format!("{}-{}-1", self.name, service.name.value),
        })
    }

    /// Returns the service whose network, or else whose IPC or process namespace, a service shares (`network_mode`, `ipc`
    /// and `pid` with `service:` or `container:`). IPC and process namespaces count only if both services are on the same
    /// networks: one pod for both has one network.
    #[must_use]
    pub fn namespace_owner<'a>(&'a self, service: &'a Service) -> Option<&'a Service> {
        match &service.networks.attachment {
            Attachment::OfService(other) => self.services.get(&other.value),
            Attachment::OfContainer(container) => self.service_of_container(&container.value),
            Attachment::None(_) | Attachment::Host(_) => None,
            Attachment::Networks(own) => {
                let partner =
                    self.namespace_partners(service).find(|partner| partner.name.value != service.name.value)?;
                let owner = self.network_owner(partner)?;
                let Attachment::Networks(theirs) = &owner.networks.attachment else { return None };
                let names = |memberships: &[Membership]| {
                    memberships.iter().map(|membership| membership.network.value.clone()).collect::<BTreeSet<_>>()
                };
                (names(own) == names(theirs)).then_some(partner)
            }
        }
    }

    /// Returns the last service in a chain of shared networks; `None` if the chain is a cycle.
    fn network_owner<'a>(&'a self, service: &'a Service) -> Option<&'a Service> {
        let mut at = service;
        for _ in 0..self.services.len() {
            let next = match &at.networks.attachment {
                Attachment::OfService(other) => self.services.get(&other.value),
                Attachment::OfContainer(container) => self.service_of_container(&container.value),
                Attachment::None(_) | Attachment::Host(_) | Attachment::Networks(_) => None,
            };
            let Some(next) = next else { return Some(at) };
            at = next;
        }
        None
    }

    /// Returns the services that `ipc` and `pid` of a service name.
    fn namespace_partners<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Service> {
        let modes = [&service.process.ipc, &service.process.pid];
        modes.into_iter().flatten().filter_map(|mode| self.service_of_mode(&mode.value))
    }

    /// Returns the service that a namespace mode names: `service:NAME`, or `container:NAME` with its container name.
    #[must_use]
    pub fn service_of_mode(&self, mode: &str) -> Option<&Service> {
        match mode.split_once(':')? {
            ("service", name) => self.services.get(name),
            ("container", name) => self.service_of_container(name),
            _ => None,
        }
    }
}

/// A key outside of services that the user wrote.
#[derive(Debug, Clone)]
pub struct UsedKey {
    /// The key, with its location.
    pub key: Spanned<Key>,
    /// The network, volume, config or secret that has the key; `None` at the top level.
    pub owner: Option<String>,
}

/// A Compose service, by topic.
#[derive(Debug, Clone)]
pub struct Service {
    /// The name, with the location of its key.
    pub name: Spanned<ServiceName>,
    /// Image, command, environment, user, security and resources.
    pub process: Process,
    /// Networks, addresses, ports and DNS.
    pub networks: Networks,
    /// Mounts, configs and secrets.
    pub volumes: Volumes,
    /// Dependencies, profiles, restarts and replicas.
    pub order: Order,
    /// The health check.
    pub health: Health,
    /// Every key of the service that the user wrote, with its location.
    pub used_keys: Vec<Spanned<Key>>,
}
