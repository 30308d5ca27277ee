//! What must be true of every kit, whatever the Compose file says: the API server would refuse it otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{text, value};
use crate::lower::objects::{Object, Objects};

/// Panics where a kit breaks a rule of Kubernetes.
pub(super) fn sound(objects: &Objects) {
    let kit = || {
        let services = objects.services.iter().flat_map(|service| service.manifests.iter().chain(&service.services));
        objects.shared.iter().chain(services)
    };
    let mut names = BTreeSet::new();
    for object in kit().map(value) {
        let name = format!("{}/{}", text(&object["kind"]), text(&object["metadata"]["name"]));
        assert!(names.insert(name.clone()), "two objects are {name}");
    }
    let runs: Vec<&Object> = objects.runs.iter().map(|run| &run.pod).collect();
    let all: Vec<Value> = kit().chain(runs).map(value).collect();
    let mut pods: Vec<BTreeMap<String, String>> = Vec::new();
    for object in &all {
        label(text(&object["metadata"]["name"]));
        for (_, label_value) in labels(&object["metadata"]["labels"]) {
            assert!(label_value.len() <= 63, "{label_value} is too long for a label");
        }
        match text(&object["kind"]) {
            "Pod" => {
                pods.push(labels(&object["metadata"]["labels"]));
                pod(&object["spec"], &[]);
            }
            "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => {
                let template = &object["spec"]["template"];
                pods.push(labels(&template["metadata"]["labels"]));
                let claims: Vec<&str> = list(&object["spec"]["volumeClaimTemplates"])
                    .iter()
                    .map(|claim| text(&claim["metadata"]["name"]))
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
        let ports: BTreeSet<&str> = list(&object["spec"]["ports"]).iter().map(|port| text(&port["name"])).collect();
        assert_eq!(ports.len(), list(&object["spec"]["ports"]).len(), "port names of {}", object["metadata"]["name"]);
        if let Ok(address) = text(&object["spec"]["clusterIP"]).parse() {
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

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn labels(value: &Value) -> BTreeMap<String, String> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), text(value).to_owned())).collect()
}

fn label(name: &str) {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good =
        (1..=63).contains(&name.len()) && name.chars().all(inner) && !name.starts_with('-') && !name.ends_with('-');
    assert!(good, "`{name}` is no name of an object");
}

fn pod(spec: &Value, claims: &[&str]) {
    let volumes: Vec<&str> =
        list(&spec["volumes"]).iter().map(|volume| text(&volume["name"])).chain(claims.iter().copied()).collect();
    assert_eq!(volumes.iter().collect::<BTreeSet<_>>().len(), volumes.len(), "volumes: {volumes:?}");
    for volume in list(&spec["volumes"]) {
        label(text(&volume["name"]));
        let path = text(&volume["hostPath"]["path"]);
        assert!(!path.split('/').any(|part| part == ".."), "{path} climbs");
    }
    let mut names = BTreeSet::new();
    assert!(!list(&spec["containers"]).is_empty());
    for container in list(&spec["initContainers"]).iter().chain(list(&spec["containers"])) {
        let name = text(&container["name"]);
        label(name);
        assert!(names.insert(name), "two containers are {name}");
        assert!(!text(&container["image"]).is_empty(), "{name} has no image");
        let mut paths = BTreeSet::new();
        for mount in list(&container["volumeMounts"]) {
            assert!(volumes.contains(&text(&mount["name"])), "{name} mounts {} of {volumes:?}", mount["name"]);
            assert!(text(&mount["mountPath"]).starts_with('/'), "{mount}");
            assert!(paths.insert(text(&mount["mountPath"]).trim_end_matches('/')), "{name} mounts twice: {mount}");
            assert!(!text(&mount["subPath"]).starts_with('/'), "{mount}");
        }
        for port in list(&container["ports"]) {
            assert!(text(&port["name"]).len() <= 15, "{port}");
        }
        for (resource, limit) in labels(&container["resources"]["limits"]) {
            assert!(!limit.is_empty() && container["resources"]["requests"][&resource].is_string());
        }
    }
}

/// Every real file that the loader takes is lowered without breaking a rule, or refused with a place.
#[test]
fn real_files_give_sound_kits() {
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
        let Some(project) = super::quietly_loaded(&[file]) else { continue };
        let mut report = crate::report::Report::new();
        if let Ok(objects) = crate::lower::lower(&project, &crate::overrides::Overrides::none(), &[], &mut report) {
            sound(&objects);
            made += 1;
        } else {
            let placed = |problem: &crate::report::Problem| {
                problem.code.severity == crate::report::Severity::Error && !problem.labels.is_empty()
            };
            assert!(report.problems().iter().any(placed), "{path} is refused without a place");
            refused += 1;
        }
    }
    println!("{made} kits, {refused} refused");
    assert!(made > 250, "{made} kits, {refused} refused");
}
