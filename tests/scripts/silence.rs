//! A cluster that does not answer any more.
// The shell counts whole seconds.

use std::fs;
use std::time::{Duration, Instant};

use super::sandbox::{Exit, Sandbox, wait};

/// The script ends with the sentence, and not before the cluster was silent for 20 seconds.
fn gives_up(script: &str, silent: &str, call: impl FnOnce(&Sandbox) -> Exit) {
    let sandbox = Sandbox::started();
    let is_short = sandbox.shorten(script, "silent_since)) -lt 20 ]", "silent_since)) -lt 3 ]");
    sandbox.set_fake("silent", silent);
    let begin = Instant::now();
    let exit = call(&sandbox).exits_with(1);
    exit.reports("the cluster \"shop\" no longer answers: Unable to connect to the server");
    // The shell counts whole seconds.
    let least = Duration::from_secs(if is_short { 2 } else { 19 });
    assert!(begin.elapsed() >= least, "after {:?}", begin.elapsed());
    // The locks are released.
    fs::remove_file(sandbox.fake("silent")).unwrap();
    sandbox.suite(&["exit=5"]).exits_with(5);
}

#[test]
fn starting_services_fails_if_the_cluster_does_not_answer() {
    gives_up("lib/waiting.sh", ",jobs,pods ", |sandbox| sandbox.up(&[]));
}

#[test]
fn starting_a_pod_fails_if_the_cluster_does_not_answer() {
    gives_up("lib/pods.sh", " get pod ", |sandbox| sandbox.suite(&[]));
}

#[test]
fn a_short_outage_of_the_cluster_is_tolerated() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("silent", " get pod ");
    let mut child = sandbox.command("suite.sh", &["exit=7"]).spawn().unwrap();
    wait(|| sandbox.fake("unanswered").exists(), || child.try_wait().unwrap().is_none());
    fs::remove_file(sandbox.fake("silent")).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(7));
}
