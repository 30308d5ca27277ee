//! Pairs that the overrides state with `same-as`.
//!
//! Invariant: an explicit pair is never weighed against evidence, and one that cannot apply is reported.

use super::pairs::{Matching, Pair, join_candidates, main_container};
use crate::check::manifests::Manifests;
use crate::check::manifests::workload::Workload;
use crate::check::problem::Problem;
use crate::overrides::{Overrides, SameAs};
use crate::report::{Report, did_you_mean};
use crate::resolve::Project;

/// Adds the pairs that the overrides state.
pub(super) fn match_explicitly<'a>(
    project: &'a Project,
    overrides: &Overrides,
    workloads: &[Workload<'_>],
    manifests: &Manifests,
    matching: &mut Matching<'a>,
    report: &mut Report,
) {
    for (name, choice) in &overrides.services {
        let (Some(service), Some(same)) = (project.services.get(name), &choice.same_as) else { continue };
        let SameAs { name: wanted, kind, container } = same;
        let of_kind = |workload: &Workload<'_>| kind.is_none_or(|kind| workload.document.kind == kind);
        let found: Vec<(usize, &Workload<'_>)> = workloads
            .iter()
            .enumerate()
            .filter(|(_, workload)| workload.document.name == wanted.value && of_kind(workload))
            .collect();
        let service_name = service.name.value.to_string();
        match found.as_slice() {
            [] => {
                let what = format!("the {} `{}`", kind.unwrap_or("workload"), wanted.value);
                let names = workloads.iter().filter(|workload| of_kind(workload));
                let suggestion = did_you_mean(&wanted.value, names.map(|workload| workload.document.name.as_str()));
                // It may be in a file that could not be read.
                if !manifests.broken {
                    report.add(Problem::SameAsNobody { service: service_name, what, at: wanted.span, suggestion });
                }
            }
            [(index, workload)] => {
                let containers = &workload.spec.containers;
                let own = match container {
                    Some(named) => containers.iter().position(|container| container.name == named.value),
                    None => Some(main_container(workload, service)),
                };
                if let Some(own) = own {
                    matching.pairs.push(Pair { service, workload: *index, container: own });
                } else if let Some(named) = container {
                    let what = format!("the container `{}` of {}", named.value, workload.describe());
                    let suggestion = did_you_mean(&named.value, containers.iter().map(|it| it.name.as_str()));
                    report.add(Problem::SameAsNobody { service: service_name, what, at: named.span, suggestion });
                }
            }
            several => {
                let what = format!("the service `{service_name}`");
                let candidates = join_candidates(several.iter().map(|(_, workload)| workload.describe()));
                let others = several.iter().map(|(_, workload)| workload.span()).collect();
                report.add(Problem::Ambiguous { what, candidates, at: service.name.span, others });
            }
        }
    }
}
