//! Invalid ports (above 65535, or 0) in every notation. Each is rejected with its location.

use std::fs;

use crate::golden;

/// The exit status and the report for a service with these lines.
fn translate(lines: &str, overrides: &str) -> (i32, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let compose = format!("services:\n  web:\n    image: nginx\n    {lines}\n");
    fs::write(folder.path().join("compose.yaml"), compose).expect("a file can be written");
    fs::write(folder.path().join("overrides.yaml"), overrides).expect("a file can be written");
    let mut arguments = vec!["compose.yaml", "-o", "k8s/manifests", "--format", "short"];
    if !overrides.is_empty() {
        arguments.extend(["--overrides", "overrides.yaml"]);
    }
    let ran = golden::run(folder.path(), &arguments);
    (ran.status, ran.stdout + &ran.stderr)
}

#[test]
fn ports_above_65535_are_rejected_with_location() {
    let above = "above 65535, the last port";
    for (lines, column, words) in [
        (r#"ports: ["70000:80"]"#, 13, above),
        (r#"ports: ["80:70000"]"#, 13, above),
        (r#"ports: ["127.0.0.1:70000:80/udp"]"#, 13, above),
        (r#"ports: ["65530-65540:1-11"]"#, 13, above),
        (r#"ports: ["1-11:65530-65540"]"#, 13, above),
        ("ports: [70000]", 13, above),
        ("ports: [{target: 70000}]", 22, "its `target` is not a port from 1 to 65535"),
        (r#"ports: [{target: 80, published: "70000"}]"#, 37, above),
        ("ports: [{target: 80, published: 70000}]", 37, above),
        (r#"ports: [{target: 80, published: "65530-65540"}]"#, 37, above),
        (r#"ports: [{target: 80, published: "90-80"}]"#, 37, "`90-80` ends before it begins"),
        (r#"expose: ["70000"]"#, 14, above),
        ("expose: [70000]", 14, above),
        (r#"expose: ["65530-65540/udp"]"#, 14, above),
        (r#"expose: ["99999999999999999999"]"#, 14, above),
    ] {
        let (status, report) = translate(lines, "");
        assert_eq!(status, 2, "{lines}: {report}");
        assert!(report.contains(&format!("compose.yaml:4:{column}")) && report.contains(words), "{lines}: {report}");
    }
}

#[test]
fn the_location_is_in_the_file_with_the_port() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file can be written");
    write("compose.yaml", "services: {web: {image: nginx, ports: ['80:80']}}\n");
    write("more.yaml", "services: {web: {ports: ['81:70000']}}\n");
    let ran = golden::run(folder.path(), &["compose.yaml", "more.yaml", "-o", "k8s", "--format", "short"]);
    assert_eq!(ran.status, 2);
    let report = ran.stdout + &ran.stderr;
    assert!(report.contains("more.yaml:1:26") && !report.contains("compose.yaml:1:"), "{report}");
}

#[test]
fn port_0_is_invalid_in_a_container_and_any_port_on_the_host() {
    for (lines, words) in [
        ("ports: [{target: 0}]", "its `target` is not a port from 1 to 65535"),
        (r#"ports: ["80:0"]"#, "its `target` is not a port from 1 to 65535"),
        (r#"ports: ["10-15:0-5"]"#, "its `target` is not a port from 1 to 65535"),
        (r#"expose: ["0"]"#, "`0` is not a port to expose: the first one is 1"),
        (r#"expose: ["0-3"]"#, "`0-3` is not a port to expose: the first one is 1"),
        (r#"ports: ["0-9:80"]"#, "a range of ports of the host begins at 1"),
        (r#"ports: [{target: 80, published: "0-9"}]"#, "a range of ports of the host begins at 1"),
    ] {
        let (status, report) = translate(lines, "");
        assert_eq!(status, 2, "{lines}: {report}");
        assert!(report.contains("compose.yaml:4:") && report.contains(words), "{lines}: {report}");
    }
    // Docker chooses the host port, as if none were given.
    for lines in
        [r#"ports: ["0:80"]"#, "ports: [{target: 80, published: 0}]", r#"ports: [{target: 80, published: "0"}]"#]
    {
        let (status, report) = translate(lines, "");
        assert_eq!(status, 0, "{lines}: {report}");
        assert!(report.contains("lower::port_not_published"), "{lines}: {report}");
    }
}

#[test]
fn ports_in_the_overrides_have_the_same_limits() {
    for (port, words) in [("70000", "70000"), ("0", "0 stands where a port from 1 to 65535 is expected"), ("-1", "-1")]
    {
        let (status, report) =
            translate("restart: always", &format!("services:\n  web:\n    ports: [{{port: {port}}}]\n"));
        assert_eq!(status, 2, "{port}: {report}");
        assert!(report.contains("overrides.yaml:3:") && report.contains(words), "{port}: {report}");
    }
}
