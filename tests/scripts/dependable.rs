//! What holds for the scripts as texts.

use std::path::Path;
use std::process::Command;

use super::kit::Kit;
use crate::golden;

#[test]
fn shellcheck_has_nothing_to_say() {
    if !Command::new("shellcheck").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("did not run: shellcheck is not here");
        return;
    }
    let kit = Kit::new();
    let scripts = kit.project().join("k8s/scripts");
    let mut files: Vec<_> = [&scripts, &scripts.join("lib")]
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sh"))
        .collect();
    files.sort();
    assert!(files.len() > 15);
    let stand_ins = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/bin");
    files.extend(["kind", "docker", "kubectl"].map(|name| stand_ins.join(name)));
    let mut command = Command::new("shellcheck");
    if golden::is_complete_run() {
        command.arg("--external-sources");
    } else {
        // Following the sources multiplies the time by eight. Without them, variables of other files are unknown.
        command.arg("--exclude=SC1091,SC2034,SC2154");
    }
    let output = command.args(files).current_dir(scripts).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
