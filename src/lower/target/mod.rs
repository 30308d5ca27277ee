//! What depends on the kind of cluster that the manifests are for.
//!
//! In: a question of a topic. Out: the answer for the target.
//!
//! Invariant: [`Target`] is matched in this file only. A new target is a variant, a module beside `kind`, and the matches
//! that the compiler reports here.

mod kind;
mod subnet_rules;

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, SeccompProfile, Volume};
use k8s_openapi::api::networking::v1::NetworkPolicyPeer;

use kind::{dns, images, node_features, node_paths, ports, storage, subnets};
use subnet_rules::SubnetRules;

use crate::lower::node_mounts::{NodeMount, NodeMountMode};
use crate::lower::objects::Name;
use crate::resolve::volumes::HostPath;
use crate::vocabulary::file;

/// The kind of cluster that the manifests are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A kind cluster on the user's host, created by the generated scripts.
    Kind,
}

/// Host path → volume source.
impl Target {
    /// Returns the volume that contains a file or folder of the host.
    pub(crate) fn host_path_volume(self, path: &HostPath, host_path_type: Option<&str>) -> Volume {
        match self {
            Target::Kind => node_paths::volume(path, host_path_type),
        }
    }

    /// Returns the path of a file or folder of the host on the node.
    pub(crate) fn node_path(self, path: &HostPath) -> String {
        match self {
            Target::Kind => node_paths::node_path(path),
        }
    }

    /// Returns whether a host path must be mounted on the node in addition to the project directory.
    pub(crate) fn needs_node_mount(self, path: &HostPath) -> bool {
        match self {
            Target::Kind => node_paths::needs_mount(path),
        }
    }

    /// Returns the mounts of the node: the project directory, the other host paths, and the folders of seccomp profiles.
    pub(crate) fn node_mounts(
        self,
        paths: impl IntoIterator<Item = (HostPath, NodeMountMode)>,
        seccomp_folders: impl IntoIterator<Item = HostPath>,
    ) -> Vec<NodeMount> {
        match self {
            Target::Kind => node_paths::mounts(paths, seccomp_folders),
        }
    }

    /// Returns a reference to a seccomp profile in a file of the host.
    pub(crate) fn seccomp_profile(self, path: &HostPath) -> SeccompProfile {
        match self {
            Target::Kind => node_paths::seccomp_profile(path),
        }
    }

    /// Returns the volume of a tmpfs that several pods share.
    pub(crate) fn shared_memory_volume(self, namespace: &Name, volume: &Name) -> Volume {
        match self {
            Target::Kind => node_paths::shared_memory_volume(namespace, volume),
        }
    }
}

/// Published port → exposure.
impl Target {
    /// Returns the node's port for a published port of the host: the same number where the node does not use it.
    pub(crate) fn free_node_port(self, wanted: u16, is_used: impl Fn(u16) -> bool) -> u16 {
        match self {
            Target::Kind => ports::free_node_port(wanted, is_used),
        }
    }

    /// Returns `hostPort` of a published container port.
    #[expect(clippy::unnecessary_wraps, reason = "a target may publish ports without `hostPort`")]
    pub(crate) fn host_port(self, node_port: u16) -> Option<i32> {
        match self {
            Target::Kind => Some(i32::from(node_port)),
        }
    }
}

/// Fixed address, and the subnets it must be in.
impl Target {
    /// Returns whether a Service can have a fixed address of the Compose file as its ClusterIP. Otherwise only the pod
    /// itself has the address.
    pub(crate) fn assigns_cluster_ips(self) -> bool {
        match self {
            Target::Kind => true,
        }
    }

    /// Returns the limits and defaults of the cluster's subnets.
    pub(crate) fn subnet_rules(self) -> SubnetRules {
        match self {
            Target::Kind => subnets::RULES,
        }
    }

    /// Returns what uses an address of the service subnet, if it is the cluster itself.
    pub(crate) fn reserved_for(self, service_subnet: Ipv4Net, address: Ipv4Addr) -> Option<&'static str> {
        match self {
            Target::Kind => subnets::reserved_for(service_subnet, address),
        }
    }
}

/// Storage class.
impl Target {
    /// Returns the specification of a claim, with the default size where the overrides name none.
    pub(crate) fn claim_spec(self, size: Option<&str>) -> PersistentVolumeClaimSpec {
        match self {
            Target::Kind => storage::claim_spec(size),
        }
    }
}

/// Image policy and registry.
impl Target {
    /// Returns `imagePullPolicy` of containers whose service has no `pull_policy`.
    pub(crate) fn image_pull_policy(self) -> &'static str {
        match self {
            Target::Kind => images::PULL_POLICY,
        }
    }

    /// Returns the reference under which the node finds an image of the Compose file.
    pub(crate) fn image_reference(self, reference: &str) -> String {
        match self {
            // `kind load` keeps the name.
            Target::Kind => reference.to_owned(),
        }
    }
}

/// DNS, the host and network policies.
impl Target {
    /// Returns the address that stands for the Docker host until the scripts know its own.
    pub(crate) fn host_gateway(self) -> Ipv4Addr {
        match self {
            Target::Kind => dns::HOST_GATEWAY,
        }
    }

    /// Returns the address of the cluster's DNS server.
    pub(crate) fn dns_server(self, service_subnet: Ipv4Net) -> Ipv4Addr {
        match self {
            Target::Kind => subnets::dns_server(service_subnet),
        }
    }

    /// Returns addresses of the service subnet that the project resolver may have, in order of preference. `project` is the name
    /// of a project in a cluster of several.
    pub(crate) fn resolver_addresses(
        self,
        service_subnet: Ipv4Net,
        project: Option<&str>,
    ) -> impl Iterator<Item = Ipv4Addr> {
        match self {
            Target::Kind => subnets::resolver_addresses(service_subnet, project),
        }
    }

    /// Returns the domain of the cluster's names.
    pub(crate) fn cluster_domain(self) -> &'static str {
        match self {
            Target::Kind => dns::DOMAIN,
        }
    }

    /// Returns the pods of the cluster's DNS server.
    pub(crate) fn dns_peer(self) -> NetworkPolicyPeer {
        match self {
            Target::Kind => dns::peer(),
        }
    }

    /// Returns the clients outside the cluster.
    pub(crate) fn external_peer(self, pod_subnet: Ipv4Net) -> NetworkPolicyPeer {
        match self {
            Target::Kind => dns::external_peer(pod_subnet),
        }
    }
}

/// Sysctls and feature gates.
impl Target {
    /// Returns the file of the output that configures the nodes.
    pub(crate) fn node_config_file(self) -> &'static str {
        match self {
            Target::Kind => file::KIND_CONFIG,
        }
    }

    /// Returns how many nodes the cluster has, as part of a sentence.
    pub(crate) fn node_count(self) -> &'static str {
        match self {
            Target::Kind => "the kind cluster has one",
        }
    }

    /// Returns whether the kubelet allows a sysctl without being configured to.
    pub(crate) fn allows_sysctl(self, name: &str) -> bool {
        match self {
            Target::Kind => node_features::is_safe_sysctl(name),
        }
    }

    /// Returns the feature gate that `lifecycle.stopSignal` needs.
    #[expect(clippy::unnecessary_wraps, reason = "on another target the feature may be enabled already")]
    pub(crate) fn stop_signal_gate(self) -> Option<&'static str> {
        match self {
            Target::Kind => Some(node_features::STOP_SIGNAL_GATE),
        }
    }
}
