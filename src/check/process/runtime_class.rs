//! Topic *process*: resource limits and devices that a RuntimeClass gives to the containers of a pod.
//!
//! Invariant: a RuntimeClass is recognised only if every part of its specification is known.

use k8s_openapi::api::node::v1::RuntimeClass;
use serde_json::Value as Json;

use crate::check::context::{ExpectedContext, ObservedContext};
use crate::check::facts::{Fact, Kind, Value, Weight};
use crate::check::manifests::document::TypedObject;
use crate::resolve::Service;
use crate::resolve::process::Ulimit;
use crate::text::Span;

/// The annotation with the changes of the node's specification.
const SPEC_ANNOTATION: &str = "compose2k8s/runtime-spec";

/// Returns the facts for `ulimits`, `pids_limit`, `devices` and `device_cgroup_rules`. They are optional if the services of the pod do not agree, because a
/// pod has one RuntimeClass.
pub(crate) fn expected(context: ExpectedContext) -> Vec<Fact> {
    let service = context.service;
    let of = |service: &Service| {
        let pids = service.process.resources.pids_limit.as_ref().map(|limit| limit.value);
        let limits =
            service.process.ulimits.iter().map(|Ulimit { name, soft, hard }| (name.value.clone(), *soft, *hard));
        let devices = service
            .process
            .devices
            .iter()
            .map(|it| (it.source.value.clone(), it.target.clone(), it.permissions.clone()));
        let rules = service.process.device_rules.iter().map(|rule| rule.value.clone());
        (pids, limits.collect::<Vec<_>>(), devices.collect::<Vec<_>>(), rules.collect::<Vec<_>>())
    };
    let own = of(service);
    let agree = context.index.pod_mates(&service.name.value).all(|mate| of(mate) == own);
    let runtime = service.process.runtime.as_ref().filter(|runtime| !matches!(runtime.value.as_str(), "" | "runc"));
    let weight = if agree && runtime.is_none() { Weight::Required } else { Weight::Optional };
    let limits = service.process.ulimits.iter().map(|Ulimit { name, soft, hard }| {
        let fact = Fact::required(Kind::Limit, subject(&name.value), limit(&number(*soft), &number(*hard)), name.span);
        fact.with_weight(weight)
    });
    let pids = service.process.resources.pids_limit.as_ref().filter(|limit| limit.value > 0);
    let pids = pids
        .map(|pids| Fact::required(Kind::Limit, "processes", Value::number(pids.value), pids.span).with_weight(weight));
    // A privileged container has every device of the node at the same path.
    let all = service.process.privileged.as_ref().is_some_and(|privileged| privileged.value);
    let devices = service.process.devices.iter().map(|device| {
        let is_path = device.source.value.starts_with('/');
        let has_it = !is_path || (all && device.source.value == device.target);
        let value = device_text(&device.source.value, &device.permissions);
        let fact = Fact::required(Kind::Device, &device.target, value, device.source.span);
        fact.with_weight(if has_it { Weight::Optional } else { weight })
    });
    let rules = service.process.device_rules.iter().filter_map(|rule| {
        let (device, access) = rule.value.rsplit_once(char::is_whitespace)?;
        let weight = if all { Weight::Optional } else { weight };
        Some(Fact::required(Kind::Device, device.trim(), access, rule.span).with_weight(weight))
    });
    limits.chain(pids).chain(devices).chain(rules).collect()
}

/// Returns a device of the host with its permissions, if it may not be read, written and created.
fn device_text(source: &str, permissions: &str) -> String {
    let all = "rwm".chars().all(|permission| permissions.contains(permission));
    if all { source.to_owned() } else { format!("{source} ({permissions})") }
}

fn subject(ulimit: &str) -> String {
    format!("ulimit {ulimit}")
}

fn limit(soft: &str, hard: &str) -> String {
    if soft == hard { soft.to_owned() } else { format!("{soft} ({hard} at most)") }
}

fn number(limit: i64) -> String {
    if limit < 0 { "unlimited".to_owned() } else { limit.to_string() }
}

/// Returns the facts of the pod's RuntimeClass; `None` if it is not among the manifests or not understood.
pub(crate) fn observed(context: ObservedContext, name: &str, at: Span) -> Option<Vec<Fact>> {
    let document = context.index.manifests.objects_named("RuntimeClass", name).next()?;
    let TypedObject::RuntimeClass(class) = &document.object else { return None };
    let RuntimeClass { metadata, handler, overhead: None, scheduling: None } = &**class else { return None };
    let annotations = metadata.annotations.as_ref().filter(|_| handler == name)?;
    let changes: Json = serde_json::from_str(annotations.get(SPEC_ANNOTATION)?).ok()?;
    let mut facts = Vec::new();
    for (key, part) in changes.as_object()? {
        match key.as_str() {
            "process" => facts.extend(resource_limits(part, at)?),
            "linux" => {
                let resources = part.as_object().filter(|part| part.len() == 1)?.get("resources")?.as_object()?;
                for (key, part) in resources {
                    match key.as_str() {
                        "pids" => {
                            let limit = part.as_object().filter(|part| part.len() == 1)?.get("limit")?.as_i64()?;
                            facts.push(Fact::required(Kind::Limit, "processes", Value::number(limit), at));
                        }
                        "devices" => facts.extend(device_rules(part, at)?),
                        _ => return None,
                    }
                }
            }
            "devices" => facts.extend(devices(part, at)?),
            _ => return None,
        }
    }
    Some(facts)
}

fn devices(list: &Json, at: Span) -> Option<Vec<Fact>> {
    let devices = list.as_array()?.iter().map(|device| {
        let device = device.as_object().filter(|device| device.len() == 3)?;
        let text = |key: &str| device.get(key)?.as_str();
        Some(Fact::required(Kind::Device, text("target")?, device_text(text("source")?, text("access")?), at))
    });
    devices.collect()
}

fn device_rules(list: &Json, at: Span) -> Option<Vec<Fact>> {
    let rules = list.as_array()?.iter().map(|rule| {
        let rule = rule.as_object()?;
        let known = ["allow", "access", "type", "major", "minor"];
        let allows = rule.get("allow")?.as_bool()? && rule.keys().all(|key| known.contains(&key.as_str()));
        let number = |key: &str| match rule.get(key) {
            Some(number) => Some(number.as_u64()?.to_string()),
            None => Some("*".to_owned()),
        };
        let device = format!("{} {}:{}", rule.get("type")?.as_str()?, number("major")?, number("minor")?);
        let access = rule.get("access")?.as_str()?;
        allows.then(|| Fact::required(Kind::Device, device, access, at))
    });
    rules.collect()
}

fn resource_limits(process: &Json, at: Span) -> Option<Vec<Fact>> {
    let process = process.as_object().filter(|process| process.len() == 1)?;
    let limits = process.get("rlimits")?.as_array()?.iter().map(|entry| {
        let entry = entry.as_object().filter(|entry| entry.len() == 3)?;
        let name = entry.get("type")?.as_str()?.strip_prefix("RLIMIT_")?.to_ascii_lowercase();
        let number = |key: &str| {
            let limit = entry.get(key)?.as_u64()?;
            Some(if limit == u64::MAX { "unlimited".to_owned() } else { limit.to_string() })
        };
        Some(Fact::required(Kind::Limit, subject(&name), limit(&number("soft")?, &number("hard")?), at))
    });
    limits.collect()
}
