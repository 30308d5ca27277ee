//! The cluster: made, recognised, refused, taken away.

use std::fs;

use super::kit::{Kit, signal, wait};

#[test]
fn a_missing_tool_is_named_with_how_to_install_it() {
    for (tool, where_from) in [
        ("kind", "kind.sigs.k8s.io"),
        ("kubectl", "kubernetes.io/docs/tasks/tools"),
        ("docker", "docs.docker.com/engine/install"),
    ] {
        let kit = Kit::new();
        kit.remove_tool(tool);
        for ended in [kit.up(&[]), kit.suite(&[]), kit.down(&[]), kit.logs(&[])] {
            ended.with(1).saying(&format!("{tool} is needed and was not found. To install it: ")).saying(where_from);
        }
        assert_eq!(kit.calls(), "");
    }
}

#[test]
fn an_old_tool_or_a_silent_engine_is_named_before_anything_is_made() {
    let kit = Kit::new();
    kit.tell("kubectl-version", "1.19.3");
    kit.up(&[]).with(1).saying("kubectl is version 1.19.3, and 1.24 or newer is needed");
    fs::remove_file(kit.fake("kubectl-version")).unwrap();
    kit.tell("kind-version", "0.11.1");
    kit.up(&[]).with(1).saying("kind is version 0.11.1, and 0.27 or newer is needed");
    fs::remove_file(kit.fake("kind-version")).unwrap();
    kit.tell("engine-down", "");
    kit.up(&[]).with(1).saying("the Docker engine does not answer: Cannot connect to the Docker daemon");
    kit.never_called("create cluster");
}

#[test]
fn the_users_own_kubeconfig_is_neither_read_nor_changed() {
    // The stand-in ends with 98 when a call names no kubeconfig and context of its own.
    let mut kit = Kit::new();
    let own = kit.home().join("own");
    fs::write(&own, "current-context: another").unwrap();
    kit.environment.push(("KUBECONFIG", own.display().to_string()));
    kit.up(&[]).with(0);
    kit.suite(&[]).with(0);
    kit.run(&["db"]).with(127);
    kit.logs(&[]).with(0);
    kit.down(&["--keep-volumes"]).with(0);
    kit.down(&[]).with(0);
    assert_eq!(fs::read_to_string(own).unwrap(), "current-context: another");
    assert!(!kit.home().join(".kube").exists());
    for line in kit.calls().lines().filter(|line| line.starts_with("kind create") || line.starts_with("kind delete")) {
        assert!(line.contains("--kubeconfig "), "{line}");
    }
}

#[test]
fn a_cluster_that_nobody_marked_is_left_alone() {
    let kit = Kit::new();
    kit.tell("clusters", "shop\n");
    for ended in [kit.up(&[]), kit.suite(&[]), kit.down(&[]), kit.logs(&[])] {
        ended.with(1).saying("the kind cluster \"shop\" was not made by this kit and is left alone");
    }
    kit.never_called("delete");
    kit.never_called("apply");
}

#[test]
fn a_cluster_of_another_checkout_is_refused_and_can_be_taken_away() {
    let kit = Kit::started();
    kit.tell("mark/checkout", "/elsewhere/shop");
    kit.up(&[])
        .with(1)
        .saying("shows the checkout /elsewhere/shop, not this one")
        .saying("k8s-down.sh', then this again");
    kit.never_called("apply");
    kit.down(&[]).with(0).saying("shows the checkout /elsewhere/shop");
    kit.called_in_order(&["kind delete cluster --name shop"]);
}

#[test]
fn a_changed_cluster_is_shown_and_refused_but_a_changed_comment_is_not() {
    let kit = Kit::started();
    let config = kit.project().join("k8s/cluster/kind-config.yaml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("# A comment.", "# Another comment.\n")).unwrap();
    kit.up(&[]).with(0);
    fs::write(&config, text.replace("v1.36.1", "v1.37.0")).unwrap();
    let ended = kit.up(&[]).with(1);
    let ended = ended.saying("<     image: kindest/node:v1.36.1").saying(">     image: kindest/node:v1.37.0");
    ended.saying("the databases in it go with it");
}

#[test]
fn kind_starts_in_the_kits_folder_because_relative_paths_begin_there() {
    let kit = Kit::new();
    kit.up(&[]).with(0);
    let kit_folder = fs::canonicalize(kit.project().join("k8s")).unwrap();
    assert_eq!(kit.told("created-in").trim_end(), kit_folder.display().to_string());
    assert!(kit.project().join("a folder").is_dir(), "a missing bind source is made");
}

#[test]
fn a_taken_port_is_named_with_its_holder_before_anything_starts() {
    let kit = Kit::new();
    kit.tell("port-holder", "the container shop-web-1 of the Compose project shop (docker compose down stops it)\n");
    let ended = kit.up(&[]).with(1);
    ended.saying("port 8080/tcp of this machine, which web_app publishes, is taken by the container shop-web-1 of the Compose project shop");
    kit.never_called("create cluster");
    // A program, found without docker, ss and lsof.
    let kit = Kit::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let table = kit.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replace("published 8080", &format!("published {port}"))).unwrap();
    kit.up(&[])
        .with(1)
        .saying(&format!("port {port}/tcp of this machine, which web_app publishes, is taken by a program"));
}

#[test]
fn a_cluster_that_cannot_be_made_leaves_nothing() {
    let kit = Kit::new();
    kit.tell("failing-create", "");
    kit.up(&[]).with(1).saying("no space left").saying("kind could not create the cluster");
    kit.called_in_order(&["kind create", "kind delete cluster --name shop"]);
    assert!(!kit.fake("clusters").exists());
}

#[test]
fn an_interrupt_while_the_cluster_is_made_takes_it_away() {
    for name in ["INT", "TERM"] {
        let kit = Kit::new();
        kit.tell("slow-create", "");
        let mut child = kit.command("suite.sh", &[]).spawn().unwrap();
        wait(|| kit.fake("clusters").exists(), || child.try_wait().unwrap().is_none());
        let ended = signal(child, name).with(if name == "INT" { 130 } else { 143 });
        ended.saying("taking the unfinished cluster \"shop\" away");
        assert!(!kit.fake("clusters").exists());
    }
}

#[test]
fn a_cluster_that_a_killed_script_began_is_made_again() {
    let kit = Kit::new();
    kit.tell("slow-create", "");
    let mut child = kit.command("k8s/scripts/k8s-up.sh", &[]).spawn().unwrap();
    wait(|| kit.fake("clusters").exists(), || child.try_wait().unwrap().is_none());
    signal(child, "KILL");
    fs::remove_file(kit.fake("slow-create")).unwrap();
    kit.up(&[]).with(0).saying("taking the unfinished cluster \"shop\" away");
    kit.called_in_order(&["kind delete cluster", "kind create cluster", "create configmap compose2k8s"]);
}

#[test]
fn a_node_that_was_stopped_is_started() {
    let kit = Kit::started();
    kit.tell("stopped", "");
    fs::remove_file(kit.home().join(".local/state/compose2k8s/shop/kubeconfig")).unwrap();
    kit.up(&[]).with(0).saying("starting the stopped node");
    kit.called_in_order(&["docker start shop-control-plane", "kind export kubeconfig --name shop --kubeconfig "]);
}

#[test]
fn down_takes_away_what_it_says() {
    let kit = Kit::started();
    kit.down(&["--keep-volumes"]).with(0);
    kit.called_in_order(&["patch configmap coredns", "delete deployments"]);
    kit.never_called("persistentvolumeclaims");
    kit.never_called("delete namespace");
    assert!(!kit.told("corefile").contains("consul"));
    kit.up(&[]).with(0);
    kit.forget_calls();
    kit.down(&["--keep-cluster"]).with(0);
    kit.called_in_order(&["patch configmap coredns", "delete namespace shop"]);
    kit.never_called("kind delete");
    kit.down(&["--volumes"]).with(0);
    kit.called_in_order(&["kind delete cluster --name shop"]);
    kit.down(&[]).with(0).saying("there is no cluster \"shop\"");
    kit.down(&["--frob"]).with(2);
    kit.down(&["-v", "--keep-volumes"]).with(2);
}

#[test]
fn help_is_given_without_any_tool() {
    let kit = Kit::new();
    for tool in ["kind", "kubectl", "docker"] {
        kit.remove_tool(tool);
    }
    for ended in [kit.up(&["-h"]), kit.down(&["--help"]), kit.run(&["-h"]), kit.logs(&["--help"])] {
        assert!(ended.with(0).stdout.starts_with("usage: k8s-"));
    }
}
