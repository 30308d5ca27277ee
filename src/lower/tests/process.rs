use serde_json::json;

use super::{assert_contains, convert};

#[test]
fn entrypoint_and_command_keep_their_meaning() {
    let converted = convert(
        r#"
services:
  a: {image: x, entrypoint: "tini -- run", command: ["$$(HOME)", "$$x"]}
  b: {image: x, entrypoint: [], command: serve --now}
  c: {image: x, command: serve}
"#,
        "",
    );
    assert_contains(&converted.container("a"), &json!({"command": ["tini", "--", "run"], "args": ["$$(HOME)", "$x"]}));
    assert_contains(&converted.container("b"), &json!({"command": ["serve", "--now"], "args": null}));
    assert_contains(&converted.container("c"), &json!({"command": null, "args": ["serve"]}));
}

#[test]
fn a_cleared_entrypoint_needs_a_command() {
    let converted = convert("services:\n  a:\n    image: x\n    entrypoint: []\n", "");
    assert_eq!(converted.messages("lower::cleared_entrypoint").len(), 1);
    assert_eq!(converted.places("lower::cleared_entrypoint"), ["4:17"]);
}

#[test]
fn environment_variables_keep_their_order_and_unset_ones_are_reported() {
    let converted = convert(
        r#"
services:
  a:
    image: x
    environment: {Z: false, A: 1.10, PORT: 0755, HERE: "$$(Z)", ABSENT_HERE: }
"#,
        "",
    );
    let names: Vec<String> = converted.container("a")["env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variable| format!("{}={}", super::as_str(&variable["name"]), super::as_str(&variable["value"])))
        .collect();
    assert_eq!(names, ["Z=false", "A=1.1", "PORT=493", "HERE=$$(Z)"]);
    assert_eq!(converted.messages("lower::variable_unset"), ["`ABSENT_HERE` of `a` has no value and stays unset"]);
}

#[test]
fn users_are_numbers() {
    let overrides = "services: {c: {user: {uid: 999, gid: 998, because: The image says so.}}}";
    let converted = convert(
        r#"
services:
  a: {image: x, user: "1000:2000", group_add: ["44", "video"]}
  b: {image: x, user: postgres}
  c: {image: x, user: redis}
"#,
        overrides,
    );
    assert_contains(&converted.container("a"), &json!({"securityContext": {"runAsUser": 1000, "runAsGroup": 2000}}));
    assert_contains(&converted.pod("Deployment/a"), &json!({"securityContext": {"supplementalGroups": [44]}}));
    assert_contains(&converted.container("b"), &json!({"securityContext": null}));
    assert_contains(&converted.container("c"), &json!({"securityContext": {"runAsUser": 999, "runAsGroup": 998}}));
    assert_eq!(converted.messages("lower::user_by_name").len(), 1);
    assert_eq!(converted.messages("lower::group_by_name").len(), 1);
}

#[test]
fn a_limit_does_not_reserve_resources() {
    let converted = convert(
        r#"
services:
  a:
    image: x
    deploy: {resources: {limits: {cpus: "0.5", memory: 64M}, reservations: {memory: 1M}}}
"#,
        "",
    );
    assert_contains(
        &converted.container("a"),
        &json!({"resources": {"limits": {"cpu": "500m", "memory": "64Mi"}, "requests": {"cpu": "0", "memory": "1Mi"}}}),
    );
}

#[test]
fn a_cpu_quota_and_period_are_a_limit() {
    let cpu = |keys: &str| {
        convert(&format!("services: {{a: {{image: x, {keys}}}}}"), "").container("a")["resources"]["limits"]["cpu"]
            .clone()
    };
    assert_eq!(cpu("cpu_quota: 50000"), json!("500m"));
    assert_eq!(cpu("cpu_quota: '30000', cpu_period: 20000"), json!("1500m"));
    assert_eq!(cpu("cpu_quota: -1"), json!(null));
    assert_eq!(cpu("cpu_quota: 50000, cpu_period: 0"), json!("500m"));
    assert_eq!(cpu("cpu_quota: 50000, cpus: 2"), json!("2"));
    assert_eq!(cpu("cpu_period: 20000"), json!(null));
}

#[test]
fn privileges_are_those_of_the_compose_file() {
    let converted = convert(
        r#"
services:
  a:
    image: x
    read_only: true
    cap_drop: [ALL]
    cap_add: [CAP_NET_ADMIN, sys_time]
    security_opt: ["no-new-privileges:true", "seccomp:unconfined", "apparmor=unconfined"]
    stop_signal: SIGINT
    stop_grace_period: 1m30.5s
    sysctls: {net.core.somaxconn: 1024, net.ipv4.tcp_syncookies: 0}
  b: {image: x, security_opt: ["systempaths=unconfined"]}
"#,
        "accept: [{code: lower::security_option, service: b, reason: It reads nothing there.}]",
    );
    assert_contains(
        &converted.container("a"),
        &json!({
            "securityContext": {
                "readOnlyRootFilesystem": true,
                "capabilities": {"add": ["NET_ADMIN", "SYS_TIME"], "drop": ["ALL"]},
                "allowPrivilegeEscalation": false,
                "seccompProfile": {"type": "Unconfined"},
                "appArmorProfile": {"type": "Unconfined"},
            },
            "lifecycle": {"stopSignal": "SIGINT"},
        }),
    );
    assert_contains(
        &converted.pod("Deployment/a"),
        &json!({"terminationGracePeriodSeconds": 91, "os": {"name": "linux"}}),
    );
    assert_eq!(converted.objects().cluster.feature_gates, ["ContainerStopSignals"]);
    assert_eq!(converted.objects().cluster.unsafe_sysctls, ["net.core.somaxconn"]);
}

#[test]
fn kubernetes_defaults_that_differ_from_compose_are_overridden() {
    let converted = convert("services: {a: {image: x}}", "");
    assert_contains(
        &converted.pod("Deployment/a"),
        &json!({
            "enableServiceLinks": false,
            "automountServiceAccountToken": false,
            "terminationGracePeriodSeconds": 10,
            "dnsPolicy": "None",
            "dnsConfig": {
                "nameservers": ["10.96.0.10"],
                "searches": ["shop.svc.cluster.local"],
                "options": [{"name": "ndots", "value": "1"}],
            },
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}, "sysctls": null},
            "containers": [{"imagePullPolicy": "IfNotPresent", "livenessProbe": null, "resources": null}],
        }),
    );
    assert_contains(&converted.object("Deployment/a"), &json!({"spec": {"strategy": {"type": "Recreate"}}}));
}

#[test]
fn labels_become_annotations() {
    let long = "x".repeat(70);
    let converted = convert(&format!("services: {{a: {{image: x, labels: {{com.example/a: b, {long}: c}}}}}}"), "");
    let template = converted.object("Deployment/a")["spec"]["template"]["metadata"]["annotations"].clone();
    assert_contains(
        &template,
        &json!({"com.example/a": "b", "compose2k8s/labels": format!("{long}=c\n"), "compose2k8s/service": "a"}),
    );
    assert_eq!(converted.messages("lower::label_name").len(), 1);
}

#[test]
fn several_hooks_are_one_lifecycle_handler() {
    let converted = convert(
        r"
services:
  a:
    image: x
    post_start: [{command: [touch, /a b]}, {command: [id], working_dir: /tmp}]
    pre_stop: [{command: [quit, now]}]
",
        "",
    );
    assert_contains(
        &converted.container("a"),
        &json!({"lifecycle": {
            "postStart": {"exec": {"command": ["/bin/sh", "-ec", "touch '/a b'\n(cd /tmp && id)"]}},
            "preStop": {"exec": {"command": ["quit", "now"]}},
        }}),
    );
}
