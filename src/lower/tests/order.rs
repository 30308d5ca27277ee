use serde_json::json;

use super::{assert_contains, convert, convert_files};
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
fn a_pod_waits_for_the_ready_name_of_a_healthy_dependency() {
    let converted = convert(WAITS, "");
    assert_contains(
        &converted.pod("Deployment/web")["initContainers"],
        &json!([{
            "name": "wait-for-db",
            "command": ["/bin/sh", "-c",
                "until nslookup -type=a db-ready.shop.svc.cluster.local. 2>/dev/null | sed '1,/^$/d' | grep -q '^Address'; do\n  sleep 0.5\ndone\n"],
        }]),
    );
    assert_contains(
        &converted.object("Service/db-ready"),
        &json!({"spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": null,
            "selector": {"app.kubernetes.io/name": "db"},
            "ports": null,
        }}),
    );
    let test = json!({"command": ["/bin/sh", "-c", "pg_isready -q"]});
    assert_contains(
        &converted.container("db"),
        &json!({
            "readinessProbe": {"exec": test, "periodSeconds": 10, "timeoutSeconds": 2, "failureThreshold": 4},
            "startupProbe": {"exec": test, "periodSeconds": 1, "timeoutSeconds": 2, "failureThreshold": 2_147_483_647},
            "livenessProbe": null,
        }),
    );
}

#[test]
fn a_phase_is_the_longest_path_of_dependencies() {
    let converted = convert(WAITS, "");
    let plan: Vec<(&str, usize, Until, &str)> = converted
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
    assert_eq!(converted.objects().plan.services[0].patience, 51);
    assert_eq!(converted.objects().plan.services[2].patience, 60);
}

#[test]
fn a_service_that_others_wait_for_to_complete_is_a_job() {
    let converted = convert(WAITS, "");
    assert_contains(
        &converted.object("Job/seed"),
        &json!({"spec": {"backoffLimit": 0, "suspend": null, "template": {"spec": {"restartPolicy": "Never"}}}}),
    );
}

#[test]
fn a_service_that_is_not_always_restarted_is_a_job() {
    let converted = convert(
        r#"
services:
  never: {image: x, restart: "no"}
  retried: {image: x, restart: on-failure}
  limited: {image: x, restart: "on-failure:5"}
  policy: {image: x, restart: always, deploy: {restart_policy: {condition: on-failure, max_attempts: 3}}}
  any: {image: x, restart: "no", deploy: {restart_policy: {condition: any}}}
  unspecified: {image: x}
  none: {image: x, restart: "no", scale: 0}
"#,
        "",
    );
    for (name, policy, limit) in [
        ("never", "Never", 0),
        ("retried", "OnFailure", i32::MAX),
        ("limited", "OnFailure", 5),
        ("policy", "OnFailure", 3),
    ] {
        assert_contains(
            &converted.object(&format!("Job/{name}")),
            &json!({"spec": {"backoffLimit": limit, "template": {"spec": {"restartPolicy": policy}}}}),
        );
    }
    for name in ["any", "unspecified", "none"] {
        converted.object(&format!("Deployment/{name}"));
    }
    // `docker compose up -d` waits for the end of a container only if another service does.
    assert!(converted.objects().plan.services.iter().all(|service| service.until == Until::Started));
    assert_eq!(converted.messages("lower::log_deleted").len(), 2);
}

#[test]
fn one_restart_policy_applies_to_a_pod() {
    let compose = r#"
services:
  vpn: {image: x, restart: OWNER}
  app: {image: x, restart: "no", network_mode: "service:vpn"}
"#;
    let converted = convert(&compose.replace("OWNER", "always"), "");
    converted.object("Deployment/vpn");
    assert_eq!(converted.messages("lower::restart_of_pod"), ["`app` restarts as the other services of its pod do"]);
    let converted = convert(&compose.replace("OWNER", "\"no\""), "");
    converted.object("Job/vpn");
    assert_eq!(converted.messages("lower::restart_of_pod"), Vec::<&str>::new());
}

#[test]
fn waiting_for_a_service_without_a_health_check_waits_for_its_start() {
    let converted =
        convert("services:\n  a: {image: x, depends_on: {b: {condition: service_healthy}}}\n  b: {image: x}\n", "");
    assert_eq!(
        converted.messages("lower::health_of_image"),
        ["`a` waits only until `b` has started, because the health check of its image is not in the Compose file"]
    );
}

#[test]
fn a_service_with_an_inactive_profile_is_scaled_to_zero_or_suspended() {
    let compose = r#"
services:
  web: {image: x}
  debug: {image: x, profiles: [dev], ports: ["9000:9000"]}
  migrate: {image: x, profiles: [dev]}
"#;
    let asleep = convert_files(&[("compose.yaml", compose)], &[]);
    assert_contains(&asleep.object("Deployment/debug"), &json!({"spec": {"replicas": 0}}));
    assert_contains(&asleep.object("Job/migrate"), &json!({"spec": {"suspend": true}}));
    let profiles: Vec<usize> = asleep.objects().plan.services.iter().map(|service| service.profiles.len()).collect();
    assert_eq!(profiles, [1, 1, 0]);
    let awake = convert_files(&[("compose.yaml", compose)], &["dev"]);
    assert_contains(&awake.object("Deployment/debug"), &json!({"spec": {"replicas": 1}}));
}

#[test]
fn deploy_mode_and_replicas_choose_the_controller() {
    let converted = convert(
        "services: {a: {image: x, deploy: {mode: global}}, b: {image: x, scale: 3}, c: {image: x, deploy: {replicas: 0}}}",
        "",
    );
    assert_eq!(converted.object("DaemonSet/a")["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"], "a");
    assert_contains(&converted.object("Deployment/b"), &json!({"spec": {"replicas": 3}}));
    assert_contains(&converted.object("Deployment/c"), &json!({"spec": {"replicas": 0}}));
}

#[test]
fn a_pod_does_not_wait_for_its_own_containers() {
    let converted = convert(
        r#"
services:
  vpn: {image: x, healthcheck: {test: [CMD, up]}}
  app: {image: x, network_mode: "service:vpn", depends_on: {vpn: {condition: service_healthy}}}
"#,
        "",
    );
    assert_contains(&converted.pod("Deployment/vpn"), &json!({"initContainers": null}));
    assert_eq!(converted.messages("lower::waits_in_one_pod").len(), 1);
}

#[test]
fn a_setup_service_runs_first_and_has_no_controller() {
    let converted = convert(
        "services: {certs: {image: x, command: make, profiles: [setup]}, web: {image: x}}",
        "setup: [{service: certs, before: [web], because: Without certificates nothing starts.}]",
    );
    assert_eq!(converted.names(), ["Deployment/web", "Service/web", "Pod/certs"]);
    assert_contains(
        &converted.object("Pod/certs"),
        &json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "certs", "args": ["make"]}]}}),
    );
    let plan = &converted.objects().plan;
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
fn a_container_in_another_pod_may_start_before_its_dependencies() {
    let converted = convert(GUEST, "");
    assert_eq!(
        converted.messages("lower::started_too_early"),
        ["`agent` starts with the pod of `web`, before `proxy`, which waits for that pod"]
    );
    assert_eq!(converted.places("lower::started_too_early"), ["12:7"]);
    let phases: Vec<(&str, usize)> =
        converted.objects().plan.services.iter().map(|service| (service.name.as_str(), service.phase)).collect();
    assert_eq!(phases, [("web", 1), ("proxy", 2)]);
}

#[test]
fn pods_that_wait_for_each_other_are_a_dependency_cycle() {
    let converted = convert(&GUEST.replace("service_started", "service_healthy"), "");
    assert_eq!(converted.messages("lower::dependency_cycle"), ["pods wait for each other: `web` → `proxy` → `web`"]);
    assert_eq!(converted.places("lower::dependency_cycle"), ["12:7"]);
}

#[test]
fn no_service_waits_for_one_without_replicas() {
    for condition in ["service_started", "service_healthy", "service_completed_successfully"] {
        let converted = convert(
            &format!(
                "services:\n  web: {{image: x, restart: always, depends_on: {{db: {{condition: {condition}}}}}}}\n  \
                 db: {{image: x, scale: 0, healthcheck: {{test: [CMD, ok]}}}}"
            ),
            "",
        );
        assert_contains(&converted.pod("Deployment/web"), &json!({"initContainers": null}));
        assert_contains(&converted.object("Deployment/db"), &json!({"spec": {"replicas": 0}}));
        assert!(converted.messages("lower::waits_for_job").is_empty());
    }
}
