//! Values from outside the Compose files in health checks and hooks, which Kubernetes runs as they are.

use std::fs;
use std::path::Path;

use crate::golden::{self, Ran};

const COMPOSE: &str = r#"name: shop
services:
  db:
    image: mysql:8
    restart: always
    environment: {PW: "${PW}"}
    healthcheck: {test: ["CMD", "mysqladmin", "ping", "-p${PW}", "-u${USER_NAME}"], start_period: 5s}
  web:
    image: nginx
    restart: always
    healthcheck: {test: 'curl -u admin:${PW} "http://localhost/$$(hostname)$$HOME" || exit 1'}
    post_start: [{command: ["/scripts/notify.sh", "--token=${TOKEN}"]}]
    pre_stop:
      - command: ["/app/drain", "--token=${TOKEN}"]
        environment: {T: "a ${TOKEN} b", U: plain}
      - {command: "echo ${TOKEN} bye", working_dir: /tmp}
    pre_start: [{command: [migrate, "--pw=${PW}", "$$(X)"], environment: {PW: other, Q: "${PW}"}}]
"#;

const VARIABLES: &str = "PW=\"s3cret 'pw\"\nUSER_NAME=us3r-name\nTOKEN=t0ken-value\n";

const VALUES: &[&str] = &["s3cret", "us3r-name", "t0ken-value"];

fn translated(compose: &str) -> tempfile::TempDir {
    let folder = golden::temporary_folder();
    fs::write(folder.path().join("compose.yaml"), compose).unwrap();
    fs::write(folder.path().join(".env"), VARIABLES).unwrap();
    let ran = run(folder.path(), &["-o", "k8s"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    folder
}

fn run(folder: &Path, more: &[&str]) -> Ran {
    golden::run(folder, &[&["compose.yaml", "--format", "short"], more].concat())
}

/// Checks the output, then as in a clean clone: without `.env`, and without the Secrets too.
fn assert_in_parity(folder: &Path) {
    for file in [None, Some(".env"), Some("k8s/secrets")] {
        if let Some(path) = file.map(|file| folder.join(file)) {
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        }
        let ran = run(folder, &["-o", "k8s", "--check"]);
        assert_eq!(ran.status, 0, "without {file:?}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn a_shell_inserts_values_from_outside_into_probes_and_hooks() {
    let folder = translated(COMPOSE);
    let files = golden::files(&folder.path().join("k8s"));
    for value in VALUES {
        let with: Vec<_> = files.iter().filter(|(_, text)| text.contains(value)).map(|(name, _)| name).collect();
        assert!(!with.is_empty() && with.iter().all(|name| name.starts_with("secrets/")), "{value}: {with:?}");
    }
    let (db, web) = (&files["manifests/db.yaml"], &files["manifests/web.yaml"]);
    assert_eq!(db.matches("- exec mysqladmin ping -p\"$PW\" -u\"$COMPOSE2K8S_USER_NAME\"\n").count(), 2, "{db}");
    for line in [
        "- exec /bin/sh -c 'curl -u admin:'\"$COMPOSE2K8S_PW\"' \"http://localhost/$$(hostname)$HOME\" || exit 1'\n",
        "- exec /scripts/notify.sh --token=\"$COMPOSE2K8S_TOKEN\"\n",
        "env T='a '\"$COMPOSE2K8S_TOKEN\"' b' U=plain /app/drain --token=\"$COMPOSE2K8S_TOKEN\"\n",
        "(cd /tmp && echo \"$COMPOSE2K8S_TOKEN\" bye)\n",
        "- --pw=$(COMPOSE2K8S_PW)\n            - $$(X)\n",
    ] {
        assert!(web.contains(line), "{line}{web}");
    }
    assert_in_parity(folder.path());
}

#[test]
fn another_command_with_a_value_from_outside_is_found_and_not_shown() {
    let folder = translated(COMPOSE);
    for (file, from, to) in [
        ("manifests/db.yaml", "mysqladmin ping -p\"$PW\"", "mysqladmin ping -p\"$COMPOSE2K8S_USER_NAME\""),
        ("manifests/db.yaml", "exec mysqladmin ping", "exec mysqladmin status"),
        ("manifests/web.yaml", "exec /scripts/notify.sh --token", "exec /scripts/notify.sh --other"),
        ("manifests/web.yaml", "' b' U=plain", "' c' U=plain"),
        ("manifests/web.yaml", "echo \"$COMPOSE2K8S_TOKEN\"", "echo \"$COMPOSE2K8S_PW\""),
        ("manifests/web.yaml", "$HOME\" || exit 1", "$HOME\" || exit 2"),
        ("manifests/web.yaml", "--pw=$(COMPOSE2K8S_PW)", "--pw=$(COMPOSE2K8S_TOKEN)"),
        ("secrets/web.env.yaml", "t0ken-value", "edited-value"),
    ] {
        let path = folder.path().join("k8s").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}: {text}");
        fs::write(&path, text.replace(from, to)).unwrap();
        for format in ["text", "short", "json", "sarif", "github"] {
            let ran = golden::run(folder.path(), &["check", "compose.yaml", "--against", "k8s", "--format", format]);
            let report = format!("{}{}", ran.stdout, ran.stderr);
            assert_eq!(ran.status, 1, "{from} → {to}: {report}");
            assert!(VALUES.iter().chain(&["edited-value"]).all(|value| !report.contains(value)), "{report}");
        }
        fs::write(&path, text).unwrap();
    }
}

#[test]
fn a_value_stays_where_no_shell_can_insert_it_with_one_warning_for_each_place() {
    let folder = translated(
        "name: shop\nservices:\n  app:\n    image: app\n    restart: always\n    healthcheck: {test: [CMD, /app/health, '--token=${TOKEN}', \
         '${TOKEN}']}\n    post_start: [{command: [/app/notify, '${TOKEN}']}]\n    pre_stop: [{command: '/app/drain ${USER_NAME}'}]\n",
    );
    let ran = run(folder.path(), &["-o", "k8s"]);
    for (key, variable) in
        [("healthcheck.test", "TOKEN"), ("post_start[].command", "TOKEN"), ("pre_stop[].command", "USER_NAME")]
    {
        let warning =
            format!("warning[lower::outside_value]: `{key}` of `app` contains the value of `{variable}`, which");
        assert_eq!(ran.stderr.matches(&warning).count(), 1, "{}", ran.stderr);
    }
    assert!(VALUES.iter().all(|value| !ran.stderr.contains(value)), "{}", ran.stderr);
    assert_in_parity(folder.path());
}

#[test]
fn references_in_probes_and_hooks_of_other_manifests_follow_the_rules_of_the_kubelet() {
    let folder = golden::temporary_folder();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "compose.yaml",
        "name: shop\nservices:\n  web:\n    image: nginx\n    restart: always\n    environment: {A: one, B: '${B}'}\n    healthcheck: {test: [CMD, \
         check, one]}\n    pre_stop: [{command: [stop, '$$(A)']}]\n",
    );
    write(".env", "B=two\n");
    let check = |probe: &str, hook: &str| {
        write(
            "web.yaml",
            &format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: 1\n  selector: {{matchLabels: {{app: web}}}}\n  \
                 template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      terminationGracePeriodSeconds: 10\n      containers:\n        - name: web\n          \
                 image: nginx\n          env:\n            - {{name: A, value: one}}\n            - name: B\n              valueFrom: \
                 {{secretKeyRef: {{name: s, key: B}}}}\n          readinessProbe:\n            periodSeconds: 30\n            timeoutSeconds: \
                 30\n            exec: {{command: [check, '{probe}']}}\n          lifecycle:\n            preStop: {{exec: {{command: [stop, \
                 '{hook}']}}}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{B: two}}\n"
            ),
        );
        let ran = golden::run(
            folder.path(),
            &["check", "compose.yaml", "--against", "web.yaml", "--format", "short", "--select", "check::differs"],
        );
        format!("{}{}", ran.stdout, ran.stderr)
    };
    // A probe knows variables with a `value`; one of a Secret is empty; a lifecycle handler knows none.
    let report = check("$(A)", "$(A)");
    assert!(!report.contains("health check") && !report.contains("before stop"), "{report}");
    assert!(check("$(B)", "$(A)").contains("error[check::differs]"));
    assert!(check("$$(A)", "$(A)").contains("error[check::differs]"));
    assert!(check("$(A)", "one").contains("error[check::differs]"));
    assert!(check("$(A)", "$$(A)").contains("error[check::differs]"));
}

#[test]
fn an_empty_value_is_the_same_in_a_clean_clone() {
    let folder = golden::temporary_folder();
    let compose = "name: shop\nservices:\n  web: {image: nginx, restart: always, env_file: app.env, environment: {A: '${EMPTY}', B: '${EMPTY:-x}', \
        C: '${PW:+set}', EMPTY: }, command: [run, '--a=${EMPTY}', '${EMPTY}${PW}']}\n";
    fs::write(folder.path().join("compose.yaml"), compose).unwrap();
    fs::write(folder.path().join(".env"), "EMPTY=\nPW=s3cret\n").unwrap();
    fs::write(folder.path().join("app.env"), "Z=\n").unwrap();
    assert_eq!(run(folder.path(), &["-o", "k8s"]).status, 0);
    fs::remove_file(folder.path().join("app.env")).unwrap();
    assert_in_parity(folder.path());
}

#[test]
fn secrets_in_a_build_context_are_reported_unless_they_are_excluded() {
    let folder = translated(
        "name: shop\nservices:\n  app: {build: ., restart: always, environment: {PW: '${PW}'}}\n  other: {build: ./sub, restart: always}\n  \
         own: {build: {context: ., dockerfile: own.Dockerfile}, restart: always}\n",
    );
    let warnings = || {
        let stderr = run(folder.path(), &["-o", "k8s"]).stderr;
        stderr
            .lines()
            .filter(|line| line.contains("emit::secrets_in_build_context"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    fs::create_dir(folder.path().join("sub")).unwrap();
    let found = warnings();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("the build context of `app` contains `k8s/secrets`"), "{found:?}");
    fs::write(folder.path().join(".dockerignore"), "node_modules\nk8s/secrets\n").unwrap();
    assert_eq!(warnings(), Vec::<String>::new());
    fs::write(folder.path().join("own.Dockerfile.dockerignore"), "").unwrap();
    let found = warnings();
    assert!(found.len() == 1 && found[0].contains("`own`"), "{found:?}");
    assert_eq!(run(folder.path(), &["-o", "k8s", "--check"]).status, 0);
}
