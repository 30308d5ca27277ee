//! What a stranger's project cannot do: show secrets, steer a terminal, write outside the output, have other files read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::golden::{self, Ran};

const PASSWORD: &str = "hunter2-tell-nobody";

fn project(compose: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("project")).unwrap();
    fs::write(folder.path().join("project/compose.yaml"), compose).unwrap();
    folder
}

fn whole(ran: &Ran) -> String {
    format!("{}{}", ran.stdout, ran.stderr)
}

/// Every way in which the program says something about a project and its kit.
const WAYS: &[&[&str]] = &[
    &["compose.yaml", "-o", "-"],
    &["compose.yaml", "-o", "k8s", "--verbose"],
    &["compose.yaml", "-o", "k8s", "--verbose", "--color", "always"],
    &["compose.yaml", "-o", "k8s", "--format", "short"],
    &["compose.yaml", "-o", "k8s", "--format", "json"],
    &["compose.yaml", "-o", "k8s", "--format", "sarif"],
    &["compose.yaml", "-o", "k8s", "--format", "github"],
    &["compose.yaml", "-o", "k8s", "--check", "--verbose"],
    &["compose.yaml", "-o", "k8s", "--check", "--format", "short"],
    &["compose.yaml", "-o", "k8s", "--check", "--format", "json"],
    &["compose.yaml", "-o", "k8s", "--check", "--format", "sarif"],
    &["compose.yaml", "-o", "k8s", "--check", "--format", "github"],
    &["compose.yaml", "-o", "k8s", "--diff"],
    &["compose.yaml", "-o", "k8s", "--diff", "--color", "always"],
    &["check", "compose.yaml", "--against", "k8s"],
    &["check", "compose.yaml", "--against", "theirs"],
    &["graph", "compose.yaml"],
    &["config", "compose.yaml"],
    &["config", "compose.yaml", "--format", "json"],
    &["config", "compose.yaml", "--services"],
    &["config", "compose.yaml", "--images"],
];

#[test]
fn what_a_secret_holds_is_never_said() {
    let folder = project(
        "name: shop\nservices:\n  web:\n    image: web:1\n    secrets: [file, variable]\n    volumes: [./token:/token:ro]\n\
         secrets:\n  file: {file: ./token}\n  variable: {environment: PASSWORD}\n",
    );
    let at = folder.path().join("project");
    fs::write(at.join("token"), PASSWORD).unwrap();
    // Manifests of others, in which the secrets are written out, each way; one is right, one is not.
    fs::create_dir(at.join("theirs")).unwrap();
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {a: web}}\n  \
        template:\n    metadata: {labels: {a: web}}\n    spec:\n      containers:\n        - name: web\n          image: web:1\n          \
        volumeMounts: [{name: s, mountPath: /run/secrets}, {name: t, mountPath: /token, subPath: token}]\n      volumes: [{name: s, secret: {secretName: s}}, {name: t, secret: {secretName: t}}]\n";
    let secret = |name: &str, data: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\n{data}\n");
    let theirs = [
        secret("s", "stringData: {file: other-than-the-file, variable: something}"),
        secret("t", "data: {token: b3RoZXI=}"),
    ];
    fs::write(at.join("theirs/all.yaml"), format!("{deployment}---\n{}---\n{}", theirs[0], theirs[1])).unwrap();
    let run = |arguments: &[&str]| {
        let output =
            golden::program(&at).env("PASSWORD", PASSWORD).args(arguments).arg("--process-env").output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { status: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    };
    assert_eq!(run(&["compose.yaml", "-o", "k8s"]).status, 0);
    let kit = golden::files(&at.join("k8s"));
    assert!(kit.values().all(|text| !text.contains(PASSWORD)), "the kit holds a secret");
    // An edit in every file, so that every diff is shown, and a Secret among them that came with the edit.
    for (name, text) in kit.iter().filter(|(name, _)| name.ends_with(".yaml")) {
        fs::write(at.join("k8s").join(name), text.replace("web", "wab")).unwrap();
    }
    let mut found = 0;
    for way in WAYS.iter().filter(|way| !way.contains(&"k8s") || way.contains(&"--check") || way.contains(&"--diff")) {
        let ran = run(way);
        let said = whole(&ran);
        assert!(!said.contains(PASSWORD), "{way:?} shows a secret: {said}");
        assert!(!said.contains("aHVudGVyMi10ZWxsLW5vYm9keQ"), "{way:?} shows a secret in base64");
        for text in ["other-than-the-file", "b3RoZXI="] {
            // The lines around a finding are quoted, but never those of a Secret's entries.
            assert!(!said.contains(text), "{way:?} shows what a Secret holds: {said}");
        }
        found += usize::from(ran.status == 1);
    }
    assert!(found >= 6, "the differences were found, or nothing was there to be shown: {found}");
}

/// No control character but those that move to the next line or column.
fn is_calm(text: &str) -> bool {
    text.chars().all(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'))
}

/// Colours are ours: what is left without them must be calm.
fn without_colors(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        out += &rest[..start];
        let tail = &rest[start + 2..];
        let length = tail.find(|letter: char| !letter.is_ascii_digit() && letter != ';').unwrap_or(tail.len());
        // Anything but a colour stays, and is found.
        if tail[length..].starts_with('m') && !tail.starts_with("666") {
            rest = &tail[length + 1..];
        } else {
            out.push('\u{1b}');
            rest = tail;
        }
    }
    out + rest
}

#[test]
fn escapes_in_any_text_reach_no_terminal() {
    // A colour that no code of ours uses, the title of the window, and the one-byte form of an escape.
    let evil = "\\e[666mX\\e]0;owned\\a\\u009b31m\\b\\x7f";
    let raw = "\u{1b}[666mX";
    let every_key = format!(
        "name: shop\nservices:\n  web:\n    image: \"web:1{evil}\"\n    command: [\"{evil}\"]\n    environment: {{A: \"{evil}\"}}\n    \
         labels: {{\"{evil}\": \"{evil}\"}}\n    hostname: \"{evil}\"\n    volumes: [\"./{evil}:/x\"]\n    cgroup_parent: \"{evil}\"\n\
         configs: {{c: {{content: \"{evil}\"}}}}\n"
    );
    let texts = [
        every_key.clone(),
        every_key.replace("    cgroup_parent", "    #").replace("    hostname", "    #"),
        format!("services:\n  web: {{image: x, \"ke{evil}y\": 1, depends_on: [\"{evil}\"]}}\n"),
        format!("services:\n  \"{evil}\": {{image: x}}\n"),
        format!(
            "services:\n  web: {{image: \"${{{evil}}}\", extends: {{file: \"{evil}.yaml\", service: \"{evil}\"}}}}\n"
        ),
        format!("include: [\"{evil}.yaml\"]\nservices: {{web: {{image: x, env_file: \"{evil}\"}}}}\n"),
        format!("name: \"{evil}\"\nservices: {{web: {{image: x}}}}\n"),
        format!("services: {{web: {{image: x}}}} # {raw}\n"),
    ];
    let mut said_something = 0;
    for text in &texts {
        let folder = project(text);
        let at = folder.path().join("project");
        fs::create_dir(at.join("theirs")).unwrap();
        let manifest = format!(
            "apiVersion: apps/v1\nkind: \"Deploy{evil}\"\nmetadata: {{name: \"{evil}\", annotations: {{a: \"{evil}\"}}}}\n"
        );
        fs::write(
            at.join("theirs/x.yaml"),
            format!("{manifest}---\n{}", manifest.replace(&format!("Deploy{evil}"), "Deployment")),
        )
        .unwrap();
        for way in WAYS {
            let ran = golden::run(&at, way);
            assert!(is_calm(&without_colors(&ran.stderr)), "{way:?} of {text}: {:?}", ran.stderr);
            // What a program reads, and a stream of manifests, are no less calm: YAML and JSON have words for these letters.
            assert!(is_calm(&without_colors(&ran.stdout)), "{way:?} of {text}: {:?}", ran.stdout);
            said_something += usize::from(!ran.stderr.is_empty());
        }
        // A kit on disk that somebody edited.
        for (name, old) in golden::files(&at.join("k8s")).iter().filter(|(name, _)| name.ends_with(".yaml")) {
            fs::write(at.join("k8s").join(name), format!("{old}# {raw}\n")).unwrap();
        }
        for way in WAYS.iter().filter(|way| way.contains(&"--check") || way.contains(&"--diff")) {
            let ran = golden::run(&at, way);
            assert!(is_calm(&without_colors(&whole(&ran))), "{way:?} of {text}: {:?}", whole(&ran));
        }
    }
    assert!(said_something > 40, "{said_something}");
}

#[test]
fn escapes_in_names_of_files_reach_no_terminal() {
    let evil = "a\u{1b}[666mb\u{9b}c.yaml";
    let folder = project("");
    let at = folder.path().join("project");
    for text in ["services: {web: {image: x}}\n", "services: {web: {image: x, kee: 1}}\n", "services: [\n"] {
        fs::write(at.join(evil), text).unwrap();
        for way in [
            &[evil, "-o", "k8s"][..],
            &[evil, "-o", evil],
            &["config", evil],
            &[evil, "-o", evil, "--check"],
            &["check", evil, "--against", evil],
        ] {
            for format in [&[][..], &["--format", "short"], &["--format", "github"], &["--verbose"]] {
                if way[0] == "config" && !format.is_empty() {
                    continue;
                }
                let arguments: Vec<&str> = way.iter().chain(format).copied().collect();
                let ran = golden::run(&at, &arguments);
                assert!(is_calm(&whole(&ran)), "{arguments:?} of {text}: {:?}", whole(&ran));
            }
        }
    }
}

#[test]
fn names_and_paths_of_a_project_lead_nowhere_else() {
    let out = "../../escaped";
    let names = [
        format!("services: {{\"{out}\": {{image: x}}}}\n"),
        format!("name: \"{out}\"\nservices: {{web: {{image: x}}}}\n"),
        format!("services: {{web: {{image: x, container_name: \"{out}\", hostname: \"{out}\"}}}}\n"),
        format!(
            "services: {{web: {{image: x, configs: [{{source: c, target: \"{out}\"}}]}}}}\nconfigs: {{c: {{content: x, name: \"{out}\"}}}}\n"
        ),
        format!("services: {{web: {{image: x, configs: [\"{out}\"]}}}}\nconfigs: {{\"{out}\": {{content: x}}}}\n"),
        format!("services: {{web: {{image: x, secrets: [\"{out}\"]}}}}\nsecrets: {{\"{out}\": {{file: \"{out}\"}}}}\n"),
        format!(
            "services: {{web: {{image: x, volumes: [\"{out}:/x\"], networks: [\"{out}\"]}}}}\nnetworks: {{\"{out}\": {{name: \"{out}\"}}}}\n"
        ),
        format!("services: {{web: {{image: x, volumes: [v:/x]}}}}\nvolumes: {{v: {{name: \"{out}\"}}}}\n"),
        "services: {\"/tmp/x\": {image: x}, \"a/b\": {image: x}, \".\": {image: x}, \"..\": {image: x}}\n".to_owned(),
        "services: {\".compose2k8s-journal\": {image: x}, kustomization: {image: x}, Corefile: {image: x}}\n"
            .to_owned(),
    ];
    let mut kits = 0;
    for text in &names {
        let folder = project(text);
        let before = golden::files(folder.path());
        for overrides in [
            None,
            Some(format!("runs:\n  \"{out}\": {{service: web}}\n")),
            Some(format!("workflows: {{\"{out}\": {{text: x}}}}\n")),
        ] {
            let at = folder.path().join("project");
            let mut arguments = vec!["compose.yaml", "-o", "out/k8s"];
            if let Some(overrides) = &overrides {
                fs::write(at.join("overrides.yaml"), overrides).unwrap();
                arguments.extend(["--overrides", "overrides.yaml"]);
            }
            let ran = golden::run(&at, &arguments);
            kits += usize::from(ran.status == 0);
            let mut after = golden::files(folder.path());
            after.retain(|name, _| !name.starts_with("project/out/k8s/") && name != "project/overrides.yaml");
            assert_eq!(after, before, "{text}: {}", whole(&ran));
        }
    }
    assert!(kits >= 3, "something was written at all: {kits}");
}

/// Runs to the end, or fails after ten seconds: who opens a pipe waits for its other end.
fn ends(at: &Path, arguments: &[&str]) -> i32 {
    let mut child = golden::program(at).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or(-1);
        }
        if start.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            panic!("{arguments:?} reads what it must not, or waits for ever");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_compose_would_not_read_is_not_opened() {
    let folder = project(
        "name: shop\nservices:\n  web:\n    image: web:1\n    build: {context: ./context, dockerfile: ../pipe}\n    volumes: [./pipe:/a, ./context:/b]\n    \
         configs: [c]\n    secrets: [s]\n    develop: {watch: [{path: ./pipe, action: sync, target: /c}]}\n\
         configs: {c: {file: ./pipe}}\nsecrets: {s: {file: ./pipe}}\n",
    );
    let at = folder.path().join("project");
    fs::create_dir(at.join("context")).unwrap();
    for pipe in ["pipe", "context/Dockerfile", "context/.dockerignore", "overrides.yaml", "pipe.yaml"] {
        assert!(Command::new("mkfifo").arg(at.join(pipe)).status().unwrap().success());
    }
    assert_eq!(ends(&at, &["compose.yaml", "-o", "k8s"]), 0);
    assert_eq!(ends(&at, &["compose.yaml", "-o", "k8s", "--check"]), 0);
    assert_eq!(ends(&at, &["config", "compose.yaml"]), 0);
    // Where a file is expected, a pipe or a device is refused unopened.
    let refused: BTreeMap<&str, &[&str]> = [
        ("a Compose file", &["pipe", "-o", "k8s"][..]),
        ("a folder of manifests", &["check", "compose.yaml", "--against", "."]),
        ("an endless file of manifests", &["check", "compose.yaml", "--against", "/dev/zero"]),
        ("an endless overrides file", &["compose.yaml", "-o", "k8s", "--overrides", "/dev/zero"]),
        ("variables", &["compose.yaml", "-o", "k8s", "--env-file", "pipe"]),
    ]
    .into();
    for (what, arguments) in refused {
        assert_eq!(ends(&at, arguments), 2, "{what}");
    }
}
