//! Topic *networks*: the known ports of a service, and which of them are published on the host.

use std::net::{IpAddr, SocketAddr};

use k8s_openapi::api::core::v1::ContainerPort;

use crate::keys::Key;
use crate::lower::context::{Context, NodeRequirements, PodRole};
use crate::lower::objects::NodePort;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::problem::Problem;
use crate::resolve::networks::{Attachment, Port, Protocol};
use crate::resolve::{PortConflict, Service, is_same_listener};
use crate::words::is_port_name;

/// A port of a service, from the Compose file or the overrides.
#[derive(Debug, Clone)]
pub(crate) struct KnownPort {
    pub(crate) port: u16,
    pub(crate) protocol: Protocol,
    pub(crate) name: String,
    pub(crate) app_protocol: Option<String>,
    pub(crate) because: Option<String>,
}

/// Returns the name of a transport protocol in Kubernetes.
pub(crate) fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
        Protocol::Sctp => "SCTP",
    }
}

/// Returns the ports of `ports`, `expose` and the overrides, each once, with unique names.
pub(crate) fn known_ports(service: &Service, context: Context) -> Vec<KnownPort> {
    let mut found: Vec<KnownPort> = Vec::new();
    let mut add = |port: u16, protocol: Protocol, name: Option<&str>, app: Option<&str>, because: Option<&str>| {
        if let Some(known) = found.iter_mut().find(|known| known.port == port && known.protocol == protocol) {
            if let (Some(because), None) = (because, &known.because) {
                known.because = Some(because.to_owned());
            }
            return;
        }
        let by_number = format!("{}-{port}", protocol_name(protocol).to_ascii_lowercase());
        let name = name.filter(|name| is_port_name(name) && found.iter().all(|known| known.name != **name));
        found.push(KnownPort {
            port,
            protocol,
            name: name.map_or(by_number, str::to_owned),
            app_protocol: app.filter(|app| crate::lower::pod::annotations::is_qualified_name(app)).map(str::to_owned),
            because: because.map(str::to_owned),
        });
    };
    for port in &service.networks.ports {
        let app = port.app_protocol.as_ref().map(|app| app.value.as_str());
        add(port.target, port.protocol, port.name.as_ref().map(|name| name.value.as_str()), app, None);
    }
    for exposed in &service.networks.expose {
        add(exposed.port, exposed.protocol, None, None, None);
    }
    if let Some(choice) = context.choice(&service.name.value) {
        for port in &choice.ports {
            add(port.port.value, port.protocol, port.name.as_deref(), None, port.because.as_deref());
        }
    }
    if let (Attachment::Networks(memberships), Some(resolver)) = (&service.networks.attachment, context.resolver) {
        let mut fixed = memberships.iter().filter_map(|membership| membership.ipv4_address);
        if fixed.any(|address| resolver.queries(address.value)) {
            let because = Some("Another service lists this server under `dns`.");
            add(53, Protocol::Udp, None, None, because);
            add(53, Protocol::Tcp, None, None, because);
        }
    }
    found
}

/// Publishes the ports of a service: each gets a port of the node (`hostPort`), to which the cluster maps the port of
/// the host.
pub(crate) fn publish_ports(service: &Service, ports: &[Port], pod: &mut PodBuilder) {
    let context = pod.context;
    if context.role == PodRole::Run {
        return;
    }
    let name = &service.name.value;
    if matches!(service.networks.attachment, Attachment::Host(_)) {
        publish_known_ports(service, context, pod.requirements);
        return;
    }
    let pod_owner = context.project.services.get(context.start_order.pod_owner(name)).unwrap_or(service);
    let attachment = &pod_owner.networks.attachment;
    let unreachable = match attachment {
        Attachment::None(_) => Some("has no network"),
        Attachment::Networks(_) if attachment.is_internal_only(&context.project.networks) => {
            Some("is on internal networks only")
        }
        Attachment::Networks(_) | Attachment::Host(_) | Attachment::OfService(_) | Attachment::OfContainer(_) => None,
    };
    if let Some(why) = unreachable.filter(|_| !ports.is_empty()) {
        let at = ports.iter().map(|port| port.span).collect();
        let problem = Problem::PortOfInternalNetwork { service: name.to_string(), why, at };
        pod.findings.for_key(name, Key::Ports, problem);
        return;
    }
    let mut unpublished = Vec::new();
    for port in ports {
        let Port { span, target, published, host_ip, protocol, name: _, app_protocol: _ } = port;
        let Some((low, high)) = *published else {
            unpublished.push(*span);
            continue;
        };
        if let Some(address @ IpAddr::V6(_)) = *host_ip {
            let address = SocketAddr::new(address, low).to_string();
            let problem = Problem::PortOnIpv6 { service: name.to_string(), address, at: *span };
            pod.findings.for_key(name, Key::Ports, problem);
            continue;
        }
        let Some(host_port) = choose_host_port(service, port, low, high, pod) else { continue };
        let taken =
            pod.requirements.ports.on_host(host_port, *protocol).find(|known| is_same_listener(known.listen, *host_ip));
        let protocol_field = Some(protocol_name(*protocol).to_owned()).filter(|protocol| protocol != "TCP");
        let bound = pod
            .container
            .ports
            .iter()
            .flatten()
            .find(|known| known.container_port == i32::from(*target) && known.protocol == protocol_field);
        let bound = bound.and_then(|known| known.host_port).and_then(|number| u16::try_from(number).ok());
        let node_port = if let Some(shared) = taken {
            shared.node_port
        } else {
            let node_port = bound.unwrap_or_else(|| {
                let is_used = |number| pod.requirements.ports.is_node_port_used(number, *protocol);
                context.target.free_node_port(host_port, is_used)
            });
            pod.requirements.ports.add(NodePort {
                service: name.clone(),
                host_port,
                node_port,
                container_port: *target,
                listen: *host_ip,
                protocol: *protocol,
            });
            node_port
        };
        // The API server merges the ports of a container by port and protocol, so one port of the node serves all ports of the
        // host that are forwarded to one container port.
        if bound == Some(node_port) {
            continue;
        }
        let port = ContainerPort {
            name: Some(format!("{}-{target}", protocol_name(*protocol).to_ascii_lowercase())),
            container_port: i32::from(*target),
            host_port: context.target.host_port(node_port),
            protocol: protocol_field,
            host_ip: None,
        };
        pod.container.ports.get_or_insert_with(Vec::new).push(port);
    }
    let uses_host_ports = pod.container.ports.as_ref().is_some_and(|ports| !ports.is_empty());
    let replicas = service.order.replicas.as_ref().filter(|replicas| replicas.value > 1 && uses_host_ports);
    if let (Some(replicas), Some(first)) = (replicas, ports.iter().find(|port| port.published.is_some())) {
        pod.findings.for_key(
            name,
            Key::Ports,
            Problem::ReplicasShareAPort { service: name.to_string(), at: first.span, replicas: replicas.span },
        );
    }
    if !unpublished.is_empty() {
        pod.findings.for_key(
            name,
            Key::Ports,
            Problem::PortNotPublished { service: name.to_string(), at: unpublished },
        );
    }
}

/// Returns the first port of a published range that is free. Services that are never started together can have the same
/// port.
fn choose_host_port(service: &Service, port: &Port, low: u16, high: u16, pod: &mut PodBuilder) -> Option<u16> {
    let context = pod.context;
    let conflict = pod.requirements.port_conflicts.iter().find(|conflict| conflict.at == port.span);
    if let Some(PortConflict { at, kept_by, kept_at }) = conflict {
        let problem = Problem::PortPublishedTwice {
            port: format!("{low}/{}", protocol_name(port.protocol).to_ascii_lowercase()),
            first: format!("`{kept_by}`"),
            second: format!("`{}`", service.name.value),
            at: *at,
            first_at: *kept_at,
        };
        pod.findings.for_key(&service.name.value, Key::Ports, problem);
        return None;
    }
    let holder = |number: u16| {
        pod.requirements.ports.on_host(number, port.protocol).find(|known| {
            let other = context.project.services.get(&known.service);
            // A service with a profile and another service may be alternatives for one port.
            let together = known.service == service.name.value
                || (service.order.active && other.is_some_and(|other| other.order.active));
            is_same_listener(known.listen, port.host_ip) && together
        })
    };
    if let Some(free) = (low..=high).find(|number| holder(*number).is_none()) {
        return Some(free);
    }
    let first = holder(low)?;
    // The same port twice, for example with and without an address, is published once.
    if first.service == service.name.value && first.container_port == port.target {
        return None;
    }
    let first_at = context
        .project
        .services
        .get(&first.service)
        .and_then(|other| {
            other.networks.ports.iter().find(|other| {
                other.protocol == port.protocol && other.published.is_some_and(|(from, to)| (from..=to).contains(&low))
            })
        })
        .map_or(port.span, |other| other.span);
    let container_port = |service: &str, port: u16| format!("port {port} of `{service}`");
    let problem = Problem::PortPublishedTwice {
        port: format!("{low}/{}", protocol_name(port.protocol).to_ascii_lowercase()),
        first: container_port(first.service.as_str(), first.container_port),
        second: container_port(service.name.value.as_str(), port.target),
        at: port.span,
        first_at,
    };
    pod.findings.for_key(&service.name.value, Key::Ports, problem);
    None
}

/// Publishes the known ports of a service with `network_mode: host`, whose program listens on the node. A port that another
/// service publishes is left to it: `expose` opens nothing on the host.
fn publish_known_ports(service: &Service, context: Context, requirements: &mut NodeRequirements) {
    let is_published = |known: &KnownPort| {
        let services = context.project.services.values().filter(|other| other.order.active);
        services.flat_map(|other| &other.networks.ports).any(|port| {
            port.protocol == known.protocol
                && port.published.is_some_and(|(from, to)| (from..=to).contains(&known.port))
        })
    };
    for known in known_ports(service, context) {
        if requirements.ports.on_host(known.port, known.protocol).next().is_none() && !is_published(&known) {
            requirements.ports.add(NodePort {
                service: service.name.value.clone(),
                host_port: known.port,
                node_port: known.port,
                container_port: known.port,
                listen: None,
                protocol: known.protocol,
            });
        }
    }
}
