//! Topic *networks*: name servers, search domains and options of the resolver. Docker's embedded DNS server answers the
//! project's names, and forwards other queries to the servers of `dns` or of the host.
//! <https://docs.docker.com/engine/network/#dns-services>

use std::net::IpAddr;

use k8s_openapi::api::core::v1::PodDNSConfig;

use super::reachability;
use crate::check::context::{ExpectedContext, ObservedContext, ResolverEndpoint};
use crate::check::facts::{Fact, Kind, SearchDomain, ServerAddress, Value, Weight};
use crate::check::manifests::init_script::InitAction;
use crate::resolve::Service;
use crate::resolve::networks::Attachment;

/// Docker queries the first three servers of `dns`.
const MAX_SERVERS: usize = 3;

/// Returns the servers of `dns` that Docker queries for a container.
fn servers_of(service: &Service) -> Vec<IpAddr> {
    service.networks.dns.iter().map(|server| server.value).take(MAX_SERVERS).collect()
}

/// Returns the addresses to which queries of a service for names outside the project go; none for those of the host. `None`
/// if the pod queries the servers directly.
pub(crate) fn forwarded_servers(service: &Service) -> Option<Vec<IpAddr>> {
    let servers = servers_of(service);
    let own_network = matches!(service.networks.attachment, Attachment::Networks(_));
    (own_network && !servers.iter().any(IpAddr::is_loopback)).then_some(servers)
}

/// Returns the facts of the Compose file.
pub(crate) fn expected(context: ExpectedContext) -> Vec<Fact> {
    let networks = &context.service.networks;
    let host = matches!(networks.attachment, Attachment::Host(_));
    let silence = context.fallback_span();
    let direct = !networks.dns.is_empty() && forwarded_servers(context.service).is_none();
    let mut facts = vec![name_servers(context)];
    let others = networks.dns_search.iter().map(|domain| domain.value.as_str()).filter(|domain| *domain != ".");
    let others: Vec<SearchDomain> = others.map(|domain| SearchDomain::Domain(domain.into())).collect();
    let own = || Value::search_domains([SearchDomain::Own]);
    let behind = |first: SearchDomain| Value::search_domains(std::iter::once(first).chain(others.iter().cloned()));
    facts.push(match networks.dns_search.first() {
        None if host => Fact::optional(Kind::SearchDomains, "", own(), silence).or(Value::Any),
        // Other name servers do not know the namespace's domain.
        None if direct => Fact::defaulted(Kind::SearchDomains, "", Value::search_domains([]), silence).or(own()),
        Some(first) if direct && !others.is_empty() => {
            let alone = Value::search_domains(others.iter().cloned());
            Fact::required(Kind::SearchDomains, "", alone, first.span).or(behind(SearchDomain::Own))
        }
        None => Fact::defaulted(Kind::SearchDomains, "", own(), silence),
        Some(first) => Fact::required(Kind::SearchDomains, "", behind(SearchDomain::Own), first.span)
            .or(behind(SearchDomain::Cluster)),
    });
    let mut dots = host || direct;
    for option in &networks.dns_opt {
        let (name, value) = option.value.split_once(':').unwrap_or((option.value.as_str(), "yes"));
        dots |= name == "ndots";
        facts.push(Fact::required(Kind::ResolverOption, name, value, option.span));
    }
    if !dots {
        // Docker's own value is 0, with which a single label needs no search domain.
        facts.push(Fact::defaulted(Kind::ResolverOption, "ndots", "1", silence).or("0"));
    }
    facts
}

/// Returns the fact about name servers.
fn name_servers(context: ExpectedContext) -> Fact {
    let service = context.service;
    let silence = context.fallback_span();
    let listed = servers_of(service);
    let list = |before: Option<ServerAddress>, servers: &[IpAddr]| {
        let servers = servers.iter().map(|server| ServerAddress::Address(server.to_string().into()));
        Value::servers(before.into_iter().chain(servers))
    };
    let first = service.networks.dns.first().map_or(silence, |server| server.span);
    let only = |server: ServerAddress| Value::servers([server]);
    match &service.networks.attachment {
        Attachment::Host(_) if listed.is_empty() => {
            Fact::optional(Kind::NameServers, "", only(ServerAddress::Cluster), silence).or(only(ServerAddress::Host))
        }
        Attachment::Host(_) => Fact::required(Kind::NameServers, "", list(None, &listed), first),
        Attachment::None(_) => Fact::defaulted(Kind::NameServers, "", only(ServerAddress::Cluster), silence)
            .or(only(ServerAddress::ClusterAlone)),
        Attachment::OfService(_) | Attachment::OfContainer(_) | Attachment::Networks(_) => {
            let internal = service.networks.attachment.is_internal_only(&context.project.networks);
            match forwarded_servers(service) {
                _ if internal && !listed.is_empty() => {
                    let reached: Vec<IpAddr> = listed.iter().copied().filter(|it| is_near(context, *it)).collect();
                    Fact::required(Kind::NameServers, "", list(Some(ServerAddress::Project), &reached), first)
                }
                Some(_) if internal => Fact::defaulted(Kind::NameServers, "", only(ServerAddress::Project), silence)
                    .or(only(ServerAddress::Cluster)),
                Some(servers) if servers.is_empty() => {
                    let fact = Fact::defaulted(Kind::NameServers, "", only(ServerAddress::Cluster), silence);
                    fact.or(Value::servers([ServerAddress::Project, ServerAddress::Node]))
                }
                // In hand-written manifests the cluster's DNS may come first, or the servers may be queried alone.
                Some(_) => Fact::required(Kind::NameServers, "", list(Some(ServerAddress::Project), &listed), first)
                    .or(list(Some(ServerAddress::Cluster), &listed))
                    .or(list(None, &listed)),
                None => Fact::required(Kind::NameServers, "", list(None, &listed), first)
                    .or(list(Some(ServerAddress::Project), &listed))
                    .or(list(Some(ServerAddress::Cluster), &listed)),
            }
        }
    }
}

/// Whether an address is the fixed address of a service that shares a network with this one.
pub(super) fn is_near(context: ExpectedContext, address: IpAddr) -> bool {
    let own = context.service.networks.attachment.memberships();
    let mut all = context.project.services.values().flat_map(|service| service.networks.attachment.memberships());
    all.any(|it| {
        own.iter().any(|own| own.network.value == it.network.value)
            && it.ipv4_address.is_some_and(|fixed| IpAddr::V4(fixed.value) == address)
    })
}

/// Returns the name servers, search domains and resolver options of a pod.
pub(crate) fn observed(
    context: ObservedContext,
    config: Option<&PodDNSConfig>,
    policy: Option<&str>,
    host_network: bool,
) -> Vec<Fact> {
    let pod = context.workload.at;
    let place = pod.key("dnsConfig");
    let namespace = context.workload.document.namespace.as_str();
    let empty = PodDNSConfig::default();
    let PodDNSConfig { nameservers, options, searches } = config.unwrap_or(&empty);
    let servers: Vec<&str> = nameservers.iter().flatten().map(String::as_str).collect();
    let searched: Vec<&str> = searches.iter().flatten().map(String::as_str).collect();
    let own = format!("{namespace}.svc.cluster.local");
    let domain = |name: &&str| if *name == own { SearchDomain::Own } else { SearchDomain::Domain((*name).into()) };
    let (base, domains) = match policy {
        Some("None") => (None, None),
        Some("Default") => (Some(ServerAddress::Host), Some(SearchDomain::Host)),
        // Without `ClusterFirstWithHostNet` a pod on the node's network uses the node's resolver.
        Some("ClusterFirst") | None if host_network => (Some(ServerAddress::Host), Some(SearchDomain::Host)),
        Some("ClusterFirst" | "ClusterFirstWithHostNet") | None => {
            (Some(ServerAddress::Cluster), Some(SearchDomain::Cluster))
        }
        Some(unknown) => (Some(ServerAddress::Address(unknown.into())), Some(SearchDomain::Domain(unknown.into()))),
    };
    let cluster = context.index.dns_address().to_string();
    let resolvers = context.index.resolvers;
    let knows_less = !host_network && resolvers.of_namespace(namespace).next().is_some();
    let mut all: Vec<ServerAddress> = base.into_iter().collect();
    let mut uses_resolver = false;
    for server in &servers {
        if let Some(endpoint) = resolvers.endpoint(namespace, server) {
            uses_resolver = true;
            all.extend(forwarding(context, endpoint));
        } else if *server == cluster {
            all.push(if knows_less { ServerAddress::ClusterAlone } else { ServerAddress::Cluster });
        } else {
            all.push(ServerAddress::Address((*server).into()));
        }
    }
    let is_cluster = |server: &ServerAddress| matches!(server, ServerAddress::Cluster | ServerAddress::ClusterAlone);
    let cut = reachability::kept_from_dns(context).filter(|_| all.iter().any(is_cluster));
    let weight =
        if cut.is_some() || policy == Some("None") || !servers.is_empty() { Weight::Required } else { Weight::Default };
    let asked = Value::servers(all.into_iter().chain(cut));
    let mut facts =
        vec![Fact::required(Kind::NameServers, "", asked, place.key("nameservers").span()).with_weight(weight)];
    // A resolver that answers names without a domain does what the search domain is for.
    let implied = if uses_resolver { Some(SearchDomain::Own) } else { domains };
    let weight = if policy == Some("None") || !searched.is_empty() { Weight::Required } else { Weight::Default };
    let domains = Value::search_domains(implied.into_iter().chain(searched.iter().map(domain)));
    facts.push(Fact::required(Kind::SearchDomains, "", domains, place.key("searches").span()).with_weight(weight));
    let mut dots = policy == Some("None") || policy == Some("Default") || host_network;
    for (index, option) in options.iter().flatten().enumerate() {
        let name = option.name.as_deref().unwrap_or_default();
        dots |= name == "ndots";
        let span = place.key("options").item(index).key("value").span();
        let fact = Fact::required(Kind::ResolverOption, name, option.value.as_deref().unwrap_or("yes"), span);
        facts.push(if name == "ndots" { fact.with_weight(Weight::Default) } else { fact });
    }
    if !dots {
        facts.push(Fact::defaulted(Kind::ResolverOption, "ndots", "5", context.workload.span()));
    }
    facts
}

/// Returns what a resolver does with the queries of a pod: the servers in the order in which they are queried, and what
/// differs from Docker.
pub(super) fn forwarding(context: ObservedContext, endpoint: &ResolverEndpoint<'_>) -> Vec<ServerAddress> {
    let block = &endpoint.block;
    let node = endpoint.workload.spec.dns_policy.as_deref() == Some("Default");
    let upstream = block.upstream.iter().map(|server| {
        if node && server == "/etc/resolv.conf" { ServerAddress::Node } else { ServerAddress::Address(server.into()) }
    });
    let mut all: Vec<ServerAddress> = std::iter::once(ServerAddress::Project).chain(upstream).collect();
    let several = block.upstream.len() > 1;
    let closed = block.upstream.iter().any(|server| reachability::closed_to_resolver(context.index, server, endpoint));
    for (differs, how) in [
        (several && !block.is_sequential, ServerAddress::AnyOrder),
        (several && !block.has_failover, ServerAddress::NoFailover),
        (block.has_cache, ServerAddress::Cached),
        (!endpoint.by_both, ServerAddress::OneProtocol),
        (context.workload.is_generated && !waits(context, endpoint), ServerAddress::NotAwaited),
        (reachability::kept_from_resolver(context, endpoint), ServerAddress::Denied),
        (closed, ServerAddress::UpstreamDenied),
    ] {
        all.extend(differs.then_some(how));
    }
    all
}

/// Whether an init container of the pod waits until a name of the namespace has an address, which needs the resolver.
fn waits(context: ObservedContext, endpoint: &ResolverEndpoint<'_>) -> bool {
    let domain = format!(".{}.svc.cluster.local.", endpoint.service.namespace);
    let mut actions =
        context.workload.init_containers(usize::MAX).into_iter().flat_map(|init| init.actions.unwrap_or(&[]));
    actions.any(|action| matches!(action, InitAction::WaitForName { name, exact: true } if name.ends_with(&domain)))
}
