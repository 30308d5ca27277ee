//! The project resolver: whether the project needs one, the names that it answers, and the servers to which it forwards
//! the other queries of each service.
//!
//! Docker's embedded DNS server answers the names of the project, and forwards other queries to the servers of `dns`, or to
//! those of the host.

use std::net::{IpAddr, Ipv4Addr};

use super::names::Names;
use super::subnets::Subnets;
use crate::keys::Key;
use crate::lower::findings::Findings;
use crate::lower::objects::Name;
use crate::lower::problem::Problem;
use crate::lower::target::Target;
use crate::maps::push_unique;
use crate::overrides::Overrides;
use crate::resolve::networks::{Attachment, Membership};
use crate::resolve::{Project, Service, place_of_docker_dns};

/// Docker's embedded DNS server queries the first three servers of `dns` only (`maxExtDNS` in moby's
/// `libnetwork/resolver.go`).
const MAX_SERVERS: usize = 3;

/// The port of the first server block. A block for each further list of servers has the next port.
const FIRST_PORT: u16 = 1053;

/// The project resolver.
#[derive(Debug, Clone)]
pub(crate) struct Resolver {
    /// The name of the Deployment, and of the Service of the first endpoint.
    pub(crate) name: Name,
    /// The DNS names of the project in lower case, each with the Service that it resolves to.
    pub(crate) names: Vec<(String, Name)>,
    /// One endpoint for each distinct list of servers.
    pub(crate) endpoints: Vec<Endpoint>,
}

/// A server block of the resolver, which forwards to one list of servers, and the Service that leads to it.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// The name of the Service.
    pub(crate) name: Name,
    /// The address of the Service.
    pub(crate) address: Ipv4Addr,
    /// The port on which the server block listens.
    pub(crate) port: u16,
    /// The servers for names outside the project.
    pub(crate) upstream: Upstream,
}

/// The servers for names outside the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Upstream {
    /// Those of the node.
    Node,
    /// Those of `dns`, in order.
    Servers(Vec<IpAddr>),
    /// None: the service is on internal networks only.
    Nothing,
}

impl Resolver {
    /// Returns the endpoint that a service uses; `None` if its pod has other name servers.
    pub(crate) fn endpoint_of(&self, service: &Service, project: &Project) -> Option<&Endpoint> {
        let upstream = upstream_of(service, project)?;
        self.endpoints.iter().find(|endpoint| endpoint.upstream == upstream)
    }

    /// Returns whether the resolver forwards to this address.
    pub(crate) fn queries(&self, address: Ipv4Addr) -> bool {
        self.endpoints.iter().any(|endpoint| match &endpoint.upstream {
            Upstream::Servers(servers) => servers.contains(&IpAddr::V4(address)),
            Upstream::Node | Upstream::Nothing => false,
        })
    }
}

/// Returns the servers for names outside the project; `None` if the service does not use the resolver: it is on no
/// network, or one of its servers is on the loopback device of its own pod.
fn upstream_of(service: &Service, project: &Project) -> Option<Upstream> {
    let Attachment::Networks(memberships) = &service.networks.attachment else { return None };
    if queries_itself(service) {
        return None;
    }
    let servers = service.networks.dns.iter().map(|server| server.value).take(MAX_SERVERS);
    Some(if service.networks.attachment.is_internal_only(&project.networks) {
        // On an internal network Docker forwards to servers on that network, and to no others.
        let reached: Vec<IpAddr> = servers.filter(|server| is_on_a_network(*server, memberships, project)).collect();
        if reached.is_empty() { Upstream::Nothing } else { Upstream::Servers(reached) }
    } else if service.networks.dns.is_empty() {
        Upstream::Node
    } else {
        Upstream::Servers(servers.collect())
    })
}

/// Returns whether a service queries Docker's embedded DNS server by its address. The overrides decide, or else the Compose
/// file, if it contains the address.
pub(crate) fn wants_docker_dns(service: &Service, project: &Project, overrides: &Overrides) -> bool {
    let choice = overrides.services.get(&service.name.value).and_then(|choice| choice.docker_dns);
    choice.unwrap_or_else(|| place_of_docker_dns(service, project).is_some())
}

/// Returns whether a server of `dns` is on the loopback device of the service's own pod.
pub(crate) fn queries_itself(service: &Service) -> bool {
    service.networks.dns.iter().take(MAX_SERVERS).any(|server| server.value.is_loopback())
}

/// Returns the name servers of a pod that does not use the resolver. Docker queries the first three servers, which is also
/// the maximum of `dnsConfig.nameservers`.
pub(crate) fn direct_servers(service: &Service) -> Vec<String> {
    service.networks.dns.iter().take(MAX_SERVERS).map(|server| server.value.to_string()).collect()
}

/// Returns whether a service has that fixed address on one of these networks.
fn is_on_a_network(address: IpAddr, memberships: &[Membership], project: &Project) -> bool {
    let shared = |membership: &&Membership| memberships.iter().any(|own| own.network.value == membership.network.value);
    let mut all =
        project.services.values().flat_map(|service| service.networks.attachment.memberships()).filter(shared);
    all.any(|membership| membership.ipv4_address.is_some_and(|fixed| IpAddr::V4(fixed.value) == address))
}

/// Decides whether the project needs a resolver, and gives it its names, addresses and ports. `runs` are the merged projects
/// of the declared runs.
pub(crate) fn plan_resolver(
    (project, overrides): (&Project, &Overrides),
    runs: &[&Project],
    names: &Names,
    subnets: &Subnets,
    target: Target,
    findings: &mut Findings,
) -> Option<Resolver> {
    let projects: Vec<&Project> = std::iter::once(project).chain(runs.iter().copied()).collect();
    let all = || projects.iter().flat_map(|project| project.services.values().map(move |service| (*project, service)));
    let has_servers =
        all().any(|(project, service)| !service.networks.dns.is_empty() && upstream_of(service, project).is_some());
    let has_docker_dns = || {
        // A member of another service's pod uses the resolver of the pod's owner.
        let mut all = all()
            .filter(|(_, service)| !matches!(service.networks.attachment, Attachment::None(_) | Attachment::Host(_)));
        all.any(|(project, service)| !queries_itself(service) && wants_docker_dns(service, project, overrides))
    };
    if !(overrides.resolver || has_servers || names.needs_resolver() || has_docker_dns()) {
        return None;
    }
    let mut upstreams: Vec<Upstream> = Vec::new();
    for (project, service) in all() {
        if let Some(upstream) = upstream_of(service, project) {
            push_unique(&mut upstreams, upstream);
        }
    }
    // The endpoint of most projects comes first, whatever the order of the services.
    upstreams.sort_by_key(|upstream| *upstream != Upstream::Node);
    let fixed: Vec<Ipv4Addr> = all()
        .flat_map(|(_, service)| service.networks.attachment.memberships())
        .filter_map(|membership| membership.ipv4_address.map(|address| address.value))
        .collect();
    let own = names.namespace.as_str();
    let shared = overrides.shares_cluster(project);
    let candidates = target.resolver_addresses(subnets.services, shared.then_some(own));
    let mut addresses = candidates.filter(|address| !fixed.contains(address));
    let mut endpoints = Vec::new();
    for (port, upstream) in (FIRST_PORT..).zip(upstreams) {
        let Some(address) = addresses.next() else {
            report_no_address(project, subnets, findings);
            break;
        };
        let number = endpoints.len() + 1;
        let name = if number == 1 { names.resolver.clone() } else { names.further_resolver(number) };
        endpoints.push(Endpoint { name, address, port, upstream });
    }
    let name = names.resolver.clone();
    Some(Resolver { name, names: names.dns_names(), endpoints })
}

fn report_no_address(project: &Project, subnets: &Subnets, findings: &mut Findings) {
    let listed = project.services.values().find_map(|service| Some((service, service.networks.dns.first()?)));
    let problem = |at| Problem::NoResolverAddress { subnet: subnets.services.to_string(), at };
    match listed {
        Some((service, first)) => findings.for_key(&service.name.value, Key::Dns, problem(Some(first.span))),
        None => findings.for_project(problem(project.name_at)),
    }
}
