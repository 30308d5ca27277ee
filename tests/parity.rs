//! The check is trusted only after it was seen to fail: the committed kit is damaged in every place, one damage at a
//! time, and each must be found; changes that mean nothing must not be.
//!
//! Damages are generated: every value of every document is changed, every entry deleted, neighbours in ordered lists
//! exchanged, and further things added. What may be changed without a finding is listed in [`MEANINGLESS`] with the
//! reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use compose2k8s::check::{Force, Manifests, expected_facts};
use compose2k8s::parse::Selection;
use compose2k8s::report::{Report, Severity, short};
use compose2k8s::text::Sources;
use compose2k8s::{Loaded, Request, compare, load};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::golden::{files, root};

/// A path of a document without its indexes, and why a change there means nothing to a program in a container.
const MEANINGLESS: &[(&str, &str)] = &[
    ("Deployment metadata.name ~", "no program asks for a workload's name; the annotation names its service"),
    ("StatefulSet metadata.name ~", "as a Deployment's"),
    ("StatefulSet spec.serviceName", "names of single copies, which nobody asks for"),
    ("StatefulSet spec.volumeClaimTemplates[].apiVersion", "written or not, it is the same"),
    ("StatefulSet spec.volumeClaimTemplates[].kind", "written or not, it is the same"),
    ("StatefulSet spec.volumeClaimTemplates[].metadata.labels", "labels of a claim"),
    ("StatefulSet spec.volumeClaimTemplates[].spec", "size and access of a claim; one node has all of it"),
    ("NetworkPolicy metadata.name ~", "a policy's name is nobody's"),
    ("NetworkPolicy spec.podSelector.matchLabels.app.kubernetes.io/part-of -", "the other label selects the same"),
    ("Service spec.selector.app.kubernetes.io/part-of -", "the other label selects the same"),
    ("spec.selector.matchLabels.app.kubernetes.io/part-of -", "the other label selects the same"),
    ("Pod metadata.name ~", "the scripts read a run's name from its file"),
    ("metadata.labels", "what is for kubectl's and the scripts' selection; pods' own labels are judged apart"),
    ("spec.strategy", "how the next version is rolled out"),
    ("template.metadata.annotations.compose2k8s/service -", "without it the service is known by its other names"),
    ("Pod metadata.annotations.compose2k8s/service -", "a run is known by its file, a setup service by its name"),
    ("containers[].name", "no program asks for its container's name"),
    ("initContainers[].name", "no program asks for its container's name"),
    ("initContainers[].imagePullPolicy", "when a helper's image is fetched"),
    ("initContainers[].securityContext.runAsUser -", "then the image's user, which is root"),
    ("ports[].name", "names of ports, which nobody asks for"),
    ("ports[].targetPort -", "the port itself is the default"),
    ("spec.replicas -", "1 is the default"),
    ("Cluster name", "the scripts' name of the cluster"),
    ("Cluster nodes[].role", "kind refuses another"),
    ("Cluster networking.dnsSearch", "pods have a search list of their own"),
    ("Cluster nodes[].extraPortMappings[].listenAddress -", "0.0.0.0 is the default"),
    ("Cluster kubeadmConfigPatches", "how the node is set up"),
];

/// Lists whose order means something.
const ORDERED: &[&str] = &["command", "args", "searches", "nameservers"];

struct Kit {
    loaded: Loaded,
    texts: BTreeMap<String, String>,
    base: Manifests,
    sources: Sources,
}

fn project(file: Option<PathBuf>, mut sources: Sources) -> Option<(Loaded, Sources)> {
    let folder = root().join("fixtures/boulder");
    let selection = Selection {
        files: vec![file.unwrap_or_else(|| folder.join("docker-compose.yml"))],
        project_directory: Some(folder),
        ..Selection::default()
    };
    let mut report = Report::new();
    let loaded = load(&Request { selection, overrides: None }, &mut sources, &mut report).ok()?;
    Some((loaded, sources))
}

fn kit() -> Kit {
    let (loaded, mut sources) = project(None, Sources::new()).expect("the miniature loads");
    let all = files(&root().join("k8s"));
    let texts: BTreeMap<String, String> = all
        .into_iter()
        .filter(|(name, _)| name.ends_with(".yaml") && !name.starts_with("kustomization") || name.ends_with("Corefile"))
        .collect();
    let mut base = Manifests::default().with_root(root().join("k8s"));
    let mut report = Report::new();
    for (name, text) in &texts {
        base.add(name, None, text, &mut sources, &mut report);
    }
    assert!(report.problems().is_empty(), "{:?}", report.problems());
    Kit { loaded, texts, base, sources }
}

impl Kit {
    /// The findings when one file has another text.
    fn findings(&mut self, file: &str, text: &str) -> Vec<String> {
        let (mut manifests, mut report) = (self.base.clone(), Report::new());
        manifests.replace(file, text, &mut self.sources, &mut report);
        compare(&self.loaded, &manifests, &mut report);
        told(&report, &self.sources)
    }
}

fn told(report: &Report, sources: &Sources) -> Vec<String> {
    report.problems().iter().filter(|it| it.code.severity == Severity::Error).map(|it| short(it, sources)).collect()
}

/// One changed file.
struct Change {
    about: String,
    /// What stood there before.
    before: Option<Value>,
    text: String,
}

fn documents(text: &str) -> Vec<Value> {
    serde_norway::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).expect("the kit is YAML"))
        .filter(|document| !document.is_null())
        .collect()
}

/// JSON is YAML: one line a document.
fn written(documents: &[Value]) -> String {
    documents.iter().map(|document| format!("---\n{document}\n")).collect()
}

/// Every value changed, every entry deleted, every neighbour exchanged.
fn changes(documents: &[Value]) -> Vec<Change> {
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
                    changes.push(Change { about: format!("{path} {sign}"), before, text: written(&all) });
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

/// Whether nothing need be found; the reason is in the list.
fn meaningless(file: &str, about: &str, value: Option<&Value>, documents: &[Value]) -> bool {
    let (path, sign) = about.rsplit_once(' ').expect("a sign");
    if sign == "<>" {
        return !ORDERED.iter().any(|ordered| path.ends_with(ordered));
    }
    // A pod's own labels are what Services and owners select by.
    if path.contains("template.metadata.labels") || path.starts_with("Pod metadata.labels") {
        let setup = file.starts_with("runs/") && !about.contains("boulder");
        return path.ends_with("managed-by") || (setup && !selected(documents));
    }
    // Without a tag, or with `latest`, the policy decides; otherwise the default is the same.
    if path.ends_with("containers[].imagePullPolicy") && sign == "-" {
        let image = &documents[0]
            .pointer("/spec/template/spec/containers/0/image")
            .or(documents[0].pointer("/spec/containers/0/image"));
        return image.and_then(Value::as_str).is_some_and(|image| !image.ends_with(":latest"));
    }
    // Defaults of Kubernetes that are what is written.
    if sign == "-"
        && value.is_some_and(|value| {
            (path.ends_with("ports[].protocol") || path.ends_with("Mappings[].protocol")) && *value == "TCP"
                || path.ends_with("readinessProbe.failureThreshold") && *value == 3
                || path.ends_with("initContainers[].securityContext") && *value == json!({"runAsUser": 0})
        })
    {
        return true;
    }
    // ConfigMaps cannot be written to, said or not.
    if path.ends_with("volumeMounts[].readOnly") {
        return true;
    }
    MEANINGLESS.iter().any(|(known, _)| {
        let (known, only) = match known.rsplit_once(' ') {
            Some((known, only)) if only.len() == 1 => (known, Some(only)),
            _ => (*known, None),
        };
        let at = match path.strip_prefix(known) {
            Some(rest) if known.contains(' ') => rest.is_empty() || rest.starts_with(['.', '[']),
            Some(_) | None => !known.contains(' ') && within(path, known),
        };
        at && only.is_none_or(|only| only == sign)
    })
}

/// Whether `known` is the path's end or some of its whole parts.
fn within(path: &str, known: &str) -> bool {
    path.match_indices(known).any(|(at, _)| {
        let before = path[..at].chars().next_back();
        let after = path[at + known.len()..].chars().next();
        matches!(before, None | Some('.' | ' ')) && matches!(after, None | Some('.' | '['))
    })
}

/// Whether a Service selects a run's pod: only those of services with fixed addresses have the labels for it.
fn selected(documents: &[Value]) -> bool {
    documents[0].pointer("/spec/initContainers/0/name").is_some_and(|name| name == "addresses")
}

/// Things that a person may add to a workload.
fn additions(documents: &[Value]) -> Vec<Change> {
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
        map.insert(key.to_owned(), value);
        changes.push(Change { about: format!("{pointer}/{key} +"), before: None, text: written(&all) });
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
            changes.push(Change { about: format!("{pointer} +"), before: None, text: written(&all) });
        }
    }
    changes
}

#[test]
fn the_committed_kit_is_in_parity() {
    let kit = kit();
    let mut report = Report::new();
    compare(&kit.loaded, &kit.base, &mut report);
    assert_eq!(told(&report, &kit.sources), Vec::<String>::new());
}

/// What came of damaging some files.
#[derive(Default)]
struct Tally {
    caught: usize,
    missed: Vec<String>,
    alarms: Vec<String>,
    silent: usize,
    heard: BTreeSet<String>,
}

fn damage(kit: &mut Kit, file: &str, tally: &mut Tally) {
    let documents = documents(&kit.texts[file]);
    // Another way of writing the same is the same.
    let same = kit.findings(file, &written(&documents));
    tally.alarms.extend(same.into_iter().map(|finding| format!("{file} as JSON: {finding}")));
    let workload = documents[0].pointer("/spec/containers").or(documents[0].pointer("/spec/template")).is_some();
    let added = if workload { additions(&documents) } else { Vec::new() };
    for Change { about, before, text } in changes(&documents).into_iter().chain(added) {
        let nothing = meaningless(file, &about, before.as_ref(), &documents);
        let findings = kit.findings(file, &text);
        match (nothing, findings.is_empty()) {
            (false, false) => tally.caught += 1,
            (false, true) => tally.missed.push(format!("{file}: {about}")),
            (true, true) => tally.silent += 1,
            (true, false) => tally.alarms.push(format!("{file}: {about}: {}", findings[0])),
        }
        tally.heard.extend(findings);
    }
}

#[test]
fn every_damage_is_found_and_nothing_else() {
    let start = Instant::now();
    let mut kit = kit();
    let files: Vec<String> = kit.texts.keys().filter(|file| !file.ends_with("Corefile")).cloned().collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let (mut kit, mut tally) = (self::kit(), Tally::default());
                    while let Some(file) = files.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                        damage(&mut kit, file, &mut tally);
                    }
                    tally
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no damage makes the check panic")).collect()
    });
    let (mut caught, mut missed, mut alarms, mut silent) = (0, Vec::new(), Vec::new(), 0);
    // The zones stand in a file of another form, which has a test of its own.
    let mut heard: BTreeSet<String> = kit.findings("cluster/Corefile", "").into_iter().collect();
    for tally in tallies {
        caught += tally.caught;
        silent += tally.silent;
        missed.extend(tally.missed);
        alarms.extend(tally.alarms);
        heard.extend(tally.heard);
    }
    println!(
        "{caught} caught, {} missed, {silent} rightly unheard, {} false alarms, {:.1?}",
        missed.len(),
        alarms.len(),
        start.elapsed()
    );
    assert!(missed.is_empty() && alarms.is_empty(), "missed:\n{}\nalarms:\n{}", missed.join("\n"), alarms.join("\n"));
    assert!(caught >= 2_000, "only {caught} damages were tried");

    // Each kind of fact that this project has was the subject of a finding.
    let facts = expected_facts(&kit.loaded.project, &kit.loaded.overrides);
    let kinds: BTreeSet<&str> =
        facts.iter().filter(|fact| fact.force != Force::May).map(|fact| fact.kind.word()).collect();
    let found = |fact: &compose2k8s::check::Fact| {
        heard.iter().any(|line| line.contains(&fact.sentence()) || line.contains(&fact.subject()))
    };
    let seen: BTreeSet<&str> = facts.iter().filter(|fact| found(fact)).map(|fact| fact.kind.word()).collect();
    let unseen: Vec<_> = kinds.difference(&seen).collect();
    println!("{} kinds of facts, all of them damaged", kinds.len());
    assert!(unseen.is_empty(), "no damage touched {unseen:?}");
}

#[test]
fn a_changed_compose_file_is_found() {
    // What the manifests do not say: how images are built, the order of starts, which the scripts keep, and which of
    // several networks leads to a service.
    const UNSAID: &[&str] = &[
        ".build",
        ".driver",
        ".profiles",
        "depends_on[]",
        "networks.bouldernet.ipam",
        ".ipam.config[].ip_range",
        "bjaeger.networks",
    ];
    let kit = kit();
    let source = std::fs::read_to_string(root().join("fixtures/boulder/docker-compose.yml")).unwrap();
    let documents = documents(&source);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("compose.json");
    let (mut caught, mut refused, mut silent, mut missed) = (0, 0, 0, Vec::new());
    for Change { about, before, text } in changes(&documents) {
        let (path, sign) = about.rsplit_once(' ').unwrap();
        if sign == "<>" && !["command", "entrypoint", "test"].iter().any(|ordered| path.ends_with(ordered)) {
            continue;
        }
        // Docker's defaults, and waits for a start alone.
        let defaults = [("interval", json!("30s")), ("timeout", json!("30s")), ("retries", json!(3))];
        let started = before.as_ref().is_some_and(|before| {
            path.contains("depends_on") && (before["condition"] == "service_started" || *before == "service_started")
                || *before == json!(["bmariadb"])
        });
        let unsaid = started && sign == "-"
            || UNSAID.iter().any(|unsaid| path.contains(unsaid))
            || sign == "-" && defaults.iter().any(|(key, value)| path.ends_with(key) && before.as_ref() == Some(value));
        std::fs::write(&file, text.trim_start_matches("---\n")).unwrap();
        let Some((loaded, sources)) = project(Some(file.clone()), kit.sources.clone()) else {
            refused += 1;
            continue;
        };
        let mut report = Report::new();
        compare(&loaded, &kit.base, &mut report);
        match (told(&report, &sources).is_empty(), unsaid) {
            (false, _) => caught += 1,
            (true, true) => silent += 1,
            (true, false) => missed.push(about),
        }
    }
    println!("{caught} caught, {refused} refused by the loader, {} missed, {silent} rightly unheard", missed.len());
    assert!(missed.is_empty(), "missed:\n{}", missed.join("\n"));
    assert!(caught > 150, "only {caught}");
}

#[test]
fn damaged_server_blocks_are_found() {
    let mut kit = kit();
    let texts = kit.texts.clone();
    let (file, text) = texts.iter().find(|(name, _)| name.ends_with("Corefile")).expect("the kit has a Corefile");
    let lines: Vec<&str> = text.lines().collect();
    let mut caught = 0;
    for (index, line) in lines.iter().enumerate() {
        let first = line.trim_start().split([' ', '#']).next().unwrap_or_default();
        // Comments, logging, and how often a dead server is asked say nothing of names.
        let nothing = matches!(first, "" | "errors" | "max_fails" | "}");
        let without: Vec<&str> =
            lines.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, line)| *line).collect();
        let mut other = lines.clone();
        let renamed = line
            .replace(".boulder.", ".elsewhere.")
            .replace("10.77.77.10", "10.77.77.11")
            .replace("127.0.0.1", "9.9.9.9");
        other[index] = &renamed;
        if nothing {
            if first != "}" {
                assert_eq!(kit.findings(file, &without.join("\n")), Vec::<String>::new(), "without {line}");
            }
            continue;
        }
        assert!(!kit.findings(file, &without.join("\n")).is_empty(), "not found without {line}");
        caught += 1;
        if renamed != *line {
            assert!(!kit.findings(file, &other.join("\n")).is_empty(), "not found: {renamed}");
            caught += 1;
        }
    }
    println!("{caught} caught");
    assert!(!kit.findings(file, "").is_empty());
    assert!(caught > 5);
}

#[test]
fn comments_order_and_labels_mean_nothing() {
    let mut kit = kit();
    for (file, text) in kit.texts.clone().iter().filter(|(name, _)| !name.ends_with("Corefile")) {
        let commented: String = text.lines().map(|line| format!("{line}\n\n")).collect::<String>();
        let commented = if text.contains(": |") { text.clone() } else { commented };
        let mut documents = documents(text);
        for document in &mut documents {
            if let Some(labels) = document.pointer_mut("/metadata").and_then(Value::as_object_mut) {
                labels.entry("labels").or_insert(json!({}))["added"] = json!("one");
                labels.entry("annotations").or_insert(json!({}))["added/by"] = json!("somebody");
            }
            if let Some(labels) = document.pointer_mut("/spec/template/metadata/labels") {
                labels["added"] = json!("one");
            }
            reverse(document);
        }
        for other in [format!("# another header\n{commented}"), written(&documents), text.replace('\n', "\r\n")] {
            assert_eq!(kit.findings(file, &other), Vec::<String>::new(), "{file}");
        }
    }
}

/// The same mapping with its keys in the reverse order.
fn reverse(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let entries: Vec<(String, Value)> = std::mem::take(map).into_iter().rev().collect();
            map.extend(entries);
            map.values_mut().for_each(reverse);
        }
        Value::Array(items) => items.iter_mut().for_each(reverse),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn nothing_is_never_parity() {
    let (loaded, _) = project(None, Sources::new()).unwrap();
    let compose = std::fs::read_to_string(root().join("fixtures/boulder/docker-compose.yml")).unwrap();
    let texts =
        ["", "---\n---\n", "a: b\n", "a: [\n", "\tx: 1\n", "kind: {{ .Values.kind }}\n", "&a [*a]\n", compose.as_str()];
    for text in texts {
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let manifests = Manifests::read(std::path::Path::new("-"), Some(text), &mut sources, &mut report);
        compare(&loaded, &manifests, &mut report);
        assert!(!told(&report, &sources).is_empty(), "{text:?} is taken for parity");
    }
    let empty = tempfile::tempdir().unwrap();
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let manifests = Manifests::read(empty.path(), None, &mut sources, &mut report);
    compare(&loaded, &manifests, &mut report);
    assert!(!told(&report, &sources).is_empty());
}
