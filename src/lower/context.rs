//! The input of every topic, and requirements of pods that belong to no single pod.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::Volume;

use super::analysis::names::Names;
use super::analysis::published_ports::PublishedPorts;
use super::analysis::resolver::{Endpoint, Resolver};
use super::analysis::start_order::StartOrder;
use super::analysis::subnets::Subnets;
use super::node_mounts::NodeMountMode;
use super::objects::{LiveConfigOrSecret, Name, Object, PlannedImage, SecretTemplate};
use super::target::Target;
use crate::maps::{IndexMap, IndexSet};
use crate::overrides::{Overrides, ServiceChoice};
use crate::resolve::volumes::HostPath;
use crate::resolve::{PortConflict, Project, Service, ServiceName};

/// The purpose of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PodRole {
    /// `docker compose up`: published ports, probes.
    Service,
    /// `docker compose run`: no published ports, no probes.
    Run,
}

/// The input of a topic apart from its own part of the service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) project: &'a Project,
    pub(super) overrides: &'a Overrides,
    pub(super) names: &'a Names,
    pub(super) start_order: &'a StartOrder,
    pub(super) subnets: &'a Subnets,
    /// The project resolver, if the project needs one.
    pub(super) resolver: Option<&'a Resolver>,
    /// The volumes of services that run on request in the running pod of another one, by that one.
    pub(super) ephemeral_volumes: &'a BTreeMap<ServiceName, Vec<Volume>>,
    pub(super) target: Target,
    pub(super) role: PodRole,
    /// The name of the run, if the pod is one.
    pub(super) run: Option<&'a str>,
}

impl<'a> Context<'a> {
    /// Returns the project's name. The overrides can fix it, so that a checkout in another folder produces the same
    /// output.
    pub(super) fn project_name(&self) -> &'a str {
        self.overrides.project.as_ref().map_or(self.project.name.as_str(), |fixed| fixed.value.as_str())
    }

    /// Returns the overrides of a service.
    pub(super) fn choice(&self, service: &ServiceName) -> Option<&'a ServiceChoice> {
        self.overrides.services.get(service)
    }

    /// Returns the DNS domain of the namespace.
    pub(super) fn domain(&self) -> String {
        format!("{}.svc.{}", self.names.namespace, self.target.cluster_domain())
    }

    /// Returns the address of the cluster's DNS server.
    pub(super) fn dns(&self) -> Ipv4Addr {
        self.subnets.dns
    }

    /// Returns the endpoint of the project resolver that a service uses.
    pub(super) fn resolver_endpoint(&self, service: &Service) -> Option<&'a Endpoint> {
        self.resolver?.endpoint_of(service, self.project)
    }

    /// Returns the services of a pod, the owner first.
    pub(super) fn pod_members(&self, owner: &ServiceName) -> Vec<&'a Service> {
        self.start_order.pod_members(owner).iter().filter_map(|member| self.project.services.get(member)).collect()
    }
}

/// How the NetworkPolicy of a network limits egress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EgressMode {
    /// Egress only to pods of the network and to DNS: the network is internal.
    None,
    /// No limit, and no egress rule is necessary.
    Open,
    /// No limit, and an egress rule is necessary because a pod is also on an internal network.
    Needed,
}

/// What pods require from the node, the cluster and the up script. Every list keeps the order of insertion.
#[derive(Debug, Default)]
pub(super) struct NodeRequirements {
    /// Host paths that must be mounted on the node. The project directory always is; its entry has the propagation of mounts below it.
    pub(super) mounts: IndexMap<HostPath, NodeMountMode>,
    /// Folders of seccomp profiles, which must be mounted in the kubelet's folder.
    pub(super) profiles: IndexSet<HostPath>,
    /// Published ports.
    pub(super) ports: PublishedPorts,
    /// Published ports that another service keeps.
    pub(super) port_conflicts: Vec<PortConflict>,
    /// Sysctls that the kubelet must be configured to allow.
    pub(super) sysctls: Vec<String>,
    /// RuntimeClasses by name, each with the changes of the node's runtime specification.
    pub(super) runtime_classes: BTreeMap<String, String>,
    /// Feature gates that must be enabled.
    pub(super) feature_gates: Vec<String>,
    /// Bind sources that the up script creates if they do not exist.
    pub(super) folders: IndexSet<HostPath>,
    /// Files and folders that must exist before a pod starts, with the name of the pod's owner.
    pub(super) sources: IndexSet<(Name, HostPath)>,
    /// ConfigMaps that the up script creates from files: name, source, whether the source is a folder.
    pub(super) config_maps: IndexSet<(Name, HostPath, bool)>,
    /// Images whose references depend on variables.
    pub(super) images: BTreeSet<PlannedImage>,
    /// Configs and secrets that the up script creates.
    pub(super) configs_and_secrets: Vec<LiveConfigOrSecret>,
    /// Networks with pods that NetworkPolicies separate.
    pub(super) networks: IndexMap<String, EgressMode>,
    /// Whether a pod is on internal networks only.
    pub(super) has_internal_only_pods: bool,
    /// Objects that belong to no single service: claims, ConfigMaps and Secrets.
    pub(super) objects: Vec<Object>,
    /// Secrets with values from outside the Compose files.
    pub(super) secrets: Vec<Object>,
    /// The texts of their entries before interpolation.
    pub(super) secret_templates: Vec<SecretTemplate>,
    /// The names of [`NodeRequirements::objects`] by kind, with the Compose key of each.
    pub(super) taken: IndexMap<(&'static str, Name), String>,
}

impl NodeRequirements {
    /// Mounts a host path on the node, in addition to what other pods require of the same path.
    pub(super) fn need_mount(&mut self, path: &HostPath, mode: NodeMountMode) {
        let known = self.mounts.get(path).map_or(mode, |known| known.merged(mode));
        self.mounts.insert(path.clone(), known);
    }
}
