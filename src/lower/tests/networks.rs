use serde_json::json;

use super::{holds, made, made_with};
use crate::resolve::networks::Protocol;

#[test]
fn a_name_leads_to_the_container_itself() {
    let made = made("services: {web: {image: x, ports: ['8080:80', '53:53/udp'], expose: [9000]}}", "");
    holds(
        &made.object("Service/web"),
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
    holds(
        &made.container("web"),
        &json!({"ports": [
            {"containerPort": 80, "hostPort": 8080, "name": "tcp-80", "protocol": null},
            {"containerPort": 53, "hostPort": 53, "protocol": "UDP"},
        ]}),
    );
    // Docker opens the low ports to every user.
    holds(
        &made.pod("Deployment/web"),
        &json!({"securityContext": {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]}}),
    );
    let ports = &made.objects().cluster.ports;
    assert_eq!(
        ports.iter().map(|port| (port.host_port, port.container_port)).collect::<Vec<_>>(),
        [(8080, 80), (53, 53)]
    );
}

#[test]
fn further_names_are_further_services() {
    let made = made(
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
    let services: Vec<String> = made.names().into_iter().filter(|name| name.starts_with("Service/")).collect();
    assert_eq!(
        services,
        ["Service/db-1", "Service/thedatabase", "Service/db", "Service/store", "Service/sql", "Service/cache"]
    );
    let renames = &made.objects().cluster.renames;
    let renames: Vec<(&str, &str)> = renames.iter().map(|(asked, name)| (asked.as_str(), name.as_str())).collect();
    // Names of the DNS know no case: `TheDatabase` finds `thedatabase` by itself.
    assert_eq!(renames, [("db_1", "db-1")]);
    // Two services behind one alias are found by a label that both bear.
    let store = json!({"app.kubernetes.io/part-of": "shop", "compose2k8s/alias-store": "true"});
    assert_eq!(made.object("Service/store")["spec"]["selector"], store);
    for workload in ["Deployment/db-1", "Deployment/cache"] {
        holds(
            &made.object(workload)["spec"]["template"]["metadata"]["labels"],
            &json!({"compose2k8s/alias-store": "true"}),
        );
    }
}

#[test]
fn names_that_fall_together_are_refused() {
    let made = made("services:\n  a_b: {image: x}\n  a-b: {image: x}\n", "");
    assert_eq!(made.said("lower::name_collision"), ["service `a-b` and service `a_b` would both be the object `a-b`"]);
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
fn a_fixed_address_is_a_cluster_ip_and_the_pod_s_own() {
    let made = made(FIXED, "services: {web: {ports: [{port: 9395, because: Asked for its health.}]}}");
    holds(&made.object("Service/db"), &json!({"spec": {"clusterIP": "10.5.0.11", "ports": [{"port": 5432}]}}));
    holds(&made.object("Service/web"), &json!({"spec": {"clusterIP": "10.5.0.10", "ports": [{"port": 9395}]}}));
    holds(
        &made.pod("Deployment/web")["initContainers"],
        &json!([{
            "name": "addresses",
            "command": ["/bin/sh", "-ec", "ip address replace 10.5.0.10/32 dev lo\nip address replace 203.0.113.5/25 dev eth0\n"],
            "securityContext": {"runAsUser": 0, "capabilities": {"add": ["NET_ADMIN"]}},
        }]),
    );
    let fixed: Vec<String> =
        made.objects().plan.fixed.iter().map(|(name, address)| format!("{name} {address}")).collect();
    assert_eq!(fixed, ["web 10.5.0.10", "db 10.5.0.11"]);
    // 10.5.0.0/24 would put the cluster's DNS at 10.5.0.10.
    assert_eq!(made.objects().cluster.service_subnet.to_string(), "10.4.0.0/15");
}

#[test]
fn a_fixed_address_without_a_port_is_refused() {
    let made = made(FIXED, "");
    assert_eq!(
        made.said("lower::fixed_address_without_ports"),
        ["`web` has the fixed address `10.5.0.10` and no known port"]
    );
}

#[test]
fn modes_of_the_network() {
    let made = made(
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
        made.names(),
        ["Deployment/alone", "NetworkPolicy/alone", "Deployment/node", "Deployment/vpn", "Service/vpn",]
    );
    holds(
        &made.object("NetworkPolicy/alone"),
        &json!({"spec": {"policyTypes": ["Ingress", "Egress"], "ingress": null}}),
    );
    holds(
        &made.pod("Deployment/node"),
        &json!({"hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet", "dnsConfig": null}),
    );
    assert!(made.objects().cluster.ports.iter().any(|port| port.node_port == 7000 && port.protocol == Protocol::Tcp));
    holds(&made.pod("Deployment/vpn"), &json!({"containers": [{"name": "vpn"}, {"name": "guest", "image": "y"}]}));
    holds(
        &made.object("Deployment/vpn")["spec"]["template"]["metadata"]["annotations"],
        &json!({"compose2k8s/service": "vpn", "compose2k8s/service.guest": "guest", "compose2k8s/image.guest": "y"}),
    );
    assert_eq!(made.objects().plan.services.len(), 3);
}

#[test]
fn extra_hosts_are_grouped_by_address() {
    let made = made("services: {a: {image: x, extra_hosts: ['B.example:10.0.0.1', 'c:10.0.0.1', 'six:::1']}}", "");
    holds(
        &made.pod("Deployment/a"),
        &json!({"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["b.example", "c"]}, {"ip": "::1", "hostnames": ["six"]}]}),
    );
}

#[test]
fn the_docker_host_has_no_address_in_a_pod() {
    let compose = "services: {a: {image: x, extra_hosts: ['host.docker.internal:host-gateway']}}";
    assert_eq!(made(compose, "").said("lower::host_gateway").len(), 1);
    let accepted = made(compose, "accept: [{code: lower::host_gateway, service: a, reason: Only a debugger asks.}]");
    assert!(accepted.objects.is_some(), "{:?}", accepted.problems);
}

#[test]
fn dns_needs_a_choice() {
    let compose = "services: {a: {image: x, dns: 10.0.0.53, dns_search: corp.example, dns_opt: ['ndots:2', rotate]}}";
    assert_eq!(
        made(compose, "").said("lower::dns_choice"),
        ["`dns` of `a` asks `10.0.0.53` for what Docker does not know, which no pod can do"]
    );
    let replaced = made(compose, "services: {a: {dns: {as: replace, because: It asks for nothing else.}}}");
    holds(
        &replaced.pod("Deployment/a")["dnsConfig"],
        &json!({
            "nameservers": ["10.0.0.53"],
            "searches": ["corp.example"],
            "options": [{"name": "ndots", "value": "2"}, {"name": "rotate"}],
        }),
    );
}

#[test]
fn host_names_with_dots_are_whole_names() {
    let made = made("services: {a: {image: x, hostname: mail.example.org}, b: {image: x, hostname: b1}}", "");
    holds(&made.pod("Deployment/a"), &json!({"hostname": null, "hostnameOverride": "mail.example.org"}));
    holds(&made.pod("Deployment/b"), &json!({"hostname": "b1", "hostnameOverride": null}));
}

#[test]
fn a_host_name_that_no_pod_can_have_is_told_with_what_it_becomes() {
    let made = made("services: {a: {image: x, hostname: Web1}, b: {image: x, hostname: b_1}}", "");
    assert_eq!(
        made.said("lower::host_name"),
        [
            "the host name `Web1` of `a` is not one that a pod can have: the container is called `web1`",
            "the host name `b_1` of `b` is not one that a pod can have: the container has the name of its pod",
        ]
    );
    holds(&made.pod("Deployment/a"), &json!({"hostname": "web1"}));
    holds(&made.pod("Deployment/b"), &json!({"hostname": null}));
}

#[test]
fn replicas_share_the_port_that_is_published() {
    let made = made("services:\n  a:\n    image: x\n    scale: 2\n    ports: ['81', '80:80']\n", "");
    assert_eq!(made.places("lower::replicas_share_a_port"), ["5:19"]);
}

#[test]
fn one_port_of_the_host_is_one_service_s() {
    let refused = made("services: {a: {image: x, ports: ['80:80']}, b: {image: x, ports: ['80:8080']}}", "");
    assert_eq!(refused.said("lower::port_published_twice"), ["`b` and `a` both publish tcp port 80"]);
    let alone = made("services: {a: {image: x, ports: ['80:80', '80:8080']}}", "");
    assert_eq!(alone.said("lower::port_published_twice"), ["`a` publishes tcp port 80 twice"]);

    // A range has another; the control plane's own port on the node is not taken.
    let made = made(
        "services: {a: {image: x, ports: ['80-81:80', '6443:6443']}, b: {image: x, ports: ['80-81:80', '127.0.0.1:90:90']}}",
        "",
    );
    let ports: Vec<(u16, u16)> =
        made.objects().cluster.ports.iter().map(|port| (port.host_port, port.node_port)).collect();
    assert_eq!(ports, [(80, 80), (6443, 20000), (81, 81), (90, 90)]);
}

#[test]
fn services_of_two_profiles_may_share_a_port() {
    let compose = "services: {a: {image: x, ports: ['80:80']}, b: {image: x, ports: ['80:80'], profiles: [other]}}";
    let made = made_with(&[("compose.yaml", compose)], &[]);
    assert_eq!(made.objects().cluster.ports.len(), 1);
    holds(&made.container("b"), &json!({"ports": [{"hostPort": 80}]}));
}
