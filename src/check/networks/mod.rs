//! Topic *networks*: DNS names, addresses, ports, name servers, and which services reach each other.

pub(crate) mod egress;
pub(crate) mod names;
pub(crate) mod peer_groups;
mod published;
pub(crate) mod reachability;

use crate::check::context::known_ports::protocol_name;
use reachability::Reachability;
use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::{HostAlias, PodDNSConfig};

use super::context::{ExpectedContext, ObservedContext, ServiceRole};
use published::published_port;

use super::facts::{AllowedPeers, Fact, Interface, Kind, SearchDomain, ServerAddress, Setting, Subject, Value, Weight};
use crate::check::manifests::init_script::InitAction;
use crate::check::manifests::pod::fields::NetworkFields;
use crate::check::manifests::workload::HOST_GATEWAY_ANNOTATION;
use crate::overrides::{Addresses, DnsChoice};
use crate::resolve::networks::{Attachment, ExtraHost, HostAddress, Membership, Networks};
use crate::text::{Span, Spanned};
use crate::words::is_dns_subdomain;

/// Returns the facts of the Compose file.
pub(crate) fn expected(context: ExpectedContext) -> Vec<Fact> {
    let Networks {
        attachment,
        // Read by `names`.
        container_name: _,
        links: _,
        hostname,
        domainname,
        ports,
        // Read by `known_ports`.
        expose: _,
        extra_hosts,
        dns,
        dns_search,
        dns_opt,
        // Not supported by Kubernetes: the conversion rejects them, or the overrides accept their loss.
        external_links: _,
        mac_address: _,
    } = &context.service.networks;
    let mut facts = Vec::new();
    let silence = context.fallback_span();
    match attachment {
        Attachment::None(at) => {
            facts.push(Fact::required(
                Kind::Isolated,
                "",
                Setting::Traffic { ingress: AllowedPeers::None, egress: AllowedPeers::None },
                *at,
            ));
        }
        Attachment::Host(at) => {
            facts.push(Fact::required(Kind::SharesNetwork, "", Setting::Host, *at));
            // On the host network every port on which it listens is published.
            facts.extend(context.known_ports().iter().map(|known| {
                let subject = Subject::port(known.port, protocol_name(known.protocol));
                let value = published_port("0.0.0.0", Value::number(known.port));
                Fact::defaulted(Kind::Published, subject, value, known.span)
            }));
        }
        Attachment::OfService(other) => {
            let owner = context.index.pod_owner(&other.value);
            facts.push(Fact::required(Kind::SharesNetwork, "", owner.as_str(), other.span));
        }
        Attachment::OfContainer(other) => {
            facts.push(Fact::optional(Kind::SharesNetwork, "", &other.value, other.span).or(Value::Any));
        }
        Attachment::Networks(memberships) => {
            facts.extend(names::expected(context));
            facts.extend(addresses(context, memberships));
            facts.extend(reachability::expected(context, memberships));
            facts.extend(egress::expected(context, memberships));
        }
    }
    let guest = matches!(attachment, Attachment::OfService(_) | Attachment::OfContainer(_));
    let host = matches!(attachment, Attachment::Host(_));
    if context.role == ServiceRole::Service && !host && !egress::shut_in(context) {
        facts.extend(published::expected(ports));
    }
    if guest {
        return facts;
    }
    if let Some(hostname) = hostname {
        let full = domainname
            .as_ref()
            .map_or_else(|| hostname.value.clone(), |domain| format!("{}.{}", hostname.value, domain.value));
        let fact = Fact::required(Kind::HostName, "", full.to_ascii_lowercase(), hostname.span).or(&hostname.value);
        // Kubernetes accepts labels of letters, digits and inner dashes, and a pod on the node's network has no host
        // name of its own. The conversion reports other names.
        let bearable = !host && full.len() <= 63 && is_dns_subdomain(&full.to_ascii_lowercase());
        // A host name that equals the service name is usually set for DNS, which is compared by names. Few programs
        // read it.
        let own = full.eq_ignore_ascii_case(context.service.name.value.as_str());
        let weight = if own { Weight::Default } else { Weight::Required };
        facts.push(fact.with_weight(if bearable { weight } else { Weight::Optional }));
    }
    for ExtraHost { name, address } in extra_hosts {
        let fact = match address {
            HostAddress::Ip(address) => Fact::required(
                Kind::Host,
                name.value.to_ascii_lowercase(),
                Value::servers([ServerAddress::Address(address.to_string().into())]),
                name.span,
            ),
            HostAddress::HostGateway => Fact::required(
                Kind::Host,
                name.value.to_ascii_lowercase(),
                Value::servers([ServerAddress::Host]),
                name.span,
            ),
        };
        // A name may have two addresses.
        match facts.iter_mut().find(|other| other.kind == Kind::Host && other.subject == fact.subject) {
            Some(first) => first.value = merged(&first.value, &fact.value),
            None => facts.push(fact),
        }
    }
    facts.push(name_servers(context, dns, host));
    let choice = context.choice().and_then(|choice| choice.dns.as_ref());
    let replaced = choice.is_some_and(|dns| dns.value.value == DnsChoice::Replace);
    let others = dns_search.iter().map(|domain| domain.value.as_str()).filter(|domain| *domain != ".");
    let others: Vec<SearchDomain> = others.map(|domain| SearchDomain::Domain(domain.into())).collect();
    let own = || Value::search_domains([SearchDomain::Own]);
    let behind = |first: SearchDomain| Value::search_domains(std::iter::once(first).chain(others.iter().cloned()));
    facts.push(match dns_search.first() {
        None if host => Fact::optional(Kind::SearchDomains, "", own(), silence).or(Value::Any),
        // Other name servers do not know the namespace's domain.
        None if replaced => Fact::defaulted(Kind::SearchDomains, "", Value::search_domains([]), silence).or(own()),
        Some(first) if replaced && !others.is_empty() => {
            let alone = Value::search_domains(others.iter().cloned());
            Fact::required(Kind::SearchDomains, "", alone, first.span).or(behind(SearchDomain::Own))
        }
        None => Fact::defaulted(Kind::SearchDomains, "", own(), silence),
        Some(first) => Fact::required(Kind::SearchDomains, "", behind(SearchDomain::Own), first.span)
            .or(behind(SearchDomain::Cluster)),
    });
    let mut dots = host;
    for option in dns_opt {
        let (name, value) = option.value.split_once(':').unwrap_or((option.value.as_str(), "yes"));
        dots |= name == "ndots";
        facts.push(Fact::required(Kind::ResolverOption, name, value, option.span));
    }
    if !dots {
        facts.push(Fact::defaulted(Kind::ResolverOption, "ndots", "1", silence));
    }
    facts
}

/// Merges two lists into a sorted one without repetitions.
fn merged(one: &Value, other: &Value) -> Value {
    let mut all = [one.as_servers(), other.as_servers()].concat();
    all.sort_unstable();
    all.dedup();
    Value::servers(all)
}

/// Returns the facts for fixed addresses, which are Service addresses or addresses of an interface according to the
/// overrides. By default private addresses are Service addresses as long as one range can contain all of them.
fn addresses(context: ExpectedContext, memberships: &[Membership]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for Membership { network, ipv4_address, ipv6_address, aliases: _ } in memberships {
        let choice = context.overrides.networks.get(&network.value).map(|choice| choice.addresses.value);
        if let Some(address) = ipv4_address {
            let range = context.overrides.cluster.service_subnet.as_ref();
            let fits = address.value.is_private() && range.is_none_or(|range| range.value.contains(&address.value));
            let unsaid = if fits { Addresses::Service } else { Addresses::Interface };
            let ip = IpAddr::V4(address.value);
            let open = choice.is_none()
                && range.is_none()
                && fits
                && !*context.index.fixed_addresses_fit.get_or_init(|| one_range_holds_all(context));
            let mut of = address_facts(context, &network.value, ip, address.span, choice.unwrap_or(unsaid));
            if open {
                let other = address_facts(context, &network.value, ip, address.span, Addresses::Interface);
                for fact in &mut of {
                    fact.weight = if fact.kind == Kind::Dialled { Weight::Optional } else { fact.weight };
                    fact.also
                        .extend(other.iter().filter(|other| other.kind == fact.kind).map(|other| other.value.clone()));
                }
            }
            facts.extend(of);
        }
        if let Some(address) = ipv6_address {
            let address_of = IpAddr::V6(address.value);
            facts.extend(address_facts(context, &network.value, address_of, address.span, Addresses::Interface));
        }
    }
    facts
}

/// Whether all private fixed addresses of the project are within 20 bits, the widest range that Kubernetes permits for
/// Services.
fn one_range_holds_all(context: ExpectedContext) -> bool {
    let mut all = context.project.services.values().flat_map(|service| match &service.networks.attachment {
        Attachment::Networks(memberships) => memberships.as_slice(),
        Attachment::None(_) | Attachment::Host(_) | Attachment::OfService(_) | Attachment::OfContainer(_) => &[],
    });
    let mut bits = None;
    all.all(|membership| match membership.ipv4_address.filter(|address| address.value.is_private()) {
        Some(address) => {
            let address = u32::from(address.value);
            let first = *bits.get_or_insert(address);
            (first ^ address).leading_zeros() >= 12
        }
        None => true,
    })
}

fn address_facts(context: ExpectedContext, network: &str, address: IpAddr, span: Span, choice: Addresses) -> Vec<Fact> {
    let value = address.to_string();
    match choice {
        Addresses::Service => vec![
            Fact::required(Kind::Dialled, &value, true, span),
            Fact::defaulted(Kind::Address, value, interface("lo", "32"), span),
        ],
        Addresses::Interface => {
            let subnets = context.project.networks.get(network).map_or(&[][..], |network| &network.subnets);
            let prefix = subnets
                .iter()
                .find(|subnet| subnet.value.contains(&address))
                .map_or(if address.is_ipv4() { 32 } else { 128 }, |subnet: &Spanned<IpNet>| subnet.value.prefix_len());
            vec![Fact::required(Kind::Address, value, interface("eth0", &prefix.to_string()), span)]
        }
    }
}

/// Returns the fact for `dns`. Docker queries its own server first, and these for names that it does not know; the
/// overrides state what replaces that.
fn name_servers(context: ExpectedContext, dns: &[Spanned<IpAddr>], host: bool) -> Fact {
    let silence = context.fallback_span();
    let Some(first) = dns.first() else {
        let fact = Fact::defaulted(Kind::NameServers, "", Value::servers([ServerAddress::Cluster]), silence);
        return if host { fact.with_weight(Weight::Optional).or(Value::servers([ServerAddress::Host])) } else { fact };
    };
    let listed = || dns.iter().map(|server| ServerAddress::Address(server.value.to_string().into()));
    match context.choice().and_then(|choice| choice.dns.as_ref()).map(|reasoned| &reasoned.value.value) {
        Some(DnsChoice::Zones) => {
            Fact::defaulted(Kind::NameServers, "", Value::servers([ServerAddress::Cluster]), first.span)
        }
        Some(DnsChoice::Replace) => Fact::required(Kind::NameServers, "", Value::servers(listed()), first.span),
        None => {
            let after_cluster = Value::servers(std::iter::once(ServerAddress::Cluster).chain(listed()));
            Fact::required(Kind::NameServers, "", Value::servers(listed()), first.span).or(after_cluster)
        }
    }
}

/// Returns an address of an interface as the value of a fact.
fn interface(device: &str, prefix: &str) -> Value {
    Value::Interface(Box::new(Interface { device: device.into(), prefix: prefix.into() }))
}

/// Returns the facts of the manifests.
pub(crate) fn observed(context: ObservedContext, reached: &NetworkFields, reachability: &Reachability) -> Vec<Fact> {
    let NetworkFields { ports, dns_config, dns_policy, host_aliases, host_network, hostname, hostname_override } =
        *reached;
    let pod = context.workload.at;
    let mut facts = published::observed(context, ports);
    if let Some(owner) = context.pod_owner {
        facts.push(Fact::required(Kind::SharesNetwork, "", owner, context.at.key("name").span()));
        return facts;
    }
    facts.extend(names::observed(context));
    facts.extend(own_addresses(context));
    facts.extend(reachability::observed(context, reachability));
    facts.extend(egress::observed(context));
    if host_network {
        facts.push(Fact::required(Kind::SharesNetwork, "", Setting::Host, pod.key("hostNetwork").span()));
        // Every mapped port of the node without another pod may belong to this one.
        let listening = facts.iter().any(|fact| fact.kind == Kind::Published);
        for mapping in context.index.cluster().iter().filter(|_| !listening).flat_map(|cluster| &cluster.ports) {
            let subject = Subject::port(mapping.host_port, mapping.protocol.to_ascii_lowercase());
            let value = published_port(mapping.listen.as_str(), Value::number(mapping.node_port));
            facts.push(Fact::optional(Kind::Published, subject, value, mapping.span));
        }
    }
    if let Some(name) = hostname_override.or(hostname) {
        let key = if hostname_override.is_some() { "hostnameOverride" } else { "hostname" };
        facts.push(Fact::required(Kind::HostName, "", name, pod.key(key).span()));
    }
    let gateway = context.workload.annotations.get(HOST_GATEWAY_ANNOTATION);
    for (index, HostAlias { hostnames, ip }) in host_aliases.iter().enumerate() {
        let place = pod.key("hostAliases").item(index);
        for (at, name) in hostnames.iter().flatten().enumerate() {
            let span = place.key("hostnames").item(at).span();
            let is_host = gateway == Some(ip);
            let address = if is_host { ServerAddress::Host } else { ServerAddress::Address(ip.into()) };
            let fact = Fact::required(Kind::Host, name.to_ascii_lowercase(), Value::servers([address]), span);
            match facts.iter_mut().find(|other| other.kind == Kind::Host && other.subject == fact.subject) {
                Some(first) => first.value = merged(&first.value, &fact.value),
                None => facts.push(fact),
            }
        }
    }
    facts.extend(resolver(context, dns_config, dns_policy.map(String::as_str), host_network));
    facts
}

/// Returns the name servers, search domains and resolver options of a pod.
fn resolver(
    context: ObservedContext,
    config: Option<&PodDNSConfig>,
    policy: Option<&str>,
    host_network: bool,
) -> Vec<Fact> {
    let pod = context.workload.at;
    let place = pod.key("dnsConfig");
    let empty = PodDNSConfig::default();
    let PodDNSConfig { nameservers, options, searches } = config.unwrap_or(&empty);
    let servers: Vec<&str> = nameservers.iter().flatten().map(String::as_str).collect();
    let searched: Vec<&str> = searches.iter().flatten().map(String::as_str).collect();
    let own = format!("{}.svc.cluster.local", context.workload.document.namespace);
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
    let server = |address: &&str| {
        if *address == cluster { ServerAddress::Cluster } else { ServerAddress::Address((*address).into()) }
    };
    let given = servers.iter().map(server);
    let all: Vec<ServerAddress> = base.into_iter().chain(given).collect();
    let cut = reachability::kept_from_dns(context).filter(|_| all.contains(&ServerAddress::Cluster));
    let weight =
        if cut.is_some() || policy == Some("None") || !servers.is_empty() { Weight::Required } else { Weight::Default };
    let asked = Value::servers(all.into_iter().chain(cut));
    let mut facts =
        vec![Fact::required(Kind::NameServers, "", asked, place.key("nameservers").span()).with_weight(weight)];
    let all = domains.into_iter().chain(searched.iter().map(domain));
    let weight = if policy == Some("None") || !searched.is_empty() { Weight::Required } else { Weight::Default };
    let domains = Value::search_domains(all);
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

/// Returns the addresses that init containers assign to the pod's interfaces.
fn own_addresses(context: ObservedContext) -> Vec<Fact> {
    let mut facts = Vec::new();
    for init in context.workload.init_containers(context.preceding) {
        let able = init.can_configure_network();
        for act in init.actions.unwrap_or_default() {
            let InitAction::AddAddress { address, prefix, device } = act else { continue };
            let value = if able { interface(device, prefix) } else { Setting::NoInterface.into() };
            facts.push(Fact::required(Kind::Address, address, value, init.span()));
        }
    }
    facts
}
