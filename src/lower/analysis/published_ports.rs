//! Ports of the host that are assigned to services.

use crate::lower::objects::NodePort;
use crate::maps::{IndexMap, IndexSet};
use crate::resolve::networks::Protocol;

/// The published ports of all services.
#[derive(Debug, Default)]
pub(crate) struct PublishedPorts {
    /// Published ports in order of assignment.
    pub(crate) all: Vec<NodePort>,
    by_host_port: IndexMap<(u16, Protocol), Vec<usize>>,
    used_node_ports: IndexSet<(u16, Protocol)>,
}

impl PublishedPorts {
    /// Returns the published ports with that number on the host.
    pub(crate) fn on_host(&self, number: u16, protocol: Protocol) -> impl Iterator<Item = &NodePort> {
        let found = self.by_host_port.get(&(number, protocol)).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(|index| self.all.get(*index))
    }

    /// Returns whether a port of the node is used already.
    pub(crate) fn is_node_port_used(&self, number: u16, protocol: Protocol) -> bool {
        self.used_node_ports.contains(&(number, protocol))
    }

    pub(crate) fn add(&mut self, port: NodePort) {
        self.by_host_port.entry((port.host_port, port.protocol)).or_default().push(self.all.len());
        self.used_node_ports.insert((port.node_port, port.protocol));
        self.all.push(port);
    }
}
