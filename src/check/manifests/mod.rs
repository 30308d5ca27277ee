//! [`Manifests`]: YAML and JSON that was written by hand, generated, or exported from a cluster.
//!
//! Input: a file, a folder with its subfolders, or standard input. Output: Kubernetes objects, each with its tree;
//! kind's cluster configuration.
//!
//! Invariant: a document that is none of these is reported, never ignored silently.

pub(crate) mod autoscaler_ingress;
pub(crate) mod corefile;
pub(crate) mod cursor;
pub(crate) mod document;
mod files;
pub(crate) mod init_script;
pub(crate) mod kind_cluster;
pub(crate) mod pod;
pub(crate) mod policies;
pub(crate) mod reader;
pub(crate) mod route_script;
pub(crate) mod selector_index;
pub(crate) mod start_table;
pub(crate) mod workload;
pub(crate) mod workload_list;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ipnet::IpNet;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::networking::v1::Ingress;

use super::problem::{Problem, codes};
use crate::maps::HashMap;
use crate::parse::{Entry, Tree, TreeValue, yaml};
use crate::report::{Report, Severity};
use crate::text::{Sources, Span};
use autoscaler_ingress::Autoscaler;
use cursor::Cursor;
use document::{Document, TypedObject};
use kind_cluster::{DEFAULT_POD_SUBNET, KindCluster};
use selector_index::DocumentIndex;
use start_table::{StartTable, is_start_table};
use workload::Workload;

/// The objects and configuration files that were read.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// The folder that was read, which relative host paths start from.
    pub(crate) root: Option<PathBuf>,
    /// The objects in reading order.
    pub(crate) documents: Vec<Arc<Document>>,
    /// kind's cluster configurations. More than one is an error.
    pub(crate) clusters: Vec<KindCluster>,
    /// Index of the last object of each kind, namespace and name.
    seen: BTreeMap<(String, String, String), usize>,
    /// Built on first use, and dropped when a document is added or removed.
    index: OnceLock<DocumentIndex>,
    /// The autoscalers, which set the number of replicas of a workload.
    pub(crate) autoscalers: Vec<Autoscaler>,
    /// The start order of the generated scripts.
    pub(crate) table: StartTable,
    /// Whether a file of the folder `secrets` was read. A clean clone has no such folder.
    pub(crate) has_secrets: bool,
    /// Whether something could not be read, so that objects may be missing.
    pub(crate) broken: bool,
    /// The start of the first file, for findings without a location of their own.
    pub(crate) first: Option<Span>,
}

impl Manifests {
    /// Reads a file, a folder with its subfolders (`*.yaml`, `*.yml`, `*.json`), or the text of standard
    /// input.
    ///
    /// Files that cannot be read are reported; the others are read all the same.
    pub fn from_path(place: &Path, stdin: Option<&str>, sources: &mut Sources, report: &mut Report) -> Self {
        let mut found = Report::new();
        let mut manifests = Self::read_files(place, stdin, sources, &mut found);
        manifests.note(&found, report);
        manifests
    }

    fn read_files(place: &Path, stdin: Option<&str>, sources: &mut Sources, report: &mut Report) -> Self {
        let mut manifests = Manifests::default();
        if let Some(text) = stdin {
            manifests.add("<stdin>", None, text, sources, report);
        } else if place.is_dir() {
            manifests.root = Some(place.to_path_buf());
            let mut found = Vec::new();
            files::find_manifests(place, 0, &mut found, report);
            found.sort();
            if found.is_empty() {
                report.add(Problem::NothingToRead { path: place.display().to_string() });
            }
            for file in found {
                manifests.file(&file, sources, report);
            }
        } else {
            manifests.root = place.parent().map(Path::to_path_buf);
            manifests.file(place, sources, report);
        }
        manifests
    }

    fn file(&mut self, path: &Path, sources: &mut Sources, report: &mut Report) {
        let shown = path.display().to_string();
        match files::read_utf8(path) {
            Ok(text) => self.add(&shown, Some(path), &text, sources, report),
            Err(error) => report.add(Problem::Unreadable { path: shown, why: files::describe_error(&error) }),
        }
    }

    /// Sets the folder that relative host paths start from, for texts that were not read by [`Manifests::from_path`].
    #[must_use]
    pub fn with_root(mut self, root: PathBuf) -> Self {
        self.root = Some(root);
        self
    }

    /// Adds a text. Its name is its path: `runs/x.yaml`, `cluster/kind-config.yaml`.
    pub fn add(&mut self, name: &str, path: Option<&Path>, text: &str, sources: &mut Sources, report: &mut Report) {
        let mut found = Report::new();
        self.take(name, path, text, sources, &mut found);
        self.note(&found, report);
    }

    /// Passes on what was reported. An unknown field and a duplicate object leave the rest readable.
    fn note(&mut self, found: &Report, report: &mut Report) {
        for problem in found.problems() {
            let readable = [codes::unknown_field, codes::twice].contains(&problem.code);
            self.broken |= problem.severity == Severity::Error && !readable;
            report.add(problem.clone());
        }
    }

    fn take(&mut self, name: &str, path: Option<&Path>, text: &str, sources: &mut Sources, report: &mut Report) {
        let source = sources.add(name, path, text);
        let start = Span { source, start: 0, end: 0 };
        self.first.get_or_insert(start);
        let file = name.replace('\\', "/");
        self.has_secrets |= file.contains("/secrets/") || file.starts_with("secrets/");
        if is_start_table(&file) {
            self.table = StartTable::parse(text, source);
            return;
        }
        let mut found = Report::new();
        let trees = yaml::documents(source, sources, &mut found);
        let is_secret =
            |tree: &Tree| tree.get("kind").and_then(Tree::as_text).is_some_and(|kind| kind.value == "Secret");
        let is_private = match &trees {
            Ok(trees) => !trees.is_empty() && trees.iter().all(is_secret),
            Err(_) => text.contains("kind: Secret"),
        };
        if is_private {
            sources.mark_private(sources.count().saturating_sub(1));
        }
        let Ok(trees) = trees else {
            if let Some(at) = files::template_marker(text, source) {
                report.add(Problem::Template { at });
            } else {
                report.append(found);
            }
            return;
        };
        report.append(found);
        for tree in trees {
            self.document(tree, &file, report);
        }
    }

    /// Replaces what was read from the text of the same name.
    pub fn replace(&mut self, name: &str, text: &str, sources: &mut Sources, report: &mut Report) {
        let file = name.replace('\\', "/");
        self.documents.retain(|document| document.file != file);
        self.index = OnceLock::new();
        let key = |it: &Document| (it.kind.clone(), it.namespace.clone(), it.name.clone());
        self.seen = self.documents.iter().enumerate().map(|(index, document)| (key(document), index)).collect();
        self.clusters.retain(|cluster| cluster.file != file);
        self.autoscalers.retain(|autoscaler| autoscaler.file != file);
        self.add(name, None, text, sources, report);
    }

    fn document(&mut self, tree: Tree, file: &str, report: &mut Report) {
        if tree.is_null() {
            return;
        }
        let word =
            |key: &str| tree.get(key).and_then(Tree::as_text).map(|text| text.value.to_owned()).unwrap_or_default();
        let (version, kind) = (word("apiVersion"), word("kind"));
        let at = Cursor::root(&tree).span();
        if version.is_empty() || kind.is_empty() {
            // A workflow of a CI service in the same folder is not a manifest.
            if tree.get("jobs").is_some() && tree.get("on").is_some() {
                return;
            }
            let what = if tree.get("services").is_some() { "a Compose file" } else { "no Kubernetes object" };
            report.add(Problem::NoObject { what, at });
        } else if version == "kind.x-k8s.io/v1alpha4" && kind == "Cluster" {
            self.clusters.push(KindCluster::from_tree(&tree, file));
        } else if version.starts_with("kustomize.config.k8s.io/") {
            // The files that it lists are read by themselves.
        } else if let Some(item_kind) = kind.strip_suffix("List") {
            let items = tree.get("items").and_then(Tree::as_sequence).unwrap_or_default();
            for item in items {
                self.object(item.clone(), &version, item_kind, file, report);
            }
        } else {
            self.object(tree, &version, &kind, file, report);
        }
    }

    fn object(&mut self, mut tree: Tree, version: &str, kind: &str, file: &str, report: &mut Report) {
        let word = |keys: &[&str]| {
            Cursor::root(&tree).keys(keys).tree().and_then(Tree::as_text).map(|text| text.value.to_owned())
        };
        let version = word(&["apiVersion"]).unwrap_or_else(|| version.to_owned());
        let kind = word(&["kind"]).unwrap_or_else(|| kind.to_owned());
        let Some(name) = word(&["metadata", "name"]) else {
            report.add(Problem::Nameless { kind, at: Cursor::root(&tree).key("metadata").span() });
            return;
        };
        let namespace = word(&["metadata", "namespace"]).unwrap_or_else(|| "default".to_owned());
        // The items of a typed list may omit both, but the types require them.
        let whole = tree.span;
        if let TreeValue::Mapping(fields) = &mut tree.value {
            for (field, text) in [("apiVersion", &version), ("kind", &kind)] {
                let entry = || Entry { key: whole, value: Tree::string(text.clone(), whole) };
                fields.get_or_insert_with(field, entry);
            }
        }
        macro_rules! read {
            ($variant:ident) => {
                reader::read_object(&tree, report).map(|object| TypedObject::$variant(Box::new(object)))
            };
        }
        let object = match (version.as_str(), kind.as_str()) {
            ("apps/v1", "Deployment") => read!(Deployment),
            ("apps/v1", "StatefulSet") => read!(StatefulSet),
            ("apps/v1", "DaemonSet") => read!(DaemonSet),
            ("apps/v1", "ReplicaSet") => read!(ReplicaSet),
            ("batch/v1", "Job") => read!(Job),
            ("batch/v1", "CronJob") => read!(CronJob),
            ("v1", "Pod") => read!(Pod),
            ("v1", "Service") => read!(Service),
            ("v1", "ConfigMap") => read!(ConfigMap),
            ("v1", "Secret") => read!(Secret),
            ("v1", "PersistentVolumeClaim") => read!(Claim),
            ("v1", "Namespace") => reader::read_object::<Namespace>(&tree, report).map(|_| TypedObject::Namespace),
            ("networking.k8s.io/v1", "NetworkPolicy") => read!(NetworkPolicy),
            ("node.k8s.io/v1", "RuntimeClass") => read!(RuntimeClass),
            ("networking.k8s.io/v1", "ServiceCIDR") => read!(ServiceRange),
            (_, "HorizontalPodAutoscaler") => {
                let autoscaler = Autoscaler::from_tree(&tree, name, namespace, file);
                report.add(autoscaler.problem());
                self.autoscalers.push(autoscaler);
                return;
            }
            ("networking.k8s.io/v1", "Ingress") => {
                if let Some(ingress) = reader::read_object::<Ingress>(&tree, report) {
                    report.add(autoscaler_ingress::ingress(name, &ingress, Cursor::root(&tree)));
                }
                return;
            }
            _ => {
                report.add(Problem::NotCompared { kind, name, version, at: Cursor::root(&tree).key("kind").span() });
                return;
            }
        };
        let Some(object) = object else { return };
        let scoped =
            !matches!(object, TypedObject::Namespace | TypedObject::RuntimeClass(_) | TypedObject::ServiceRange(_));
        let key = (kind.clone(), namespace.clone(), name.clone());
        let twin = self.seen.insert(key, self.documents.len()).and_then(|index| self.documents.get(index));
        let twin = twin.filter(|other| {
            scoped && !(other.file != file && other.is_in_runs_folder() && document::is_in_runs_folder(file))
        });
        if let Some(first) = twin {
            let at = Cursor::root(&tree).keys(&["metadata", "name"]).span();
            report.add(Problem::Twice { kind: kind.clone(), name: name.clone(), at, first: first.name_span() });
        }
        self.index = OnceLock::new();
        self.documents.push(Arc::new(Document { object, kind, name, namespace, tree, file: file.to_owned() }));
    }

    /// Whether there is no Kubernetes object among the manifests.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Returns the range of pod addresses: kind's default if none is configured, none if the configured value is not one
    /// range. <https://kind.sigs.k8s.io/docs/user/configuration/#pod-subnet>
    pub(crate) fn pod_range(&self) -> Option<IpNet> {
        let configured = self.clusters.first().and_then(|cluster| cluster.pod_subnet.as_ref());
        configured.map_or(DEFAULT_POD_SUBNET, |subnet| subnet.value.trim()).parse().ok()
    }

    /// Returns the ranges of Service addresses besides that of the cluster's configuration.
    /// <https://kubernetes.io/docs/tasks/network/extend-service-ip-ranges/>
    pub(crate) fn service_ranges(&self) -> impl Iterator<Item = IpNet> {
        self.documents
            .iter()
            .flat_map(|document| document.object.service_ranges())
            .filter_map(|range| range.parse().ok())
    }

    /// Whether the start order of the scripts (`scripts/project.sh`) is among the manifests.
    pub(crate) fn has_start_table(&self) -> bool {
        !self.table.is_empty()
    }

    fn index(&self) -> &DocumentIndex {
        self.index.get_or_init(|| DocumentIndex::new(&self.documents))
    }

    /// Returns the workloads, without the pods that one of them created.
    pub(crate) fn workloads(&self) -> Vec<Workload<'_>> {
        workload_list::workloads(&self.documents)
    }

    /// Returns the objects of a kind and name in any namespace, in reading order.
    pub(crate) fn objects_named(&self, kind: &str, name: &str) -> impl Iterator<Item = &Document> {
        let places = self.index().objects_named(kind, name).iter();
        places.filter_map(|place| self.documents.get(*place)).map(AsRef::as_ref)
    }

    /// Returns the Services of type `ExternalName` by the name that they resolve to, each with its index among the
    /// documents.
    pub(crate) fn external_names(&self) -> HashMap<&str, Vec<(usize, &Document)>> {
        let mut names: HashMap<&str, Vec<_>> = HashMap::default();
        for (place, document) in self.documents.iter().enumerate() {
            if let Some(name) = document.object.service().and_then(|spec| spec.external_name.as_deref()) {
                names.entry(name.trim_end_matches('.')).or_default().push((place, document.as_ref()));
            }
        }
        names
    }

    /// Returns the Services that select a pod, in reading order.
    pub(crate) fn services_selecting(&self, workload: &Workload<'_>) -> Vec<&Document> {
        let places = self.index().services_of_pod(workload).into_iter();
        let documents = places.filter_map(|place| self.documents.get(place)).map(AsRef::as_ref);
        documents.filter(|document| document.selects(&workload.labels)).collect()
    }

    /// Returns the items whose workload a Service selects, in the given order, by the address of the Service's document.
    pub(crate) fn selected_by_service<'w, 'a: 'w, T: Copy>(
        &self,
        pods: impl Iterator<Item = (T, &'w Workload<'a>)>,
    ) -> HashMap<*const Document, Vec<T>> {
        let mut selected: HashMap<_, Vec<_>> = HashMap::default();
        for (item, workload) in pods {
            for document in self.services_selecting(workload) {
                selected.entry(std::ptr::from_ref(document)).or_default().push(item);
            }
        }
        selected
    }
}

/// Whether a text holds manifests rather than a Compose file, judged by the first document that is not empty.
#[must_use]
pub fn are_manifests(text: &str) -> bool {
    let mut sources = Sources::new();
    let source = sources.add("", None, text);
    match yaml::documents(source, &sources, &mut Report::new()) {
        Ok(trees) => {
            let first = trees.iter().find(|tree| !tree.is_null());
            first.is_some_and(|tree| tree.get("apiVersion").is_some() || tree.get("kind").is_some())
        }
        Err(_) => text.contains("apiVersion:"),
    }
}
