use serde_json::json;

use super::{assert_contains, convert_files};

#[test]
fn a_run_is_a_pod_of_the_merged_project() {
    let compose = r#"
services:
  app:
    image: x
    entrypoint: [entry.sh]
    ports: ["80:80"]
    environment: {MODE: one}
    healthcheck: {test: [CMD, up]}
    networks: {inner: {ipv4_address: 10.5.0.2}}
  certs: {image: x, profiles: [setup]}
networks: {inner: {ipam: {config: [{subnet: 10.5.0.0/24}]}}}
"#;
    let overrides = r#"
setup: [{service: certs, before: [app], because: They are needed.}]
runs:
  test:
    service: app
    pod: app-tests
    files: [more.yaml]
    command: [./test.sh, -n]
    environment: {FAST: "no"}
    about: The twin of test.sh
"#;
    let more = "services: {app: {environment: {MODE: two}}}";
    let converted =
        convert_files(&[("compose.yaml", compose), ("overrides.yaml", overrides), ("more.yaml", more)], &[]);
    assert_contains(
        &converted.object("Pod/app-tests"),
        &json!({
            "metadata": {
                "labels": {"app.kubernetes.io/name": "app", "app.kubernetes.io/part-of": "shop"},
                "annotations": {"compose2k8s/service": "app"},
            },
            "spec": {
                "restartPolicy": "Never",
                "initContainers": [{"name": "addresses"}],
                "containers": [{
                    "command": ["/bin/sh", "-c", "trap \"exit 0\" TERM INT HUP; while :; do sleep 86400 & wait; done"],
                    "args": null,
                    "env": [{"name": "MODE", "value": "two"}],
                    "ports": null,
                    "readinessProbe": null,
                }],
            },
        }),
    );
    assert_contains(
        &converted.container("app"),
        &json!({"env": [{"name": "MODE", "value": "one"}], "ports": [{"hostPort": 80}]}),
    );
    let run = &converted.objects().runs[1];
    let wrapper = run.wrapper.as_ref().unwrap();
    assert_eq!(wrapper.command, ["entry.sh", "./test.sh", "-n"]);
    assert_eq!(wrapper.environment, [("FAST".to_owned(), "no".to_owned())]);
    assert_eq!(wrapper.setup, ["certs"]);
    assert_eq!(run.files, ["more.yaml"]);
}
