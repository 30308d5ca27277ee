//! Topic *networks*: NetworkPolicies that separate services without a common network, if the overrides request it.
//!
//! A pod has a label for each network of its service, and each network has one policy: its pods accept connections from
//! its pods. The rules of several policies add up, so that a pod on two networks accepts connections from both, as in
//! Docker. Every network plugin allows connections from the pod's own node: the kubelet's probes, and containers with
//! `network_mode: host`.
//!
//! Egress is limited only if a service is on `internal` networks alone: the policies of its networks allow egress to
//! their pods and to the cluster's DNS. The policy of another network that shares a pod with an internal one allows all
//! egress.
//! <https://kubernetes.io/docs/concepts/services-networking/network-policies/>

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::addresses;
use super::resolver;
use crate::lower::analysis::names::network_name;
use crate::lower::context::{Context, EgressMode, NodeRequirements};
use crate::lower::findings::Findings;
use crate::lower::objects::{Comment, Object, ObjectKind};
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::metadata::{labels, metadata, project_labels, selector};
use crate::lower::problem::Problem;
use crate::maps::IndexMap;
use crate::maps::push_unique;
use crate::resolve::Service;
use crate::resolve::networks::{Attachment, Network};
use crate::text::Span;
use crate::vocabulary::label;

/// Adds a label for each network of the pod's owner, whose network the other services of the pod share.
pub(crate) fn add_network_labels(owner: &Service, pod: &mut PodBuilder) {
    let context = pod.context;
    let (Some(_), Attachment::Networks(memberships)) = (&context.overrides.separation, &owner.networks.attachment)
    else {
        return;
    };
    let internal = |network: &String| context.project.networks.get(network).is_some_and(Network::is_internal);
    let any = memberships.iter().any(|membership| internal(&membership.network.value));
    for membership in memberships {
        let network = &membership.network.value;
        pod.labels.extend(network_label(network));
        let way = match internal(network) {
            true => EgressMode::None,
            false if any => EgressMode::Needed,
            false => EgressMode::Open,
        };
        let known = pod.requirements.networks.entry(network.clone()).or_insert(way);
        if *known == EgressMode::Open {
            *known = way;
        }
    }
    pod.requirements.has_internal_only_pods |= owner.networks.attachment.is_internal_only(&context.project.networks);
}

/// Returns the label of the pods on a network.
fn network_label(network: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(label::network(network_name(network).as_str()), "true".to_owned())])
}

/// Returns one policy for each network.
pub(crate) fn network_policies(
    requirements: &NodeRequirements,
    context: Context,
    findings: &mut Findings,
) -> Vec<Object> {
    let Some(separation) = &context.overrides.separation else { return Vec::new() };
    let mut taken = names_of_service_policies(context);
    let mut objects = Vec::new();
    for (network, way) in &requirements.networks {
        let name = network_name(network);
        let what = format!("network `{network}`");
        let at = context.project.networks.get(network).map(|network| network.key.span);
        let known = taken.get(name.as_str());
        if let (Some((first, first_at)), Some(at)) = (known, at) {
            findings.for_project(Problem::NameCollision {
                name: name.to_string(),
                first: first.clone(),
                second: what,
                at,
                first_at: *first_at,
            });
            continue;
        }
        if let Some(at) = at {
            taken.insert(name.to_string(), (what, at));
        }
        let pods = || LabelSelector { match_labels: Some(network_label(network)), ..LabelSelector::default() };
        let peers = || vec![NetworkPolicyPeer { pod_selector: Some(pods()), ..NetworkPolicyPeer::default() }];
        // Egress is limited only if a service is on internal networks alone.
        let (egress, outward) = match way {
            EgressMode::None if requirements.has_internal_only_pods => (
                Some(vec![NetworkPolicyEgressRule { to: Some(peers()), ports: None }, dns_egress_rule(context)]),
                " It is internal: they reach its pods alone, and name servers.",
            ),
            EgressMode::Needed if requirements.has_internal_only_pods => (
                Some(vec![NetworkPolicyEgressRule::default()]),
                " They reach whatever they like, those among them too that are on an internal network.",
            ),
            EgressMode::None | EgressMode::Needed | EgressMode::Open => (None, ""),
        };
        let policy = NetworkPolicy {
            metadata: metadata(&name, project_labels(context), context),
            spec: Some(NetworkPolicySpec {
                pod_selector: Some(pods()),
                ingress: Some(vec![NetworkPolicyIngressRule { from: Some(peers()), ports: None }]),
                policy_types: egress.is_some().then(|| ["Ingress", "Egress"].map(str::to_owned).to_vec()),
                egress,
            }),
        };
        let text = format!(
            "The network {network}: its pods are reached by its pods, and by no others of the project.{outward} {}",
            separation.because
        );
        objects.push(Object {
            kind: ObjectKind::NetworkPolicy(Box::new(policy)),
            comments: vec![Comment { at: Vec::new(), text }],
        });
    }
    objects
}

/// Returns the names of policies of services: for `network_mode: none`, and from [`external_ingress_policy`].
fn names_of_service_policies(context: Context) -> IndexMap<String, (String, Span)> {
    let services = context.project.services.values();
    services
        .filter(|service| match &service.networks.attachment {
            Attachment::None(_) => true,
            Attachment::Networks(_) => !service.networks.ports.is_empty() || serves_dns(service, context),
            Attachment::Host(_) | Attachment::OfService(_) | Attachment::OfContainer(_) => false,
        })
        .map(|service| {
            let what = format!("service `{}`", service.name.value);
            (context.names.name_of(&service.name.value).to_string(), (what, service.name.span))
        })
        .collect()
}

/// Returns the policy that allows connections from outside a service's networks: from outside the cluster to published
/// ports, and from the project resolver to a server of `dns`.
pub(crate) fn external_ingress_policy(owner: &Service, pod: &PodSpec, context: Context) -> Option<Object> {
    context.overrides.separation.as_ref()?;
    let Attachment::Networks(_) = &owner.networks.attachment else { return None };
    let mut published: Vec<NetworkPolicyPort> = Vec::new();
    let ports = pod.containers.iter().flat_map(|container| container.ports.iter().flatten());
    for port in ports.filter(|port| port.host_port.is_some()) {
        let port = policy_port(port.container_port, port.protocol.as_deref().unwrap_or("TCP"));
        push_unique(&mut published, port);
    }
    let mut rules = Vec::new();
    let mut why = Vec::new();
    if !published.is_empty() {
        let outside = context.target.external_peer(context.subnets.pods);
        rules.push(NetworkPolicyIngressRule { from: Some(vec![outside]), ports: Some(published) });
        why.push("ports: reached from outside the cluster, that is, not from the pods' own range.".to_owned());
    }
    if let (true, Some(resolver)) = (serves_dns(owner, context), context.resolver) {
        let from = Some(vec![resolver::peer(resolver, context)]);
        rules.push(NetworkPolicyIngressRule { from, ports: Some(dns_ports()) });
        why.push("dns of another service: the project resolver queries this server.".to_owned());
    }
    if rules.is_empty() {
        return None;
    }
    let name = context.names.name_of(&owner.name.value);
    let policy = NetworkPolicy {
        metadata: metadata(&name, labels(&name, context), context),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(LabelSelector {
                match_labels: Some(selector(&name, context)),
                ..LabelSelector::default()
            }),
            ingress: Some(rules),
            ..NetworkPolicySpec::default()
        }),
    };
    Some(Object {
        kind: ObjectKind::NetworkPolicy(Box::new(policy)),
        comments: vec![Comment { at: Vec::new(), text: why.join(" ") }],
    })
}

fn dns_ports() -> Vec<NetworkPolicyPort> {
    vec![policy_port(53, "UDP"), policy_port(53, "TCP")]
}

fn policy_port(number: i32, protocol: &str) -> NetworkPolicyPort {
    NetworkPolicyPort { port: Some(IntOrString::Int(number)), protocol: Some(protocol.to_owned()), end_port: None }
}

/// Returns the rule that allows queries: to the project resolver, or to the cluster's DNS.
fn dns_egress_rule(context: Context) -> NetworkPolicyEgressRule {
    match context.resolver {
        Some(resolver) => NetworkPolicyEgressRule { to: Some(vec![resolver::peer(resolver, context)]), ports: None },
        None => NetworkPolicyEgressRule { to: Some(vec![context.target.dns_peer()]), ports: Some(dns_ports()) },
    }
}

/// Returns whether the project resolver queries a fixed address of the service.
fn serves_dns(service: &Service, context: Context) -> bool {
    let fixed = addresses::cluster_ip_addresses(service, context);
    context.resolver.is_some_and(|resolver| fixed.iter().any(|address| resolver.queries(address.value)))
}
