//! The output of one state of a project is regenerated after each edit of the Compose file, with nothing edited by hand.

use std::fs;
use std::path::{Path, PathBuf};

use crate::golden;

/// States of one project: services are added, renamed and removed.
const STATES: [&str; 4] = [
    "services:
  boulder: { image: 'letsencrypt/boulder-tools:1', restart: always, depends_on: [db], networks: { bouldernet: { ipv4_address: 10.77.77.77 } } }
  db: { image: 'mariadb:10.5', restart: always, networks: [bouldernet] }
networks: { bouldernet: { ipam: { config: [{ subnet: 10.77.77.0/24 }] } } }
",
    "services:
  boulder: { image: 'letsencrypt/boulder-tools:2', restart: always, depends_on: [bmysql], networks: { bouldernet: { ipv4_address: 10.77.77.77 } } }
  bmysql: { image: 'mariadb:10.5', restart: always, networks: [bouldernet] }
  redis: { image: 'redis:6', restart: always, networks: [bouldernet] }
networks: { bouldernet: { ipam: { config: [{ subnet: 10.77.77.0/24 }] } } }
",
    "services:
  boulder: { image: 'letsencrypt/boulder-tools:2', restart: always, depends_on: [bmariadb], networks: { bouldernet: { ipv4_address: 10.77.77.77 } } }
  bmariadb: { image: 'mariadb:10.11', restart: always, networks: [bouldernet] }
  jaeger: { image: 'jaegertracing/all-in-one:1', restart: always, networks: [bouldernet] }
networks: { bouldernet: { ipam: { config: [{ subnet: 10.77.77.0/24 }] } } }
",
    "services:
  renamed: { image: 'letsencrypt/boulder-tools:3', restart: always, networks: [bouldernet] }
networks: { bouldernet: { ipam: { config: [{ subnet: 10.77.77.0/24 }] } } }
",
];

fn regenerate(folder: &Path, name: &str) {
    let written = golden::run(folder, &["docker-compose.yml", "-o", "k8s", "--format", "short"]);
    assert_eq!(written.status, 0, "{name}: {}", written.stderr);
    let checked = golden::run(folder, &["docker-compose.yml", "-o", "k8s", "--check", "--format", "short"]);
    assert_eq!(checked.status, 0, "{name}: {}{}", checked.stdout, checked.stderr);
    let namespace = fs::read_to_string(folder.join("k8s/manifests/namespace.yaml")).expect("a namespace");
    assert!(namespace.contains("\n  name: boulder\n"), "{name}: the namespace stays\n{namespace}");
}

#[test]
fn every_state_of_a_project_follows_from_the_one_before() {
    let folder = tempfile::tempdir().expect("a folder");
    for (index, state) in STATES.iter().enumerate() {
        fs::write(folder.path().join("docker-compose.yml"), state).expect("a file");
        regenerate(folder.path(), &format!("state {index}"));
    }
}

/// `COMPOSE2K8S_HISTORY` names a folder with one folder for each state of a project that a preset matches, in their order.
#[test]
fn every_state_of_a_real_project_follows_from_the_one_before() {
    let Some(history) = std::env::var_os("COMPOSE2K8S_HISTORY") else {
        println!("did not run: COMPOSE2K8S_HISTORY is not set");
        return;
    };
    let mut states: Vec<PathBuf> =
        fs::read_dir(history).expect("a folder").map(|entry| entry.expect("a folder").path()).collect();
    states.sort();
    let folder = tempfile::tempdir().expect("a folder");
    for state in &states {
        for file in fs::read_dir(state).expect("a state").map(|entry| entry.expect("a file").path()) {
            if file.is_file() {
                fs::copy(&file, folder.path().join(file.file_name().expect("a name"))).expect("a file");
            }
        }
        regenerate(folder.path(), &state.display().to_string());
    }
    assert!(!states.is_empty());
}

#[test]
fn no_other_project_matches_a_preset() {
    let Some(corpus) = golden::beside("corpus") else {
        println!("did not run: the corpus is not beside this repository");
        return;
    };
    let index = fs::read_to_string(corpus.join("INDEX.tsv")).expect("an index");
    let files = index.lines().filter_map(|line| line.split('\t').next()).filter(|file| !file.ends_with("+next"));
    for file in files.filter(|file| !file.starts_with("boulder-history/")) {
        let text = fs::read_to_string(corpus.join(file)).unwrap_or_default();
        assert!(!text.contains("letsencrypt/boulder-tools"), "{file} has the image of the preset");
    }
}
