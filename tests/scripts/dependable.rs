//! Static checks of the scripts.

use std::path::Path;
use std::process::Command;

use super::sandbox::Sandbox;
use crate::golden;

#[test]
fn shellcheck_reports_nothing() {
    if !Command::new("shellcheck").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("did not run: shellcheck is not here");
        return;
    }
    let sandbox = Sandbox::new();
    let scripts = sandbox.project().join("k8s/scripts");
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
    let run = |arguments: &[&std::ffi::OsStr]| {
        let output = Command::new("shellcheck").args(arguments).current_dir(&scripts).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    };
    if golden::is_complete_run() {
        let files = files.iter().map(|file| file.as_os_str());
        run(&["--external-sources".as_ref()].into_iter().chain(files).collect::<Vec<_>>());
    } else {
        // Following the sources multiplies the time by eight, and shellcheck follows those among its arguments. Without them,
        // variables of other files are unknown.
        for file in &files {
            run(&["--exclude=SC1091,SC2034,SC2154".as_ref(), file.as_os_str()]);
        }
    }
}
