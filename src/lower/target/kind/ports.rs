//! Ports of the node.

/// Ports of the node's own programs (kubelet, etcd, the control plane): a hostPort there would take their traffic.
/// <https://kubernetes.io/docs/reference/networking/ports-and-protocols/>
const NODE_PORTS_IN_USE: &[u16] = &[2379, 2380, 2381, 6443, 10248, 10249, 10250, 10256, 10257, 10259];

/// Where node ports are looked for when the host's own number is not free on the node.
const FIRST_SPARE_NODE_PORT: u16 = 20_000;

/// Returns the wanted port if it is free on the node, otherwise the first spare one.
pub(crate) fn free_node_port(wanted: u16, is_used: impl Fn(u16) -> bool) -> u16 {
    let is_free = |number: &u16| !NODE_PORTS_IN_USE.contains(number) && !is_used(*number);
    std::iter::once(wanted).chain(FIRST_SPARE_NODE_PORT..=u16::MAX).find(is_free).unwrap_or(wanted)
}
