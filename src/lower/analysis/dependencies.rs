//! Collects the dependencies of a project in a [`StartOrder`].

use super::phases;
use super::start_order::StartOrder;
use crate::keys::Key;
use crate::lower::findings::Findings;
use crate::lower::pod_problem::Problem as PodProblem;
use crate::lower::problem::Problem;
use crate::overrides::Overrides;
use crate::resolve::health::Health;
use crate::resolve::networks::Attachment;
use crate::resolve::order::{Condition, Dependency, Order, Restart};
use crate::resolve::{Project, Service, ServiceName};
use crate::text::Span;
use crate::words::quoted_list;

/// Finds pod owners, dependencies and phases of all services, and reports dependencies that differ in Kubernetes.
pub(crate) fn find_start_order(project: &Project, overrides: &Overrides, findings: &mut Findings) -> StartOrder {
    let mut start_order = StartOrder {
        setups: overrides.setup.iter().map(|setup| setup.service.value.clone()).collect(),
        ..StartOrder::default()
    };
    for (name, service) in &project.services {
        let home = find_pod_owner(project, service, findings);
        if home != *name && service.order.active != project.services.get(&home).is_some_and(|home| home.order.active) {
            start_order.left_out.insert(name.clone());
            let of_network =
                matches!(service.networks.attachment, Attachment::OfService(_) | Attachment::OfContainer(_));
            let (on_request, at) = (of_network && !service.order.active, attachment_span(service));
            let (service, home) = (name.to_string(), home.to_string());
            if on_request && !start_order.is_setup(name) {
                start_order.ephemeral.insert(name.clone());
                findings.for_service(name, PodProblem::EphemeralContainer { service, home, at });
            } else {
                findings.for_service(name, PodProblem::MemberLeftOut { service, home, at });
            }
        }
        start_order.pod_owners.insert(name.clone(), home);
    }
    for name in project.services.keys() {
        let home = start_order.pod_owner(name).clone();
        let left_out = start_order.left_out(name);
        let members = start_order.members.entry(home.clone()).or_insert_with(|| vec![home.clone()]);
        if home != *name && !left_out {
            members.push(name.clone());
        }
    }
    for (name, service) in &project.services {
        for wait in &service.order.waits {
            let Some(on) = project.services.get(&wait.on.value) else { continue };
            if start_order.is_setup(&on.name.value) {
                continue;
            }
            if !is_started(service, on, &start_order) {
                continue;
            }
            match wait.condition {
                Condition::Started => {}
                Condition::Healthy if start_order.pod_owner(name) == start_order.pod_owner(&on.name.value) => {
                    findings.for_service(
                        name,
                        PodProblem::WaitsInOnePod {
                            service: name.to_string(),
                            on: on.name.value.to_string(),
                            at: wait.on.span,
                        },
                    );
                }
                Condition::Healthy => {
                    if has_health_check(name, on, wait, findings) {
                        start_order.healthy.entry(on.name.value.clone()).or_insert(wait.on.span);
                    }
                }
                Condition::Completed if start_order.pod_members(start_order.pod_owner(&on.name.value)).len() > 1 => {
                    findings.for_service(
                        name,
                        PodProblem::CompletionInPod {
                            service: name.to_string(),
                            on: on.name.value.to_string(),
                            at: wait.on.span,
                            shared: attachment_span(on),
                        },
                    );
                }
                Condition::Completed => {
                    report_endless_dependency(name, on, wait, findings);
                    start_order.completed.insert(on.name.value.clone());
                    findings.for_service(
                        name,
                        Problem::WaitsForJob {
                            service: name.to_string(),
                            on: on.name.value.to_string(),
                            at: wait.on.span,
                        },
                    );
                }
            }
        }
    }
    phases::assign_phases(project, &mut start_order, findings);
    report_default_restarts(project, &start_order, findings);
    report_guest_replicas(project, &start_order, findings);
    start_order
}

/// Reports services in another service's pod with another number of replicas: a pod is replicated as a whole.
fn report_guest_replicas(project: &Project, start_order: &StartOrder, findings: &mut Findings) {
    let replicas_of = |service: &Service| service.order.replica_count();
    for service in project.services.values().filter(|service| service.order.active && replicas_of(service) > 0) {
        let name = &service.name.value;
        let owner = start_order.pod_owner(name);
        let Some(of_pod) = project.services.get(owner).filter(|_| owner != name).map(replicas_of) else { continue };
        if of_pod != replicas_of(service) {
            let problem = PodProblem::ReplicasOfPod {
                service: name.to_string(),
                owner: owner.to_string(),
                own: replicas_of(service),
                of_pod,
                at: service.order.replicas.as_ref().map_or(service.name.span, |replicas| replicas.span),
            };
            findings.for_service(name, problem);
        }
    }
}

/// Reports services without `restart` that become a Deployment: Compose does not restart them, Kubernetes does.
fn report_default_restarts(project: &Project, start_order: &StartOrder, findings: &mut Findings) {
    let anyway: Vec<&Service> = project
        .services
        .values()
        .filter(|service| {
            let Order { waits: _, profiles: _, active, restart, replicas, mode } = &service.order;
            let name = &service.name.value;
            // The restart policy of a pod applies to all its containers.
            let is_guest = start_order.pod_owner(name) != name;
            let job = mode.as_ref().is_some_and(|mode| mode.value.ends_with("-job") && !is_guest)
                || start_order.is_awaited_completed(name)
                || start_order.is_setup(name);
            let none = replicas.as_ref().is_some_and(|replicas| replicas.value == 0);
            *active && !job && !none && restart.is_none()
        })
        .collect();
    if !anyway.is_empty() {
        findings.for_project(Problem::RestartedAnyway {
            services: quoted_list(anyway.iter().map(|service| &service.name.value)),
            at: anyway.iter().map(|service| service.name.span).collect(),
        });
    }
}

/// Reports a dependency on the completion of a service that Compose restarts forever.
fn report_endless_dependency(name: &ServiceName, on: &Service, wait: &Dependency, findings: &mut Findings) {
    let Some(restart) = on.order.restart.as_ref() else { return };
    match restart.value {
        Restart::Always | Restart::UnlessStopped => findings.for_key(
            name,
            Key::DependsOn,
            Problem::EndNeverComes {
                service: name.to_string(),
                on: on.name.value.to_string(),
                at: wait.on.span,
                restart: restart.span,
            },
        ),
        Restart::No | Restart::OnFailure(_) => {}
    }
}

/// Returns whether a dependency is started. Compose waits for no container of one without replicas, whatever the condition.
fn is_started(service: &Service, on: &Service, start_order: &StartOrder) -> bool {
    // The loader rejects a required dependency that is not started; an optional one is ignored.
    let is_inactive = service.order.active && !on.order.active && !start_order.left_out(&service.name.value);
    !is_inactive && on.order.replicas.as_ref().is_none_or(|replicas| replicas.value > 0)
}

/// Returns whether a service has a health check. Reports one without: the dependent service would wait forever.
fn has_health_check(name: &ServiceName, on: &Service, wait: &Dependency, findings: &mut Findings) -> bool {
    let (service, at, other) = (name.to_string(), wait.on.span, on.name.value.to_string());
    findings.for_service(
        name,
        match &on.health {
            Health::Asked(_) => return true,
            Health::Image(place) => {
                Problem::HealthOfImage { service, on: other, at, asked: place.unwrap_or(on.name.span) }
            }
            Health::Disabled(place) => Problem::HealthUnknown { service, on: other, at, asked: *place },
        },
    );
    false
}

/// Returns the last service in a chain of services that share the network, or the IPC or process namespace, of the next
/// one.
fn find_pod_owner(project: &Project, service: &Service, findings: &mut Findings) -> ServiceName {
    let mut at = service;
    for _ in 0..project.services.len() {
        let Some(next) = project.namespace_owner(at) else { return at.name.value.clone() };
        at = next;
    }
    findings.for_service(
        &service.name.value,
        Problem::DependencyCycle {
            cycle: format!("`{}` → … → `{}`", service.name.value, service.name.value),
            at: vec![attachment_span(service)],
        },
    );
    service.name.value.clone()
}

pub(crate) fn attachment_span(service: &Service) -> Span {
    match &service.networks.attachment {
        Attachment::None(at) | Attachment::Host(at) => *at,
        Attachment::OfService(other) => other.span,
        Attachment::OfContainer(container) => container.span,
        Attachment::Networks(_) => service.name.span,
    }
}
