//! Topic *networks*: which services cannot reach each other. In Compose, those without a common network; in Kubernetes,
//! those that NetworkPolicies separate. <https://kubernetes.io/docs/concepts/services-networking/network-policies/>

use std::cell::OnceCell;
use std::collections::BTreeMap;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::ContainerPort;
use k8s_openapi::api::networking::v1::NetworkPolicyPeer;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::peer_groups::{PeerGroups, list_names};
use crate::check::context::ComparedPeers;
use crate::check::context::known_ports::protocol_name;
use crate::check::context::{ExpectedContext, ManifestIndex, ObservedContext, ResolverEndpoint};
use crate::check::facts::{AllowedPeers, Fact, Kind, ServerAddress, Setting, Weight};
use crate::check::manifests::document::Document;
use crate::check::manifests::policies::{PortRef, TrafficDirection, allows};
use crate::check::manifests::workload::Workload;
use crate::overrides::Overrides;
use crate::resolve::Service;
use crate::resolve::networks::{Attachment, Membership};

/// Returns the active services that share no network with this one, including inactive ones if the overrides separate
/// networks. Hand-written manifests must separate them; generated ones only if the overrides ask for it, since the
/// conversion otherwise reports that it does not.
pub(crate) fn expected(context: ExpectedContext, memberships: &[Membership]) -> Option<Fact> {
    if !context.is_deployed(context.service) || matches!(context.index.compared_peers, ComparedPeers::None) {
        return None;
    }
    let mut networks: Vec<String> = memberships.iter().map(|membership| membership.network.value.clone()).collect();
    networks.sort_unstable();
    let apart = if networks.is_empty() {
        apart(context, &networks)
    } else {
        // Services on the same networks are separated from the same services, never from each other.
        let known = context.index.unreachable.borrow().get(&networks).cloned();
        known.unwrap_or_else(|| {
            let apart = apart(context, &networks);
            context.index.unreachable.borrow_mut().insert(networks, apart.clone());
            apart
        })
    };
    (!apart.is_empty()).then(|| Fact::required(Kind::OutOfReach, "", apart, context.fallback_span()))
}

/// Returns the services that count when a service states which services cannot reach it.
pub(crate) fn compared_peers(overrides: &Overrides, index: &ManifestIndex<'_>) -> ComparedPeers {
    let is_generated =
        index.manifests.has_start_table() || index.all_workloads.iter().all(|workload| workload.is_generated);
    // The conversion reports that generated manifests without policies do not separate services.
    if is_generated && overrides.separation.is_none() && index.policies.is_empty() {
        return ComparedPeers::None;
    }
    ComparedPeers::Only(index.names.implemented_services().cloned().collect())
}

/// Lists the services that are on none of these networks.
fn apart(context: ExpectedContext, networks: &[String]) -> String {
    let shares = |theirs: &Membership| networks.contains(&theirs.network.value);
    let mut apart: Vec<&str> = others(context)
        .filter(|other| match &other.networks.attachment {
            Attachment::Networks(theirs) => !theirs.iter().any(shares),
            // A service without a network is isolated, one on the host network reaches all, and one in another pod
            // counts with its owner.
            Attachment::None(_) | Attachment::Host(_) | Attachment::OfService(_) | Attachment::OfContainer(_) => false,
        })
        .map(|other| other.name.value.as_str())
        .collect();
    apart.sort_unstable();
    list_names(&apart)
}

/// Returns the other services, without those that have completed before the others start.
fn others(context: ExpectedContext<'_>) -> impl Iterator<Item = &Service> {
    context.project.services.values().filter(move |other| {
        let name = &other.name.value;
        let there = match &context.index.compared_peers {
            ComparedPeers::All => true,
            ComparedPeers::Only(there) => there.contains(name.as_str()),
            ComparedPeers::None => false,
        };
        there
            && *name != context.service.name.value
            && context.is_deployed(other)
            && !context.index.is_setup_service(name)
    })
}

/// The workloads in groups that no policy distinguishes, computed when a pod is first asked for.
#[derive(Debug, Default)]
pub(crate) struct Reachability(OnceCell<PeerGroups>);

/// Returns the services and ports that NetworkPolicies make unreachable.
pub(crate) fn observed(context: ObservedContext, reachability: &Reachability) -> Vec<Fact> {
    // Policies do not apply to a pod in its node's network, and every other pod admits it.
    if context.index.policies.is_empty() || context.workload.uses_host_network() {
        return Vec::new();
    }
    let policies = context.index.policies.selecting(context.workload);
    let (inward, outward) = (
        AllowedPeers::of_policies(&policies, TrafficDirection::Ingress),
        AllowedPeers::of_policies(&policies, TrafficDirection::Egress),
    );
    if let Some(first) = policies.first()
        && (inward, outward) != (AllowedPeers::Some, AllowedPeers::All)
        && (inward, outward) != (AllowedPeers::All, AllowedPeers::Some)
        && (inward, outward) != (AllowedPeers::Some, AllowedPeers::Some)
    {
        let span = first.document.at().keys(&["spec", "policyTypes"]).span();
        if (inward, outward) != (AllowedPeers::All, AllowedPeers::All) {
            let value = Setting::Traffic { ingress: inward, egress: outward };
            return vec![Fact::required(Kind::Isolated, "", value, span)];
        }
    }
    let near = policies.first().map(|policy| policy.document.name_span());
    let mut apart: Vec<usize> = Vec::new();
    let mut shut: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let doors = doors(context);
    let groups = reachability.0.get_or_init(|| PeerGroups::new(context.index));
    for (at, group) in groups.all.iter().enumerate() {
        let Some(other) = group.members.first().and_then(|place| context.index.all_workloads.get(*place)) else {
            continue;
        };
        let theirs = group.egress_policies(context.index);
        let reached = |door: Option<PortRef<'_>>| {
            allows(&policies, TrafficDirection::Ingress, door, &|policy, peer| {
                context.index.policies.peer_includes(policy, peer, other)
            }) && allows(&theirs, TrafficDirection::Egress, door, &|policy, peer| {
                context.index.policies.peer_includes(policy, peer, context.workload)
            })
        };
        if !reached(None) {
            apart.push(at);
            continue;
        }
        for (number, protocol) in &doors {
            if !reached(Some(PortRef { workload: context.workload, number: *number, protocol })) {
                let of = format!("{number}/{}", protocol.to_ascii_lowercase());
                shut.entry(of).or_default().push(at);
            }
        }
    }
    // If the pod has no policies, those of the other pods are shown.
    let of_others = |place: usize| {
        let other = context.index.all_workloads.get(place)?;
        context.index.policies.selecting(other).first().map(|policy| policy.document.name_span())
    };
    let fallback_span = context.workload.span();
    let whole = groups.service_names(&apart, context).map(|names| {
        let span = near.or_else(|| groups.members(&apart, context).into_iter().find_map(of_others));
        Fact::required(Kind::OutOfReach, "", names, span.unwrap_or(fallback_span))
    });
    let ports = shut.into_iter().filter_map(|(of, apart)| {
        let names = groups.service_names(&apart, context)?;
        let span = near.or_else(|| groups.members(&apart, context).first().copied().and_then(of_others));
        Some(Fact::required(Kind::PortOutOfReach, of, names, span.unwrap_or(fallback_span)))
    });
    whole.into_iter().chain(ports).collect()
}

/// Returns the known ports of a service: those of its container, of the Services that select its pods, and of the
/// Compose file.
fn doors(context: ObservedContext) -> Vec<(u16, String)> {
    let workload = context.workload;
    let mut doors: Vec<(u16, String)> = Vec::new();
    let mut add = |number: Option<u16>, protocol: &str| {
        let door = number.map(|number| (number, protocol.to_owned()));
        doors.extend(door.filter(|door| !doors.contains(door)));
    };
    let all = || workload.spec.containers.iter().flat_map(|container| container.ports.iter().flatten());
    let own = || context.container.ports.iter().flatten();
    for port in own() {
        add(u16::try_from(port.container_port).ok(), port.protocol.as_deref().unwrap_or("TCP"));
    }
    for document in context.index.manifests.services_selecting(workload) {
        for port in document.object.service().and_then(|spec| spec.ports.as_ref()).into_iter().flatten() {
            let number = match &port.target_port {
                None => u16::try_from(port.port).ok(),
                Some(IntOrString::Int(number)) => u16::try_from(*number).ok(),
                Some(IntOrString::String(name)) => {
                    let named = all().find(|port| port.name.as_ref() == Some(name));
                    named.and_then(|port| u16::try_from(port.container_port).ok())
                }
            };
            // A port of another container of the pod belongs to that container.
            let is = |port: &ContainerPort| u16::try_from(port.container_port).ok() == number;
            if own().any(is) || !all().any(is) {
                add(number, port.protocol.as_deref().unwrap_or("TCP"));
            }
        }
    }
    for known in context.index.known_ports_of(workload) {
        add(Some(known.port), &protocol_name(known.protocol).to_ascii_uppercase());
    }
    doors
}

/// Returns how policies keep a pod with other egress from the cluster's DNS. Long answers need TCP.
pub(crate) fn kept_from_dns(context: ObservedContext) -> Option<ServerAddress> {
    if context.index.policies.is_empty() || context.workload.uses_host_network() {
        return None;
    }
    let policies = context.index.policies.selecting(context.workload);
    let shut = |protocol| {
        let door = PortRef { workload: context.workload, number: 53, protocol };
        !allows(&policies, TrafficDirection::Egress, Some(door), &|_, peer| {
            context.index.policies.peer_includes_dns(peer)
        })
    };
    if AllowedPeers::of_policies(&policies, TrafficDirection::Egress) != AllowedPeers::Some {
        None
    } else if shut("UDP") {
        Some(ServerAddress::Denied)
    } else if context.workload.is_generated && shut("TCP") {
        Some(ServerAddress::UdpOnly)
    } else {
        None
    }
}

/// Whether policies deny ingress to a port from outside the cluster.
pub(crate) fn closed_outside(context: ObservedContext, number: i32, protocol: &str) -> bool {
    let Ok(number) = u16::try_from(number) else { return false };
    let pods = context.index.manifests.pod_range();
    let outside = |_: &Document, peer: &NetworkPolicyPeer| {
        let range = peer.ip_block.as_ref().and_then(|block| block.cidr.parse::<IpNet>().ok());
        range.is_some_and(|range| pods.is_none_or(|pods| !pods.contains(&range)))
    };
    let door = PortRef { workload: context.workload, number, protocol };
    !context.workload.uses_host_network()
        && !allows(&context.index.policies.selecting(context.workload), TrafficDirection::Ingress, Some(door), &outside)
}

/// Whether policies keep a pod from a resolver. Long answers need TCP.
pub(crate) fn kept_from_resolver(context: ObservedContext, endpoint: &ResolverEndpoint<'_>) -> bool {
    if context.index.policies.is_empty() || context.workload.uses_host_network() {
        return false;
    }
    let policies = context.index.policies.selecting(context.workload);
    let guards = context.index.policies.selecting(endpoint.workload);
    ["UDP", "TCP"].into_iter().any(|protocol| {
        let door = PortRef { workload: endpoint.workload, number: endpoint.block.port, protocol };
        !allows(&policies, TrafficDirection::Egress, Some(door), &|policy, peer| {
            context.index.policies.peer_includes(policy, peer, endpoint.workload)
        }) || !allows(&guards, TrafficDirection::Ingress, Some(door), &|policy, peer| {
            context.index.policies.peer_includes(policy, peer, context.workload)
        })
    })
}

/// Whether policies keep a resolver from the pods behind a Service address.
pub(crate) fn closed_to_resolver(index: &ManifestIndex<'_>, server: &str, endpoint: &ResolverEndpoint<'_>) -> bool {
    if index.policies.is_empty() {
        return false;
    }
    let has_it =
        |document: &Document| document.object.service().is_some_and(|spec| spec.cluster_ip.as_deref() == Some(server));
    let documents = index.manifests.documents.iter().map(AsRef::as_ref).filter(|document: &&Document| has_it(document));
    let mut behind = documents.flat_map(|document| {
        let near = move |it: &&Workload<'_>| it.document.namespace == document.namespace;
        index.all_workloads.iter().filter(near).filter(move |it| document.selects(&it.labels))
    });
    behind.any(|of| {
        let policies = index.policies.selecting(of);
        let closed = |protocol| {
            let door = PortRef { workload: of, number: 53, protocol };
            !allows(&policies, TrafficDirection::Ingress, Some(door), &|policy, peer| {
                index.policies.peer_includes(policy, peer, endpoint.workload)
            })
        };
        !of.uses_host_network() && (closed("UDP") || closed("TCP"))
    })
}

/// Makes facts about separation optional: for generated manifests the conversion has reported what is not separated.
pub(crate) fn make_optional_in_generated_manifests(facts: &mut [Fact]) {
    for fact in facts.iter_mut().filter(|fact| matches!(fact.kind, Kind::OutOfReach | Kind::Outward)) {
        fact.weight = Weight::Optional;
    }
}
