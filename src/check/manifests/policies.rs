//! Which traffic NetworkPolicies allow, as their API documents it.
//! <https://kubernetes.io/docs/concepts/services-networking/network-policies/>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::document::Document;
use super::selector_index::LabelIndex;
use super::workload::Workload;
use crate::check::facts::AllowedPeers;
use crate::maps::HashMap;
use crate::parse::Tree;

/// The label with the namespace's name that Kubernetes sets on every namespace.
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name>
pub(crate) const NAMESPACE_NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// The direction of traffic, seen from the pod that a policy selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TrafficDirection {
    Ingress,
    Egress,
}

/// A NetworkPolicy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy<'a> {
    pub(crate) document: &'a Document,
    spec: &'a NetworkPolicySpec,
}

/// A rule of either direction. An empty list means all peers or all ports.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PolicyRule<'a> {
    pub(crate) peers: &'a [NetworkPolicyPeer],
    pub(crate) ports: &'a [NetworkPolicyPort],
}

/// A port of a pod that a rule may allow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PortRef<'a> {
    /// The pod that listens on the port.
    pub(crate) workload: &'a Workload<'a>,
    pub(crate) number: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub(crate) protocol: &'a str,
}

impl<'a> Policy<'a> {
    fn of_document(document: &'a Document) -> Option<Self> {
        Some(Self { document, spec: document.object.policy()? })
    }

    /// Whether the policy restricts a direction. Without `policyTypes` it restricts ingress, and egress if it has egress
    /// rules.
    pub(crate) fn applies_to(&self, direction: TrafficDirection) -> bool {
        let NetworkPolicySpec { egress, ingress: _, pod_selector: _, policy_types } = self.spec;
        let (name, by_default) = match direction {
            TrafficDirection::Ingress => ("Ingress", true),
            TrafficDirection::Egress => ("Egress", egress.is_some()),
        };
        match policy_types.as_deref().filter(|types| !types.is_empty()) {
            Some(types) => types.iter().any(|kind| kind == name),
            None => by_default,
        }
    }

    /// Returns the rules of a direction.
    pub(crate) fn rules(&self, direction: TrafficDirection) -> Vec<PolicyRule<'a>> {
        fn rule<'a>(
            peers: Option<&'a Vec<NetworkPolicyPeer>>,
            ports: Option<&'a Vec<NetworkPolicyPort>>,
        ) -> PolicyRule<'a> {
            PolicyRule {
                peers: peers.map(Vec::as_slice).unwrap_or_default(),
                ports: ports.map(Vec::as_slice).unwrap_or_default(),
            }
        }
        match direction {
            TrafficDirection::Ingress => {
                let rules = self.spec.ingress.iter().flatten();
                rules.map(|NetworkPolicyIngressRule { from, ports }| rule(from.as_ref(), ports.as_ref())).collect()
            }
            TrafficDirection::Egress => {
                let rules = self.spec.egress.iter().flatten();
                rules.map(|NetworkPolicyEgressRule { to, ports }| rule(to.as_ref(), ports.as_ref())).collect()
            }
        }
    }

    fn selects(&self, workload: &Workload<'_>) -> bool {
        self.document.namespace == workload.document.namespace
            && self.spec.pod_selector.as_ref().is_none_or(|selector| matches(selector, &workload.labels))
    }
}

impl AllowedPeers {
    /// Returns what the policies of a pod allow in a direction.
    pub(crate) fn of_policies(policies: &[Policy<'_>], direction: TrafficDirection) -> Self {
        let mut applying = policies.iter().filter(|policy| policy.applies_to(direction)).peekable();
        if applying.peek().is_none() {
            Self::All
        } else if applying.any(|policy| !policy.rules(direction).is_empty()) {
            Self::Some
        } else {
            Self::None
        }
    }
}

/// The NetworkPolicies among the manifests, with the names and ranges that their peers refer to.
#[derive(Debug)]
pub(crate) struct PolicyIndex<'a> {
    all: Vec<Policy<'a>>,
    /// Indexes of the policies that select pods by label, by the rarest of these labels.
    labelled: LabelIndex,
    /// Indexes of the policies that select pods without a label.
    others: Vec<usize>,
    /// The first Namespace object of each name.
    namespaces: HashMap<&'a str, &'a Document>,
    /// The range of pod addresses; none if the configured value is not a range.
    pod_range: Option<IpNet>,
}

impl<'a> PolicyIndex<'a> {
    pub(crate) fn new(documents: &'a [Arc<Document>], pod_range: Option<IpNet>) -> Self {
        let all: Vec<Policy<'a>> =
            documents.iter().filter_map(|document| Policy::of_document(document.as_ref())).collect();
        let (mut labelled, mut others) = (Vec::new(), Vec::new());
        for (place, policy) in all.iter().enumerate() {
            let wanted = policy.spec.pod_selector.as_ref().and_then(|selector| selector.match_labels.as_ref());
            match wanted.filter(|labels| !labels.is_empty()) {
                Some(labels) => labelled.push((policy.document.namespace.as_str(), labels, place)),
                None => others.push(place),
            }
        }
        let mut namespaces = HashMap::default();
        for document in documents.iter().filter(|document| document.kind == "Namespace") {
            namespaces.entry(document.name.as_str()).or_insert(document.as_ref());
        }
        Self { labelled: LabelIndex::by_rarest_label(&labelled), others, all, namespaces, pod_range }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) fn get(&self, place: usize) -> Option<Policy<'a>> {
        self.all.get(place).copied()
    }

    /// Returns the policies that select a workload's pods.
    pub(crate) fn selecting(&self, workload: &Workload<'_>) -> Vec<Policy<'a>> {
        self.places_selecting(workload).into_iter().filter_map(|place| self.get(place)).collect()
    }

    /// Returns the indexes of the policies that select a workload's pods, in reading order.
    pub(crate) fn places_selecting(&self, workload: &Workload<'_>) -> Vec<usize> {
        let mut places = self.labelled.places_of_pod(workload);
        places.extend(&self.others);
        places.sort_unstable();
        places.retain(|place| self.all.get(*place).is_some_and(|policy| policy.selects(workload)));
        places
    }

    /// Returns the names of the labels by which policies select peers.
    pub(crate) fn peer_labels(&self) -> BTreeSet<&'a str> {
        let mut labels = BTreeSet::new();
        for policy in &self.all {
            let rules = [TrafficDirection::Ingress, TrafficDirection::Egress]
                .into_iter()
                .flat_map(|direction| policy.rules(direction));
            for selector in rules.flat_map(|rule| rule.peers).filter_map(|peer| peer.pod_selector.as_ref()) {
                let LabelSelector { match_expressions, match_labels } = selector;
                labels.extend(match_labels.iter().flatten().map(|(label, _)| label.as_str()));
                labels.extend(match_expressions.iter().flatten().map(|wanted| wanted.key.as_str()));
            }
        }
        labels
    }

    /// Whether a peer of a policy includes a workload's pods. An address range includes them if it contains the whole pod
    /// range.
    pub(crate) fn peer_includes(&self, policy: &Document, peer: &NetworkPolicyPeer, workload: &Workload<'_>) -> bool {
        let NetworkPolicyPeer { ip_block, namespace_selector, pod_selector } = peer;
        if let Some(block) = ip_block {
            return self.contains_pod_range(block);
        }
        let namespace = &workload.document.namespace;
        let same_namespace = match namespace_selector {
            Some(selector) => self.selects_namespace(selector, namespace),
            None => *namespace == policy.namespace,
        };
        same_namespace && pod_selector.as_ref().is_none_or(|selector| matches(selector, &workload.labels))
    }

    /// Whether a peer includes the cluster's DNS, by the labels that Kubernetes gives its namespace and kubeadm its pods.
    pub(crate) fn peer_includes_dns(&self, peer: &NetworkPolicyPeer) -> bool {
        let NetworkPolicyPeer { ip_block, namespace_selector, pod_selector } = peer;
        if let Some(block) = ip_block {
            return self.contains_pod_range(block);
        }
        let dns = BTreeMap::from([("k8s-app".to_owned(), "kube-dns".to_owned())]);
        namespace_selector.as_ref().is_some_and(|selector| self.selects_namespace(selector, "kube-system"))
            && pod_selector.as_ref().is_none_or(|selector| matches(selector, &dns))
    }

    fn contains_pod_range(&self, block: &IPBlock) -> bool {
        self.pod_range.is_some_and(|range| contains(block, &range))
    }

    /// Whether a selector selects a namespace. If the namespace is not among the manifests, only its name is known, and
    /// conditions on other labels are ignored.
    fn selects_namespace(&self, selector: &LabelSelector, namespace: &str) -> bool {
        let mut labels = BTreeMap::from([(NAMESPACE_NAME_LABEL.to_owned(), namespace.to_owned())]);
        if let Some(document) = self.namespaces.get(namespace) {
            let written = document.at().keys(&["metadata", "labels"]).tree().and_then(Tree::as_mapping);
            for (name, entry) in written.into_iter().flatten() {
                labels.extend(entry.value.as_text().map(|text| (name.to_string(), text.value.to_owned())));
            }
            return matches(selector, &labels);
        }
        let LabelSelector { match_expressions, match_labels } = selector;
        let by_name = LabelSelector {
            match_labels: match_labels
                .clone()
                .map(|labels| labels.into_iter().filter(|(name, _)| name == NAMESPACE_NAME_LABEL).collect()),
            match_expressions: match_expressions
                .clone()
                .map(|wanted| wanted.into_iter().filter(|wanted| wanted.key == NAMESPACE_NAME_LABEL).collect()),
        };
        matches(&by_name, &labels)
    }
}

/// Whether the policies of a pod allow traffic with the peers that `is_peer` accepts: on any port, or on one.
pub(crate) fn allows(
    policies: &[Policy<'_>],
    direction: TrafficDirection,
    port: Option<PortRef<'_>>,
    is_peer: &dyn Fn(&Document, &NetworkPolicyPeer) -> bool,
) -> bool {
    let mut applying = policies.iter().filter(|policy| policy.applies_to(direction)).peekable();
    let allowed_by = |policy: &Document, rule: PolicyRule<'_>| {
        (rule.peers.is_empty() || rule.peers.iter().any(|peer| is_peer(policy, peer)))
            && port.is_none_or(|port| rule.ports.is_empty() || rule.ports.iter().any(|rule| port.is_in(rule)))
    };
    applying.peek().is_none()
        || applying.any(|policy| policy.rules(direction).into_iter().any(|rule| allowed_by(policy.document, rule)))
}

impl PortRef<'_> {
    /// Whether a rule's port is this one. A named port is the pod's port of that name.
    fn is_in(self, rule: &NetworkPolicyPort) -> bool {
        let NetworkPolicyPort { end_port, port, protocol } = rule;
        let number = i32::from(self.number);
        protocol.as_deref().unwrap_or("TCP") == self.protocol
            && match port {
                None => true,
                Some(IntOrString::Int(from)) => (*from..=end_port.unwrap_or(*from)).contains(&number),
                Some(IntOrString::String(name)) => {
                    let containers = self.workload.spec.containers.iter();
                    let mut ports = containers.flat_map(|container| container.ports.iter().flatten());
                    ports.any(|port| port.name.as_ref() == Some(name) && port.container_port == number)
                }
            }
    }
}

/// Whether a selector matches labels.
fn matches(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    let LabelSelector { match_expressions, match_labels } = selector;
    let equal = match_labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    equal
        && match_expressions.iter().flatten().all(|wanted| {
            let value = labels.get(&wanted.key);
            let listed = value.is_some_and(|value| wanted.values.iter().flatten().any(|other| other == value));
            match wanted.operator.as_str() {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

/// Whether an IP block contains every address of a range.
fn contains(block: &IPBlock, range: &IpNet) -> bool {
    let IPBlock { cidr, except } = block;
    let net = |text: &String| text.parse::<IpNet>().ok();
    net(cidr).is_some_and(|all| all.contains(range))
        && !except.iter().flatten().filter_map(net).any(|kept| kept.contains(range) || range.contains(&kept))
}
