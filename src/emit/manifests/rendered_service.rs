//! One service's files, and what the rest of the kit tells of its objects.
//!
//! Invariant: nothing holds the objects any more: of a large project they would take many times what their text does.

use k8s_openapi::api::core::v1::{Container, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::document::file;
use crate::emit::files::File;
use crate::emit::header;
use crate::emit::metadata::OutputMetadata;
use crate::emit::problem::Problem;
use crate::lower::Name;
use crate::lower::objects::{Object, ObjectKind, ServiceObjects};
use crate::resolve::ServiceName;
use crate::vocabulary;
use crate::vocabulary::annotation;

/// A service of the kit.
#[derive(Debug, Clone)]
pub struct RenderedService {
    pub(crate) service: ServiceName,
    pub(crate) name: Name,
    /// Its workload, policies and claims, until they are taken for the kit.
    pub(crate) manifests: Option<Result<File, Vec<Problem>>>,
    /// Its Service objects, until they are taken for the kit.
    pub(crate) services: Option<Result<File, Vec<Problem>>>,
    /// Whether there are such files.
    pub(crate) has_manifests: bool,
    pub(crate) has_services: bool,
    /// Its workload's kind, and whether it waits to be asked for.
    pub(crate) workload: Option<(&'static str, bool)>,
    /// The names that lead to it, each with its address where that is a fixed one.
    pub(crate) found_as: Vec<(String, Option<String>)>,
    /// Declared ports, each once.
    pub(crate) ports: Vec<String>,
    /// Its pod, if it has one of its own.
    pub(crate) pod: Option<PodSummary>,
}

/// What the scripts know of a pod.
#[derive(Debug, Clone, Default)]
pub(crate) struct PodSummary {
    /// The names of its containers.
    pub(crate) containers: Vec<String>,
    /// The words of the service's own container: of its entrypoint, and of its command.
    pub(crate) words: [Vec<String>; 2],
    /// The images that depend on variables: as Compose has them, and as the containers do.
    pub(crate) templates: Vec<(String, String)>,
}

impl RenderedService {
    /// Forms the texts of one service's objects.
    #[must_use]
    pub fn new(objects: &ServiceObjects, metadata: &OutputMetadata) -> Self {
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

/// The workload's kind, and whether it waits to be asked for.
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
        | ObjectKind::NetworkPolicy(_) => None,
    })
}

fn found_as(services: &[Object]) -> Vec<(String, Option<String>)> {
    let mut names = Vec::new();
    for object in services {
        let ObjectKind::Service(it) = &object.kind else { continue };
        let Some(name) = &it.metadata.name else { continue };
        // A Service that hides a pod until it is ready is a gate, and no name that Compose has.
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

/// What the scripts know of the pod of an object, if it has one.
pub(crate) fn pod_summary(name: &Name, object: &Object) -> Option<PodSummary> {
    let (meta, spec) = pod_of(object)?;
    let containers = spec.containers.iter().map(|container| container.name.clone()).collect();
    let words = |words: &Option<Vec<String>>| words.clone().unwrap_or_default();
    let own = main_container(name, spec);
    let words = own.map(|own| [words(&own.command), words(&own.args)]).unwrap_or_default();
    Some(PodSummary { containers, words, templates: templates_of(meta, spec) })
}

fn pod_of(object: &Object) -> Option<(Option<&ObjectMeta>, &PodSpec)> {
    let template = match &object.kind {
        ObjectKind::Deployment(it) => &it.spec.as_ref()?.template,
        ObjectKind::StatefulSet(it) => &it.spec.as_ref()?.template,
        ObjectKind::DaemonSet(it) => &it.spec.as_ref()?.template,
        ObjectKind::Job(it) => &it.spec.as_ref()?.template,
        ObjectKind::Pod(it) => return Some((Some(&it.metadata), it.spec.as_ref()?)),
        ObjectKind::Namespace(_)
        | ObjectKind::Service(_)
        | ObjectKind::ConfigMap(_)
        | ObjectKind::Secret(_)
        | ObjectKind::Claim(_)
        | ObjectKind::NetworkPolicy(_) => return None,
    };
    Some((template.metadata.as_ref(), template.spec.as_ref()?))
}

/// The service's own container: the one with its name, else the first.
fn main_container<'a>(name: &Name, spec: &'a PodSpec) -> Option<&'a Container> {
    spec.containers.iter().find(|container| container.name == name.as_str()).or_else(|| spec.containers.first())
}

/// Returns the images of a pod that depend on variables: as in the Compose file, and as in the containers.
fn templates_of(meta: Option<&ObjectMeta>, spec: &PodSpec) -> Vec<(String, String)> {
    let annotations = meta.and_then(|meta| meta.annotations.as_ref());
    let mut found = Vec::new();
    for (index, container) in spec.containers.iter().enumerate() {
        let key = annotation::of_container(annotation::IMAGE, (index > 0).then_some(container.name.as_str()));
        let template = annotations.and_then(|annotations| annotations.get(&key));
        if let (Some(template), Some(image)) = (template, &container.image)
            && template.contains('$')
        {
            found.push((template.clone(), image.clone()));
        }
    }
    found
}
