//! The facts of manifests alone, without a Compose project.
//!
//! Invariant: nothing is guessed. A workload implements the service that its annotation names, or one of its own name.

use super::cluster_facts;
use super::context::{ComposeNames, ManifestIndex, ObservedContext, ResolverIndex, ServiceRole};
use super::facts::Fact;
use super::manifests::Manifests;
use super::networks::reachability::Reachability;
use super::process::pre_start;
use super::service_facts::{names_are_optional_for_runs, observed};

/// Returns the facts of the manifests alone. A workload implements the service that its annotation names, or one of its own
/// name; claims, ConfigMaps and Secrets implement volumes, configs and secrets of their own names.
#[must_use]
pub fn observed_facts(manifests: &Manifests) -> Vec<Fact> {
    let workloads = manifests.workloads();
    let names = ComposeNames::of_manifests(manifests, &workloads);
    let resolvers = ResolverIndex::new(manifests, &workloads);
    let index = ManifestIndex::new(manifests, &workloads, &resolvers, names);
    let reachability = Reachability::default();
    let facts_of = |context: ObservedContext<'_>| observed(context, &reachability);
    let mut facts = Vec::new();
    for workload in workloads.iter().filter(|workload| !resolvers.is_resolver(workload)) {
        let service = workload.name_in_facts();
        for (place, container) in workload.spec.containers.iter().enumerate() {
            let pod_owner = (place > 0).then_some(service.as_str());
            let name = if place > 0 { container.name.as_str() } else { service.as_str() };
            let role = if workload.is_in_runs_folder() { ServiceRole::SetupRun } else { ServiceRole::Service };
            let Some(context) = ObservedContext::new(workload, place, pod_owner, &index, role) else { continue };
            let mut own = facts_of(context);
            names_are_optional_for_runs(role, &mut own);
            facts.extend(own.into_iter().map(|fact| Fact { service: name.into(), ..fact }));
            facts.extend(pre_start::into_facts(name, pre_start::observed(context, &[], facts_of)));
        }
    }
    facts.extend(cluster_facts::observed(&index));
    facts
}
