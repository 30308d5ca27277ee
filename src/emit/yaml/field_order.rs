//! The order in which a reader expects an object's keys, and which empty parts are left out.
//!
//! `k8s-openapi` writes `apiVersion, kind, metadata, spec` first and everything below that by the alphabet, as
//! `kubectl get -o yaml` does. In a file that people read, a container's name stands above its arguments.

use std::sync::LazyLock;

use super::node::{Key, Node};

/// The keys that have a place of their own, in the order they stand in wherever two of them meet. Other keys follow
/// by the alphabet. One list is enough, because keys that would want another order elsewhere never meet there.
const ORDER: &[&str] = &[
    // Every object.
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "labels",
    "annotations",
    "spec",
    // Small parts: where, then what kind.
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
    // Pods again: what they are made of comes last.
    "initContainers",
    "containers",
    "mountPath",
    "subPath",
    "readOnly",
    "volumeMounts",
    "volumes",
];

/// Where each key of [`ORDER`] stands in it, the shortest keys first: found there sooner than a hash of it is made.
static PLACES: LazyLock<Vec<((usize, &str), usize)>> = LazyLock::new(|| {
    let mut places: Vec<_> = ORDER.iter().enumerate().map(|(place, key)| ((key.len(), *key), place)).collect();
    places.sort_unstable();
    places
});

/// Where a key stands; what has no place of its own comes after all others.
fn output_paths(key: &str) -> usize {
    let found = PLACES.binary_search_by(|(known, _)| (*known).cmp(&(key.len(), key))).ok();
    found.and_then(|at| PLACES.get(at)).map_or(ORDER.len(), |(_, place)| *place)
}

/// Maps whose keys are the user's or another program's, not Kubernetes' field names: their order is kept.
const FREE: &[&str] =
    &["labels", "annotations", "matchLabels", "data", "stringData", "binaryData", "nodeSelector", "limits", "requests"];

/// Parts that say nothing when they are empty. An empty `emptyDir` or `podSelector` says a lot, so this is a list.
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

/// The object as it is written: keys in [`ORDER`], no nulls, no empty parts that say nothing.
pub(crate) fn sort_fields(value: &mut Node) {
    match value {
        Node::Fields(fields) => tidy_fields(fields),
        Node::Items(items) => items.iter_mut().for_each(sort_fields),
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) => {}
    }
}

fn tidy_fields(fields: &mut Vec<(Key, Node)>) {
    fields.retain_mut(|(key, value)| {
        if *key == "volumeClaimTemplates" {
            without_kind(value);
        }
        if !FREE.contains(&&**key) {
            sort_fields(value);
        }
        let is_empty = matches!(value, Node::Fields(fields) if fields.is_empty());
        *value != Node::Null && !(is_empty && SILENT_WHEN_EMPTY.contains(&&**key))
    });
    fields.sort_by_cached_key(|(key, _)| (output_paths(key), key.clone()));
}

/// A claim template is a claim by its place; naming its kind once more is allowed and said by nobody.
fn without_kind(templates: &mut Node) {
    let Node::Items(items) = templates else { return };
    for item in items {
        if let Node::Fields(fields) = item {
            fields.retain(|(key, _)| key != "apiVersion" && key != "kind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn tidied(value: &Value) -> Value {
        let mut node = Node::of("x", value).unwrap();
        sort_fields(&mut node);
        serde_json::from_slice(&node.json("x").unwrap()).unwrap()
    }

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn a_container_reads_from_its_name_to_its_mounts() {
        let container = tidied(&json!({
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
    fn a_label_called_spec_stays_where_it_was() {
        let metadata = tidied(&json!({"labels": {"zone": "a", "spec": "b", "name": "c"}, "name": "d"}));
        assert_eq!(keys(&metadata), ["name", "labels"]);
        assert_eq!(keys(&metadata["labels"]), ["zone", "spec", "name"]);
    }

    #[test]
    fn an_empty_part_goes_only_where_it_says_nothing() {
        let parts = tidied(&json!({"volumes": [{"name": "a", "emptyDir": {}}], "resources": {}, "status": null}));
        assert_eq!(parts, json!({"volumes": [{"name": "a", "emptyDir": {}}]}));
        // A part that holds nothing but empty parts is empty itself.
        assert_eq!(tidied(&json!({"resources": {"limits": {}}})), json!({}));
    }

    #[test]
    fn a_claim_template_does_not_say_its_kind() {
        let set = tidied(
            &json!({"volumeClaimTemplates": [{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a"}}]}),
        );
        assert_eq!(set, json!({"volumeClaimTemplates": [{"metadata": {"name": "a"}}]}));
    }

    #[test]
    fn tidying_twice_changes_nothing_more() {
        let once =
            tidied(&json!({"b": 1, "kind": "X", "a": {"z": null, "metadata": {"x": [{"value": 1, "name": 2}]}}}));
        let again = tidied(&once);
        assert_eq!(serde_json::to_string(&once).unwrap(), serde_json::to_string(&again).unwrap());
    }
}
