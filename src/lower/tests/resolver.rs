use serde_json::{Value, json};

use super::{Converted, assert_contains, convert};

/// Returns the Corefile, or an empty string if there is no resolver.
fn corefile(converted: &Converted) -> String {
    let name = converted.names().into_iter().find(|name| name.starts_with("ConfigMap/resolver-"));
    let text = name.map(|name| converted.object(&name)["data"]["Corefile"].as_str().map(str::to_owned));
    text.flatten().unwrap_or_default()
}

fn dns_config(converted: &Converted, service: &str) -> Value {
    converted.pod(&format!("Deployment/{service}"))["dnsConfig"].clone()
}

#[test]
fn a_project_whose_names_are_names_of_services_has_no_resolver() {
    let converted = convert("services: {web: {image: x}, Db: {image: y, networks: {default: {aliases: [store]}}}}", "");
    assert_eq!(corefile(&converted), "");
    assert_eq!(dns_config(&converted, "web")["searches"], json!(["shop.svc.cluster.local"]));
    let asked = convert("services: {web: {image: x}}", "resolver: true");
    assert!(corefile(&asked).contains("rewrite name exact web. web.shop.svc.cluster.local.\n"));
}

#[test]
fn every_name_is_answered_exactly_and_nothing_below_it() {
    let converted = convert(
        "services:\n  db_1: {image: x, container_name: TheDatabase, networks: {default: {aliases: [www.example.com, pg]}}}\n  \
         1st: {image: x, networks: {default: {aliases: [pg]}}, links: ['db_1:sql']}\n",
        "",
    );
    let corefile = corefile(&converted);
    let names: Vec<&str> =
        corefile.lines().filter_map(|line| line.trim().strip_prefix("rewrite name exact ")).collect();
    assert_eq!(
        names,
        [
            "1st. s-1st.shop.svc.cluster.local.",
            "db_1. db-1.shop.svc.cluster.local.",
            "pg. pg.shop.svc.cluster.local.",
            "sql. sql.shop.svc.cluster.local.",
            "thedatabase. thedatabase.shop.svc.cluster.local.",
            "www.example.com. www-example-com.shop.svc.cluster.local.",
        ]
    );
    assert_contains(
        &dns_config(&converted, "db-1"),
        &json!({"nameservers": ["10.96.0.11"], "searches": null, "options": [{"name": "ndots", "value": "0"}]}),
    );
}

#[test]
fn an_alias_that_is_a_service_name_resolves_to_both() {
    let converted = convert("services: {a: {image: x}, b: {image: x, networks: {default: {aliases: [a]}}}}", "");
    assert!(corefile(&converted).contains("rewrite name exact a. a.shop.svc.cluster.local.\n"));
    let selector = json!({"app.kubernetes.io/part-of": "shop", "compose2k8s/alias-a": "true"});
    assert_eq!(converted.object("Service/a")["spec"]["selector"], selector);
    for workload in ["Deployment/a", "Deployment/b"] {
        let labels = &converted.object(workload)["spec"]["template"]["metadata"]["labels"];
        assert_eq!(labels["compose2k8s/alias-a"], "true");
    }
    let addressed = convert(
        "services:\n  a: {image: x, expose: [1], networks: {default: {ipv4_address: 10.5.0.2}}}\n  \
         b: {image: x, networks: {default: {aliases: [a]}}}\n\
         networks: {default: {ipam: {config: [{subnet: 10.5.0.0/24}]}}}\n",
        "",
    );
    assert_eq!(addressed.object("Service/a")["spec"]["clusterIP"], "10.5.0.2");
    assert_eq!(addressed.object("Service/a-alias")["spec"]["clusterIP"], "None");
}

#[test]
fn each_list_of_servers_has_an_endpoint() {
    let converted = convert(
        "services:\n  a: {image: x, dns: [10.0.0.53, 10.0.0.54], dns_search: corp.example, dns_opt: ['ndots:2', rotate]}\n  \
         b: {image: x, dns: 10.0.0.53}\n  c: {image: x}\n  d: {image: x, dns: [1.1.1.1, 2.2.2.2, 3.3.3.3, 4.4.4.4]}\n",
        "",
    );
    let corefile = corefile(&converted);
    let several = "policy sequential\n        failover SERVFAIL REFUSED\n    }";
    for block in [
        ".:1053 {\n    import project\n    ready :8181\n    forward . /etc/resolv.conf\n}\n".to_owned(),
        format!(".:1054 {{\n    import project\n    forward . 10.0.0.53 10.0.0.54 {{\n        {several}\n}}\n"),
        ".:1055 {\n    import project\n    forward . 10.0.0.53 {\n        max_fails 0\n    }\n}\n".to_owned(),
        // Docker queries the first three servers only.
        format!(".:1056 {{\n    import project\n    forward . 1.1.1.1 2.2.2.2 3.3.3.3 {{\n        {several}\n}}\n"),
    ] {
        assert!(corefile.contains(&block), "{block}\nin\n{corefile}");
    }
    for (service, server) in [("a", "10.96.0.12"), ("b", "10.96.0.13"), ("c", "10.96.0.11"), ("d", "10.96.0.14")] {
        assert_eq!(dns_config(&converted, service)["nameservers"], json!([server]));
    }
    assert_contains(
        &dns_config(&converted, "a"),
        &json!({"searches": ["corp.example"], "options": [{"name": "ndots", "value": "2"}, {"name": "rotate"}]}),
    );
    assert_contains(
        &converted.object("Service/resolver-3")["spec"],
        &json!({"clusterIP": "10.96.0.13", "ports": [
            {"port": 53, "targetPort": 1055, "protocol": "UDP"},
            {"port": 53, "targetPort": 1055, "protocol": "TCP"},
        ]}),
    );
}

#[test]
fn a_service_on_internal_networks_only_is_forwarded_to_servers_on_them() {
    let converted = convert(
        r"
services:
  alone: {image: x, networks: [inner]}
  asks: {image: x, networks: [inner], dns: [1.1.1.1, 10.5.0.53]}
  ns: {image: x, networks: {inner: {ipv4_address: 10.5.0.53}}}
networks: {inner: {internal: true, ipam: {config: [{subnet: 10.5.0.0/24}]}}}
",
        "accept: [{code: lower::approximated, key: networks.*.internal, reason: a}]",
    );
    let corefile = corefile(&converted);
    assert!(corefile.contains(".:1053 {\n    import project\n    ready :8181\n}\n"), "{corefile}");
    assert!(corefile.contains(".:1054 {\n    import project\n    forward . 10.5.0.53 {\n"), "{corefile}");
}

#[test]
fn a_server_of_dns_has_the_ports_of_dns() {
    let converted = convert(
        "services: {a: {image: x, dns: 10.5.0.2}, ns: {image: x, networks: {default: {ipv4_address: 10.5.0.2}}}}\n\
         networks: {default: {ipam: {config: [{subnet: 10.5.0.0/24}]}}}",
        "",
    );
    assert_contains(
        &converted.object("Service/ns")["spec"],
        &json!({"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}),
    );
}

#[test]
fn servers_in_the_own_container_and_of_the_host_network_are_queried_directly() {
    let alone = convert("services: {hole: {image: x, dns: [127.0.0.1, 1.1.1.1]}}", "");
    assert_contains(
        &alone.pod("Deployment/hole"),
        &json!({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["127.0.0.1", "1.1.1.1"], "searches": null}}),
    );
    assert_eq!((corefile(&alone), alone.messages("lower::loopback_dns").len()), (String::new(), 0));
    let beside = convert("services: {hole: {image: x, dns: 127.0.0.1}, other: {image: x}}", "");
    assert_eq!(beside.messages("lower::loopback_dns").len(), 1);
    let host = convert("services: {a: {image: x, network_mode: host, dns: 9.9.9.9}}", "");
    assert_eq!(dns_config(&host, "a")["nameservers"], json!(["9.9.9.9"]));
    assert_eq!(corefile(&host), "");
}

#[test]
fn the_resolver_has_a_name_and_an_address_of_its_own() {
    let converted = convert(
        "services: {resolver: {image: x, dns: 9.9.9.9, expose: [1], networks: {default: {ipv4_address: 10.5.0.11}}}}\n\
         networks: {default: {ipam: {config: [{subnet: 10.5.0.0/24}]}}}",
        "",
    );
    assert_eq!(converted.object("Service/compose2k8s-resolver")["spec"]["clusterIP"], "10.5.0.12");
    assert_eq!(converted.pod("Deployment/resolver")["initContainers"][1]["name"], "wait-for-compose2k8s-resolver");
}

#[test]
fn a_pod_that_waits_for_health_waits_for_the_resolver_too() {
    let converted = convert(
        "services: {a_1: {image: x, depends_on: {b: {condition: service_healthy}}}, b: {image: x, healthcheck: {test: t}}}",
        "",
    );
    let names = |service: &str| -> Vec<String> {
        let pod = converted.pod(&format!("Deployment/{service}"));
        let containers = pod["initContainers"].as_array().cloned().unwrap_or_default();
        containers.iter().map(|container| container["name"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names("a-1"), ["wait-for-b"]);
    assert_eq!(names("b"), ["wait-for-resolver"]);
}

#[test]
fn resolvers_of_projects_in_one_cluster_have_different_addresses() {
    let address = |project: &str, cluster: &str| {
        let overrides = format!("project: {project}\ncluster: {{name: {cluster}, because: Shared.}}");
        let converted = convert("services: {a_b: {image: x, restart: always}}", &overrides);
        dns_config(&converted, "a-b")["nameservers"][0].as_str().map(str::to_owned)
    };
    assert_eq!(address("shop", "shop").as_deref(), Some("10.96.0.11"));
    let (one, other) = (address("shop", "both"), address("blog", "both"));
    assert!(one.is_some() && other.is_some() && one != other, "{one:?} {other:?}");
}
