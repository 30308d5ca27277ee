//! `docker compose up`: which services, in which order, and how long is waited.

use std::fs;

use super::kit::{Kit, signal, wait};

#[test]
fn all_services_without_a_profile_start_in_their_phases() {
    let kit = Kit::new();
    let ended = kit.up(&[]).with(0);
    kit.called_in_order(&[
        "applied db.yaml",
        "applied db.yaml",
        "get deployments",
        "applied web.yaml",
        "get deployments",
    ]);
    let ended = ended.saying("] phase 1 of 2: db\n").saying("] db: ready");
    let ended = ended.saying("] phase 2 of 2: web\n").saying("] web: started").saying("] done\n");
    assert_eq!(ended.stdout, "", "progress is no output");
    for absent in ["manifests/migrate.yaml", "manifests/tools.yaml"] {
        kit.never_called(absent);
    }
}

#[test]
fn named_services_bring_what_they_depend_on() {
    let kit = Kit::new();
    kit.up(&["db"]).with(0);
    assert_eq!(kit.applied("Deployment_web"), "");
    kit.up(&["tools"]).with(0);
    kit.called_in_order(&["manifests/db.yaml", "manifests/web.yaml", "manifests/tools.yaml"]);
    assert!(
        kit.applied("Deployment_tools").contains("  replicas: 2\n"),
        "a named service starts, whatever its profile"
    );
    kit.up(&["nothing"]).with(1).saying("no service \"nothing\" (there are: db migrate web_app tools prepare)");
}

#[test]
fn a_source_that_is_not_to_be_made_must_be_there_before_anything_starts() {
    let kit = Kit::new();
    let table = kit.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap() + "source_of web \"$checkout\"/'the site'\n";
    fs::write(&table, text).unwrap();
    let missing =
        "the site, which does not exist and is not to be made (create_host_path: false, or a seccomp profile)";
    for ended in [kit.up(&[]), kit.up(&["tools"]), kit.run(&["web_app"])] {
        ended.with(1).saying("web needs ").saying(missing);
    }
    assert!(!kit.project().join("the site").exists(), "it was made all the same");
    for absent in ["create cluster", "applied"] {
        kit.never_called(absent);
    }
    // Who does not mount it is not held up.
    kit.up(&["db"]).with(0);
    fs::create_dir(kit.project().join("the site")).unwrap();
    kit.up(&[]).with(0).saying("] web: started");
}

#[test]
fn a_profile_brings_its_services() {
    for arguments in [&["--profile", "debug"][..], &["--profile=*"], &["--profile", "x", "--profile", "extra"]] {
        let kit = Kit::new();
        kit.up(arguments).with(0);
        assert!(kit.applied("Deployment_tools").contains("  replicas: 2\n"), "{arguments:?}");
    }
    let mut kit = Kit::new();
    kit.environment.push(("COMPOSE_PROFILES", "a,tasks".to_owned()));
    kit.up(&[]).with(0).saying("migrate: ended");
    assert!(kit.applied("Job_migrate").contains("  suspend: false\n"));
    assert_eq!(kit.applied("Deployment_tools"), "");
}

#[test]
fn a_job_runs_again_and_a_failed_one_is_told_of() {
    let kit = Kit::started();
    kit.up(&["migrate"]).with(0);
    kit.called_in_order(&["delete jobs migrate --ignore-not-found", "applied migrate.yaml"]);
    kit.tell("job", "Failed");
    kit.up(&["migrate"]).with(0).saying("migrate: failed");
    let table = kit.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replace("'db web'", "'db migrate'")).unwrap();
    kit.up(&["tools"]).with(1).saying("migrate has failed, and others wait for its result");
    kit.never_called("manifests/tools.yaml");
}

#[test]
fn what_nobody_waits_for_holds_up_nothing() {
    let kit = Kit::started();
    kit.tell("job", "no");
    // `tools` is of the phase after that of `migrate`, which does not end, and depends on others alone.
    let ended = kit.up(&["--profile", "*", "--timeout", "2"]).with(1);
    ended.saying("] tools: started").saying("migrate is not ended after 2 s, which is the --timeout");
    kit.called_in_order(&["manifests/migrate.yaml", "manifests/tools.yaml"]);
}

#[test]
fn a_second_call_changes_nothing() {
    let kit = Kit::new();
    kit.up(&[]).with(0);
    kit.forget_calls();
    let before =
        (kit.applied("Deployment_web"), kit.applied("StatefulSet_db"), kit.told("corefile"), kit.told("mark/images"));
    kit.up(&[]).with(0);
    let after =
        (kit.applied("Deployment_web"), kit.applied("StatefulSet_db"), kit.told("corefile"), kit.told("mark/images"));
    assert_eq!(before, after);
    for absent in ["kind load", "rollout", "patch configmap", "create cluster"] {
        kit.never_called(absent);
    }
}

#[test]
fn the_zones_stand_between_markers_and_nothing_else_changes() {
    let kit = Kit::new();
    kit.up(&[]).with(0);
    let corefile = kit.told("corefile");
    assert_eq!(
        corefile.trim_end(),
        ".:53 {\n    errors\n    forward . /etc/resolv.conf\n}\n# compose2k8s shop: begin\nconsul:53 {\n    errors\n    forward . 10.9.0.5\n}\n# compose2k8s shop: end"
    );
    // The restart goes on while images are loaded; it has ended before anything of the project's own can ask.
    kit.called_in_order(&[
        "rollout restart deployment/coredns",
        "load docker-image",
        "rollout status deployment/coredns",
        "exec --quiet shop-prepare",
    ]);
    let path = kit.project().join("k8s/cluster/Corefile");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("10.9.0.5", "10.9.0.6")).unwrap();
    kit.up(&[]).with(0);
    assert_eq!(kit.told("corefile"), corefile.replace("10.9.0.5", "10.9.0.6"));
}

#[test]
fn an_old_pod_does_not_answer_for_the_new_one() {
    let kit = Kit::started();
    kit.tell("stuck-web", "");
    let ended = kit.up(&["--timeout", "1"]).with(1);
    let ended = ended.saying("--- web: the last events of the-newest-pod").saying("what happened to it");
    let ended = ended.saying("a line of the log");
    ended.saying("web is not started after 1 s, which is the --timeout");
}

#[test]
fn patience_is_composes() {
    let kit = Kit::started();
    kit.tell("held-db", "-");
    kit.up(&[]).with(1).saying("db is not ready after 2 s, which is as long as Compose would wait");
    kit.never_called("manifests/web.yaml");
    kit.up(&["--no-wait"]).with(0);
}

#[test]
fn what_no_waiting_cures_ends_the_wait() {
    let kit = Kit::started();
    kit.tell("held-web", "ErrImagePull");
    kit.shorten("lib/waiting.sh", "held_since[row])) -ge 5 ]", "held_since[row])) -ge 1 ]");
    let ended = kit.up(&["--timeout", "60"]).with(1);
    ended.saying("web cannot start: ErrImagePull");
    assert_eq!(kit.told("mark/images").trim_end(), "", "the images are loaded again by the next call");
}

#[test]
fn a_pod_that_was_restarted_is_told_of() {
    let kit = Kit::started();
    kit.tell("restarts-db", "4");
    kit.up(&[]).with(0).saying("db has been restarted 4 times so far");
}

#[test]
fn a_field_that_cannot_change_makes_the_object_anew() {
    let kit = Kit::started();
    kit.tell(
        "refusal",
        "The Service \"db\" is invalid: spec.clusterIPs[0]: Invalid value: [\"None\"]: may not change once set\n\
         The StatefulSet \"db\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas'\n\
         The Deployment \"web\" is invalid: \n* spec.replicas: Invalid value: -1\n* spec.selector: Invalid value: {}: field is immutable\n\
         The Deployment \"tools\" is invalid: spec.x: Required value\n",
    );
    kit.up(&[]).with(0).saying("StatefulSet/db could not be changed in place: made anew");
    kit.called_in_order(&[
        "delete Service/db\n",
        "delete StatefulSet/db --cascade=orphan\n",
        "delete Deployment/web --cascade=foreground\n",
        "applied namespace.yaml",
    ]);
    kit.never_called("delete Deployment/tools");
}

#[test]
fn a_claim_is_never_made_anew_and_another_refusal_is_shown() {
    let kit = Kit::started();
    kit.tell("refuses-always", "");
    kit.tell(
        "refusal",
        "The PersistentVolumeClaim \"data\" is invalid: spec: Forbidden: spec is immutable after creation\n",
    );
    kit.up(&[]).with(1).saying("the claim data cannot be changed in place, and making it anew would lose its data");
    kit.tell("refusal", "Error from server (Forbidden): admission webhook says no\n");
    kit.up(&[]).with(1).saying("admission webhook says no").saying("the cluster refused an object");
    kit.never_called("delete ");
}

#[test]
fn what_the_kit_no_longer_has_is_removed_but_not_by_a_call_for_some() {
    let kit = Kit::started();
    for object in ["Deployment_old", "Service_old", "ConfigMap_old"] {
        kit.tell(&format!("objects/{object}"), "");
    }
    kit.up(&["web"]).with(0);
    kit.never_called("/old");
    kit.up(&[]).with(0).saying("removing Deployment/old, which the kit no longer has");
    let calls = kit.calls();
    let removed: Vec<&str> =
        calls.lines().filter_map(|line| line.split_once(" delete ")).map(|(_, what)| what).collect();
    let removed: Vec<&str> = removed.into_iter().filter(|what| what.contains("old")).collect();
    assert_eq!(removed, ["ConfigMap/old", "Deployment/old", "Service/old"]);
}

#[test]
fn a_pod_for_which_no_node_has_room_is_named_with_its_reason() {
    let kit = Kit::started();
    kit.tell("held-db", "Unschedulable");
    kit.up(&["--timeout", "1"])
        .with(1)
        .saying("db is not ready after 1 s, which is the --timeout (Unschedulable; the node is short");
    kit.never_called("manifests/web.yaml");
}

#[test]
fn two_at_once_do_not_mix() {
    let kit = Kit::started();
    kit.tell("held-db", "-");
    // Its patience is longer than the two calls below take on a machine under load.
    let mut child = kit.command("k8s/scripts/k8s-up.sh", &["--timeout", "600"]).spawn().unwrap();
    wait(|| kit.calls().contains("applied db.yaml"), || child.try_wait().unwrap().is_none());
    kit.up(&[]).with(1).saying("another run of this kit is under way (k8s-up.sh, process ");
    kit.suite(&[]).with(1).saying("nothing was changed");
    signal(child, "INT").with(130);
    fs::remove_file(kit.fake("held-db")).unwrap();
    kit.up(&[]).with(0);
}

#[test]
fn a_cluster_that_dies_meanwhile_is_told_of() {
    let kit = Kit::started();
    kit.tell("held-db", "-");
    let mut child = kit.command("k8s/scripts/k8s-up.sh", &["--no-wait"]).spawn().unwrap();
    wait(|| kit.calls().contains("applied namespace.yaml"), || child.try_wait().unwrap().is_none());
    fs::remove_file(kit.fake("clusters")).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_ne!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("was refused"), "{output:?}");
}
