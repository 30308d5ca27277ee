//! A cluster that no longer answers, neither yes nor no.

use std::fs;
use std::time::{Duration, Instant};

use super::kit::{Ended, Kit, wait};

/// The script ends with the sentence, and not before the cluster was silent for 20 seconds.
fn gives_up(script: &str, silent: &str, call: impl FnOnce(&Kit) -> Ended) {
    let kit = Kit::started();
    let is_short = kit.shorten(script, "silent_since)) -lt 20 ]", "silent_since)) -lt 3 ]");
    kit.tell("silent", silent);
    let begin = Instant::now();
    let ended = call(&kit).with(1);
    ended.saying("the cluster \"shop\" no longer answers: Unable to connect to the server");
    // The shell counts whole seconds.
    let least = Duration::from_secs(if is_short { 2 } else { 19 });
    assert!(begin.elapsed() >= least, "after {:?}", begin.elapsed());
    // Nothing stays locked.
    fs::remove_file(kit.fake("silent")).unwrap();
    kit.suite(&["exit=5"]).with(5);
}

#[test]
fn services_that_start_are_given_up_after_twenty_seconds_of_silence() {
    gives_up("lib/waiting.sh", ",jobs,pods ", |kit| kit.up(&[]));
}

#[test]
fn a_pod_that_starts_is_given_up_after_twenty_seconds_of_silence() {
    gives_up("lib/pods.sh", " get pod ", |kit| kit.suite(&[]));
}

#[test]
fn a_moment_of_silence_is_borne() {
    let kit = Kit::started();
    kit.tell("silent", " get pod ");
    let mut child = kit.command("suite.sh", &["exit=7"]).spawn().unwrap();
    wait(|| kit.fake("unanswered").exists(), || child.try_wait().unwrap().is_none());
    fs::remove_file(kit.fake("silent")).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(7));
}
