//! Phases: which pods start before which.
//!
//! Invariant: a pod starts after all pods that its containers depend on, except for dependencies that are reported as
//! started too early.

use super::start_order::StartOrder;
use crate::lower::findings::Findings;
use crate::lower::problem::Problem;
use crate::maps::IndexMap;
use crate::maps::push_unique;
use crate::resolve::order::{Condition, Dependency};
use crate::resolve::{Project, ServiceName};

/// A dependency of one container of a pod on another pod.
struct PodDependency<'a> {
    /// The service of the dependent container.
    member: &'a ServiceName,
    wait: &'a Dependency,
    /// The owner of the pod that it depends on.
    pod_owner: &'a ServiceName,
}

/// Returns the dependencies of a service's pod.
fn pod_dependencies<'a>(
    project: &'a Project,
    start_order: &'a StartOrder,
    service: &'a ServiceName,
) -> Vec<PodDependency<'a>> {
    let own = start_order.pod_owner(service);
    let mut found = Vec::new();
    for (member, body) in
        start_order.pod_members(own).iter().filter_map(|member| project.services.get_key_value(member))
    {
        for wait in &body.order.waits {
            let Some((on, other)) = project.services.get_key_value(&wait.on.value) else { continue };
            let pod_owner = start_order.pod_owner(on);
            let absent =
                (body.order.active && !other.order.active) || start_order.is_setup(on) || start_order.left_out(on);
            if pod_owner != own && !absent && !start_order.early.contains(&(own.clone(), pod_owner.clone())) {
                found.push(PodDependency { member, wait, pod_owner });
            }
        }
    }
    found
}

/// Returns the owners of the pods that must start before a service's pod.
pub(crate) fn required_pods<'a>(
    project: &'a Project,
    start_order: &'a StartOrder,
    service: &'a ServiceName,
) -> Vec<&'a ServiceName> {
    let mut needed = Vec::new();
    for PodDependency { member: _, wait: _, pod_owner } in pod_dependencies(project, start_order, service) {
        push_unique(&mut needed, pod_owner);
    }
    needed
}

/// Assigns phases: a pod's phase is one more than the highest phase of the pods that it depends on.
pub(crate) fn assign_phases(project: &Project, start_order: &mut StartOrder, findings: &mut Findings) {
    loop {
        let (phases, cycles) = longest_paths(project, start_order);
        // There is no cycle in Compose here: it starts a container that shares another container's network any time
        // after that one. The containers of a pod start together, so such a container starts too early if it only waits
        // for a start.
        let early =
            cycles.iter().find_map(|edges| edges.iter().find(|step| may_start_early(project, start_order, step)));
        let Some((from, to)) = early.cloned() else {
            start_order.phases = phases;
            for edges in &cycles {
                report_cycle(project, start_order, edges, findings);
            }
            return;
        };
        for PodDependency { member, wait, pod_owner } in
            pod_dependencies(project, start_order, &from).iter().filter(|dependency| *dependency.pod_owner == to)
        {
            findings.for_service(
                member,
                Problem::StartedTooEarly {
                    service: member.to_string(),
                    home: from.to_string(),
                    on: pod_owner.to_string(),
                    at: wait.on.span,
                },
            );
        }
        start_order.early.insert((from, to));
    }
}

/// The owners of a dependent pod and of the pod that it depends on.
type PodPair = (ServiceName, ServiceName);

/// Returns whether only containers of other services than the owner depend on the pod, and only on its start.
fn may_start_early(project: &Project, start_order: &StartOrder, (from, to): &PodPair) -> bool {
    pod_dependencies(project, start_order, from)
        .iter()
        .filter(|dependency| dependency.pod_owner == to)
        .all(|dependency| dependency.member != from && dependency.wait.condition == Condition::Started)
}

fn report_cycle(project: &Project, start_order: &StartOrder, edges: &[PodPair], findings: &mut Findings) {
    let Some((first, _)) = edges.first() else { return };
    let names = edges.iter().map(|(from, _)| from).chain([first]);
    let cycle = names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ");
    let mut at = Vec::new();
    for (from, to) in edges {
        let of_step = pod_dependencies(project, start_order, from);
        at.extend(
            of_step.iter().filter(|dependency| dependency.pod_owner == to).map(|dependency| dependency.wait.on.span),
        );
    }
    findings.for_service(first, Problem::DependencyCycle { cycle, at });
}

/// Returns the phase of every service, and the dependency cycles between pods.
fn longest_paths(project: &Project, start_order: &StartOrder) -> (IndexMap<ServiceName, usize>, Vec<Vec<PodPair>>) {
    let mut phases: IndexMap<ServiceName, usize> = IndexMap::default();
    let mut cycles = Vec::new();
    for start in project.services.keys() {
        // An explicit stack, because a long chain of dependencies could overflow the call stack.
        let mut path: Vec<(&ServiceName, Vec<&ServiceName>)> =
            vec![(start, required_pods(project, start_order, start))];
        while let Some((service, open)) = path.last_mut() {
            let service = *service;
            if phases.contains_key(service) {
                path.pop();
                continue;
            }
            if let Some(next) = open.pop() {
                if phases.contains_key(next) {
                    continue;
                }
                if let Some(begin) = path.iter().position(|(on_path, _)| *on_path == next) {
                    let on_way = path.iter().skip(begin).map(|(service, _)| (*service).clone());
                    let after = path.iter().skip(begin + 1).map(|(service, _)| (*service).clone());
                    cycles.push(on_way.zip(after.chain([next.clone()])).collect());
                    continue;
                }
                path.push((next, required_pods(project, start_order, next)));
                continue;
            }
            let after = required_pods(project, start_order, service)
                .into_iter()
                .filter_map(|needed| phases.get(needed))
                .max()
                .copied();
            phases.insert(service.clone(), after.unwrap_or(0) + 1);
            path.pop();
        }
    }
    (phases, cycles)
}
