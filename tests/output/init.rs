//! `compose2k8s init`: the drafted overrides file fits its project.

use std::fs;
use std::path::Path;

use crate::golden::{self, Ran};
use crate::inputs;

const COMPOSE: &str = "\
name: search
services:
  node1:
    image: search:1
    restart: always
    cpuset: '0'
    networks: [front]
  node2:
    image: search:1
    restart: always
    user: search
    cpuset: '0'
    security_opt: ['credentialspec=file://a.json']
    networks: [back]
networks: { front: , back: }
";

fn project(compose: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("compose.yaml"), compose).expect("a file");
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    golden::run(folder, arguments)
}

#[test]
fn the_draft_has_an_entry_for_each_warning_and_each_security_loss() {
    let folder = project(COMPOSE);
    let ran = run(folder.path(), &["init", "compose.yaml"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    let file = folder.path().join("overrides/search.yaml");
    let text = fs::read_to_string(&file).expect("a draft");
    for entry in [
        "\npreset: none\n",
        "\nseparation:\n  by: network-policies\n  because: ",
        "\n#   node2:\n#     user: { uid: 1000,",
        "\n  - code: lower::no_equivalent\n    service: [node1, node2]\n    key: cpuset\n    reason: >-\n",
        "\n  - code: lower::user_by_name\n    service: node2\n",
        "\n#   - code: lower::security_option\n#     service: node2\n#     key: security_opt\n#     reason: >-\n",
    ] {
        assert!(text.contains(entry), "the draft lacks {entry}\n{text}");
    }
    assert!(!text.contains("project:"), "the Compose file has the name\n{text}");
    assert!(folder.path().join("overrides/schema.json").exists());

    let refused = run(folder.path(), &["compose.yaml", "-o", "k8s", "--format", "short"]);
    assert_eq!(refused.status, 2, "a security loss is open");
    assert_eq!(refused.stderr.matches("error[").count(), 1, "{}", refused.stderr);

    let again = run(folder.path(), &["init", "compose.yaml", "--accept-security"]);
    assert_eq!(again.status, 1, "an existing file is kept");
    assert!(again.stdout.contains("\n+  - code: lower::security_option\n"), "{}", again.stdout);
    assert_eq!(fs::read_to_string(&file).expect("the draft"), text);

    assert_eq!(run(folder.path(), &["init", "compose.yaml", "--accept-security", "--force"]).status, 0);
    let written = run(folder.path(), &["compose.yaml", "-o", "k8s", "--format", "short"]);
    assert_eq!(written.status, 0, "{}", written.stderr);
    assert!(!written.stderr.contains("warning["), "every warning is accepted: {}", written.stderr);
    assert_eq!(run(folder.path(), &["compose.yaml", "-o", "k8s", "--check"]).status, 0);
    let same = run(folder.path(), &["init", "compose.yaml", "--accept-security"]);
    assert!(same.status == 0 && same.stdout.contains("up to date"), "{}", same.stdout);
}

#[test]
fn a_file_of_an_earlier_version_is_rewritten() {
    let folder = project("services: { web: { image: 'web:1', restart: always, dns: 10.0.0.1 } }\n");
    let file = folder.path().join("old.yaml");
    let old = "# Ours.\nresolver: true\nzones:\n  example.com: {to: 10.0.0.1, because: it}\n";
    fs::write(&file, old).expect("a file");
    let options = ["compose.yaml", "-o", "k8s", "--overrides", "old.yaml"];
    let refused = run(folder.path(), &options);
    assert_eq!(refused.status, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("compose2k8s init --migrate"), "{}", refused.stderr);
    let ran = run(folder.path(), &["init", "compose.yaml", "--overrides", "old.yaml", "--migrate"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("\n-zones:\n"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("old.yaml: rewritten (1 entries removed, 0 keys renamed)\n"), "{}", ran.stdout);
    assert_eq!(fs::read_to_string(&file).expect("the file"), "# Ours.\nresolver: true\n");
    assert_eq!(run(folder.path(), &options).status, 0);
    let again = run(folder.path(), &["init", "compose.yaml", "--overrides", "old.yaml", "--migrate"]);
    assert!(again.status == 0 && again.stdout == "old.yaml: up to date\n", "{}", again.stdout);
    let absent = run(folder.path(), &["init", "compose.yaml", "--migrate"]);
    assert_eq!(absent.status, 2, "{}", absent.stdout);
    assert!(absent.stderr.contains("cannot be read"), "{}", absent.stderr);
}

#[test]
fn a_matching_preset_is_the_starting_point() {
    let folder = project("services: { renamed: { image: 'letsencrypt/boulder-tools:1', restart: always } }\n");
    let ran = run(folder.path(), &["init", "compose.yaml"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    let text = fs::read_to_string(folder.path().join("overrides/boulder.yaml")).expect("a draft");
    assert!(text.contains("\npreset: boulder\n") && !text.contains("preset: none"), "{text}");
}

#[test]
fn the_drafts_of_all_cases_lead_to_a_translation() {
    let mut translated = 0;
    for case in inputs::folders("cases") {
        if inputs::name(&case).starts_with("load-") || case.join("overrides.yaml").exists() {
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder");
        golden::copy(&case, folder.path());
        let files = inputs::compose_files(folder.path());
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let init = run(folder.path(), &[&["init", "--accept-security", "--overrides", "drafted"], &files[..]].concat());
        let errors = init.stdout.contains("to fix in the Compose file");
        assert_eq!(init.status, 0, "{}: {}{}", case.display(), init.stdout, init.stderr);
        let ran =
            run(folder.path(), &[&files[..], &["--overrides", "drafted", "-o", "k8s", "--format", "short"]].concat());
        assert_eq!(ran.status == 0, !errors, "{}: {}", case.display(), ran.stderr);
        assert!(!ran.stderr.contains("[overrides::"), "{}: {}", case.display(), ran.stderr);
        translated += usize::from(ran.status == 0);
    }
    assert!(translated > 20, "{translated}");
}
