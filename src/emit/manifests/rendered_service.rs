//! The files of one service, and a summary of its objects for the other files.
//!
//! Invariant: the objects are not kept. In a large project they take many times the memory of their text.

use k8s_openapi::api::core::v1::{Container, PodSpec};

use super::document::file;
use crate::emit::files::File;
use crate::emit::header;
use crate::emit::metadata::OutputMetadata;
use crate::emit::problem::Problem;
use crate::lower::Name;
use crate::lower::objects::{Object, ObjectKind, ServiceObjects};
use crate::resolve::ServiceName;
use crate::vocabulary;

/// A service after rendering.
#[derive(Debug, Clone)]
pub(crate) struct RenderedService {
    pub(crate) service: ServiceName,
    pub(crate) name: Name,
    /// The file with its workload, policies and claims, until it is taken for the output.
    pub(crate) manifests: Option<Result<File, Vec<Problem>>>,
    /// The file with its Services, until it is taken for the output.
    pub(crate) services: Option<Result<File, Vec<Problem>>>,
    /// Whether there is such a file.
    pub(crate) has_manifests: bool,
    pub(crate) has_services: bool,
    /// The kind of its workload, and whether it is only started on request.
    pub(crate) workload: Option<(&'static str, bool)>,
    /// Its DNS names, each with the address if it is fixed.
    pub(crate) found_as: Vec<(String, Option<String>)>,
    /// Its ports, without duplicates.
    pub(crate) ports: Vec<String>,
    /// Its pod, if it has its own.
    pub(crate) pod: Option<PodSummary>,
}

/// The properties of a pod that the scripts need.
#[derive(Debug, Clone, Default)]
pub(crate) struct PodSummary {
    /// The entrypoint and the command of the service's own container.
    pub(crate) words: [Vec<String>; 2],
    /// The names of the privileged containers, and whether each is an init container.
    pub(crate) privileged: Vec<(String, bool)>,
}

impl RenderedService {
    /// Renders the objects of a service.
    #[must_use]
    pub(crate) fn new(objects: &ServiceObjects, metadata: &OutputMetadata) -> Self {
        let ServiceObjects { service, name, manifests, services } = objects;
        let header = header::hash(metadata);
        let text =
            |path: String, objects: &[Object]| (!objects.is_empty()).then(|| file(&path, &header, objects, metadata));
        RenderedService {
            service: service.clone(),
            name: name.clone(),
            has_manifests: !manifests.is_empty(),
            has_services: !services.is_empty(),
            workload: workload(manifests),
            found_as: found_as(services),
            ports: ports(services),
            pod: manifests.iter().find_map(|object| pod_summary(name, object)),
            manifests: text(vocabulary::file::manifest(name.as_str()), manifests),
            services: text(vocabulary::file::service(name.as_str()), services),
        }
    }
}

/// Returns the kind of the workload, and whether it is only started on request.
fn workload(manifests: &[Object]) -> Option<(&'static str, bool)> {
    manifests.iter().find_map(|object| match &object.kind {
        ObjectKind::Deployment(it) => Some(("Deployment", it.spec.as_ref().and_then(|spec| spec.replicas) == Some(0))),
        ObjectKind::StatefulSet(it) => {
            Some(("StatefulSet", it.spec.as_ref().and_then(|spec| spec.replicas) == Some(0)))
        }
        ObjectKind::Job(it) => Some(("Job", it.spec.as_ref().and_then(|spec| spec.suspend) == Some(true))),
        ObjectKind::DaemonSet(_) => Some(("DaemonSet", false)),
        ObjectKind::Pod(_) => Some(("Pod", false)),
        ObjectKind::Namespace(_)
        | ObjectKind::Service(_)
        | ObjectKind::ConfigMap(_)
        | ObjectKind::Secret(_)
        | ObjectKind::Claim(_)
        | ObjectKind::NetworkPolicy(_)
        | ObjectKind::RuntimeClass(_)
        | ObjectKind::ServiceRange(_) => None,
    })
}

fn found_as(services: &[Object]) -> Vec<(String, Option<String>)> {
    let mut names = Vec::new();
    for object in services {
        let ObjectKind::Service(it) = &object.kind else { continue };
        let Some(name) = &it.metadata.name else { continue };
        // A Service that resolves only while its pod is ready is used for waiting. It is not a name of Compose.
        if it.spec.as_ref().and_then(|spec| spec.publish_not_ready_addresses) != Some(true) {
            continue;
        }
        let address = it.spec.as_ref().and_then(|spec| spec.cluster_ip.as_deref()).filter(|address| *address != "None");
        names.push((name.clone(), address.map(str::to_owned)));
    }
    names
}

fn ports(services: &[Object]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for object in services {
        let ObjectKind::Service(it) = &object.kind else { continue };
        for port in it.spec.iter().filter_map(|spec| spec.ports.as_ref()).flatten() {
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            let shown = if protocol == "TCP" {
                port.port.to_string()
            } else {
                format!("{}/{}", port.port, protocol.to_lowercase())
            };
            if !all.contains(&shown) {
                all.push(shown);
            }
        }
    }
    all
}

/// Returns the summary of the pod of an object, if it has one.
pub(crate) fn pod_summary(name: &Name, object: &Object) -> Option<PodSummary> {
    let spec = pod_of(object)?;
    let words = |words: &Option<Vec<String>>| words.clone().unwrap_or_default();
    let own = main_container(name, spec);
    let words = own.map(|own| [words(&own.command), words(&own.args)]).unwrap_or_default();
    Some(PodSummary { words, privileged: privileged_of(spec) })
}

fn privileged_of(spec: &PodSpec) -> Vec<(String, bool)> {
    let is_privileged = |container: &&Container| {
        container.security_context.as_ref().and_then(|security| security.privileged) == Some(true)
    };
    let names = |containers: &[Container], init: bool| -> Vec<(String, bool)> {
        containers.iter().filter(is_privileged).map(|container| (container.name.clone(), init)).collect()
    };
    [names(spec.init_containers.as_deref().unwrap_or_default(), true), names(&spec.containers, false)].concat()
}

fn pod_of(object: &Object) -> Option<&PodSpec> {
    let template = match &object.kind {
        ObjectKind::Deployment(it) => &it.spec.as_ref()?.template,
        ObjectKind::StatefulSet(it) => &it.spec.as_ref()?.template,
        ObjectKind::DaemonSet(it) => &it.spec.as_ref()?.template,
        ObjectKind::Job(it) => &it.spec.as_ref()?.template,
        ObjectKind::Pod(it) => return it.spec.as_ref(),
        ObjectKind::Namespace(_)
        | ObjectKind::Service(_)
        | ObjectKind::ConfigMap(_)
        | ObjectKind::Secret(_)
        | ObjectKind::Claim(_)
        | ObjectKind::NetworkPolicy(_)
        | ObjectKind::RuntimeClass(_)
        | ObjectKind::ServiceRange(_) => return None,
    };
    template.spec.as_ref()
}

/// Returns the service's own container: the one with its name, otherwise the first.
fn main_container<'a>(name: &Name, spec: &'a PodSpec) -> Option<&'a Container> {
    spec.containers.iter().find(|container| container.name == name.as_str()).or_else(|| spec.containers.first())
}
