use super::convert;

fn fixed(addresses: &[(&str, &str)], overrides: &str) -> super::Converted {
    let mut text = String::from("services:\n");
    for (index, (network, address)) in addresses.iter().enumerate() {
        text.push_str(&format!(
            "  s{index}: {{image: x, expose: [80], networks: {{{network}: {{ipv4_address: {address}}}}}}}\n"
        ));
    }
    text.push_str("networks:\n  a: {ipam: {config: [{subnet: 172.20.0.0/24}]}}\n  b: {ipam: {config: [{subnet: 192.168.7.0/24}]}}\n");
    convert(&text, overrides)
}

#[test]
fn the_service_subnet_is_that_of_the_compose_network_if_possible() {
    let converted = fixed(&[("a", "172.20.0.2")], "");
    assert_eq!(converted.objects().cluster.service_subnet.to_string(), "172.20.0.0/24");
    assert_eq!(converted.objects().cluster.pod_subnet.to_string(), "10.244.0.0/16");
}

#[test]
fn networks_that_do_not_fit_into_one_service_subnet_are_reported() {
    let converted = fixed(&[("a", "172.20.0.2"), ("a", "172.20.0.3"), ("b", "192.168.7.2")], "");
    assert_eq!(converted.objects().cluster.service_subnet.to_string(), "172.20.0.0/24");
    assert_eq!(converted.messages("lower::network_not_dialled").len(), 1);
}

#[test]
fn no_fixed_address_is_reserved_by_the_cluster() {
    let converted = fixed(&[("a", "172.20.0.10")], "cluster: {service-subnet: 172.20.0.0/24, because: Wanted.}");
    assert_eq!(
        converted.messages("lower::address_reserved"),
        ["`172.20.0.10` of `s0` is where the cluster's DNS stands in `172.20.0.0/24`"]
    );
}

#[test]
fn invalid_addresses_are_rejected() {
    assert_eq!(fixed(&[("a", "172.20.1.2")], "").messages("lower::address_outside_network").len(), 1);
    assert_eq!(
        fixed(&[("a", "172.20.0.2"), ("a", "172.20.0.2")], "").messages("lower::address_twice"),
        ["`s1` and `s0` both have the address `172.20.0.2`"]
    );
    let outside = fixed(
        &[("a", "172.20.0.2")],
        "cluster: {service-subnet: 10.0.0.0/16, because: Wanted.}\nnetworks: {a: {addresses: service, because: Dialled.}}",
    );
    assert_eq!(outside.messages("lower::address_outside_services").len(), 1);
    let overlap = convert(
        "services: {a: {image: x}}",
        "cluster: {service-subnet: 10.244.0.0/16, pod-subnet: 10.244.8.0/24, because: Wanted.}",
    );
    assert_eq!(overlap.messages("lower::subnets_overlap").len(), 1);
}

#[test]
fn the_address_that_fits_into_no_subnet_is_named() {
    let network = "networks: {back: {ipam: {config: [{subnet: 10.0.0.0/24}]}}}";
    let one = |number: u8| {
        format!("  s{number}: {{image: x, expose: [80], networks: {{back: {{ipv4_address: 10.0.0.{number}}}}}}}\n")
    };
    let converted = convert(&format!("services:\n{}{}{network}\n", one(9), one(10)), "");
    assert_eq!(converted.places("lower::no_service_subnet"), ["3:65"]);
    let said = converted.messages("lower::no_service_subnet");
    assert!(said[0].contains("`10.0.0.10` of `s10` is where the cluster's DNS stands"), "{said:?}");
}

#[test]
fn addresses_that_are_too_far_apart_are_both_named() {
    let apart = "services: {a: {image: x, expose: [80], networks: {n: {ipv4_address: 10.5.0.9}, m: {ipv4_address: 192.168.0.11}}}}\nnetworks: {n: {}, m: {}}";
    let service = "{addresses: service, because: Dialled.}";
    let converted = convert(apart, &format!("networks: {{n: {service}, m: {service}}}"));
    let said = converted.messages("lower::no_service_subnet");
    let words = "`192.168.0.11` of `a` lies outside `10.0.0.0/12`, the widest with `10.5.0.9` in it";
    assert!(said.len() == 1 && said[0].contains(words), "{said:?}");
}

#[test]
fn reserved_namespaces_are_rejected() {
    assert_eq!(
        convert("services: {a: {image: x}}", "project: kube-system").messages("lower::namespace_reserved").len(),
        1
    );
}
