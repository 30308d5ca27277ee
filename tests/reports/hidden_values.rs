//! No diagnostic shows the value of a variable from outside the Compose files, wherever it is used.

use std::fs;

use compose2k8s::report::text::{TextStyle, rich};
use compose2k8s::report::{github, json, sarif, short};
use compose2k8s::{ProjectOptions, Purpose, Request, Session};

use crate::golden;

/// A value that no key accepts as a number, a duration, a name or a command.
const VALUE: &str = "s3cret (Value";

/// Keys of a service that cannot use the value, or only with a diagnostic.
const SERVICE_KEYS: &[&str] = &[
    "annotations: {'not a name': '${S}'}",
    "annotations: ['${S}']",
    "blkio_config: {weight: '${S}'}",
    "build: {context: ., args: {A: '${S}'}, shm_size: '${S}'}",
    "cap_add: ['${S}']",
    "cgroup_parent: '${S}'",
    "command: 'run ${S}'",
    "command: '${S} && x'",
    "command: [run, '${S}', 5]",
    "configs: [{source: c, mode: '${S}'}]",
    "cpus: '${S}'",
    "cpu_shares: '${S}'",
    "credential_spec: {config: '${S}'}",
    "deploy: {resources: {limits: {memory: '${S}', cpus: '${S}'}}}",
    "deploy: {restart_policy: {delay: '${S}', condition: '${S}'}}",
    "device_cgroup_rules: ['${S}']",
    "entrypoint: '${S}'",
    "environment: ['${S}']",
    "environment: ['A B${S}=x']",
    "environment: {A: '${S}', B: '${EMPTY:?${S}}'}",
    "gpus: '${S}'",
    "healthcheck: {interval: '${S}'}",
    "healthcheck: {test: ['${S}']}",
    "healthcheck: {test: ['${S}', x]}",
    "healthcheck: {test: [CMD, /check, '${S}'], retries: '${S}'}",
    "healthcheck: {test: [CMD-SHELL, 'x ${S}'], timeout: '${S}', start_period: '${S}'}",
    "healthcheck: {disable: '${S}'}",
    "init: '${S}'",
    "isolation: '${S}'",
    "label_file: '${S}'",
    "labels: {'not a name': '${S}'}",
    "labels: ['${S}']",
    "logging: {driver: '${S}', options: {a: '${S}'}}",
    "mac_address: '${S}'",
    "mem_limit: '${S}'",
    "mem_swappiness: '${S}'",
    "oom_kill_disable: '${S}'",
    "oom_score_adj: '${S}'",
    "pids_limit: '${S}'",
    "post_start: [{command: '${S}'}]",
    "post_start: [{command: [/notify, '${S}'], user: '${S}', privileged: '${S}'}]",
    "pre_start: [{command: ['${S}'], image: 'x y'}]",
    "pre_stop: [{command: [a, '${S}'], working_dir: '${S}', environment: {A: '${S}'}}]",
    "privileged: '${S}'",
    "read_only: '${S}'",
    "runtime: '${S}'",
    "secrets: [{source: t, uid: '${S}', mode: '${S}'}]",
    "security_opt: ['${S}']",
    "security_opt: ['seccomp:${S}']",
    "shm_size: '${S}'",
    "stdin_open: '${S}'",
    "stop_grace_period: '${S}'",
    "stop_signal: '${S}'",
    "storage_opt: {size: '${S}'}",
    "sysctls: {net.core.somaxconn: '${S}'}",
    "sysctls: ['${S}']",
    "tty: '${S}'",
    "ulimits: {nofile: '${S}'}",
    "ulimits: {nofile: {soft: '${S}', hard: 5}}",
    "uts: '${S}'",
    "cgroup: '${S}'",
    "env_file: absent.env\n    environment: {A: '${S}'}",
    "env_file: bad.env",
    "env_file: required.env",
    "env_file: values.env\n    user: '1 2'\n    labels: {'x y': '${S}'}",
];

/// Sections of a project beside its services.
const SECTIONS: &[&str] = &[
    "configs: {c: {content: '${S}', labels: {'x y': '${S}'}}}",
    "secrets: {t: {environment: S}}\nconfigs: {c: {environment: S}}",
    "volumes: {v: {driver: nfs, driver_opts: {o: 'password=${S}'}, labels: {'x y': '${S}'}}}",
    "networks: {n: {driver_opts: {o: '${S}'}, labels: ['${S}']}}",
    "x-other: '${S:?}${EMPTY:?no ${S}}'",
];

/// Every diagnostic of a project in every format.
fn reports(folder: &std::path::Path, compose: &str) -> String {
    fs::write(folder.join("compose.yaml"), compose).unwrap();
    let options = ProjectOptions { files: vec![folder.join("compose.yaml")], ..ProjectOptions::default() };
    let request = Request { project: options, ..Request::default() };
    let mut session = Session::new();
    if let Ok(loaded) = session.load(&request) {
        let _ = session.translate(&request, &loaded, None, Purpose::Write);
    }
    let (problems, sources) = (session.report.problems(), &session.sources);
    let style = TextStyle { color: false, width: 80 };
    let lines =
        problems.iter().map(|problem| format!("{}\n{}\n", rich(problem, sources, style), short(problem, sources)));
    let documents =
        [json::render(problems, sources), sarif::render(problems, sources), github::render(problems, sources)];
    lines.chain(documents).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_diagnostic_shows_a_value_from_outside() {
    let folder = golden::temporary_folder();
    for (file, text) in [
        (".env", format!("S='{VALUE}'\nEMPTY=\n")),
        ("bad.env", format!("A=1\n{VALUE} without a name\n")),
        ("required.env", "A=${EMPTY:?because of ${S}}\n".to_owned()),
        ("values.env", format!("B='{VALUE}'\n")),
    ] {
        fs::write(folder.path().join(file), text).unwrap();
    }
    let services = SERVICE_KEYS.iter().map(|key| {
        let rest = "configs: {c: {content: x}}\nsecrets: {t: {file: ./t}}\n";
        (*key, format!("name: shop\nservices:\n  web:\n    image: nginx\n    {key}\n{rest}"))
    });
    let sections = SECTIONS.iter().map(|section| {
        let users = "  web: {image: nginx, volumes: ['v:/v'], networks: [n]}\n";
        let users = if section.contains("volumes") || section.contains("networks") {
            users.replace(if section.contains("volumes") { ", networks: [n]" } else { ", volumes: ['v:/v']" }, "")
        } else {
            "  web: {image: nginx, environment: {A: '${S}'}}\n".to_owned()
        };
        (*section, format!("name: shop\nservices:\n{users}{section}\n"))
    });
    let mut shown = Vec::new();
    let mut with_diagnostics = 0;
    for (place, compose) in services.chain(sections) {
        let reports = reports(folder.path(), &compose);
        with_diagnostics += usize::from(reports.contains("compose.yaml:"));
        // A part of the value alone would be a leak too.
        if reports.contains("s3cret") || reports.contains("(Value") {
            let lines: Vec<&str> =
                reports.lines().filter(|line| line.contains("s3cret") || line.contains("(Value")).collect();
            shown.push(format!("{place}\n  {}", lines.join("\n  ")));
        }
    }
    assert!(shown.is_empty(), "{} places:\n{}", shown.len(), shown.join("\n"));
    assert!(with_diagnostics > SERVICE_KEYS.len() * 2 / 3, "only {with_diagnostics} places have diagnostics");
}
