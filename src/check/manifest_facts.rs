//! The facts of manifests alone, without a Compose project to hold them against.
//!
//! Invariant: nothing is guessed: a workload's service is the one that its annotation names, else it goes by its own name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Volume;

use super::context::Shown;
use super::context::{self, Occasion, World};
use super::facts::Fact;
use super::manifests::Manifests;
use super::matching;
use super::networks::reachability::Reachability;
use super::service_facts::{names_are_optional_for_runs, observed};
use crate::check::context::manifest_index::is_gate;
use crate::check::manifests::corefile::rewritten_names;
use crate::check::manifests::kind_cluster::clean;
use crate::check::manifests::policies::PolicyIndex;
use crate::check::manifests::workload::{self, Workload};
use crate::check::process::pre_start;
use crate::check::validate::cluster;

/// The facts of the manifests alone: a workload's service is the one that its annotation names, or its own name; claims,
/// ConfigMaps and Secrets stand for volumes, configs and secrets of their own names.
#[must_use]
pub fn observed_facts(manifests: &Manifests) -> Vec<Fact> {
    let workloads = manifests.workloads();
    let mut behind = BTreeMap::new();
    let mut gates = BTreeSet::new();
    let selected = manifests.selected_by_service(workloads.iter().map(|workload| (workload, workload)));
    for document in &manifests.documents {
        let first = selected.get(&Arc::as_ptr(document)).and_then(|pods| pods.first());
        if let Some(service) = first.map(|pod| name(pod)) {
            let key = (document.namespace.clone(), document.name.clone());
            if is_gate(document, &service) {
                gates.insert(key.clone());
            }
            behind.insert(key, service);
        }
    }
    let root = context::root_of(manifests);
    let world = World {
        manifests,
        everybody: &workloads,
        external_names: manifests.external_names(),
        rewritten: rewritten_names(&manifests.blocks),
        policies: PolicyIndex::new(&manifests.documents, manifests.pod_range()),
        behind,
        gates,
        ports: BTreeMap::new(),
        stands: workloads
            .iter()
            .map(|workload| ((workload.document.namespace.clone(), workload.document.name.clone()), name(workload)))
            .collect(),
        claims: used(&workloads, |volume| {
            volume.persistent_volume_claim.as_ref().map(|claim| claim.claim_name.clone())
        })
        .map(|name| (name.clone(), name))
        .collect(),
        // Volumes in memory that several pods share lie on the node, under their own names.
        volumes: context::by_form(used(&workloads, |volume| {
            let path = &volume.host_path.as_ref()?.path;
            path.strip_prefix("/run/compose2k8s/")?.split_once('/').map(|(_, name)| name.to_owned())
        })),
        mappings: context::mappings(manifests),
        materials: used(&workloads, |volume| volume.config_map.as_ref().map(|map| map.name.clone()))
            .map(|name| (("ConfigMap", name.clone()), name))
            .chain(
                used(&workloads, |volume| volume.secret.as_ref().and_then(|secret| secret.secret_name.clone()))
                    .map(|name| (("Secret", name.clone()), name)),
            )
            .collect(),
        directories: project_directories(manifests, &root),
        root,
        service_subnet: None,
    };
    let reachability = Reachability::default();
    let mut facts = Vec::new();
    for workload in &workloads {
        let service = name(workload);
        for (index, container) in workload.spec.containers.iter().enumerate() {
            let home = (index > 0).then_some(service.as_str());
            let of = if index > 0 { container.name.as_str() } else { service.as_str() };
            let occasion = if workload.is_in_runs_folder() { Occasion::Setup } else { Occasion::Up };
            let Some(shown) = Shown::new(workload, index, home, &world, occasion) else { continue };
            let mut own = observed(shown, &reachability);
            names_are_optional_for_runs(occasion, &mut own);
            facts.extend(own.into_iter().map(|fact| Fact { service: of.into(), ..fact }));
            facts.extend(pre_start::listed(
                of,
                pre_start::shown(shown, &[], |shown: Shown<'_>| observed(shown, &reachability)),
            ));
        }
    }
    facts.extend(cluster::observed(&world));
    facts
}

/// What a workload's facts go by. Of a service's runs beside it each goes by its own name, too.
fn name(workload: &Workload<'_>) -> String {
    let own = &workload.document.name;
    let service = workload.annotations.get(workload::SERVICE).unwrap_or(own);
    let file = workload.document.file.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default();
    if workload.is_in_runs_folder() && !matching::names::is_name_of(file, service) {
        return of_run(service, file);
    }
    service.clone()
}

/// What the facts of a run beside a service go by.
pub(super) fn of_run(service: &str, run: &str) -> String {
    format!("{service}, run {run}")
}

/// What the volumes of all pods name.
fn used<'a>(workloads: &'a [Workload<'_>], of: fn(&Volume) -> Option<String>) -> impl Iterator<Item = String> + 'a {
    workloads.iter().flat_map(|workload| workload.spec.volumes.iter().flatten()).filter_map(of)
}

/// Where the project lies on the host, as far as the cluster's configuration says.
fn project_directories(observed: &Manifests, root: &[PathBuf]) -> Vec<PathBuf> {
    let mounts = observed.clusters.first().map_or(&[][..], |cluster| &cluster.mounts);
    let Some(mount) = mounts.iter().find(|mount| mount.node_path == context::PROJECT) else { return Vec::new() };
    root.iter().map(|root| clean(&root.join(&mount.host_path))).collect()
}
