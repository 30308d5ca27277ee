//! Topic *order*: `depends_on`, profiles, restart, replicas → init containers, Jobs, phases.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#depends_on>

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use k8s_openapi::api::core::v1::Container;

use super::findings::Findings;
use super::problem::Problem;
use super::scene::{Scene, Stage};
use super::workload::Draft;
use super::{neutral, phases};
use crate::keys::Key;
use crate::overrides::Overrides;
use crate::resolve::health::Health;
use crate::resolve::networks::Attachment;
use crate::resolve::order::{Condition, Order, Restart, Wait};
use crate::resolve::{Project, Service, ServiceName};
use crate::text::Span;

/// Who waits for whom, and who shares a pod with whom.
#[derive(Debug, Clone, Default)]
pub(super) struct Sequence {
    homes: IndexMap<ServiceName, ServiceName>,
    /// The services of each pod, its owner first, then its guests in the project's order.
    crews: IndexMap<ServiceName, Vec<ServiceName>>,
    left_out: BTreeSet<ServiceName>,
    healthy: BTreeMap<ServiceName, Span>,
    completed: BTreeSet<ServiceName>,
    setups: BTreeSet<ServiceName>,
    pub(super) phases: IndexMap<ServiceName, usize>,
    /// Pods that start before another although one of their containers depends on it.
    pub(super) early: BTreeSet<(ServiceName, ServiceName)>,
}

impl Sequence {
    /// The service whose pod this one's container stands in: itself, or that of `network_mode: service:NAME`.
    pub(super) fn home<'a>(&'a self, service: &'a ServiceName) -> &'a ServiceName {
        self.homes.get(service).unwrap_or(service)
    }

    /// The services whose containers stand in one pod, its owner first.
    pub(super) fn crew(&self, owner: &ServiceName) -> &[ServiceName] {
        self.crews.get(owner).map_or(&[], Vec::as_slice)
    }

    /// Whether a container that belongs into another service's pod is not put there, since it is not started with it.
    pub(super) fn left_out(&self, service: &ServiceName) -> bool {
        self.left_out.contains(service)
    }

    /// Services that others wait for until they are healthy, each with the first place that says so.
    pub(super) fn waited_for_health(&self) -> impl Iterator<Item = (&ServiceName, Span)> {
        self.healthy.iter().map(|(service, at)| (service, *at))
    }

    /// Whether somebody waits for this service's health.
    pub(super) fn is_gate(&self, service: &ServiceName) -> bool {
        self.healthy.contains_key(service)
    }

    /// Whether somebody waits for this service's end.
    pub(super) fn is_awaited_to_end(&self, service: &ServiceName) -> bool {
        self.completed.contains(service)
    }

    /// Whether the overrides make it a run that comes first.
    pub(super) fn is_setup(&self, service: &ServiceName) -> bool {
        self.setups.contains(service)
    }

    /// From 1.
    pub(super) fn phase(&self, service: &ServiceName) -> usize {
        self.phases.get(service).copied().unwrap_or(1)
    }
}

/// Which object a service's pod belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Workload {
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
}

/// Reads the whole project's order once.
pub(super) fn sequence(project: &Project, overrides: &Overrides, findings: &mut Findings) -> Sequence {
    let mut sequence = Sequence {
        setups: overrides.setup.iter().map(|setup| setup.service.value.clone()).collect(),
        ..Sequence::default()
    };
    for (name, service) in &project.services {
        let home = home(project, service, findings);
        if home != *name && service.order.active != project.services.get(&home).is_some_and(|home| home.order.active) {
            sequence.left_out.insert(name.clone());
            findings.of(
                name,
                Problem::MemberLeftOut {
                    service: name.to_string(),
                    home: home.to_string(),
                    at: attachment_place(service),
                },
            );
        }
        sequence.homes.insert(name.clone(), home);
    }
    for name in project.services.keys() {
        let home = sequence.home(name).clone();
        let left_out = sequence.left_out(name);
        let crew = sequence.crews.entry(home.clone()).or_insert_with(|| vec![home.clone()]);
        if home != *name && !left_out {
            crew.push(name.clone());
        }
    }
    for (name, service) in &project.services {
        for wait in &service.order.waits {
            let Some(on) = project.services.get(&wait.on.value) else { continue };
            if sequence.is_setup(&on.name.value) {
                continue;
            }
            if !starts(service, on, wait, &sequence, findings) {
                continue;
            }
            match wait.condition {
                Condition::Started => {}
                Condition::Healthy if sequence.home(name) == sequence.home(&on.name.value) => {
                    findings.of(
                        name,
                        Problem::WaitsInOnePod {
                            service: name.to_string(),
                            on: on.name.value.to_string(),
                            at: wait.on.span,
                        },
                    );
                }
                Condition::Healthy => {
                    if asked(name, on, wait, findings) {
                        sequence.healthy.entry(on.name.value.clone()).or_insert(wait.on.span);
                    }
                }
                Condition::Completed => {
                    endless(name, on, wait, findings);
                    sequence.completed.insert(on.name.value.clone());
                    findings.of(
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
    phases::phases(project, &mut sequence, findings);
    restarted(project, &sequence, findings);
    sequence
}

/// Services that say nothing of `restart` and become no Job.
fn restarted(project: &Project, sequence: &Sequence, findings: &mut Findings) {
    let anyway: Vec<&Service> = project
        .services
        .values()
        .filter(|service| {
            let Order { waits: _, profiles: _, active, restart, restart_condition, replicas, mode } = &service.order;
            let name = &service.name.value;
            let job = mode.as_ref().is_some_and(|mode| mode.value.ends_with("-job"))
                || sequence.is_awaited_to_end(name)
                || sequence.is_setup(name);
            let none = replicas.as_ref().is_some_and(|replicas| replicas.value == 0);
            *active && !job && !none && restart.is_none() && restart_condition.is_none()
        })
        .collect();
    if !anyway.is_empty() {
        let names = anyway.iter().map(|service| format!("`{}`", service.name.value)).collect::<Vec<_>>();
        findings.of_project(Problem::RestartedAnyway {
            services: names.join(", "),
            at: anyway.iter().map(|service| service.name.span).collect(),
        });
    }
}

/// Compose waits for an end that does not come where the container is started anew after every end.
fn endless(name: &ServiceName, on: &Service, wait: &Wait, findings: &mut Findings) {
    let Some(restart) = on.order.restart.as_ref() else { return };
    match restart.value {
        Restart::Always | Restart::UnlessStopped => findings.of_key(
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

/// Whether a service is there to be waited for; says so where it must be and is not.
fn starts(service: &Service, on: &Service, wait: &Wait, sequence: &Sequence, findings: &mut Findings) -> bool {
    let Wait { on: at, condition, required, restart: _ } = wait;
    let name = &service.name.value;
    // The loader refuses a required wait for what is not started; one that is not required is no wait then.
    if service.order.active && !on.order.active && !sequence.left_out(name) {
        return false;
    }
    if let (Condition::Healthy | Condition::Completed, Some(none)) = (condition, &on.order.replicas)
        && none.value == 0
    {
        if *required {
            findings.of(
                name,
                Problem::WaitNeverEnds {
                    service: name.to_string(),
                    on: at.value.to_string(),
                    at: at.span,
                    none: none.span,
                },
            );
        }
        return false;
    }
    true
}

/// Waiting for *healthy* with nothing to ask never ends.
fn asked(name: &ServiceName, on: &Service, wait: &Wait, findings: &mut Findings) -> bool {
    let place = match &on.health {
        Health::Asked(_) => return true,
        Health::Image(place) => *place,
        Health::Disabled(place) => Some(*place),
    };
    findings.of(
        name,
        Problem::HealthUnknown {
            service: name.to_string(),
            on: on.name.value.to_string(),
            at: wait.on.span,
            asked: place.unwrap_or(on.name.span),
        },
    );
    false
}

/// Follows `network_mode: service:NAME` (and `container:NAME` where a service of the project has that name) to its end.
fn home(project: &Project, service: &Service, findings: &mut Findings) -> ServiceName {
    let mut at = service;
    for _ in 0..project.services.len() {
        let next = match &at.networks.attachment {
            Attachment::OfService(other) => project.services.get(&other.value),
            Attachment::OfContainer(container) => of_container(project, &container.value),
            Attachment::None(_) | Attachment::Host(_) | Attachment::Networks(_) => return at.name.value.clone(),
        };
        let Some(next) = next else { return at.name.value.clone() };
        at = next;
    }
    findings.of(
        &service.name.value,
        Problem::DependencyCycle {
            cycle: format!("`{}` → … → `{}`", service.name.value, service.name.value),
            at: vec![attachment_place(service)],
        },
    );
    service.name.value.clone()
}

/// The service that a container's name stands for.
pub(super) fn of_container<'a>(project: &'a Project, container: &str) -> Option<&'a Service> {
    project.services.values().find(|service| match &service.networks.container_name {
        Some(name) => name.value == container,
        None => container == format!("{}-{}-1", project.name, service.name.value),
    })
}

fn attachment_place(service: &Service) -> Span {
    match &service.networks.attachment {
        Attachment::None(at) | Attachment::Host(at) => *at,
        Attachment::OfService(other) => other.span,
        Attachment::OfContainer(container) => container.span,
        Attachment::Networks(_) => service.name.span,
    }
}

/// The object a service's pod belongs to, and how many of it run when it is started.
pub(super) fn workload(scene: Scene, service: &Service) -> (Workload, u32) {
    let Order { waits: _, profiles: _, active, restart, restart_condition, replicas, mode } = &service.order;
    let name = &service.name.value;
    let mode = mode.as_ref().map_or("replicated", |mode| mode.value.as_str());
    let wanted = replicas.as_ref().map_or(1, |replicas| replicas.value);
    let keeps_data = scene
        .crew(name)
        .iter()
        .any(|member| scene.choice(&member.name.value).is_some_and(|choice| choice.data.is_some()));
    let ends = restart.as_ref().is_none_or(|restart| restart.value == Restart::No)
        && restart_condition.as_ref().is_none_or(|condition| condition.value == "none");
    // A profile's service that nothing keeps running and nobody asks for is a program to be run, not a server.
    let serves = !service.networks.ports.is_empty()
        || !service.networks.expose.is_empty()
        || matches!(service.health, Health::Asked(_))
        || scene.choice(name).is_some_and(|choice| !choice.ports.is_empty());
    let kind = if scene.sequence.is_awaited_to_end(name) || mode.ends_with("-job") {
        Workload::Job
    } else if keeps_data {
        Workload::StatefulSet
    } else if mode == "global" && *active {
        Workload::DaemonSet
    } else if !active && ends && !serves && !scene.sequence.is_gate(name) {
        Workload::Job
    } else {
        Workload::Deployment
    };
    (kind, if mode.starts_with("global") { 1 } else { wanted })
}

/// A Job's restart policy and how often it is tried again.
pub(super) fn tries(order: &Order) -> (&'static str, i32) {
    match order.restart.as_ref().map(|restart| restart.value) {
        Some(Restart::OnFailure(Some(times))) => ("OnFailure", i32::try_from(times).unwrap_or(i32::MAX)),
        Some(Restart::OnFailure(None)) => ("OnFailure", i32::MAX),
        Some(Restart::No | Restart::Always | Restart::UnlessStopped) | None => ("Never", 0),
    }
}

/// The init containers that hold a pod back until what it waits for is healthy.
pub(super) fn gates(service: &Service, scene: Scene, draft: &mut Draft, findings: &mut Findings) {
    let Order { waits, profiles: _, active, restart: _, restart_condition: _, replicas: _, mode: _ } = &service.order;
    let home = scene.project.services.get(scene.sequence.home(&service.name.value)).unwrap_or(service);
    let mute = matches!(home.networks.attachment, Attachment::None(_));
    // A pod with name servers of its own instead of the cluster's must say whom it asks.
    let dns = scene.dns().to_string();
    let servers = draft.spec.dns_config.as_ref().and_then(|config| config.nameservers.as_ref());
    let server = if servers.is_some_and(|servers| !servers.contains(&dns)) { format!(" {dns}") } else { String::new() };
    for wait in waits {
        let on = &wait.on.value;
        let gone = *active && scene.project.services.get(on).is_none_or(|other| !other.order.active);
        let same_pod = scene.sequence.home(on) == scene.sequence.home(&service.name.value);
        if wait.condition != Condition::Healthy || gone || same_pod || !scene.sequence.is_gate(on) {
            continue;
        }
        // A pod that may send nothing could ask for no name either.
        if mute {
            if scene.stage == Stage::Up {
                findings.of(
                    &service.name.value,
                    Problem::WaitsByPhase {
                        service: service.name.value.to_string(),
                        on: on.to_string(),
                        at: wait.on.span,
                        mute: attachment_place(home),
                    },
                );
            }
            continue;
        }
        let name = format!("wait-for-{}", scene.names.of(on));
        if draft.has_init(&name) {
            continue;
        }
        let asked = format!("{}.{}.", scene.names.ready(on), scene.domain());
        let container = Container {
            command: Some(vec![
                "/bin/sh".to_owned(),
                "-c".to_owned(),
                format!(
                    "until nslookup -type=a {asked}{server} 2>/dev/null | sed '1,/^$/d' | grep -q '^Address'; do\n  sleep 0.5\ndone\n"
                ),
            ]),
            ..neutral::helper(scene, &name)
        };
        draft.init(container, format!(
            "depends_on: {on}: condition: service_healthy. Judged by an address below the first empty line, which is \
             the answer's: nslookup ends with 0 for an answer without any."
        ));
    }
}
