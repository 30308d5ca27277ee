//! [`PeerGroups`]: workloads that no NetworkPolicy distinguishes as clients, so that a policy excludes all of a group or
//! none.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::check::context::{ManifestIndex, ObservedContext};
use crate::check::facts::AllowedPeers;
use crate::check::manifests::policies::{Policy, TrafficDirection};
use crate::maps::HashMap;

/// The workloads that implement services, in groups. Excluded are pods of runs, pods in the node's network, and pods that
/// may not send traffic to any peer.
#[derive(Debug, Default)]
pub(crate) struct PeerGroups {
    pub(crate) all: Vec<PeerGroup>,
    /// Indexes of the groups that contain a workload of this kind and name, in any namespace.
    by_workload: HashMap<(String, String), Vec<usize>>,
    /// The listed service names of several groups, as computed for another pod.
    names: RefCell<HashMap<Vec<usize>, String>>,
}

/// Workloads with the same namespace, the same egress policies, and the same values of the labels that policies select by.
#[derive(Debug, Default)]
pub(crate) struct PeerGroup {
    /// Indexes among all workloads.
    pub(crate) members: Vec<usize>,
    /// Indexes of the policies that restrict their egress.
    egress_policies: Vec<usize>,
}

/// What the members of a group have in common: namespace, egress policies, and labels that policies select peers by.
type GroupKey<'w> = (&'w str, Vec<usize>, BTreeMap<&'w str, &'w str>);

impl PeerGroup {
    pub(crate) fn egress_policies<'a>(&self, index: &ManifestIndex<'a>) -> Vec<Policy<'a>> {
        self.egress_policies.iter().filter_map(|place| index.policies.get(*place)).collect()
    }
}

impl PeerGroups {
    pub(crate) fn new(index: &ManifestIndex<'_>) -> Self {
        let labels: BTreeSet<&str> = index.policies.peer_labels();
        let mut groups = Self::default();
        let mut known: HashMap<GroupKey<'_>, usize> = HashMap::default();
        for (place, workload) in index.all_workloads.iter().enumerate().filter(|(_, it)| !it.is_in_runs_folder()) {
            let places = index.policies.places_selecting(workload);
            let policies: Vec<Policy<'_>> = places.iter().filter_map(|place| index.policies.get(*place)).collect();
            let isolated = AllowedPeers::of_policies(&policies, TrafficDirection::Egress) == AllowedPeers::None;
            if index.names.service_of_workload(workload.document).is_none() || isolated || workload.uses_host_network()
            {
                continue;
            }
            let is_egress = |place: &usize| {
                index.policies.get(*place).is_some_and(|policy| policy.applies_to(TrafficDirection::Egress))
            };
            let egress_policies: Vec<usize> = places.into_iter().filter(is_egress).collect();
            let values = labels.iter().filter_map(|label| Some((*label, workload.labels.get(*label)?.as_str())));
            let key = (workload.document.namespace.as_str(), egress_policies.clone(), values.collect());
            let group = *known.entry(key).or_insert(groups.all.len());
            if group == groups.all.len() {
                groups.all.push(PeerGroup { members: Vec::new(), egress_policies });
            }
            groups.all.get_mut(group).into_iter().for_each(|group| group.members.push(place));
            let name = (workload.document.kind.clone(), workload.document.name.clone());
            groups.by_workload.entry(name).or_default().push(group);
        }
        groups
    }

    /// Returns the members of some groups in the order of all workloads, without the pod itself.
    pub(crate) fn members(&self, groups: &[usize], context: ObservedContext) -> Vec<usize> {
        let is_itself = |place: &usize| {
            let own = context.workload.document;
            let other = context.index.all_workloads.get(*place).map(|other| other.document);
            other.is_some_and(|other| (&other.kind, &other.name) == (&own.kind, &own.name))
        };
        let groups = groups.iter().filter_map(|group| self.all.get(*group));
        let mut members: Vec<usize> = groups.flat_map(|group| &group.members).copied().collect();
        members.retain(|place| !is_itself(place));
        members.sort_unstable();
        members
    }

    /// Lists the services of some groups, without the pod itself; `None` if there are none.
    pub(crate) fn service_names(&self, groups: &[usize], context: ObservedContext) -> Option<String> {
        let own = context.workload.document;
        let own = self.by_workload.get(&(own.kind.clone(), own.name.clone()));
        let has_itself = own.into_iter().flatten().any(|group| groups.contains(group));
        if !has_itself && let Some(names) = self.names.borrow().get(groups) {
            return Some(names.clone());
        }
        let members = self.members(groups, context);
        let documents =
            members.iter().filter_map(|place| context.index.all_workloads.get(*place)).map(|it| it.document);
        let services = documents.filter_map(|it| context.index.names.service_of_workload(it));
        let names: BTreeSet<&str> = services.collect();
        let names = (!names.is_empty()).then(|| list_names(&names.into_iter().collect::<Vec<_>>()))?;
        if !has_itself {
            self.names.borrow_mut().insert(groups.to_vec(), names.clone());
        }
        Some(names)
    }
}

/// Lists names in backticks.
pub(crate) fn list_names(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
