//! The pod of a service, assembled by the topics, and its controller.

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetSpec, Deployment, DeploymentSpec, StatefulSet, StatefulSetSpec};
use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{Container, Namespace, VolumeMount};
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::context::{Context, NodeRequirements, PodRole};
use super::findings::Findings;
use super::networks::{addresses, policies, ports, services};
use super::objects::{Comment, Name, Object, ObjectKind, ServiceObjects};
use super::order::{self, Controller};
use super::pod::builder::PodBuilder;
use super::pod::defaults;
use super::pod::metadata::{labels, metadata, project_labels, selector};
use super::process::{hooks, runtime_class, security, users};
use super::volumes::{copy_up, declared};
use super::{health, networks, process, volumes};
use crate::resolve::Service;
use crate::resolve::networks::Attachment;

/// Returns the namespace and the objects that belong to no single service.
pub(super) fn shared_objects(context: Context, requirements: NodeRequirements, findings: &mut Findings) -> Vec<Object> {
    let namespace = Namespace {
        metadata: ObjectMeta {
            name: Some(context.names.namespace.to_string()),
            labels: Some(project_labels(context)),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    };
    let mut objects = vec![Object { kind: ObjectKind::Namespace(Box::new(namespace)), comments: Vec::new() }];
    objects.extend(addresses::service_ranges(context));
    objects.extend(runtime_class::runtime_classes(&requirements.runtime_classes, context));
    objects.extend(policies::network_policies(&requirements, context, findings));
    objects.extend(requirements.objects);
    objects
}

/// Builds the pod of a service and of the services that share its network.
pub(super) fn build_pod<'a, 'f>(
    owner: &'a Service,
    context: Context<'a>,
    requirements: &'a mut NodeRequirements,
    findings: &'a mut Findings<'f>,
) -> PodBuilder<'a, 'f> {
    let name = context.names.name_of(&owner.name.value);
    let members = match context.role {
        PodRole::Service => context.pod_members(&owner.name.value),
        PodRole::Run => vec![owner],
    };
    let containers = members.iter().map(|service| context.names.name_of(&service.name.value).to_string()).collect();
    let mut pod = PodBuilder::new(
        context,
        requirements,
        findings,
        labels(&name, context),
        defaults::pod_spec(context),
        containers,
    );
    if context.role == PodRole::Service {
        for volume in context.ephemeral_volumes.get(&owner.name.value).into_iter().flatten() {
            pod.add_volume(&volume.name, format!("ephemeral {}", volume.name), || volume.clone());
        }
    }
    networks::docker_dns::add_redirect(&members, &mut pod);
    for service in members.iter().copied() {
        for label in context.names.shared_labels(&service.name.value) {
            pod.labels.insert(label, "true".to_owned());
        }
        pod.container =
            Container { name: context.names.name_of(&service.name.value).to_string(), ..Container::default() };
        mount_data_claim(owner, service, &mut pod);
        process::set_process(service, &mut pod);
        networks::set_network(service, &mut pod);
        defaults::allow_low_ports(
            service,
            ports::known_ports(service, context).iter().any(|port| port.port < 1024),
            &mut pod,
        );
        volumes::mount_volumes(service, &mut pod);
        order::wait_init_containers(service, &mut pod);
        networks::dns::wait_for_resolver(service, &mut pod);
        hooks::add_pre_start_containers(service, &mut pod);
        if context.role == PodRole::Service {
            health::add_probes(service, &mut pod);
            order::report_restarts(service, &mut pod);
        }
        pod.finish_secret();
        pod.spec.containers.push(std::mem::take(&mut pod.container));
    }
    security::reconcile_namespaces(&members, &mut pod);
    users::choose_groups_policy(&mut pod);
    runtime_class::choose_runtime_class(&members, &mut pod);
    policies::add_network_labels(owner, &mut pod);
    pod
}

/// Mounts `data` of the overrides: as a claim template of a StatefulSet, or as a claim for other controllers. A run
/// gets an emptyDir, because Docker gives every run a new anonymous volume.
fn mount_data_claim(owner: &Service, service: &Service, pod: &mut PodBuilder) {
    let context = pod.context;
    let Some(data) = context.choice(&service.name.value).and_then(|choice| choice.data.as_ref()) else { return };
    let guest = pod.has_owner();
    let wanted = if guest {
        format!("{}-{}", declared::DATA_VOLUME, pod.container.name)
    } else {
        declared::DATA_VOLUME.to_owned()
    };
    let own = context.names.name_of(&owner.name.value);
    let name = if context.role == PodRole::Run {
        pod.add_volume(&wanted, wanted.clone(), copy_up::empty_volume)
    } else if order::controller(context, owner).0 == Controller::StatefulSet {
        pod.claims.push(declared::claim_template(&wanted, &own, &data.value.size, context));
        wanted
    } else {
        declared::add_service_claim(&wanted, &own, &data.value.size, pod)
    };
    pod.container.volume_mounts.get_or_insert_with(Vec::new).push(VolumeMount {
        name,
        mount_path: data.value.path.value.clone(),
        ..VolumeMount::default()
    });
}

/// Returns the objects of every service. Services in another service's pod and setup services have no controller.
pub(super) fn all_service_objects<S>(
    context: Context,
    requirements: &mut NodeRequirements,
    findings: &mut Findings,
    mut each: impl FnMut(ServiceObjects) -> S,
) -> Vec<S> {
    let mut all = Vec::new();
    for (name, service) in &context.project.services {
        let setup = context.start_order.is_setup(name);
        let services = if setup && addresses::cluster_ip_addresses(service, context).is_empty() {
            Vec::new()
        } else {
            services::service_objects(service, context, findings)
        };
        let manifests = if setup || context.start_order.pod_owner(name) != name {
            Vec::new()
        } else {
            workload_objects(service, context, requirements, findings)
        };
        if !(services.is_empty() && manifests.is_empty()) {
            all.push(each(ServiceObjects {
                service: name.clone(),
                name: context.names.name_of(name),
                manifests,
                services,
            }));
        }
    }
    all
}

fn workload_objects(
    service: &Service,
    context: Context,
    requirements: &mut NodeRequirements,
    findings: &mut Findings,
) -> Vec<Object> {
    let name = context.names.name_of(&service.name.value);
    let pod = build_pod(service, context, requirements, findings);
    let from_outside = policies::external_ingress_policy(service, &pod.spec, context);
    let mut objects = vec![controller_object(service, &name, pod, context)];
    objects.extend(from_outside);
    if let Attachment::None(_) = service.networks.attachment {
        objects.push(Object {
            kind: ObjectKind::NetworkPolicy(Box::new(NetworkPolicy {
                metadata: metadata(&name, labels(&name, context), context),
                spec: Some(NetworkPolicySpec {
                    pod_selector: Some(LabelSelector {
                        match_labels: Some(selector(&name, context)),
                        ..LabelSelector::default()
                    }),
                    policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
                    ..NetworkPolicySpec::default()
                }),
            })),
            comments: vec![Comment { at: Vec::new(), text: "network_mode: none. Nothing in, nothing out.".to_owned() }],
        });
    }
    objects
}

fn controller_object(service: &Service, name: &Name, mut pod: PodBuilder, context: Context) -> Object {
    let (kind, wanted) = order::controller(context, service);
    let active = service.order.active;
    let replicas = Some(if active { i32::try_from(wanted).unwrap_or(i32::MAX) } else { 0 });
    let claims = std::mem::take(&mut pod.claims);
    let (mut template, inner) = pod.into_template();
    let mut comments: Vec<Comment> = inner
        .into_iter()
        .map(|Comment { mut at, text }| {
            at.splice(0..0, ["spec", "template"].map(str::to_owned));
            Comment { at, text }
        })
        .collect();
    let mut say = |at: &[&str], text: String| {
        comments.push(Comment { at: at.iter().map(|part| (*part).to_owned()).collect(), text });
    };
    let profiles = service.order.profiles.iter().map(|profile| profile.value.as_str()).collect::<Vec<_>>().join(", ");
    let asleep = format!("profiles: {profiles}. Asleep until k8s-up.sh is asked for it by name or by profile.");
    if !active && kind != Controller::Job {
        say(&["spec", "replicas"], asleep.clone());
    }
    let metadata = metadata(name, labels(name, context), context);
    let selector = LabelSelector { match_labels: Some(selector(name, context)), ..LabelSelector::default() };
    let kind = match kind {
        Controller::Deployment => {
            say(&["spec", "strategy"], "Compose stops the old container before it starts the new one.".to_owned());
            ObjectKind::Deployment(Box::new(Deployment {
                metadata,
                spec: Some(DeploymentSpec {
                    replicas,
                    strategy: Some(defaults::deployment_strategy()),
                    selector,
                    template,
                    ..DeploymentSpec::default()
                }),
                status: None,
            }))
        }
        Controller::StatefulSet => {
            let members = context.pod_members(&service.name.value);
            let kept = members.iter().filter_map(|member| context.choice(&member.name.value)?.data.as_ref());
            for (index, data) in kept.enumerate() {
                let at = ["spec", "volumeClaimTemplates", &index.to_string()];
                say(&at, format!("The data outlives the pod. {}", data.because));
            }
            ObjectKind::StatefulSet(Box::new(StatefulSet {
                metadata,
                spec: Some(StatefulSetSpec {
                    service_name: Some(name.to_string()),
                    replicas,
                    selector,
                    template,
                    volume_claim_templates: Some(claims),
                    ..StatefulSetSpec::default()
                }),
                status: None,
            }))
        }
        Controller::DaemonSet => {
            say(&["spec"], format!("deploy.mode: global. One on every node; {}.", context.target.node_count()));
            ObjectKind::DaemonSet(Box::new(DaemonSet {
                metadata,
                spec: Some(DaemonSetSpec { selector, template, ..DaemonSetSpec::default() }),
                status: None,
            }))
        }
        Controller::Job => {
            let (policy, tries) = order::job_restarts(&service.order);
            if let Some(spec) = &mut template.spec {
                spec.restart_policy = Some(policy.to_owned());
            }
            if !active {
                say(&["spec", "suspend"], asleep);
            } else if context.start_order.is_awaited_completed(&service.name.value) {
                say(&["spec"], "condition: service_completed_successfully. Others start after its end.".to_owned());
            }
            // The default is one completion; a Compose service with several replicas runs each of them to completion.
            let many = (wanted > 1).then(|| i32::try_from(wanted).unwrap_or(i32::MAX));
            ObjectKind::Job(Box::new(Job {
                metadata,
                spec: Some(JobSpec {
                    backoff_limit: Some(tries),
                    parallelism: many,
                    completions: many,
                    suspend: (!active).then_some(true),
                    template,
                    ..JobSpec::default()
                }),
                status: None,
            }))
        }
    };
    Object { kind, comments }
}
