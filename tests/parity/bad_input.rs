//! `compose2k8s check` of invalid manifests: an error or a finding, never a panic or exit status 0.

use crate::golden::{self, Ran};

const COMPOSE: &str = "services:\n  web:\n    image: nginx:1.29\n";

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers: [{name: web, image: \"nginx:1.29\"}]\n";

/// Runs `compose2k8s check` of [`COMPOSE`] against a file with this content.
fn check(text: &[u8]) -> Ran {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("k8s")).expect("a folder can be made");
    std::fs::write(folder.path().join("compose.yaml"), COMPOSE).expect("a file can be written");
    std::fs::write(folder.path().join("k8s/all.yaml"), text).expect("a file can be written");
    golden::run(folder.path(), &["check", "compose.yaml", "--against", "k8s"])
}

/// Asserts the exit status and a code in the report.
fn assert_report(ran: &Ran, status: i32, code: &str) {
    assert_eq!(ran.status, status, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(code), "{code} is not told: {}", ran.stderr);
}

#[test]
fn anchors_make_no_difference() {
    assert_eq!(check(WEB.as_bytes()).status, 0);
    let anchored = WEB
        .replace("{matchLabels: {app: web}}", "{matchLabels: &labels {app: web}}")
        .replace("labels: {app: web}", "labels: *labels");
    assert_ne!(anchored, WEB);
    assert_eq!(check(anchored.as_bytes()).status, 0);
}

#[test]
fn truncated_manifests_are_rejected_or_reported() {
    // A run that is not complete tries every third length.
    for end in (1..WEB.len()).step_by(if golden::is_complete_run() { 1 } else { 3 }) {
        let ran = check(&WEB.as_bytes()[..end]);
        // The text may still be complete without its last characters.
        let whole = WEB[..end].trim_end().ends_with("}]");
        assert!(whole || matches!(ran.status, 1 | 2), "cut at {end}: {}{}", ran.stdout, ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "cut at {end}: {}", ran.stderr);
    }
}

#[test]
fn invalid_yaml_is_rejected() {
    assert_report(&check(&[WEB.as_bytes(), b"\tx: 1\n"].concat()), 2, "parse::not_yaml");
    assert_report(&check(&[0x7f, b'E', b'L', b'F', 0xff, 0, 0xfe]), 2, "check::unreadable");
    assert_report(&check(b"kind: {{ .Values.kind }}\n"), 2, "check::template");
    assert_report(&check(b"&a [*a]\n"), 2, "parse::alias_in_itself");
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    assert_report(&check(bomb.as_bytes()), 2, "parse::too_many_aliases");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_report(&check(deep.as_bytes()), 2, "parse::too_deep");
}

#[test]
fn ten_thousand_documents_are_read() {
    let mut many: String = (0..10_000)
        .map(|number| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{number}}}\ndata: {{a: b}}\n"))
        .collect();
    assert_report(&check(many.as_bytes()), 1, "check::no_workload");
    many.push_str("---\n");
    many.push_str(WEB);
    assert_eq!(check(many.as_bytes()).status, 0);
}

#[test]
fn cyclic_selectors_are_reported() {
    let other = |name: &str, labels: &str| {
        WEB.replace("name: web", &format!("name: {name}")).replace("labels: {app: web}", labels)
    };
    let circle = format!(
        "{}---\n{}",
        other("web", "labels: {app: other}"),
        other("other", "labels: {app: web}").replace("matchLabels: {app: web}", "matchLabels: {app: other}")
    );
    assert_report(&check(circle.as_bytes()), 1, "check::selects_others");
}

#[test]
fn duplicate_objects_are_reported() {
    assert_report(&check(format!("{WEB}---\n{WEB}").as_bytes()), 1, "check::twice");
}

#[test]
fn empty_and_unreadable_folders_are_reported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("compose.yaml"), COMPOSE).expect("a file can be written");
    std::fs::create_dir(folder.path().join("k8s")).expect("a folder can be made");
    let run = || golden::run(folder.path(), &["check", "compose.yaml", "--against", "k8s"]);
    assert_report(&run(), 1, "check::nothing_to_read");
    std::fs::write(folder.path().join("k8s/notes.txt"), "no manifest").expect("a file can be written");
    assert_report(&run(), 1, "check::nothing_to_read");
    std::os::unix::fs::symlink("nowhere", folder.path().join("k8s/web.yaml")).expect("a link can be made");
    assert_report(&run(), 2, "check::unreadable");
    assert_report(
        &golden::run(folder.path(), &["check", "compose.yaml", "--against", "elsewhere"]),
        2,
        "check::unreadable",
    );
}

#[test]
fn swapped_arguments_are_reported() {
    assert_report(&check(COMPOSE.as_bytes()), 1, "check::no_object");
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("compose.yaml"), COMPOSE).expect("a file can be written");
    std::fs::write(folder.path().join("web.yaml"), WEB).expect("a file can be written");
    let ran = golden::run(folder.path(), &["check", "web.yaml", "--against", "compose.yaml"]);
    assert_report(&ran, 2, "error");
}
