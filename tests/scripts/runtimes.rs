//! The runtime handlers that the node gets for RuntimeClasses of the project.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use super::sandbox::{Exit, Sandbox};

/// Whether the tests cannot run: the script for the node needs the programs of a node.
fn is_skipped() -> bool {
    let skipped = !cfg!(target_os = "linux") || !Path::new("/usr/bin/jq").exists();
    if skipped {
        println!("did not run: the host is not Linux, or has no jq");
    }
    skipped
}

/// A sandbox with a node: its containerd accepts every configuration unless the fake `refuses` exists.
fn with_node(version: u8) -> Sandbox {
    let sandbox = Sandbox::started();
    let node = sandbox.fake("node");
    fs::create_dir_all(node.join("bin")).unwrap();
    for (program, text) in [
        ("containerd", "[ ! -f \"$FAKE/refuses\" ] || { echo 'invalid config' >&2; exit 1; }"),
        ("systemctl", "echo \"systemctl $*\" >>\"$FAKE/calls\""),
        ("crictl", ":"),
    ] {
        let path = node.join("bin").join(program);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::write(node.join("config.toml"), format!("version = {version}\n\n[plugins]\n")).unwrap();
    let base = json!({
        "process": {"cwd": "/"},
        "linux": {"resources": {"devices": [{"allow": false, "access": "rwm"}]}, "namespaces": [{"type": "pid"}]},
    });
    fs::write(node.join("cri-base.json"), base.to_string()).unwrap();
    sandbox
}

/// Writes the RuntimeClasses of the project: the name and the changes of each.
fn set_classes(sandbox: &Sandbox, classes: &[(&str, Value)]) {
    let path = sandbox.project().join("k8s/manifests/namespace.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let mut text = text.split("---\napiVersion: node").next().unwrap_or_default().to_owned();
    for (name, changes) in classes {
        let changes = serde_json::to_string(&changes.to_string()).unwrap();
        text.push_str(&format!(
            "---\napiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: {name}\n  annotations:\n    \
             compose2k8s/runtime-spec: {changes}\nhandler: {name}\n"
        ));
    }
    fs::write(path, text).unwrap();
}

fn specification(sandbox: &Sandbox, name: &str) -> Value {
    serde_json::from_str(&sandbox.fake_text(&format!("node/compose2k8s/{name}.json"))).unwrap()
}

fn restarts(sandbox: &Sandbox) -> usize {
    sandbox.calls().matches("systemctl restart containerd\n").count()
}

fn up(sandbox: &Sandbox) -> Exit {
    sandbox.up(&["db"])
}

#[test]
fn handlers_are_derived_from_the_specification_of_the_node() {
    if is_skipped() {
        return;
    }
    for (version, plugin) in [(2, "io.containerd.grpc.v1.cri"), (3, "io.containerd.cri.v1.runtime")] {
        let sandbox = with_node(version);
        let limits = json!({"process": {"rlimits": [{"type": "RLIMIT_NOFILE", "hard": u64::MAX, "soft": 1024}]}});
        let rule = json!({"allow": true, "access": "r", "type": "c", "major": 7});
        let devices = json!({
            "devices": [{"source": "/dev/null", "target": "/dev/other", "access": "rw"}],
            "linux": {"resources": {"pids": {"limit": 50}, "devices": [rule]}},
        });
        set_classes(&sandbox, &[("shop-1", limits), ("shop-2", devices)]);
        up(&sandbox).exits_with(0).reports("] giving the node the runtime handlers of the project\n");
        assert_eq!(
            specification(&sandbox, "shop-1"),
            json!({
                "process": {"cwd": "/", "rlimits": [{"type": "RLIMIT_NOFILE", "hard": u64::MAX, "soft": 1024}]},
                "linux": {
                    "resources": {"devices": [{"allow": false, "access": "rwm"}]},
                    "namespaces": [{"type": "pid"}],
                    "devices": [],
                },
            })
        );
        let second = specification(&sandbox, "shop-2");
        let granted = json!({"allow": true, "access": "rw", "type": "c", "major": 1, "minor": 3});
        let resources = json!({
            "pids": {"limit": 50},
            "devices": [{"allow": false, "access": "rwm"}, {"allow": true, "access": "r", "type": "c", "major": 7}, granted],
        });
        assert_eq!(second["linux"]["resources"], resources);
        let device = json!({
            "path": "/dev/other", "type": "c", "major": 1, "minor": 3, "fileMode": 0o666, "uid": 0, "gid": 0
        });
        assert_eq!(second["linux"]["devices"], json!([device]));
        let config = sandbox.fake_text("node/config.toml");
        for name in ["shop-1", "shop-2"] {
            let table = format!(
                "[plugins.\"{plugin}\".containerd.runtimes.{name}]\n  runtime_type = \"io.containerd.runc.v2\"\n"
            );
            assert!(config.contains(&table), "{config}");
            let options =
                format!("  [plugins.\"{plugin}\".containerd.runtimes.{name}.options]\n    SystemdCgroup = true\n");
            assert!(config.contains(&options), "{config}");
        }
        assert!(
            config.starts_with(&format!("version = {version}\n\n[plugins]\n# compose2k8s shop: begin\n")),
            "{config}"
        );
    }
}

#[test]
fn a_changed_set_restarts_containerd_and_the_same_set_does_not() {
    if is_skipped() {
        return;
    }
    let sandbox = with_node(2);
    let limit = |number: u32| json!({"linux": {"resources": {"pids": {"limit": number}}}});
    set_classes(&sandbox, &[("shop-1", limit(1))]);
    up(&sandbox).exits_with(0);
    up(&sandbox).exits_with(0);
    assert_eq!(restarts(&sandbox), 1);
    set_classes(&sandbox, &[("shop-2", limit(2))]);
    up(&sandbox).exits_with(0);
    assert_eq!(restarts(&sandbox), 2);
    let config = sandbox.fake_text("node/config.toml");
    assert!(config.contains("runtimes.shop-2]") && !config.contains("shop-1"), "{config}");
    assert_eq!(config.matches("# compose2k8s shop: begin").count(), 1, "{config}");
    // The last RuntimeClass goes without a trace, and the cluster stays.
    set_classes(&sandbox, &[]);
    up(&sandbox).exits_with(0);
    assert!(!sandbox.fake_text("node/config.toml").contains("runtimes."));
    sandbox.never_called("kind delete");
}

#[test]
fn a_missing_device_and_a_refused_configuration_change_nothing() {
    if is_skipped() {
        return;
    }
    let sandbox = with_node(2);
    let before = sandbox.fake_text("node/config.toml");
    let device = json!({"devices": [{"source": "/dev/no such device", "target": "/dev/x", "access": "rwm"}]});
    set_classes(&sandbox, &[("shop-1", device)]);
    let exit = up(&sandbox).exits_with(1).reports("the node has no device /dev/no such device, which a service needs");
    exit.reports("the node does not take the runtime handlers of the project (above)");
    set_classes(&sandbox, &[("shop-1", json!({"linux": {"resources": {"pids": {"limit": 1}}}}))]);
    sandbox.set_fake("refuses", "");
    up(&sandbox).exits_with(1).reports("invalid config");
    assert_eq!(sandbox.fake_text("node/config.toml"), before);
    assert_eq!(restarts(&sandbox), 0);
    fs::remove_file(sandbox.fake("refuses")).unwrap();
    up(&sandbox).exits_with(0);
    assert_eq!(restarts(&sandbox), 1);
}
