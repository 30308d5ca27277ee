//! Ports that both sides have under different numbers: one cause, and so one finding.

use crate::check::facts::{Fact, Kind, Listener, PublishedPort, Value, Weight};
use crate::check::problem::Problem;

/// Returns pairs of facts that differ only in the number of the port: both lead to the same port of the same service. A fact
/// that the other side has too, or that the other side need not have, is in no pair.
pub(super) fn moved_ports<'a>(expected: &'a [Fact], observed: &'a [Fact]) -> Vec<(&'a Fact, &'a Fact)> {
    let is_alone = |fact: &Fact, others: &[Fact]| {
        matches!(fact.kind, Kind::Port | Kind::Published)
            && fact.weight == Weight::Required
            && !others.iter().any(|other| other.is_about_the_same(fact))
    };
    let mut pairs: Vec<(&Fact, &Fact)> = Vec::new();
    for one in expected.iter().filter(|one| is_alone(one, observed)) {
        let Some(destination) = destination_of(one) else { continue };
        let is_same = |other: &&Fact| other.kind == one.kind && destination_of(other) == Some(destination);
        let is_free = |other: &&Fact| !pairs.iter().any(|(_, taken)| std::ptr::eq(*taken, *other));
        let mut others = observed.iter().filter(|other| is_alone(other, expected));
        if let Some(other) = others.find(|other| is_same(other) && is_free(other)) {
            pairs.push((one, other));
        }
    }
    pairs
}

/// The port of a service to which another port leads.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Destination<'a> {
    /// The DNS name of the service; `None` for a port of the host.
    name: Option<&'a str>,
    protocol: &'a str,
    target: &'a Value,
    /// Whether a NetworkPolicy denies connections from outside the cluster.
    denied: bool,
}

fn destination_of(fact: &Fact) -> Option<Destination<'_>> {
    let port = fact.subject.as_port()?;
    let (target, denied) = match fact.value.as_published_port() {
        Some(PublishedPort { listener: Listener::Host(_), target, denied }) => (target, *denied),
        // A port that does not reach the host, or only by one address of the node, is another matter.
        Some(PublishedPort { listener: Listener::NodeOnly | Listener::HostAndNode { .. }, .. }) => return None,
        None => (&fact.value, false),
    };
    Some(Destination { name: port.name.as_deref(), protocol: &port.protocol, target, denied })
}

/// Returns the finding for a pair of [`moved_ports`].
pub(super) fn moved_port(one: &Fact, other: &Fact) -> Problem {
    let number = |fact: &Fact| {
        let number = fact.subject.as_port().map(|port| port.number).unwrap_or_default();
        match fact.value.as_published_port().map(|port| &port.listener) {
            Some(Listener::Host(address)) => format!("`{address}:{number}`"),
            Some(Listener::NodeOnly | Listener::HostAndNode { .. }) | None => format!("`{number}`"),
        }
    };
    let protocol = one.subject.as_port().map(|port| port.protocol.as_str()).unwrap_or_default();
    let Fact { value, service, .. } = one;
    let subject = if let Some(port) = value.as_published_port() {
        format!("the host's {protocol} port that leads to port `{}` of `{service}`", port.destination())
    } else {
        let name = one.subject.name().unwrap_or_default();
        format!("the {protocol} port of the name `{name}` that leads to port `{value}` of `{service}`")
    };
    Problem::Differs {
        subject,
        verb: "is",
        expected: number(one),
        observed: number(other),
        at: one.span,
        there: other.span,
        act: None,
    }
}
