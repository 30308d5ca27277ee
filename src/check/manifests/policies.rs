//! Part of topic *networks*: what NetworkPolicies let through, as their API documents it.
//! <https://kubernetes.io/docs/concepts/services-networking/network-policies/>

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::Manifests;
use super::document::Document;
use super::selector_index::Labelled;
use super::workload::Workload;
use crate::check::context::World;
use crate::parse::Tree;

/// A NetworkPolicy, and what it asks for.
pub(crate) type Policy<'a> = (&'a Document, &'a NetworkPolicySpec);

/// The policies among the manifests.
#[derive(Debug)]
pub(crate) struct Policies<'a> {
    all: Vec<Policy<'a>>,
    /// Places of those that ask for a label, by the rarest that they ask for.
    labelled: Labelled,
    /// Places of those that ask for none.
    others: Vec<usize>,
}

impl<'a> Policies<'a> {
    pub(crate) fn of(manifests: &'a Manifests) -> Self {
        let of = |document: &'a Document| Some((document, document.object.policy()?));
        let all: Vec<Policy<'a>> = manifests.documents.iter().filter_map(|document| of(document)).collect();
        let (mut labelled, mut others) = (Vec::new(), Vec::new());
        for (place, (document, spec)) in all.iter().enumerate() {
            let asked = spec.pod_selector.as_ref().and_then(|selector| selector.match_labels.as_ref());
            match asked.filter(|labels| !labels.is_empty()) {
                Some(labels) => labelled.push((document.namespace.as_str(), labels, place)),
                None => others.push(place),
            }
        }
        Self { labelled: Labelled::rarest(&labelled), others, all }
    }

    pub(crate) fn at(&self, place: usize) -> Option<Policy<'a>> {
        self.all.get(place).copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// The policies that speak of a workload's pods.
pub(crate) fn policies_of<'a>(world: &World<'a>, workload: &Workload<'_>) -> Vec<Policy<'a>> {
    places_of(world, workload).into_iter().filter_map(|place| world.policies.at(place)).collect()
}

/// Their places, in reading order.
pub(crate) fn places_of(world: &World<'_>, workload: &Workload<'_>) -> Vec<usize> {
    let Policies { all, labelled, others } = &world.policies;
    let mut places = labelled.of_pod(workload);
    places.extend(others);
    places.sort_unstable();
    let speaks_of_it = |(document, spec): &Policy<'_>| {
        document.namespace == workload.document.namespace
            && spec.pod_selector.as_ref().is_none_or(|selector| matches(selector, &workload.labels))
    };
    places.retain(|place| all.get(*place).is_some_and(speaks_of_it));
    places
}

/// The labels of pods that peers of any policy are told by.
pub(crate) fn asked_labels<'w>(world: &'w World<'_>) -> BTreeSet<&'w str> {
    let mut labels = BTreeSet::new();
    for (_, spec) in &world.policies.all {
        let rules = [true, false].into_iter().flat_map(|inward| rules(spec, inward));
        for selector in rules.flat_map(|rule| rule.peers).filter_map(|peer| peer.pod_selector.as_ref()) {
            let LabelSelector { match_expressions, match_labels } = selector;
            labels.extend(match_labels.iter().flatten().map(|(label, _)| label.as_str()));
            labels.extend(match_expressions.iter().flatten().map(|wanted| wanted.key.as_str()));
        }
    }
    labels
}

/// Whether a policy speaks of a direction. Without types it speaks of what comes in, and of what goes out where it has
/// rules for that.
pub(crate) fn speaks(spec: &NetworkPolicySpec, inward: bool) -> bool {
    let NetworkPolicySpec { egress, ingress: _, pod_selector: _, policy_types } = spec;
    match policy_types.as_deref().filter(|types| !types.is_empty()) {
        Some(types) => types.iter().any(|kind| kind == if inward { "Ingress" } else { "Egress" }),
        None => inward || egress.is_some(),
    }
}

/// A rule of either direction: its peers and its ports; none of them is all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule<'a> {
    pub(crate) peers: &'a [NetworkPolicyPeer],
    pub(crate) ports: &'a [NetworkPolicyPort],
}

/// The rules of a policy for a direction.
pub(crate) fn rules(spec: &NetworkPolicySpec, inward: bool) -> Vec<Rule<'_>> {
    if inward {
        let rules = spec.ingress.iter().flatten();
        return rules
            .map(|NetworkPolicyIngressRule { from, ports }| Rule {
                peers: from.as_deref().unwrap_or_default(),
                ports: ports.as_deref().unwrap_or_default(),
            })
            .collect();
    }
    let rules = spec.egress.iter().flatten();
    rules
        .map(|NetworkPolicyEgressRule { to, ports }| Rule {
            peers: to.as_deref().unwrap_or_default(),
            ports: ports.as_deref().unwrap_or_default(),
        })
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Everybody,
    Some,
    Nobody,
}

impl Direction {
    pub(crate) fn of(policies: &[Policy<'_>], inward: bool) -> Self {
        let mut speaking = policies.iter().filter(|(_, spec)| speaks(spec, inward)).peekable();
        if speaking.peek().is_none() {
            Self::Everybody
        } else if speaking.any(|(_, spec)| !rules(spec, inward).is_empty()) {
            Self::Some
        } else {
            Self::Nobody
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Some => "some",
            Self::Nobody => "nobody",
        }
    }
}

/// A port of a pod, as rules speak of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Door<'a> {
    /// Whose port.
    pub(crate) of: &'a Workload<'a>,
    pub(crate) number: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub(crate) protocol: &'a str,
}

/// Whether the policies of a pod let peers of a sort through: to any port, or to one.
pub(crate) fn lets(
    policies: &[Policy<'_>],
    inward: bool,
    door: Option<Door<'_>>,
    is_peer: &dyn Fn(&Document, &NetworkPolicyPeer) -> bool,
) -> bool {
    let mut speaking = policies.iter().filter(|(_, spec)| speaks(spec, inward)).peekable();
    let passes = |policy: &Document, rule: Rule<'_>| {
        (rule.peers.is_empty() || rule.peers.iter().any(|peer| is_peer(policy, peer)))
            && door.is_none_or(|door| rule.ports.is_empty() || rule.ports.iter().any(|port| opens(port, door)))
    };
    speaking.peek().is_none()
        || speaking.any(|(policy, spec)| rules(spec, inward).into_iter().any(|rule| passes(policy, rule)))
}

/// Whether a rule's port is this one. A name is that of a port of the pod, or of none.
fn opens(port: &NetworkPolicyPort, door: Door<'_>) -> bool {
    let NetworkPolicyPort { end_port, port, protocol } = port;
    let number = i32::from(door.number);
    protocol.as_deref().unwrap_or("TCP") == door.protocol
        && match port {
            None => true,
            Some(IntOrString::Int(from)) => (*from..=end_port.unwrap_or(*from)).contains(&number),
            Some(IntOrString::String(name)) => {
                let mut ports = door.of.spec.containers.iter().flat_map(|container| container.ports.iter().flatten());
                ports.any(|port| port.name.as_ref() == Some(name) && port.container_port == number)
            }
        }
}

/// Whether a peer of a policy is a workload's pods. A range of addresses speaks of pods where it holds their whole range.
pub(crate) fn is_workload(
    world: &World<'_>,
    policy: &Document,
    peer: &NetworkPolicyPeer,
    other: &Workload<'_>,
) -> bool {
    let NetworkPolicyPeer { ip_block, namespace_selector, pod_selector } = peer;
    if let Some(block) = ip_block {
        return world.pods().is_some_and(|pods| holds(block, &pods));
    }
    let namespace = &other.document.namespace;
    let near = match namespace_selector {
        Some(selector) => is_namespace(world, selector, namespace),
        None => *namespace == policy.namespace,
    };
    near && pod_selector.as_ref().is_none_or(|selector| matches(selector, &other.labels))
}

/// Whether a selector means a namespace. Kubernetes gives each a label with its name; of others' labels nothing is known
/// where no manifest makes it, and nothing is held against anybody.
fn is_namespace(world: &World<'_>, selector: &LabelSelector, namespace: &str) -> bool {
    let made = world.manifests.objects_named("Namespace", namespace).next();
    let mut labels = BTreeMap::from([(NAMESPACE.to_owned(), namespace.to_owned())]);
    if let Some(made) = made {
        let written = made.at().keys(&["metadata", "labels"]).tree().and_then(Tree::as_mapping);
        for (name, entry) in written.into_iter().flatten() {
            labels.extend(entry.value.as_text().map(|text| (name.to_string(), text.value.to_owned())));
        }
        return matches(selector, &labels);
    }
    let LabelSelector { match_expressions, match_labels } = selector;
    let of_name = LabelSelector {
        match_labels: match_labels
            .clone()
            .map(|labels| labels.into_iter().filter(|(name, _)| name == NAMESPACE).collect()),
        match_expressions: match_expressions
            .clone()
            .map(|wanted| wanted.into_iter().filter(|wanted| wanted.key == NAMESPACE).collect()),
    };
    matches(&of_name, &labels)
}

/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name>
pub(crate) const NAMESPACE: &str = "kubernetes.io/metadata.name";

/// Whether a peer is the cluster's DNS, as Kubernetes labels its namespace and kubeadm its pods.
pub(crate) fn is_dns(world: &World<'_>, peer: &NetworkPolicyPeer) -> bool {
    let NetworkPolicyPeer { ip_block, namespace_selector, pod_selector } = peer;
    if let Some(block) = ip_block {
        return world.pods().is_some_and(|pods| holds(block, &pods));
    }
    let dns = BTreeMap::from([("k8s-app".to_owned(), "kube-dns".to_owned())]);
    namespace_selector.as_ref().is_some_and(|selector| is_namespace(world, selector, "kube-system"))
        && pod_selector.as_ref().is_none_or(|selector| matches(selector, &dns))
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

/// Whether a range has all addresses of another, none of them excepted.
fn holds(block: &IPBlock, range: &IpNet) -> bool {
    let IPBlock { cidr, except } = block;
    let net = |text: &String| text.parse::<IpNet>().ok();
    net(cidr).is_some_and(|all| all.contains(range))
        && !except.iter().flatten().filter_map(net).any(|kept| kept.contains(range) || range.contains(&kept))
}
