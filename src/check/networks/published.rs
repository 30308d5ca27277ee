//! Topic *networks*: ports of the host that forward to a service.

use k8s_openapi::api::core::v1::ContainerPort;

use super::reachability;
use crate::check::context::ObservedContext;
use crate::check::context::known_ports::protocol_name;
use crate::check::facts::{Fact, Kind, Weight};
use crate::resolve::networks::Port;
use crate::text::Span;

/// Returns the facts of the Compose file.
pub(crate) fn expected(ports: &[Port]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for Port { span, target, published, host_ip, protocol, name: _, app_protocol: _ } in ports {
        let Some((low, high)) = *published else { continue };
        let listen = host_ip.map_or_else(|| "0.0.0.0".to_owned(), |address| address.to_string());
        let value = format!("{listen} to {target}");
        let of = |number: u16| format!("{number}/{}", protocol_name(*protocol));
        // Docker chooses a free port of a range.
        let mut fact = Fact::required(Kind::Published, of(low), value, *span);
        if low != high {
            fact = fact.with_weight(Weight::Optional).or("*");
        }
        // The same port may be published twice, for example for IPv4 and IPv6.
        if let Some(first) = facts.iter_mut().find(|first| first.subject == fact.subject) {
            first.also.push(fact.value);
        } else {
            facts.push(fact);
        }
    }
    facts
}

/// Returns the ports of the host that kind maps to a host port of the container.
pub(crate) fn observed(context: ObservedContext, ports: &[ContainerPort]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let ContainerPort { container_port, host_ip, host_port, name: _, protocol } = port;
        let Some(host_port) = host_port.filter(|port| *port != 0) else { continue };
        let protocol = protocol.as_deref().unwrap_or("TCP");
        let span = context.at.key("ports").item(index).key("hostPort").span();
        let only = host_ip.as_deref().filter(|address| !matches!(*address, "" | "0.0.0.0" | "::"));
        let number = container_port.to_string();
        let closed = reachability::closed_outside(context, *container_port, protocol);
        let target = if closed { format!("{number}, where a policy lets nobody in") } else { number };
        facts.extend(through_the_node(context, host_port, protocol, &target, only, span));
    }
    facts
}

/// Returns the ports of the host that forward to a port of the node.
pub(crate) fn through_the_node(
    context: ObservedContext,
    node_port: i32,
    protocol: &str,
    target: &str,
    only: Option<&str>,
    span: Span,
) -> Vec<Fact> {
    let lower = protocol.to_ascii_lowercase();
    if context.index.cluster().is_none() {
        let listen = only.unwrap_or("0.0.0.0");
        return vec![Fact::required(
            Kind::Published,
            format!("{node_port}/{lower}"),
            format!("{listen} to {target}"),
            span,
        )];
    }
    let mappings = context.index.port_mappings.get(&node_port).into_iter().flatten();
    let mappings: Vec<_> = mappings.filter(|mapping| mapping.protocol.eq_ignore_ascii_case(protocol)).collect();
    if mappings.is_empty() {
        return vec![Fact::required(
            Kind::Published,
            format!("{node_port}/{lower}"),
            format!("the node alone, to {target}"),
            span,
        )];
    }
    mappings
        .into_iter()
        .map(|mapping| {
            let listen =
                only.map_or(mapping.listen.clone(), |only| format!("{} and the node's {only}", mapping.listen));
            Fact::required(
                Kind::Published,
                format!("{}/{lower}", mapping.host_port),
                format!("{listen} to {target}"),
                mapping.span,
            )
        })
        .collect()
}
