//! Makes the [`World`]: which Service, claim, ConfigMap and Secret stands for what of the project.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::project_index::Company;
use super::{Occasion, Said, World};
use crate::check::manifests::Manifests;
use crate::check::manifests::corefile::rewritten_names;
use crate::check::manifests::document::Document;
use crate::check::manifests::policies::PolicyIndex;
use crate::check::manifests::workload::Workload;
use crate::check::matching::name_index::NameIndex;
use crate::check::matching::names::is_name_of;
use crate::check::matching::{Matching, Pair};
use crate::overrides::Overrides;
use crate::resolve::Project;
use crate::resolve::volumes::{ConfigOrSecret, MountSource};

/// Whether a Service's name resolves exactly while a pod of the service is ready.
pub(crate) fn is_gate(document: &Document, service: &str) -> bool {
    let Some(spec) = document.object.service() else { return false };
    let quiet = !spec.publish_not_ready_addresses.unwrap_or(false);
    let headless = spec.cluster_ip.as_deref() == Some("None");
    let stem = document.name.strip_suffix("-ready");
    headless && quiet && stem.is_some_and(|stem| is_name_of(stem, service))
}

pub(crate) fn world<'a, 'p>(
    project: &'p Project,
    overrides: &'p Overrides,
    company: &Company<'p>,
    observed: &'a Manifests,
    everybody: &'a [Workload<'a>],
    workloads: &[Workload<'a>],
    matched: &Matching<'_>,
) -> World<'a> {
    let mut behind = BTreeMap::new();
    let mut gates = BTreeSet::new();
    let pods = matched.pairs.iter().filter_map(|pair| Some((pair, workloads.get(pair.workload)?)));
    let selected = observed.selected_by_service(pods);
    let mut crews: HashMap<usize, Vec<&Pair<'_>>> = HashMap::new();
    for pair in &matched.pairs {
        crews.entry(pair.workload).or_default().push(pair);
    }
    for document in &observed.documents {
        if document.object.service().is_none() {
            continue;
        }
        let key = (document.namespace.clone(), document.name.clone());
        let selected = selected.get(&Arc::as_ptr(document)).and_then(|pairs| pairs.first()).copied();
        // The containers of one pod share its labels: the one that the name speaks of, else the pod's first.
        let stem = document.name.strip_suffix("-ready").unwrap_or(&document.name);
        let of_name = selected.and_then(|first| {
            let crew = crews.get(&first.workload).into_iter().flatten().copied();
            crew.into_iter().find(|pair| is_name_of(stem, pair.service.name.value.as_str()))
        });
        let pair = of_name.or(selected);
        if let Some(pair) = pair {
            behind.insert(key.clone(), pair.service.name.value.to_string());
            if is_gate(document, pair.service.name.value.as_str()) {
                gates.insert(key);
            }
        }
    }
    let materials = [("ConfigMap", &project.configs), ("Secret", &project.secrets)]
        .into_iter()
        .flat_map(|(kind, declared)| {
            let objects = used_maps(workloads, kind);
            let names = |(key, material): (&'p String, &'p ConfigOrSecret)| {
                [key.as_str(), material.name.as_str()].map(|name| (name, key))
            };
            let names = NameIndex::new(declared.iter().flat_map(names));
            objects.into_iter().filter_map(move |object| {
                let key = (*names.lookup(&object).first()?).clone();
                Some(((kind, object), key))
            })
        })
        .collect();
    World {
        manifests: observed,
        everybody,
        external_names: observed.external_names(),
        rewritten: rewritten_names(&observed.blocks),
        policies: PolicyIndex::new(&observed.documents, observed.pod_range()),
        behind,
        gates,
        stands: matched
            .pairs
            .iter()
            // Of several containers the pod's own service is the first.
            .rev()
            .filter_map(|pair| {
                let document = workloads.get(pair.workload)?.document;
                let service = pair.service.name.value.to_string();
                Some(((document.namespace.clone(), document.name.clone()), service))
            })
            .collect(),
        claims: claims(project, workloads, matched),
        ports: project
            .services
            .iter()
            .map(|(name, service)| {
                (name.to_string(), Said { project, overrides, service, occasion: Occasion::Up, company }.known_ports())
            })
            .collect(),
        volumes: super::by_form(project.volumes.keys().cloned()),
        mappings: super::mappings(observed),
        materials,
        directories: super::both(&project.directory),
        root: super::root_of(observed),
        service_subnet: overrides.cluster.service_subnet.as_ref().map(|subnet| subnet.value),
    }
}

/// The ConfigMaps or Secrets that pods mount.
fn used_maps(workloads: &[Workload<'_>], kind: &str) -> BTreeSet<String> {
    let volumes = workloads.iter().flat_map(|workload| workload.spec.volumes.iter().flatten());
    volumes
        .filter_map(|volume| match kind {
            "ConfigMap" => volume.config_map.as_ref().map(|map| map.name.clone()),
            _ => volume.secret.as_ref().and_then(|secret| secret.secret_name.clone()),
        })
        .collect()
}

/// Which volume a claim stands for: by name, else by the path at which a matched service mounts it.
fn claims(project: &Project, workloads: &[Workload<'_>], matched: &Matching<'_>) -> BTreeMap<String, String> {
    let mut claims: BTreeMap<String, String> = BTreeMap::new();
    let names = project.volumes.iter().flat_map(|(key, declared)| {
        let names = [key.clone(), declared.name.clone(), format!("{}-{key}", project.name)];
        names.map(|name| (name, key))
    });
    let names = NameIndex::new(names);
    let mut by_path: Vec<(String, String)> = Vec::new();
    for pair in &matched.pairs {
        let Some(workload) = workloads.get(pair.workload) else { continue };
        let Some((container, _)) = workload.container(pair.container) else { continue };
        for volume in workload.spec.volumes.iter().flatten() {
            let Some(claim) = volume.persistent_volume_claim.as_ref().map(|claim| &claim.claim_name) else { continue };
            if let Some(key) = names.lookup(claim).first() {
                claims.insert(claim.clone(), (*key).clone());
                continue;
            }
            let mounts = container.volume_mounts.iter().flatten().filter(|mount| mount.name == volume.name);
            for mount in mounts {
                let path = mount.mount_path.trim_end_matches('/');
                let said =
                    pair.service.volumes.mounts.iter().find(|said| said.target.value.trim_end_matches('/') == path);
                if let Some(MountSource::Named { volume, nocopy: _, subpath: _ }) = said.map(|said| &said.source) {
                    by_path.push((claim.clone(), volume.value.clone()));
                }
            }
        }
    }
    // A volume is one claim, and a claim one volume: the first pair that fits decides, and what disagrees is found.
    let mut taken: HashSet<String> = claims.values().cloned().collect();
    for (claim, volume) in by_path {
        if !claims.contains_key(&claim) && taken.insert(volume.clone()) {
            claims.insert(claim, volume);
        }
    }
    claims
}
