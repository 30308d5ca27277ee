//! Facts about the cluster as a whole: its address ranges and node.

use super::context::ManifestIndex;
use super::context::host_paths::PROJECT_ON_NODE;
use super::facts::{Fact, Kind, Qualifier, Value, Weight};
use super::manifests::kind_cluster::{DEFAULT_POD_SUBNET, DEFAULT_SERVICE_SUBNET};
use crate::overrides::Overrides;
use crate::text::Span;

/// Returns the facts that the overrides state about the cluster. `fallback_span` is the location of implied facts.
pub(crate) fn expected(overrides: &Overrides, fallback_span: Span) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (kind, subnet) in
        [(Kind::ServiceRange, &overrides.cluster.service_subnet), (Kind::PodRange, &overrides.cluster.pod_subnet)]
    {
        facts.extend(
            subnet.as_ref().map(|subnet| Fact::defaulted(kind, "", subnet.value.trunc().to_string(), subnet.span)),
        );
    }
    facts.push(Fact::defaulted(Kind::ProxyMode, "", "nftables", fallback_span));
    facts.push(Fact::defaulted(Kind::NodeImage, "", overrides.cluster.node_image(), fallback_span));
    if overrides.cluster.has_restart_limit() {
        facts.push(Fact::defaulted(Kind::RestartLimit, "", "1s", fallback_span));
    }
    facts.push(Fact::defaulted(Kind::NodeMount, PROJECT_ON_NODE, "./", fallback_span));
    facts
}

/// Returns the facts that the cluster's configuration states.
pub(crate) fn observed(index: &ManifestIndex<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let Some(cluster) = index.cluster() else { return facts };
    for (kind, subnet, unsaid) in [
        (Kind::ServiceRange, &cluster.service_subnet, DEFAULT_SERVICE_SUBNET),
        (Kind::PodRange, &cluster.pod_subnet, DEFAULT_POD_SUBNET),
    ] {
        let (value, span) =
            subnet.as_ref().map_or((unsaid, cluster.span), |subnet| (subnet.value.as_str(), subnet.span));
        facts.push(Fact::optional(kind, "", value, span));
    }
    if let Some(mode) = &cluster.proxy_mode {
        facts.push(Fact::optional(Kind::ProxyMode, "", &mode.value, mode.span));
    }
    if let Some(limit) = &cluster.restart_limit {
        facts.push(Fact::optional(Kind::RestartLimit, "", &limit.value, limit.span));
    }
    for image in &cluster.images {
        facts.push(Fact::optional(Kind::NodeImage, "", &image.value, image.span));
    }
    for mount in &cluster.mounts {
        if let Some(place) = index.on_host(&mount.node_path) {
            let value = if place.read_only {
                Value::qualified(&place.path, Qualifier::ReadOnly)
            } else {
                Value::from(&place.path)
            };
            facts.push(Fact::optional(Kind::NodeMount, &mount.node_path, value, mount.span));
        }
    }
    facts
}

/// Makes the facts optional that only the cluster's configuration states, for manifests without one.
pub(crate) fn make_optional_without_cluster(facts: &mut [Fact]) {
    for fact in facts {
        fact.weight = Weight::Optional;
    }
}
