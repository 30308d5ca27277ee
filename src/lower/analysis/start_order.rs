//! Which services depend on which, and which share a pod.

use std::collections::{BTreeMap, BTreeSet};

use crate::maps::IndexMap;
use crate::resolve::ServiceName;
use crate::text::Span;

/// Dependencies, pods and phases of all services.
#[derive(Debug, Clone, Default)]
pub(crate) struct StartOrder {
    pub(super) pod_owners: IndexMap<ServiceName, ServiceName>,
    /// The services of each pod: the owner first, the others in the project's order.
    pub(super) members: IndexMap<ServiceName, Vec<ServiceName>>,
    pub(super) left_out: BTreeSet<ServiceName>,
    /// Services that run on request in a container of their owner's running pod.
    pub(super) ephemeral: BTreeSet<ServiceName>,
    pub(super) healthy: BTreeMap<ServiceName, Span>,
    pub(super) completed: BTreeSet<ServiceName>,
    pub(super) setups: BTreeSet<ServiceName>,
    pub(crate) phases: IndexMap<ServiceName, usize>,
    /// Pairs of pod owners where the first pod starts before the second although one of its containers depends on it.
    pub(crate) early: BTreeSet<(ServiceName, ServiceName)>,
}

impl StartOrder {
    /// Returns the owner of a service's pod: the service itself, or that of `network_mode: service:NAME`.
    pub(crate) fn pod_owner<'a>(&'a self, service: &'a ServiceName) -> &'a ServiceName {
        self.pod_owners.get(service).unwrap_or(service)
    }

    /// Returns the services of a pod, the owner first.
    pub(crate) fn pod_members(&self, owner: &ServiceName) -> &[ServiceName] {
        self.members.get(owner).map_or(&[], Vec::as_slice)
    }

    /// Returns whether a service is not part of its owner's pod because only one of the two is started.
    pub(crate) fn left_out(&self, service: &ServiceName) -> bool {
        self.left_out.contains(service)
    }

    /// Returns the services that run on request in a container of their owner's running pod, each with the owner.
    pub(crate) fn ephemeral(&self) -> impl Iterator<Item = (&ServiceName, &ServiceName)> {
        self.ephemeral.iter().map(|service| (service, self.pod_owner(service)))
    }

    /// Returns the services with a dependent that waits for `service_healthy`, each with the first such place.
    pub(crate) fn awaited_healthy(&self) -> impl Iterator<Item = (&ServiceName, Span)> {
        self.healthy.iter().map(|(service, at)| (service, *at))
    }

    /// Returns whether a service waits for this one to be healthy.
    pub(crate) fn is_awaited_healthy(&self, service: &ServiceName) -> bool {
        self.healthy.contains_key(service)
    }

    /// Returns whether a service waits for this one to complete.
    pub(crate) fn is_awaited_completed(&self, service: &ServiceName) -> bool {
        self.completed.contains(service)
    }

    /// Returns whether the overrides run the service once before others (`setup`).
    pub(crate) fn is_setup(&self, service: &ServiceName) -> bool {
        self.setups.contains(service)
    }

    /// Returns the phase in which a service starts, counted from 1.
    pub(crate) fn phase(&self, service: &ServiceName) -> usize {
        self.phases.get(service).copied().unwrap_or(1)
    }
}
