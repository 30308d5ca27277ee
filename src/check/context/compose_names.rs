//! [`ComposeNames`]: which names of the Compose project the objects of the manifests correspond to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::core::v1::Volume;

use crate::check::manifests::Manifests;
use crate::check::manifests::document::Document;
use crate::check::manifests::workload::{SERVICE_ANNOTATION, Workload};
use crate::check::matching::name_index::NameIndex;
use crate::check::matching::names::{is_name_of, rfc1123_label};
use crate::check::matching::{Matching, Pair};
use crate::maps::{HashMap, HashSet};
use crate::resolve::Project;
use crate::resolve::volumes::MountSource;

/// The namespace and the name of an object.
type ObjectKey = (String, String);

/// Which names of the Compose project the objects of the manifests correspond to.
#[derive(Debug, Default)]
pub(crate) struct ComposeNames {
    /// The Compose service whose pods a Service selects.
    selected_services: BTreeMap<ObjectKey, String>,
    /// Services whose name resolves only while a pod of the service is ready.
    readiness_services: BTreeSet<ObjectKey>,
    /// The Compose service that a workload implements.
    workload_services: BTreeMap<ObjectKey, String>,
    /// The key of the Compose volume that a claim implements, by the claim's name.
    claim_volumes: BTreeMap<String, String>,
    /// The keys of the project's volumes by their RFC 1123 forms.
    volume_labels: HashMap<String, String>,
    /// The key of the config or secret that an object implements, by `ConfigMap` or `Secret` and the object's name.
    config_keys: BTreeMap<(&'static str, String), String>,
}

/// The end of the name of a Secret that is a config: one whose content is from outside the Compose files. The name of a secret
/// has no dot.
pub(crate) const CONFIG_SUFFIX: &str = ".config";

impl ComposeNames {
    /// Returns the names of a project that its matched workloads correspond to.
    pub(crate) fn of_project(
        project: &Project,
        manifests: &Manifests,
        workloads: &[Workload<'_>],
        matched: &Matching<'_>,
    ) -> Self {
        let mut pod_members: HashMap<usize, Vec<&Pair<'_>>> = HashMap::default();
        for pair in &matched.pairs {
            pod_members.entry(pair.workload).or_default().push(pair);
        }
        let pods = matched.pairs.iter().filter_map(|pair| Some((pair, workloads.get(pair.workload)?)));
        let mut names = Self::default();
        names.add_services(manifests, pods, |document, first| {
            // The containers of one pod share its labels: the name of the Service decides, else the pod's first container.
            let stem = document.name.strip_suffix("-ready").unwrap_or(&document.name);
            let mut members = pod_members.get(&first.workload).into_iter().flatten().copied();
            let of_name = members.find(|pair| is_name_of(stem, pair.service.name.value.as_str()));
            of_name.unwrap_or(first).service.name.value.to_string()
        });
        names.workload_services = matched
            .pairs
            .iter()
            // Of several containers the first one is the pod's own service.
            .rev()
            .filter_map(|pair| {
                Some((object_key(workloads.get(pair.workload)?.document), pair.service.name.value.to_string()))
            })
            .collect();
        names.claim_volumes = claim_volumes(project, workloads, matched);
        names.add_volume_labels(project.volumes.keys().cloned());
        for (kind, declared) in [("ConfigMap", &project.configs), ("Secret", &project.secrets)] {
            let both = declared.iter().flat_map(|(key, config)| [(key.as_str(), key), (config.name.as_str(), key)]);
            let index = NameIndex::new(both);
            let objects: BTreeSet<String> = named_by_volumes(workloads, object_name_of(kind)).collect();
            names.config_keys.extend(objects.into_iter().filter_map(|object| {
                let key = (*index.lookup(&object).first()?).clone();
                Some(((kind, object), key))
            }));
        }
        let stems = NameIndex::new(project.configs.keys().map(|key| (key.as_str(), key)));
        let secrets: BTreeSet<String> = named_by_volumes(workloads, object_name_of("Secret")).collect();
        names.config_keys.extend(secrets.into_iter().filter_map(|object| {
            let key = (*stems.lookup(object.strip_suffix(CONFIG_SUFFIX)?).first()?).clone();
            Some((("Secret", object), key))
        }));
        names
    }

    /// Returns the names that manifests have by themselves: claims, ConfigMaps and Secrets correspond to volumes, configs
    /// and secrets of their own names.
    pub(crate) fn of_manifests(manifests: &Manifests, workloads: &[Workload<'_>]) -> Self {
        let mut names = Self::default();
        let pods = workloads.iter().map(|workload| (workload, workload));
        names.add_services(manifests, pods, |_, first| first.name_in_facts());
        names.workload_services =
            workloads.iter().map(|workload| (object_key(workload.document), workload.name_in_facts())).collect();
        names.claim_volumes = named_by_volumes(workloads, |volume| {
            volume.persistent_volume_claim.as_ref().map(|claim| claim.claim_name.clone())
        })
        .map(|name| (name.clone(), name))
        .collect();
        // Volumes in memory that several pods share are folders of the node with their own names.
        names.add_volume_labels(named_by_volumes(workloads, |volume| {
            let path = &volume.host_path.as_ref()?.path;
            path.strip_prefix("/run/compose2k8s/")?.split_once('/').map(|(_, name)| name.to_owned())
        }));
        for kind in ["ConfigMap", "Secret"] {
            let objects = named_by_volumes(workloads, object_name_of(kind));
            names.config_keys.extend(objects.map(|name| ((kind, name.clone()), name)));
        }
        names
    }

    /// Adds the Services by the first of the pods that each selects.
    fn add_services<'w, 'a: 'w, T: Copy>(
        &mut self,
        manifests: &Manifests,
        pods: impl Iterator<Item = (T, &'w Workload<'a>)>,
        service_of: impl Fn(&Document, T) -> String,
    ) {
        let selected = manifests.selected_by_service(pods);
        for document in &manifests.documents {
            let Some(first) = selected.get(&Arc::as_ptr(document)).and_then(|pods| pods.first()) else { continue };
            let service = service_of(document, *first);
            if is_readiness_service(document, &service) {
                self.readiness_services.insert(object_key(document));
            }
            self.selected_services.insert(object_key(document), service);
        }
    }

    /// Adds volumes by their RFC 1123 forms; of two with the same form the first counts.
    fn add_volume_labels(&mut self, keys: impl Iterator<Item = String>) {
        for key in keys {
            self.volume_labels.entry(rfc1123_label(&key)).or_insert(key);
        }
    }

    /// Returns the Compose service whose pods a Service selects.
    pub(crate) fn service_selected_by(&self, namespace: &str, name: &str) -> Option<&str> {
        self.selected_services.get(&(namespace.to_owned(), name.to_owned())).map(String::as_str)
    }

    /// Whether a Service's name resolves only while a pod of its service is ready.
    pub(crate) fn is_readiness_service(&self, namespace: &str, name: &str) -> bool {
        self.readiness_services.contains(&(namespace.to_owned(), name.to_owned()))
    }

    /// Returns the Compose service that a workload implements.
    pub(crate) fn service_of_workload(&self, document: &Document) -> Option<&str> {
        self.service_of_object(&document.namespace, &document.name)
    }

    /// Returns the Compose service that the workload of a namespace and name implements.
    pub(crate) fn service_of_object(&self, namespace: &str, name: &str) -> Option<&str> {
        self.workload_services.get(&(namespace.to_owned(), name.to_owned())).map(String::as_str)
    }

    /// Returns the services that some workload implements.
    pub(crate) fn implemented_services(&self) -> impl Iterator<Item = &String> {
        self.workload_services.values()
    }

    /// Returns the key of the volume that a claim implements.
    pub(crate) fn volume_of_claim(&self, claim: &str) -> Option<&str> {
        self.claim_volumes.get(claim).map(String::as_str)
    }

    /// Returns the key of the volume with this RFC 1123 form.
    pub(crate) fn volume_of_label(&self, label: &str) -> Option<&str> {
        self.volume_labels.get(label).map(String::as_str)
    }

    /// Returns the key of the config or secret that a ConfigMap or Secret implements.
    pub(crate) fn config_key_of(&self, kind: &'static str, name: &str) -> Option<&str> {
        self.config_keys.get(&(kind, name.to_owned())).map(String::as_str)
    }
}

impl Workload<'_> {
    /// Returns the name of the workload in facts: the service that its annotation names, else its own name. A run beside a
    /// service has the name of the run, too.
    pub(crate) fn name_in_facts(&self) -> String {
        let own = &self.document.name;
        let service = self.annotations.get(SERVICE_ANNOTATION).unwrap_or(own);
        let file = self.document.file.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default();
        if self.is_in_runs_folder() && !is_name_of(file, service) {
            return run_name_in_facts(service, file);
        }
        service.clone()
    }
}

/// Returns the name of a service's run in facts.
pub(crate) fn run_name_in_facts(service: &str, run: &str) -> String {
    format!("{service}, run {run}")
}

fn object_key(document: &Document) -> ObjectKey {
    (document.namespace.clone(), document.name.clone())
}

/// Whether a Service's name resolves only while a pod of the service is ready.
fn is_readiness_service(document: &Document, service: &str) -> bool {
    let Some(spec) = document.object.service() else { return false };
    let ready_only = !spec.publish_not_ready_addresses.unwrap_or(false);
    let headless = spec.cluster_ip.as_deref() == Some("None");
    let stem = document.name.strip_suffix("-ready");
    headless && ready_only && stem.is_some_and(|stem| is_name_of(stem, service))
}

/// Returns the function that reads the name of a ConfigMap or Secret from a volume.
fn object_name_of(kind: &str) -> fn(&Volume) -> Option<String> {
    match kind {
        "ConfigMap" => |volume| volume.config_map.as_ref().map(|map| map.name.clone()),
        _ => |volume| volume.secret.as_ref().and_then(|secret| secret.secret_name.clone()),
    }
}

/// Returns the names that the volumes of all pods refer to.
fn named_by_volumes<'a>(
    workloads: &'a [Workload<'_>],
    name_of: fn(&Volume) -> Option<String>,
) -> impl Iterator<Item = String> + 'a {
    workloads.iter().flat_map(|workload| workload.spec.volumes.iter().flatten()).filter_map(name_of)
}

/// Returns the volume that each claim implements: by its name, else by the path at which a matched service mounts it.
fn claim_volumes(project: &Project, workloads: &[Workload<'_>], matched: &Matching<'_>) -> BTreeMap<String, String> {
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
                let mut expected = pair.service.volumes.mounts.iter();
                let expected = expected.find(|expected| expected.target.value.trim_end_matches('/') == path);
                if let Some(MountSource::Named { volume, nocopy: _, subpath: _ }) = expected.map(|mount| &mount.source)
                {
                    by_path.push((claim.clone(), volume.value.clone()));
                }
            }
        }
    }
    // A volume is one claim, and a claim one volume: the first pair that fits decides, and a difference is then reported.
    let mut taken: HashSet<String> = claims.values().cloned().collect();
    for (claim, volume) in by_path {
        if !claims.contains_key(&claim) && taken.insert(volume.clone()) {
            claims.insert(claim, volume);
        }
    }
    claims
}
