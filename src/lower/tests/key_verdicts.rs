use super::convert;

#[test]
fn an_unsupported_key_is_reported_until_it_is_accepted() {
    let compose = "services:\n  a:\n    image: x\n    cgroup_parent: m\n";
    let warned = convert(compose, "");
    assert!(warned.objects.is_some());
    assert_eq!(warned.messages("lower::no_equivalent"), ["`cgroup_parent` of `a` is not supported by Kubernetes"]);
    assert_eq!(warned.places("lower::no_equivalent"), ["4:5"]);
    let accepted = convert(
        compose,
        "accept: [{code: lower::no_equivalent, service: a, key: cgroup_parent, reason: Only for accounting.}]",
    );
    assert!(accepted.objects.is_some(), "{:?}", accepted.problems);
    assert_eq!(accepted.messages("lower::no_equivalent"), Vec::<&str>::new());
}

#[test]
fn a_top_level_key_is_reported_with_its_owner() {
    let compose = "services: {a: {image: x, secrets: [used]}}\nsecrets:\n  used: {driver: vault, file: ./used}\n  idle: {driver: vault, file: ./idle}\n";
    let refused = convert(compose, "");
    assert_eq!(
        refused.messages("lower::no_equivalent"),
        ["`secrets.*.driver` of the secrets `used`, `idle` is not supported by Kubernetes"]
    );
    let accept = "accept: [{code: lower::no_equivalent, key: secrets.*.driver, reason: An operator makes them.}]";
    let accepted = convert(compose, accept);
    assert_eq!(
        accepted.messages("lower::material_must_exist"),
        ["`a` needs the Secret `used`, which the kit does not make"]
    );
    assert!(accepted.objects.is_some(), "{:?}", accepted.problems);
    let one = convert(&compose.replace("  idle: {driver: vault, file: ./idle}\n", ""), "");
    assert_eq!(
        one.messages("lower::no_equivalent"),
        ["`secrets.*.driver` of the secret `used` is not supported by Kubernetes"]
    );
}

#[test]
fn ipc_none_is_reported_as_not_supported() {
    let converted = convert("services: {a: {image: x, ipc: none}}", "");
    assert_eq!(converted.messages("lower::no_equivalent"), ["`ipc: none` of `a` is not supported by Kubernetes"]);
    assert_eq!(converted.messages("lower::namespace_not_shared"), Vec::<&str>::new());
}

#[test]
fn an_accept_entry_that_matches_nothing_gives_a_note() {
    let converted = convert(
        "services: {a: {image: x}}",
        "accept: [{code: lower::no_equivalent, service: a, key: cgroup_parent, reason: Once it was needed.}]",
    );
    assert_eq!(converted.messages("lower::unused_acceptance").len(), 1);
    assert!(converted.objects.is_some());
}

#[test]
fn a_difference_is_reported_only_for_values_that_make_one() {
    let of = |signal: &str| {
        let converted = convert(&format!("services: {{a: {{image: x, stop_signal: {signal}}}}}"), "");
        converted.messages("lower::approximated").len()
    };
    assert_eq!(of("SIGQUIT"), 1);
    assert_eq!(of("SIGTERM"), 0);
    assert_eq!(of("'15'"), 0);
}

#[test]
fn separated_services_are_reported_once() {
    let converted = convert(
        "services: {a: {image: x, networks: [n]}, b: {image: x, networks: [m]}, c: {image: x, networks: [n]}}\nnetworks: {n: , m: }",
        "",
    );
    assert_eq!(
        converted.messages("lower::networks_not_separated"),
        ["`a` and `b`, which share no network, reach each other in the cluster"]
    );
}

#[test]
fn an_accept_entry_without_a_service_says_what_to_add() {
    let compose = "services: {a: {image: x, user: root-of-it}, b: {image: x}}";
    let accept =
        |service: &str| format!("accept: [{{code: lower::user_by_name, {service} reason: The image has it.}}]");
    let converted = convert(compose, &accept(""));
    assert_eq!(
        converted.messages("lower::acceptance_without_service"),
        ["this entry does not accept `lower::user_by_name` of `a`, because it names no service"]
    );
    for service in ["service: a,", "service: [b, a],", "service: '*',", "image: x,"] {
        let accepted = convert(compose, &accept(service));
        assert_eq!(accepted.messages("lower::user_by_name"), Vec::<&str>::new(), "{service}");
        assert_eq!(accepted.messages("lower::unused_acceptance"), Vec::<&str>::new(), "{service}");
    }
}
