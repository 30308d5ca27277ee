//! Malicious input: nested aliases, deep nesting, large files, cycles, pipes and folders. Each is rejected with bounded time and
//! memory.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::golden;

/// The timeout of a run, long enough for a loaded host.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The memory limit of a run in KiB: a quarter of the maximum for the largest file that the program reads.
const MEMORY: u64 = 700_000;

/// The exit status, the standard error and the peak memory in KiB of a run in a folder.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, u64) {
    let started = Instant::now();
    let errors = folder.join("errors");
    let mut child = golden::program(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&errors).unwrap())
        .spawn()
        .unwrap();
    let mut peak = 0;
    let status = loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let highest =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse().ok());
        peak = peak.max(highest.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if started.elapsed() > TIMEOUT {
            child.kill().unwrap();
            panic!("{arguments:?} runs without end");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    (status, fs::read_to_string(errors).unwrap(), peak)
}

/// Asserts that a project is rejected with a code within the limits.
fn assert_rejected(files: &[(&str, &str)], arguments: &[&str], code: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    assert_rejected_in(folder.path(), arguments, code)
}

fn assert_rejected_in(folder: &Path, arguments: &[&str], code: &str) -> String {
    let (status, errors, peak) = run(folder, &[&["config", "-q"], arguments].concat());
    assert_eq!(status, Some(2), "{code}: {errors}");
    assert!(errors.contains(code), "{code} is not what is said: {errors}");
    // The report quotes the line, which may be as long as the file.
    assert!(errors.len() < 4_000_000, "{code}: a refusal of {} bytes", errors.len());
    assert!(peak < MEMORY, "{code}: {peak} KiB");
    errors
}

#[test]
fn nested_aliases_are_rejected() {
    let mut bomb = "x-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let alias = format!("*a{}", level - 1);
        bomb.push_str(&format!("x-{level}: &a{level} [{}]\n", [alias.as_str(); 10].join(", ")));
    }
    assert_rejected(&[("compose.yaml", &bomb)], &[], "parse::too_many_aliases");
    let doubled = bomb.replace('[', "{k: [").replace(']', "]}");
    assert_rejected(&[("compose.yaml", &doubled)], &[], "parse::too_many_aliases");
}

#[test]
fn deep_nesting_is_rejected() {
    let deep = 100_000;
    for text in [
        format!("x-a: {}{}\n", "[".repeat(deep), "]".repeat(deep)),
        format!("x-a: {}", "{a: ".repeat(deep)),
        format!("x-a: {}", "- ".repeat(deep)),
        "x-a: ".to_owned() + &"[".repeat(deep),
    ] {
        let text = text.replace("x-a: - ", "x-a:\n  - - ");
        assert_rejected(&[("compose.yaml", &text)], &[], "parse::too_deep");
    }
    let defaults = format!("services: {{a: {{image: \"{}{}\"}}}}", "${A:-".repeat(deep), "}".repeat(deep));
    assert_rejected(&[("compose.yaml", &defaults)], &[], "parse::invalid_variable");
}

#[test]
fn large_files_are_rejected_unread() {
    let text = format!("services: {{a: {{image: \"{}\"}}}}\n", "x".repeat(100 << 20));
    assert_rejected(&[("compose.yaml", &text)], &[], "parse::too_large");
    let named = "services: {a: {image: x, env_file: big}}\n";
    assert_rejected(&[("compose.yaml", named), ("big", &text)], &[], "parse::too_large");
    assert_rejected(&[("compose.yaml", named), ("big", "A=1"), (".env", &text)], &[], "parse::too_large");
}

#[test]
fn include_cycles_through_links_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), "include: [link.yaml]\nservices: {a: {image: x}}\n").unwrap();
    symlink("compose.yaml", folder.path().join("link.yaml")).unwrap();
    assert_rejected_in(folder.path(), &[], "parse::include_cycle");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), "include: [here/compose.yaml]\n").unwrap();
    symlink(".", folder.path().join("here")).unwrap();
    assert_rejected_in(folder.path(), &[], "parse::include_cycle");
    let folder = tempfile::tempdir().unwrap();
    symlink("compose.yaml", folder.path().join("compose.yaml")).unwrap();
    assert_rejected_in(folder.path(), &["compose.yaml"], "parse::unreadable");
}

/// Every reference to a file, each with a pipe without a writer, a folder, and an endless device.
#[test]
fn pipes_folders_and_devices_are_rejected() {
    let plain = "services: {a: {image: x}}\n";
    for (text, arguments) in [
        ("services: {a: {image: x, env_file: odd}}\n", &[][..]),
        ("services: {a: {image: x, env_file: [{path: odd, required: false}]}}\n", &[]),
        ("services: {a: {image: x, label_file: odd}}\n", &[]),
        ("services: {a: {extends: {file: odd, service: b}}}\n", &[]),
        ("include: [odd]\n", &[]),
        ("include: [{path: other.yaml, env_file: odd}]\n", &[]),
        (plain, &["--env-file", "odd"]),
        (plain, &["odd"]),
        (plain, &["compose.yaml", "odd"]),
    ] {
        for kind in ["pipe", "folder", "device"] {
            let folder = tempfile::tempdir().unwrap();
            let odd = folder.path().join("odd");
            match kind {
                "pipe" => assert!(Command::new("mkfifo").arg(&odd).status().unwrap().success()),
                "folder" => fs::create_dir(&odd).unwrap(),
                _ => symlink("/dev/zero", &odd).unwrap(),
            }
            fs::write(folder.path().join("compose.yaml"), text).unwrap();
            fs::write(folder.path().join("other.yaml"), plain).unwrap();
            let report = assert_rejected_in(folder.path(), arguments, "parse::unreadable");
            let why = if kind == "folder" { "it is a folder" } else { "it is a pipe or a device" };
            assert!(report.replace("\n  │ ", " ").contains(why), "{text}{arguments:?}: {report}");
        }
    }
}

#[test]
fn a_pipe_named_env_is_ignored_and_secrets_are_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    for name in [".env", "secret"] {
        assert!(Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap().success());
    }
    let text = "services: {a: {image: x, secrets: [s], configs: [s]}}\nsecrets: {s: {file: secret}}\nconfigs: {s: {file: secret}}\n";
    fs::write(folder.path().join("compose.yaml"), text).unwrap();
    let (status, errors, _) = run(folder.path(), &["config", "-q"]);
    assert_eq!(status, Some(0), "{errors}");
}
