//! The Pods of `docker compose run`: setup services with their own command, declared runs with an idle process.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::analysis::names::object_name;
use super::analysis::phases;
use super::assemble;
use super::context::{Context, NodeRequirements, PodRole};
use super::findings::Findings;
use super::networks::addresses;
use super::objects::{Comment, Name, Object, ObjectKind, RunObjects, Wrapper};
use super::pod::metadata::{labels, metadata};
use super::problem::Problem;
use crate::keys::Key;
use crate::overrides::Run;
use crate::resolve::process::Words;
use crate::resolve::{Project, Service, ServiceName};

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
        let mut pod = run_pod(service, &object, &object, context, requirements, findings);
        let text = format!("docker compose run --rm {name}. {}", setup.because);
        pod.comments.push(Comment { at: Vec::new(), text });
        pods.push(RunObjects { run: object.to_string(), service: object, pod, wrapper: None, files: Vec::new() });
    }
    for RunProject { run, project } in runs {
        let context = Context { project, ..context };
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
