//! What is no pair of a Compose file and manifests is told, whatever it is: never a panic, never a silent 0.

use crate::golden::{self, Ran};

const COMPOSE: &str = "services:\n  web:\n    image: nginx:1.29\n";

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers: [{name: web, image: \"nginx:1.29\"}]\n";

/// `compose2k8s check` of [`COMPOSE`] against a file of this text.
fn check(text: &[u8]) -> Ran {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("k8s")).expect("a folder can be made");
    std::fs::write(folder.path().join("compose.yaml"), COMPOSE).expect("a file can be written");
    std::fs::write(folder.path().join("k8s/all.yaml"), text).expect("a file can be written");
    golden::run(folder.path(), &["check", "compose.yaml", "--against", "k8s"])
}

/// How a run ended, and the one code that it must have told.
fn ends(ran: &Ran, status: i32, code: &str) {
    assert_eq!(ran.status, status, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(code), "{code} is not told: {}", ran.stderr);
}

#[test]
fn what_is_in_parity_is_so_with_anchors_and_as_json() {
    assert_eq!(check(WEB.as_bytes()).status, 0);
    let anchored = WEB
        .replace("{matchLabels: {app: web}}", "{matchLabels: &labels {app: web}}")
        .replace("labels: {app: web}", "labels: *labels");
    assert_ne!(anchored, WEB);
    assert_eq!(check(anchored.as_bytes()).status, 0);
}

#[test]
fn a_truncated_text_is_refused_or_found() {
    for end in 1..WEB.len() {
        let ran = check(&WEB.as_bytes()[..end]);
        // What is cut behind the last word may still be whole.
        let whole = WEB[..end].trim_end().ends_with("}]");
        assert!(whole || matches!(ran.status, 1 | 2), "cut at {end}: {}{}", ran.stdout, ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "cut at {end}: {}", ran.stderr);
    }
}

#[test]
fn what_is_no_yaml_is_refused() {
    ends(&check(&[WEB.as_bytes(), b"\tx: 1\n"].concat()), 2, "parse::not_yaml");
    ends(&check(&[0x7f, b'E', b'L', b'F', 0xff, 0, 0xfe]), 2, "check::unreadable");
    ends(&check(b"kind: {{ .Values.kind }}\n"), 2, "check::template");
    ends(&check(b"&a [*a]\n"), 2, "parse::alias_in_itself");
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    ends(&check(bomb.as_bytes()), 2, "parse::too_many_aliases");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    ends(&check(deep.as_bytes()), 2, "parse::too_deep");
}

#[test]
fn ten_thousand_documents_are_read() {
    let mut many: String = (0..10_000)
        .map(|number| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{number}}}\ndata: {{a: b}}\n"))
        .collect();
    ends(&check(many.as_bytes()), 1, "check::no_workload");
    many.push_str("---\n");
    many.push_str(WEB);
    assert_eq!(check(many.as_bytes()).status, 0);
}

#[test]
fn selectors_in_a_circle_are_found() {
    let other = |name: &str, labels: &str| {
        WEB.replace("name: web", &format!("name: {name}")).replace("labels: {app: web}", labels)
    };
    let circle = format!(
        "{}---\n{}",
        other("web", "labels: {app: other}"),
        other("other", "labels: {app: web}").replace("matchLabels: {app: web}", "matchLabels: {app: other}")
    );
    ends(&check(circle.as_bytes()), 1, "check::selects_others");
}

#[test]
fn two_objects_of_a_name_are_found() {
    ends(&check(format!("{WEB}---\n{WEB}").as_bytes()), 1, "check::twice");
}

#[test]
fn an_empty_folder_and_one_that_nobody_can_read_are_no_parity() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("compose.yaml"), COMPOSE).expect("a file can be written");
    std::fs::create_dir(folder.path().join("k8s")).expect("a folder can be made");
    let run = || golden::run(folder.path(), &["check", "compose.yaml", "--against", "k8s"]);
    ends(&run(), 1, "check::nothing_to_read");
    std::fs::write(folder.path().join("k8s/notes.txt"), "no manifest").expect("a file can be written");
    ends(&run(), 1, "check::nothing_to_read");
    std::os::unix::fs::symlink("nowhere", folder.path().join("k8s/web.yaml")).expect("a link can be made");
    ends(&run(), 2, "check::unreadable");
    ends(&golden::run(folder.path(), &["check", "compose.yaml", "--against", "elsewhere"]), 2, "check::unreadable");
}

#[test]
fn sides_that_changed_places_are_told() {
    ends(&check(COMPOSE.as_bytes()), 1, "check::no_object");
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("compose.yaml"), COMPOSE).expect("a file can be written");
    std::fs::write(folder.path().join("web.yaml"), WEB).expect("a file can be written");
    let ran = golden::run(folder.path(), &["check", "web.yaml", "--against", "compose.yaml"]);
    ends(&ran, 2, "error");
}
