//! Subnets of the cluster.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::lower::target::subnet_rules::SubnetRules;
use crate::words::fnv1a_32;

/// The first pod subnet and the service subnet are kind's defaults.
/// <https://kind.sigs.k8s.io/docs/user/configuration/#networking>
pub(crate) const RULES: SubnetRules = SubnetRules {
    default_services: net([10, 96, 0, 0]),
    pods: &[
        net([10, 244, 0, 0]),
        net([10, 200, 0, 0]),
        net([10, 128, 0, 0]),
        net([192, 168, 0, 0]),
        net([172, 28, 0, 0]),
    ],
    // Docker's default bridge, and usually the network of kind's nodes.
    docker: &[net([172, 17, 0, 0]), net([172, 18, 0, 0])],
    // The API server accepts no larger service subnet: at most 20 bits of addresses.
    min_prefix: 12,
    // The tenth address must exist.
    max_prefix: 27,
};

const fn net([a, b, c, d]: [u8; 4]) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), 16)
}

/// Returns the address of the cluster's DNS server, which kubeadm puts at the tenth address of the service subnet.
pub(crate) fn dns_server(service_subnet: Ipv4Net) -> Ipv4Addr {
    nth_address(service_subnet, 10)
}

/// Returns the addresses after that of the cluster's DNS server. Kubernetes gives Services without a fixed address one of the
/// upper part of the subnet first.
/// <https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/>
///
/// `project` is the name of a project in a cluster of several: projects then begin at different addresses.
pub(crate) fn resolver_addresses(services: Ipv4Net, project: Option<&str>) -> impl Iterator<Item = Ipv4Addr> {
    // Those of the first 256 addresses after the DNS server, without the last one.
    const COUNT: u32 = 244;
    let spread = project.filter(|_| services.prefix_len() <= 24);
    let start = spread.map_or(0, |project| fnv1a_32(project.bytes()) % COUNT);
    let numbers = (0..).map(move |number| 11 + if spread.is_some() { (start + number) % COUNT } else { number });
    let limit = if spread.is_some() { COUNT as usize } else { usize::MAX };
    numbers
        .take(limit)
        .map(move |number| nth_address(services, number))
        .take_while(move |address| *address < services.broadcast())
}

/// Returns the n-th address of a subnet; the network address is number 0.
fn nth_address(net: Ipv4Net, number: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(net.network()).saturating_add(number))
}

/// Returns what uses an address of the service subnet, if it is the cluster itself.
pub(crate) fn reserved_for(services: Ipv4Net, address: Ipv4Addr) -> Option<&'static str> {
    let services = services.trunc();
    if address == nth_address(services, 10) {
        Some("the cluster's DNS")
    } else if address == nth_address(services, 1) {
        Some("the cluster's API")
    } else if address == services.network() {
        Some("the network itself")
    } else {
        None
    }
}
