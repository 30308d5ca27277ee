//! [`Document`]: one Kubernetes object of the manifests, typed, with its source.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Pod, Secret, Service, ServiceSpec};
use k8s_openapi::api::networking::v1::ServiceCIDR;
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicySpec};
use k8s_openapi::api::node::v1::RuntimeClass;

use super::cursor::Cursor;
use crate::parse::Tree;
use crate::text::Span;

/// A Kubernetes object with the YAML tree that it was read from.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) object: TypedObject,
    /// `Deployment`, `Service`, …
    pub(crate) kind: String,
    pub(crate) name: String,
    /// `default` if the document states none, as in kubectl.
    pub(crate) namespace: String,
    pub(crate) tree: Tree,
    /// The path of the file as diagnostics show it, with `/` as the separator.
    pub(crate) file: String,
}

impl Document {
    /// Returns a cursor at the root of the document.
    pub(crate) fn at(&self) -> Cursor<'_> {
        Cursor::root(&self.tree)
    }

    /// Whether the file is in a folder `runs`. Pods there are started one at a time, so they may share a name.
    pub(crate) fn is_in_runs_folder(&self) -> bool {
        is_in_runs_folder(&self.file)
    }

    /// Whether the document is a Service whose selector matches these pod labels.
    pub(crate) fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        let selector = self.object.service().and_then(|spec| spec.selector.as_ref());
        selector.is_some_and(|selector| {
            !selector.is_empty() && selector.iter().all(|(key, value)| labels.get(key) == Some(value))
        })
    }

    /// Returns the location of `metadata.name`.
    pub(crate) fn name_span(&self) -> Span {
        self.at().keys(&["metadata", "name"]).span()
    }
}

/// The kinds of objects that are compared.
#[derive(Debug, Clone)]
pub(crate) enum TypedObject {
    Deployment(Box<Deployment>),
    StatefulSet(Box<StatefulSet>),
    DaemonSet(Box<DaemonSet>),
    ReplicaSet(Box<ReplicaSet>),
    Job(Box<Job>),
    CronJob(Box<CronJob>),
    Pod(Box<Pod>),
    Service(Box<Service>),
    ConfigMap(Box<ConfigMap>),
    Secret(Box<Secret>),
    Claim(Box<PersistentVolumeClaim>),
    NetworkPolicy(Box<NetworkPolicy>),
    RuntimeClass(Box<RuntimeClass>),
    ServiceRange(Box<ServiceCIDR>),
    Namespace,
}

impl TypedObject {
    /// Returns the Deployment, if the object is one.
    pub(crate) fn deployment(&self) -> Option<&Deployment> {
        if let TypedObject::Deployment(deployment) = self { Some(deployment) } else { None }
    }

    /// Returns the spec of a Service.
    pub(crate) fn service(&self) -> Option<&ServiceSpec> {
        if let TypedObject::Service(service) = self { service.spec.as_ref() } else { None }
    }

    /// Returns the ranges of a `ServiceCIDR`.
    pub(crate) fn service_ranges(&self) -> &[String] {
        let TypedObject::ServiceRange(object) = self else { return &[] };
        object.spec.as_ref().and_then(|spec| spec.cidrs.as_deref()).unwrap_or_default()
    }

    /// Returns the spec of a NetworkPolicy.
    pub(crate) fn policy(&self) -> Option<&NetworkPolicySpec> {
        if let TypedObject::NetworkPolicy(policy) = self { policy.spec.as_ref() } else { None }
    }

    /// Returns the entries of a ConfigMap or Secret as bytes.
    pub(crate) fn entries(&self) -> Option<BTreeMap<String, Vec<u8>>> {
        let texts = |texts: &Option<BTreeMap<String, String>>| {
            let texts = texts.iter().flatten();
            texts.map(|(key, text)| (key.clone(), text.clone().into_bytes())).collect::<Vec<_>>()
        };
        let bytes = |bytes: &Option<BTreeMap<String, ByteString>>| {
            bytes.iter().flatten().map(|(key, bytes)| (key.clone(), bytes.0.clone())).collect::<Vec<_>>()
        };
        if let TypedObject::ConfigMap(map) = self {
            Some(texts(&map.data).into_iter().chain(bytes(&map.binary_data)).collect())
        } else if let TypedObject::Secret(secret) = self {
            // `stringData` takes precedence over `data`.
            Some(bytes(&secret.data).into_iter().chain(texts(&secret.string_data)).collect())
        } else {
            None
        }
    }
}

pub(super) fn is_in_runs_folder(file: &str) -> bool {
    file.rsplit('/').nth(1) == Some("runs")
}
