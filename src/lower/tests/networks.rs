use serde_json::json;

use super::{as_str, assert_contains, convert, convert_files};
use crate::resolve::networks::Protocol;

#[test]
fn a_service_name_resolves_to_the_pod() {
    let converted = convert("services: {web: {image: x, ports: ['8080:80', '53:53/udp'], expose: [9000]}}", "");
    assert_contains(
        &converted.object("Service/web"),
        &json!({"spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": true,
            "selector": {"app.kubernetes.io/name": "web", "app.kubernetes.io/part-of": "shop"},
            "ports": [
                {"name": "tcp-80", "port": 80, "targetPort": 80, "protocol": "TCP"},
                {"name": "udp-53", "port": 53, "protocol": "UDP"},
                {"name": "tcp-9000", "port": 9000},
            ],
        }}),
    );
    assert_contains(
        &converted.container("web"),
        &json!({"ports": [
            {"containerPort": 80, "hostPort": 8080, "name": "tcp-80", "protocol": null},
            {"containerPort": 53, "hostPort": 53, "protocol": "UDP"},
        ]}),
    );
    // Docker allows every user to bind low ports.
    assert_contains(
        &converted.pod("Deployment/web"),
        &json!({"securityContext": {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]}}),
    );
    let ports = &converted.objects().cluster.ports;
    assert_eq!(
        ports.iter().map(|port| (port.host_port, port.container_port)).collect::<Vec<_>>(),
        [(8080, 80), (53, 53)]
    );
}

#[test]
fn aliases_have_service_objects_of_their_own() {
    let converted = convert(
        r#"
services:
  db_1:
    image: x
    container_name: TheDatabase
    networks: {default: {aliases: [db, db_1, store]}}
  cache: {image: x, networks: {default: {aliases: [store]}}, links: ["db_1:sql"]}
"#,
        "",
    );
    let services: Vec<String> = converted.names().into_iter().filter(|name| name.starts_with("Service/")).collect();
    assert_eq!(
        services,
        [
            "Service/resolver",
            "Service/db-1",
            "Service/thedatabase",
            "Service/db",
            "Service/store",
            "Service/sql",
            "Service/cache"
        ]
    );
    // A common label selects the pods of two services with one alias.
    let store = json!({"app.kubernetes.io/part-of": "shop", "compose2k8s/alias-store": "true"});
    assert_eq!(converted.object("Service/store")["spec"]["selector"], store);
    for workload in ["Deployment/db-1", "Deployment/cache"] {
        assert_contains(
            &converted.object(workload)["spec"]["template"]["metadata"]["labels"],
            &json!({"compose2k8s/alias-store": "true"}),
        );
    }
}

#[test]
fn colliding_object_names_are_rejected() {
    let converted = convert("services:\n  a_b: {image: x}\n  a-b: {image: x}\n", "");
    assert_eq!(
        converted.messages("lower::name_collision"),
        ["service `a-b` and service `a_b` would both be the object `a-b`"]
    );
}

const FIXED: &str = r"
services:
  web:
    image: x
    networks:
      inner: {ipv4_address: 10.5.0.10}
      outer: {ipv4_address: 203.0.113.5}
  db: {image: x, expose: [5432], networks: {inner: {ipv4_address: 10.5.0.11}}}
networks:
  inner: {ipam: {config: [{subnet: 10.5.0.0/24}]}}
  outer: {ipam: {config: [{subnet: 203.0.113.0/25}]}}
";

#[test]
fn a_fixed_address_is_a_cluster_ip_and_on_the_pod_s_loopback_interface() {
    let converted = convert(FIXED, "services: {web: {ports: [{port: 9395, because: Asked for its health.}]}}");
    assert_contains(
        &converted.object("Service/db"),
        &json!({"spec": {"clusterIP": "10.5.0.11", "ports": [{"port": 5432}]}}),
    );
    assert_contains(
        &converted.object("Service/web"),
        &json!({"spec": {"clusterIP": "10.5.0.10", "ports": [{"port": 9395}]}}),
    );
    assert_contains(
        &converted.pod("Deployment/web")["initContainers"],
        &json!([{
            "name": "addresses",
            "command": ["/bin/sh", "-ec", "ip address replace 10.5.0.10/32 dev lo\nip address replace 203.0.113.5/25 dev eth0\n"],
            "securityContext": {"runAsUser": 0, "capabilities": {"add": ["NET_ADMIN"]}},
        }]),
    );
    let fixed: Vec<String> =
        converted.objects().plan.fixed.iter().map(|(name, address)| format!("{name} {address}")).collect();
    assert_eq!(fixed, ["web 10.5.0.10", "db 10.5.0.11"]);
    // With 10.5.0.0/24, the cluster's DNS would be at 10.5.0.10.
    assert_eq!(converted.objects().cluster.service_subnet.to_string(), "10.4.0.0/15");
}

#[test]
fn fixed_addresses_of_a_network_are_routes_if_a_service_has_no_known_port() {
    let converted = convert(FIXED, "helper-image: {image: 'other:1', because: It is there.}");
    assert_eq!(
        converted.messages("lower::routed_address"),
        ["web", "db"].map(|service| format!(
            "the fixed address of `{service}` is a route on the node, set by a privileged init container: NetworkPolicies do not \
             cover it, and the name resolves to the pod's own address"
        ))
    );
    // The overrides cannot replace the image of a privileged container.
    let init = converted.pod("Deployment/db")["initContainers"][0].clone();
    assert!(as_str(&init["image"]).starts_with("busybox:1.37.0@sha256:"), "{init}");
    assert_contains(
        &init,
        &json!({"name": "routes", "securityContext": {"privileged": true, "runAsUser": 0}, "env": [
            {"name": "ADDRESSES", "value": "10.5.0.11"},
            {"name": "POD_ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        ]}),
    );
    assert_eq!(converted.object("Service/db")["spec"]["clusterIP"], "None");
    assert!(converted.objects().plan.fixed.is_empty());
    assert_eq!(converted.objects().cluster.service_subnet.to_string(), "10.96.0.0/16");
    // The service proxy rejects addresses of the service subnet that no Service has.
    let inside = convert(&FIXED.replace("10.5.0.", "10.96.0."), "").objects().cluster.service_subnet;
    assert!(!inside.contains(&std::net::Ipv4Addr::new(10, 96, 0, 10)), "{inside}");
    let refused = convert(FIXED, "networks: {inner: {addresses: service, because: They are ClusterIPs.}}");
    assert_eq!(
        refused.messages("lower::fixed_address_without_ports"),
        ["`web` has the fixed address `10.5.0.10` and no known port, and the overrides make it a ClusterIP"]
    );
}

#[test]
fn network_modes_set_host_network_policies_and_shared_pods() {
    let converted = convert(
        r#"
services:
  alone: {image: x, network_mode: none}
  node: {image: x, network_mode: host}
  vpn: {image: x, ports: ["9000:9000"]}
  guest: {image: y, network_mode: "service:vpn", tmpfs: [/tmp]}
"#,
        "services: {node: {ports: [{port: 7000}]}}",
    );
    assert_eq!(
        converted.names(),
        ["Deployment/alone", "NetworkPolicy/alone", "Deployment/node", "Deployment/vpn", "Service/vpn",]
    );
    assert_contains(
        &converted.object("NetworkPolicy/alone"),
        &json!({"spec": {"policyTypes": ["Ingress", "Egress"], "ingress": null}}),
    );
    assert_contains(
        &converted.pod("Deployment/node"),
        &json!({"hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet", "dnsConfig": null}),
    );
    assert!(
        converted.objects().cluster.ports.iter().any(|port| port.node_port == 7000 && port.protocol == Protocol::Tcp)
    );
    assert_contains(
        &converted.pod("Deployment/vpn"),
        &json!({"containers": [{"name": "vpn"}, {"name": "guest", "image": "y"}]}),
    );
    assert_contains(
        &converted.object("Deployment/vpn")["spec"]["template"]["metadata"]["annotations"],
        &json!({"compose2k8s/service": "vpn", "compose2k8s/service.guest": "guest", "compose2k8s/image.guest": "y"}),
    );
    assert_eq!(converted.objects().plan.services.len(), 3);
}

#[test]
fn extra_hosts_are_grouped_by_address() {
    let converted =
        convert("services: {a: {image: x, extra_hosts: ['B.example:10.0.0.1', 'c:10.0.0.1', 'six:::1']}}", "");
    assert_contains(
        &converted.pod("Deployment/a"),
        &json!({"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["b.example", "c"]}, {"ip": "::1", "hostnames": ["six"]}]}),
    );
}

#[test]
fn host_gateway_is_a_placeholder_that_an_annotation_names() {
    let hosts = |hosts: &str| {
        let compose = format!("services: {{a: {{image: x, extra_hosts: [{hosts}]}}}}");
        let template = convert(&compose, "").object("Deployment/a")["spec"]["template"].clone();
        (
            template["spec"]["hostAliases"].clone(),
            template["metadata"]["annotations"]["compose2k8s/host-gateway"].as_str().map(str::to_owned),
        )
    };
    let (aliases, address) = hosts("'host.docker.internal:host-gateway', 'b:192.0.2.7', 'c:172.17.0.1'");
    let expected = json!([
        {"ip": "172.17.0.1", "hostnames": ["host.docker.internal", "c"]},
        {"ip": "192.0.2.7", "hostnames": ["b"]},
    ]);
    assert_eq!((aliases, address), (expected, Some("172.17.0.1".to_owned())));
    let expected = json!([{"ip": "172.17.0.1", "hostnames": ["c"]}]);
    assert_eq!(hosts("'c:172.17.0.1'"), (expected, None));
}

#[test]
fn a_hostname_with_dots_is_a_hostname_override() {
    let converted = convert("services: {a: {image: x, hostname: mail.example.org}, b: {image: x, hostname: b1}}", "");
    assert_contains(&converted.pod("Deployment/a"), &json!({"hostname": null, "hostnameOverride": "mail.example.org"}));
    assert_contains(&converted.pod("Deployment/b"), &json!({"hostname": "b1", "hostnameOverride": null}));
}

#[test]
fn an_invalid_hostname_is_reported_with_its_replacement() {
    let converted = convert("services: {a: {image: x, hostname: Web1}, b: {image: x, hostname: b_1}}", "");
    assert_eq!(
        converted.messages("lower::host_name"),
        [
            "the host name `Web1` of `a` is not one that a pod can have: the container is called `web1`",
            "the host name `b_1` of `b` is not one that a pod can have: the container has the name of its pod",
        ]
    );
    assert_contains(&converted.pod("Deployment/a"), &json!({"hostname": "web1"}));
    assert_contains(&converted.pod("Deployment/b"), &json!({"hostname": null}));
}

#[test]
fn replicas_with_a_published_port_are_reported() {
    let converted = convert("services:\n  a:\n    image: x\n    scale: 2\n    ports: ['81', '80:80']\n", "");
    assert_eq!(converted.places("lower::replicas_share_a_port"), ["5:19"]);
}

#[test]
fn a_host_port_is_published_once() {
    let both = convert("services: {a: {image: x, ports: ['80:80']}, b: {image: x, ports: ['80:8080']}}", "");
    assert_eq!(
        both.messages("lower::port_published_twice"),
        ["the host's port 80/tcp is published by `a` and `b`, and is forwarded to `a` only"]
    );
    assert!(both.objects.is_some());
    let second = "services: {a: {image: x, ports: ['80:80'], depends_on: [b]}, b: {image: x, ports: ['80:8080']}}";
    assert_eq!(
        convert(second, "").messages("lower::port_published_twice"),
        ["the host's port 80/tcp is published by `b` and `a`, and is forwarded to `b` only"]
    );
    let alone = convert("services: {a: {image: x, ports: ['80:80', '80:8080']}}", "");
    assert_eq!(
        alone.messages("lower::port_published_twice"),
        [
            "the host's port 80/tcp is published by port 80 of `a` and port 8080 of `a`, and is forwarded to port 80 of `a` only"
        ]
    );

    // A range has another free port, and the control plane's port of the node is not used.
    let converted = convert(
        "services: {a: {image: x, ports: ['80-81:80', '6443:6443']}, b: {image: x, ports: ['80-81:80', '127.0.0.1:90:90']}}",
        "",
    );
    let ports: Vec<(u16, u16)> =
        converted.objects().cluster.ports.iter().map(|port| (port.host_port, port.node_port)).collect();
    assert_eq!(ports, [(80, 80), (6443, 20000), (81, 81), (90, 90)]);
}

#[test]
fn services_of_two_profiles_may_share_a_port() {
    let compose = "services: {a: {image: x, ports: ['80:80']}, b: {image: x, ports: ['80:80'], profiles: [other]}}";
    let converted = convert_files(&[("compose.yaml", compose)], &[]);
    assert_eq!(converted.objects().cluster.ports.len(), 1);
    assert_contains(&converted.container("b"), &json!({"ports": [{"hostPort": 80}]}));
}
