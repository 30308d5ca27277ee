//! `docker compose run`'s twins: the wrapper of a declared run, and k8s-run.sh for any service.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::kit::{Kit, signal, wait};

#[test]
fn every_argument_arrives_byte_for_byte() {
    let kit = Kit::new();
    let arguments = ["a b", "*", "", "-h", "--", "two\nlines", "$(exit 3) `x` $HOME", "it's \"quoted\" \\", "é☃"];
    let ended = kit.suite(&arguments).with(0);
    let expected = format!("[{}]", arguments.join("]["));
    assert!(ended.stdout.ends_with(&format!("{expected} MODE=plain MORE=unset\n")), "{}", ended.stdout);
}

#[test]
fn a_variable_of_the_caller_is_passed_on_even_when_it_is_empty() {
    let mut kit = Kit::started();
    kit.environment.push(("MODE", String::new()));
    assert!(kit.suite(&[]).with(0).stdout.contains("MODE= MORE=unset\n"));
    kit.environment.push(("MORE", "of it".to_owned()));
    let ended = kit.run(&["-e", "MORE", "-e", "MODE=own", "--run", "suite", "--", "./entry", "./test.sh"]).with(0);
    assert!(ended.stdout.contains("MODE=own MORE=of it\n"), "{}", ended.stdout);
}

#[test]
fn the_commands_status_is_the_scripts() {
    let kit = Kit::started();
    for status in [0, 1, 2, 7, 137] {
        let ended = kit.suite(&[&format!("exit={status}")]).with(status);
        assert!(ended.stderr.lines().all(|line| line.starts_with('[')), "only progress: {}", ended.stderr);
    }
}

#[test]
fn the_two_outputs_stay_apart() {
    let kit = Kit::started();
    let ended = kit.suite(&["err", "terminal"]).with(0);
    assert!(ended.stderr.ends_with("an error line\n"), "{}", ended.stderr);
    assert!(ended.stdout.ends_with("MODE=plain MORE=unset\nno terminal\n"), "{}", ended.stdout);
    assert!(!kit.told("exec").contains("--tty"));
}

#[test]
fn a_terminal_is_given_when_both_ends_are_one() {
    if !Command::new("script").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("did not run: `script` of util-linux is not here");
        return;
    }
    let kit = Kit::started();
    let suite = kit.command("suite.sh", &[]);
    let mut command = Command::new(super::kit::found("script"));
    command.args(["-qec", "\"$SUITE\" terminal", "/dev/null"]).env_clear().stdin(Stdio::null()).stdout(Stdio::piped());
    command.envs(suite.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("SHELL", "/bin/sh");
    let output = command.env("SUITE", kit.project().join("suite.sh")).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("a terminal"), "{output:?}");
    assert!(kit.told("exec").contains("--stdin --tty shop-suite"));
}

#[test]
fn standard_input_arrives_whole() {
    let kit = Kit::started();
    let text = "0123456789abcdef".repeat(1 << 16);
    let mut child = kit.command("suite.sh", &["stdin"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.trim_end().ends_with(&format!(" {}", text.len())), "{printed}");
}

#[test]
fn cluster_then_setup_then_dependencies_then_the_pod() {
    let kit = Kit::new();
    kit.suite(&[]).with(0);
    kit.called_in_order(&[
        "kind create cluster",
        "create configmap compose2k8s",
        "applied namespace.yaml\napplied web.yaml\napplied db.yaml",
        "patch configmap coredns",
        "applied shop-prepare.yaml",
        "exec --quiet shop-prepare --container web",
        "applied db-init.yaml",
        "applied db.yaml",
        "applied shop-suite.yaml",
        "exec --quiet --stdin shop-suite --container web",
        "exec shop-suite --container web -- /bin/sh -c read",
        "gone shop-suite",
    ]);
    kit.never_called("manifests/web.yaml");
    kit.never_called("gone shop-prepare\napplied web.yaml");
}

#[test]
fn the_setup_run_comes_first_every_time_and_its_failure_is_the_end() {
    let kit = Kit::started();
    kit.suite(&[]).with(0);
    kit.called_in_order(&["applied shop-prepare.yaml", "applied shop-suite.yaml"]);
    kit.forget_calls();
    kit.tell("setup-status", "9");
    kit.suite(&[]).with(9).saying("prepare ended with 9");
    kit.never_called("shop-suite.yaml");
    kit.never_called("db-init");
}

#[test]
fn a_setup_runs_outputs_stay_apart_and_it_takes_no_standard_input() {
    let kit = Kit::started();
    kit.tell("setup-says", "prepared\n");
    kit.tell("setup-complains", "prepared with an error line\n");
    let ended = kit.suite(&[]).with(0);
    assert!(ended.stdout.starts_with("prepared\n["), "{}", ended.stdout);
    let ended = ended.saying("\nprepared with an error line\n");
    assert!(!ended.stdout.contains("error line"));
    kit.never_called("exec --quiet --stdin shop-prepare");
    kit.never_called("logs --follow");
}

#[test]
fn a_setup_image_without_a_shell_has_its_command_as_first_process() {
    let kit = Kit::started();
    kit.tell("no-shell", "");
    kit.tell("log", "prepared by itself\n");
    let ended = kit.suite(&["exit=3"]).with(3);
    assert!(ended.stdout.starts_with("prepared by itself\n["), "{}", ended.stdout);
    assert!(!kit.applied("Pod_shop-prepare").contains("waits"));
    kit.called_in_order(&["applied shop-prepare", "gone shop-prepare", "applied shop-prepare", "logs --follow"]);
    kit.tell("setup-status", "9");
    kit.suite(&[]).with(9).saying("prepare ended with 9");
}

#[test]
fn a_signal_ends_the_command_the_pod_and_the_lock() {
    for (name, status) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let kit = Kit::started();
        let child = kit.suite_under_way();
        kit.forget_calls();
        signal(child, name).with(status);
        kit.called_in_order(&["gone shop-suite"]);
        kit.suite(&["exit=3"]).with(3);
    }
}

#[test]
fn a_killed_run_is_cleaned_up_by_the_next() {
    let kit = Kit::started();
    let child = kit.suite_under_way();
    assert_eq!(signal(child, "KILL").status, -9);
    kit.tell("run-pods", "shop-suite web_app\nother-run db\n");
    kit.forget_calls();
    kit.suite(&["exit=3"]).with(3);
    kit.called_in_order(&[
        "delete pods other-run --ignore-not-found --wait=false",
        "delete pods shop-suite --ignore-not-found --wait=true",
        "applied shop-suite.yaml",
    ]);
}

#[test]
fn a_second_run_fails_fast_and_disturbs_nothing() {
    let kit = Kit::started();
    let child = kit.suite_under_way();
    kit.forget_calls();
    kit.suite(&[]).with(1).saying("another run of this kit is under way (k8s-run.sh, process ");
    assert_eq!(kit.calls(), "");
    // Starting services leaves the run's own alone; taking things away is refused.
    kit.up(&[]).with(0).saying("web: left alone while a run of it is under way");
    kit.never_called("manifests/web.yaml");
    kit.down(&[]).with(1).saying("a run of web is under way");
    kit.never_called("delete cluster");
    assert_eq!(signal(child, "TERM").status, 143);
}

#[test]
fn a_broken_stream_is_a_failure() {
    let kit = Kit::started();
    kit.tell("dropped", "");
    kit.suite(&[]).with(1).saying("the connection to the pod broke before the command ended");
    fs::remove_file(kit.fake("dropped")).unwrap();
    kit.tell("cut", "");
    kit.suite(&[]).with(1).saying("its output may be cut off");
    kit.called_in_order(&["gone shop-suite"]);
}

#[test]
fn a_running_service_with_an_address_of_its_own_is_not_doubled() {
    let kit = Kit::started();
    kit.tell("replicas", "1");
    let ended = kit.suite(&[]).with(1);
    assert!(ended.stderr.contains("web_app has addresses of its own"), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("--context kind-shop --namespace shop scale deployment/web --replicas=0"),
        "{}",
        ended.stderr
    );
    kit.never_called("shop-suite.yaml");
}

#[test]
fn a_pod_that_cannot_start_is_named_with_what_happened() {
    let kit = Kit::started();
    kit.tell("pod-state", "Pending no CreateContainerError\n");
    let ended = kit.run(&["--timeout", "1", "--no-deps", "--run", "suite", "--", "x"]).with(1);
    let ended = ended.saying("what happened to it").saying("a line of the log");
    ended.saying("suite has not started after 1 s (CreateContainerError)");
    kit.called_in_order(&["applied shop-suite", "gone shop-suite"]);
    kit.tell("pod-state", "Failed no Evicted\n");
    let ended = kit.run(&["--no-deps", "--run", "suite", "--", "x"]).with(1);
    ended.saying("the pod of suite has ended before it started: Evicted").saying("the node is short of disk or memory");
}

#[test]
fn any_service_runs_alone_with_its_own_words_or_others() {
    let kit = Kit::started();
    let ended = kit.run(&["web_app"]).with(0);
    assert!(ended.stdout.ends_with("[serve][all day] MODE=unset MORE=unset\n"), "{}", ended.stdout);
    kit.called_in_order(&["applied db.yaml", "patch -f", "applied web-run.yaml", "gone web-run"]);
    let pod = kit.told("pod-json");
    assert!(pod.contains(r#""compose2k8s/network-front": "true""#), "it is on its service's networks: {pod}");
    let ended = kit.run(&["-e", "MORE=1", "web_app", "./test.sh", "exit=4", "--", "*"]).with(4);
    assert!(ended.stdout.ends_with("[exit=4][--][*] MODE=unset MORE=1\n"), "{}", ended.stdout);
    let ended = kit.run(&["--entrypoint", "./test.sh", "web", "a b"]).with(0);
    assert!(ended.stdout.ends_with("[a b] MODE=unset MORE=unset\n"), "{}", ended.stdout);
    let ended = kit.run(&["--entrypoint", "./test.sh", "web"]).with(0);
    assert!(ended.stdout.ends_with("[] MODE=unset MORE=unset\n"), "{}", ended.stdout);
    kit.run(&["nothing"]).with(1).saying("no service \"nothing\" (there are: db migrate web_app tools prepare)");
}

#[test]
fn the_images_own_words_are_asked_where_compose_gives_none() {
    let kit = Kit::started();
    kit.run(&["--no-deps", "db"]).with(127);
    assert!(kit.told("exec").contains(" run -- /entry serve all day "), "{}", kit.told("exec"));
    kit.run(&["--no-deps", "db", "one"]).with(127);
    assert!(kit.told("exec").contains(" run -- /entry one "), "{}", kit.told("exec"));
    kit.never_called("logs --follow");
}

#[test]
fn what_is_wrong_with_a_call_is_said_before_anything_is_done() {
    let kit = Kit::new();
    for (arguments, text) in [
        (&["--frob", "web"][..], "there is no option --frob"),
        (&["-e"], "-e wants a value"),
        (&["-e", "1=2", "web"], "\"1=2\" is no variable"),
        (&["--timeout", "soon", "web"], "--timeout wants a number of seconds, not \"soon\""),
        (&["--run", "other", "--", "x"], "there is no run \"other\" (there are: prepare suite)"),
        (&["--run", "suite"], "--run wants a command after --"),
        (&[], "which service?"),
    ] {
        kit.run(arguments).with(2).saying(text);
    }
    assert_eq!(kit.calls(), "");
}

#[test]
fn a_pod_without_the_loopback_address_of_version_6_is_told_of() {
    let kit = Kit::started();
    kit.tell("loopback", "fe800000000000000000000000000001 02 40 20 80     eth0\n");
    kit.suite(&[]).with(0).saying("pods have no ::1 on lo");
    fs::remove_file(kit.fake("loopback")).unwrap();
    assert!(!kit.suite(&[]).with(0).stderr.contains("::1"));
    kit.forget_calls();
    kit.suite(&[]).with(0);
    kit.never_called("if_inet6");
}

#[test]
fn an_interrupt_before_the_pod_leaves_nothing_locked() {
    let kit = Kit::started();
    kit.tell("stuck-db", "");
    let mut child = kit.command("suite.sh", &[]).spawn().unwrap();
    wait(|| kit.calls().contains("applied db.yaml"), || child.try_wait().unwrap().is_none());
    signal(child, "INT").with(130);
    fs::remove_file(kit.fake("stuck-db")).unwrap();
    kit.suite(&["exit=5"]).with(5);
}

#[test]
fn an_interrupt_at_any_moment_leaves_nothing_locked_and_no_pod() {
    // A call of each phase, which does not end: the signal comes in its middle.
    for (call, pod) in [
        ("pull --quiet", None),
        ("compose -p", None),
        ("create cluster", None),
        ("load docker-image", None),
        ("namespace.yaml", None),
        ("rollout status", None),
        ("exec --quiet shop-prepare", Some("gone shop-prepare")),
        ("manifests/db.yaml", None),
        ("shop-suite.yaml", Some("gone shop-suite")),
        ("exec --quiet --stdin shop-suite", Some("gone shop-suite")),
    ] {
        let kit = Kit::new();
        kit.tell("missing", if call == "pull --quiet" { "db:10\n" } else { "shop/web:latest\n" });
        kit.tell("hangs", call);
        let mut child = kit.command("suite.sh", &[]).spawn().unwrap();
        wait(|| kit.fake("hanging").exists(), || child.try_wait().unwrap().is_none());
        kit.forget_calls();
        signal(child, "INT").with(130);
        if let Some(gone) = pod {
            kit.called_in_order(&[gone]);
        }
        let left = fs::read_dir(kit.temporary()).unwrap().flatten();
        let left: Vec<_> = left
            .map(|entry| entry.file_name())
            .filter(|name| name.to_string_lossy().starts_with("compose2k8s."))
            .collect();
        assert!(left.is_empty(), "{call}: {left:?}");
        fs::remove_file(kit.fake("hangs")).unwrap();
        kit.suite(&["exit=5"]).with(5);
    }
}
