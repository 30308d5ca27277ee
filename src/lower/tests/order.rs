use serde_json::json;

use super::{holds, made, made_with};
use crate::lower::objects::Until;

const WAITS: &str = r"
services:
  web: {image: x, depends_on: {db: {condition: service_healthy}, seed: {condition: service_completed_successfully}}}
  seed: {image: x, depends_on: [db]}
  db:
    image: x
    healthcheck: {test: pg_isready -q, interval: 10s, timeout: 1500ms, retries: 4, start_period: 5s, start_interval: 0.1s}
";

#[test]
fn a_healthy_dependency_is_awaited_by_its_name() {
    let made = made(WAITS, "");
    holds(
        &made.pod("Deployment/web")["initContainers"],
        &json!([{
            "name": "wait-for-db",
            "command": ["/bin/sh", "-c",
                "until nslookup -type=a db-ready.shop.svc.cluster.local. 2>/dev/null | sed '1,/^$/d' | grep -q '^Address'; do\n  sleep 0.5\ndone\n"],
        }]),
    );
    holds(
        &made.object("Service/db-ready"),
        &json!({"spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": null,
            "selector": {"app.kubernetes.io/name": "db"},
            "ports": null,
        }}),
    );
    let test = json!({"command": ["/bin/sh", "-c", "pg_isready -q"]});
    holds(
        &made.container("db"),
        &json!({
            "readinessProbe": {"exec": test, "periodSeconds": 10, "timeoutSeconds": 2, "failureThreshold": 4},
            "startupProbe": {"exec": test, "periodSeconds": 1, "timeoutSeconds": 2, "failureThreshold": 2_147_483_647},
            "livenessProbe": null,
        }),
    );
}

#[test]
fn phases_are_the_longest_way() {
    let made = made(WAITS, "");
    let plan: Vec<(&str, usize, Until, &str)> = made
        .objects()
        .plan
        .services
        .iter()
        .map(|service| (service.name.as_str(), service.phase, service.until, service.workload))
        .collect();
    assert_eq!(
        plan,
        [
            ("db", 1, Until::Ready, "deployment"),
            ("seed", 2, Until::Ended, "job"),
            ("web", 3, Until::Started, "deployment"),
        ]
    );
    // 5 s + 4 × (10 s + 1.5 s)
    assert_eq!(made.objects().plan.services[0].patience, 51);
    assert_eq!(made.objects().plan.services[2].patience, 60);
}

#[test]
fn what_is_awaited_to_end_is_a_job() {
    let made = made(WAITS, "");
    holds(
        &made.object("Job/seed"),
        &json!({"spec": {"backoffLimit": 0, "suspend": null, "template": {"spec": {"restartPolicy": "Never"}}}}),
    );
}

#[test]
fn health_that_nobody_states_cannot_be_awaited() {
    let made = made("services:\n  a: {image: x, depends_on: {b: {condition: service_healthy}}}\n  b: {image: x}\n", "");
    assert_eq!(made.said("lower::health_unknown"), ["`a` waits for the health of `b`, which states no test"]);
}

#[test]
fn a_profile_that_is_not_chosen_sleeps() {
    let compose = r#"
services:
  web: {image: x}
  debug: {image: x, profiles: [dev], ports: ["9000:9000"]}
  migrate: {image: x, profiles: [dev]}
"#;
    let asleep = made_with(&[("compose.yaml", compose)], &[]);
    holds(&asleep.object("Deployment/debug"), &json!({"spec": {"replicas": 0}}));
    holds(&asleep.object("Job/migrate"), &json!({"spec": {"suspend": true}}));
    let profiles: Vec<usize> = asleep.objects().plan.services.iter().map(|service| service.profiles.len()).collect();
    assert_eq!(profiles, [1, 1, 0]);
    let awake = made_with(&[("compose.yaml", compose)], &["dev"]);
    holds(&awake.object("Deployment/debug"), &json!({"spec": {"replicas": 1}}));
}

#[test]
fn modes_and_replicas() {
    let made = made(
        "services: {a: {image: x, deploy: {mode: global}}, b: {image: x, scale: 3}, c: {image: x, deploy: {replicas: 0}}}",
        "",
    );
    assert_eq!(made.object("DaemonSet/a")["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"], "a");
    holds(&made.object("Deployment/b"), &json!({"spec": {"replicas": 3}}));
    holds(&made.object("Deployment/c"), &json!({"spec": {"replicas": 0}}));
}

#[test]
fn one_pod_does_not_wait_for_itself() {
    let made = made(
        r#"
services:
  vpn: {image: x, healthcheck: {test: [CMD, up]}}
  app: {image: x, network_mode: "service:vpn", depends_on: {vpn: {condition: service_healthy}}}
"#,
        "",
    );
    holds(&made.pod("Deployment/vpn"), &json!({"initContainers": null}));
    assert_eq!(made.said("lower::waits_in_one_pod").len(), 1);
}

#[test]
fn setup_comes_first_and_is_no_workload() {
    let made = made(
        "services: {certs: {image: x, command: make, profiles: [setup]}, web: {image: x}}",
        "setup: [{service: certs, before: [web], because: Without certificates nothing starts.}]",
    );
    assert_eq!(made.names(), ["Deployment/web", "Service/web", "Pod/certs"]);
    holds(
        &made.object("Pod/certs"),
        &json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "certs", "args": ["make"]}]}}),
    );
    let plan = &made.objects().plan;
    assert_eq!(plan.setup.len(), 1);
    assert_eq!(plan.services.len(), 1);
}

const GUEST: &str = r#"
services:
  web: {image: x}
  proxy:
    image: x
    depends_on: [web]
    healthcheck: {test: [CMD, ok]}
  agent:
    image: x
    network_mode: "service:web"
    depends_on:
      proxy: {condition: service_started}
"#;

#[test]
fn a_guest_of_a_pod_starts_with_it_and_before_what_it_depends_on() {
    let made = made(GUEST, "");
    assert_eq!(
        made.said("lower::started_too_early"),
        ["`agent` starts with the pod of `web`, before `proxy`, which waits for that pod"]
    );
    assert_eq!(made.places("lower::started_too_early"), ["12:7"]);
    let phases: Vec<(&str, usize)> =
        made.objects().plan.services.iter().map(|service| (service.name.as_str(), service.phase)).collect();
    assert_eq!(phases, [("web", 1), ("proxy", 2)]);
}

#[test]
fn pods_that_wait_for_each_other_s_health_never_start() {
    let made = made(&GUEST.replace("service_started", "service_healthy"), "");
    assert_eq!(made.said("lower::dependency_cycle"), ["pods wait for each other: `web` → `proxy` → `web`"]);
    assert_eq!(made.places("lower::dependency_cycle"), ["12:7"]);
}
