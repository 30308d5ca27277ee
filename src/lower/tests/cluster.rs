use super::made;

fn fixed(addresses: &[(&str, &str)], overrides: &str) -> super::Made {
    let mut text = String::from("services:\n");
    for (index, (network, address)) in addresses.iter().enumerate() {
        text.push_str(&format!(
            "  s{index}: {{image: x, expose: [80], networks: {{{network}: {{ipv4_address: {address}}}}}}}\n"
        ));
    }
    text.push_str("networks:\n  a: {ipam: {config: [{subnet: 172.20.0.0/24}]}}\n  b: {ipam: {config: [{subnet: 192.168.7.0/24}]}}\n");
    made(&text, overrides)
}

#[test]
fn the_service_subnet_is_the_network_s_own_where_it_can_be() {
    let made = fixed(&[("a", "172.20.0.2")], "");
    assert_eq!(made.objects().cluster.service_subnet.to_string(), "172.20.0.0/24");
    assert_eq!(made.objects().cluster.pod_subnet.to_string(), "10.244.0.0/16");
}

#[test]
fn one_subnet_cannot_hold_everything() {
    let made = fixed(&[("a", "172.20.0.2"), ("a", "172.20.0.3"), ("b", "192.168.7.2")], "");
    assert_eq!(made.objects().cluster.service_subnet.to_string(), "172.20.0.0/24");
    assert_eq!(made.said("lower::network_not_dialled").len(), 1);
}

#[test]
fn the_cluster_s_own_places_are_kept_free() {
    let made = fixed(&[("a", "172.20.0.10")], "cluster: {service-subnet: 172.20.0.0/24, because: Wanted.}");
    assert_eq!(
        made.said("lower::address_reserved"),
        ["`172.20.0.10` of `s0` is where the cluster's DNS stands in `172.20.0.0/24`"]
    );
}

#[test]
fn addresses_are_checked() {
    assert_eq!(fixed(&[("a", "172.20.1.2")], "").said("lower::address_outside_network").len(), 1);
    assert_eq!(
        fixed(&[("a", "172.20.0.2"), ("a", "172.20.0.2")], "").said("lower::address_twice"),
        ["`s1` and `s0` both have the address `172.20.0.2`"]
    );
    let outside = fixed(
        &[("a", "172.20.0.2")],
        "cluster: {service-subnet: 10.0.0.0/16, because: Wanted.}\nnetworks: {a: {addresses: service, because: Dialled.}}",
    );
    assert_eq!(outside.said("lower::address_outside_services").len(), 1);
    let overlap = made(
        "services: {a: {image: x}}",
        "cluster: {service-subnet: 10.244.0.0/16, pod-subnet: 10.244.8.0/24, because: Wanted.}",
    );
    assert_eq!(overlap.said("lower::subnets_overlap").len(), 1);
}

#[test]
fn the_address_that_no_subnet_can_hold_is_named() {
    let network = "networks: {back: {ipam: {config: [{subnet: 10.0.0.0/24}]}}}";
    let one = |number: u8| {
        format!("  s{number}: {{image: x, expose: [80], networks: {{back: {{ipv4_address: 10.0.0.{number}}}}}}}\n")
    };
    let made = made(&format!("services:\n{}{}{network}\n", one(9), one(10)), "");
    assert_eq!(made.places("lower::no_service_subnet"), ["3:65"]);
    let said = made.said("lower::no_service_subnet");
    assert!(said[0].contains("`10.0.0.10` of `s10` is where the cluster's DNS stands"), "{said:?}");
}

#[test]
fn addresses_that_lie_too_far_apart_are_both_named() {
    let apart = "services: {a: {image: x, expose: [80], networks: {n: {ipv4_address: 10.5.0.9}, m: {ipv4_address: 192.168.0.11}}}}\nnetworks: {n: {}, m: {}}";
    let service = "{addresses: service, because: Dialled.}";
    let made = made(apart, &format!("networks: {{n: {service}, m: {service}}}"));
    let said = made.said("lower::no_service_subnet");
    let words = "`192.168.0.11` of `a` lies outside `10.0.0.0/12`, the widest with `10.5.0.9` in it";
    assert!(said.len() == 1 && said[0].contains(words), "{said:?}");
}

#[test]
fn reserved_names_are_refused() {
    assert_eq!(made("services: {a: {image: x}}", "project: kube-system").said("lower::namespace_reserved").len(), 1);
}
