//! Output of `kubectl get -o yaml`: status, owners, managed fields and explicit defaults are no difference.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::golden::{self, root};

#[test]
fn objects_read_from_a_cluster_are_equivalent() {
    let live = root().join("fixtures/live");
    let ran = golden::run(&live, &["check", "compose.yaml", "--against", "cluster.yaml"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    // Through a pipe.
    let mut command = golden::program(&live);
    command.args(["check", "compose.yaml", "--against", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let text = fs::read(live.join("cluster.yaml")).expect("the fixture");
    child.stdin.take().expect("a pipe").write_all(&text).expect("the program reads");
    assert!(child.wait().expect("the program ends").success());
}

#[test]
fn an_edit_of_a_live_object_is_reported() {
    let live = root().join("fixtures/live");
    let text = fs::read_to_string(live.join("cluster.yaml")).expect("the fixture");
    for (from, to, code) in [
        ("value: hello", "value: other", "check::differs"),
        ("          - -U\n          - postgres\n        fail", "          - -U\n          - other\n        fail", ""),
        (
            "              - pg_isready\n              - -U",
            "              - pg_isready\n              - -u",
            "check::differs",
        ),
        (
            "mountPath: /var/lib/postgresql\n            name: data\n        dns",
            "mountPath: /elsewhere\n            name: data\n        dns",
            "check::missing",
        ),
        ("      server { listen 80; }", "      server { listen 81; }", "check::differs"),
        ("hostPort: 8080", "hostPort: 8081", "check::differs"),
    ] {
        assert!(text.contains(from), "{from}");
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::copy(live.join("compose.yaml"), folder.path().join("compose.yaml")).expect("a copy");
        fs::write(folder.path().join("live.yaml"), text.replace(from, to)).expect("a file can be written");
        let ran = golden::run(folder.path(), &["check", "compose.yaml", "--against", "live.yaml"]);
        // Pods that belong to a workload are not compared.
        assert_eq!(ran.status, i32::from(!code.is_empty()), "{to}: {}", ran.stderr);
        assert!(ran.stderr.contains(code), "{to}: {}", ran.stderr);
    }
}
