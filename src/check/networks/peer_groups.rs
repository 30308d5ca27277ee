//! Part of topic *networks*: pods that no NetworkPolicy tells apart as those who ask, so that what keeps one of them away
//! keeps all.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::reachability::listed;
use crate::check::context::{Shown, World};
use crate::check::manifests::policies::{AllowedPeers, Policy, TrafficDirection};

/// The pods that stand for services, but for those of runs, of the node's own network, and those that reach nobody.
#[derive(Debug, Default)]
pub(crate) struct Circles {
    pub(crate) all: Vec<Circle>,
    /// In which circles those of a kind and name are, whatever their namespace.
    named: HashMap<(String, String), Vec<usize>>,
    /// The names of the services of several circles, as they were told of another pod.
    told: RefCell<HashMap<Vec<usize>, String>>,
}

/// Some that differ in nothing that a policy asks for when they reach out.
#[derive(Debug, Default)]
pub(crate) struct Circle {
    /// Their places among all workloads.
    pub(crate) members: Vec<usize>,
    /// Places of the policies that speak of what goes out of them.
    outward: Vec<usize>,
}

/// What those of a circle have in common: namespace, policies that speak of what goes out, and labels that peers are told by.
type Alike<'w> = (&'w str, Vec<usize>, BTreeMap<&'w str, &'w str>);

impl Circle {
    pub(crate) fn outward<'a>(&self, world: &World<'a>) -> Vec<Policy<'a>> {
        self.outward.iter().filter_map(|place| world.policies.get(*place)).collect()
    }
}

impl Circles {
    pub(crate) fn of(world: &World<'_>) -> Self {
        let asked: BTreeSet<&str> = world.policies.peer_labels();
        let mut circles = Self::default();
        let mut known: HashMap<Alike<'_>, usize> = HashMap::new();
        for (place, workload) in world.everybody.iter().enumerate().filter(|(_, it)| !it.is_in_runs_folder()) {
            let key = (workload.document.namespace.clone(), workload.document.name.clone());
            let places = world.policies.places_selecting(workload);
            let policies: Vec<Policy<'_>> = places.iter().filter_map(|place| world.policies.get(*place)).collect();
            let isolated = AllowedPeers::of_policies(&policies, TrafficDirection::Egress) == AllowedPeers::None;
            if !world.stands.contains_key(&key) || isolated || workload.uses_host_network() {
                continue;
            }
            let is_egress = |place: &usize| {
                world.policies.get(*place).is_some_and(|policy| policy.applies_to(TrafficDirection::Egress))
            };
            let outward: Vec<usize> = places.into_iter().filter(is_egress).collect();
            let labels = asked.iter().filter_map(|label| Some((*label, workload.labels.get(*label)?.as_str())));
            let key = (workload.document.namespace.as_str(), outward.clone(), labels.collect());
            let circle = *known.entry(key).or_insert(circles.all.len());
            if circle == circles.all.len() {
                circles.all.push(Circle { members: Vec::new(), outward });
            }
            circles.all.get_mut(circle).into_iter().for_each(|circle| circle.members.push(place));
            let name = (workload.document.kind.clone(), workload.document.name.clone());
            circles.named.entry(name).or_default().push(circle);
        }
        circles
    }

    /// The members of some circles in the order of all workloads, but for a pod itself.
    pub(crate) fn members(&self, circles: &[usize], shown: Shown) -> Vec<usize> {
        let is_itself = |place: &usize| {
            let own = shown.workload.document;
            let other = shown.world.everybody.get(*place).map(|other| other.document);
            other.is_some_and(|other| (&other.kind, &other.name) == (&own.kind, &own.name))
        };
        let circles = circles.iter().filter_map(|circle| self.all.get(*circle));
        let mut members: Vec<usize> = circles.flat_map(|circle| &circle.members).copied().collect();
        members.retain(|place| !is_itself(place));
        members.sort_unstable();
        members
    }

    /// The services of some circles, as a list of names; none where a pod itself is all of them.
    pub(crate) fn names(&self, circles: &[usize], shown: Shown) -> Option<String> {
        let own = shown.workload.document;
        let own = self.named.get(&(own.kind.clone(), own.name.clone()));
        let has_itself = own.into_iter().flatten().any(|circle| circles.contains(circle));
        if !has_itself && let Some(names) = self.told.borrow().get(circles) {
            return Some(names.clone());
        }
        let members = self.members(circles, shown);
        let documents = members.iter().filter_map(|place| shown.world.everybody.get(*place)).map(|it| it.document);
        let services = documents.filter_map(|it| shown.world.stands.get(&(it.namespace.clone(), it.name.clone())));
        let names: BTreeSet<&str> = services.map(String::as_str).collect();
        let names = (!names.is_empty()).then(|| listed(&names.into_iter().collect::<Vec<_>>()))?;
        if !has_itself {
            self.told.borrow_mut().insert(circles.to_vec(), names.clone());
        }
        Some(names)
    }
}
