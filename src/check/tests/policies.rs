//! Findings in hand-written NetworkPolicies: unreachable services, ports and namespaces.

use super::{count, findings, service, workload};

const COMPOSE: &str = "services:\n  web:\n    image: web:1\n  db:\n    image: db:1\n    expose: [5432, 9187]\n";

/// Returns the findings about reachability with a policy of this spec.
fn found(spec: &str, more: &str) -> Vec<String> {
    let ports = "          ports: [{name: sql, containerPort: 5432}, {name: numbers, containerPort: 9187}]\n";
    let db = service("db", 5432).replace("[{port: 5432}]", "[{name: a, port: 5432}, {name: b, port: 9187}]");
    let all = workload("Deployment", "web", "web:1", "", "")
        + &workload("Deployment", "db", "db:1", ports, "")
        + &db
        + &service("web", 80)
        + &format!("---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p}}\nspec: {spec}\n")
        + more;
    let found = findings(COMPOSE, &all, &[]);
    found.into_iter().filter(|line| line.contains("reach")).filter(|line| !line.contains("web:80")).collect()
}

/// Allows ingress from `from` to the database on these ports.
fn ingress(from: &str, ports: &str) -> String {
    format!("{{podSelector: {{matchLabels: {{app: db}}}}, ingress: [{{from: [{from}]{ports}}}]}}")
}

const WEB: &str = "{podSelector: {matchLabels: {app: web}}}";

#[test]
fn ports_that_a_policy_does_not_allow_are_found() {
    assert_eq!(found(&ingress(WEB, ""), ""), Vec::<String>::new());
    for ports in ["{port: 5432}, {port: 9187}", "{port: 5000, endPort: 9999}", "{port: sql}, {port: numbers}", "{}"] {
        assert_eq!(found(&ingress(WEB, &format!(", ports: [{ports}]")), ""), Vec::<String>::new(), "{ports}");
    }
    for ports in
        ["{port: 5432}", "{port: sql}", "{port: 5432}, {port: 9187, protocol: UDP}", "{port: sql}, {port: other}"]
    {
        let found = found(&ingress(WEB, &format!(", ports: [{ports}]")), "");
        assert_eq!(
            (found.len(), count(&found, "`db` keeps its port `9187/tcp` out of reach for `web`")),
            (1, 1),
            "{ports}"
        );
    }
    let other = found(&ingress("{podSelector: {matchLabels: {app: api}}}", ", ports: [{port: 5432}]"), "");
    assert_eq!((other.len(), count(&other, "`db` is out of reach for `web`")), (1, 1), "{other:#?}");
}

#[test]
fn namespaces_are_selected_by_name_and_by_label() {
    let of = |selector: &str| ingress(&format!("{{namespaceSelector: {selector}}}"), "");
    let named = |name: &str| of(&format!("{{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}"));
    let out = |found: Vec<String>| count(&found, "`db` is out of reach for `web`");
    assert_eq!(out(found(&named("default"), "")), 0);
    assert_eq!(out(found(&named("elsewhere"), "")), 1);
    assert_eq!(out(found(&of("{}"), "")), 0);
    // Of a namespace that nobody makes here only the name is known.
    let team = of("{matchLabels: {team: a}}");
    let made = |team: &str| {
        format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: default, labels: {{team: {team}}}}}\n")
    };
    assert_eq!((out(found(&team, "")), out(found(&team, &made("a"))), out(found(&team, &made("b")))), (0, 0, 1));
    // A selector of pods alone speaks of the policy's own namespace.
    let both = ingress(
        "{podSelector: {matchLabels: {app: web}}, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: x}}}",
        "",
    );
    assert_eq!(out(found(&both, "")), 1);
}

#[test]
fn a_policy_without_dns_is_found() {
    let egress = |more: &str| {
        format!(
            "{{podSelector: {{matchLabels: {{app: web}}}}, policyTypes: [Egress], egress: [{{to: [{{podSelector: {{}}}}]}}{more}]}}"
        )
    };
    let dns = "{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}], ports: [{port: 53, protocol: UDP}]}";
    // That such a policy leaves no way out either has a test of its own.
    let found = |spec: &str, more: &str| -> Vec<String> {
        found(spec, more).into_iter().filter(|line| !line.contains("outside its networks")).collect()
    };
    assert_eq!(count(&found(&egress(""), ""), "which a policy keeps out of reach"), 1);
    assert_eq!(found(&egress(&format!(", {dns}")), ""), Vec::<String>::new());
    assert_eq!(count(&found(&egress(&format!(", {}", dns.replace("53", "5353"))), ""), "keeps out of reach"), 1);
}

/// Returns the findings about egress with these rules for all pods, on a network that is internal or not.
fn outward(internal: bool, rules: &str) -> Vec<String> {
    let compose = format!(
        "services:\n  web: {{image: 'web:1', networks: [n]}}\n  db: {{image: 'db:1', networks: [n]}}\nnetworks:\n  n: {{internal: {internal}}}\n"
    );
    let policy = format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p}}\nspec: {{podSelector: {{}}, policyTypes: [Egress], egress: [{rules}]}}\n"
    );
    let all = workload("Deployment", "web", "web:1", "", "")
        + &workload("Deployment", "db", "db:1", "", "")
        + &service("web", 80)
        + &service("db", 5432)
        + if rules == "none" { "" } else { &policy };
    let found = findings(&compose, &all, &[]);
    found.into_iter().filter(|line| line.contains("outside its networks") || line.contains("way out")).collect()
}

#[test]
fn services_on_internal_networks_must_have_no_egress() {
    let own = "{to: [{podSelector: {}}]}";
    let dns = "{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}], ports: [{port: 53, protocol: UDP}]}";
    let kept = [
        own.to_owned(),
        format!("{own}, {dns}"),
        format!("{own}, {{to: [{{ipBlock: {{cidr: 10.244.0.0/16}}}}, {{ipBlock: {{cidr: 10.96.0.10/32}}}}]}}"),
        "{to: [{podSelector: {}, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: default}}}]}"
            .to_owned(),
    ];
    for rules in &kept {
        assert_eq!(outward(true, rules), Vec::<String>::new(), "{rules}");
        let found = outward(false, rules);
        assert_eq!((found.len(), count(&found, "`web` reaches `nothing` outside its networks")), (2, 1), "{rules}");
    }
    let open = ["none", "{}", "{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}"];
    for rules in open {
        assert_eq!(outward(false, rules), Vec::<String>::new(), "{rules}");
        let found = outward(true, rules);
        assert_eq!((found.len(), count(&found, "`web` reaches `nothing` outside its networks")), (2, 1), "{rules}");
    }
    let partly = [
        "{ports: [{port: 443}]}",
        "{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}",
        "{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [192.168.0.0/16]}}]}",
        "{to: [{namespaceSelector: {}}]}",
        "{to: [{namespaceSelector: {}}], ports: [{port: 53, endPort: 99}]}",
    ];
    for rules in partly {
        let (in_vain, cut) = (outward(true, rules), outward(false, rules));
        assert_eq!((in_vain.len(), count(&in_vain, "`not everything`")), (2, 2), "{rules}: {in_vain:#?}");
        assert_eq!((cut.len(), count(&cut, "`web` reaches `not everything`")), (2, 1), "{rules}: {cut:#?}");
    }
}

#[test]
fn ports_of_internal_networks_are_not_published() {
    let compose =
        "services:\n  web: {image: 'web:1', ports: ['80:80'], networks: [n]}\nnetworks: {n: {internal: true}}\n";
    let with = |ports: &str| workload("Deployment", "web", "web:1", ports, "") + &service("web", 80);
    let none = findings(compose, &with(""), &[]);
    assert_eq!(count(&none, "published"), 0, "{none:#?}");
    let one = findings(compose, &with("          ports: [{containerPort: 80, hostPort: 80}]\n"), &[]);
    assert_eq!(count(&one, "`web` is published on the host's port `80/tcp`"), 1, "{one:#?}");
}
