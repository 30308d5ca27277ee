//! Which workload implements which Compose service.
//!
//! Input: the project and the workloads. Output: pairs of a service and a container. Evidence, strongest first: `same-as` in
//! the overrides; the annotation `compose2k8s/service`; the names of the workload, of the Services that select it and of its
//! containers; labels; the image.
//!
//! Invariant: if the evidence is ambiguous, the candidates are reported and the user must choose; nothing is guessed.

mod evidence;
mod explicit;
pub(crate) mod name_index;
pub(crate) mod names;
mod pairs;
pub(crate) mod runs;

use super::manifests::Manifests;
use super::problem::Problem;
use crate::check::manifests::workload::{SERVICE_ANNOTATION, Workload};
use crate::maps::HashSet;
use crate::overrides::Overrides;
use crate::report::{Report, did_you_mean};
use crate::resolve::{Project, Service, ServiceName};
use evidence::match_by_evidence;
use explicit::match_explicitly;
use name_index::NameIndex;
use pairs::main_container;
pub(crate) use pairs::{Matching, Pair};

/// Matches the workloads with the services of the project, and reports unknown names and ambiguous evidence.
pub(crate) fn match_workloads<'a>(
    project: &'a Project,
    overrides: &Overrides,
    workloads: &[Workload<'_>],
    manifests: &Manifests,
    report: &mut Report,
) -> Matching<'a> {
    let mut matching = Matching::default();
    match_explicitly(project, overrides, workloads, manifests, &mut matching, report);
    let paired: HashSet<(usize, usize)> = matching.pairs.iter().map(|pair| (pair.workload, pair.container)).collect();
    let explicit: HashSet<usize> = paired.iter().map(|(workload, _)| *workload).collect();
    let index_of_names =
        NameIndex::new(project.services.values().map(|service| (service.name.value.as_str(), service)));
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        let mut all = (0..workload.spec.containers.len()).filter(|container| !paired.contains(&(index, *container)));
        if explicit.contains(&index) {
            // `same-as` takes precedence over the annotation.
            open.extend(all.map(|container| (index, container)));
            continue;
        }
        let Some(named) = workload.annotations.get(SERVICE_ANNOTATION) else {
            open.extend(all.by_ref().map(|container| (index, container)));
            continue;
        };
        let Some(service) = project.services.get(named.as_str()) else {
            let at = workload.service_annotation_span();
            let suggestion = did_you_mean(named, project.services.keys().map(ServiceName::as_str));
            report.add(Problem::UnknownService { service: named.clone(), at, suggestion });
            continue;
        };
        let own = main_container(workload, service);
        matching.pairs.push(Pair { service, workload: index, container: own });
        for container in all.filter(|container| *container != own) {
            // Several services in one pod: `network_mode: service:…`.
            match additional_service(project, &index_of_names, workload, container, service, report) {
                Some(other) => matching.pairs.push(Pair { service: other, workload: index, container }),
                None => matching.unmatched.push((index, container)),
            }
        }
    }
    match_by_evidence(project, workloads, manifests, open, &mut matching, report);
    matching
}

/// Returns the service of an additional container: the one that its own annotation names, else the one of its name.
fn additional_service<'a>(
    project: &'a Project,
    names: &NameIndex<&'a Service>,
    workload: &Workload<'_>,
    container: usize,
    pod_owner: &Service,
    report: &mut Report,
) -> Option<&'a Service> {
    let name = &workload.spec.containers.get(container)?.name;
    if let Some(named) = workload.annotations.get(&format!("{SERVICE_ANNOTATION}.{name}")) {
        let service = project.services.get(named.as_str());
        if service.is_none() {
            let at = workload.service_annotation_span();
            let suggestion = did_you_mean(named, project.services.keys().map(ServiceName::as_str));
            report.add(Problem::UnknownService { service: named.clone(), at, suggestion });
        }
        return service;
    }
    names.lookup(name).into_iter().find(|other| other.name.value != pod_owner.name.value)
}
