//! Values from `.env`, `env_file` and the command line are written to `secrets/` and nowhere else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::golden::{self, Ran};

/// A project with output. `files` are those of the project besides the output.
fn translated(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = golden::temporary_folder();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let ran = run(folder.path(), &["-o", "k8s"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    folder
}

fn run(folder: &Path, more: &[&str]) -> Ran {
    golden::run(folder, &[&["compose.yaml"], more].concat())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

const MATERIALS: &[(&str, &str)] = &[
    (
        "compose.yaml",
        "name: shop\nservices:\n  web:\n    image: nginx\n    restart: always\n    secrets: [key]\n    configs: [motd]\n\
         secrets:\n  key: {environment: TLS_KEY}\nconfigs:\n  motd: {environment: MOTD}\n",
    ),
    (".env", "TLS_KEY=\"-----BEGIN\nMIIB\\n-----END\"\nMOTD='good $morning'\n"),
];

#[test]
fn the_values_of_secrets_and_configs_are_private_files() {
    let folder = translated(MATERIALS);
    let output = folder.path().join("k8s");
    let files = golden::files(&output);
    for value in ["MIIB", "BEGIN", "morning"] {
        let with: Vec<_> = files.iter().filter(|(_, text)| text.contains(value)).map(|(name, _)| name).collect();
        assert!(with.iter().all(|name| name.starts_with("secrets/")) && with.len() == 1, "{value}: {with:?}");
    }
    let key = &files["secrets/key.yaml"];
    assert!(key.ends_with("stringData:\n  key: |-\n    -----BEGIN\n    MIIB\n    -----END\n"), "{key}");
    assert_eq!(mode(&output.join("secrets")), 0o700);
    assert_eq!(mode(&output.join("secrets/key.yaml")), 0o600);
    assert_eq!(mode(&output.join("secrets/kustomization.yaml")), 0o600);
    assert!(fs::read_to_string(output.join(".gitignore")).unwrap().ends_with("\n/secrets/\n"));
    assert!(!files["kustomization.yaml"].contains("secrets/"));
}

#[test]
fn a_clean_clone_without_secrets_passes_the_check() {
    let folder = translated(MATERIALS);
    let output = folder.path().join("k8s");
    fs::remove_dir_all(output.join("secrets")).unwrap();
    let ran = run(folder.path(), &["-o", "k8s", "--check", "--format", "short"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stderr.matches("note[emit::no_secrets]").count(), 1, "{}", ran.stderr);
}

#[test]
fn a_changed_value_is_drift_that_is_not_shown() {
    let folder = translated(MATERIALS);
    fs::write(folder.path().join(".env"), "TLS_KEY=other-key\nMOTD=other-motd\n").unwrap();
    for option in ["--check", "--diff"] {
        let ran = run(folder.path(), &["-o", "k8s", option]);
        assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("k8s/secrets/key.yaml: changed\n"), "{}", ran.stdout);
        for value in ["MIIB", "morning", "other-key", "other-motd"] {
            assert!(!ran.stdout.contains(value) && !ran.stderr.contains(value), "{}{}", ran.stdout, ran.stderr);
        }
    }
}

#[test]
fn a_secret_that_is_no_longer_used_is_removed() {
    let folder = translated(MATERIALS);
    fs::write(folder.path().join("compose.yaml"), "name: shop\nservices:\n  web: {image: nginx, restart: always}\n")
        .unwrap();
    assert_eq!(run(folder.path(), &["-o", "k8s"]).status, 0);
    assert!(!folder.path().join("k8s/secrets").exists());
}

#[test]
fn a_stream_has_the_values_only_if_they_are_requested() {
    let folder = translated(MATERIALS);
    let ran = run(folder.path(), &["-o", "-", "--format", "short"]);
    assert!(!ran.stdout.contains("MIIB") && ran.stderr.contains("note[emit::secrets_not_printed]"), "{}", ran.stderr);
    let ran = run(folder.path(), &["-o", "-", "--with-secrets", "--format", "short"]);
    assert!(ran.stdout.contains("MIIB") && !ran.stderr.contains("emit::secrets_not_printed"), "{}", ran.stderr);
    assert_eq!(run(folder.path(), &["-o", "k8s", "--with-secrets"]).status, 2);
}
