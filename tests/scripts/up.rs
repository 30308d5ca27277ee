//! The counterpart of `docker compose up`: which services start, in which order, and how long the script waits.

use std::fs;

use super::sandbox::{Sandbox, signal, wait};

#[test]
fn all_services_without_a_profile_start_in_phases() {
    let sandbox = Sandbox::new();
    let exit = sandbox.up(&[]).exits_with(0);
    sandbox.called_in_order(&[
        "applied db.yaml",
        "applied db.yaml",
        "get deployments",
        "applied web.yaml",
        "get deployments",
    ]);
    let exit = exit.reports("] phase 1 of 2: db\n").reports("] db: ready");
    let exit = exit.reports("] phase 2 of 2: web\n").reports("] web: started").reports("] done\n");
    assert_eq!(exit.stdout, "", "progress is no output");
    for absent in ["manifests/migrate.yaml", "manifests/tools.yaml"] {
        sandbox.never_called(absent);
    }
}

#[test]
fn named_services_start_with_their_dependencies() {
    let sandbox = Sandbox::new();
    sandbox.up(&["db"]).exits_with(0);
    assert_eq!(sandbox.applied("Deployment_web"), "");
    sandbox.up(&["tools"]).exits_with(0);
    sandbox.called_in_order(&["manifests/db.yaml", "manifests/web.yaml", "manifests/tools.yaml"]);
    assert!(
        sandbox.applied("Deployment_tools").contains("  replicas: 2\n"),
        "a named service starts, whatever its profile"
    );
    sandbox
        .up(&["nothing"])
        .exits_with(1)
        .reports("no service \"nothing\" (there are: db migrate web_app tools prepare setup_db)");
}

#[test]
fn mounted_files_that_name_the_dns_server_of_docker_are_reported_without_their_lines() {
    let sandbox = Sandbox::new();
    let table = sandbox.project().join("k8s/scripts/project.sh");
    let mounts =
        "mounted web \"$checkout\"/'the site'\nmounted web \"$checkout\"/none\nmounted db \"$checkout\"/db.cfg\n";
    let text = fs::read_to_string(&table).unwrap() + mounts;
    fs::write(&table, &text).unwrap();
    fs::create_dir(sandbox.project().join("the site")).unwrap();
    let site = sandbox.project().join("the site/a b=c.conf");
    fs::write(&site, "password x\nresolver 127.0.0.110;\nresolver 127.0.0.11; # password x\nparse-resolv-conf\n")
        .unwrap();
    fs::write(sandbox.project().join("the site/large"), "127.0.0.11\n".repeat(10_000)).unwrap();
    fs::write(sandbox.project().join("db.cfg"), "nameserver 127.0.0.11:53").unwrap();
    let exit = sandbox.up(&[]).exits_with(0);
    let exit = exit
        .reports("/the site/a b=c.conf:3: Docker's DNS server answers in the pod of web only with `docker-dns: true`");
    let exit = exit.reports("/db.cfg:1: Docker's DNS server answers in the pod of db only");
    // With the project resolver, which this project has, the name servers of /etc/resolv.conf answer bare names.
    for absent in ["password", "resolves names", "large", ".conf:2", ".conf:4"] {
        assert!(!exit.stderr.contains(absent), "{absent}: {}", exit.stderr);
    }
    let exit = sandbox.up(&["db"]).exits_with(0).reports("/db.cfg:1:");
    assert!(!exit.stderr.contains("the site"), "{}", exit.stderr);
    let without = text.lines().filter(|line| !line.starts_with("resolver ")).map(|line| format!("{line}\n"));
    fs::write(&table, without.collect::<String>()).unwrap();
    let exit = sandbox.up(&[]).exits_with(0);
    exit.reports("a b=c.conf:4: web resolves names without a domain only with `resolver: true` in the overrides");
}

#[test]
fn a_bind_source_that_is_not_created_must_exist() {
    let sandbox = Sandbox::new();
    let table = sandbox.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap() + "source_of web \"$checkout\"/'the site'\n";
    fs::write(&table, text).unwrap();
    let missing =
        "the site, which does not exist and is not to be made (create_host_path: false, or a seccomp profile)";
    for exit in [sandbox.up(&[]), sandbox.up(&["tools"]), sandbox.run(&["web_app"])] {
        exit.exits_with(1).reports("web needs ").reports(missing);
    }
    assert!(!sandbox.project().join("the site").exists(), "it was made all the same");
    for absent in ["create cluster", "applied"] {
        sandbox.never_called(absent);
    }
    // A service that does not mount it starts.
    sandbox.up(&["db"]).exits_with(0);
    fs::create_dir(sandbox.project().join("the site")).unwrap();
    sandbox.up(&[]).exits_with(0).reports("] web: started");
}

#[test]
fn the_address_of_the_docker_host_is_put_in() {
    let sandbox = Sandbox::new();
    let web = sandbox.project().join("k8s/manifests/web.yaml");
    let hosts = "    spec:\n      hostAliases:\n        - ip: 192.0.2.7\n          hostnames:\n            - other\n        - ip: 172.17.0.1\n          hostnames:\n            - host.docker.internal\n";
    let text = fs::read_to_string(&web).unwrap();
    let text =
        text.replacen("      annotations:\n", "      annotations:\n        compose2k8s/host-gateway: 172.17.0.1\n", 1);
    fs::write(&web, text.replacen("    spec:\n", hosts, 1)).unwrap();
    sandbox.up(&[]).exits_with(1).reports("the address of the Docker host is not known");
    // On Linux: the gateway of Docker's default bridge, without addresses of IPv6.
    sandbox.set_fake("gateways", "fd00::1\n172.17.9.1\n\n172.18.0.1\n");
    sandbox.up(&[]).exits_with(0);
    let applied = sandbox.applied("Deployment_web");
    for line in ["compose2k8s/host-gateway: 172.17.9.1\n", "- ip: 172.17.9.1\n", "- ip: 192.0.2.7\n"] {
        assert!(applied.contains(line), "{applied}");
    }
    assert!(!applied.contains("172.17.0.1"), "{applied}");
    // Docker Desktop resolves a name for the host.
    sandbox.set_fake("host-on-node", "192.168.65.254  STREAM host.docker.internal\n192.168.65.254  DGRAM\n");
    sandbox.up(&[]).exits_with(0);
    assert!(sandbox.applied("Deployment_web").contains("- ip: 192.168.65.254\n"));
}

#[test]
fn a_profile_starts_its_services() {
    for arguments in [&["--profile", "debug"][..], &["--profile=*"], &["--profile", "x", "--profile", "extra"]] {
        let sandbox = Sandbox::new();
        sandbox.up(arguments).exits_with(0);
        assert!(sandbox.applied("Deployment_tools").contains("  replicas: 2\n"), "{arguments:?}");
    }
    let mut sandbox = Sandbox::new();
    sandbox.environment.push(("COMPOSE_PROFILES", "a,tasks".to_owned()));
    sandbox.up(&[]).exits_with(0).reports("migrate: ended");
    assert!(sandbox.applied("Job_migrate").contains("  suspend: false\n"));
    assert_eq!(sandbox.applied("Deployment_tools"), "");
}

#[test]
fn a_job_runs_again_and_its_failure_is_reported() {
    let sandbox = Sandbox::started();
    sandbox.up(&["migrate"]).exits_with(0);
    sandbox.never_called("delete jobs");
    sandbox.up(&["migrate"]).exits_with(0);
    sandbox.called_in_order(&["delete jobs migrate --ignore-not-found", "applied migrate.yaml"]);
    sandbox.set_fake("job", "Failed");
    sandbox.up(&["migrate"]).exits_with(0).reports("migrate: failed");
    let table = sandbox.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replace("'db web'", "'db migrate'")).unwrap();
    sandbox.up(&["tools"]).exits_with(1).reports("migrate has failed, and others wait for its result");
    sandbox.never_called("manifests/tools.yaml");
}

#[test]
fn a_service_without_dependents_delays_no_other() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("job", "no");
    // `tools` is in the phase after `migrate`, which does not end, but does not depend on it.
    let exit = sandbox.up(&["--profile", "*", "--timeout", "2"]).exits_with(1);
    exit.reports("] tools: started").reports("migrate is not ended after 2 s, which is the --timeout");
    sandbox.called_in_order(&["manifests/migrate.yaml", "manifests/tools.yaml"]);
}

#[test]
fn a_second_up_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.up(&[]).exits_with(0);
    sandbox.clear_calls();
    let before = (
        sandbox.applied("Deployment_web"),
        sandbox.applied("StatefulSet_db"),
        sandbox.applied("Deployment_resolver"),
        sandbox.fake_text("mark/images"),
    );
    sandbox.up(&[]).exits_with(0);
    let after = (
        sandbox.applied("Deployment_web"),
        sandbox.applied("StatefulSet_db"),
        sandbox.applied("Deployment_resolver"),
        sandbox.fake_text("mark/images"),
    );
    assert_eq!(before, after);
    for absent in
        ["kind load", "docker save", "rollout restart", "patch configmap", "create cluster", "get deployment coredns"]
    {
        sandbox.never_called(absent);
    }
}

#[test]
fn the_project_resolver_has_the_image_of_the_nodes_own_coredns() {
    let sandbox = Sandbox::new();
    sandbox.up(&[]).exits_with(0);
    assert!(sandbox.applied("Deployment_resolver").contains("image: registry.k8s.io/coredns/coredns:v1.14.6"));
    // It is ready before a pod of the project starts.
    sandbox.called_in_order(&[
        "applied resolver.yaml",
        "rollout status deployment/resolver",
        "exec --quiet shop-prepare",
    ]);
    for absent in ["docker pull --quiet registry.k8s.io/coredns", "docker save registry.k8s.io/coredns"] {
        sandbox.never_called(absent);
    }
    // The DNS of the cluster is not changed.
    for absent in ["patch configmap coredns", "rollout restart", "patch deployment coredns"] {
        sandbox.never_called(absent);
    }
}

#[test]
fn a_resolver_that_does_not_start_is_reported() {
    let sandbox = Sandbox::new();
    sandbox.set_fake("resolver-fails", "");
    let exit = sandbox.up(&[]).exits_with(1);
    let exit = exit.reports("--- resolver: the last events of the-newest-pod");
    exit.reports("the project resolver is not ready: error: timed out waiting for the condition");
}

#[test]
fn the_readiness_of_an_old_pod_does_not_count() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("stuck-web", "");
    let exit = sandbox.up(&["--timeout", "1"]).exits_with(1);
    let exit = exit.reports("--- web: the last events of the-newest-pod").reports("what happened to it");
    let exit = exit.reports("a line of the log");
    exit.reports("web is not started after 1 s, which is the --timeout");
}

#[test]
fn the_timeout_is_that_of_compose() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("held-db", "-");
    sandbox.up(&[]).exits_with(1).reports("db is not ready after 2 s, which is as long as Compose would wait");
    sandbox.never_called("manifests/web.yaml");
    sandbox.up(&["--no-wait"]).exits_with(0);
}

#[test]
fn permanent_errors_end_the_wait() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("held-web", "ErrImagePull");
    sandbox.shorten("lib/waiting.sh", "held_since[row])) -ge 5 ]", "held_since[row])) -ge 1 ]");
    let exit = sandbox.up(&["--timeout", "60"]).exits_with(1);
    exit.reports("web cannot start: ErrImagePull");
    assert_eq!(sandbox.fake_text("mark/images").trim_end(), "", "the images are loaded again by the next call");
}

#[test]
fn restarts_are_reported() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("restarts-db", "4");
    sandbox.up(&[]).exits_with(0).reports("db has been restarted 4 times so far");
}

#[test]
fn an_object_with_an_immutable_change_is_recreated() {
    let sandbox = Sandbox::started();
    sandbox.set_fake(
        "refusal",
        "The Service \"db\" is invalid: spec.clusterIPs[0]: Invalid value: [\"None\"]: may not change once set\n\
         The StatefulSet \"db\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas'\n\
         The Deployment \"web\" is invalid: \n* spec.replicas: Invalid value: -1\n* spec.selector: Invalid value: {}: field is immutable\n\
         The Deployment \"tools\" is invalid: spec.x: Required value\n",
    );
    sandbox.up(&[]).exits_with(0).reports("StatefulSet/db could not be changed in place: made anew");
    sandbox.called_in_order(&[
        "delete Service/db\n",
        "delete StatefulSet/db --cascade=orphan\n",
        "delete Deployment/web --cascade=foreground\n",
        "applied namespace.yaml",
    ]);
    sandbox.never_called("delete Deployment/tools");
}

#[test]
fn a_claim_is_never_recreated_and_other_errors_are_shown() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("refuses-always", "");
    sandbox.set_fake(
        "refusal",
        "The PersistentVolumeClaim \"data\" is invalid: spec: Forbidden: spec is immutable after creation\n",
    );
    sandbox
        .up(&[])
        .exits_with(1)
        .reports("the claim data cannot be changed in place, and making it anew would lose its data");
    sandbox.set_fake("refusal", "Error from server (Forbidden): admission webhook says no\n");
    sandbox.up(&[]).exits_with(1).reports("admission webhook says no").reports("the cluster refused an object");
    sandbox.never_called(" delete ");
}

#[test]
fn stale_objects_are_removed_only_when_all_services_start() {
    let sandbox = Sandbox::started();
    for object in ["Deployment_old", "Service_old", "ConfigMap_old"] {
        sandbox.set_fake(&format!("objects/{object}"), "");
    }
    sandbox.up(&["web"]).exits_with(0);
    sandbox.never_called("/old");
    sandbox.up(&[]).exits_with(0).reports("removing Deployment/old, which the kit no longer has");
    let calls = sandbox.calls();
    let removed: Vec<&str> =
        calls.lines().filter_map(|line| line.split_once(" delete ")).map(|(_, what)| what).collect();
    let removed: Vec<&str> = removed.into_iter().filter(|what| what.contains("old")).collect();
    assert_eq!(removed, ["ConfigMap/old", "Deployment/old", "Service/old"]);
}

#[test]
fn an_unschedulable_pod_is_reported_with_the_reason() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("held-db", "Unschedulable");
    sandbox
        .up(&["--timeout", "1"])
        .exits_with(1)
        .reports("db is not ready after 1 s, which is the --timeout (Unschedulable; the node is short");
    sandbox.never_called("manifests/web.yaml");
}

#[test]
fn concurrent_up_is_rejected() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("held-db", "-");
    // The timeout is longer than the two calls below take on a loaded host.
    let mut child = sandbox.command("k8s/scripts/k8s-up.sh", &["--timeout", "600"]).spawn().unwrap();
    wait(|| sandbox.calls().contains("applied db.yaml"), || child.try_wait().unwrap().is_none());
    sandbox.up(&[]).exits_with(1).reports("another run of this kit is under way (k8s-up.sh, process ");
    sandbox.suite(&[]).exits_with(1).reports("nothing was changed");
    signal(child, "INT").exits_with(130);
    fs::remove_file(sandbox.fake("held-db")).unwrap();
    sandbox.up(&[]).exits_with(0);
}

#[test]
fn a_cluster_that_stops_during_up_is_reported() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("held-db", "-");
    let mut child = sandbox.command("k8s/scripts/k8s-up.sh", &["--no-wait"]).spawn().unwrap();
    wait(|| sandbox.calls().contains("applied namespace.yaml"), || child.try_wait().unwrap().is_none());
    fs::remove_file(sandbox.fake("clusters")).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_ne!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("was refused"), "{output:?}");
}
