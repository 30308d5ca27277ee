//! The counterparts of `docker compose run`: the wrapper script of a declared run, and `k8s-run.sh` for any service.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::golden;

use super::sandbox::{Sandbox, signal, wait};

#[test]
fn arguments_are_passed_unchanged() {
    let sandbox = Sandbox::new();
    let arguments = ["a b", "*", "", "-h", "--", "two\nlines", "$(exit 3) `x` $HOME", "it's \"quoted\" \\", "é☃"];
    let exit = sandbox.suite(&arguments).exits_with(0);
    let expected = format!("[{}]", arguments.join("]["));
    assert!(exit.stdout.ends_with(&format!("{expected} MODE=plain MORE=unset\n")), "{}", exit.stdout);
}

#[test]
fn an_empty_variable_of_the_caller_is_passed() {
    let mut sandbox = Sandbox::started();
    sandbox.environment.push(("MODE", String::new()));
    assert!(sandbox.suite(&[]).exits_with(0).stdout.contains("MODE= MORE=unset\n"));
    sandbox.environment.push(("MORE", "of it".to_owned()));
    let exit =
        sandbox.run(&["-e", "MORE", "-e", "MODE=own", "--run", "suite", "--", "./entry", "./test.sh"]).exits_with(0);
    assert!(exit.stdout.contains("MODE=own MORE=of it\n"), "{}", exit.stdout);
}

#[test]
fn the_exit_status_of_the_command_is_returned() {
    let sandbox = Sandbox::started();
    for status in [0, 1, 2, 7, 137] {
        let exit = sandbox.suite(&[&format!("exit={status}")]).exits_with(status);
        assert!(exit.stderr.lines().all(|line| line.starts_with('[')), "only progress: {}", exit.stderr);
    }
}

#[test]
fn standard_output_and_standard_error_are_separate() {
    let sandbox = Sandbox::started();
    let exit = sandbox.suite(&["err", "terminal"]).exits_with(0);
    assert!(exit.stderr.ends_with("an error line\n"), "{}", exit.stderr);
    assert!(exit.stdout.ends_with("MODE=plain MORE=unset\nno terminal\n"), "{}", exit.stdout);
    assert!(!sandbox.fake_text("exec").contains("--tty"));
}

#[test]
fn a_terminal_is_allocated_if_input_and_output_are_terminals() {
    if !Command::new("script").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("did not run: `script` of util-linux is not here");
        return;
    }
    let sandbox = Sandbox::started();
    let suite = sandbox.command("suite.sh", &[]);
    let mut command = Command::new(super::sandbox::find_tool("script"));
    command.args(["-qec", "\"$SUITE\" terminal", "/dev/null"]).env_clear().stdin(Stdio::null()).stdout(Stdio::piped());
    command.envs(suite.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("SHELL", "/bin/sh");
    let output = command.env("SUITE", sandbox.project().join("suite.sh")).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("a terminal"), "{output:?}");
    assert!(sandbox.fake_text("exec").contains("--stdin --tty shop-suite"));
}

#[test]
fn standard_input_is_passed_completely() {
    let sandbox = Sandbox::started();
    let text = "0123456789abcdef".repeat(1 << 16);
    let mut child = sandbox.command("suite.sh", &["stdin"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.trim_end().ends_with(&format!(" {}", text.len())), "{printed}");
}

#[test]
fn cluster_then_setup_then_dependencies_then_the_pod() {
    let sandbox = Sandbox::new();
    sandbox.suite(&[]).exits_with(0);
    sandbox.called_in_order(&[
        "kind create cluster",
        "create configmap compose2k8s",
        "applied namespace.yaml\napplied resolver.yaml\napplied resolver.yaml\napplied web.yaml\napplied db.yaml",
        "applied shop-prepare.yaml",
        "exec --quiet shop-prepare --container web",
        "applied db-init.yaml",
        "applied db.yaml",
        "applied shop-suite.yaml",
        "exec --quiet --stdin shop-suite --container web",
        "exec shop-suite --container web -- /bin/sh -c read",
        "gone shop-suite",
    ]);
    sandbox.never_called("manifests/web.yaml");
    sandbox.never_called("gone shop-prepare\napplied web.yaml");
}

#[test]
fn setup_runs_first_every_time_and_its_failure_ends_the_run() {
    let sandbox = Sandbox::started();
    sandbox.suite(&[]).exits_with(0);
    sandbox.called_in_order(&["applied shop-prepare.yaml", "applied shop-suite.yaml"]);
    sandbox.clear_calls();
    sandbox.set_fake("setup-status", "9");
    sandbox.suite(&[]).exits_with(9).reports("prepare ended with 9");
    sandbox.never_called("shop-suite.yaml");
    sandbox.never_called("db-init");
}

#[test]
fn setup_has_separate_outputs_and_no_standard_input() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("setup-says", "prepared\n");
    sandbox.set_fake("setup-complains", "prepared with an error line\n");
    let exit = sandbox.suite(&[]).exits_with(0);
    assert!(exit.stdout.starts_with("prepared\n["), "{}", exit.stdout);
    let exit = exit.reports("\nprepared with an error line\n");
    assert!(!exit.stdout.contains("error line"));
    sandbox.never_called("exec --quiet --stdin shop-prepare");
    sandbox.never_called("logs --follow");
}

#[test]
fn setup_in_an_image_without_a_shell_runs_as_the_first_process() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("no-shell", "");
    sandbox.set_fake("log", "prepared by itself\n");
    let exit = sandbox.suite(&["exit=3"]).exits_with(3);
    assert!(exit.stdout.starts_with("prepared by itself\n["), "{}", exit.stdout);
    assert!(!sandbox.applied("Pod_shop-prepare").contains("waits"));
    sandbox.called_in_order(&["applied shop-prepare", "gone shop-prepare", "applied shop-prepare", "logs --follow"]);
    sandbox.set_fake("setup-status", "9");
    sandbox.suite(&[]).exits_with(9).reports("prepare ended with 9");
}

#[test]
fn a_signal_ends_the_command_and_releases_the_lock() {
    for (name, status) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let sandbox = Sandbox::started();
        let child = sandbox.start_suite();
        sandbox.clear_calls();
        signal(child, name).exits_with(status);
        sandbox.called_in_order(&["gone shop-suite"]);
        sandbox.suite(&["exit=3"]).exits_with(3);
    }
}

#[test]
fn the_next_run_cleans_up_after_a_killed_run() {
    let sandbox = Sandbox::started();
    let child = sandbox.start_suite();
    assert_eq!(signal(child, "KILL").status, -9);
    sandbox.set_fake("run-pods", "shop-suite web_app\nother-run db\n");
    sandbox.clear_calls();
    sandbox.suite(&["exit=3"]).exits_with(3);
    sandbox.called_in_order(&[
        "delete pods other-run --ignore-not-found --wait=false",
        "delete pods shop-suite --ignore-not-found --wait=true",
        "applied shop-suite.yaml",
    ]);
}

#[test]
fn a_concurrent_run_fails_immediately() {
    let sandbox = Sandbox::started();
    let child = sandbox.start_suite();
    sandbox.clear_calls();
    sandbox.suite(&[]).exits_with(1).reports("another run of this kit is under way (k8s-run.sh, process ");
    assert_eq!(sandbox.calls(), "");
    // `up` does not change the service of the run; `down` is rejected.
    sandbox.up(&[]).exits_with(0).reports("web: left alone while a run of it is under way");
    sandbox.never_called("manifests/web.yaml");
    sandbox.down(&[]).exits_with(1).reports("a run of web is under way");
    sandbox.never_called("delete cluster");
    assert_eq!(signal(child, "TERM").status, 143);
}

#[test]
fn a_broken_connection_is_a_failure() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("dropped", "");
    sandbox.suite(&[]).exits_with(1).reports("the connection to the pod broke before the command ended");
    fs::remove_file(sandbox.fake("dropped")).unwrap();
    sandbox.set_fake("cut", "");
    sandbox.suite(&[]).exits_with(1).reports("its output may be cut off");
    sandbox.called_in_order(&["gone shop-suite"]);
}

#[test]
fn a_service_with_a_fixed_address_does_not_run_twice() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("replicas", "1");
    let exit = sandbox.suite(&[]).exits_with(1);
    assert!(exit.stderr.contains("web_app has addresses of its own"), "{}", exit.stderr);
    assert!(
        exit.stderr.contains("--context kind-shop --namespace shop scale deployment/web --replicas=0"),
        "{}",
        exit.stderr
    );
    sandbox.never_called("shop-suite.yaml");
}

#[test]
fn a_pod_that_cannot_start_is_reported_with_events() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("pod-state", "Pending no CreateContainerError\n");
    let exit = sandbox.run(&["--timeout", "1", "--no-deps", "--run", "suite", "--", "x"]).exits_with(1);
    let exit = exit.reports("what happened to it").reports("a line of the log");
    exit.reports("suite has not started after 1 s (CreateContainerError)");
    sandbox.called_in_order(&["applied shop-suite", "gone shop-suite"]);
    sandbox.set_fake("pod-state", "Failed no Evicted\n");
    let exit = sandbox.run(&["--no-deps", "--run", "suite", "--", "x"]).exits_with(1);
    exit.reports("the pod of suite has ended before it started: Evicted")
        .reports("the node is short of disk or memory");
}

#[test]
fn references_in_the_command_of_a_service_are_replaced_in_the_pod() {
    let sandbox = Sandbox::started();
    let table = sandbox.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    let with =
        text.replace("command=(serve 'all day')", "command=(serve '$(TOKEN) all $(OTHER)$(TOKEN)') references=(TOKEN)");
    assert_ne!(with, text);
    fs::write(table, with).unwrap();
    let exit = sandbox.run(&["-e", "TOKEN=a \"b\" $(TOKEN) *", "web_app"]).exits_with(0);
    let expected = "[serve][a \"b\" $(TOKEN) * all $(OTHER)a \"b\" $(TOKEN) *] MODE=unset MORE=unset\n";
    assert!(exit.stdout.ends_with(expected), "{}", exit.stdout);
    let exit = sandbox.run(&["-e", "TOKEN=x", "web_app", "./test.sh", "$(TOKEN)"]).exits_with(0);
    assert!(exit.stdout.ends_with("[$(TOKEN)] MODE=unset MORE=unset\n"), "{}", exit.stdout);
}

#[test]
fn any_service_runs_with_its_own_or_another_command() {
    let sandbox = Sandbox::started();
    let exit = sandbox.run(&["web_app"]).exits_with(0);
    assert!(exit.stdout.ends_with("[serve][all day] MODE=unset MORE=unset\n"), "{}", exit.stdout);
    sandbox.called_in_order(&["applied db.yaml", "patch -f", "applied web-run.yaml", "gone web-run"]);
    let pod = sandbox.fake_text("pod-json");
    assert!(pod.contains(r#""compose2k8s/network-front": "true""#), "it is on its service's networks: {pod}");
    let exit = sandbox.run(&["-e", "MORE=1", "web_app", "./test.sh", "exit=4", "--", "*"]).exits_with(4);
    assert!(exit.stdout.ends_with("[exit=4][--][*] MODE=unset MORE=1\n"), "{}", exit.stdout);
    let exit = sandbox.run(&["--entrypoint", "./test.sh", "web", "a b"]).exits_with(0);
    assert!(exit.stdout.ends_with("[a b] MODE=unset MORE=unset\n"), "{}", exit.stdout);
    let exit = sandbox.run(&["--entrypoint", "./test.sh", "web"]).exits_with(0);
    assert!(exit.stdout.ends_with("[] MODE=unset MORE=unset\n"), "{}", exit.stdout);
    sandbox
        .run(&["nothing"])
        .exits_with(1)
        .reports("no service \"nothing\" (there are: db migrate web_app tools prepare setup_db)");
}

#[test]
fn the_command_of_the_image_is_the_default() {
    let sandbox = Sandbox::started();
    sandbox.run(&["--no-deps", "db"]).exits_with(127);
    assert!(sandbox.fake_text("exec").contains(" run -- /entry serve all day "), "{}", sandbox.fake_text("exec"));
    sandbox.run(&["--no-deps", "db", "one"]).exits_with(127);
    assert!(sandbox.fake_text("exec").contains(" run -- /entry one "), "{}", sandbox.fake_text("exec"));
    sandbox.never_called("logs --follow");
}

#[test]
fn invalid_arguments_are_reported_first() {
    let sandbox = Sandbox::new();
    for (arguments, text) in [
        (&["--frob", "web"][..], "there is no option --frob"),
        (&["-e"], "-e wants a value"),
        (&["-e", "1=2", "web"], "\"1=2\" is no variable"),
        (&["--timeout", "soon", "web"], "--timeout wants a number of seconds, not \"soon\""),
        (&["--run", "other", "--", "x"], "there is no run \"other\" (there are: prepare suite)"),
        (&["--run", "suite"], "--run wants a command after --"),
        (&[], "which service?"),
    ] {
        sandbox.run(arguments).exits_with(2).reports(text);
    }
    assert_eq!(sandbox.calls(), "");
}

#[test]
fn a_missing_ipv6_loopback_address_is_reported() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("loopback", "fe800000000000000000000000000001 02 40 20 80     eth0\n");
    sandbox.suite(&[]).exits_with(0).reports("pods have no ::1 on lo");
    fs::remove_file(sandbox.fake("loopback")).unwrap();
    assert!(!sandbox.suite(&[]).exits_with(0).stderr.contains("::1"));
    sandbox.clear_calls();
    sandbox.suite(&[]).exits_with(0);
    sandbox.never_called("if_inet6");
}

#[test]
fn an_interrupt_before_the_pod_releases_the_lock() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("stuck-db", "");
    let mut child = sandbox.command("suite.sh", &[]).spawn().unwrap();
    wait(|| sandbox.calls().contains("applied db.yaml"), || child.try_wait().unwrap().is_none());
    signal(child, "INT").exits_with(130);
    fs::remove_file(sandbox.fake("stuck-db")).unwrap();
    sandbox.suite(&["exit=5"]).exits_with(5);
}

#[test]
fn an_interrupt_in_any_phase_releases_the_lock_and_deletes_the_pod() {
    // In each phase one call does not return, and the signal arrives during this call.
    let phases = [
        ("pull --quiet", None),
        ("compose -p", None),
        ("create cluster", None),
        ("save shop", None),
        ("exec --interactive", None),
        ("namespace.yaml", None),
        ("rollout status", None),
        ("exec --quiet shop-prepare", Some("gone shop-prepare")),
        ("manifests/db.yaml", None),
        ("shop-suite.yaml", Some("gone shop-suite")),
        ("exec --quiet --stdin shop-suite", Some("gone shop-suite")),
    ];
    for (index, (call, pod)) in phases.into_iter().enumerate() {
        let sandbox = Sandbox::new();
        sandbox.set_fake("missing", if call == "pull --quiet" { "db:10\n" } else { "shop/web:latest\n" });
        sandbox.set_fake("hangs", call);
        let mut child = sandbox.command("suite.sh", &[]).spawn().unwrap();
        wait(|| sandbox.fake("hanging").exists(), || child.try_wait().unwrap().is_none());
        sandbox.clear_calls();
        signal(child, "INT").exits_with(130);
        if let Some(gone) = pod {
            sandbox.called_in_order(&[gone]);
        }
        let left = fs::read_dir(sandbox.temporary()).unwrap().flatten();
        let left: Vec<_> = left
            .map(|entry| entry.file_name())
            .filter(|name| name.to_string_lossy().starts_with("compose2k8s."))
            .collect();
        assert!(left.is_empty(), "{call}: {left:?}");
        fs::remove_file(sandbox.fake("hangs")).unwrap();
        // A run that is not complete tries the next run after every third phase.
        if golden::is_complete_run() || index % 3 == 0 {
            sandbox.suite(&["exit=5"]).exits_with(5);
        }
    }
}

#[test]
fn a_service_in_the_network_of_another_runs_in_a_container_of_its_running_pod() {
    let sandbox = Sandbox::started();
    let exit = sandbox.run(&["--entrypoint", "./entry", "setup_db", "./test.sh", "exit=7"]).exits_with(7);
    assert!(exit.stdout.contains("[exit=7]"), "{}", exit.stdout);
    let exit = exit.reports("] db: ready").reports("] setup_db: container started in the pod of db\n");
    assert!(!exit.stderr.contains("] web: "), "only the owner of the pod and its dependencies start: {}", exit.stderr);
    let added = sandbox.fake_text("ephemeral");
    assert!(added.contains("/api/v1/namespaces/shop/pods/the-newest-pod/ephemeralcontainers\n"), "{added}");
    sandbox.called_in_order(&["patch -f", "setup-db-run-1", "replace --raw", "exec --quiet --stdin the-newest-pod"]);
    assert!(sandbox.fake_text("exec").contains(" --container setup-db-run-1 "));
    assert!(sandbox.fake("ended").exists(), "its first process goes on waiting");
    sandbox.never_called("delete pods");
    // A pod keeps the containers that ended.
    sandbox.set_fake("ephemeral-names", "setup-db-run-1 setup-db-run-2");
    sandbox.run(&["--entrypoint", "./entry", "setup_db", "./test.sh"]).exits_with(0);
    assert!(sandbox.fake_text("exec").contains(" --container setup-db-run-3 "));
}

#[test]
fn a_container_that_cannot_start_in_the_pod_of_another_is_reported() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("ephemeral-state", "ErrImageNeverPull");
    let exit = sandbox.run(&["setup_db", "./entry"]).exits_with(1);
    exit.reports("setup_db cannot start in the pod of db: ErrImageNeverPull");
    let exit = sandbox.up(&["setup_db"]).exits_with(1);
    exit.reports("setup_db runs on request, in the pod of db: ").reports("/k8s-run.sh' setup_db");
}
