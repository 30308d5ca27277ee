//! Object names, and the DNS names by which clients look services up.
//!
//! Invariant: two different items never have the same object name; a collision is an error that names both.
//! Invariant: the project resolver answers a DNS name that cannot be the name of a Service.

use super::alias_kind::AliasKind;
use super::start_order::StartOrder;
use crate::lower::findings::Findings;
use crate::lower::objects::Name;
use crate::lower::problem::Problem;
use crate::maps::{IndexMap, IndexSet};
use crate::overrides::Overrides;
use crate::resolve::networks::Attachment;
use crate::resolve::{Project, Service, ServiceName};
use crate::text::Span;
use crate::vocabulary::{RESOLVER, label};
use crate::words::fnv1a_32;

/// The longest DNS label (RFC 1123).
pub(super) const MAX_LABEL: usize = 63;
/// The longest name of a Service. Leaves room for `-ready`, and for the `-` and ten characters that a StatefulSet
/// appends to its name in a label of its pods.
const MAX_SERVICE_NAME: usize = 52;

/// The names of a project.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// The namespace.
    pub(crate) namespace: Name,
    pub(super) services: IndexMap<ServiceName, Name>,
    /// Further DNS names of services. Each has a Service object of its own.
    pub(super) aliases: IndexMap<String, Alias>,
    /// The further DNS names of each service.
    pub(super) of_service: IndexMap<ServiceName, Vec<String>>,
    /// DNS names that cannot be the name of a Service, each with the Service that it resolves to.
    pub(super) renames: Vec<(String, Name)>,
    /// The services whose own name is a DNS name, and those with a fixed address.
    pub(super) named: IndexSet<ServiceName>,
    pub(super) addressed: IndexSet<ServiceName>,
    /// The name of the project resolver, whether the project needs one or not.
    pub(crate) resolver: Name,
}

/// A further DNS name of one or more services.
#[derive(Debug, Clone)]
pub(crate) struct Alias {
    /// The DNS name that clients look up.
    pub(crate) dns_name: String,
    /// The name of the Service object.
    pub(crate) name: Name,
    /// The Compose key that defines the name.
    pub(crate) kind: AliasKind,
    /// The services that the name resolves to. Several services can share a network alias.
    pub(crate) services: Vec<ServiceName>,
}

impl Alias {
    /// Returns the label that selects the pods of several services with one alias.
    pub(crate) fn label(&self) -> Option<String> {
        (self.services.len() > 1)
            .then(|| label::alias(&shortened_label(self.name.as_str(), MAX_LABEL - label::ALIAS_PREFIX.len())))
    }
}

impl Names {
    /// Returns the object name of a service.
    pub(crate) fn name_of(&self, service: &ServiceName) -> Name {
        self.services.get(service).cloned().unwrap_or_else(|| service_name(service.as_str()))
    }

    /// Returns the name of the Service object that resolves only while the service is ready.
    pub(crate) fn ready_name_of(&self, service: &ServiceName) -> Name {
        Name::checked(format!("{}-ready", self.name_of(service)))
    }
}

/// Converts a string to an RFC 1123 label that begins with a letter, as the name of a Service must.
pub(crate) fn dns_label(text: &str, limit: usize) -> String {
    let mut label: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    label = label.trim_matches('-').to_owned();
    if !label.starts_with(|c: char| c.is_ascii_lowercase()) {
        label.insert_str(0, "s-");
        label = label.trim_end_matches('-').to_owned();
    }
    shortened_label(&label, limit)
}

/// Shortens a label to the limit and appends a hash of the whole label (FNV-1a, 32 bits).
fn shortened_label(label: &str, limit: usize) -> String {
    if label.len() <= limit {
        return label.to_owned();
    }
    let hash = fnv1a_32(label.bytes());
    let kept: String = label.chars().take(limit.saturating_sub(9)).collect();
    format!("{}-{hash:08x}", kept.trim_end_matches('-'))
}

/// Returns the name of an object that no client looks up, such as a claim or a ConfigMap.
pub(crate) fn object_name(text: &str) -> Name {
    Name::checked(dns_label(text, MAX_LABEL))
}

/// Returns the name of a network's policy, which the label of its pods contains.
pub(crate) fn network_name(text: &str) -> Name {
    Name::checked(format!("{}{}", label::NETWORK_PREFIX, dns_label(text, MAX_LABEL - label::NETWORK_PREFIX.len())))
}

/// Returns the name of a volume in a pod.
pub(crate) fn volume_name(text: &str) -> String {
    let name = dns_label(text, 50);
    if name == "s" { "volume".to_owned() } else { name }
}

pub(super) fn service_name(text: &str) -> Name {
    Name::checked(dns_label(text, MAX_SERVICE_NAME))
}

/// What uses a name.
pub(super) struct UsedName {
    pub(super) what: String,
    pub(super) at: Span,
    /// Whether `docker compose up` starts the service.
    pub(super) active: bool,
}

/// Object names that are in use, with a description of what uses each.
pub(super) struct TakenNames {
    pub(super) by_name: IndexMap<String, UsedName>,
    /// The service of each alias's Service object.
    pub(super) owners: IndexMap<Name, ServiceName>,
}

impl TakenNames {
    /// Reserves a name. Returns `None` and reports a collision if the name is in use.
    pub(super) fn reserve(&mut self, name: &str, claim: UsedName, findings: &mut Findings) -> Option<()> {
        let UsedName { what, at, active: _ } = claim;
        if let Some(UsedName { what: first, at: first_at, active: _ }) = self.by_name.get(name) {
            findings.for_project(Problem::NameCollision {
                name: name.to_owned(),
                first: first.clone(),
                second: what,
                at,
                first_at: *first_at,
            });
            return None;
        }
        self.by_name.insert(name.to_owned(), UsedName { what, ..claim });
        Some(())
    }
}

/// Assigns all names. Returns `None` if the project's name cannot be a namespace.
pub(crate) fn assign_names(
    project: &Project,
    overrides: &Overrides,
    start_order: &StartOrder,
    findings: &mut Findings,
) -> Option<Names> {
    let written = overrides.project.as_ref().map_or(project.name.as_str(), |fixed| fixed.value.as_str());
    let namespace = object_name(written);
    if namespace.as_str() == "default" || namespace.as_str().starts_with("kube-") {
        findings.for_project(Problem::NamespaceReserved {
            name: namespace.to_string(),
            at: overrides.project.as_ref().map_or(project.name_at, |fixed| Some(fixed.span)),
        });
        return None;
    }
    let mut used = TakenNames { by_name: IndexMap::default(), owners: IndexMap::default() };
    let mut names = Names {
        namespace,
        services: IndexMap::default(),
        aliases: IndexMap::default(),
        of_service: IndexMap::default(),
        renames: Vec::new(),
        named: IndexSet::default(),
        addressed: IndexSet::default(),
        resolver: Name::checked(RESOLVER.to_owned()),
    };
    for (service, body) in &project.services {
        let name = service_name(service.as_str());
        let what = format!("service `{service}`");
        let claim = UsedName { what, at: body.name.span, active: body.order.active };
        used.reserve(name.as_str(), claim, findings);
        if is_on_a_network(body) && !start_order.is_setup(service) {
            if !name.matches(service.as_str()) {
                names.renames.push((service.to_string(), name.clone()));
            }
            names.named.insert(service.clone());
        }
        if body.networks.attachment.memberships().iter().any(|membership| membership.ipv4_address.is_some()) {
            names.addressed.insert(service.clone());
        }
        names.services.insert(service.clone(), name);
    }
    report_duplicate_container_names(project, start_order, findings);
    for (service, waits) in start_order.awaited_healthy() {
        let claim = UsedName { what: format!("the readiness of `{service}`"), at: waits, active: true };
        used.reserve(names.ready_name_of(service).as_str(), claim, findings);
    }
    for (service, body) in &project.services {
        if start_order.is_setup(service) {
            continue;
        }
        for (dns_name, kind, at, owner) in further_names(service, body, project) {
            names.add_alias(dns_name, kind, (at, body.order.active), owner, &mut used, findings);
        }
    }
    names.resolver = used.free_name(RESOLVER);
    Some(names)
}

/// Reports active services with the same `container_name`. Runs have names of their own.
fn report_duplicate_container_names(project: &Project, start_order: &StartOrder, findings: &mut Findings) {
    let mut called: IndexMap<&str, (&ServiceName, Span)> = IndexMap::default();
    let together = project.services.iter().filter(|(name, body)| body.order.active && !start_order.is_setup(name));
    for (service, body) in together {
        let Some(container) = &body.networks.container_name else { continue };
        let (first, first_at) = *called.entry(&container.value).or_insert((service, container.span));
        if first != service {
            findings.for_project(Problem::ContainerNameTwice {
                name: container.value.clone(),
                first: first.to_string(),
                second: service.to_string(),
                at: container.span,
                first_at,
            });
        }
    }
}

/// Returns whether a service has a network, and so a DNS name.
fn is_on_a_network(service: &Service) -> bool {
    matches!(service.networks.attachment, Attachment::Networks(_))
}

/// Returns the further DNS names that a service defines, each with the service that it resolves to.
fn further_names<'a>(
    name: &'a ServiceName,
    service: &'a Service,
    project: &Project,
) -> Vec<(&'a str, AliasKind, Span, &'a ServiceName)> {
    let mut found = Vec::new();
    if let Attachment::Networks(memberships) = &service.networks.attachment {
        if let Some(container) = &service.networks.container_name {
            found.push((container.value.as_str(), AliasKind::Container, container.span, name));
        }
        for membership in memberships {
            for alias in &membership.aliases {
                found.push((alias.value.as_str(), AliasKind::Network, alias.span, name));
            }
        }
        if let Some(host) = &service.networks.hostname {
            found.push((host.value.as_str(), AliasKind::Host, host.span, name));
        }
    }
    for link in &service.networks.links {
        let target = &link.service.value;
        if project.services.get(target).is_some_and(is_on_a_network) {
            found.push((link.alias.as_str(), AliasKind::Link, link.service.span, target));
        }
    }
    found
}

impl Names {
    fn add_alias(
        &mut self,
        dns_name: &str,
        kind: AliasKind,
        (at, active): (Span, bool),
        service: &ServiceName,
        used: &mut TakenNames,
        findings: &mut Findings,
    ) {
        if dns_name == service.as_str() {
            return;
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if dns_name.is_empty() || !dns_name.chars().all(plain) {
            // An invalid `hostname` is reported where the pod's hostname is set.
            if kind != AliasKind::Host {
                findings.for_service(
                    service,
                    Problem::UnbearableHostName {
                        service: service.to_string(),
                        key: kind.key().name().to_owned(),
                        name: dns_name.to_owned(),
                        at,
                    },
                );
            }
            return;
        }
        if let Some(known) = self.aliases.get_mut(dns_name) {
            if !known.services.contains(service) {
                known.services.push(service.clone());
                self.of_service.entry(service.clone()).or_default().push(dns_name.to_owned());
            }
            return;
        }
        if let (Some(other), false) = (self.named_otherwise(dns_name, service), kind == AliasKind::Host) {
            let services = vec![service.clone(), other];
            self.share_service_name(dns_name, kind, services, at, used, findings);
            return;
        }
        let name = service_name(dns_name);
        let own = self.name_of(service);
        if name == own {
            // The main Service of this service already has that name.
            if !name.matches(dns_name) && !self.renames.iter().any(|(known, _)| known == dns_name) {
                self.renames.push((dns_name.to_owned(), name));
            }
            return;
        }
        if used.owners.get(&name) != Some(service) {
            // Services that are never started together may have the same name.
            let has_priority = |other: &&UsedName| kind == AliasKind::Host || !(active && other.active);
            if let Some(UsedName { what: other, at: first_at, active: _ }) =
                used.by_name.get(name.as_str()).filter(has_priority)
            {
                findings.for_key(
                    service,
                    kind.key(),
                    Problem::HostNameOfOther {
                        service: service.to_string(),
                        what: kind.noun(),
                        name: dns_name.to_owned(),
                        other: other.clone(),
                        at,
                        first_at: *first_at,
                    },
                );
                return;
            }
            let preposition = if kind == AliasKind::Link { "to" } else { "of" };
            let what = format!("{} `{dns_name}` {preposition} `{service}`", kind.noun());
            if used.reserve(name.as_str(), UsedName { what, at, active }, findings).is_none() {
                return;
            }
            used.owners.insert(name.clone(), service.clone());
            let alias =
                Alias { dns_name: dns_name.to_owned(), name: name.clone(), kind, services: vec![service.clone()] };
            self.aliases.insert(dns_name.to_owned(), alias);
            self.of_service.entry(service.clone()).or_default().push(dns_name.to_owned());
        }
        if !name.matches(dns_name) {
            self.renames.push((dns_name.to_owned(), name));
        }
    }

    /// Returns the aliases whose Service objects are in the service's file: those that it defines first.
    pub(crate) fn aliases_of(&self, service: &ServiceName) -> impl Iterator<Item = &Alias> {
        let is_own = |alias: &&Alias| self.services.get(alias.dns_name.as_str()) != Some(&alias.name);
        self.aliases_leading_to(service).filter(move |alias| alias.services.first() == Some(service)).filter(is_own)
    }

    /// Returns the labels of a pod for the aliases that its service shares with others.
    pub(crate) fn shared_labels(&self, service: &ServiceName) -> Vec<String> {
        self.aliases_leading_to(service).filter_map(Alias::label).collect()
    }

    fn aliases_leading_to(&self, service: &ServiceName) -> impl Iterator<Item = &Alias> {
        self.of_service.get(service).into_iter().flatten().filter_map(|dns_name| self.aliases.get(dns_name))
    }
}

#[cfg(test)]
mod names_tests {
    use super::*;

    #[test]
    fn a_label_begins_with_a_letter_and_has_no_underscore() {
        assert_eq!(dns_label("redis_1", 63), "redis-1");
        assert_eq!(dns_label("Web.API_", 63), "web-api");
        assert_eq!(dns_label("1st", 63), "s-1st");
        assert_eq!(dns_label("___", 63), "s");
        assert_eq!(dns_label("é", 63), "s");
    }

    #[test]
    fn long_names_stay_distinct_when_shortened() {
        let (a, b) = (dns_label(&"a".repeat(70), 52), dns_label(&format!("{}b", "a".repeat(69)), 52));
        assert_eq!(a.len(), 52);
        assert_ne!(a, b);
    }
}
