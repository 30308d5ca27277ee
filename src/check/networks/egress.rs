//! Topic *networks*: egress. In Compose, services on internal networks only have none; in Kubernetes, NetworkPolicies
//! restrict it. <https://github.com/compose-spec/compose-spec/blob/main/06-networks.md#internal>
//!
//! Traffic to pods of the same namespace and to the cluster's DNS does not count as egress here, because reachability
//! between services is compared service by service. Traffic to pods of other namespaces does.

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::{IPBlock, NetworkPolicyPeer, NetworkPolicyPort};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::check::context::{ExpectedContext, ManifestIndex, ObservedContext};
use crate::check::facts::{AllowedPeers, Fact, Kind, Setting, Weight};
use crate::check::manifests::policies::{NAMESPACE_NAME_LABEL, Policy, PolicyRule, TrafficDirection};
use crate::resolve::networks::{Attachment, Membership};
use crate::text::Span;

/// Returns the fact that a service on internal networks only has no egress.
pub(crate) fn expected(context: ExpectedContext, memberships: &[Membership]) -> Option<Fact> {
    if !context.is_deployed(context.service) {
        return None;
    }
    internal(context, memberships).map(|span| Fact::required(Kind::Outward, "", Setting::Nothing, span))
}

/// Whether the container, whose network may belong to another service, has no network or internal networks only. Docker
/// then publishes none of its ports.
pub(crate) fn shut_in(context: ExpectedContext) -> bool {
    let owner = context.project.services.get(context.index.pod_owner(&context.service.name.value));
    match owner.map(|owner| &owner.networks.attachment) {
        Some(Attachment::Networks(memberships)) => internal(context, memberships).is_some(),
        Some(Attachment::None(_)) => true,
        Some(Attachment::Host(_) | Attachment::OfService(_) | Attachment::OfContainer(_)) | None => false,
    }
}

/// Returns the location of the first network's `internal`, if all networks are internal.
fn internal(context: ExpectedContext, memberships: &[Membership]) -> Option<Span> {
    let mut places = memberships.iter().map(|membership| {
        let internal = context.project.networks.get(&membership.network.value)?.internal.as_ref()?;
        internal.value.then_some(internal.span)
    });
    let first = places.next()??;
    places.all(|place| place.is_some()).then_some(first)
}

/// Returns the egress that policies allow, if it is restricted.
pub(crate) fn observed(context: ObservedContext) -> Option<Fact> {
    if context.workload.uses_host_network() {
        return None;
    }
    let policies = context.index.policies.selecting(context.workload);
    let first = policies.iter().find(|policy| policy.applies_to(TrafficDirection::Egress))?;
    let nobody = AllowedPeers::of_policies(&policies, TrafficDirection::Egress) == AllowedPeers::None;
    let unreached = || AllowedPeers::of_policies(&policies, TrafficDirection::Ingress) == AllowedPeers::None;
    let value = match way(context.index, &policies) {
        // A pod without any traffic is reported as isolated.
        Way::Nothing if nobody && unreached() => return None,
        Way::Nothing => Setting::Nothing,
        Way::Something => Setting::NotEverything,
        Way::Everything => return None,
    };
    // A pod without any egress is reported together with its ingress.
    let weight = if nobody { Weight::Optional } else { Weight::Required };
    Some(Fact::required(Kind::Outward, "", value, first.document.name_span()).with_weight(weight))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Nothing,
    Something,
    Everything,
}

/// Returns the egress that the policies of a pod allow together.
fn way(index: &ManifestIndex<'_>, policies: &[Policy<'_>]) -> Way {
    let cuts: Vec<IpNet> = index
        .manifests
        .pod_range()
        .into_iter()
        .chain(std::iter::once(IpNet::V4(index.service_range())))
        .chain(index.manifests.service_ranges())
        .collect();
    let applying = policies.iter().filter(|policy| policy.applies_to(TrafficDirection::Egress));
    let ways = applying.flat_map(|policy| {
        let cuts = &cuts;
        policy.rules(TrafficDirection::Egress).into_iter().map(move |PolicyRule { peers, ports }| {
            let widest = peers.iter().map(|peer| of_peer(peer, ports, &policy.document.namespace, cuts)).max();
            // A rule with ports does not allow the other ports.
            let most = if ports.is_empty() { Way::Everything } else { Way::Something };
            widest.unwrap_or(Way::Everything).min(most)
        })
    });
    ways.max().unwrap_or(Way::Nothing)
}

fn of_peer(peer: &NetworkPolicyPeer, ports: &[NetworkPolicyPort], own: &str, cuts: &[IpNet]) -> Way {
    let NetworkPolicyPeer { ip_block, namespace_selector, pod_selector: _ } = peer;
    if let Some(block) = ip_block {
        return of_block(block, cuts);
    }
    let is_own = |selector: &LabelSelector| {
        selector
            .match_labels
            .as_ref()
            .and_then(|labels| labels.get(NAMESPACE_NAME_LABEL))
            .is_some_and(|name| name == own)
    };
    let own_only = namespace_selector.as_ref().is_none_or(is_own);
    let dns = !ports.is_empty()
        && ports.iter().all(|port| port.port == Some(IntOrString::Int(53)) && port.end_port.is_none());
    if own_only || dns { Way::Nothing } else { Way::Something }
}

fn of_block(block: &IPBlock, cuts: &[IpNet]) -> Way {
    let IPBlock { cidr, except } = block;
    let net = |text: &String| text.parse::<IpNet>().ok();
    // An invalid range is rejected by the API server, which is reported elsewhere.
    let Some(range) = net(cidr) else { return Way::Nothing };
    let kept: Vec<IpNet> = except.iter().flatten().filter_map(net).collect();
    let all: Vec<IpNet> = kept.iter().chain(cuts).copied().collect();
    if !leaves(range, &all) {
        return Way::Nothing;
    }
    let inside = |kept: &IpNet| cuts.iter().any(|cut| cut.contains(kept));
    if range.prefix_len() == 0 && matches!(range, IpNet::V4(_)) && kept.iter().all(inside) {
        Way::Everything
    } else {
        Way::Something
    }
}

/// Whether a range has an address that is in none of the others.
fn leaves(range: IpNet, cuts: &[IpNet]) -> bool {
    if cuts.iter().any(|cut| cut.contains(&range)) {
        return false;
    }
    let within: Vec<IpNet> = cuts.iter().filter(|cut| range.contains(*cut)).copied().collect();
    if within.is_empty() {
        return true;
    }
    // An excluded range is narrower than this one, so this one can be halved.
    let halves = range.subnets(range.prefix_len().saturating_add(1));
    halves.into_iter().flatten().any(|half| leaves(half, &within))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(cidr: &str, except: &[&str]) -> Way {
        let except = (!except.is_empty()).then(|| except.iter().map(|&text| text.to_owned()).collect());
        let cuts = ["10.244.0.0/16", "10.96.0.0/16"].map(|text| text.parse().unwrap());
        of_block(&IPBlock { cidr: cidr.to_owned(), except }, &cuts)
    }

    #[test]
    fn ranges_are_compared_address_by_address() {
        assert_eq!(block("0.0.0.0/0", &[]), Way::Everything);
        assert_eq!(block("0.0.0.0/0", &["10.244.0.0/16", "10.96.7.0/24"]), Way::Everything);
        assert_eq!(block("0.0.0.0/0", &["192.168.0.0/16"]), Way::Something);
        assert_eq!(block("0.0.0.0/0", &["0.0.0.0/1", "128.0.0.0/1"]), Way::Nothing);
        assert_eq!(block("0.0.0.0/0", &["0.0.0.0/1", "128.0.0.0/2"]), Way::Something);
        assert_eq!(block("10.244.0.0/16", &[]), Way::Nothing);
        assert_eq!(block("10.244.3.0/24", &[]), Way::Nothing);
        assert_eq!(block("10.244.0.0/15", &[]), Way::Something);
        assert_eq!(block("10.244.0.0/15", &["10.245.0.0/16"]), Way::Nothing);
        assert_eq!(block("10.244.0.0/15", &["10.245.0.0/17", "10.245.128.0/17"]), Way::Nothing);
        assert_eq!(block("203.0.113.7/32", &[]), Way::Something);
        assert_eq!(block("203.0.113.7/32", &["203.0.113.0/24"]), Way::Nothing);
        assert_eq!(block("::/0", &[]), Way::Something);
    }
}
