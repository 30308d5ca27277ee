//! A small output, written by hand, for tests.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::manifests::document::comment;
use super::manifests::rendered_service::RenderedService;
use super::metadata::OutputMetadata;
use crate::lower::node_mounts::{NodeMount, NodeMountMode, NodeMountPropagation};
use crate::lower::objects::{
    ClusterPlan, Comment, Name, NodePort, Object, ObjectKind, Objects, Plan, PlannedService, ResolverObjects,
    RunObjects, ServiceObjects, Until, Wrapper,
};
use crate::overrides::{Note, Workflow};
use crate::resolve::ServiceName;
use crate::resolve::networks::Protocol;
use crate::resolve::volumes::HostPath;

fn typed<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn object(kind: ObjectKind, comments: Vec<Comment>) -> Object {
    Object { kind, comments }
}

fn object_metadata(name: &str) -> Value {
    json!({"name": name, "namespace": "shop", "labels": {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop"}})
}

fn pod(name: &str) -> Value {
    json!({
        "enableServiceLinks": false,
        "containers": [{
            "name": name,
            "image": "web:latest",
            "command": ["/bin/sh", "-c", "trap \"exit 0\" TERM\nexec web\n"],
            "env": [{"name": "DEBUG", "value": "yes"}, {"name": "MODE", "value": "0755"}],
            "volumeMounts": [{"name": "project", "mountPath": "/app"}],
        }],
        "volumes": [{"name": "project", "hostPath": {"path": "/project"}}, {"name": "scratch", "emptyDir": {}}],
    })
}

fn service(name: &str, address: &str, ports: &[u16]) -> Object {
    let ports: Vec<Value> =
        ports.iter().map(|port| json!({"name": format!("tcp-{port}"), "port": port, "protocol": "TCP"})).collect();
    let mut spec =
        json!({"clusterIP": address, "publishNotReadyAddresses": true, "selector": {"app.kubernetes.io/name": name}});
    if !ports.is_empty() {
        spec["ports"] = json!(ports);
    }
    let value = json!({"apiVersion": "v1", "kind": "Service", "metadata": object_metadata(name), "spec": spec});
    object(ObjectKind::Service(Box::new(typed(value))), vec![comment(&["spec", "clusterIP"], "An address of its own.")])
}

fn deployment(name: &str) -> Object {
    let value = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": object_metadata(name),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
            "template": {"metadata": {"labels": {"app.kubernetes.io/name": name}}, "spec": pod(name)},
        },
    });
    let at = ["spec", "template", "spec", "containers", "0"];
    object(ObjectKind::Deployment(Box::new(typed(value))), vec![comment(&at, "command: a shell's words.")])
}

fn planned(name: &str, depends_on: &[&str], until: Until) -> PlannedService {
    PlannedService {
        name: Name::in_test(name),
        service: ServiceName::in_test(name),
        phase: 1 + depends_on.len(),
        patience: 60,
        until,
        depends_on: depends_on.iter().map(|name| Name::in_test(name)).collect(),
        profiles: Vec::new(),
        workload: "deployment",
        replicas: 1,
    }
}

/// Two services, one with a fixed address; a run, a zone and a rename.
fn objects() -> Objects {
    let one = |name: &str, services: Vec<Object>| ServiceObjects {
        service: ServiceName::in_test(name),
        name: Name::in_test(name),
        manifests: vec![deployment(name)],
        services,
    };
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
    let run = json!({"apiVersion": "v1", "kind": "Pod", "metadata": object_metadata("web-tests"), "spec": pod("web")});
    Objects {
        project: "shop".to_owned(),
        namespace: Name::in_test("shop"),
        shared: vec![object(ObjectKind::Namespace(Box::new(typed(namespace))), Vec::new())],
        secrets: Vec::new(),
        secret_templates: Vec::new(),
        resolver: Some(ResolverObjects {
            name: Name::in_test("resolver"),
            manifests: vec![deployment("resolver")],
            services: vec![service("resolver", "10.9.0.11", &[53])],
            image: "coredns:1".to_owned(),
            names: vec![("my_store".to_owned(), Name::in_test("store")), ("web".to_owned(), Name::in_test("web"))],
        }),
        services: vec![
            one("web", vec![service("web", "None", &[8080])]),
            one("store", vec![service("store", "10.9.0.5", &[5432])]),
        ],
        runs: vec![RunObjects {
            run: "tests".to_owned(),
            service: Name::in_test("web"),
            pod: object(ObjectKind::Pod(Box::new(typed(run))), vec![comment(&[], "docker compose run web ./test.sh")]),
            wrapper: Some(Wrapper {
                about: "the twin of test.sh".to_owned(),
                command: vec!["./test.sh".to_owned()],
                environment: Vec::new(),
                setup: Vec::new(),
            }),
            owner: None,
            files: Vec::new(),
        }],
        cluster: ClusterPlan {
            name: "shop".to_owned(),
            node_image: "kindest/node:v1.36.1".to_owned(),
            service_subnet: "10.9.0.0/16".parse().unwrap(),
            pod_subnet: "10.244.0.0/16".parse().unwrap(),
            subnet_reason: Some("It holds the fixed addresses.".to_owned()),
            mounts: vec![
                NodeMount {
                    source: HostPath::Project(String::new()),
                    node_path: "/project".to_owned(),
                    mode: NodeMountMode::WRITABLE,
                },
                NodeMount {
                    source: HostPath::Home(".ssh".to_owned()),
                    node_path: "/home/.ssh".to_owned(),
                    mode: NodeMountMode { read_only: true, propagation: NodeMountPropagation::Private },
                },
            ],
            ports: vec![NodePort {
                service: ServiceName::in_test("web"),
                host_port: 80,
                node_port: 80,
                container_port: 8080,
                listen: None,
                protocol: Protocol::Tcp,
            }],
            restart_limit: None,
            unsafe_sysctls: vec!["net.core.somaxconn".to_owned()],
            feature_gates: vec!["ContainerStopSignals".to_owned()],
        },
        plan: Plan {
            services: vec![planned("store", &[], Until::Ready), planned("web", &["store"], Until::Started)],
            guests: Vec::new(),
            setup: vec![("tests".to_owned(), vec![Name::in_test("web")])],
            fixed: vec![(Name::in_test("store"), "10.9.0.5".parse().unwrap())],
            ..Plan::default()
        },
    }
}

/// The same, with rendered services.
pub(super) fn rendered() -> Objects<RenderedService> {
    objects()
        .with_services(|services| services.iter().map(|service| RenderedService::new(service, &metadata())).collect())
}

/// Metadata of a run in the project directory.
pub(super) fn metadata() -> OutputMetadata {
    OutputMetadata {
        sources: vec!["../compose.yaml".to_owned()],
        project: "..".to_owned(),
        kit: "k8s".to_owned(),
        compose_files: vec!["compose.yaml".to_owned()],
        compose_options: Vec::new(),
        recorded: crate::parse::RecordedVariables::default(),
        regenerate: "compose2k8s compose.yaml -o k8s/manifests".to_owned(),
        regenerate_in: "the project directory".to_owned(),
        overrides: Some("../overrides/shop.yaml".to_owned()),
        picture: "flowchart LR\n    s0[\"web\"]\n".to_owned(),
        notes: vec![Note { title: "Checklist".to_owned(), text: "- done\n".to_owned() }],
        workflows: vec![Workflow { name: "tests".to_owned(), text: "on: push\njobs: {}\n".to_owned() }],
        deviations: Vec::new(),
        accepted: vec![("cgroup_parent of `web` is lost".to_owned(), "nobody reads it".to_owned())],
        preview: false,
    }
}

/// The files of the sample: path and text.
pub(super) fn texts() -> BTreeMap<String, String> {
    let files = super::emit(rendered(), &metadata(), &mut crate::report::Report::new()).unwrap();
    files.kit.into_iter().map(|(path, file)| (path, file.text)).collect()
}
