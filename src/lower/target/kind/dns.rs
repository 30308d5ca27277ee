//! The cluster's DNS, and the sources of traffic that network policies allow.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use k8s_openapi::api::networking::v1::{IPBlock, NetworkPolicyPeer};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// The domain of kubeadm clusters.
pub(crate) const DOMAIN: &str = "cluster.local";

/// Docker's own value of `host-gateway` on Linux: the gateway of its default bridge.
/// <https://docs.docker.com/reference/cli/dockerd/#configure-host-gateway-ip>
pub(crate) const HOST_GATEWAY: Ipv4Addr = Ipv4Addr::new(172, 17, 0, 1);

/// Returns the pods of CoreDNS, by the labels that kubeadm gives them.
pub(crate) fn peer() -> NetworkPolicyPeer {
    let equal = |key: &str, value: &str| LabelSelector {
        match_labels: Some(BTreeMap::from([(key.to_owned(), value.to_owned())])),
        ..LabelSelector::default()
    };
    NetworkPolicyPeer {
        namespace_selector: Some(equal("kubernetes.io/metadata.name", "kube-system")),
        pod_selector: Some(equal("k8s-app", "kube-dns")),
        ip_block: None,
    }
}

/// Returns all addresses except those of pods. Connections from the host have the address of the kind network's gateway
/// or of the node.
pub(crate) fn external_peer(pod_subnet: Ipv4Net) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: "0.0.0.0/0".to_owned(), except: Some(vec![pod_subnet.to_string()]) }),
        ..NetworkPolicyPeer::default()
    }
}
