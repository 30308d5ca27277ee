//! [`Matching`]: the pairs of a Compose service and the container that implements it.

use super::names::is_name_of;
use crate::check::manifests::workload::Workload;
use crate::maps::HashMap;
use crate::resolve::Service;

/// A container that implements a service.
#[derive(Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) service: &'a Service,
    /// Index into the workloads.
    pub(crate) workload: usize,
    /// Index into the pod's containers.
    pub(crate) container: usize,
}

/// The pairs that were found, and the containers that implement no service.
#[derive(Debug, Default)]
pub(crate) struct Matching<'a> {
    pub(crate) pairs: Vec<Pair<'a>>,
    /// Indexes of the workload and of its container.
    pub(crate) unmatched: Vec<(usize, usize)>,
}

impl<'a> Matching<'a> {
    /// Returns the first pair of each workload, whose service owns the pod, by the index of the workload.
    pub(crate) fn pod_owners(&self) -> HashMap<usize, &Pair<'a>> {
        // The last item that is inserted under a key stays.
        self.pairs.iter().rev().map(|pair| (pair.workload, pair)).collect()
    }
}

/// Returns the index of the container that implements the pod's own service: the one of its name, else the first.
pub(super) fn main_container(workload: &Workload<'_>, service: &Service) -> usize {
    workload
        .spec
        .containers
        .iter()
        .position(|container| is_name_of(&container.name, service.name.value.as_str()))
        .unwrap_or(0)
}

/// Joins the candidates of an ambiguous match for a diagnostic.
pub(super) fn join_candidates(candidates: impl Iterator<Item = String>) -> String {
    candidates.collect::<Vec<_>>().join(", ")
}
