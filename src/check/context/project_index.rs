//! What a service's facts ask of all the others: gathered once, so that a project of many services is not gone through for
//! each of them.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use crate::check::matching::name_index::NameIndex;
use crate::check::matching::names::dns_names_of;
use crate::overrides::{Acceptance, Overrides, Setup};
use crate::resolve::networks::{Attachment, Link};
use crate::resolve::order::Condition;
use crate::resolve::process::Words;
use crate::resolve::volumes::{MountSource, Volume};
use crate::resolve::{Project, Service, ServiceName};

/// Of whom a service may say that they share no network with it.
#[derive(Debug, Default)]
pub(crate) enum Others {
    /// Of all.
    #[default]
    All,
    /// Of these: that others are absent is told once.
    Of(HashSet<String>),
    /// Of nobody, since no finding can come of it.
    Nobody,
}

/// All services of a project.
#[derive(Debug, Default)]
pub(crate) struct Company<'a> {
    /// Those that live in another's pod, with the service whose pod it is.
    homes: HashMap<&'a str, &'a ServiceName>,
    /// Who lives in a pod that several share, by whose it is.
    crews: HashMap<&'a str, Vec<&'a Service>>,
    /// For whose end some service waits.
    awaited: HashSet<&'a str>,
    /// Whom some service needs while it runs: by `depends_on` or a link.
    needed: HashSet<&'a str>,
    /// The links that lead to a service.
    links: HashMap<&'a str, Vec<&'a Link>>,
    /// Those that run before the others by the overrides' word.
    first: HashSet<&'a str>,
    /// What runs before a service by the overrides' word.
    setups: HashMap<&'a str, Vec<&'a Setup>>,
    /// The services in whose pods a volume is mounted.
    users: HashMap<&'a str, IndexSet<&'a str>>,
    /// The declared volumes that a service's pod mounts or that it writes by the overrides' word, in their order.
    volumes: HashMap<&'a str, Vec<(&'a str, &'a Volume)>>,
    /// What the overrides accept of a service.
    accepted: HashMap<&'a str, Vec<&'a Acceptance>>,
    accepted_of_all: Vec<&'a Acceptance>,
    /// Places of services by each of their names.
    named: OnceCell<NameIndex<usize>>,
    /// The names that command lines, variables and health checks of services mention, each with the place of the only
    /// service that does; none where several do.
    mentions: OnceCell<HashMap<String, Option<usize>>>,
    /// Whether all fixed addresses lie near each other.
    pub(crate) one_range: OnceCell<bool>,
    pub(crate) others: Others,
    /// Who is out of reach, by the networks of the service that asks.
    pub(crate) apart: RefCell<HashMap<Vec<String>, String>>,
}

impl<'a> Company<'a> {
    pub(crate) fn of(project: &'a Project, overrides: &'a Overrides) -> Self {
        let mut company = Self { homes: homes(project), ..Self::default() };
        company.first = overrides.setup.iter().map(|setup| setup.service.value.as_str()).collect();
        for setup in &overrides.setup {
            let before: IndexSet<&str> = setup.before.iter().map(|name| name.value.as_str()).collect();
            for name in before {
                company.setups.entry(name).or_default().push(setup);
            }
        }
        for acceptance in &overrides.accept {
            let of = match &acceptance.service {
                Some(service) => company.accepted.entry(service.value.as_str()).or_default(),
                None => &mut company.accepted_of_all,
            };
            of.push(acceptance);
        }
        for service in project.services.values() {
            company.take(service);
        }
        for (key, declared) in &project.volumes {
            let writer = overrides.writers.get(key).map(|writer| writer.value.value.as_str());
            let mounted = company.users.get(key.as_str()).into_iter().flatten().copied();
            for name in mounted.chain(writer).collect::<IndexSet<_>>() {
                company.volumes.entry(name).or_default().push((key, declared));
            }
        }
        company
    }

    fn take(&mut self, service: &'a Service) {
        let home = self.home(&service.name.value).as_str();
        if !self.homes.is_empty() {
            self.crews.entry(home).or_default().push(service);
        }
        for wait in &service.order.waits {
            let on = wait.on.value.as_str();
            let whom = if wait.condition == Condition::Completed { &mut self.awaited } else { &mut self.needed };
            whom.insert(on);
        }
        for link in &service.networks.links {
            self.needed.insert(link.service.value.as_str());
            self.links.entry(link.service.value.as_str()).or_default().push(link);
        }
        for mount in &service.volumes.mounts {
            if let MountSource::Named { volume, nocopy: _, subpath: _ } = &mount.source {
                self.users.entry(&volume.value).or_default().insert(home);
            }
        }
    }

    /// The service in whose pod a service lives.
    pub(crate) fn home(&self, service: &'a ServiceName) -> &'a ServiceName {
        self.homes.get(service.as_str()).copied().unwrap_or(service)
    }

    /// Who lives in a service's pod beside it, or beside the service whose pod it is.
    pub(crate) fn mates(&self, own: &'a ServiceName) -> impl Iterator<Item = &'a Service> {
        let crew = self.crews.get(self.home(own).as_str()).map(Vec::as_slice).unwrap_or_default();
        crew.iter().copied().filter(move |mate| mate.name.value != *own)
    }

    /// Whether some service waits for its end.
    pub(crate) fn is_awaited(&self, service: &ServiceName) -> bool {
        self.awaited.contains(service.as_str())
    }

    /// Whether some service needs it while it runs.
    pub(crate) fn is_needed(&self, service: &ServiceName) -> bool {
        self.needed.contains(service.as_str())
    }

    /// The links that lead to a service.
    pub(crate) fn links_to(&self, service: &ServiceName) -> impl Iterator<Item = &'a Link> {
        self.links.get(service.as_str()).into_iter().flatten().copied()
    }

    /// Whether it runs before the others by the overrides' word.
    pub(crate) fn comes_first(&self, service: &ServiceName) -> bool {
        self.first.contains(service.as_str())
    }

    /// What runs before a service by the overrides' word.
    pub(crate) fn before(&self, service: &ServiceName) -> impl Iterator<Item = &'a Setup> {
        self.setups.get(service.as_str()).into_iter().flatten().copied()
    }

    /// What the overrides accept of a service, and of all.
    pub(crate) fn acceptances(&self, service: &ServiceName) -> impl Iterator<Item = &'a Acceptance> {
        self.accepted.get(service.as_str()).into_iter().flatten().chain(&self.accepted_of_all).copied()
    }

    /// How many pods mount a volume, and whether that of a service is one of them.
    pub(crate) fn users(&self, volume: &str, service: &ServiceName) -> (usize, bool) {
        let users = self.users.get(volume);
        (users.map_or(0, IndexSet::len), users.is_some_and(|users| users.contains(service.as_str())))
    }

    /// The declared volumes that a service's pod mounts or that it writes by the overrides' word.
    pub(crate) fn volumes(&self, service: &ServiceName) -> &[(&'a str, &'a Volume)] {
        self.volumes.get(service.as_str()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a Service of that name could stand for another service.
    pub(crate) fn is_anothers(&self, project: &Project, own: &Service, name: &str) -> bool {
        let own = project.services.get_index_of(own.name.value.as_str());
        let named = self.named.get_or_init(|| {
            let services = project.services.values().enumerate();
            let each = |(place, service)| {
                dns_names_of(service).into_iter().map(move |name: &str| (name.to_ascii_lowercase(), place))
            };
            NameIndex::new(services.flat_map(each))
        });
        named.lookup(name).into_iter().any(|place| Some(place) != own)
    }

    /// Whether another service's words have a name as a word of its own: its variables and its command line.
    pub(crate) fn is_mentioned(&self, project: &Project, own: &Service, name: &str) -> bool {
        let own = project.services.get_index_of(own.name.value.as_str());
        let mentions = self.mentions.get_or_init(|| mentions(project));
        mentions.get(&name.to_ascii_lowercase()).is_some_and(|only| only.is_none_or(|place| Some(place) != own))
    }
}

/// In whose pod those live that have none of their own. Nobody is followed twice, and a circle ends where it began.
fn homes(project: &Project) -> HashMap<&str, &ServiceName> {
    let mut homes: HashMap<&str, &ServiceName> = HashMap::new();
    for service in project.services.keys() {
        let (mut way, mut at) = (IndexSet::new(), service);
        while !homes.contains_key(at.as_str())
            && let Some(Attachment::OfService(other)) =
                project.services.get(at).map(|service| &service.networks.attachment)
            && way.insert(at.as_str())
        {
            at = &other.value;
        }
        let home = homes.get(at.as_str()).copied().unwrap_or(at);
        homes.extend(way.into_iter().map(|guest| (guest, home)));
    }
    homes
}

/// The words of all services that are names of some service, in lower case.
fn mentions(project: &Project) -> HashMap<String, Option<usize>> {
    let mut names: HashSet<String> = HashSet::new();
    for service in project.services.values() {
        let networks = &service.networks;
        let host = networks.hostname.iter().map(|host| host.value.as_str());
        let links = networks.links.iter().map(|link| link.alias.as_str());
        names.extend(dns_names_of(service).into_iter().chain(host).chain(links).map(str::to_ascii_lowercase));
    }
    let mut mentions: HashMap<String, Option<usize>> = HashMap::new();
    for (place, service) in project.services.values().enumerate() {
        let process = &service.process;
        let values = process.environment.iter().filter_map(|variable| variable.value.as_ref());
        let said = given(&process.entrypoint).iter().chain(given(&process.command));
        for word in said.chain(values.map(|value| &value.value)).flat_map(|text| words(text)) {
            let word = word.to_ascii_lowercase();
            if names.contains(&word) {
                let who = mentions.entry(word).or_insert(Some(place));
                *who = who.filter(|first| *first == place);
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

/// A text's words as addresses and URLs have hosts.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_in_an_address_is_a_word() {
        let mentions = |text: &str, name: &str| words(text).any(|word| word.eq_ignore_ascii_case(name));
        assert!(mentions("postgres://app:secret@db:5432/app", "db"));
        assert!(mentions("http://WEB/", "web"));
        assert!(!mentions("dbname=mydb-2", "db"));
    }
}
