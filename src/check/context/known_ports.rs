//! Ports of a service that the Compose side states.

use super::expected::ExpectedContext;
use crate::resolve::networks::Protocol;
use crate::text::Span;

/// A port that the Compose side states.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StatedPort {
    pub(crate) port: u16,
    pub(crate) protocol: Protocol,
    pub(crate) span: Span,
}

impl ExpectedContext<'_> {
    /// Returns the ports of `ports`, `expose` and the overrides, without duplicates.
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
        for known in ports.chain(exposed).chain(of_image) {
            if !all.iter().any(|other| (other.port, other.protocol) == (known.port, known.protocol)) {
                all.push(known);
            }
        }
        all
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
