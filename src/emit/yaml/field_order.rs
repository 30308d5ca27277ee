//! Sorts the fields of an object in the order that people expect, and removes empty fields.
//!
//! `k8s-openapi` writes `apiVersion, kind, metadata, spec` first and all fields below in alphabetical order, as
//! `kubectl get -o yaml` does. In files for people, the name of a container comes before its arguments.

use std::sync::LazyLock;

use super::node::{YamlKey, YamlNode};
use crate::maps::HashMap;

/// The fields with a fixed position, in their order. Other fields follow in alphabetical order. One list is enough,
/// because fields that would need another order never occur in the same object.
const ORDER: &[&str] = &[
    // All objects.
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "labels",
    "annotations",
    "spec",
    // Small objects: location, then kind.
    "key",
    "path",
    "mode",
    "type",
    // Workloads, Services, policies.
    "suspend",
    "backoffLimit",
    "serviceName",
    "replicas",
    "strategy",
    "clusterIP",
    "clusterIPs",
    "publishNotReadyAddresses",
    "podSelector",
    "policyTypes",
    "selector",
    "template",
    "volumeClaimTemplates",
    "accessModes",
    "storageClassName",
    // Pods.
    "hostname",
    "subdomain",
    "os",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "shareProcessNamespace",
    "enableServiceLinks",
    "automountServiceAccountToken",
    "restartPolicy",
    "terminationGracePeriodSeconds",
    "dnsPolicy",
    "dnsConfig",
    "nameservers",
    "searches",
    "options",
    "hostAliases",
    "ip",
    "hostnames",
    "nodeSelector",
    // Containers.
    "image",
    "imagePullPolicy",
    "command",
    "args",
    "workingDir",
    "stdin",
    "tty",
    "env",
    "value",
    "containerPort",
    "hostPort",
    "hostIP",
    "port",
    "targetPort",
    "protocol",
    "ports",
    "exec",
    "initialDelaySeconds",
    "periodSeconds",
    "timeoutSeconds",
    "successThreshold",
    "failureThreshold",
    "startupProbe",
    "readinessProbe",
    "lifecycle",
    "resources",
    "runAsUser",
    "runAsGroup",
    "runAsNonRoot",
    "securityContext",
    // The containers and volumes of a pod, which come last.
    "initContainers",
    "containers",
    "mountPath",
    "subPath",
    "readOnly",
    "volumeMounts",
    "volumes",
];

/// The position of each field in [`ORDER`].
static POSITIONS: LazyLock<HashMap<&str, usize>> =
    LazyLock::new(|| ORDER.iter().enumerate().map(|(position, key)| (*key, position)).collect());

/// Returns the position of a field. Fields that are not in [`ORDER`] come last.
fn position(key: &str) -> usize {
    POSITIONS.get(key).copied().unwrap_or(ORDER.len())
}

/// Maps whose keys are chosen by the user or by another program. Their order is kept.
const FREE: &[&str] =
    &["labels", "annotations", "matchLabels", "data", "stringData", "binaryData", "nodeSelector", "limits", "requests"];

/// Fields that have no meaning when they are empty. Others, such as `emptyDir` and `podSelector`, do.
const SILENT_WHEN_EMPTY: &[&str] = &[
    "labels",
    "annotations",
    "matchLabels",
    "data",
    "stringData",
    "nodeSelector",
    "limits",
    "requests",
    "resources",
    "securityContext",
    "capabilities",
    "dnsConfig",
    "strategy",
    "status",
];

/// Sorts the fields by [`ORDER`], and removes nulls and empty fields without meaning.
pub(crate) fn sort_fields(value: &mut YamlNode) {
    match value {
        YamlNode::Fields(fields) => sort_and_clean(fields),
        YamlNode::Items(items) => items.iter_mut().for_each(sort_fields),
        YamlNode::Null | YamlNode::Bool(_) | YamlNode::Number(_) | YamlNode::Text(_) => {}
    }
}

fn sort_and_clean(fields: &mut Vec<(YamlKey, YamlNode)>) {
    fields.retain_mut(|(key, value)| {
        if *key == "volumeClaimTemplates" {
            without_kind(value);
        }
        if !FREE.contains(&&**key) {
            sort_fields(value);
        }
        let is_empty = matches!(value, YamlNode::Fields(fields) if fields.is_empty());
        *value != YamlNode::Null && !(is_empty && SILENT_WHEN_EMPTY.contains(&&**key))
    });
    fields.sort_by_cached_key(|(key, _)| (position(key), key.clone()));
}

/// Removes `apiVersion` and `kind` of claim templates. They are optional there, and usually omitted.
fn without_kind(templates: &mut YamlNode) {
    let YamlNode::Items(items) = templates else { return };
    for item in items {
        if let YamlNode::Fields(fields) = item {
            fields.retain(|(key, _)| key != "apiVersion" && key != "kind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn sorted(value: &Value) -> Value {
        let mut node = YamlNode::serialize("x", value).unwrap();
        sort_fields(&mut node);
        serde_json::from_slice(&node.json("x").unwrap()).unwrap()
    }

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn fields_of_a_container_are_in_order() {
        let container = sorted(&json!({
            "args": [], "volumeMounts": [], "env": [], "securityContext": {"runAsUser": 0}, "image": "x", "name": "y",
            "ports": [], "command": [], "readinessProbe": {}, "imagePullPolicy": "IfNotPresent", "workingDir": "/",
        }));
        assert_eq!(
            keys(&container),
            [
                "name",
                "image",
                "imagePullPolicy",
                "command",
                "args",
                "workingDir",
                "env",
                "ports",
                "readinessProbe",
                "securityContext",
                "volumeMounts"
            ]
        );
    }

    #[test]
    fn the_order_of_labels_is_kept() {
        let metadata = sorted(&json!({"labels": {"zone": "a", "spec": "b", "name": "c"}, "name": "d"}));
        assert_eq!(keys(&metadata), ["name", "labels"]);
        assert_eq!(keys(&metadata["labels"]), ["zone", "spec", "name"]);
    }

    #[test]
    fn only_empty_fields_without_meaning_are_removed() {
        let parts = sorted(&json!({"volumes": [{"name": "a", "emptyDir": {}}], "resources": {}, "status": null}));
        assert_eq!(parts, json!({"volumes": [{"name": "a", "emptyDir": {}}]}));
        // A field that contains only empty fields is empty too.
        assert_eq!(sorted(&json!({"resources": {"limits": {}}})), json!({}));
    }

    #[test]
    fn claim_templates_have_no_kind() {
        let set = sorted(
            &json!({"volumeClaimTemplates": [{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a"}}]}),
        );
        assert_eq!(set, json!({"volumeClaimTemplates": [{"metadata": {"name": "a"}}]}));
    }

    #[test]
    fn sorting_twice_changes_nothing() {
        let once =
            sorted(&json!({"b": 1, "kind": "X", "a": {"z": null, "metadata": {"x": [{"value": 1, "name": 2}]}}}));
        let again = sorted(&once);
        assert_eq!(serde_json::to_string(&once).unwrap(), serde_json::to_string(&again).unwrap());
    }
}
