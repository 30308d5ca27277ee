//! Part of topic *networks*: who is kept away from whom. In Compose those that share no network, in Kubernetes those whom
//! NetworkPolicies keep away. <https://kubernetes.io/docs/concepts/services-networking/network-policies/>

use std::collections::BTreeMap;

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::facts::{Fact, Force, Kind};
use super::manifest::{Document, Manifests};
use super::matching::selects;
use super::pod::Workload;
use super::scene::{Said, Shown, World};
use super::workloads::in_runs;
use crate::resolve::Service;
use crate::resolve::networks::{Attachment, Membership};
use crate::text::Span;

/// Services that start with the others and share no network with this one; where the overrides ask to keep them apart,
/// those that sleep among them. Other people's manifests are held to it, and a kit where that is asked; of other kits the
/// translation says that they do not.
pub(super) fn expected(said: Said, memberships: &[Membership]) -> Option<Fact> {
    let networks =
        |memberships: &[Membership]| memberships.iter().map(|it| it.network.value.clone()).collect::<Vec<_>>();
    let own = networks(memberships);
    let mut apart: Vec<&str> = others(said)
        .filter(|other| match &other.networks.attachment {
            Attachment::Networks(theirs) => !networks(theirs).iter().any(|network| own.contains(network)),
            // Who has no network is told of as isolated, who has the machine's reaches all, who is a guest is its host.
            Attachment::None(_) | Attachment::Host(_) | Attachment::OfService(_) | Attachment::OfContainer(_) => false,
        })
        .map(|other| other.name.value.as_str())
        .collect();
    apart.sort_unstable();
    let fact = Fact::must(Kind::OutOfReach, "", listed(&apart), said.silence());
    (!apart.is_empty() && stands(said, said.service)).then_some(fact)
}

/// Whether the manifests have it in any case.
fn stands(said: Said, service: &Service) -> bool {
    service.order.active || said.overrides.separation.is_some()
}

/// All but itself and those that run to their end before anything else: who of them is still there is gone.
fn others<'a>(said: Said<'a>) -> impl Iterator<Item = &'a Service> {
    let comes_first =
        move |other: &Service| said.overrides.setup.iter().any(|setup| setup.service.value == other.name.value);
    let others = said.project.services.values();
    others
        .filter(move |other| other.name.value != said.service.name.value && stands(said, other) && !comes_first(other))
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// What NetworkPolicies leave of a pod's traffic.
pub(super) fn observed(shown: Shown) -> Vec<Fact> {
    // No policy holds for a pod in its node's own network, which every other lets in.
    if shown.world.policies.is_empty() || on_the_node(shown.workload) {
        return Vec::new();
    }
    let policies = policies_of(shown.world, shown.workload);
    let (inward, outward) = (Direction::of(&policies, true), Direction::of(&policies, false));
    if let Some(first) = policies.first()
        && (inward, outward) != (Direction::Some, Direction::Everybody)
        && (inward, outward) != (Direction::Everybody, Direction::Some)
        && (inward, outward) != (Direction::Some, Direction::Some)
    {
        let value = match (inward, outward) {
            (Direction::Nobody, Direction::Nobody) => "nobody".to_owned(),
            (inward, outward) => format!("{} inward, {} outward", inward.word(), outward.word()),
        };
        let span = first.0.at().keys(&["spec", "policyTypes"]).span();
        if value != "everybody inward, everybody outward" {
            return vec![Fact::must(Kind::Isolated, "", value, span)];
        }
    }
    let mut span: Option<Span> = policies.first().map(|(document, _)| document.name_span());
    let mut apart: Vec<String> = Vec::new();
    for other in shown.world.everybody.iter().filter(|other| !in_runs(other)) {
        let key = (other.document.namespace.clone(), other.document.name.clone());
        let Some(service) = shown.world.stands.get(&key) else { continue };
        let itself =
            other.document.name == shown.workload.document.name && other.document.kind == shown.workload.document.kind;
        let theirs = policies_of(shown.world, other);
        let isolated = Direction::of(&theirs, false) == Direction::Nobody;
        let pods = shown.world.pods();
        let reached = lets(&policies, true, other, pods) && lets(&theirs, false, shown.workload, pods);
        if itself || isolated || on_the_node(other) || reached {
            continue;
        }
        span = span.or_else(|| theirs.first().map(|(document, _)| document.name_span()));
        apart.push(service.clone());
    }
    apart.sort();
    apart.dedup();
    let names: Vec<&str> = apart.iter().map(String::as_str).collect();
    let span = span.unwrap_or_else(|| shown.workload.span());
    (!apart.is_empty()).then(|| Fact::must(Kind::OutOfReach, "", listed(&names), span)).into_iter().collect()
}

fn on_the_node(workload: &Workload<'_>) -> bool {
    workload.spec.host_network.unwrap_or(false)
}

/// A NetworkPolicy, and what it asks for.
pub(super) type Policy<'a> = (&'a Document, &'a NetworkPolicySpec);

/// The policies among the manifests.
pub(super) fn policies(manifests: &Manifests) -> Vec<Policy<'_>> {
    manifests.documents.iter().filter_map(|document| policy(document)).collect()
}

fn policy(document: &Document) -> Option<Policy<'_>> {
    Some((document, document.object.policy()?))
}

/// The policies that speak of a workload's pods.
fn policies_of<'a>(world: &World<'a>, workload: &Workload<'_>) -> Vec<Policy<'a>> {
    let near = world.policies.iter().filter(|(document, _)| document.namespace == workload.document.namespace);
    near.filter(|(_, spec)| spec.pod_selector.as_ref().is_none_or(|selector| matches(selector, &workload.labels)))
        .copied()
        .collect()
}

/// Whether a policy speaks of a direction. Without types it speaks of what comes in, and of what goes out where it has
/// rules for that.
fn speaks(spec: &NetworkPolicySpec, inward: bool) -> bool {
    let NetworkPolicySpec { egress, ingress: _, pod_selector: _, policy_types } = spec;
    match policy_types.as_deref().filter(|types| !types.is_empty()) {
        Some(types) => types.iter().any(|kind| kind == if inward { "Ingress" } else { "Egress" }),
        None => inward || egress.is_some(),
    }
}

/// The rules of a direction, each as its peers; none is everybody.
fn rules(spec: &NetworkPolicySpec, inward: bool) -> Vec<Option<&[NetworkPolicyPeer]>> {
    if inward {
        let rules = spec.ingress.iter().flatten();
        return rules.map(|NetworkPolicyIngressRule { from, ports: _ }| from.as_deref()).collect();
    }
    let rules = spec.egress.iter().flatten();
    rules.map(|NetworkPolicyEgressRule { to, ports: _ }| to.as_deref()).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Everybody,
    Some,
    Nobody,
}

impl Direction {
    fn of(policies: &[Policy<'_>], inward: bool) -> Self {
        let mut speaking = policies.iter().filter(|(_, spec)| speaks(spec, inward)).peekable();
        if speaking.peek().is_none() {
            Self::Everybody
        } else if speaking.any(|(_, spec)| !rules(spec, inward).is_empty()) {
            Self::Some
        } else {
            Self::Nobody
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Some => "some",
            Self::Nobody => "nobody",
        }
    }
}

/// Whether the policies of a pod let another through. Which ports is not looked at; a range of addresses speaks of pods
/// where it holds the pods' whole range.
fn lets(policies: &[Policy<'_>], inward: bool, other: &Workload<'_>, pods: Option<IpNet>) -> bool {
    let mut speaking = policies.iter().filter(|(_, spec)| speaks(spec, inward)).peekable();
    if speaking.peek().is_none() {
        return true;
    }
    let is_peer = |peer: &NetworkPolicyPeer| {
        let NetworkPolicyPeer { ip_block, namespace_selector, pod_selector } = peer;
        // Of other namespaces' labels nothing is known; the own one's are those that people mean.
        let own = namespace_selector.is_none() || pod_selector.is_some();
        ip_block.as_ref().is_some_and(|block| pods.is_some_and(|pods| holds(block, &pods)))
            || ip_block.is_none()
                && own
                && pod_selector.as_ref().is_none_or(|selector| matches(selector, &other.labels))
            || ip_block.is_none() && pod_selector.is_none() && namespace_selector.is_some()
    };
    let passes =
        |peers: Option<&[NetworkPolicyPeer]>| peers.is_none_or(|peers| peers.is_empty() || peers.iter().any(is_peer));
    speaking.any(|(_, spec)| rules(spec, inward).into_iter().any(passes))
}

/// Whether labels are those that a selector asks for.
fn matches(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    let LabelSelector { match_expressions, match_labels } = selector;
    let equal = match_labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    equal
        && match_expressions.iter().flatten().all(|wanted| {
            let value = labels.get(&wanted.key);
            let among = value.is_some_and(|value| wanted.values.iter().flatten().any(|other| other == value));
            match wanted.operator.as_str() {
                "In" => among,
                "NotIn" => !among,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

/// The same facts without services that the other side does not have: that they are absent is told once.
pub(super) fn among(facts: &mut Vec<Fact>, there: &dyn Fn(&str) -> bool) {
    for fact in facts.iter_mut().filter(|fact| fact.kind == Kind::OutOfReach) {
        let names: Vec<&str> =
            fact.value.split(", ").map(|name| name.trim_matches('`')).filter(|name| there(name)).collect();
        let value = listed(&names);
        fact.value = value;
    }
    facts.retain(|fact| fact.kind != Kind::OutOfReach || !fact.value.is_empty());
}

/// Whether a range has all addresses of another, none of them excepted.
fn holds(block: &IPBlock, range: &IpNet) -> bool {
    let IPBlock { cidr, except } = block;
    let net = |text: &String| text.parse::<IpNet>().ok();
    net(cidr).is_some_and(|all| all.contains(range))
        && !except.iter().flatten().filter_map(net).any(|kept| kept.contains(range) || range.contains(&kept))
}

/// A port of a pod, as rules speak of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Door<'a> {
    pub(super) number: &'a str,
    pub(super) protocol: &'a str,
}

/// Whether policies let nobody in to a port from outside the cluster.
pub(super) fn closed_outside(shown: Shown, door: Door<'_>) -> bool {
    let pods = shown.world.pods();
    let outside = |peer: &NetworkPolicyPeer| {
        let range = peer.ip_block.as_ref().and_then(|block| block.cidr.parse::<IpNet>().ok());
        range.is_some_and(|range| pods.is_none_or(|pods| !pods.contains(&range)))
    };
    !on_the_node(shown.workload) && closed(&policies_of(shown.world, shown.workload), door, &outside)
}

/// Whether policies keep the cluster's DNS from the pods behind an address of the Services' range.
pub(super) fn closed_to_dns(world: &World<'_>, server: &str) -> bool {
    let labels = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    // As Kubernetes labels every namespace, and kubeadm the pods of CoreDNS.
    let (system, dns) = (labels("kubernetes.io/metadata.name", "kube-system"), labels("k8s-app", "kube-dns"));
    let is_dns = |peer: &NetworkPolicyPeer| {
        let NetworkPolicyPeer { ip_block, namespace_selector, pod_selector } = peer;
        ip_block.is_none()
            && namespace_selector.as_ref().is_some_and(|selector| matches(selector, &system))
            && pod_selector.as_ref().is_none_or(|selector| matches(selector, &dns))
            || ip_block.as_ref().is_some_and(|block| world.pods().is_some_and(|pods| holds(block, &pods)))
    };
    let mut doors = [Door { number: "53", protocol: "UDP" }, Door { number: "53", protocol: "TCP" }].into_iter();
    let has_it = |document: &Document| {
        super::service_of(document).is_some_and(|spec| spec.cluster_ip.as_deref() == Some(server))
    };
    let documents = world.manifests.documents.iter().map(AsRef::as_ref).filter(|document: &&Document| has_it(document));
    let behind: Vec<&Workload<'_>> = documents
        .flat_map(|document| {
            let near = move |it: &&Workload<'_>| it.document.namespace == document.namespace;
            world.everybody.iter().filter(near).filter(move |it| selects(document, &it.labels))
        })
        .collect();
    doors.any(|door| {
        behind.iter().any(|workload| !on_the_node(workload) && closed(&policies_of(world, workload), door, &is_dns))
    })
}

/// Whether, of a pod that has policies for what comes in, none lets such a peer in to a port.
fn closed(policies: &[Policy<'_>], door: Door<'_>, is_peer: &dyn Fn(&NetworkPolicyPeer) -> bool) -> bool {
    let mut speaking = policies.iter().filter(|(_, spec)| speaks(spec, true)).peekable();
    let passes = |rule: &NetworkPolicyIngressRule| {
        let NetworkPolicyIngressRule { from, ports } = rule;
        let (from, ports) = (from.as_deref().unwrap_or_default(), ports.as_deref().unwrap_or_default());
        (from.is_empty() || from.iter().any(is_peer))
            && (ports.is_empty() || ports.iter().any(|port| opens(port, door)))
    };
    speaking.peek().is_some() && !speaking.any(|(_, spec)| spec.ingress.iter().flatten().any(passes))
}

/// Whether a rule's port is this one. A port by name is taken to be it: the name is the pod's own affair.
fn opens(port: &NetworkPolicyPort, door: Door<'_>) -> bool {
    let NetworkPolicyPort { end_port, port, protocol } = port;
    let number = door.number.parse::<i32>().ok();
    let within = |from: i32| number.is_some_and(|number| (from..=end_port.unwrap_or(from)).contains(&number));
    protocol.as_deref().unwrap_or("TCP") == door.protocol
        && match port {
            None | Some(IntOrString::String(_)) => true,
            Some(IntOrString::Int(from)) => within(*from),
        }
}

/// In a kit the translation has said who reaches whom all the same.
pub(super) fn of_kit(facts: &mut [Fact]) {
    for fact in facts.iter_mut().filter(|fact| fact.kind == Kind::OutOfReach) {
        fact.force = Force::May;
    }
}
