//! Topic *networks*: DNS names, addresses, ports, name servers, and which services reach each other.

mod addresses;
mod docker_dns;
pub(crate) mod egress;
pub(crate) mod names;
pub(crate) mod peer_groups;
mod published;
pub(crate) mod reachability;
mod resolver;

use crate::check::context::known_ports::protocol_name;
use reachability::Reachability;

use k8s_openapi::api::core::v1::HostAlias;

use super::context::{ExpectedContext, ObservedContext, ServiceRole};
use published::published_port;

use super::facts::{AllowedPeers, Fact, Kind, ServerAddress, Setting, Subject, Value, Weight};
use crate::check::manifests::pod::fields::NetworkFields;
use crate::check::manifests::workload::HOST_GATEWAY_ANNOTATION;
use crate::resolve::networks::{Attachment, ExtraHost, HostAddress, Membership, Networks};
use crate::text::Span;
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
        // Read by `resolver`.
        dns: _,
        dns_search: _,
        dns_opt: _,
        // Not supported by Kubernetes: the conversion rejects them, or the overrides accept their loss.
        external_links: _,
        mac_address: _,
    } = &context.service.networks;
    let mut facts = Vec::new();
    let own_name = &context.service.name.value;
    let is_guest = context.role == ServiceRole::Service && context.index.pod_owner(own_name) != own_name;
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
        Attachment::OfContainer(other) if context.index.pod_owner(own_name) != own_name => {
            let owner = context.index.pod_owner(own_name);
            facts.push(Fact::required(Kind::SharesNetwork, "", owner.as_str(), other.span));
        }
        Attachment::OfContainer(other) => {
            facts.push(Fact::optional(Kind::SharesNetwork, "", &other.value, other.span).or(Value::Any));
        }
        // Its pod has its names and addresses: those are facts of the pod's owner.
        Attachment::Networks(_) if is_guest => {
            let owner = context.index.pod_owner(own_name);
            facts.push(Fact::required(Kind::SharesNetwork, "", owner.as_str(), namespace_span(context)));
        }
        Attachment::Networks(memberships) => {
            facts.extend(names_and_addresses(context, memberships));
            for mate in context.index.pod_mates(own_name) {
                if let Attachment::Networks(memberships) = &mate.networks.attachment {
                    let of_mate = names_and_addresses(ExpectedContext { service: mate, ..context }, memberships);
                    let is_new =
                        |fact: &Fact| !facts.iter().any(|it| (it.kind, &it.subject) == (fact.kind, &fact.subject));
                    let new: Vec<Fact> = of_mate.into_iter().filter(is_new).collect();
                    facts.extend(new);
                }
            }
            facts.extend(reachability::expected(context, memberships));
            facts.extend(egress::expected(context, memberships));
        }
    }
    let guest = is_guest || matches!(attachment, Attachment::OfService(_) | Attachment::OfContainer(_));
    let host = matches!(attachment, Attachment::Host(_));
    if context.role == ServiceRole::Service && !host && !egress::shut_in(context) {
        facts.extend(published::expected(ports, |port| context.index.is_lost_port(port)));
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
    facts.extend(resolver::expected(context));
    facts.extend(docker_dns::expected(context));
    facts
}

fn names_and_addresses(context: ExpectedContext, memberships: &[Membership]) -> Vec<Fact> {
    let mut facts = names::expected(context);
    facts.extend(addresses::expected(context, memberships));
    facts
}

/// Returns the location of `ipc` or `pid`, by which a service is in another one's pod.
fn namespace_span(context: ExpectedContext) -> Span {
    let process = &context.service.process;
    let mut modes = process.ipc.iter().chain(&process.pid);
    modes.find(|mode| mode.value.contains(':')).map_or(context.fallback_span(), |mode| mode.span)
}

/// Merges two lists into a sorted one without repetitions.
fn merged(one: &Value, other: &Value) -> Value {
    let mut all = [one.as_servers(), other.as_servers()].concat();
    all.sort_unstable();
    all.dedup();
    Value::servers(all)
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
    let in_pod_of = context.workload.runs_in_pod_of().filter(|_| !host_network);
    if let Some(owner) = in_pod_of {
        let service = context.index.names.service_of_object(&context.workload.document.namespace, owner);
        facts.push(Fact::required(Kind::SharesNetwork, "", service.unwrap_or(owner), context.workload.span()));
    } else {
        facts.extend(names::observed(context));
        facts.extend(addresses::observed(context));
        facts.extend(reachability::observed(context, reachability));
        facts.extend(egress::observed(context));
    }
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
    if in_pod_of.is_none() {
        facts.extend(docker_dns::observed(context));
        facts.extend(resolver::observed(context, dns_config, dns_policy.map(String::as_str), host_network));
    }
    facts
}
