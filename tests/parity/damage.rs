//! Damages, generated: every value of every document changed, every entry deleted, neighbours in ordered lists exchanged,
//! and further things added.

use serde::Deserialize;
use serde_json::{Value, json};

/// One changed file.
pub(super) struct Change {
    pub(super) about: String,
    /// Which document, and where in it.
    pub(super) at: (usize, String),
    /// What stood there before.
    pub(super) before: Option<Value>,
    pub(super) text: String,
}

pub(super) fn documents(text: &str) -> Vec<Value> {
    serde_norway::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).expect("the kit is YAML"))
        .filter(|document| !document.is_null())
        .collect()
}

/// JSON is YAML: one line a document.
pub(super) fn written(documents: &[Value]) -> String {
    documents.iter().map(|document| format!("---\n{document}\n")).collect()
}

/// Every value changed, every entry deleted, every neighbour exchanged.
pub(super) fn changes(documents: &[Value]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let kind = document["kind"].as_str().unwrap_or_default();
        let mut pointers = Vec::new();
        walk(document, String::new(), format!("{kind} "), &mut pointers);
        for (pointer, path) in pointers {
            for (sign, edit) in [("~", changed as fn(&mut Value) -> bool), ("-", |_| true), ("<>", exchanged)] {
                let mut all = documents.to_vec();
                let edited = if sign == "-" {
                    delete(&mut all[index], &pointer)
                } else {
                    all[index].pointer_mut(&pointer).is_some_and(edit)
                };
                if edited {
                    let before = documents[index].pointer(&pointer).cloned();
                    let at = (index, pointer.clone());
                    changes.push(Change { about: format!("{path} {sign}"), at, before, text: written(&all) });
                }
            }
        }
    }
    changes
}

fn walk(value: &Value, pointer: String, path: String, found: &mut Vec<(String, String)>) {
    if !pointer.is_empty() {
        found.push((pointer.clone(), path.clone()));
    }
    let join = |key: &str| if path.ends_with(' ') { format!("{path}{key}") } else { format!("{path}.{key}") };
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let escaped = key.replace('~', "~0").replace('/', "~1");
                walk(value, format!("{pointer}/{escaped}"), join(key), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                walk(value, format!("{pointer}/{index}"), format!("{path}[]"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn changed(value: &mut Value) -> bool {
    *value = match value {
        Value::String(text) if text.parse::<std::net::IpAddr>().is_ok() => json!(format!("{text}1")),
        // A mount's source, not its options.
        Value::String(text) if text.contains(":/") && !text.contains("://") => json!(text.replacen(":/", "x:/", 1)),
        Value::String(text) => json!(format!("{text}x")),
        Value::Number(number) => json!(number.as_i64().unwrap_or(0) + 1),
        Value::Bool(truth) => json!(!*truth),
        Value::Null | Value::Array(_) | Value::Object(_) => return false,
    };
    true
}

fn exchanged(value: &mut Value) -> bool {
    let Value::Array(items) = value else { return false };
    if items.len() < 2 || items[0] == items[1] {
        return false;
    }
    items.swap(0, 1);
    true
}

fn delete(document: &mut Value, pointer: &str) -> bool {
    let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
    match document.pointer_mut(parent) {
        Some(Value::Object(map)) => map.remove(&last.replace("~1", "/").replace("~0", "~")).is_some(),
        Some(Value::Array(items)) => {
            items.remove(last.parse().expect("an index"));
            true
        }
        _ => false,
    }
}

/// Things that a person may add to a workload.
pub(super) fn additions(documents: &[Value]) -> Vec<Change> {
    if documents[0].pointer("/spec/containers").or(documents[0].pointer("/spec/template")).is_none() {
        return Vec::new();
    }
    let pod = if documents[0].pointer("/spec/template").is_some() { "/spec/template/spec" } else { "/spec" };
    let main = format!("{pod}/containers/0");
    let probe = json!({"exec": {"command": ["true"]}});
    let of_container = [
        ("livenessProbe", probe),
        ("tty", json!(true)),
        ("stdin", json!(true)),
        ("resources", json!({"limits": {"memory": "64Mi"}})),
        ("lifecycle", json!({"preStop": {"exec": {"command": ["true"]}}})),
        ("securityContext", json!({"privileged": true})),
        ("securityContext", json!({"capabilities": {"add": ["SYS_TIME"]}})),
        ("securityContext", json!({"runAsUser": 7})),
        ("securityContext", json!({"readOnlyRootFilesystem": true})),
        ("securityContext", json!({"allowPrivilegeEscalation": false})),
        ("securityContext", json!({"seccompProfile": {"type": "Unconfined"}})),
        ("envFrom", json!([{"configMapRef": {"name": "elsewhere"}}])),
        ("imagePolicy", json!("Always")),
        ("stdinOnce", json!("yes")),
    ];
    let of_pod = [
        ("hostPID", json!(true)),
        ("hostIPC", json!(true)),
        ("hostNetwork", json!(true)),
        ("hostname", json!("other")),
        ("shareProcessNamespace", json!(true)),
        ("runtimeClassName", json!("gvisor")),
        ("hostUsers", json!(false)),
    ];
    let items = [
        (format!("{main}/env"), json!({"name": "ADDED", "value": "1"})),
        (format!("{main}/volumeMounts"), json!({"name": "added", "mountPath": "/added"})),
        (format!("{main}/command"), json!("added")),
        (format!("{main}/args"), json!("added")),
        (format!("{main}/ports"), json!({"containerPort": 99, "hostPort": 99})),
        (format!("{pod}/containers"), json!({"name": "added", "image": "added:1"})),
        (format!("{pod}/initContainers"), json!({"name": "added", "image": "added:1", "command": ["true"]})),
        (format!("{pod}/hostAliases"), json!({"ip": "10.9.9.9", "hostnames": ["added.example"]})),
        (format!("{pod}/dnsConfig/searches"), json!("added.example")),
        (format!("{pod}/dnsConfig/nameservers"), json!("10.9.9.9")),
        (format!("{pod}/dnsConfig/options"), json!({"name": "use-vc"})),
        (format!("{pod}/securityContext/sysctls"), json!({"name": "kernel.shm_rmid_forced", "value": "1"})),
        (format!("{pod}/securityContext/supplementalGroups"), json!(7)),
    ];
    let mut changes = Vec::new();
    let mut add = |pointer: &str, key: &str, value: Value| {
        let mut all = documents.to_vec();
        let Some(Value::Object(map)) = all[0].pointer_mut(pointer) else { return };
        if map.insert(key.to_owned(), value.clone()) == Some(value) {
            return;
        }
        changes.push(Change {
            about: format!("{pointer}/{key} +"),
            at: (0, String::new()),
            before: None,
            text: written(&all),
        });
    };
    of_container.into_iter().for_each(|(key, value)| add(&main, key, value));
    of_pod.into_iter().for_each(|(key, value)| add(pod, key, value));
    for (pointer, item) in items {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let mut all = documents.to_vec();
        let list =
            all[0].pointer_mut(parent).and_then(Value::as_object_mut).map(|map| map.entry(key).or_insert(json!([])));
        if let Some(Value::Array(list)) = list {
            list.push(item);
            changes.push(Change {
                about: format!("{pointer} +"),
                at: (0, String::new()),
                before: None,
                text: written(&all),
            });
        }
    }
    changes
}
