//! Faults of a generated resolver that no service shows: its pod must be the one that compose2k8s generates.

use serde_json::{Value, json};

use crate::check::context::ResolverIndex;
use crate::check::manifests::workload::{Workload, WorkloadKind};
use crate::check::problem::Problem;
use crate::overrides::RESOLVER_IMAGE;
use crate::report::Report;

/// The address of the `ready` plugin, which the readiness probe requests.
const READY: &str = ":8181";

/// Reports the first difference of each generated resolver.
pub(crate) fn report_faults(resolvers: &ResolverIndex<'_>, report: &mut Report) {
    for workload in resolvers.workloads().into_iter().filter(|workload| workload.is_generated) {
        let name = workload.document.name.clone();
        if !matches!(workload.kind, WorkloadKind::Replicated(1..)) {
            report.add(Problem::Resolver { name, what: "it has no replica".to_owned(), at: workload.span() });
            continue;
        }
        if !resolvers.has_ready_plugin(workload, READY) {
            let what = format!("no server block in use has `ready {READY}`");
            report.add(Problem::Resolver { name, what, at: workload.span() });
            continue;
        }
        let Some((path, what)) = first_fault(workload) else { continue };
        let at = path.iter().fold(workload.at, |at, step| match step.parse() {
            Ok(index) => at.item(index),
            Err(_) => at.key(step),
        });
        report.add(Problem::Resolver { name: workload.document.name.clone(), what, at: at.span() });
    }
}

/// Returns the path and a description of the first difference.
fn first_fault(workload: &Workload<'_>) -> Option<(Vec<String>, String)> {
    let mut observed = serde_json::to_value(workload.spec).ok()?;
    // The up script sets the image of the node's own CoreDNS.
    if workload.document.at().keys(&["metadata", "uid"]).tree().is_some()
        && let Some(image) = observed.pointer_mut("/containers/0/image")
    {
        *image = json!(RESOLVER_IMAGE);
    }
    if let Some(Value::Object(container)) = observed.pointer_mut("/containers/0") {
        // No program uses the name of its container, and the image has a tag.
        container.insert("name".to_owned(), json!("coredns"));
        container.entry("imagePullPolicy").or_insert(json!("IfNotPresent"));
    }
    // A mounted ConfigMap is read-only in any case.
    if let Some(Value::Object(mount)) = observed.pointer_mut("/containers/0/volumeMounts/0") {
        mount.insert("readOnly".to_owned(), json!(true));
    }
    remove_defaults(&mut observed);
    let volume = workload.spec.volumes.iter().flatten().find_map(|volume| volume.config_map.as_ref())?;
    let mut path = Vec::new();
    let what = difference(&expected(&volume.name), &observed, &mut path)?;
    let shown = path.join(".");
    Some((path, format!("`{shown}` {what}")))
}

/// Returns the pod that compose2k8s generates.
fn expected(config_map: &str) -> Value {
    json!({
        "automountServiceAccountToken": false,
        "containers": [{
            "args": ["-conf", "/etc/coredns/Corefile"],
            "image": RESOLVER_IMAGE,
            "imagePullPolicy": "IfNotPresent",
            "name": "coredns",
            "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": true,
            },
            "volumeMounts": [{"mountPath": "/etc/coredns", "name": "configuration", "readOnly": true}],
        }],
        "dnsPolicy": "Default",
        "enableServiceLinks": false,
        "securityContext": {
            "runAsNonRoot": true,
            "runAsUser": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumes": [{"configMap": {"name": config_map}, "name": "configuration"}],
    })
}

/// Removes the fields that the API server adds, if they have its values.
fn remove_defaults(pod: &mut Value) {
    for (at, field, value) in [
        ("", "restartPolicy", json!("Always")),
        ("", "schedulerName", json!("default-scheduler")),
        ("", "terminationGracePeriodSeconds", json!(30)),
        ("/containers/0", "resources", json!({})),
        ("/containers/0", "terminationMessagePath", json!("/dev/termination-log")),
        ("/containers/0", "terminationMessagePolicy", json!("File")),
        ("/containers/0/readinessProbe", "failureThreshold", json!(3)),
        ("/containers/0/readinessProbe", "successThreshold", json!(1)),
        ("/containers/0/readinessProbe", "timeoutSeconds", json!(1)),
        ("/containers/0/readinessProbe/httpGet", "scheme", json!("HTTP")),
        ("/volumes/0/configMap", "defaultMode", json!(420)),
    ] {
        let Some(Value::Object(object)) = pod.pointer_mut(at) else { continue };
        if object.get(field) == Some(&value) {
            object.remove(field);
        }
    }
}

/// Returns a description of the first difference; `path` leads to it.
fn difference(expected: &Value, observed: &Value, path: &mut Vec<String>) -> Option<String> {
    match (expected, observed) {
        (Value::Object(one), Value::Object(other)) => {
            for (key, value) in one {
                path.push(key.clone());
                let Some(found) = other.get(key) else { return Some(format!("is missing, expected {value}")) };
                if let Some(what) = difference(value, found, path) {
                    return Some(what);
                }
                path.pop();
            }
            let (added, value) = other.iter().find(|(key, _)| !one.contains_key(*key))?;
            path.push(added.clone());
            Some(format!("is {value}, expected nothing"))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (value, found)) in one.iter().zip(other).enumerate() {
                path.push(index.to_string());
                if let Some(what) = difference(value, found, path) {
                    return Some(what);
                }
                path.pop();
            }
            None
        }
        _ if expected == observed => None,
        _ => Some(format!("is {observed}, expected {expected}")),
    }
}
