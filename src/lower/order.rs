//! Topic *order*: `depends_on`, profiles, restart, replicas → init containers, Jobs, phases.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#depends_on>

use k8s_openapi::api::core::v1::Container;

use super::analysis::dependencies::attachment_span;
use super::context::{Context, PodRole};
use super::pod::builder::PodBuilder;
use super::pod::defaults;
use super::pod_problem::Problem as PodProblem;
use super::problem::Problem;
use crate::keys::Key;
use crate::resolve::Service;
use crate::resolve::health::Health;
use crate::resolve::networks::Attachment;
use crate::resolve::order::{Condition, Order, Restart};

/// The kind of object that controls a service's pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Controller {
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
}

/// Returns the controller of a service's pod, and the number of replicas when it is started.
pub(super) fn controller(context: Context, service: &Service) -> (Controller, u32) {
    let Order { waits: _, profiles: _, active, restart, replicas: _, mode } = &service.order;
    let name = &service.name.value;
    let mode = mode.as_ref().map_or("replicated", |mode| mode.value.as_str());
    let wanted = service.order.replica_count();
    let keeps_data = context
        .pod_members(name)
        .iter()
        .any(|member| context.choice(&member.name.value).is_some_and(|choice| choice.data.is_some()));
    // One policy applies to all containers of a pod.
    let ends = service.order.ends() && context.pod_members(name).iter().all(|member| member.order.ends());
    // A service with a profile that has no `restart`, no ports and no health check is a program that is run once, not a
    // server.
    let serves = !service.networks.ports.is_empty()
        || !service.networks.expose.is_empty()
        || matches!(service.health, Health::Asked(_))
        || context.choice(name).is_some_and(|choice| !choice.ports.is_empty());
    let kind = if context.start_order.is_awaited_completed(name) || mode.ends_with("-job") || (ends && wanted > 0) {
        Controller::Job
    } else if keeps_data {
        Controller::StatefulSet
    } else if mode == "global" && *active {
        Controller::DaemonSet
    } else if !active && restart.is_none() && !serves && !context.start_order.is_awaited_healthy(name) {
        Controller::Job
    } else {
        Controller::Deployment
    };
    (kind, if mode.starts_with("global") { 1 } else { wanted })
}

/// Returns the restart policy and the backoff limit of a Job.
pub(super) fn job_restarts(order: &Order) -> (&'static str, i32) {
    match order.restart.as_ref().map(|restart| restart.value) {
        Some(Restart::OnFailure(Some(times))) => ("OnFailure", i32::try_from(times).unwrap_or(i32::MAX)),
        Some(Restart::OnFailure(None)) => ("OnFailure", i32::MAX),
        Some(Restart::No | Restart::Always | Restart::UnlessStopped) | None => ("Never", 0),
    }
}

/// Reports a restart policy that the pod of the service does not have, because other services are in it, and logs that
/// Kubernetes deletes.
pub(super) fn report_restarts(service: &Service, pod: &mut PodBuilder) {
    let Some(restart) = service.order.restart.as_ref().filter(|_| service.order.ends()) else { return };
    let context = pod.context;
    let name = &service.name.value;
    let owner = context.project.services.get(context.start_order.pod_owner(name)).unwrap_or(service);
    let is_job = controller(context, owner).0 == Controller::Job;
    if !is_job || job_restarts(&owner.order) != job_restarts(&service.order) {
        if context.pod_members(&owner.name.value).len() > 1 {
            let problem = PodProblem::RestartOfPod { service: name.to_string(), at: restart.span };
            pod.findings.for_key(name, Key::Restart, problem);
        }
    } else if let (Restart::OnFailure(Some(times)), false) =
        (restart.value, context.start_order.is_awaited_completed(name))
    {
        let problem = Problem::LogDeleted { service: name.to_string(), times, at: restart.span };
        pod.findings.for_key(name, Key::Restart, problem);
    }
}

/// Adds the init containers that wait until the dependencies of a service are healthy.
pub(super) fn wait_init_containers(service: &Service, pod: &mut PodBuilder) {
    let context = pod.context;
    let Order { waits, profiles: _, active, restart: _, replicas: _, mode: _ } = &service.order;
    let pod_owner = context.project.services.get(context.start_order.pod_owner(&service.name.value)).unwrap_or(service);
    let mute = matches!(pod_owner.networks.attachment, Attachment::None(_));
    // A pod whose name servers do not know the namespace's domain must name the server that it queries.
    let dns = context.dns().to_string();
    let resolver = context.resolver_endpoint(pod_owner).map(|endpoint| endpoint.address.to_string());
    let knows = |server: &String| *server == dns || Some(server) == resolver.as_ref();
    let servers = pod.spec.dns_config.as_ref().and_then(|config| config.nameservers.as_ref());
    let server =
        if servers.is_none_or(|servers| servers.iter().any(knows)) { String::new() } else { format!(" {dns}") };
    for wait in waits {
        let on = &wait.on.value;
        let gone = *active && context.project.services.get(on).is_none_or(|other| !other.order.active);
        let same_pod = context.start_order.pod_owner(on) == context.start_order.pod_owner(&service.name.value);
        if wait.condition != Condition::Healthy || gone || same_pod || !context.start_order.is_awaited_healthy(on) {
            continue;
        }
        // A pod without a network cannot resolve names.
        if mute {
            if context.role == PodRole::Service {
                pod.findings.for_service(
                    &service.name.value,
                    Problem::WaitsByPhase {
                        service: service.name.value.to_string(),
                        on: on.to_string(),
                        at: wait.on.span,
                        mute: attachment_span(pod_owner),
                    },
                );
            }
            continue;
        }
        let name = format!("wait-for-{}", context.names.name_of(on));
        if pod.has_init(&name) {
            continue;
        }
        let asked = format!("{}.{}.", context.names.ready_name_of(on), context.domain());
        let container = Container {
            command: Some(defaults::wait_for_name(&asked, &server)),
            ..defaults::helper_container(context, &name)
        };
        pod.add_init_container(container, format!(
            "depends_on: {on}: condition: service_healthy. Judged by an address below the first empty line, which is \
             the answer's: nslookup ends with 0 for an answer without any."
        ));
    }
}
