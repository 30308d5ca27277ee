//! A malicious project cannot print secrets, control the terminal, write outside of the output, or cause other files to be read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::golden::{self, Ran};

const PASSWORD: &str = "hunter2-tell-nobody";

fn project(compose: &str) -> tempfile::TempDir {
    let folder = golden::temporary_folder();
    fs::create_dir(folder.path().join("project")).unwrap();
    fs::write(folder.path().join("project/compose.yaml"), compose).unwrap();
    folder
}

fn whole(ran: &Ran) -> String {
    format!("{}{}", ran.stdout, ran.stderr)
}

/// Every command that prints something about a project and its output.
const COMMANDS: &[&[&str]] = &[
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
fn the_contents_of_secrets_are_never_printed() {
    let folder = project(
        "name: shop\nservices:\n  web:\n    image: web:1\n    secrets: [file, variable]\n    volumes: [./token:/token:ro]\n\
         secrets:\n  file: {file: ./token}\n  variable: {environment: PASSWORD}\n",
    );
    let at = folder.path().join("project");
    fs::write(at.join("token"), PASSWORD).unwrap();
    // Hand-written manifests with the contents of the secrets in each notation.
    fs::create_dir(at.join("theirs")).unwrap();
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {a: web}}\n  \
        template:\n    metadata: {labels: {a: web}}\n    spec:\n      containers:\n        - name: web\n          image: web:1\n          \
        volumeMounts: [{name: s, mountPath: /run/secrets}, {name: t, mountPath: /token, subPath: token}]\n      volumes: [{name: s, secret: {secretName: s}}, {name: t, secret: {secretName: t}}]\n";
    let secret = |name: &str, data: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\n{data}\n");
    let hand_written = [
        secret("s", "stringData: {file: other-than-the-file, variable: something}"),
        secret("t", "data: {token: b3RoZXI=}"),
    ];
    fs::write(at.join("theirs/all.yaml"), format!("{deployment}---\n{}---\n{}", hand_written[0], hand_written[1]))
        .unwrap();
    let run = |arguments: &[&str]| {
        let output =
            golden::program(&at).env("PASSWORD", PASSWORD).args(arguments).arg("--process-env").output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { status: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    };
    assert_eq!(run(&["compose.yaml", "-o", "k8s"]).status, 0);
    let output_files = golden::files(&at.join("k8s"));
    let of_secrets = |name: &str| name.starts_with("secrets/");
    let committed = output_files.iter().filter(|(name, _)| !of_secrets(name));
    assert!(committed.into_iter().all(|(_, text)| !text.contains(PASSWORD)), "the output contains a secret");
    // An edit in every file, so that every diff is shown.
    for (name, text) in output_files.iter().filter(|(name, _)| name.ends_with(".yaml")) {
        fs::write(at.join("k8s").join(name), text.replace("web", "wab")).unwrap();
    }
    let mut found = 0;
    for command in COMMANDS
        .iter()
        .filter(|command| !command.contains(&"k8s") || command.contains(&"--check") || command.contains(&"--diff"))
    {
        let ran = run(command);
        let report = whole(&ran);
        assert!(!report.contains(PASSWORD), "{command:?} shows a secret: {report}");
        assert!(!report.contains("aHVudGVyMi10ZWxsLW5vYm9keQ"), "{command:?} shows a secret in base64");
        for text in ["other-than-the-file", "b3RoZXI="] {
            // The report quotes the lines around a finding, but never entries of a Secret.
            assert!(!report.contains(text), "{command:?} shows what a Secret holds: {report}");
        }
        found += usize::from(ran.status == 1);
    }
    assert!(found >= 6, "the differences were found, or nothing was there to be shown: {found}");
}

/// Whether the text has no control characters except line feeds and tabs.
fn has_no_control_characters(text: &str) -> bool {
    text.chars().all(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'))
}

/// The text without the color sequences of the program.
fn without_colors(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        result += &rest[..start];
        let tail = &rest[start + 2..];
        let length = tail.find(|letter: char| !letter.is_ascii_digit() && letter != ';').unwrap_or(tail.len());
        // Any other sequence stays in the text.
        if tail[length..].starts_with('m') && !tail.starts_with("666") {
            rest = &tail[length + 1..];
        } else {
            result.push('\u{1b}');
            rest = tail;
        }
    }
    result + rest
}

#[test]
fn escape_sequences_in_strings_are_not_printed() {
    // A color that the program does not use, a window title, and the one-byte form of an escape.
    let escape = "\\e[666mX\\e]0;owned\\a\\u009b31m\\b\\x7f";
    let raw = "\u{1b}[666mX";
    let every_key = format!(
        "name: shop\nservices:\n  web:\n    image: \"web:1{escape}\"\n    command: [\"{escape}\"]\n    environment: {{A: \"{escape}\"}}\n    \
         labels: {{\"{escape}\": \"{escape}\"}}\n    hostname: \"{escape}\"\n    volumes: [\"./{escape}:/x\"]\n    cgroup_parent: \"{escape}\"\n\
         configs: {{c: {{content: \"{escape}\"}}}}\n"
    );
    let texts = [
        every_key.clone(),
        every_key.replace("    cgroup_parent", "    #").replace("    hostname", "    #"),
        format!("services:\n  web: {{image: x, \"ke{escape}y\": 1, depends_on: [\"{escape}\"]}}\n"),
        format!("services:\n  \"{escape}\": {{image: x}}\n"),
        format!(
            "services:\n  web: {{image: \"${{{escape}}}\", extends: {{file: \"{escape}.yaml\", service: \"{escape}\"}}}}\n"
        ),
        format!("include: [\"{escape}.yaml\"]\nservices: {{web: {{image: x, env_file: \"{escape}\"}}}}\n"),
        format!("name: \"{escape}\"\nservices: {{web: {{image: x}}}}\n"),
        format!("services: {{web: {{image: x}}}} # {raw}\n"),
    ];
    let mut reports = 0;
    for text in &texts {
        let folder = project(text);
        let at = folder.path().join("project");
        fs::create_dir(at.join("theirs")).unwrap();
        let manifest = format!(
            "apiVersion: apps/v1\nkind: \"Deploy{escape}\"\nmetadata: {{name: \"{escape}\", annotations: {{a: \"{escape}\"}}}}\n"
        );
        fs::write(
            at.join("theirs/x.yaml"),
            format!("{manifest}---\n{}", manifest.replace(&format!("Deploy{escape}"), "Deployment")),
        )
        .unwrap();
        for command in COMMANDS {
            let ran = golden::run(&at, command);
            assert!(has_no_control_characters(&without_colors(&ran.stderr)), "{command:?} of {text}: {:?}", ran.stderr);
            // YAML and JSON output has no control characters either, because both have escapes for them.
            assert!(has_no_control_characters(&without_colors(&ran.stdout)), "{command:?} of {text}: {:?}", ran.stdout);
            reports += usize::from(!ran.stderr.is_empty());
        }
        // Output that was edited.
        for (name, old) in golden::files(&at.join("k8s")).iter().filter(|(name, _)| name.ends_with(".yaml")) {
            fs::write(at.join("k8s").join(name), format!("{old}# {raw}\n")).unwrap();
        }
        for command in COMMANDS.iter().filter(|command| command.contains(&"--check") || command.contains(&"--diff")) {
            let ran = golden::run(&at, command);
            assert!(
                has_no_control_characters(&without_colors(&whole(&ran))),
                "{command:?} of {text}: {:?}",
                whole(&ran)
            );
        }
    }
    assert!(reports > 40, "{reports}");
}

#[test]
fn escape_sequences_in_file_names_are_not_printed() {
    let escape = "a\u{1b}[666mb\u{9b}c.yaml";
    let folder = project("");
    let at = folder.path().join("project");
    for text in ["services: {web: {image: x}}\n", "services: {web: {image: x, kee: 1}}\n", "services: [\n"] {
        fs::write(at.join(escape), text).unwrap();
        for command in [
            &[escape, "-o", "k8s"][..],
            &[escape, "-o", escape],
            &["config", escape],
            &[escape, "-o", escape, "--check"],
            &["check", escape, "--against", escape],
        ] {
            for format in [&[][..], &["--format", "short"], &["--format", "github"], &["--verbose"]] {
                if command[0] == "config" && !format.is_empty() {
                    continue;
                }
                let arguments: Vec<&str> = command.iter().chain(format).copied().collect();
                let ran = golden::run(&at, &arguments);
                assert!(has_no_control_characters(&whole(&ran)), "{arguments:?} of {text}: {:?}", whole(&ran));
            }
        }
    }
}

#[test]
fn names_with_path_separators_write_nothing_outside_of_the_output() {
    let outside = "../../escaped";
    let names = [
        format!("services: {{\"{outside}\": {{image: x}}}}\n"),
        format!("name: \"{outside}\"\nservices: {{web: {{image: x}}}}\n"),
        format!("services: {{web: {{image: x, container_name: \"{outside}\", hostname: \"{outside}\"}}}}\n"),
        format!(
            "services: {{web: {{image: x, configs: [{{source: c, target: \"{outside}\"}}]}}}}\nconfigs: {{c: {{content: x, name: \"{outside}\"}}}}\n"
        ),
        format!(
            "services: {{web: {{image: x, configs: [\"{outside}\"]}}}}\nconfigs: {{\"{outside}\": {{content: x}}}}\n"
        ),
        format!(
            "services: {{web: {{image: x, secrets: [\"{outside}\"]}}}}\nsecrets: {{\"{outside}\": {{file: \"{outside}\"}}}}\n"
        ),
        format!(
            "services: {{web: {{image: x, volumes: [\"{outside}:/x\"], networks: [\"{outside}\"]}}}}\nnetworks: {{\"{outside}\": {{name: \"{outside}\"}}}}\n"
        ),
        format!("services: {{web: {{image: x, volumes: [v:/x]}}}}\nvolumes: {{v: {{name: \"{outside}\"}}}}\n"),
        "services: {\"/tmp/x\": {image: x}, \"a/b\": {image: x}, \".\": {image: x}, \"..\": {image: x}}\n".to_owned(),
        "services: {\".compose2k8s-journal\": {image: x}, kustomization: {image: x}, Corefile: {image: x}}\n"
            .to_owned(),
    ];
    let mut outputs = 0;
    for text in &names {
        let folder = project(text);
        let before = golden::files(folder.path());
        for overrides in [
            None,
            Some(format!("runs:\n  \"{outside}\": {{service: web}}\n")),
            Some(format!("workflows: {{\"{outside}\": {{text: x}}}}\n")),
        ] {
            let at = folder.path().join("project");
            let mut arguments = vec!["compose.yaml", "-o", "out/k8s"];
            if let Some(overrides) = &overrides {
                fs::write(at.join("overrides.yaml"), overrides).unwrap();
                arguments.extend(["--overrides", "overrides.yaml"]);
            }
            let ran = golden::run(&at, &arguments);
            outputs += usize::from(ran.status == 0);
            let mut after = golden::files(folder.path());
            after.retain(|name, _| !name.starts_with("project/out/k8s/") && name != "project/overrides.yaml");
            assert_eq!(after, before, "{text}: {}", whole(&ran));
        }
    }
    assert!(outputs >= 3, "something was written at all: {outputs}");
}

/// Runs the program. Fails after 30 seconds, because opening a pipe waits for its writer.
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
fn files_that_compose_does_not_read_are_not_opened() {
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
    // A pipe or a device in place of a file is rejected without opening it.
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
