//! A check right after a translation finds nothing, whatever the project.

use std::fs;
use std::path::Path;

use compose2k8s::{ProjectOptions, Request};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use crate::{golden, self_check};

/// Keys of a service. `PREV` is an earlier service.
const KEYS: &[&str] = &[
    "command: [serve, '--port=80', '$$(HOME)']",
    "command: serve --all",
    "entrypoint: [/start]",
    "environment: {A: 1, B: 'two words', C: 0x1F, D: true, E: 1e3}",
    "environment: [A=1, 'B=$$x', FROM_FILE, 'TAG=${TAG}']",
    "env_file: values.env",
    "env_file: [{path: values.env, format: raw}, {path: absent.env, required: false}]",
    "user: '1000:1000'",
    "user: nobody",
    "group_add: [20]",
    "working_dir: /srv",
    "ports: ['8080:80', '8443:443/tcp', '5353:53/udp']",
    "ports: ['127.0.0.1:PORT:80']",
    "ports: [PORT:80, PORT2:80]",
    "ports: ['[::1]:PORT:80', '80']",
    "ports: [{target: 80, published: PORT, protocol: udp}]",
    "expose: [9000, '9001/udp']",
    "networks: [front]",
    "networks: [front, back]",
    "networks: {back: {aliases: [ALIAS]}}",
    "networks: {fixed: {ipv4_address: 10.10.0.ADDRESS}}",
    "network_mode: none",
    "network_mode: host",
    "network_mode: 'service:PREV'",
    "hostname: NAME-host",
    "domainname: example.org",
    "extra_hosts: ['db.example.org:192.0.2.7']",
    "dns_search: [example.org]",
    "dns_opt: ['timeout:2']",
    "depends_on: [PREV]",
    "depends_on: {PREV: {condition: service_healthy}}",
    "depends_on: {PREV: {condition: service_completed_successfully, required: false}}",
    "healthcheck: {test: [CMD, ready], interval: 5s, timeout: 2s, retries: 4}",
    "healthcheck: {test: 'curl -f http://localhost/', start_period: 20s, start_interval: 1s}",
    "healthcheck: {disable: true}",
    "restart: always",
    "restart: unless-stopped",
    "restart: 'no'",
    "restart: on-failure",
    "restart: 'on-failure:3'",
    "deploy: {mode: global}",
    "deploy: {mode: global-job}",
    "deploy: {replicas: 2}",
    "deploy: {replicas: 0}",
    "deploy: {restart_policy: {condition: on-failure, max_attempts: 2}}",
    "deploy: {resources: {limits: {cpus: '0.5', memory: 64M}, reservations: {memory: 32M}}}",
    "mem_limit: 128m",
    "cpus: 1.5",
    "profiles: [debug]",
    "scale: 3",
    "stop_signal: SIGINT",
    "stop_grace_period: 1m30s",
    "stop_grace_period: 3s",
    "init: true",
    "tty: true",
    "stdin_open: true",
    "read_only: true",
    "privileged: true",
    "cap_add: [NET_ADMIN]",
    "cap_drop: [ALL]",
    "security_opt: ['no-new-privileges:true']",
    "sysctls: {net.core.somaxconn: 1024}",
    "shm_size: 64m",
    "tmpfs: [/run, '/tmp:size=1m,mode=700']",
    "volumes: ['data:/data', ./conf:/conf:ro]",
    "volumes: [/cache, 'shared:/shared']",
    "volumes: ['shared:/shared:ro', '/:/rootfs:ro,rslave']",
    "volumes: [{type: tmpfs, target: /scratch, tmpfs: {size: 1048576}}]",
    "volumes: [{type: bind, source: ./conf, target: /conf, bind: {create_host_path: false}}]",
    "secrets: [token]",
    "secrets: [{source: token, target: /etc/token, mode: 0440}]",
    "configs: [{source: settings, target: /etc/settings.conf}]",
    "labels: {team: web, 'traefik.http.routers.x.rule': 'Host(`x`)'}",
    "pull_policy: always",
    "platform: linux/amd64",
    "container_name: NAME-box",
    "logging: {driver: json-file}",
    "pid: host",
    "ipc: host",
    "post_start: [{command: [warm, up]}]",
    "pre_stop: [{command: [drain]}]",
    "build: .",
    "command: [serve, '--key=${KEY}', '$$(X)${KEY}', '${EMPTY}']",
    "command: serve ${PLAIN} --x='${KEY}'",
    "entrypoint: [/start, '--key=${KEY}']",
    "environment: {A: '${KEY}', B: 'x${KEY}y', PLAIN: , C: '${UNSET:-${KEY}}', D: '${EMPTY:-x}', E: '${EMPTY}', F: '${KEY:+set}'}",
    "environment: ['KEY=${KEY}', PLAIN, EMPTY]",
    "healthcheck: {test: [CMD, pg_isready, -U, '${KEY}', '-p${PLAIN}']}",
    "healthcheck: {test: 'check ${KEY} \"$$KEY\" $$(id) || exit 1', start_period: 3s}",
    "healthcheck: {test: [CMD, /check, '${REGION}']}",
    "labels: {key: '${KEY}', 'not a name': '${PLAIN}'}",
    "post_start: [{command: [sh, -c, 'x ${KEY}']}]",
    "post_start: [{command: [/run, '${REGION}']}]",
    "pre_stop: [{command: [drain], environment: {K: '${KEY}'}}, {command: 'echo ${PLAIN}', working_dir: /tmp}]",
    "pre_start: [{command: [migrate, '${KEY}'], environment: {PLAIN: '${PLAIN}', KEY: other}}]",
    "secrets: [marked]",
    "configs: [{source: marked, target: /etc/marked, uid: '5'}, made]",
];

const REST: &str = "\
networks:
  front: {}
  back: {internal: true}
  fixed: {ipam: {config: [{subnet: 10.10.0.0/24}]}}
volumes: {data: {}, shared: {}}
secrets: {token: {file: ./token}, marked: {environment: KEY}}
configs: {settings: {content: 'level=debug'}, marked: {content: \"key=${KEY}\\n\"}, made: {environment: PLAIN}}
";

const NAMES: &[&str] = &["web", "db", "cache_1", "worker", "Agent"];

/// `.env`. The values of `KEY` and `PLAIN` are in no file but Secrets.
const VARIABLES: &str = "TAG=1.2\nUNUSED=x\nKEY=\"m4rked 'key (x)\"\nPLAIN=m4rked-plain\nEMPTY=\nREGION=north\n";

/// Overrides that accept what random projects cannot keep, so that most of them translate.
const OVERRIDES: &str = "{}\n";

/// Returns the text of a Compose file. Each service has a sample of the keys, each once.
fn project() -> impl Strategy<Value = String> {
    let service = prop::sample::subsequence(KEYS.to_vec(), 0..7);
    prop::collection::vec(service, 1..=NAMES.len()).prop_map(|services| {
        let mut text = "name: shop\nservices:\n".to_owned();
        for (index, keys) in services.iter().enumerate() {
            let name = NAMES[index];
            text.push_str(&format!("  {name}:\n    image: {}:1\n", name.to_lowercase()));
            let mut used: Vec<&str> = Vec::new();
            for key in keys {
                let word = key.split(':').next().unwrap();
                if used.contains(&word) || (key.contains("PREV") && index == 0) {
                    continue;
                }
                used.push(word);
                let line = key
                    .replace("PREV", NAMES[index.saturating_sub(1)])
                    .replace("PORT2", &(9100 + index).to_string())
                    .replace("PORT", &(9000 + index).to_string())
                    .replace("ADDRESS", &(10 + index).to_string())
                    .replace("ALIAS", &format!("{}-alias", name.to_lowercase()))
                    .replace("NAME", &name.to_lowercase());
                text.push_str(&format!("    {line}\n"));
            }
        }
        text + REST
    })
}

/// Translates a project and checks the output. Returns the findings, or `None` if the project is refused.
fn findings(folder: &Path, compose: &str) -> Option<Vec<String>> {
    let file = folder.join("compose.yaml");
    fs::write(&file, compose).unwrap();
    fs::write(folder.join(".env"), VARIABLES).unwrap();
    fs::write(folder.join("values.env"), "FROM_FILE=m4rked-in-file\nQUOTED='a b'\nNOTHING=\n").unwrap();
    fs::write(folder.join("token"), "t0ken").unwrap();
    fs::write(folder.join("overrides.yaml"), OVERRIDES).unwrap();
    let options = ProjectOptions { files: vec![file], ..ProjectOptions::default() };
    let request = Request { project: options, overrides: Some(folder.join("overrides.yaml")), ..Request::default() };
    self_check::findings(&request, folder)
}

#[test]
fn a_random_project_is_in_parity_right_after_its_translation() {
    let cases = if golden::is_complete_run() { 2000 } else { 200 };
    let folder = golden::temporary_folder();
    let (mut translated, mut refused) = (0, 0);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let counts = std::cell::RefCell::new((&mut translated, &mut refused));
    let result = TestRunner::new_with_rng(config, random).run(&project(), |compose| {
        let mut counts = counts.borrow_mut();
        match findings(folder.path(), &compose) {
            None => *counts.1 += 1,
            Some(found) => {
                *counts.0 += 1;
                prop_assert!(found.is_empty(), "{}", found.join("\n"));
            }
        }
        Ok(())
    });
    if let Err(TestError::Fail(reason, compose)) = result {
        panic!("{reason}\n{compose}");
    }
    assert!(translated >= refused, "{translated} translated, {refused} refused: a test of too little");
}

#[test]
fn a_real_project_is_in_parity_right_after_its_translation() {
    let Some(corpus) = golden::beside("corpus") else {
        println!("not run: there is no corpus; set COMPOSE2K8S_CORPUS to its folder");
        return;
    };
    let index = fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let (mut translated, mut refused, mut failed) = (0, 0, Vec::new());
    // A run that is not complete checks every fifth project.
    let step = if golden::is_complete_run() { 1 } else { 5 };
    for path in index.lines().filter_map(|line| line.split('\t').next()).step_by(step) {
        let Some((directory, name)) = path.rsplit_once('/') else { continue };
        let folder = golden::temporary_folder();
        let project = folder.path().join("project");
        if golden::files(&corpus.join(directory)).len() > 200 {
            continue;
        }
        golden::copy(&corpus.join(directory), &project);
        let options = ProjectOptions { files: vec![project.join(name)], ..ProjectOptions::default() };
        match self_check::findings(&Request { project: options, ..Request::default() }, &project) {
            None => refused += 1,
            Some(found) => {
                translated += 1;
                failed.extend((!found.is_empty()).then(|| format!("{path}\n  {}", found.join("\n  "))));
            }
        }
    }
    println!("{translated} projects were translated, {refused} refused");
    assert!(failed.is_empty(), "{} of {translated}:\n{}", failed.len(), failed.join("\n"));
    assert!(translated > refused, "{translated} translated, {refused} refused: a test of too little");
}
