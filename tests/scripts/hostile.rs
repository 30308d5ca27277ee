//! Names, values and paths that a shell would execute: the scripts of the output never execute them on the host.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::sandbox::Sandbox;
use crate::golden;

/// The name of the file that an executed string creates.
const MARKER: &str = "obeyed";

fn hostile() -> impl Strategy<Value = String> {
    let pieces = vec![
        format!("$(touch {MARKER})"),
        format!("`touch {MARKER}`"),
        format!("'; touch {MARKER}; '"),
        format!("\"; touch {MARKER}; \""),
        format!("; touch {MARKER} #"),
        format!("\n touch {MARKER}\n"),
        format!("| touch {MARKER} &"),
        format!("' $(touch {MARKER}) '"),
        format!("x=(); touch {MARKER}; y=("),
        format!("a[$(touch {MARKER})]"),
        format!("%s$(touch {MARKER})\\n"),
        format!("}}; touch {MARKER}; {{"),
        format!(";; esac; touch {MARKER}; case x in"),
        "EOF".to_owned(),
        "\\".to_owned(),
        "'".to_owned(),
        "\"".to_owned(),
        "*".to_owned(),
        "~".to_owned(),
        "-n".to_owned(),
        "--".to_owned(),
        "!!".to_owned(),
        "${HOME}".to_owned(),
        "\r".to_owned(),
        "\t".to_owned(),
        "é☃".to_owned(),
    ];
    prop::collection::vec(prop::sample::select(pieces), 1..4).prop_map(|pieces| pieces.concat())
}

/// A Compose file with a hostile string in every value. JSON strings are valid YAML; `$$` is a literal dollar sign.
fn compose(texts: &[String]) -> String {
    let mut next = texts.iter().cycle();
    let mut text = || serde_json::to_string(&next.next().unwrap().replace('$', "$$")).unwrap();
    let mut all = format!(
        "name: shop\nservices:\n  web:\n    image: {}\n    command: [run, {}]\n    entrypoint: [{}]\n    working_dir: {}\n",
        text(),
        text(),
        text(),
        text(),
    );
    all += &format!("    environment: {{A: {}, B: {}}}\n", text(), text());
    all += &format!("    labels: {{a: {}}}\n    annotations: {{a: {}}}\n", text(), text());
    all += &format!("    healthcheck: {{test: [CMD-SHELL, {}]}}\n", text());
    all += &format!(
        "    build: {{context: {}, dockerfile: {}, target: {}, args: {{A: {}}}}}\n",
        text(),
        text(),
        text(),
        text()
    );
    all += &format!("    volumes: [{{type: bind, source: {}, target: /t}}]\n", text());
    all += &format!("    profiles: [{}]\n", text());
    all += "    configs: [{source: c, target: /c}, {source: d, target: /d}]\n    secrets: [{source: s, target: /s}, {source: e, target: /e}]\n";
    all += "  db:\n    image: db:1\n";
    all += &format!("    command: [{}]\n", text());
    // A variable name must not end in a space, so the string must not end the item.
    all += &format!("    environment:\n      - {}\n", text().strip_suffix('"').unwrap().to_owned() + "_\"");
    all += &format!("configs: {{c: {{content: {}}}, d: {{file: {}}}}}\n", text(), text());
    all + &format!("secrets: {{s: {{file: {}}}, e: {{environment: {}}}}}\n", text(), text())
}

fn overrides(texts: &[String]) -> String {
    let text = |index: usize| serde_json::to_string(&texts[index % texts.len()]).unwrap();
    let (about, word, value) = (text(0), text(1), text(2));
    format!("runs:\n  suite: {{about: {about}, service: db, command: [{word}], environment: {{A: {value}}}}}\n")
}

/// The files below a folder that an executed string created.
fn executed(folder: &Path) -> Vec<String> {
    golden::files(folder)
        .into_keys()
        .filter(|name| name.split('/').next_back().is_some_and(|last| last.contains(MARKER)))
        .collect()
}

#[test]
fn no_string_of_a_compose_file_is_executed_by_the_scripts() {
    let (cases, least) = if golden::is_complete_run() { (10, 8) } else { (4, 2) };
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 30, ..ProptestConfig::default() };
    let (outputs, refusals) = (Cell::new(0), RefCell::new(Vec::new()));
    let ran = TestRunner::new(config).run(&prop::collection::vec(hostile(), 6..24), |texts| {
        let sandbox = Sandbox::new();
        let project = sandbox.project();
        fs::remove_dir_all(project.join("k8s")).unwrap();
        fs::write(project.join("compose.yaml"), compose(&texts)).unwrap();
        fs::write(project.join("overrides.yaml"), overrides(&texts)).unwrap();
        let ran = golden::run(&project, &["compose.yaml", "--overrides", "overrides.yaml", "-o", "k8s"]);
        if ran.status == 2 {
            refusals.borrow_mut().push(ran.stderr);
        } else {
            outputs.set(outputs.get() + 1);
            for script in ["k8s/scripts/project.sh", "suite.sh"] {
                let checked = Command::new("bash").arg("-n").arg(project.join(script)).output().unwrap();
                prop_assert!(checked.status.success(), "{script}: {}", String::from_utf8_lossy(&checked.stderr));
            }
            for script in ["suite.sh", "k8s/scripts/k8s-logs.sh", "k8s/scripts/k8s-up.sh", "k8s/scripts/k8s-down.sh"] {
                let arguments: &[&str] = if script.ends_with("up.sh") { &["--profile", "*"] } else { &[] };
                let _ = sandbox.script(script, arguments);
            }
        }
        prop_assert_eq!(executed(project.parent().unwrap()), Vec::<String>::new());
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    let first = refusals.borrow().first().cloned();
    assert!(outputs.get() >= least, "only {} of {cases} projects have output; {first:#?}", outputs.get());
}

#[test]
fn the_test_detects_an_executed_string() {
    // An unquoted string creates the file, and the test finds it.
    let folder = tempfile::tempdir().unwrap();
    let status =
        Command::new("bash").args(["-c", &format!("echo $(touch {MARKER})")]).current_dir(folder.path()).status();
    assert!(status.unwrap().success());
    assert_eq!(executed(folder.path()), [MARKER]);
}
