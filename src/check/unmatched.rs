//! Workloads and containers that implement no service, and services that no workload implements.

use std::collections::BTreeSet;

use super::acceptance::{FindingReport, Sides};
use super::facts::{Fact, Kind};
use super::manifests::Manifests;
use super::manifests::workload::Workload;
use super::matching::Matching;
use super::problem::{Problem, codes};
use crate::maps::HashSet;
use crate::overrides::Overrides;
use crate::resolve::networks::Attachment;
use crate::resolve::{Project, Service};

/// Reports the workloads that implement no service, and the additional containers of those that do.
pub(super) fn report_surplus(workloads: &[Workload<'_>], matched: &Matching<'_>, findings: &mut FindingReport<'_>) {
    let owners = matched.pod_owners();
    for (index, container) in &matched.unmatched {
        let Some(workload) = workloads.get(*index) else { continue };
        match owners.get(index) {
            Some(pair) => {
                let name = workload.spec.containers.get(*container).map(|container| container.name.clone());
                report_additional_container(workload, pair.service, *container, &name.unwrap_or_default(), findings);
            }
            None if *container == 0 => {
                let (kind, name) = (workload.document.kind.clone(), workload.document.name.clone());
                let problem = Problem::SurplusWorkload { kind, name, at: workload.span() };
                findings.add_for_workload(&workload.document.name, problem);
            }
            None => {}
        }
    }
    for pair in &matched.pairs {
        let Some(workload) = workloads.get(pair.workload) else { continue };
        let first = owners.get(&pair.workload);
        if first.is_some_and(|first| first.container != pair.container) {
            continue;
        }
        let list = workload.spec.init_containers.as_deref().unwrap_or_default();
        for (index, container) in list.iter().enumerate() {
            if container.restart_policy.as_deref() == Some("Always") {
                let at = workload.at.key("initContainers").item(index).span();
                let fact = Fact {
                    service: pair.service.name.value.as_str().into(),
                    ..Fact::required(Kind::Beside, &container.name, container.image.as_deref().unwrap_or_default(), at)
                };
                let near = Some(pair.service.name.span);
                findings.add(Sides::Observed(&fact), Problem::Surplus { sentence: fact.sentence(), at, near });
            }
        }
    }
}

pub(super) fn report_additional_container(
    workload: &Workload<'_>,
    service: &Service,
    index: usize,
    name: &str,
    findings: &mut FindingReport<'_>,
) {
    let Some((container, at)) = workload.container(index) else { return };
    let fact = Fact {
        service: service.name.value.as_str().into(),
        ..Fact::required(Kind::Beside, name, container.image.as_deref().unwrap_or_default(), at.span())
    };
    let near = Some(service.name.span);
    let problem = Problem::Surplus { sentence: fact.sentence(), at: at.span(), near };
    findings.add(Sides::Observed(&fact), problem);
}

/// Reports the services that no workload implements.
pub(super) fn report_missing(
    project: &Project,
    overrides: &Overrides,
    observed: &Manifests,
    matched: &Matching<'_>,
    strict: bool,
    findings: &mut FindingReport<'_>,
) {
    // Candidates of an ambiguous match were reported there.
    let undecided: BTreeSet<crate::text::Span> = findings
        .report
        .problems()
        .iter()
        .filter(|problem| problem.code == codes::ambiguous)
        .flat_map(|problem| problem.labels.iter().map(|label| label.span))
        .collect();
    let matched: HashSet<&str> = matched.pairs.iter().map(|pair| pair.service.name.value.as_str()).collect();
    for service in project.services.values() {
        let name = &service.name.value;
        let found = matched.contains(name.as_str());
        // Services of inactive profiles are usually not deployed. Generated manifests contain them unless they would be
        // in another service's pod.
        let own_pod = project.namespace_owner(service).is_none();
        // If the overrides name a workload that does not exist, only that is reported.
        let by_hand = overrides.services.get(name).is_some_and(|choice| choice.same_as.is_some());
        // A service that shares the network of a started one runs there on request.
        let on_request = matches!(service.networks.attachment, Attachment::OfService(_) | Attachment::OfContainer(_))
            && project.namespace_owner(service).is_some_and(|owner| owner.order.active)
            && overrides.setup.iter().all(|setup| setup.service.value != *name);
        let generated = strict && (own_pod || on_request) && observed.root.is_some();
        let wanted = !by_hand && (service.order.active || generated);
        if !found && wanted && !undecided.contains(&service.name.span) {
            let problem = Problem::NoWorkload { service: name.to_string(), at: service.name.span };
            findings.add_for_service(name.as_str(), problem);
        }
    }
}
