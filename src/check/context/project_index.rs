//! [`ProjectIndex`]: what the facts of one service need to know about all services, collected once.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::check::matching::name_index::NameIndex;
use crate::check::matching::names::dns_names_of;
use crate::maps::{HashMap, HashSet, IndexSet};
use crate::overrides::{Acceptance, AcceptanceScope, Overrides, Setup};
use crate::resolve::networks::Link;
use crate::resolve::order::Condition;
use crate::resolve::process::Words;
use crate::resolve::volumes::{MountSource, Volume};
use crate::resolve::{Project, Service, ServiceName};
use crate::text::Span;

/// Which other services count when a service states that it shares no network with them.
#[derive(Debug, Default)]
pub(crate) enum ComparedPeers {
    /// All services.
    #[default]
    All,
    /// These services. A missing workload is reported once, by itself.
    Only(HashSet<String>),
    /// No service, because no finding could follow.
    None,
}

/// What is known about all services of a project.
#[derive(Debug, Default)]
pub(crate) struct ProjectIndex<'a> {
    /// The service that owns the pod of a service without a pod of its own (`network_mode`, `ipc` or `pid` with
    /// `service:…`).
    pod_owners: HashMap<&'a str, &'a ServiceName>,
    /// The services in a shared pod, by its owner.
    pod_members: HashMap<&'a str, Vec<&'a Service>>,
    /// Services whose completion another service waits for.
    awaited: HashSet<&'a str>,
    /// Services that another service needs while it runs, by `depends_on` or a link.
    needed: HashSet<&'a str>,
    /// The servers of `dns` to which queries are forwarded.
    name_servers: BTreeSet<IpAddr>,
    /// The links to a service.
    links: HashMap<&'a str, Vec<&'a Link>>,
    /// Services that run before the others according to the overrides.
    setup_services: HashSet<&'a str>,
    /// What runs before a service according to the overrides.
    setups: HashMap<&'a str, Vec<&'a Setup>>,
    /// The owners of the pods that mount a volume.
    volume_users: HashMap<&'a str, IndexSet<&'a str>>,
    /// The declared volumes that a service's pod mounts, or that the service initialises according to the overrides.
    volumes: HashMap<&'a str, Vec<(&'a str, &'a Volume)>>,
    /// The published ports that another service keeps, by location.
    lost_ports: HashSet<Span>,
    /// The `accept` entries of a service.
    accepted: HashMap<&'a str, Vec<&'a Acceptance>>,
    /// The `accept` entries for every service or for the project.
    accepted_for_all: Vec<&'a Acceptance>,
    /// Indexes of the services by each of their DNS names.
    dns_names: OnceCell<NameIndex<usize>>,
    /// The names that commands and variables of services contain, each with the index of the only service that contains it;
    /// `None` if several do.
    mentions: OnceCell<HashMap<String, Option<usize>>>,
    /// Whether one range of Service addresses can contain all fixed addresses.
    pub(crate) fixed_addresses_fit: OnceCell<bool>,
    /// The project that the cluster is for, if this is the merged project of a run.
    pub(crate) cluster_project: Option<&'a Project>,
    /// The networks whose fixed addresses are routes on the node.
    pub(crate) routed_networks: OnceCell<HashSet<String>>,
    pub(crate) compared_peers: ComparedPeers,
    /// The services that share none of these networks, by the networks.
    pub(crate) unreachable: RefCell<HashMap<Vec<String>, String>>,
}

impl<'a> ProjectIndex<'a> {
    pub(crate) fn new(project: &'a Project, overrides: &'a Overrides) -> Self {
        let mut index =
            Self { pod_owners: pod_owners(project), name_servers: project.name_servers(), ..Self::default() };
        index.setup_services = overrides.setup.iter().map(|setup| setup.service.value.as_str()).collect();
        let is_no_setup = |service: &Service| !index.is_setup_service(&service.name.value);
        index.lost_ports = project.port_conflicts(is_no_setup).into_iter().map(|conflict| conflict.at).collect();
        for setup in &overrides.setup {
            let before: IndexSet<&str> = setup.before.iter().map(|name| name.value.as_str()).collect();
            for name in before {
                index.setups.entry(name).or_default().push(setup);
            }
        }
        for acceptance in &overrides.accept {
            match &acceptance.scope {
                AcceptanceScope::Services(names) => {
                    for name in names {
                        index.accepted.entry(name.as_str()).or_default().push(acceptance);
                    }
                }
                AcceptanceScope::Project | AcceptanceScope::EveryService => index.accepted_for_all.push(acceptance),
            }
        }
        for service in project.services.values() {
            index.add(service, project);
        }
        for (key, declared) in &project.volumes {
            let writer = overrides.writers.get(key).map(|writer| writer.value.value.as_str());
            let mounted = index.volume_users.get(key.as_str()).into_iter().flatten().copied();
            for name in mounted.chain(writer).collect::<IndexSet<_>>() {
                index.volumes.entry(name).or_default().push((key, declared));
            }
        }
        index
    }

    fn add(&mut self, service: &'a Service, project: &Project) {
        let owner = self.pod_owner(&service.name.value).as_str();
        if !self.pod_owners.is_empty() {
            self.pod_members.entry(owner).or_default().push(service);
        }
        for wait in &service.order.waits {
            let on = wait.on.value.as_str();
            // What is not started is not waited for.
            let is_started = |on: &Service| on.order.replica_count() > 0 && (on.order.active || !service.order.active);
            let completes = wait.condition == Condition::Completed && project.services.get(on).is_none_or(is_started);
            let whom = if completes { &mut self.awaited } else { &mut self.needed };
            whom.insert(on);
        }
        for link in &service.networks.links {
            self.needed.insert(link.service.value.as_str());
            self.links.entry(link.service.value.as_str()).or_default().push(link);
        }
        for mount in &service.volumes.mounts {
            if let MountSource::Named { volume, nocopy: _, subpath: _ } = &mount.source {
                self.volume_users.entry(&volume.value).or_default().insert(owner);
            }
        }
    }

    /// Returns the service that owns the pod of a service: itself, unless it is in another service's pod.
    pub(crate) fn pod_owner(&self, service: &'a ServiceName) -> &'a ServiceName {
        self.pod_owners.get(service.as_str()).copied().unwrap_or(service)
    }

    /// Returns the other services in a service's pod. A service that is not started with the others is not in it.
    pub(crate) fn pod_mates(&self, own: &'a ServiceName) -> impl Iterator<Item = &'a Service> {
        let members = self.pod_members.get(self.pod_owner(own).as_str()).map(Vec::as_slice).unwrap_or_default();
        let is_active = members.iter().find(|member| member.name.value == *own).map(|member| member.order.active);
        let is_mate = move |mate: &&Service| {
            mate.name.value != *own && is_active.is_none_or(|is_active| is_active == mate.order.active)
        };
        members.iter().copied().filter(is_mate)
    }

    /// Whether another service waits for its completion.
    pub(crate) fn is_awaited(&self, service: &ServiceName) -> bool {
        self.awaited.contains(service.as_str())
    }

    /// Whether another service needs it while it runs.
    pub(crate) fn is_needed(&self, service: &ServiceName) -> bool {
        self.needed.contains(service.as_str())
    }

    /// Whether queries of a service are forwarded to this address.
    pub(crate) fn is_name_server(&self, address: IpAddr) -> bool {
        self.name_servers.contains(&address)
    }

    /// Returns the links to a service.
    pub(crate) fn links_to(&self, service: &ServiceName) -> impl Iterator<Item = &'a Link> {
        self.links.get(service.as_str()).into_iter().flatten().copied()
    }

    /// Whether it runs before the others according to the overrides.
    pub(crate) fn is_setup_service(&self, service: &ServiceName) -> bool {
        self.setup_services.contains(service.as_str())
    }

    /// Whether another service keeps a published port.
    pub(crate) fn is_lost_port(&self, port: Span) -> bool {
        self.lost_ports.contains(&port)
    }

    /// Returns what runs before a service according to the overrides.
    pub(crate) fn setups_before(&self, service: &ServiceName) -> impl Iterator<Item = &'a Setup> {
        self.setups.get(service.as_str()).into_iter().flatten().copied()
    }

    /// Returns the `accept` entries that apply to a service.
    pub(crate) fn acceptances(&self, service: &ServiceName) -> impl Iterator<Item = &'a Acceptance> {
        self.accepted.get(service.as_str()).into_iter().flatten().chain(&self.accepted_for_all).copied()
    }

    /// Returns how many pods mount a volume, and whether the pod of a service is one of them.
    pub(crate) fn volume_users(&self, volume: &str, service: &ServiceName) -> (usize, bool) {
        let users = self.volume_users.get(volume);
        (users.map_or(0, IndexSet::len), users.is_some_and(|users| users.contains(service.as_str())))
    }

    /// Returns the declared volumes that a service's pod mounts, or that the service initialises according to the overrides.
    pub(crate) fn volumes(&self, service: &ServiceName) -> &[(&'a str, &'a Volume)] {
        self.volumes.get(service.as_str()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a Service of this name could implement another service.
    pub(crate) fn is_name_of_another(&self, project: &Project, own: &Service, name: &str) -> bool {
        let own = project.services.get_index_of(own.name.value.as_str());
        self.dns_names(project).lookup(name).into_iter().any(|place| Some(place) != own)
    }

    /// Whether a service that is never started together with this one has the name too.
    pub(crate) fn is_shared_with_alternative(&self, project: &Project, own: &Service, name: &str) -> bool {
        let others = self.dns_names(project).lookup(name).into_iter();
        others
            .filter_map(|place| project.services.get_index(place))
            .any(|(_, other)| other.name.value != own.name.value && !(own.order.active && other.order.active))
    }

    /// Returns the indexes of the services by their DNS names.
    fn dns_names(&self, project: &Project) -> &NameIndex<usize> {
        self.dns_names.get_or_init(|| {
            let services = project.services.values().enumerate();
            let each = |(place, service)| {
                dns_names_of(service).into_iter().map(move |name: &str| (name.to_ascii_lowercase(), place))
            };
            NameIndex::new(services.flat_map(each))
        })
    }

    /// Whether a command or a variable of another service contains a name as a word.
    pub(crate) fn is_mentioned_by_another(&self, project: &Project, own: &Service, name: &str) -> bool {
        let own = project.services.get_index_of(own.name.value.as_str());
        let mentions = self.mentions.get_or_init(|| mentions(project));
        mentions.get(&name.to_ascii_lowercase()).is_some_and(|only| only.is_none_or(|place| Some(place) != own))
    }
}

/// Returns the owner of the pod of each service that has none of its own. A cycle ends at the service where it began.
fn pod_owners(project: &Project) -> HashMap<&str, &ServiceName> {
    let mut owners: HashMap<&str, &ServiceName> = HashMap::default();
    for service in project.services.keys() {
        let (mut path, mut at) = (IndexSet::default(), service);
        while !owners.contains_key(at.as_str())
            && let Some(other) = project.services.get(at).and_then(|service| project.namespace_owner(service))
            && path.insert(at.as_str())
        {
            at = &other.name.value;
        }
        let owner = owners.get(at.as_str()).copied().unwrap_or(at);
        owners.extend(path.into_iter().map(|guest| (guest, owner)));
    }
    owners
}

/// Returns the words of all services that are the name of a service, in lower case.
fn mentions(project: &Project) -> HashMap<String, Option<usize>> {
    let mut names: HashSet<String> = HashSet::default();
    for service in project.services.values() {
        let networks = &service.networks;
        let host = networks.hostname.iter().map(|host| host.value.as_str());
        let links = networks.links.iter().map(|link| link.alias.as_str());
        names.extend(dns_names_of(service).into_iter().chain(host).chain(links).map(str::to_ascii_lowercase));
    }
    let mut mentions: HashMap<String, Option<usize>> = HashMap::default();
    for (place, service) in project.services.values().enumerate() {
        let process = &service.process;
        let values = process.environment.iter().filter_map(|variable| variable.value.as_ref());
        let arguments = given(&process.entrypoint).iter().chain(given(&process.command));
        for word in arguments.chain(values.map(|value| &value.value)).flat_map(|text| host_words(text)) {
            let word = word.to_ascii_lowercase();
            if names.contains(&word) {
                let only = mentions.entry(word).or_insert(Some(place));
                *only = only.filter(|first| *first == place);
            }
        }
    }
    mentions
}

fn given(words: &Words) -> &[String] {
    match words {
        Words::Given(list) => &list.value,
        Words::Image | Words::Cleared(_) => &[],
    }
}

/// Splits a string into words that may be host names.
fn host_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_in_an_address_is_one_word() {
        let mentions = |text: &str, name: &str| host_words(text).any(|word| word.eq_ignore_ascii_case(name));
        assert!(mentions("postgres://app:secret@db:5432/app", "db"));
        assert!(mentions("http://WEB/", "web"));
        assert!(!mentions("dbname=mydb-2", "db"));
    }
}
