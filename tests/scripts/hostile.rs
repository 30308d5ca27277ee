//! Names, values and paths that a shell would obey, through whole kits: nothing of them is ever run on the machine of the person who
//! starts the kit.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::kit::Kit;
use crate::golden;

/// What a text becomes that a shell reads as more than a text: a file of this name, somewhere.
const TRACE: &str = "obeyed";

fn hostile() -> impl Strategy<Value = String> {
    let pieces = vec![
        format!("$(touch {TRACE})"),
        format!("`touch {TRACE}`"),
        format!("'; touch {TRACE}; '"),
        format!("\"; touch {TRACE}; \""),
        format!("; touch {TRACE} #"),
        format!("\n touch {TRACE}\n"),
        format!("| touch {TRACE} &"),
        format!("' $(touch {TRACE}) '"),
        format!("x=(); touch {TRACE}; y=("),
        format!("a[$(touch {TRACE})]"),
        format!("%s$(touch {TRACE})\\n"),
        format!("}}; touch {TRACE}; {{"),
        format!(";; esac; touch {TRACE}; case x in"),
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

/// A Compose text with one hostile text wherever one may stand. JSON's strings are YAML's, and doubled dollars are dollars.
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
    // A name that ends in a blank is refused, so that it is not the text's end.
    all += &format!("    environment:\n      - {}\n", text().strip_suffix('"').unwrap().to_owned() + "_\"");
    all += &format!("configs: {{c: {{content: {}}}, d: {{file: {}}}}}\n", text(), text());
    all + &format!("secrets: {{s: {{file: {}}}, e: {{environment: {}}}}}\n", text(), text())
}

fn overrides(texts: &[String]) -> String {
    let text = |index: usize| serde_json::to_string(&texts[index % texts.len()]).unwrap();
    let (about, word, value) = (text(0), text(1), text(2));
    format!("runs:\n  suite: {{about: {about}, service: db, command: [{word}], environment: {{A: {value}}}}}\n")
}

/// Whether some text was obeyed below a folder.
fn obeyed(folder: &Path) -> Vec<String> {
    golden::files(folder)
        .into_keys()
        .filter(|name| name.split('/').next_back().is_some_and(|last| last.contains(TRACE)))
        .collect()
}

#[test]
fn nothing_in_a_compose_file_is_run_by_its_scripts() {
    let config =
        ProptestConfig { cases: 10, failure_persistence: None, max_shrink_iters: 30, ..ProptestConfig::default() };
    let (kits, refusals) = (Cell::new(0), RefCell::new(Vec::new()));
    let ran = TestRunner::new(config).run(&prop::collection::vec(hostile(), 6..24), |texts| {
        let kit = Kit::new();
        let project = kit.project();
        fs::remove_dir_all(project.join("k8s")).unwrap();
        fs::write(project.join("compose.yaml"), compose(&texts)).unwrap();
        fs::write(project.join("overrides.yaml"), overrides(&texts)).unwrap();
        let ran = golden::run(&project, &["compose.yaml", "--overrides", "overrides.yaml", "-o", "k8s"]);
        if ran.status == 2 {
            refusals.borrow_mut().push(ran.stderr);
        } else {
            kits.set(kits.get() + 1);
            for script in ["k8s/scripts/project.sh", "suite.sh"] {
                let checked = Command::new("bash").arg("-n").arg(project.join(script)).output().unwrap();
                prop_assert!(checked.status.success(), "{script}: {}", String::from_utf8_lossy(&checked.stderr));
            }
            for script in ["suite.sh", "k8s/scripts/k8s-logs.sh", "k8s/scripts/k8s-up.sh", "k8s/scripts/k8s-down.sh"] {
                let arguments: &[&str] = if script.ends_with("up.sh") { &["--profile", "*"] } else { &[] };
                let _ = kit.script(script, arguments);
            }
        }
        prop_assert_eq!(obeyed(project.parent().unwrap()), Vec::<String>::new());
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    assert!(kits.get() >= 8, "hardly a kit came of it: {} of 10; {:#?}", kits.get(), refusals.borrow().first());
}

#[test]
fn the_trap_closes() {
    // What the property looks for, it would find: the same text unquoted leaves its trace.
    let folder = tempfile::tempdir().unwrap();
    let status =
        Command::new("bash").args(["-c", &format!("echo $(touch {TRACE})")]).current_dir(folder.path()).status();
    assert!(status.unwrap().success());
    assert_eq!(obeyed(folder.path()), [TRACE]);
}
