//! The baseline of `compose2k8s check`: existing differences pass, new ones fail.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const COMPOSE: &str = "name: shop\nservices:\n  web:\n    image: nginx:1.29\n    environment: {LEVEL: debug, MODE: fast, PORT: '80'}\n    ports: ['8080:80']\n";

fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compose2k8s"));
    let Output { status, stdout, stderr } = command.args(arguments).current_dir(folder).output().unwrap();
    (status.code().unwrap(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

fn check(folder: &Path, more: &[&str]) -> (i32, String) {
    run(folder, &[&["check", "compose.yaml", "--against", "k8s"], more].concat())
}

/// A project whose manifests differ in the values of two variables.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yaml"), COMPOSE).unwrap();
    assert_eq!(run(folder.path(), &["-q"]).0, 0);
    replace(folder.path(), "value: debug", "value: info");
    replace(folder.path(), "value: fast", "value: slow");
    folder
}

fn replace(folder: &Path, from: &str, to: &str) {
    let file = folder.join("k8s/manifests/web.yaml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    fs::write(&file, text.replace(from, to)).unwrap();
}

#[test]
fn differences_in_the_baseline_pass_and_others_fail() {
    let folder = project();
    let folder = folder.path();
    assert_eq!(check(folder, &[]).0, 1);
    let (status, output) = check(folder, &["--write-baseline"]);
    assert!(status == 0 && output.contains("`compose2k8s-baseline.yaml` has 2 differences"), "{output}");
    let written = fs::read_to_string(folder.join("compose2k8s-baseline.yaml")).unwrap();
    assert!(
        written.contains("  - code: \"check::differs\"\n    service: \"web\"\n    fact: \"variable\"\n"),
        "{written}"
    );
    assert_eq!(written.matches("expected: ").count(), 2, "{written}");
    let (status, output) = check(folder, &[]);
    assert!(status == 0 && output.contains("apart from 2 differences of `compose2k8s-baseline.yaml`"), "{output}");
    // Writing it again changes nothing, and the order of the manifests and their lines do not count.
    assert_eq!(check(folder, &["--write-baseline"]).0, 0);
    assert_eq!(fs::read_to_string(folder.join("compose2k8s-baseline.yaml")).unwrap(), written);
    replace(folder, "apiVersion: apps/v1\n", "\n# A comment.\n\napiVersion: apps/v1\n");
    assert_eq!(check(folder, &[]).0, 0);
    // A new difference.
    replace(folder, "nginx:1.29", "nginx:1.28");
    let (status, output) = check(folder, &["--format", "short"]);
    assert!(status == 1 && output.contains("1.28") && !output.contains("LEVEL"), "{output}");
    replace(folder, "nginx:1.28", "nginx:1.29");
    // Another value of the same variable.
    replace(folder, "value: info", "value: trace");
    let (status, output) = check(folder, &["--format", "short"]);
    assert!(status == 1 && output.contains("trace") && !output.contains("slow"), "{output}");
}

#[test]
fn entries_that_match_nothing_are_reported_and_removed_on_request() {
    let folder = project();
    let folder = folder.path();
    assert_eq!(check(folder, &["--write-baseline", "--baseline", "later.yaml"]).0, 0);
    replace(folder, "value: info", "value: debug");
    let (status, output) = check(folder, &["--baseline", "later.yaml"]);
    assert!(status == 0 && output.contains("note[check::unused_baseline_entry]"), "{output}");
    let (status, output) = check(folder, &["--baseline", "later.yaml", "--strict"]);
    assert!(status == 1 && output.contains("no difference `check::differs` of `web` has these values"), "{output}");
    let (status, output) = check(folder, &["--baseline", "later.yaml", "--prune-baseline"]);
    assert!(status == 0 && output.contains("1 entry removed"), "{output}");
    let (status, output) = check(folder, &["--baseline", "later.yaml", "--strict"]);
    assert!(status == 0 && output.contains("apart from 1 difference"), "{output}");
}

#[test]
fn a_file_that_is_no_baseline_is_kept() {
    let folder = project();
    let folder = folder.path();
    let file = folder.join("compose2k8s-baseline.yaml");
    for text in ["differences: [", "services: {}\n", "differences:\n- code: check::differs\n  reason: x\n"] {
        fs::write(&file, text).unwrap();
        for option in ["--write-baseline", "--prune-baseline", "--quiet"] {
            assert_eq!(check(folder, &[option]).0, 2, "{option}");
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
    }
    fs::remove_file(&file).unwrap();
    let (status, output) = check(folder, &["--prune-baseline"]);
    assert!(status == 2 && output.contains("`compose2k8s-baseline.yaml` does not exist"), "{output}");
    assert_eq!(check(folder, &["--baseline", "absent.yaml"]).0, 2);
    fs::create_dir(folder.join("folder")).unwrap();
    let (status, output) = check(folder, &["--baseline", "folder", "--write-baseline"]);
    assert!(status == 2 && output.contains("cannot be read"), "{output}");
    let left: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}
