//! The committed kit of the worked example: in parity, and out of it after every damage.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use compose2k8s::check::{Force, expected_facts};
use compose2k8s::report::Report;
use compose2k8s::{compare, load};
use serde_json::{Value, json};

use crate::golden::root;

use super::damage::{Change, changes, documents, written};
use super::{Kit, all, damage, damage_starts, request, told};

fn miniature() -> PathBuf {
    root().join("fixtures/boulder")
}

fn kit() -> Kit {
    let folder = root().join("k8s");
    Kit::of(&request(&miniature(), &["docker-compose.yml"], None), &folder, folder.clone())
}

#[test]
fn the_committed_kit_is_in_parity() {
    assert_eq!(kit().untouched(), Vec::<String>::new());
}

#[test]
fn every_damage_is_found_and_nothing_else() {
    let start = Instant::now();
    let mut kit = kit();
    let mut tally = all(&kit.objects(), |file| damage(&mut self::kit(), file));
    // The zones stand in a file of another form, which has a test of its own.
    tally.heard.extend(kit.findings("cluster/Corefile", ""));
    tally.merge(damage_starts(&mut kit));
    tally.judge(start, 2_000);

    // Each kind of fact that this project has was the subject of a finding.
    let facts = expected_facts(&kit.loaded.project, &kit.loaded.overrides);
    let kinds: BTreeSet<&str> =
        facts.iter().filter(|fact| fact.force != Force::May).map(|fact| fact.kind.word()).collect();
    let found = |fact: &compose2k8s::check::Fact| {
        tally.heard.iter().any(|line| line.contains(&fact.sentence()) || line.contains(&fact.subject()))
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
    for Change { about, at: _, before, text } in changes(&documents) {
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
        let (mut sources, mut report) = (kit.sources.clone(), Report::new());
        let mut request = request(&miniature(), &[], None);
        request.selection.files.push(file.clone());
        let Ok(loaded) = load(&request, &mut sources, &mut report) else {
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
    for (file, text) in kit.texts.clone().iter().filter(|(name, _)| name.ends_with(".yaml")) {
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
