//! Which services wait for which, and which share a pod.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::resolve::ServiceName;
use crate::text::Span;

/// Who waits for whom, and who shares a pod with whom.
#[derive(Debug, Clone, Default)]
pub(crate) struct StartOrder {
    pub(super) pod_owners: IndexMap<ServiceName, ServiceName>,
    /// The services of each pod, its owner first, then its guests in the project's order.
    pub(super) members: IndexMap<ServiceName, Vec<ServiceName>>,
    pub(super) left_out: BTreeSet<ServiceName>,
    pub(super) healthy: BTreeMap<ServiceName, Span>,
    pub(super) completed: BTreeSet<ServiceName>,
    pub(super) setups: BTreeSet<ServiceName>,
    pub(crate) phases: IndexMap<ServiceName, usize>,
    /// Pods that start before another although one of their containers depends on it.
    pub(crate) early: BTreeSet<(ServiceName, ServiceName)>,
}

impl StartOrder {
    /// The service whose pod this one's container stands in: itself, or that of `network_mode: service:NAME`.
    pub(crate) fn pod_owner<'a>(&'a self, service: &'a ServiceName) -> &'a ServiceName {
        self.pod_owners.get(service).unwrap_or(service)
    }

    /// The services whose containers stand in one pod, its owner first.
    pub(crate) fn pod_members(&self, owner: &ServiceName) -> &[ServiceName] {
        self.members.get(owner).map_or(&[], Vec::as_slice)
    }

    /// Whether a container that belongs into another service's pod is not put there, since it is not started with it.
    pub(crate) fn left_out(&self, service: &ServiceName) -> bool {
        self.left_out.contains(service)
    }

    /// Services that others wait for until they are healthy, each with the first place that says so.
    pub(crate) fn awaited_healthy(&self) -> impl Iterator<Item = (&ServiceName, Span)> {
        self.healthy.iter().map(|(service, at)| (service, *at))
    }

    /// Whether somebody waits for this service's health.
    pub(crate) fn is_awaited_healthy(&self, service: &ServiceName) -> bool {
        self.healthy.contains_key(service)
    }

    /// Whether somebody waits for this service's end.
    pub(crate) fn is_awaited_completed(&self, service: &ServiceName) -> bool {
        self.completed.contains(service)
    }

    /// Whether the overrides make it a run that comes first.
    pub(crate) fn is_setup(&self, service: &ServiceName) -> bool {
        self.setups.contains(service)
    }

    /// From 1.
    pub(crate) fn phase(&self, service: &ServiceName) -> usize {
        self.phases.get(service).copied().unwrap_or(1)
    }
}
