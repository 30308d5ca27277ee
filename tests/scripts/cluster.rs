//! Creating, recognising, rejecting and deleting the cluster.

use std::fs;

use super::sandbox::{Sandbox, signal, wait};

#[test]
fn a_missing_tool_is_named_with_how_to_install_it() {
    for (tool, where_from) in [
        ("kind", "kind.sigs.k8s.io"),
        ("kubectl", "kubernetes.io/docs/tasks/tools"),
        ("docker", "docs.docker.com/engine/install"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.remove_tool(tool);
        for exit in [sandbox.up(&[]), sandbox.suite(&[]), sandbox.down(&[]), sandbox.logs(&[])] {
            exit.exits_with(1)
                .reports(&format!("{tool} is needed and was not found. To install it: "))
                .reports(where_from);
        }
        assert_eq!(sandbox.calls(), "");
    }
}

#[test]
fn old_tools_and_a_stopped_engine_are_reported_first() {
    let sandbox = Sandbox::new();
    sandbox.set_fake("kubectl-version", "1.19.3");
    sandbox.up(&[]).exits_with(1).reports("kubectl is version 1.19.3, and 1.24 or newer is needed");
    fs::remove_file(sandbox.fake("kubectl-version")).unwrap();
    sandbox.set_fake("kind-version", "0.11.1");
    sandbox.up(&[]).exits_with(1).reports("kind is version 0.11.1, and 0.27 or newer is needed");
    fs::remove_file(sandbox.fake("kind-version")).unwrap();
    sandbox.set_fake("engine-down", "");
    sandbox.up(&[]).exits_with(1).reports("the Docker engine does not answer: Cannot connect to the Docker daemon");
    sandbox.never_called("create cluster");
}

#[test]
fn the_kubeconfig_of_the_user_is_not_used() {
    // The fake kubectl exits with 98 if a call does not set kubeconfig and context.
    let mut sandbox = Sandbox::new();
    let own = sandbox.home().join("own");
    fs::write(&own, "current-context: another").unwrap();
    sandbox.environment.push(("KUBECONFIG", own.display().to_string()));
    sandbox.up(&[]).exits_with(0);
    sandbox.suite(&[]).exits_with(0);
    sandbox.run(&["db"]).exits_with(127);
    sandbox.logs(&[]).exits_with(0);
    sandbox.down(&[]).exits_with(0);
    sandbox.down(&["--cluster"]).exits_with(0);
    assert_eq!(fs::read_to_string(own).unwrap(), "current-context: another");
    assert!(!sandbox.home().join(".kube").exists());
    for line in
        sandbox.calls().lines().filter(|line| line.starts_with("kind create") || line.starts_with("kind delete"))
    {
        assert!(line.contains("--kubeconfig "), "{line}");
    }
}

#[test]
fn an_unmarked_cluster_is_not_changed() {
    let sandbox = Sandbox::new();
    sandbox.set_fake("clusters", "shop\n");
    for exit in [sandbox.up(&[]), sandbox.suite(&[]), sandbox.down(&[]), sandbox.logs(&[])] {
        exit.exits_with(1).reports("the kind cluster \"shop\" was not made by this kit and is left alone");
    }
    sandbox.never_called("delete");
    sandbox.never_called("apply");
}

#[test]
fn a_cluster_of_another_checkout_is_rejected_but_can_be_deleted() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("mark/checkout", "/elsewhere/shop");
    sandbox
        .up(&[])
        .exits_with(1)
        .reports("shows the checkout /elsewhere/shop, not this one")
        .reports("k8s-down.sh' --cluster --volumes, then run this again");
    sandbox.never_called("apply");
    sandbox.down(&["--cluster"]).exits_with(0).reports("shows the checkout /elsewhere/shop");
    sandbox.called_in_order(&["kind delete cluster --name shop"]);
}

#[test]
fn a_changed_kind_configuration_is_rejected_unless_only_a_comment_changed() {
    let sandbox = Sandbox::started();
    let config = sandbox.project().join("k8s/cluster/kind-config.yaml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("# A comment.", "# Another comment.\n")).unwrap();
    sandbox.up(&[]).exits_with(0);
    fs::write(&config, text.replace("v1.36.1", "v1.37.0")).unwrap();
    let exit = sandbox.up(&[]).exits_with(1);
    let exit = exit.reports("<     image: kindest/node:v1.36.1").reports(">     image: kindest/node:v1.37.0");
    exit.reports("That deletes its volumes");
}

#[test]
fn zones_of_version_0_1_0_are_removed_from_the_dns_of_the_cluster_once() {
    let sandbox = Sandbox::started();
    let others = "# compose2k8s other: begin\nexample.org {\n}\n# compose2k8s other: end";
    let own = "# compose2k8s shop: begin\nconsul:53 {\n}\n# compose2k8s shop: end";
    sandbox.set_fake("corefile", &format!(".:53 {{\n    errors\n}}\n{own}\n{others}\n"));
    sandbox.up(&[]).exits_with(0).reports("which compose2k8s 0.1.0 added, from the DNS of the cluster");
    let indented = format!(".:53 {{\n    errors\n}}\n{others}").replace('\n', "\n    ");
    assert_eq!(sandbox.fake_text("corefile").trim_end(), format!("data:\n  Corefile: |2\n    {indented}"));
    sandbox.called_in_order(&["patch configmap coredns", "rollout restart deployment/coredns", "rollout status"]);
    sandbox.clear_calls();
    sandbox.up(&[]).exits_with(0);
    sandbox.never_called("configmap coredns");
}

#[test]
fn kind_runs_in_the_output_folder() {
    let sandbox = Sandbox::new();
    sandbox.up(&[]).exits_with(0);
    let output_folder = fs::canonicalize(sandbox.project().join("k8s")).unwrap();
    assert_eq!(sandbox.fake_text("created-in").trim_end(), output_folder.display().to_string());
    assert!(sandbox.project().join("a folder").is_dir(), "a missing bind source is made");
}

/// A sandbox whose project is in the cluster `shop` of another project, which has the given configuration.
fn in_shared_cluster(config: &str, checkout: &str) -> Sandbox {
    let sandbox = Sandbox::started();
    let table = sandbox.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(table, text.replace("namespace=shop", "namespace=second")).unwrap();
    sandbox.set_fake("mark/kind-config", config);
    if !checkout.is_empty() {
        sandbox.set_fake("mark/checkout", checkout);
    }
    sandbox
}

const SHARED: &str = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: shop\nnodes:\n  - role: control-plane\n    \
                      image: kindest/node:v1.36.1\n    extraMounts:\n      - hostPath: ..\n        containerPath: /project\n";

#[test]
fn a_shared_cluster_may_have_more_than_a_project_needs() {
    let more = format!("{SHARED}    extraPortMappings:\n      - hostPort: 80\n        containerPort: 30000\n");
    let sandbox = in_shared_cluster(&more, "");
    sandbox.up(&[]).exits_with(0);
    sandbox.called_in_order(&["--namespace second"]);
}

#[test]
fn what_a_shared_cluster_lacks_is_named() {
    let sandbox = in_shared_cluster(SHARED, "");
    let config = sandbox.project().join("k8s/cluster/kind-config.yaml");
    let text = fs::read_to_string(&config).unwrap();
    let ports = "    extraPortMappings:\n      - hostPort: 80\n        containerPort: 30000\n      - hostPort: 81\n        containerPort: 30001\n";
    fs::write(&config, format!("{}{ports}", text.replace("v1.36.1", "v1.37.0"))).unwrap();
    let exit = sandbox.up(&[]).exits_with(1).reports("\"shop\" lacks: port hostPort: 80, containerPort: 30000");
    let exit = exit.reports("lacks: port hostPort: 81, containerPort: 30001");
    exit.reports("lacks: setting     image: kindest/node:v1.37.0").reports("node-image");
    sandbox.never_called("apply");
}

#[test]
fn a_project_in_another_directory_shares_a_cluster_without_its_directory() {
    let sandbox = in_shared_cluster(SHARED, "/elsewhere");
    sandbox.up(&[]).exits_with(0);
    let manifest = sandbox.project().join("k8s/manifests/web.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, format!("{text}          hostPath:\n            path: /project/data\n")).unwrap();
    let exit = sandbox.up(&[]).exits_with(1);
    exit.reports("lacks: mount hostPath: .., containerPath: /project").reports("the project of /elsewhere created");
}

#[test]
fn ranges_of_fixed_addresses_are_ready_before_services_have_them() {
    let sandbox = Sandbox::started();
    let namespace = sandbox.project().join("k8s/manifests/namespace.yaml");
    let text = fs::read_to_string(&namespace).unwrap();
    let range = "---\napiVersion: networking.k8s.io/v1\nkind: ServiceCIDR\nmetadata:\n  name: shop-10-9-0-0-24\n";
    fs::write(&namespace, format!("{text}{range}")).unwrap();
    sandbox.up(&[]).exits_with(0);
    sandbox.called_in_order(&["applied namespace.yaml", "wait servicecidr/shop-10-9-0-0-24", "applied web.yaml"]);
}

#[test]
fn a_cluster_with_other_projects_is_not_deleted() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("projects", "shop\nsecond\n");
    sandbox.down(&["--cluster"]).exits_with(1).reports("also has the projects second");
    sandbox.never_called("kind delete");
}

#[test]
fn a_port_in_use_is_reported_before_the_start() {
    let sandbox = Sandbox::new();
    sandbox.set_fake(
        "port-holder",
        "the container shop-web-1 of the Compose project shop (docker compose down stops it)\n",
    );
    let exit = sandbox.up(&[]).exits_with(1);
    exit.reports("port 8080/tcp of this machine, which web_app publishes, is taken by the container shop-web-1 of the Compose project shop");
    sandbox.never_called("create cluster");
    // A process that uses the port is detected without docker, ss and lsof.
    let sandbox = Sandbox::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let table = sandbox.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text.replace("published 8080", &format!("published {port}"))).unwrap();
    sandbox
        .up(&[])
        .exits_with(1)
        .reports(&format!("port {port}/tcp of this machine, which web_app publishes, is taken by a program"));
}

#[test]
fn a_failed_cluster_creation_leaves_no_cluster() {
    let sandbox = Sandbox::new();
    sandbox.set_fake("failing-create", "");
    sandbox.up(&[]).exits_with(1).reports("no space left").reports("kind could not create the cluster");
    sandbox.called_in_order(&["kind create", "kind delete cluster --name shop"]);
    assert!(!sandbox.fake("clusters").exists());
}

#[test]
fn an_interrupt_during_cluster_creation_deletes_the_cluster() {
    for name in ["INT", "TERM"] {
        let sandbox = Sandbox::new();
        sandbox.set_fake("slow-create", "");
        let mut child = sandbox.command("suite.sh", &[]).spawn().unwrap();
        wait(|| sandbox.fake("clusters").exists(), || child.try_wait().unwrap().is_none());
        let exit = signal(child, name).exits_with(if name == "INT" { 130 } else { 143 });
        exit.reports("taking the unfinished cluster \"shop\" away");
        assert!(!sandbox.fake("clusters").exists());
    }
}

#[test]
fn an_incomplete_cluster_is_recreated() {
    let sandbox = Sandbox::new();
    sandbox.set_fake("slow-create", "");
    let mut child = sandbox.command("k8s/scripts/k8s-up.sh", &[]).spawn().unwrap();
    wait(|| sandbox.fake("clusters").exists(), || child.try_wait().unwrap().is_none());
    signal(child, "KILL");
    fs::remove_file(sandbox.fake("slow-create")).unwrap();
    sandbox.up(&[]).exits_with(0).reports("taking the unfinished cluster \"shop\" away");
    sandbox.called_in_order(&["kind delete cluster", "kind create cluster", "create configmap compose2k8s"]);
}

#[test]
fn a_stopped_node_is_started() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("stopped", "");
    fs::remove_file(sandbox.home().join(".local/state/compose2k8s/shop/kubeconfig")).unwrap();
    sandbox.up(&[]).exits_with(0).reports("starting the stopped node");
    sandbox.called_in_order(&["docker start shop-control-plane", "kind export kubeconfig --name shop --kubeconfig "]);
}

#[test]
fn down_deletes_what_its_options_say() {
    let sandbox = Sandbox::started();
    sandbox.down(&[]).exits_with(0);
    sandbox.called_in_order(&["delete deployments"]);
    sandbox.never_called("persistentvolumeclaims");
    sandbox.never_called("delete namespace");
    sandbox.up(&[]).exits_with(0);
    sandbox.clear_calls();
    sandbox.down(&["--volumes"]).exits_with(0);
    sandbox.called_in_order(&["delete namespace shop"]);
    sandbox.never_called("kind delete");
    sandbox.down(&["--frob"]).exits_with(2);
    sandbox.down(&["--keep-volumes"]).exits_with(2).reports("--keep-volumes is the default");
    sandbox.down(&["--keep-cluster"]).exits_with(2).reports("kept unless --cluster is given");
}

#[test]
fn a_cluster_with_volumes_is_deleted_with_them_only() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("claims", "persistentvolumeclaim/data-db-0\n");
    sandbox.down(&["--cluster"]).exits_with(1).reports("data-db-0").reports("Add --volumes to delete both");
    sandbox.never_called("kind delete");
    sandbox.down(&["--cluster", "--volumes"]).exits_with(0).reports("data-db-0");
    sandbox.called_in_order(&["kind delete cluster --name shop"]);
    sandbox.down(&["--cluster"]).exits_with(0).reports("there is no cluster \"shop\"");
}

#[test]
fn a_cluster_whose_volumes_cannot_be_listed_is_not_deleted() {
    let sandbox = Sandbox::started();
    sandbox.set_fake("claims-refusal", "Error from server (Forbidden)\n");
    sandbox.down(&["--cluster", "--volumes"]).exits_with(1).reports("cannot be listed");
    sandbox.never_called("kind delete");
}

#[test]
fn help_needs_no_tools() {
    let sandbox = Sandbox::new();
    for tool in ["kind", "kubectl", "docker"] {
        sandbox.remove_tool(tool);
    }
    for exit in [sandbox.up(&["-h"]), sandbox.down(&["--help"]), sandbox.run(&["-h"]), sandbox.logs(&["--help"])] {
        assert!(exit.exits_with(0).stdout.starts_with("usage: k8s-"));
    }
}
