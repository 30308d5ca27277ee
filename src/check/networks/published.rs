//! Topic *networks*: ports of the host that forward to a service.

use k8s_openapi::api::core::v1::ContainerPort;

use super::reachability;
use crate::check::context::ObservedContext;
use crate::check::context::known_ports::protocol_name;
use crate::check::facts::{Fact, Kind, Listener, PublishedPort, Subject, Value, Weight};
use crate::parse::Text;
use crate::resolve::networks::Port;
use crate::text::Span;

/// Returns the facts of the Compose file. `is_lost` tells whether another service keeps a port.
pub(crate) fn expected(ports: &[Port], is_lost: impl Fn(Span) -> bool) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for Port { span, target, published, host_ip, protocol, name: _, app_protocol: _ } in ports {
        let Some((low, high)) = *published else { continue };
        let listener = host_ip.map_or_else(|| Text::const_new("0.0.0.0"), |address| address.to_string().into());
        let value = published_port(listener, Value::number(*target));
        // Docker chooses a free port of a range.
        let mut fact = Fact::required(Kind::Published, Subject::port(low, protocol_name(*protocol)), value, *span);
        if low != high {
            fact = fact.with_weight(Weight::Optional).or(Value::Any);
        }
        // kind forwards IPv6 addresses of the host to no pod; the translation reports it.
        if is_lost(*span) || host_ip.is_some_and(|address| address.is_ipv6()) {
            fact = fact.with_weight(Weight::Optional);
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
        let closed = reachability::closed_outside(context, *container_port, protocol);
        let port = NodeListener { number: host_port, protocol, address: only };
        facts.extend(through_the_node(context, port, &Value::number(*container_port), closed, span));
    }
    facts
}

/// A port of the host as the value of a fact, open to connections from outside the cluster.
pub(crate) fn published_port(address: impl Into<Text>, target: Value) -> Value {
    Value::PublishedPort(Box::new(PublishedPort { listener: Listener::Host(address.into()), target, denied: false }))
}

/// A port on which the node listens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodeListener<'a> {
    pub(crate) number: i32,
    pub(crate) protocol: &'a str,
    /// The one address of the node at which the port is open, if it is not open at all of them.
    pub(crate) address: Option<&'a str>,
}

/// Returns the ports of the host that are mapped to a port of the node. `denied` says that a NetworkPolicy denies connections
/// from outside the cluster.
pub(crate) fn through_the_node(
    context: ObservedContext,
    port: NodeListener<'_>,
    target: &Value,
    denied: bool,
    span: Span,
) -> Vec<Fact> {
    let NodeListener { number, protocol, address } = port;
    let lower = protocol.to_ascii_lowercase();
    let fact = |number: i32, listener: Listener, span: Span| {
        let value = PublishedPort { listener, target: target.clone(), denied };
        let subject = Subject::port(number, lower.as_str());
        Fact::required(Kind::Published, subject, Value::PublishedPort(Box::new(value)), span)
    };
    if context.index.cluster().is_none() {
        return vec![fact(number, Listener::Host(address.unwrap_or("0.0.0.0").into()), span)];
    }
    let mappings = context.index.port_mappings.get(&number).into_iter().flatten();
    let mappings: Vec<_> = mappings.filter(|mapping| mapping.protocol.eq_ignore_ascii_case(protocol)).collect();
    if mappings.is_empty() {
        return vec![fact(number, Listener::NodeOnly, span)];
    }
    let mapped = mappings.into_iter().map(|mapping| {
        let host: Text = mapping.listen.as_str().into();
        let listener = match address {
            Some(node) => Listener::HostAndNode { host, node: node.into() },
            None => Listener::Host(host),
        };
        fact(mapping.host_port.into(), listener, mapping.span)
    });
    mapped.collect()
}
