//! `compose2k8s facts` lists the facts that the check compares, for each side.

use std::collections::BTreeSet;

use compose2k8s::check::Kind;
use serde_json::Value;

use crate::golden::{self, root};

fn facts(arguments: &[&str]) -> String {
    let ran = golden::run(root(), &[&["facts"], arguments].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "facts {arguments:?}");
    ran.stdout
}

#[test]
fn both_sides_have_the_same_facts_except_approximations() {
    let compose = facts(&["fixtures/boulder/docker-compose.yml"]);
    let manifests = facts(&["k8s"]);
    let (compose, manifests): (BTreeSet<&str>, BTreeSet<&str>) =
        (compose.lines().collect(), manifests.lines().collect());
    assert!(compose.len() > 300, "only {} facts", compose.len());
    // A project resolver does what the cluster's DNS and a search domain do.
    let resolver = ["for names", "has the resolver option `ndots`"];
    let approximated = [&["is started again", "answers on every port", "in the largest"][..], &resolver].concat();
    for line in compose.symmetric_difference(&manifests) {
        assert!(approximated.iter().any(|words| line.contains(words)), "on one side alone: {line}");
    }
}

#[test]
fn an_edit_changes_one_line() {
    let folder = tempfile::tempdir().unwrap();
    golden::copy(&root().join("k8s"), folder.path());
    let file = folder.path().join("manifests/boulder.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("value: test/config\n", "value: test/other\n")).unwrap();
    let (before, after) = (facts(&["k8s"]), facts(&[folder.path().to_str().unwrap()]));
    let after: BTreeSet<&str> = after.lines().collect();
    let gone: Vec<&str> = before.lines().filter(|line| !after.contains(line) && !line.contains("`.")).collect();
    let gone: Vec<&&str> = gone.iter().filter(|line| line.contains("BOULDER_CONFIG_DIR")).collect();
    assert_eq!(gone, [&"`boulder` has the variable `BOULDER_CONFIG_DIR` = `test/config`"]);
}

#[test]
fn json_has_the_same_facts_with_locations() {
    let all: Value = serde_json::from_str(&facts(&["k8s", "--format", "json"])).unwrap();
    assert_eq!((&all["version"], &all["side"]), (&Value::from(2), &Value::from("manifests")));
    let sentences: BTreeSet<String> =
        all["facts"].as_array().unwrap().iter().map(|fact| fact["sentence"].as_str().unwrap().to_owned()).collect();
    let text = facts(&["k8s"]);
    assert_eq!(sentences.iter().map(String::as_str).collect::<BTreeSet<_>>(), text.lines().collect::<BTreeSet<_>>());
    for fact in all["facts"].as_array().unwrap() {
        assert!(fact["place"]["line"].as_u64().is_some_and(|line| line > 0), "{fact}");
        assert!(Kind::ALL.iter().any(|kind| fact["fact"] == kind.name() && fact["topic"] == kind.topic()), "{fact}");
    }
}

#[test]
fn every_kind_of_fact_is_explained() {
    let ran = golden::run(root(), &["explain", "facts"]);
    assert_eq!(ran.status, 0);
    for kind in Kind::ALL {
        assert!(kind.about().trim().ends_with('.'), "{kind:?} is not explained in a sentence");
        let line = ran.stdout.lines().find(|line| line.split_whitespace().next() == Some(kind.name()));
        assert!(line.is_some_and(|line| line.contains(kind.about().trim())), "`{}` is not listed", kind.name());
    }
}

#[test]
fn unreadable_input_has_no_facts() {
    for path in ["fixtures/nowhere", "fixtures/problems/check-template/k8s", "benches"] {
        let ran = golden::run(root(), &["facts", path]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{path}: {}", ran.stderr);
    }
}
