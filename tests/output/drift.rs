//! Drift: whether the program would write different bytes today, independent of whether both sides are equivalent.

use std::fs;
use std::path::Path;

use crate::golden::{self, Ran, root};

/// A checkout of the worked example with new output.
fn checkout() -> tempfile::TempDir {
    let folder = golden::temporary_folder();
    golden::copy(&root().join("fixtures/boulder"), folder.path());
    let ran = golden::run(folder.path(), &["docker-compose.yml", "-o", "k8s/manifests", "-q"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    folder
}

fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).expect("a generated file");
    assert!(text.contains(from), "{file} does not say {from}");
    fs::write(path, text.replacen(from, to, 1)).expect("a file can be written");
}

fn run(folder: &Path, more: &[&str]) -> Ran {
    golden::run(folder, &[&["docker-compose.yml", "-o", "k8s/manifests"], more].concat())
}

#[test]
fn an_edit_without_effect_is_drift_but_no_difference() {
    let folder = checkout();
    edit(folder.path(), "k8s/manifests/boulder.yaml", "  name: boulder\n", "  name: \"boulder\"    # by hand\n");
    let ran = run(folder.path(), &["--check"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""), "{}", ran.stdout);
    assert!(ran.stdout.contains("k8s/manifests/boulder.yaml: changed\n"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("k8s: in parity, but not what would be written\n"), "{}", ran.stdout);
    // The manifests are equivalent.
    let ran = golden::run(folder.path(), &["check", "docker-compose.yml", "--against", "k8s"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
}

#[test]
fn each_file_has_a_status() {
    let folder = checkout();
    let output = folder.path().join("k8s");
    edit(folder.path(), "k8s/services/boulder.yaml", "port: 4001", "port: 4009");
    fs::remove_file(output.join("services/bjaeger.yaml")).expect("a file can be removed");
    fs::copy(output.join("services/bminio.yaml"), output.join("services/old.yaml")).expect("a file can be copied");
    let ran = run(folder.path(), &["--diff", "-v"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    for (file, word) in [("boulder", "changed"), ("bjaeger", "missing"), ("old", "surplus"), ("bminio", "unchanged")] {
        assert!(ran.stdout.contains(&format!("k8s/services/{file}.yaml: {word}\n")), "{file}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("drift: 1 changed, 1 missing, 1 surplus, "), "{}", ran.stdout);
    assert!(ran.stdout.contains("-    - name: tcp-4001\n") || ran.stdout.contains("4009\n+"), "{}", ran.stdout);
}

#[test]
fn diff_without_output_shows_all_files_and_writes_nothing() {
    let folder = golden::temporary_folder();
    golden::copy(&root().join("fixtures/boulder"), folder.path());
    let ran = run(folder.path(), &["--diff"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(!folder.path().join("k8s").exists());
    assert!(
        ran.stdout
            .contains("k8s/manifests/boulder.yaml: missing\n--- /dev/null\n+++ k8s/manifests/boulder.yaml (today)\n"),
        "{}",
        ran.stdout
    );
    let output = checkout();
    let ran = run(output.path(), &["--diff"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "k8s: nothing would change\n"));
}

#[test]
fn output_of_another_version_is_a_note_unless_more_differs() {
    let folder = checkout();
    let version = env!("CARGO_PKG_VERSION");
    let files = ["k8s/manifests/boulder.yaml", "k8s/README.md", "k8s/scripts/project.sh"];
    for file in files {
        edit(folder.path(), file, &format!("compose2k8s {version} "), "compose2k8s 0.0.9 ");
    }
    edit(folder.path(), files[1], &format!("written by | compose2k8s {version} "), "written by | compose2k8s 0.0.9 ");
    edit(folder.path(), files[2], &format!("version={version}"), "version=0.0.9");
    for option in ["--check", "--diff"] {
        let ran = run(folder.path(), &[option]);
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.stderr.matches("emit::other_version").count(), 1, "{}", ran.stderr);
        assert!(!ran.stdout.contains("boulder.yaml"), "{}", ran.stdout);
    }
    edit(folder.path(), files[0], "value: test/config\n", "value: test/other\n");
    let ran = run(folder.path(), &["--diff"]);
    let words = format!("{}: changed (written by 0.0.9, this is {version}: regenerate)\n", files[0]);
    assert!(ran.stdout.contains(&words), "{}", ran.stdout);
    assert_eq!(ran.status, 1);
}

#[test]
fn changed_words_are_highlighted_on_a_terminal() {
    let folder = checkout();
    edit(folder.path(), "k8s/manifests/boulder.yaml", "value: test/config\n", "value: test/other\n");
    let ran = run(folder.path(), &["--diff", "--color", "always"]);
    assert!(ran.stdout.contains("\u{1b}[7m") && ran.stdout.contains("\u{1b}[27m"), "{:?}", ran.stdout);
    let plain = run(folder.path(), &["--diff"]);
    assert!(!plain.stdout.contains('\u{1b}'), "{:?}", plain.stdout);
}
