//! Subnets of Services: the smallest that contain addresses, and those of a cluster that projects share.

use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use crate::maps::IndexMap;
use crate::maps::push_unique;
use crate::resolve::Project;

/// Returns the subnets of the fixed addresses, each with its network, outside the service subnet. There is one for each network: the one that the network
/// declares, or the smallest that contains the addresses as neither its first nor its last address. The service proxy
/// rejects addresses of these subnets that no Service has, so that they must not contain those of pods.
/// <https://kubernetes.io/docs/reference/networking/virtual-ips/#ip-address-objects>
pub(crate) fn further_services<'a>(
    project: &Project,
    addresses: impl Iterator<Item = (&'a str, Ipv4Addr)>,
    services: Ipv4Net,
    pods: Ipv4Net,
) -> Vec<Ipv4Net> {
    /// The smallest subnet that is useful: 14 addresses.
    const MAX_PREFIX: u8 = 28;
    let mut networks: IndexMap<&str, Vec<Ipv4Addr>> = IndexMap::default();
    for (network, address) in addresses.filter(|(_, address)| !services.contains(address)) {
        networks.entry(network).or_default().push(address);
    }
    let mut all: Vec<Ipv4Net> = Vec::new();
    for (network, addresses) in &networks {
        let holds = |net: &Ipv4Net| {
            addresses.iter().all(|one| net.contains(one) && *one != net.network() && *one != net.broadcast())
        };
        let declared = project.networks.get(*network).into_iter().flat_map(|network| &network.subnets);
        let declared =
            declared.filter_map(|subnet| if let IpNet::V4(net) = subnet.value { Some(net.trunc()) } else { None });
        let declared =
            declared.into_iter().find(|net| holds(net) && !overlaps(*net, services) && !overlaps(*net, pods));
        let smallest = || {
            let start = smallest_subnet(addresses)?;
            let widths = (0..=start.prefix_len().min(MAX_PREFIX)).rev();
            widths.filter_map(|prefix| Ipv4Net::new(start.network(), prefix).ok().map(|net| net.trunc())).find(holds)
        };
        if let Some(net) = declared.or_else(smallest) {
            push_unique(&mut all, net);
        }
    }
    all
}

/// Returns the smallest subnet that contains all addresses.
pub(crate) fn smallest_subnet(addresses: &[Ipv4Addr]) -> Option<Ipv4Net> {
    let (low, high) = (addresses.iter().min()?, addresses.iter().max()?);
    let prefix = (u32::from(*low) ^ u32::from(*high)).leading_zeros();
    Ipv4Net::new(*low, u8::try_from(prefix).ok()?).ok().map(|net| net.trunc())
}

/// Returns whether two subnets have an address in common.
pub(crate) fn overlaps(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other.network()) || other.contains(&one.network())
}

#[cfg(test)]
mod service_ranges_tests {
    use super::*;

    #[test]
    fn the_smallest_subnet_contains_both_addresses() {
        let of = |a: &str, b: &str| smallest_subnet(&[a.parse().unwrap(), b.parse().unwrap()]).unwrap().to_string();
        assert_eq!(of("10.5.0.2", "10.5.0.3"), "10.5.0.2/31");
        assert_eq!(of("10.5.0.2", "10.4.0.2"), "10.4.0.0/15");
        assert_eq!(of("10.5.0.2", "192.168.0.1"), "0.0.0.0/0");
        assert_eq!(smallest_subnet(&[]), None);
    }
}
