//! Rules of the API server that all objects must follow, whatever the Compose file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{as_str, to_value};
use crate::lower::objects::{Object, Objects};

/// Panics if an object breaks a rule of the API server.
pub(super) fn assert_valid(objects: &Objects) {
    let kit = || {
        let services = objects.services.iter().flat_map(|service| service.manifests.iter().chain(&service.services));
        objects.shared.iter().chain(services)
    };
    let mut names = BTreeSet::new();
    for object in kit().map(to_value) {
        let name = format!("{}/{}", as_str(&object["kind"]), as_str(&object["metadata"]["name"]));
        assert!(names.insert(name.clone()), "two objects are {name}");
    }
    let runs: Vec<&Object> = objects.runs.iter().map(|run| &run.pod).collect();
    let all: Vec<Value> = kit().chain(runs).map(to_value).collect();
    let mut pods: Vec<BTreeMap<String, String>> = Vec::new();
    for object in &all {
        label(as_str(&object["metadata"]["name"]));
        for (_, label_value) in labels(&object["metadata"]["labels"]) {
            assert!(label_value.len() <= 63, "{label_value} is too long for a label");
        }
        match as_str(&object["kind"]) {
            "Pod" => {
                pods.push(labels(&object["metadata"]["labels"]));
                pod(&object["spec"], &[]);
            }
            "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => {
                let template = &object["spec"]["template"];
                pods.push(labels(&template["metadata"]["labels"]));
                let claims: Vec<&str> = array(&object["spec"]["volumeClaimTemplates"])
                    .iter()
                    .map(|claim| as_str(&claim["metadata"]["name"]))
                    .collect();
                pod(&template["spec"], &claims);
            }
            _ => {}
        }
    }
    for object in all.iter().filter(|object| object["kind"] == "Service") {
        let selector = labels(&object["spec"]["selector"]);
        let found = pods.iter().any(|pod| selector.iter().all(|(key, value)| pod.get(key) == Some(value)));
        assert!(found, "{} leads to no pod", object["metadata"]["name"]);
        let ports: BTreeSet<&str> = array(&object["spec"]["ports"]).iter().map(|port| as_str(&port["name"])).collect();
        assert_eq!(ports.len(), array(&object["spec"]["ports"]).len(), "port names of {}", object["metadata"]["name"]);
        if let Ok(address) = as_str(&object["spec"]["clusterIP"]).parse() {
            assert!(objects.cluster.service_subnet.contains::<&std::net::Ipv4Addr>(&address));
        }
    }
    let planned: BTreeSet<&str> = objects.plan.services.iter().map(|service| service.name.as_str()).collect();
    for service in &objects.plan.services {
        for needed in &service.depends_on {
            assert!(planned.contains(needed.as_str()), "{} needs {needed}, which is not planned", service.name);
        }
    }
    let ports: BTreeSet<_> = objects.cluster.ports.iter().map(|port| (port.node_port, port.protocol)).collect();
    assert_eq!(ports.len(), objects.cluster.ports.len(), "a port of the node is led to twice");
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn labels(value: &Value) -> BTreeMap<String, String> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), as_str(value).to_owned())).collect()
}

fn label(name: &str) {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good =
        (1..=63).contains(&name.len()) && name.chars().all(inner) && !name.starts_with('-') && !name.ends_with('-');
    assert!(good, "`{name}` is no name of an object");
}

fn pod(spec: &Value, claims: &[&str]) {
    let volumes: Vec<&str> =
        array(&spec["volumes"]).iter().map(|volume| as_str(&volume["name"])).chain(claims.iter().copied()).collect();
    assert_eq!(volumes.iter().collect::<BTreeSet<_>>().len(), volumes.len(), "volumes: {volumes:?}");
    for volume in array(&spec["volumes"]) {
        label(as_str(&volume["name"]));
        let path = as_str(&volume["hostPath"]["path"]);
        assert!(!path.split('/').any(|part| part == ".."), "{path} climbs");
    }
    let mut names = BTreeSet::new();
    assert!(!array(&spec["containers"]).is_empty());
    for container in array(&spec["initContainers"]).iter().chain(array(&spec["containers"])) {
        let name = as_str(&container["name"]);
        label(name);
        assert!(names.insert(name), "two containers are {name}");
        assert!(!as_str(&container["image"]).is_empty(), "{name} has no image");
        let mut paths = BTreeSet::new();
        for mount in array(&container["volumeMounts"]) {
            assert!(volumes.contains(&as_str(&mount["name"])), "{name} mounts {} of {volumes:?}", mount["name"]);
            assert!(as_str(&mount["mountPath"]).starts_with('/'), "{mount}");
            assert!(paths.insert(as_str(&mount["mountPath"]).trim_end_matches('/')), "{name} mounts twice: {mount}");
            assert!(!as_str(&mount["subPath"]).starts_with('/'), "{mount}");
        }
        for port in array(&container["ports"]) {
            assert!(as_str(&port["name"]).len() <= 15, "{port}");
        }
        for (resource, limit) in labels(&container["resources"]["limits"]) {
            assert!(!limit.is_empty() && container["resources"]["requests"][&resource].is_string());
        }
    }
}

/// Every real Compose file that the loader accepts is converted without breaking a rule, or rejected with a place.
#[test]
fn real_compose_files_give_valid_objects() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = std::env::var_os("COMPOSE2K8S_CORPUS").map(std::path::PathBuf::from).or_else(|| {
        ["../shared/corpus", "../../shared/corpus"].iter().map(|path| root.join(path)).find(|path| path.is_dir())
    });
    let Some(corpus) = corpus else {
        println!("not run: there is no folder of real Compose files (COMPOSE2K8S_CORPUS)");
        return;
    };
    let index = std::fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let (mut made, mut refused) = (0, 0);
    for line in index.lines() {
        let mut columns = line.split('\t');
        let (Some(path), Some("ok")) = (columns.next(), columns.next()) else { continue };
        let file = corpus.join(path);
        let Some(project) = super::load_quietly(&[file]) else { continue };
        let mut report = crate::report::Report::new();
        if let Ok(objects) = crate::lower::lower(&project, &crate::overrides::Overrides::none(), &[], &mut report) {
            assert_valid(&objects);
            made += 1;
        } else {
            let placed = |problem: &crate::report::Diagnostic| {
                problem.severity == crate::report::Severity::Error && !problem.labels.is_empty()
            };
            assert!(report.problems().iter().any(placed), "{path} is refused without a place");
            refused += 1;
        }
    }
    println!("{made} kits, {refused} refused");
    assert!(made > 250, "{made} kits, {refused} refused");
}
