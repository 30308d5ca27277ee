//! The output of one state of a project is regenerated after each edit of the Compose file, with nothing edited by hand.

use std::fs;
use std::path::{Path, PathBuf};

use compose2k8s::{ProjectOptions, Request, Session};

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

/// Returns the files of a folder, without those of its subfolders.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.is_file()).collect()
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
        // The wrappers of runs stay.
        for old in files_of(folder.path()).iter().filter(|file| file.extension().is_some_and(|name| name == "yml")) {
            fs::remove_file(old).expect("a file of the state before");
        }
        for file in files_of(state) {
            let text = fs::read(&file).expect("a file");
            fs::write(folder.path().join(file.file_name().expect("a name")), text).expect("a file");
        }
        regenerate(folder.path(), &state.display().to_string());
    }
    assert!(!states.is_empty());
}

/// Returns the YAML files of a folder and of its subfolders, except states of the project of the preset.
fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files = Vec::new();
    for path in entries.filter(|path| path.file_name().is_none_or(|name| name != "boulder-history")) {
        if path.is_dir() {
            files.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
            files.push(path);
        }
    }
    files
}

/// `COMPOSE2K8S_CORPUS` names a folder with projects that no preset is made for.
#[test]
fn no_other_project_matches_a_preset() {
    let Some(corpus) = golden::beside("corpus") else {
        println!("did not run: the corpus is neither beside this repository nor named by COMPOSE2K8S_CORPUS");
        return;
    };
    let mut loaded_projects = 0;
    for file in yaml_files(&corpus) {
        let project = ProjectOptions { files: vec![file.clone()], ..ProjectOptions::default() };
        let request = Request { project, without_overrides_file: true, ..Request::default() };
        let Ok(loaded) = Session::new().load(&request) else { continue };
        assert_eq!(loaded.overrides.preset, None, "{}", file.display());
        loaded_projects += 1;
    }
    println!("{loaded_projects} projects");
    assert!(loaded_projects > 0, "{} has no Compose project", corpus.display());
}
