//! Part of topic *networks*: who is kept away from whom. In Compose those that share no network, in Kubernetes those whom
//! NetworkPolicies keep away. <https://kubernetes.io/docs/concepts/services-networking/network-policies/>

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::{
    NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::facts::{Fact, Force, Kind};
use super::manifest::{Document, Manifests, Object};
use super::pod::Workload;
use super::scene::{Said, Shown};
use super::workloads::in_runs;
use crate::resolve::networks::{Attachment, Membership};
use crate::resolve::{Project, Service};
use crate::text::Span;

/// Services that start with the others and share no network with this one. Whether the kit keeps them apart the
/// translation says; other people's manifests are held to it.
pub(super) fn expected(said: Said, memberships: &[Membership]) -> Option<Fact> {
    let networks =
        |memberships: &[Membership]| memberships.iter().map(|it| it.network.value.clone()).collect::<Vec<_>>();
    let own = networks(memberships);
    let mut apart: Vec<&str> = others(said.project, said.service)
        .filter(|other| match &other.networks.attachment {
            Attachment::Networks(theirs) => !networks(theirs).iter().any(|network| own.contains(network)),
            // Who has no network is told of as isolated, who has the machine's reaches all, who is a guest is its host.
            Attachment::None(_) | Attachment::Host(_) | Attachment::OfService(_) | Attachment::OfContainer(_) => false,
        })
        .map(|other| other.name.value.as_str())
        .collect();
    apart.sort_unstable();
    let fact = Fact::must(Kind::OutOfReach, "", listed(&apart), said.silence());
    (!apart.is_empty() && said.service.order.active).then_some(fact)
}

fn others<'a>(project: &'a Project, service: &'a Service) -> impl Iterator<Item = &'a Service> {
    project.services.values().filter(|other| other.name.value != service.name.value && other.order.active)
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// What NetworkPolicies leave of a pod's traffic.
pub(super) fn observed(shown: Shown) -> Vec<Fact> {
    if shown.world.policies.is_empty() {
        return Vec::new();
    }
    let policies = policies_of(shown, shown.workload);
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
        let theirs = policies_of(shown, other);
        let isolated = Direction::of(&theirs, false) == Direction::Nobody;
        if itself || isolated || (lets(&policies, true, other) && lets(&theirs, false, shown.workload)) {
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

/// A NetworkPolicy, and what it asks for.
pub(super) type Policy<'a> = (&'a Document, &'a NetworkPolicySpec);

/// The policies among the manifests.
pub(super) fn policies(manifests: &Manifests) -> Vec<Policy<'_>> {
    manifests.documents.iter().filter_map(|document| policy(document)).collect()
}

fn policy(document: &Document) -> Option<Policy<'_>> {
    match &document.object {
        Object::NetworkPolicy(policy) => Some((document, policy.spec.as_ref()?)),
        Object::Deployment(_)
        | Object::StatefulSet(_)
        | Object::DaemonSet(_)
        | Object::ReplicaSet(_)
        | Object::Job(_)
        | Object::CronJob(_)
        | Object::Pod(_)
        | Object::Service(_)
        | Object::ConfigMap(_)
        | Object::Secret(_)
        | Object::Claim(_)
        | Object::Namespace => None,
    }
}

/// The policies that speak of a workload's pods.
fn policies_of<'a>(shown: Shown<'a>, workload: &Workload<'_>) -> Vec<Policy<'a>> {
    let near = shown.world.policies.iter().filter(|(document, _)| document.namespace == workload.document.namespace);
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

/// Whether the policies of a pod let another through. Which ports is not looked at, and a range of addresses is nobody's
/// of the project.
fn lets(policies: &[Policy<'_>], inward: bool, other: &Workload<'_>) -> bool {
    let mut speaking = policies.iter().filter(|(_, spec)| speaks(spec, inward)).peekable();
    if speaking.peek().is_none() {
        return true;
    }
    let is_peer = |peer: &NetworkPolicyPeer| {
        let NetworkPolicyPeer { ip_block, namespace_selector, pod_selector } = peer;
        // Of other namespaces' labels nothing is known; the own one's are those that people mean.
        let own = namespace_selector.is_none() || pod_selector.is_some();
        ip_block.is_none() && own && pod_selector.as_ref().is_none_or(|selector| matches(selector, &other.labels))
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

/// In a kit the translation has said who reaches whom all the same.
pub(super) fn of_kit(facts: &mut [Fact]) {
    for fact in facts.iter_mut().filter(|fact| fact.kind == Kind::OutOfReach) {
        fact.force = Force::May;
    }
}
