//! Sysctls and feature gates of the node.

/// The feature gate of `lifecycle.stopSignal`, an alpha feature.
/// <https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#container-lifecycle>
pub(crate) const STOP_SIGNAL_GATE: &str = "ContainerStopSignals";

/// The sysctls that every kubelet allows.
/// <https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls>
const SAFE_SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

/// Returns whether every kubelet allows a sysctl.
pub(crate) fn is_safe_sysctl(name: &str) -> bool {
    SAFE_SYSCTLS.contains(&name)
}
