use super::made;

#[test]
fn a_key_without_equivalent_is_an_error_until_it_is_accepted() {
    let compose = "services:\n  a:\n    image: x\n    cgroup_parent: m\n";
    let refused = made(compose, "");
    assert!(refused.objects.is_none());
    assert_eq!(refused.said("lower::no_equivalent"), ["`cgroup_parent` of `a` has no equivalent in Kubernetes"]);
    assert_eq!(refused.places("lower::no_equivalent"), ["4:5"]);
    let accepted = made(
        compose,
        "accept: [{code: lower::no_equivalent, service: a, key: cgroup_parent, reason: Only for accounting.}]",
    );
    assert!(accepted.objects.is_some(), "{:?}", accepted.problems);
    assert_eq!(accepted.said("lower::no_equivalent"), Vec::<&str>::new());
}

#[test]
fn a_key_outside_the_services_is_told_with_its_owner() {
    let compose = "services: {a: {image: x, secrets: [used]}}\nsecrets:\n  used: {driver: vault, file: ./used}\n  idle: {driver: vault, file: ./idle}\n";
    let refused = made(compose, "");
    assert_eq!(
        refused.said("lower::no_equivalent"),
        ["`secrets.*.driver` of the secrets `used`, `idle` has no equivalent in Kubernetes"]
    );
    let accept = "accept: [{code: lower::no_equivalent, key: secrets.*.driver, reason: An operator makes them.}]";
    let accepted = made(compose, accept);
    assert_eq!(
        accepted.said("lower::material_must_exist"),
        ["`a` needs the Secret `used`, which the kit does not make"]
    );
    assert!(accepted.objects.is_some(), "{:?}", accepted.problems);
    let one = made(&compose.replace("  idle: {driver: vault, file: ./idle}\n", ""), "");
    assert_eq!(
        one.said("lower::no_equivalent"),
        ["`secrets.*.driver` of the secret `used` has no equivalent in Kubernetes"]
    );
}

#[test]
fn an_ipc_namespace_that_is_none_is_not_another_container_s() {
    let made = made("services: {a: {image: x, ipc: none}}", "");
    assert_eq!(made.said("lower::no_equivalent"), ["`ipc: none` of `a` has no equivalent in Kubernetes"]);
    assert_eq!(made.said("lower::namespace_not_shared"), Vec::<&str>::new());
}

#[test]
fn an_acceptance_of_nothing_is_an_error() {
    let made = made(
        "services: {a: {image: x}}",
        "accept: [{code: lower::no_equivalent, service: a, key: cgroup_parent, reason: Once it was needed.}]",
    );
    assert_eq!(made.said("lower::unused_acceptance").len(), 1);
    assert!(made.objects.is_none());
}

#[test]
fn a_difference_is_said_where_the_value_makes_one() {
    let of = |restart: &str| {
        let made = made(&format!("services: {{a: {{image: x, restart: {restart}}}}}"), "");
        made.said("lower::approximated").len()
    };
    assert_eq!(of("'no'"), 1);
    assert_eq!(of("on-failure:3"), 1);
    assert_eq!(of("always"), 0);
    assert_eq!(of("unless-stopped"), 0);
}

#[test]
fn services_that_were_kept_apart_are_named_once() {
    let made = made(
        "services: {a: {image: x, networks: [n]}, b: {image: x, networks: [m]}, c: {image: x, networks: [n]}}\nnetworks: {n: , m: }",
        "",
    );
    assert_eq!(
        made.said("lower::networks_not_separated"),
        ["`a` and `b`, which share no network, reach each other in the cluster"]
    );
}
