//! Compares images, commands, environment and ports with those that an independent reader, docker-compose-types, returns.
//!
//! It does not support interpolation, merging or `extends`, so files with these are left out. The test requires a minimum number of
//! compared files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use compose2k8s::parse::ProjectOptions;
use compose2k8s::report::Report;
use compose2k8s::resolve::Project;
use compose2k8s::resolve::process::Words;
use compose2k8s::text::Sources;
use docker_compose_types::{Command, Compose, Environment, Ports, PublishedPort, Service, SingleValue};

use crate::golden;

fn files() -> Vec<PathBuf> {
    let mut found = vec![golden::root().join("fixtures/boulder/docker-compose.yml")];
    let cases = fs::read_dir(golden::root().join("fixtures/cases")).into_iter().flatten().flatten();
    found.extend(cases.map(|entry| entry.path().join("compose.yaml")));
    if let Some(corpus) = golden::beside("corpus") {
        let index = fs::read_to_string(corpus.join("INDEX.tsv")).expect("INDEX.tsv");
        let accepted = index.lines().filter_map(|line| line.split('\t').next().filter(|_| line.contains("\tok")));
        found.extend(accepted.map(|path| corpus.join(path)));
    }
    found.retain(|path| path.is_file());
    found.sort();
    found
}

/// Loads a file with both readers; `None` if one of them fails or the file uses a feature that docker-compose-types lacks.
fn both(path: &Path) -> Option<(Project, Compose)> {
    let text = fs::read_to_string(path).ok()?;
    if ["$", "<<", "extends", "include", "env_file"].iter().any(|word| text.contains(word)) {
        return None;
    }
    let theirs: Compose = serde_norway::from_str(&text).ok()?;
    let selection = ProjectOptions { files: vec![path.to_path_buf()], ..ProjectOptions::default() };
    let ours = compose2k8s::project(&selection, &mut Sources::new(), &mut Report::new()).ok()?;
    Some((ours, theirs))
}

/// Returns the words of a command, if only spaces separate them.
fn command_words(command: &Command) -> Option<Vec<String>> {
    match command {
        Command::Args(words) => Some(words.clone()),
        Command::Simple(text) if text.contains(['\'', '"', '\\', ';', '&', '|', '<', '>', '(', '`']) => None,
        Command::Simple(text) => Some(text.split_whitespace().map(str::to_owned).collect()),
    }
}

/// Names and values; `None` for a value whose source text docker-compose-types does not keep (`1.10` becomes 1.1).
fn variables(environment: &Environment) -> BTreeMap<String, Option<String>> {
    match environment {
        Environment::List(list) => list
            .iter()
            .filter_map(|item| item.split_once('='))
            .map(|(name, value)| (name.to_owned(), Some(value.to_owned())))
            .collect(),
        Environment::KvPair(pairs) => pairs
            .iter()
            .filter_map(|(name, value)| {
                let value = match value.as_ref()? {
                    SingleValue::String(text) => Some(text.clone()),
                    SingleValue::Bool(_)
                    | SingleValue::Unsigned(_)
                    | SingleValue::Signed(_)
                    | SingleValue::Float(_) => None,
                };
                Some((name.clone(), value))
            })
            .collect(),
    }
}

/// The container port and the published port of every entry with a single port.
fn ports(ports: &Ports) -> Option<BTreeSet<(u16, Option<u16>)>> {
    let number = |text: &str| text.parse::<u16>().ok();
    match ports {
        Ports::Short(list) => list
            .iter()
            .map(|item| {
                let item = item.split('/').next()?;
                match item.split(':').collect::<Vec<_>>().as_slice() {
                    [target] => Some((number(target)?, None)),
                    [published, target] => Some((number(target)?, Some(number(published)?))),
                    _ => None,
                }
            })
            .collect(),
        Ports::Long(list) => list
            .iter()
            .map(|port| match &port.published {
                None => Some((port.target, None)),
                Some(PublishedPort::Single(published)) => Some((port.target, Some(*published))),
                Some(PublishedPort::Range(text)) => Some((port.target, Some(number(text)?))),
            })
            .collect(),
    }
}

fn compare(path: &Path, name: &str, ours: &compose2k8s::resolve::Service, theirs: &Service) {
    let at = format!("{} {name}", path.display());
    if let Some(image) = &theirs.image {
        assert_eq!(&ours.process.image.reference.value, image, "{at}: image");
    }
    if let Some(expected) = theirs.command.as_ref().and_then(command_words).filter(|words| !words.is_empty()) {
        match &ours.process.command {
            Words::Given(given) => assert_eq!(given.value, expected, "{at}: command"),
            Words::Image | Words::Cleared(_) => panic!("{at}: the command {expected:?} is not there"),
        }
    }
    for (variable, value) in variables(&theirs.environment) {
        let own = ours.process.environment.iter().find(|own| own.name.value == variable);
        let own = own.and_then(|own| own.value.as_ref()).map(|value| &value.value);
        assert!(own.is_some(), "{at}: {variable} is not there");
        if let Some(value) = value {
            assert_eq!(own, Some(&value), "{at}: {variable}");
        }
    }
    if let Some(expected) = ports(&theirs.ports) {
        let own: BTreeSet<_> =
            ours.networks.ports.iter().map(|port| (port.target, port.published.map(|(first, _)| first))).collect();
        assert_eq!(own, expected, "{at}: ports");
    }
}

#[test]
fn a_second_reader_returns_the_same_values() {
    let mut compared = 0;
    let all = files();
    for path in &all {
        let Some((ours, theirs)) = both(path) else { continue };
        for (name, service) in &theirs.services.0 {
            let (Some(own), Some(service)) = (ours.services.get(name.as_str()), service) else { continue };
            compare(path, name, own, service);
        }
        compared += 1;
    }
    println!("compared {compared} of {} files", all.len());
    assert!(
        compared >= if golden::beside("corpus").is_some() { 200 } else { 10 },
        "only {compared} files were compared"
    );
}
