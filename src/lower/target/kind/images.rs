//! Images on the node, which `kind load` puts there.

/// Without it, the kubelet would look for `:latest` images in a registry, also for those that were built on the host.
pub(crate) const PULL_POLICY: &str = "IfNotPresent";
