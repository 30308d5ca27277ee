//! Ports of a service that the Compose side states.

use std::net::IpAddr;

use super::expected::ExpectedContext;
use crate::resolve::networks::{Attachment, Protocol};
use crate::text::Span;

/// A port that the Compose side states.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StatedPort {
    pub(crate) port: u16,
    pub(crate) protocol: Protocol,
    pub(crate) span: Span,
}

impl ExpectedContext<'_> {
    /// Returns the ports of `ports`, `expose` and the overrides, and those of a server of `dns`, without duplicates.
    pub(crate) fn known_ports(&self) -> Vec<StatedPort> {
        let networks = &self.service.networks;
        let ports = networks.ports.iter().map(|port| StatedPort {
            port: port.target,
            protocol: port.protocol,
            span: port.span,
        });
        let exposed =
            networks.expose.iter().map(|port| StatedPort { port: port.port, protocol: port.protocol, span: port.span });
        let of_image = self.choice().map_or(&[][..], |choice| &choice.ports).iter().map(|known| StatedPort {
            port: known.port.value,
            protocol: known.protocol,
            span: known.port.span,
        });
        let mut all: Vec<StatedPort> = Vec::new();
        for known in ports.chain(exposed).chain(of_image).chain(self.dns_ports()) {
            if !all.iter().any(|other| (other.port, other.protocol) == (known.port, known.protocol)) {
                all.push(known);
            }
        }
        all
    }

    /// Returns the ports of DNS, if `dns` of a service lists a fixed address of this one.
    fn dns_ports(&self) -> Vec<StatedPort> {
        let Attachment::Networks(memberships) = &self.service.networks.attachment else { return Vec::new() };
        let mut fixed = memberships.iter().filter_map(|membership| membership.ipv4_address);
        let Some(address) = fixed.find(|address| self.index.is_name_server(IpAddr::V4(address.value))) else {
            return Vec::new();
        };
        let dns = |protocol| StatedPort { port: 53, protocol, span: address.span };
        vec![dns(Protocol::Udp), dns(Protocol::Tcp)]
    }
}

/// Returns the name of a protocol in lower case.
pub(crate) fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    }
}
