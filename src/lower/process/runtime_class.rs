//! `ulimits`, `pids_limit`, `devices` and `device_cgroup_rules`: a RuntimeClass whose containers start from a changed specification of the node.
//! <https://github.com/opencontainers/runtime-spec/blob/main/config.md>
//!
//! The up script derives containerd's base specification of each RuntimeClass from that of the node; the annotation has
//! the changes. A RuntimeClass belongs to the cluster, so that its name contains that of the project.

use std::collections::BTreeMap;

use k8s_openapi::api::node::v1::RuntimeClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Map, Value, json};

use crate::lower::context::Context;
use crate::lower::findings::Findings;
use crate::lower::objects::{Comment, Object, ObjectKind};
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::metadata::project_labels;
use crate::lower::pod_problem::Problem as PodProblem;
use crate::resolve::Service;
use crate::resolve::process::{Device, Ulimit};
use crate::text::Span;
use crate::vocabulary::annotation;
use crate::words::fnv1a_32;

/// The resource limits of Linux, as Docker names them.
/// <https://docs.docker.com/reference/cli/docker/container/run/#ulimit>
const ULIMITS: &[&str] = &[
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// Returns the changes of the node's specification that a service needs; `None` if it needs none.
fn specification_changes(service: &Service) -> Option<Value> {
    let mut changes = Map::new();
    let limits: Vec<Value> = service.process.ulimits.iter().filter_map(resource_limit).collect();
    if !limits.is_empty() {
        changes.insert("process".to_owned(), json!({ "rlimits": limits }));
    }
    let mut resources = Map::new();
    if let Some(limit) = service.process.resources.pids_limit.as_ref().filter(|limit| limit.value > 0) {
        resources.insert("pids".to_owned(), json!({ "limit": limit.value }));
    }
    // A privileged container may use every device.
    let rules = service.process.device_rules.iter().filter(|_| !is_privileged(service));
    let rules: Vec<Value> = rules.filter_map(|rule| device_rule(&rule.value)).collect();
    if !rules.is_empty() {
        resources.insert("devices".to_owned(), Value::Array(rules));
    }
    if !resources.is_empty() {
        changes.insert("linux".to_owned(), json!({ "resources": resources }));
    }
    let devices: Vec<Value> = host_devices(service).map(device_of_node).collect();
    if !devices.is_empty() {
        changes.insert("devices".to_owned(), Value::Array(devices));
    }
    (!changes.is_empty()).then_some(Value::Object(changes))
}

/// Returns the devices without those that a privileged container has anyway.
fn host_devices(service: &Service) -> impl Iterator<Item = &Device> {
    let is_own = |device: &&Device| is_privileged(service) && device.source.value == device.target;
    service.process.devices.iter().filter(move |device| !is_own(device))
}

fn is_privileged(service: &Service) -> bool {
    service.process.privileged.as_ref().is_some_and(|privileged| privileged.value)
}

/// Returns a device whose numbers the up script reads on the node. A folder stands for all devices below it, as in Docker.
fn device_of_node(device: &Device) -> Value {
    let Device { source, target, permissions } = device;
    json!({ "source": source.value, "target": target, "access": permissions })
}

/// Returns a rule of `device_cgroup_rules`, `TYPE MAJOR:MINOR ACCESS`, for the specification, where a missing number is any.
/// <https://www.kernel.org/doc/Documentation/cgroup-v1/devices.txt>
fn device_rule(rule: &str) -> Option<Value> {
    let mut words = rule.split_whitespace();
    let (kind, (major, minor), access) = (words.next()?, words.next()?.split_once(':')?, words.next()?);
    let mut made = Map::from_iter([("allow".to_owned(), json!(true)), ("access".to_owned(), json!(access))]);
    made.insert("type".to_owned(), json!(kind));
    for (key, number) in [("major", major), ("minor", minor)] {
        if number != "*" {
            made.insert(key.to_owned(), json!(number.parse::<u32>().ok()?));
        }
    }
    Some(Value::Object(made))
}

fn resource_limit(ulimit: &Ulimit) -> Option<Value> {
    let Ulimit { name, soft, hard } = ulimit;
    // A negative number is no limit, which the kernel has as the largest number.
    let number = |limit: i64| u64::try_from(limit).unwrap_or(u64::MAX);
    let known = ULIMITS.iter().find(|known| **known == name.value)?;
    Some(
        json!({ "type": format!("RLIMIT_{}", known.to_ascii_uppercase()), "hard": number(*hard), "soft": number(*soft) }),
    )
}

/// Chooses the RuntimeClass of a pod. All containers of a pod have one, so that services of a pod with other limits than
/// its owner are reported.
pub(crate) fn choose_runtime_class(members: &[&Service], pod: &mut PodBuilder) {
    let Some((owner, others)) = members.split_first() else { return };
    let changes = specification_changes(owner);
    for other in others.iter().filter(|other| specification_changes(other) != changes) {
        report_limits_of_pod(owner, other, pod.findings);
    }
    let Some(changes) = changes else { return };
    if let Some(runtime) = &pod.spec.runtime_class_name {
        let runtime = runtime.clone();
        let (service, at) = (owner.name.value.to_string(), limits_span(owner));
        pod.findings.for_service(&owner.name.value, PodProblem::LimitsOfRuntime { service, runtime, at });
        return;
    }
    let text = changes.to_string();
    let context = pod.context;
    let name = format!("{}-{:08x}", context.names.namespace, fnv1a_32(text.bytes()));
    pod.spec.runtime_class_name = Some(name.clone());
    pod.comment(
        &["spec", "runtimeClassName"],
        "ulimits, pids_limit and devices. scripts/k8s-up.sh gives the node the runtime handler of this class."
            .to_owned(),
    );
    pod.requirements.runtime_classes.entry(name).or_insert(text);
}

fn report_limits_of_pod(owner: &Service, other: &Service, findings: &mut Findings) {
    let (service, of) = (other.name.value.to_string(), owner.name.value.to_string());
    let at = limits_span(other);
    findings.for_service(&other.name.value, PodProblem::LimitsOfPod { service, owner: of, at });
}

/// Returns the location of the first limit or device of a service, or else of its name.
fn limits_span(service: &Service) -> Span {
    let ulimit = service.process.ulimits.first().map(|ulimit| ulimit.name.span);
    let pids = service.process.resources.pids_limit.as_ref().map(|limit| limit.span);
    let device = service.process.devices.first().map(|device| device.source.span);
    let rule = service.process.device_rules.first().map(|rule| rule.span);
    ulimit.or(pids).or(device).or(rule).unwrap_or(service.name.span)
}

/// Returns the RuntimeClasses of the project's pods.
pub(crate) fn runtime_classes(classes: &BTreeMap<String, String>, context: Context) -> Vec<Object> {
    let object = |(name, changes): (&String, &String)| {
        Object {
        kind: ObjectKind::RuntimeClass(Box::new(RuntimeClass {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                labels: Some(project_labels(context)),
                annotations: Some(BTreeMap::from([(annotation::RUNTIME_SPEC.to_owned(), changes.clone())])),
                ..ObjectMeta::default()
            },
            handler: name.clone(),
            ..RuntimeClass::default()
        })),
        comments: vec![Comment {
            at: Vec::new(),
            text: "Resource limits and devices: what the containers of this class have in place of the node's own specification."
                .to_owned(),
        }],
    }
    };
    classes.iter().map(object).collect()
}
