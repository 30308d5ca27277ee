//! Topic *networks*: the DNS names of a service and the ports that are listed for them.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::addresses::routed_networks;
use super::published::{NodeListener, published_port, through_the_node};
use crate::check::context::known_ports::protocol_name;
use crate::check::context::{ExpectedContext, ObservedContext, ResolverEndpoint, ServiceRole};
use crate::check::facts::{Fact, Kind, Subject, Value, Weight};
use crate::check::manifests::document::{Document, TypedObject};
use crate::check::matching::names::dns_names_of;
use crate::resolve::networks::Attachment;
use crate::text::Span;

/// Returns the facts of the Compose file.
pub(crate) fn expected(context: ExpectedContext) -> Vec<Fact> {
    let service = context.service;
    let silence = context.fallback_span();
    let mut named: Vec<(String, Span)> = Vec::new();
    for name in dns_names_of(service) {
        let span = name_span(context, name).unwrap_or(silence);
        named.push((name.to_ascii_lowercase(), span));
    }
    // A cluster has one resolver, so every service resolves the names of links.
    for link in context.index.links_to(&service.name.value) {
        named.push((link.alias.to_ascii_lowercase(), link.service.span));
    }
    // Docker's DNS also resolves the host name of a container, but hand-written manifests seldom provide it.
    let mut seldom: Option<String> = None;
    if let (Attachment::Networks(_), Some(host)) = (&service.networks.attachment, &service.networks.hostname) {
        let host_name = host.value.to_ascii_lowercase();
        if !named.iter().any(|(name, _)| *name == host_name) {
            named.push((host_name.clone(), host.span));
            seldom = Some(host_name);
        }
    }
    named.dedup_by(|later, earlier| later.0 == earlier.0);
    let dialled = |(name, _): &(String, Span)| context.index.is_mentioned_by_another(context.project, service, name);
    // Neither a run in Compose nor a service that is never started needs a name.
    let wanted = service.order.active && (is_asked_for(context) || named.iter().any(dialled));
    let weight = match context.role {
        ServiceRole::Service if wanted => Weight::Required,
        ServiceRole::Service => Weight::Default,
        ServiceRole::SetupRun | ServiceRole::DeclaredRun => Weight::Optional,
    };
    let ports = context.known_ports();
    let mut facts = Vec::new();
    for (name, span) in named {
        if facts.iter().any(|fact: &Fact| fact.kind == Kind::Name && fact.subject == name.as_str()) {
            continue;
        }
        let own = name == service.name.value.as_str().to_ascii_lowercase();
        let weight = match &seldom {
            Some(host) if *host == name && is_free(context, host) => Weight::Default,
            Some(host) if *host == name => Weight::Optional,
            // Of services that are never started together, hand-written manifests may give the name to one.
            Some(_) | None if !own && context.index.is_shared_with_alternative(context.project, service, &name) => {
                Weight::Default
            }
            Some(_) | None => weight,
        };
        let unready = if weight == Weight::Required { Weight::Default } else { weight };
        facts.push(Fact::required(Kind::NameUnready, &name, true, span).with_weight(unready));
        // The service's own name may resolve to a Service address, which has listed ports only.
        let fact = Fact::required(Kind::NameOpen, &name, true, span).with_weight(unready);
        facts.push(if own && said_address(context) { fact.or(false) } else { fact });
        // A name that several services share leads to the pods of all of them, whose ports differ.
        let shared = context.index.is_name_of_another(context.project, service, &name);
        for known in ports.iter().filter(|_| !shared) {
            let subject = Subject::port_at(&name, known.port, protocol_name(known.protocol));
            facts.push(Fact::required(Kind::Port, subject, Value::number(known.port), known.span).with_weight(weight));
        }
        facts.push(Fact::required(Kind::Name, name, true, span).with_weight(weight));
    }
    facts
}

/// Whether a Service of this name can implement this service: no other service has the name, and the name is valid.
fn is_free(context: ExpectedContext, name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.chars().all(plain)
        && context.role == ServiceRole::Service
        && !context.index.is_name_of_another(context.project, context.service, name)
}

/// Whether the service has clients: it has ports, or another service depends on it.
fn is_asked_for(context: ExpectedContext) -> bool {
    !context.known_ports().is_empty() || context.index.is_needed(&context.service.name.value)
}

/// Whether the service has a fixed IPv4 address that a Service may have. A route on the node needs no Service.
fn said_address(context: ExpectedContext) -> bool {
    let routed = context.index.routed_networks.get_or_init(|| routed_networks(context));
    matches!(&context.service.networks.attachment, Attachment::Networks(memberships)
    if memberships.iter().any(|membership| {
        membership.ipv4_address.is_some() && !routed.contains(&membership.network.value)
    }))
}

fn name_span(context: ExpectedContext, name: &str) -> Option<Span> {
    let networks = &context.service.networks;
    if let Some(container) = networks.container_name.as_ref().filter(|container| container.value == name) {
        return Some(container.span);
    }
    let Attachment::Networks(memberships) = &networks.attachment else { return None };
    memberships
        .iter()
        .flat_map(|membership| &membership.aliases)
        .find(|alias| alias.value == name)
        .map(|alias| alias.span)
}

/// Returns the facts of the Services that select a pod, and of the names that resolve to them.
pub(crate) fn observed(context: ObservedContext) -> Vec<Fact> {
    let mut facts = Vec::new();
    let documents = context.index.manifests.services_selecting(context.workload);
    for document in &documents {
        let TypedObject::Service(service) = &document.object else { continue };
        let Some(spec) = &service.spec else { continue };
        facts.extend(of_service(context, document, spec));
        facts.extend(external_names(context, document));
    }
    facts
}

fn of_service(context: ObservedContext, document: &Document, spec: &ServiceSpec) -> Vec<Fact> {
    let ServiceSpec {
        cluster_ip,
        external_ips,
        ports,
        publish_not_ready_addresses,
        type_,
        // The same address, as a list for dual-stack clusters.
        cluster_ips: _,
        ip_families: _,
        ip_family_policy: _,
        // Read by `external_names` and `matching`.
        external_name: _,
        selector: _,
        // How one of several pods, nodes or load balancers is chosen; a kind cluster has one of each.
        allocate_load_balancer_node_ports: _,
        external_traffic_policy: _,
        health_check_node_port: _,
        internal_traffic_policy: _,
        load_balancer_class: _,
        load_balancer_ip: _,
        load_balancer_source_ranges: _,
        session_affinity: _,
        session_affinity_config: _,
        traffic_distribution: _,
    } = spec;
    let place = document.at().key("spec");
    let headless = cluster_ip.as_deref() == Some("None");
    let unready = publish_not_ready_addresses.unwrap_or(false);
    if context.index.names.is_readiness_service(&document.namespace, &document.name) {
        return Vec::new();
    }
    let mut facts = Vec::new();
    let span = document.name_span();
    let address = cluster_ip.as_deref().filter(|address| !address.is_empty() && *address != "None");
    if let Some(address) = address {
        // In objects exported from a cluster every Service has an address, which mostly was not requested.
        let weight = if context.workload.is_generated { Weight::Required } else { Weight::Default };
        facts.push(Fact::required(Kind::Dialled, address, true, place.key("clusterIP").span()).with_weight(weight));
    }
    for (index, address) in external_ips.iter().flatten().enumerate() {
        facts.push(Fact::required(Kind::Dialled, address, true, place.key("externalIPs").item(index).span()));
    }
    let asked = answered_names(context, document);
    // An additional address has a Service of its own, whose name no client uses.
    let bare = address.is_some()
        && document.name.rsplit_once("-address-").is_some_and(|(_, number)| number.parse::<u8>().is_ok());
    let mut named = Vec::new();
    match asked {
        Some(asked) => named.extend(asked.into_iter().map(|name| (name, span, Weight::Required))),
        None => named.push((document.name.clone(), span, if bare { Weight::Optional } else { Weight::Required })),
    }
    for (name, span, weight) in named {
        facts.push(Fact::required(Kind::Name, &name, true, span).with_weight(weight));
        // Without `publishNotReadyAddresses` the name does not resolve until the health check has passed.
        let span = if unready { place.key("publishNotReadyAddresses").span() } else { span };
        let of_unready = if weight == Weight::Optional { Weight::Optional } else { Weight::Default };
        facts.push(Fact::required(Kind::NameUnready, &name, unready, span).with_weight(of_unready));
        // A name with a Service address accepts the listed ports only.
        facts.push(
            Fact::required(Kind::NameOpen, &name, headless, place.key("clusterIP").span()).with_weight(of_unready),
        );
        for (index, port) in ports.iter().flatten().enumerate() {
            let span = place.key("ports").item(index).key("port").span();
            facts.push(port_fact(context, &name, port, span, weight));
        }
    }
    let open = type_.as_deref().filter(|kind| matches!(*kind, "NodePort" | "LoadBalancer"));
    if let Some(kind) = open {
        for (index, port) in ports.iter().flatten().enumerate() {
            let span = place.key("ports").item(index).span();
            facts.extend(published(context, kind, port, span));
        }
    }
    facts
}

fn target_of(context: ObservedContext, port: &ServicePort) -> Value {
    match &port.target_port {
        Some(IntOrString::Int(number)) => Value::number(*number),
        Some(IntOrString::String(name)) => {
            let containers = context.workload.spec.containers.iter();
            let found = containers
                .flat_map(|container| container.ports.iter().flatten())
                .find(|port| port.name.as_ref() == Some(name));
            found.map_or_else(|| name.into(), |port| Value::number(port.container_port))
        }
        None => Value::number(port.port),
    }
}

fn port_fact(context: ObservedContext, name: &str, port: &ServicePort, span: Span, weight: Weight) -> Fact {
    let protocol = port.protocol.as_deref().unwrap_or("TCP").to_ascii_lowercase();
    let target = target_of(context, port);
    let same = target == Value::number(port.port);
    // In Docker every port is open, so an additional listed port is no difference unless it maps to another port.
    let weight = if weight == Weight::Required && same { Weight::Default } else { weight };
    Fact::required(Kind::Port, Subject::port_at(name, port.port, protocol), target, span).with_weight(weight)
}

fn published(context: ObservedContext, kind: &str, port: &ServicePort, span: Span) -> Vec<Fact> {
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    let target = target_of(context, port);
    if kind == "LoadBalancer" {
        let subject = Subject::port(port.port, protocol.to_ascii_lowercase());
        return vec![Fact::required(Kind::Published, subject, published_port("0.0.0.0", target), span)];
    }
    match port.node_port {
        Some(number) => {
            through_the_node(context, NodeListener { number, protocol, address: None }, &target, false, span)
        }
        None => Vec::new(),
    }
}

/// Returns the names for which every resolver that pods use answers with this Service; `None` if the pods use the cluster's
/// DNS, which answers the Service's own name.
fn answered_names(context: ObservedContext, document: &Document) -> Option<Vec<String>> {
    let full = format!("{}.{}.svc.cluster.local", document.name, document.namespace);
    let dns = context.index.dns_address().to_string();
    let mut endpoints = context.index.resolvers.of_namespace(&document.namespace);
    let names = |endpoint: &ResolverEndpoint<'_>| -> BTreeSet<String> {
        let all = endpoint.block.rewrites.keys();
        all.filter(|name| endpoint.block.rewritten(name, &dns) == Some(full.as_str())).cloned().collect()
    };
    let first = names(endpoints.next()?);
    let of_all = endpoints.fold(first, |known, endpoint| known.intersection(&names(endpoint)).cloned().collect());
    Some(of_all.into_iter().collect())
}

/// Returns the Services of type `ExternalName` that are aliases of this Service.
fn external_names(context: ObservedContext, document: &Document) -> Vec<Fact> {
    let full = format!("{}.{}.svc.cluster.local", document.name, document.namespace);
    let short = full.strip_suffix(".cluster.local").unwrap_or(&full);
    let leading = [full.as_str(), short].into_iter().filter_map(|name| context.index.external_names.get(name));
    let mut all: Vec<_> = leading.flatten().filter(|(_, other)| other.namespace == document.namespace).collect();
    all.sort_unstable_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, other)| Fact::required(Kind::Name, &other.name, true, other.name_span())).collect()
}
