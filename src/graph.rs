//! Draws a [`Project`] as a Mermaid flowchart: services, networks, addresses, ports and dependencies, in Compose's
//! terms.
//! <https://mermaid.js.org/syntax/flowchart.html>
//!
//! Invariant: the same project gives the same text. Names of the project occur only in labels, never as identifiers.

use std::fmt::Write as _;

use crate::maps::IndexMap;
use crate::resolve::networks::{Attachment, Membership, Networks, Port, Protocol};
use crate::resolve::order::{Condition, Dependency};
use crate::resolve::{Project, Service};

/// Consecutive ports with the same mapping: the first port, and their number.
struct Range<'a> {
    first: &'a Port,
    published: u16,
    count: u16,
}

/// Draws a project. Lines are in the order of the project and end with a line break.
#[must_use]
pub fn graph(project: &Project) -> String {
    let services: IndexMap<&str, String> =
        project.services.keys().enumerate().map(|(index, name)| (name.as_str(), format!("s{index}"))).collect();
    let mut networks: IndexMap<&str, String> = IndexMap::default();
    for membership in project.services.values().flat_map(memberships) {
        let index = networks.len();
        networks.entry(&membership.network.value).or_insert_with(|| format!("n{index}"));
    }
    let mut text = String::from("flowchart LR\n");
    for (service, id) in project.services.values().zip(services.values()) {
        let _ = writeln!(text, "    {id}[\"{}\"]", node(service));
    }
    for (network, id) in &networks {
        let _ = writeln!(text, "    {id}([\"{}\"])", on_network(project, network));
    }
    if project.services.values().any(|service| is_on_the_host(project, service)) {
        text.push_str("    host[[\"this machine\"]]\n");
    }
    for (service, id) in project.services.values().zip(services.values()) {
        edges(service, id, published(project, service), &services, &networks, &mut text);
    }
    text
}

fn memberships(service: &Service) -> &[Membership] {
    match &service.networks.attachment {
        Attachment::Networks(memberships) => memberships,
        Attachment::None(_) | Attachment::Host(_) | Attachment::OfService(_) | Attachment::OfContainer(_) => &[],
    }
}

fn is_on_the_host(project: &Project, service: &Service) -> bool {
    matches!(service.networks.attachment, Attachment::Host(_))
        || published(project, service).iter().any(|port| port.published.is_some())
}

/// Returns the published ports. Docker publishes none on networks that are all internal.
fn published<'a>(project: &Project, service: &'a Service) -> &'a [Port] {
    let kept = service.networks.attachment.is_internal_only(&project.networks);
    if kept { &[] } else { &service.networks.ports }
}

/// Returns the node of a service: its name, its image, and why it is not started or not reachable.
fn node(service: &Service) -> String {
    let mut lines = vec![label(service.name.value.as_str()), label(&service.process.image.reference.value)];
    if !service.order.profiles.is_empty() {
        let profiles: Vec<&str> = service.order.profiles.iter().map(|profile| profile.value.as_str()).collect();
        lines.push(label(&format!("profiles: {}", profiles.join(", "))));
    }
    match &service.networks.attachment {
        Attachment::None(_) => lines.push("no network".to_owned()),
        Attachment::OfContainer(container) => {
            lines.push(label(&format!("on the network of the container {}", container.value)));
        }
        Attachment::Host(_) | Attachment::OfService(_) | Attachment::Networks(_) => {}
    }
    lines.join("<br/>")
}

fn on_network(project: &Project, network: &str) -> String {
    let mut lines = vec![label(network)];
    if let Some(declared) = project.networks.get(network) {
        lines.extend(declared.subnets.iter().map(|subnet| label(&subnet.value.to_string())));
        if declared.internal.as_ref().is_some_and(|internal| internal.value) {
            lines.push("internal".to_owned());
        }
    }
    lines.join("<br/>")
}

/// Adds the edges of a service: networks, published ports, dependencies.
fn edges(
    service: &Service,
    id: &str,
    published: &[Port],
    services: &IndexMap<&str, String>,
    networks: &IndexMap<&str, String>,
    text: &mut String,
) {
    let Networks {
        attachment,
        container_name,
        hostname: _,
        domainname: _,
        ports: _,
        expose: _,
        extra_hosts: _,
        dns: _,
        dns_search: _,
        dns_opt: _,
        links,
        external_links: _,
        mac_address: _,
    } = &service.networks;
    match attachment {
        Attachment::Networks(memberships) => {
            for Membership { network, ipv4_address, ipv6_address, aliases } in memberships {
                let Some(to) = networks.get(network.value.as_str()) else { continue };
                let mut words: Vec<String> = Vec::new();
                words.extend(ipv4_address.map(|address| address.value.to_string()));
                words.extend(ipv6_address.map(|address| address.value.to_string()));
                words.extend(aliases.iter().map(|alias| alias.value.clone()));
                words.extend(container_name.iter().map(|name| name.value.clone()));
                edge(text, id, "---", &words.join(", "), to);
            }
        }
        Attachment::Host(_) => edge(text, id, "---", "network_mode: host", "host"),
        Attachment::OfService(other) => {
            if let Some(to) = services.get(other.value.as_str()) {
                edge(text, id, "---", "network of", to);
            }
        }
        Attachment::None(_) | Attachment::OfContainer(_) => {}
    }
    for range in ranges(published) {
        edge(text, "host", "-->", &led(&range), id);
    }
    for Dependency { on, condition, required, restart: _ } in &service.order.waits {
        let Some(to) = services.get(on.value.as_str()) else { continue };
        let word = match condition {
            Condition::Started => "started",
            Condition::Healthy => "healthy",
            Condition::Completed => "completed",
        };
        let word = if *required { word.to_owned() } else { format!("{word}, if there") };
        edge(text, id, "-.->", &format!("waits: {word}"), to);
    }
    for link in links.iter().filter(|link| link.alias != link.service.value.as_str()) {
        if let Some(to) = services.get(link.service.value.as_str()) {
            edge(text, id, "---", &format!("link: {}", link.alias), to);
        }
    }
}

fn edge(text: &mut String, from: &str, arrow: &str, words: &str, to: &str) {
    if words.is_empty() {
        let _ = writeln!(text, "    {from} {arrow} {to}");
    } else {
        let _ = writeln!(text, "    {from} {arrow}|\"{}\"| {to}", label(words));
    }
}

/// Returns the published ports, with those of one range combined.
fn ranges(ports: &[Port]) -> Vec<Range<'_>> {
    let mut ranges: Vec<Range> = Vec::new();
    for port in ports {
        let Some((published, _)) = port.published else { continue };
        if let Some(Range { first, published: low, count }) = ranges.last_mut()
            && (first.protocol, first.host_ip) == (port.protocol, port.host_ip)
            && first.target.checked_add(*count) == Some(port.target)
            && low.checked_add(*count) == Some(published)
        {
            *count += 1;
        } else {
            ranges.push(Range { first: port, published, count: 1 });
        }
    }
    ranges
}

/// Returns the label of a port: `127.0.0.1:8080 to 80/udp`.
fn led(range: &Range) -> String {
    let Range { first, published, count } = range;
    let of = |port: u16| {
        if *count > 1 { format!("{port}-{}", port.saturating_add(count - 1)) } else { port.to_string() }
    };
    let protocol = match first.protocol {
        Protocol::Tcp => "",
        Protocol::Udp => "/udp",
        Protocol::Sctp => "/sctp",
    };
    let address = first.host_ip.map_or_else(String::new, |address| match address {
        std::net::IpAddr::V4(address) => format!("{address}:"),
        std::net::IpAddr::V6(address) => format!("[{address}]:"),
    });
    format!("{address}{} to {}{protocol}", of(*published), of(first.target))
}

/// Escapes characters with a meaning in Mermaid or HTML as numeric entities.
/// <https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters>
fn label(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || " .,:/-_@()+=".contains(c) {
            out.push(c);
        } else if c.is_control() {
            out.push(' ');
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stay_within_their_quotes() {
        assert_eq!(label("a\"]; b"), "a#34;#93;#59; b");
        assert_eq!(label("x<br/>\n`#1`"), "x#60;br/#62; #96;#35;1#96;");
        assert_eq!(label("registry:5000/app@sha256:0a"), "registry:5000/app@sha256:0a");
    }
}
