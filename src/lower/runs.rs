//! The Pods of `docker compose run`: setup services with their own command, declared runs with an idle process, and services
//! that share the network of a service that runs.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Pod, PodSpec, Volume};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::analysis::names::{object_name, volume_name};
use super::analysis::phases;
use super::assemble;
use super::context::{Context, NodeRequirements, PodRole};
use super::findings::Findings;
use super::networks::addresses;
use super::objects::{Comment, Name, Object, ObjectKind, RunObjects, Wrapper};
use super::pod::metadata::{labels, metadata};
use super::pod_problem::Problem as PodProblem;
use super::problem::Problem;
use super::volume_problem::Problem as VolumeProblem;
use super::volumes::is_filled;
use crate::keys::Key;
use crate::overrides::Run;
use crate::resolve::process::Words;
use crate::resolve::{Project, Service, ServiceName};
use crate::vocabulary::annotation;

/// A declared run and its project, in which the project's Compose files and those of the run are merged.
#[derive(Debug, Clone)]
pub struct RunProject<'a> {
    /// The run in the overrides.
    pub run: &'a Run,
    /// The merged project.
    pub project: &'a Project,
}

/// The idle process of a declared run. It exits immediately on TERM and reaps zombies.
const IDLE: &str = r#"trap "exit 0" TERM INT HUP; while :; do sleep 86400 & wait; done"#;

/// Returns the Pods of setup services, then those of declared runs, in the order of the overrides.
pub(super) fn run_pods(
    context: Context,
    runs: &[RunProject],
    requirements: &mut NodeRequirements,
    findings: &mut Findings,
) -> Vec<RunObjects> {
    let context = Context { role: PodRole::Run, ..context };
    let mut pods = Vec::new();
    for setup in &context.overrides.setup {
        let name = &setup.service.value;
        let Some(service) = context.project.services.get(name) else { continue };
        let object = context.names.name_of(name);
        let context = Context { run: Some(object.as_str()), ..context };
        let mut pod = run_pod(service, &object, &object, context, requirements, findings);
        let text = format!("docker compose run --rm {name}. {}", setup.because);
        pod.comments.push(Comment { at: Vec::new(), text });
        pods.push(RunObjects {
            run: object.to_string(),
            service: object,
            pod,
            wrapper: None,
            owner: None,
            files: Vec::new(),
        });
    }
    for RunProject { run, project } in runs {
        let context = Context { project, run: Some(&run.name.value), ..context };
        if let Some(service) = project.services.get(&run.service.value) {
            pods.push(declared_run(run, service, context, requirements, findings));
        }
    }
    pods
}

fn declared_run(
    run: &Run,
    service: &Service,
    context: Context,
    requirements: &mut NodeRequirements,
    findings: &mut Findings,
) -> RunObjects {
    let Run { name, service: _, pod, files, command, environment, about } = run;
    let compose = &service.name.value;
    let object = context.names.name_of(compose);
    let pod_name = object_name(&pod.clone().unwrap_or_else(|| format!("{compose}-run-{}", name.value)));
    // The Pod has the Service's labels only if the service has a ClusterIP. Runs of Compose have no DNS name.
    let addressed = !addresses::cluster_ip_addresses(service, context).is_empty();
    let label = if addressed { &object } else { &pod_name };
    let mut made = run_pod(service, &pod_name, label, context, requirements, findings);
    let entrypoint = match &service.process.entrypoint {
        Words::Given(words) => words.value.clone(),
        Words::Cleared(_) => Vec::new(),
        Words::Image => {
            findings.for_key(
                compose,
                Key::Entrypoint,
                Problem::EntrypointOfImage { run: name.value.clone(), service: compose.to_string(), at: name.span },
            );
            Vec::new()
        }
    };
    let mut line = String::from("docker compose");
    for file in context.project.files.iter().filter(|_| !files.is_empty()) {
        line.push_str(&format!(" -f {}", file.display()));
    }
    line.push_str(" run");
    for variable in environment.keys() {
        line.push_str(&format!(" -e {variable}"));
    }
    line.push_str(" --rm");
    if let Some(pod) = pod {
        line.push_str(&format!(" --name {pod}"));
    }
    line.push_str(&format!(" {compose} {}", command.join(" ")));
    let mut text = format!("{}. The service's addresses, not its published ports.", line.trim_end());
    if addressed {
        text.push_str(&format!(
            " Service {object} selects these labels, so its address leads here; without a pod-template-hash no \
             ReplicaSet takes the pod for its own."
        ));
    }
    made.comments.push(Comment { at: Vec::new(), text });
    if let ObjectKind::Pod(pod) = &mut made.kind
        && let Some(container) = pod.spec.as_mut().and_then(|spec| spec.containers.first_mut())
    {
        container.command = Some(["/bin/sh", "-c", IDLE].map(str::to_owned).to_vec());
        container.args = None;
        let at = ["spec", "containers", "0"].map(str::to_owned).to_vec();
        made.comments.push(Comment {
            at,
            text:
                "The command comes by `kubectl exec`. This process waits, ends at once on TERM, and buries the dead: \
                   it is the first of its container, so every orphan becomes its child."
                    .to_owned(),
        });
    }
    RunObjects {
        run: name.value.clone(),
        service: object,
        pod: made,
        wrapper: Some(Wrapper {
            about: about.clone(),
            command: entrypoint.into_iter().chain(command.iter().cloned()).collect(),
            environment: environment.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            setup: setup_runs_before(compose, context),
        }),
        owner: None,
        files: files.iter().map(|file| file.value.clone()).collect(),
    }
}

/// Returns the setup runs that a service or one of its dependencies needs.
fn setup_runs_before(service: &ServiceName, context: Context) -> Vec<String> {
    let mut below: Vec<&ServiceName> = vec![service];
    let mut next = 0;
    while let Some(at) = below.get(next) {
        for needed in phases::required_pods(context.project, context.start_order, at) {
            if !below.contains(&needed) {
                below.push(needed);
            }
        }
        next += 1;
    }
    context
        .overrides
        .setup
        .iter()
        .filter(|setup| setup.before.iter().any(|before| below.contains(&&before.value)))
        .map(|setup| context.names.name_of(&setup.service.value).to_string())
        .collect()
}

/// Services that run on request in a container of another service's running pod. The pod has their volumes from its start,
/// because Kubernetes adds none later.
#[derive(Debug, Default)]
pub(super) struct EphemeralRuns {
    /// The Pods of `runs/`. Their containers and volumes are those of the running pod.
    pub(super) pods: Vec<RunObjects>,
    /// The volumes by owner.
    pub(super) volumes: BTreeMap<ServiceName, Vec<Volume>>,
}

/// Returns the services that run in ephemeral containers.
/// <https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/>
pub(super) fn ephemeral_runs(
    context: Context,
    requirements: &mut NodeRequirements,
    findings: &mut Findings,
) -> EphemeralRuns {
    let context = Context { role: PodRole::Run, ..context };
    let mut runs = EphemeralRuns::default();
    for (name, owner) in context.start_order.ephemeral() {
        let Some(service) = context.project.services.get(name) else { continue };
        let (object, owner_object) = (context.names.name_of(name), context.names.name_of(owner));
        let pod_name = object_name(&format!("{object}-run"));
        let mut made = run_pod(service, &pod_name, &pod_name, context, requirements, findings);
        if let ObjectKind::Pod(pod) = &mut made.kind
            && let Some(spec) = &mut pod.spec
        {
            let annotations = pod.metadata.annotations.get_or_insert_default();
            annotations.insert(annotation::POD_OF.to_owned(), owner_object.to_string());
            spec.init_containers = None;
            // No container fills the volumes.
            for mount in service.volumes.mounts.iter().filter(|mount| is_filled(&mount.source, context) == Some(true)) {
                let (path, at) = (mount.target.value.clone(), mount.span);
                let (ephemeral, owner) = (name.to_string(), owner.to_string());
                findings.for_service(name, VolumeProblem::VolumeStartsEmpty { service: ephemeral, path, owner, at });
            }
            // Those of the running pod count.
            (spec.dns_policy, spec.dns_config) = (None, None);
            made.comments.retain(|comment| comment.at.get(1).is_none_or(|field| field != "initContainers"));
            let all = runs.volumes.entry(owner.clone()).or_default();
            name_volumes(&object, spec, all);
            let before = spec.volumes.as_ref().map(Vec::len);
            remove_single_files(service, spec, findings);
            if before != spec.volumes.as_ref().map(Vec::len) {
                made.comments.retain(|comment| comment.at.get(1).is_none_or(|field| field != "volumes"));
            }
            all.extend(spec.volumes.iter().flatten().cloned());
        }
        let text = format!(
            "docker compose run --rm {name}, in the network of {owner}: scripts/k8s-run.sh starts this container in the running pod \
             of {owner}, which has its volumes."
        );
        made.comments.push(Comment { at: Vec::new(), text });
        let owner = Some((name.clone(), owner_object));
        runs.pods.push(RunObjects {
            run: object.to_string(),
            service: object,
            pod: made,
            wrapper: None,
            owner,
            files: Vec::new(),
        });
    }
    runs
}

/// Gives the volumes of a pod names that no other volume has in the pod where its container runs.
fn name_volumes(service: &Name, spec: &mut PodSpec, others: &[Volume]) {
    let mut given: Vec<(String, String)> = Vec::new();
    for volume in spec.volumes.iter_mut().flatten() {
        let wanted = volume_name(&format!("{service}-{}", volume.name));
        let taken =
            |name: &str| others.iter().any(|other| other.name == name) || given.iter().any(|(_, known)| known == name);
        let free = (2..=u16::MAX).map(|number| format!("{wanted}-{number}")).find(|name| !taken(name));
        let name = if taken(&wanted) { free.unwrap_or(wanted) } else { wanted };
        given.push((std::mem::replace(&mut volume.name, name.clone()), name));
    }
    let mounts = spec.containers.iter_mut().filter_map(|container| container.volume_mounts.as_mut());
    for mount in mounts.flatten() {
        if let Some((_, name)) = given.iter().find(|(before, _)| *before == mount.name) {
            mount.name.clone_from(name);
        }
    }
}

/// Removes the mounts that an ephemeral container cannot have, with a diagnostic for each.
fn remove_single_files(service: &Service, spec: &mut PodSpec, findings: &mut Findings) {
    let name = &service.name.value;
    for mounts in spec.containers.iter_mut().filter_map(|container| container.volume_mounts.as_mut()) {
        for mount in mounts.iter().filter(|mount| mount.sub_path.is_some()) {
            let path = mount.mount_path.clone();
            let problem =
                PodProblem::NotInEphemeralContainer { service: name.to_string(), path, at: service.name.span };
            findings.for_service(name, problem);
        }
        mounts.retain(|mount| mount.sub_path.is_none());
    }
    let mounted: Vec<String> = spec
        .containers
        .iter()
        .flat_map(|container| container.volume_mounts.iter().flatten().map(|mount| mount.name.clone()))
        .collect();
    if let Some(volumes) = &mut spec.volumes {
        volumes.retain(|volume| mounted.contains(&volume.name));
    }
}

fn run_pod(
    service: &Service,
    name: &Name,
    label: &Name,
    context: Context,
    requirements: &mut NodeRequirements,
    findings: &mut Findings,
) -> Object {
    let mut pod = assemble::build_pod(service, context, requirements, findings);
    pod.labels.extend(labels(label, context));
    pod.spec.restart_policy = Some("Never".to_owned());
    let metadata = ObjectMeta {
        annotations: Some(std::mem::take(&mut pod.annotations)),
        ..metadata(name, std::mem::take(&mut pod.labels), context)
    };
    let (template, comments) = pod.into_template();
    Object { kind: ObjectKind::Pod(Box::new(Pod { metadata, spec: template.spec, status: None })), comments }
}
