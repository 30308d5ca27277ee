//! [`Workload`]: an object of any kind that runs pods.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Container, PersistentVolumeClaim, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::cursor::Cursor;
use super::document::{Document, TypedObject};
use super::init_script::{InitAction, InitContainer, actions_of};
use crate::text::Span;

/// An object that runs pods.
#[derive(Debug, Clone)]
pub(crate) struct Workload<'a> {
    pub(crate) document: &'a Document,
    pub(crate) kind: WorkloadKind,
    /// The selector that the labels of its pods must match.
    pub(crate) selector: Option<&'a LabelSelector>,
    pub(crate) labels: BTreeMap<String, String>,
    /// The annotations of the object and of the pod; those of the pod take precedence.
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) claims: &'a [PersistentVolumeClaim],
    pub(crate) spec: &'a PodSpec,
    /// What each init container does, in order.
    pub(crate) init_actions: Arc<[Option<Vec<InitAction>>]>,
    /// The pod's `spec`.
    pub(crate) at: Cursor<'a>,
    /// Whether compose2k8s generated it, according to its label. Then Kubernetes' defaults count as well, because
    /// generated manifests override those that differ from Compose's.
    pub(crate) is_generated: bool,
}

/// The kind of a workload, as far as it decides how its pods run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WorkloadKind {
    /// A Deployment, StatefulSet or ReplicaSet with its number of replicas, 1 if none is stated.
    Replicated(i32),
    DaemonSet,
    Job {
        suspended: bool,
    },
    CronJob,
    BarePod,
}

impl<'a> Workload<'a> {
    /// Returns the workload of a document, if it is one.
    pub(crate) fn from_document(document: &'a Document) -> Option<Self> {
        let root = document.at();
        let spec = root.key("spec");
        let template = spec.key("template");
        match &document.object {
            TypedObject::Deployment(object) => {
                let of = object.spec.as_ref()?;
                let kind = WorkloadKind::Replicated(of.replicas.unwrap_or(1));
                let workload = Self::of_template(document, kind, &object.metadata, &of.template, template)?;
                Some(Self { selector: Some(&of.selector), ..workload })
            }
            TypedObject::StatefulSet(object) => {
                let of = object.spec.as_ref()?;
                let kind = WorkloadKind::Replicated(of.replicas.unwrap_or(1));
                let claims = of.volume_claim_templates.as_deref().unwrap_or_default();
                let workload = Self::of_template(document, kind, &object.metadata, &of.template, template)?;
                Some(Self { selector: Some(&of.selector), claims, ..workload })
            }
            TypedObject::DaemonSet(object) => {
                let of = object.spec.as_ref()?;
                let kind = WorkloadKind::DaemonSet;
                let workload = Self::of_template(document, kind, &object.metadata, &of.template, template)?;
                Some(Self { selector: Some(&of.selector), ..workload })
            }
            TypedObject::ReplicaSet(object) => {
                let of = object.spec.as_ref()?;
                let kind = WorkloadKind::Replicated(of.replicas.unwrap_or(1));
                let workload = Self::of_template(document, kind, &object.metadata, of.template.as_ref()?, template)?;
                Some(Self { selector: Some(&of.selector), ..workload })
            }
            TypedObject::Job(object) => {
                let of = object.spec.as_ref()?;
                let kind = WorkloadKind::Job { suspended: of.suspend.unwrap_or(false) };
                Self::of_template(document, kind, &object.metadata, &of.template, template)
            }
            TypedObject::CronJob(object) => {
                let of = object.spec.job_template.spec.as_ref()?;
                let template = spec.keys(&["jobTemplate", "spec", "template"]);
                Self::of_template(document, WorkloadKind::CronJob, &object.metadata, &of.template, template)
            }
            TypedObject::Pod(object) => {
                let of = object.spec.as_ref()?;
                Some(Self::of_pod(document, WorkloadKind::BarePod, &object.metadata, None, of, spec))
            }
            TypedObject::Service(_)
            | TypedObject::ConfigMap(_)
            | TypedObject::Secret(_)
            | TypedObject::Claim(_)
            | TypedObject::NetworkPolicy(_)
            | TypedObject::RuntimeClass(_)
            | TypedObject::ServiceRange(_)
            | TypedObject::Namespace => None,
        }
    }

    /// Returns a workload with the pods of a template, without a selector or claims.
    fn of_template(
        document: &'a Document,
        kind: WorkloadKind,
        metadata: &'a ObjectMeta,
        template: &'a PodTemplateSpec,
        at: Cursor<'a>,
    ) -> Option<Self> {
        let spec = template.spec.as_ref()?;
        let pod = Self::of_pod(document, kind, metadata, template.metadata.as_ref(), spec, at.key("spec"));
        // The pods of a template without metadata have no labels, not those of the object.
        let labels = template.metadata.as_ref().and_then(|metadata| metadata.labels.clone());
        Some(Self { labels: labels.unwrap_or_default(), ..pod })
    }

    /// Returns a workload with the pods of a spec, without a selector or claims. `pod` is the metadata of the template.
    fn of_pod(
        document: &'a Document,
        kind: WorkloadKind,
        object: &'a ObjectMeta,
        pod: Option<&'a ObjectMeta>,
        spec: &'a PodSpec,
        at: Cursor<'a>,
    ) -> Self {
        let mut annotations = object.annotations.clone().unwrap_or_default();
        annotations.extend(pod.and_then(|pod| pod.annotations.clone()).unwrap_or_default());
        let managed_by = object.labels.as_ref().and_then(|labels| labels.get("app.kubernetes.io/managed-by"));
        Workload {
            document,
            kind,
            selector: None,
            labels: pod.unwrap_or(object).labels.clone().unwrap_or_default(),
            annotations,
            claims: &[],
            spec,
            init_actions: spec.init_containers.iter().flatten().map(actions_of).collect(),
            at,
            is_generated: managed_by.is_some_and(|by| by == "compose2k8s"),
        }
    }

    /// Returns a container of the pod and its location.
    pub(crate) fn container(&self, index: usize) -> Option<(&'a Container, Cursor<'a>)> {
        Some((self.spec.containers.get(index)?, self.at.key("containers").item(index)))
    }

    /// Returns the init containers among the first `count` that run to completion: sidecars do not.
    pub(crate) fn init_containers(&self, count: usize) -> Vec<InitContainer<'_>> {
        let list = self.spec.init_containers.as_deref().unwrap_or_default();
        let is_sidecar = |container: &Container| container.restart_policy.as_deref() == Some("Always");
        list.iter()
            .enumerate()
            .take(count)
            .filter(|(_, container)| !is_sidecar(container))
            .map(|(index, container)| {
                let at = self.at.key("initContainers").item(index);
                let own = container.security_context.as_ref().and_then(|security| security.run_as_user);
                let of_pod = self.spec.security_context.as_ref().and_then(|security| security.run_as_user);
                let is_root = own.or(of_pod).map_or(!self.is_generated, |user| user == 0);
                let actions = self.init_actions.get(index).and_then(Option::as_deref);
                InitContainer { container, index, is_root, at, actions }
            })
            .collect()
    }

    /// Whether an init container of this name is a `pre_start` command in manifests that this program generated. Its
    /// script is then not interpreted.
    pub(crate) fn is_pre_start(&self, container: &str) -> bool {
        self.is_generated && container.contains("pre-start-")
    }

    /// Whether it is a pod in the folder `runs`: that of a service that runs before the others, or of a declared run.
    pub(crate) fn is_in_runs_folder(&self) -> bool {
        self.kind == WorkloadKind::BarePod && self.document.is_in_runs_folder()
    }

    /// Returns the name of the workload in whose running pod the container is started.
    pub(crate) fn runs_in_pod_of(&self) -> Option<&str> {
        self.annotations.get(POD_OF_ANNOTATION).map(String::as_str).filter(|_| self.is_in_runs_folder())
    }

    /// Whether the pod uses its node's network.
    pub(crate) fn uses_host_network(&self) -> bool {
        self.spec.host_network.unwrap_or(false)
    }

    /// Returns the kind and the name in backticks, as diagnostics show them.
    pub(crate) fn describe(&self) -> String {
        format!("`{} {}`", self.document.kind, self.document.name)
    }

    /// Returns the location of the annotation that names the service.
    pub(crate) fn service_annotation_span(&self) -> Span {
        let root = self.document.at();
        let pod = root.keys(&["spec", "template", "metadata", "annotations", SERVICE_ANNOTATION]);
        if pod.tree().is_some() {
            pod.span()
        } else {
            root.keys(&["metadata", "annotations", SERVICE_ANNOTATION]).span()
        }
    }

    /// Returns the location for findings without one of their own: the object's name.
    pub(crate) fn span(&self) -> Span {
        self.document.name_span()
    }
}

/// The annotation with the name of the workload in whose running pod the container of a Pod in `runs/` is started.
const POD_OF_ANNOTATION: &str = "compose2k8s/pod-of";
/// The annotation that names the Compose service that a pod implements.
pub(crate) const SERVICE_ANNOTATION: &str = "compose2k8s/service";
/// The annotation with the image reference before interpolation.
pub(crate) const IMAGE_ANNOTATION: &str = "compose2k8s/image";
/// The annotation with the address in `hostAliases` that stands for the Docker host.
pub(crate) const HOST_GATEWAY_ANNOTATION: &str = "compose2k8s/host-gateway";
/// The annotation that lists the ConfigMaps made from files of the host as `NAME=SOURCE`, separated by blanks or
/// commas. Blanks and commas in a source are percent-encoded.
pub(crate) const CONFIG_MAPS_ANNOTATION: &str = "compose2k8s/configmaps";
