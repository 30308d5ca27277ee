//! `compose2k8s up`, `down`, `run` and `logs`, which run the scripts of the output.

use std::fs;

use super::sandbox::Sandbox;

const COMPOSE: &str = "name: shop\nservices:\n  web:\n    image: shop/web:latest\n    build: .\n    restart: always\n    ports: ['8080:80']\n";

/// A sandbox with a Compose file instead of an output.
fn project() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::remove_dir_all(sandbox.project().join("k8s")).unwrap();
    fs::write(sandbox.project().join("compose.yaml"), COMPOSE).unwrap();
    sandbox
}

#[test]
fn up_translates_and_starts_the_project() {
    let sandbox = project();
    let exit = sandbox.program(&["up", "-d"]).exits_with(0).reports("k8s: ").reports(" files updated");
    assert!(exit.reports("creating the kind cluster \"shop\"").reports("] done").stdout.is_empty());
    sandbox.called_in_order(&["kind create cluster", "applied web.yaml"]);
    let exit = sandbox.program(&["up", "web"]).exits_with(0).reports("cluster \"shop\" is there");
    assert!(!exit.stderr.contains("updated"), "{}", exit.stderr);
    sandbox.never_called("docker compose");
    sandbox.program(&["up", "--build"]).exits_with(0).reports("building shop/web:latest");
    sandbox.called_in_order(&["docker compose -p shop -f compose.yaml build web"]);
    sandbox.program(&["up", "other"]).exits_with(1).reports("no service \"other\" (there are: web)");
}

#[test]
fn exit_status_and_output_are_those_of_the_script() {
    let sandbox = project();
    sandbox
        .program(&["logs"])
        .exits_with(2)
        .reports("k8s-up.sh` does not exist")
        .reports("`compose2k8s up` writes the scripts");
    let run =
        sandbox.program(&["run", "-e", "A=b", "--entrypoint", "./entry", "web", "./test.sh", "exit=7"]).exits_with(7);
    assert!(run.stdout.contains("[exit=7]"), "{}", run.stdout);
    sandbox.program(&["logs", "--tail", "3", "other"]).exits_with(1).reports("no service \"other\"");
    sandbox.program(&["down", "--volumes"]).exits_with(0).reports("removing the namespace \"shop\" with its volumes");
}

#[test]
fn down_and_logs_do_not_read_the_compose_file() {
    let sandbox = project();
    sandbox.program(&["up"]).exits_with(0);
    fs::write(sandbox.project().join("compose.yaml"), "services: [").unwrap();
    sandbox.clear_calls();
    for command in ["up", "run"] {
        let arguments = if command == "run" { vec![command, "web"] } else { vec![command] };
        sandbox.program(&arguments).exits_with(2).reports("nothing was started");
    }
    assert_eq!(sandbox.calls(), "");
    sandbox.program(&["logs"]).exits_with(0);
    sandbox.program(&["down", "-o", "k8s/manifests"]).exits_with(0).reports("the volumes are kept");
}

#[test]
fn a_script_that_this_version_did_not_write_is_not_run() {
    for (script, text) in
        [("lib/lock.sh", "\ntouch pwned\n"), ("project.sh", "\ntouch pwned\n"), ("k8s-down.sh", "#\n")]
    {
        let sandbox = project();
        sandbox.program(&["up"]).exits_with(0);
        sandbox.clear_calls();
        let file = sandbox.project().join("k8s/scripts").join(script);
        let written = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{written}{text}")).unwrap();
        for command in ["down", "logs"] {
            let exit = sandbox.program(&[command]).exits_with(2).reports("is not a script of compose2k8s ");
            exit.reports(script).reports("nothing was run");
        }
        assert_eq!(sandbox.calls(), "", "{script}");
        // Translating writes it again.
        sandbox.program(&["up"]).exits_with(0).reports("k8s: 1 file updated");
        sandbox.program(&["down"]).exits_with(0);
        assert!(!sandbox.project().join("pwned").exists());
    }
}

#[test]
fn a_script_among_the_secrets_is_checked_too() {
    let sandbox = project();
    sandbox.program(&["up"]).exits_with(0);
    let folder = sandbox.project().join("k8s/secrets");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("templates.sh"), "secret_entry a b 'c'\n").unwrap();
    sandbox.program(&["logs"]).exits_with(0);
    fs::write(folder.join("templates.sh"), "secret_entry a b 'c'\ntouch pwned\n").unwrap();
    sandbox.program(&["down"]).exits_with(2).reports("secrets/templates.sh` is not a script of compose2k8s");
    assert!(!sandbox.project().join("pwned").exists());
}

#[test]
fn manifests_of_the_user_in_the_default_directory_are_left_alone() {
    let sandbox = project();
    fs::create_dir(sandbox.project().join("k8s")).unwrap();
    fs::write(sandbox.project().join("k8s/web.yaml"), "a: 1\n").unwrap();
    sandbox.program(&["up"]).exits_with(2).reports("compose2k8s did not generate it").reports("nothing was started");
    assert_eq!(sandbox.calls(), "");
}
