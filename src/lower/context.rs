//! What every topic may look at, and what topics hand over that belongs to no single pod.

use std::net::Ipv4Addr;

use indexmap::{IndexMap, IndexSet};

use super::analysis::names::Names;
use super::analysis::published_ports::PublishedPorts;
use super::analysis::start_order::StartOrder;
use super::analysis::subnets::Subnets;
use super::objects::{LiveConfigOrSecret, Name, Object};
use super::target::Target;
use crate::overrides::{Overrides, ServiceChoice};
use crate::resolve::volumes::HostPath;
use crate::resolve::{Project, Service, ServiceName};

/// What a pod is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PodRole {
    /// `docker compose up`: published ports, probes.
    Service,
    /// `docker compose run`: no published ports, nobody asks for its health.
    Run,
}

/// The whole input of a topic beside its own part of the service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) project: &'a Project,
    pub(super) overrides: &'a Overrides,
    pub(super) names: &'a Names,
    pub(super) start_order: &'a StartOrder,
    pub(super) subnets: &'a Subnets,
    pub(super) target: Target,
    pub(super) role: PodRole,
}

impl<'a> Context<'a> {
    /// The project's name: the overrides may fix it, so that a checkout in another folder gives the same bytes.
    pub(super) fn project_name(&self) -> &'a str {
        self.overrides.project.as_ref().map_or(self.project.name.as_str(), |fixed| fixed.value.as_str())
    }

    /// What the overrides say of a service.
    pub(super) fn choice(&self, service: &ServiceName) -> Option<&'a ServiceChoice> {
        self.overrides.services.get(service)
    }

    /// The domain in which the project's Services have their names.
    pub(super) fn domain(&self) -> String {
        format!("{}.svc.{}", self.names.namespace, self.target.cluster_domain())
    }

    /// The cluster's DNS server.
    pub(super) fn dns(&self) -> Ipv4Addr {
        self.subnets.dns
    }

    /// The services whose containers stand in one pod, its owner first.
    pub(super) fn pod_members(&self, owner: &ServiceName) -> Vec<&'a Service> {
        self.start_order.pod_members(owner).iter().filter_map(|member| self.project.services.get(member)).collect()
    }
}

/// What a network that the overrides keep apart gives its pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EgressMode {
    /// None: it is internal.
    None,
    /// One, which they have anyway.
    Open,
    /// One, which an internal network would take from some of them.
    Needed,
}

/// What pods need from the node, the cluster and the up script. Every list keeps the order in which it was asked for.
#[derive(Debug, Default)]
pub(super) struct NodeRequirements {
    /// Host paths the node must show.
    pub(super) mounts: IndexSet<HostPath>,
    /// Folders with seccomp profiles, which the kubelet must find.
    pub(super) profiles: IndexSet<HostPath>,
    /// Published ports.
    pub(super) ports: PublishedPorts,
    /// Sysctls the kubelet must allow.
    pub(super) sysctls: Vec<String>,
    /// Feature gates.
    pub(super) feature_gates: Vec<String>,
    /// Bind sources that are made when missing.
    pub(super) folders: IndexSet<HostPath>,
    /// Bind sources that must be there, and for whom.
    pub(super) sources: IndexSet<(Name, HostPath)>,
    /// ConfigMaps of live files.
    pub(super) config_maps: IndexSet<(Name, HostPath, bool)>,
    /// Configs and secrets made by the up script.
    pub(super) configs_and_secrets: Vec<LiveConfigOrSecret>,
    /// Networks on which pods are that the overrides keep apart.
    pub(super) networks: IndexMap<String, EgressMode>,
    /// Whether a pod is on internal networks alone, which the overrides keep apart.
    pub(super) has_internal_only_pods: bool,
    /// Objects that belong to no single service, each once: claims, config and secret maps.
    pub(super) objects: Vec<Object>,
    /// Names of [`NodeRequirements::objects`], by kind, with the Compose key each came from.
    pub(super) taken: IndexMap<(&'static str, Name), String>,
}
