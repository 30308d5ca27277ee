//! The cluster's subnets, and how fixed addresses are assigned.
//!
//! Invariant: no fixed address is one that the cluster reserves in the service subnet.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use super::service_ranges::{further_services, overlaps, smallest_subnet};
use crate::lower::findings::Findings;
use crate::lower::problem::Problem;
use crate::lower::target::Target;
use crate::maps::IndexMap;
use crate::maps::push_unique;
use crate::overrides::{Addresses, Overrides};
use crate::resolve::networks::{Attachment, Membership};
use crate::resolve::{Project, ServiceName};
use crate::text::Spanned;

/// The subnets of the cluster, and how the fixed addresses of each network are assigned.
#[derive(Debug, Clone)]
pub(crate) struct Subnets {
    pub(crate) services: Ipv4Net,
    pub(crate) pods: Ipv4Net,
    pub(crate) dns: Ipv4Addr,
    pub(crate) reason: Option<String>,
    /// Subnets of fixed addresses outside `services`, in a cluster that projects share. Its service subnet cannot change.
    pub(crate) further_services: Vec<Ipv4Net>,
    choices: IndexMap<String, Addresses>,
    routed: BTreeSet<String>,
}

impl Subnets {
    /// Returns how the fixed addresses of a network are assigned.
    pub(crate) fn choice(&self, network: &str) -> Addresses {
        self.choices.get(network).copied().unwrap_or(Addresses::Interface)
    }
}

impl Subnets {
    /// Returns whether the fixed addresses of a network are routes on the node.
    pub(crate) fn is_routed(&self, network: &str) -> bool {
        self.routed.contains(network)
    }
}

/// A fixed address and the service and network that it belongs to.
struct FixedAddress<'a> {
    service: &'a ServiceName,
    network: &'a str,
    address: Spanned<Ipv4Addr>,
}

/// Chooses the subnets and validates every fixed address.
pub(crate) fn choose_subnets(
    project: &Project,
    overrides: &Overrides,
    target: Target,
    findings: &mut Findings,
) -> Subnets {
    let rules = target.subnet_rules();
    let fixed = fixed_addresses(project);
    check_addresses(project, &fixed, findings);
    let shared = overrides.shares_cluster(project);
    let pods_wanted = overrides.cluster.pod_subnet.as_ref();
    let routed = routed_networks(project, overrides, &fixed);
    let choices = address_choices(overrides, &fixed, &routed, shared, target, findings);
    let is_free_of_routes = |subnet: &Ipv4Net| {
        fixed.iter().all(|one| !routed.contains(one.network) || !subnet.contains(&one.address.value))
    };
    let service_addresses: Vec<&FixedAddress> =
        fixed.iter().filter(|fixed| choices.get(fixed.network) == Some(&Addresses::Service)).collect();
    let services = match &overrides.cluster.service_subnet {
        Some(wanted) => {
            let is_checked = |one: &&&FixedAddress| !shared || wanted.value.contains(&one.address.value);
            let checked: Vec<&FixedAddress> = service_addresses.iter().filter(is_checked).copied().collect();
            check_service_subnet(&checked, wanted, target, findings);
            wanted.value.trunc()
        }
        None if shared && is_free_of_routes(&rules.default_services) => rules.default_services,
        // The service proxy rejects addresses of the service subnet that no Service has.
        None if service_addresses.is_empty() && !is_free_of_routes(&rules.default_services) => {
            rules.pods.iter().rev().find(|subnet| is_free_of_routes(subnet)).copied().unwrap_or(rules.default_services)
        }
        None => service_subnet(project, &service_addresses, target, findings),
    };
    let pods = if let Some(wanted) = pods_wanted {
        if overlaps(wanted.value, services) {
            findings.for_project(Problem::SubnetsOverlap {
                pods: wanted.value.to_string(),
                services: services.to_string(),
                at: wanted.span,
            });
        }
        wanted.value.trunc()
    } else {
        let free = |candidate: &&Ipv4Net| {
            !overlaps(**candidate, services) && fixed.iter().all(|fixed| !candidate.contains(&fixed.address.value))
        };
        let default = rules.pods.first().copied().unwrap_or_default();
        rules.pods.iter().find(free).copied().unwrap_or(default)
    };
    let pairs = service_addresses.iter().map(|one| (one.network, one.address.value));
    let further_services = if shared { further_services(project, pairs, services, pods) } else { Vec::new() };
    if overrides.cluster.service_subnet.is_none()
        && let Some((net, docker)) = std::iter::once(&services)
            .chain(&further_services)
            .find_map(|net| Some((net, rules.docker.iter().find(|docker| overlaps(**docker, *net))?)))
        && let Some(first) = service_addresses.first()
    {
        findings.for_project(Problem::SubnetOfDocker {
            services: net.to_string(),
            docker: docker.to_string(),
            at: first.address.span,
        });
    }
    Subnets {
        services,
        pods,
        dns: target.dns_server(services),
        reason: if shared {
            Some(
                "Several projects share the cluster. Fixed addresses are in ranges of the projects (ServiceCIDR)."
                    .to_owned(),
            )
        } else {
            subnet_reason(project, overrides, target.dns_server(services), &service_addresses)
        },
        further_services,
        choices,
        routed,
    }
}

/// Returns the comment for `serviceSubnet`.
fn subnet_reason(
    project: &Project,
    overrides: &Overrides,
    dns: Ipv4Addr,
    service_addresses: &[&FixedAddress],
) -> Option<String> {
    let mut networks: Vec<String> = Vec::new();
    for fixed in service_addresses {
        let declared = project.networks.get(fixed.network).and_then(|network| {
            network.subnets.iter().find(|subnet| subnet.value.contains(&std::net::IpAddr::V4(fixed.address.value)))
        });
        let text =
            declared.map_or_else(|| fixed.network.to_owned(), |subnet| format!("{} ({})", subnet.value, fixed.network));
        push_unique(&mut networks, text);
    }
    let (first, others) = networks.split_first()?;
    let (lie, nets) = if others.is_empty() {
        ("lies", first.clone())
    } else {
        ("lie", format!("{first} and {}", others.join(" and ")))
    };
    let why = overrides.cluster.because.clone().unwrap_or_else(|| {
        format!(
            "The cluster's own DNS is always the tenth address of the range ({dns}), so it is one in which no service has \
             that address."
        )
    });
    Some(format!("Compose's {nets} {lie} in the range of Services: fixed addresses become ClusterIPs. {why}"))
}

fn fixed_addresses(project: &Project) -> Vec<FixedAddress<'_>> {
    let mut fixed = Vec::new();
    for (service, body) in &project.services {
        let Attachment::Networks(memberships) = &body.networks.attachment else { continue };
        for membership in memberships {
            if let Some(address) = membership.ipv4_address {
                fixed.push(FixedAddress { service, network: &membership.network.value, address });
            }
        }
    }
    fixed
}

/// Reports addresses that occur twice or are outside the subnets of their network.
fn check_addresses(project: &Project, fixed: &[FixedAddress], findings: &mut Findings) {
    for (index, one) in fixed.iter().enumerate() {
        if let Some(first) = fixed.iter().take(index).find(|first| first.address.value == one.address.value) {
            findings.for_service(
                one.service,
                Problem::AddressTwice {
                    what: if first.service == one.service {
                        format!("`{}` has the address `{}` twice", one.service, one.address.value)
                    } else {
                        format!(
                            "`{}` and `{}` both have the address `{}`",
                            one.service, first.service, one.address.value
                        )
                    },
                    at: one.address.span,
                    first_at: first.address.span,
                },
            );
        }
        let Some(network) = project.networks.get(one.network) else { continue };
        let declared: Vec<&Spanned<IpNet>> =
            network.subnets.iter().filter(|subnet| matches!(subnet.value, IpNet::V4(_))).collect();
        let holds = |subnet: &&Spanned<IpNet>| subnet.value.contains(&std::net::IpAddr::V4(one.address.value));
        if !declared.is_empty() && !declared.iter().any(holds) {
            findings.for_service(
                one.service,
                Problem::AddressOutsideNetwork {
                    address: one.address.value.to_string(),
                    service: one.service.to_string(),
                    network: one.network.to_owned(),
                    at: one.address.span,
                    subnets: declared.iter().map(|subnet| subnet.span).collect(),
                },
            );
        }
    }
}

/// Returns the networks whose fixed addresses are routes: those on which a service with a fixed address has no known
/// port, because a ClusterIP forwards known ports only. The service proxy rejects other addresses of the service subnet,
/// so that a network has either routes or ClusterIPs. The overrides can choose otherwise.
fn routed_networks(project: &Project, overrides: &Overrides, fixed: &[FixedAddress]) -> BTreeSet<String> {
    let name_servers = project.name_servers();
    let serves_dns = |membership: &Membership| {
        membership.ipv4_address.is_some_and(|address| name_servers.contains(&std::net::IpAddr::V4(address.value)))
    };
    let has_ports = |name: &ServiceName| {
        let networks = project.services.get(name).map(|service| &service.networks);
        networks.is_some_and(|networks| !networks.ports.is_empty() || !networks.expose.is_empty())
            || overrides.services.get(name).is_some_and(|choice| !choice.ports.is_empty())
            || networks.is_some_and(|networks| networks.attachment.memberships().iter().any(serves_dns))
    };
    let without_ports = fixed.iter().filter(|one| !has_ports(one.service) && one.address.value.is_private());
    let open = without_ports.filter(|one| !overrides.networks.contains_key(one.network));
    open.map(|one| one.network.to_owned()).collect()
}

/// Decides how the fixed addresses of each network are assigned. Without a choice in the overrides, private addresses
/// become ClusterIPs as long as one subnet contains them; public addresses are on the pod's interface only.
fn address_choices(
    overrides: &Overrides,
    fixed: &[FixedAddress],
    routed: &BTreeSet<String>,
    shared: bool,
    target: Target,
    findings: &mut Findings,
) -> IndexMap<String, Addresses> {
    let rules = target.subnet_rules();
    let mut choices: IndexMap<String, Addresses> =
        overrides.networks.iter().map(|(network, choice)| (network.clone(), choice.addresses.value)).collect();
    let mut networks: IndexMap<&str, Vec<&FixedAddress>> = IndexMap::default();
    for one in fixed {
        networks.entry(one.network).or_default().push(one);
    }
    let mut held: Vec<Ipv4Addr> = fixed
        .iter()
        .filter(|one| choices.get(one.network) == Some(&Addresses::Service))
        .map(|one| one.address.value)
        .collect();
    // Networks with the most addresses first: other services most likely use those.
    let mut open: Vec<(&str, Vec<&FixedAddress>)> =
        networks.into_iter().filter(|(network, _)| !choices.contains_key(*network)).collect();
    open.sort_by_key(|(_, fixed)| std::cmp::Reverse(fixed.len()));
    for (network, fixed) in open {
        let private = fixed.iter().all(|one| one.address.value.is_private());
        let together: Vec<Ipv4Addr> = held.iter().copied().chain(fixed.iter().map(|one| one.address.value)).collect();
        let fits = target.assigns_cluster_ips()
            && match &overrides.cluster.service_subnet {
                _ if shared => true,
                Some(wanted) => fixed.iter().all(|one| wanted.value.contains(&one.address.value)),
                None => smallest_subnet(&together).is_some_and(|net| net.prefix_len() >= rules.min_prefix),
            };
        let choice = if routed.contains(network) {
            Addresses::Interface
        } else if private && fits {
            held = together;
            Addresses::Service
        } else {
            if private {
                findings.for_project(Problem::NetworkNotDialled {
                    network: network.to_owned(),
                    at: fixed.iter().map(|one| one.address.span).collect(),
                });
            }
            Addresses::Interface
        };
        choices.insert(network.to_owned(), choice);
    }
    choices
}

/// Reports ClusterIPs outside the service subnet of the overrides, and those that the cluster reserves.
fn check_service_subnet(
    service_addresses: &[&FixedAddress],
    wanted: &Spanned<Ipv4Net>,
    target: Target,
    findings: &mut Findings,
) {
    for one in service_addresses {
        if !wanted.value.contains(&one.address.value) {
            findings.for_service(
                one.service,
                Problem::AddressOutsideServices {
                    address: one.address.value.to_string(),
                    service: one.service.to_string(),
                    subnet: wanted.value.to_string(),
                    at: one.address.span,
                    subnet_at: wanted.span,
                },
            );
        } else if let Some(whose) = target.reserved_for(wanted.value, one.address.value) {
            findings.for_service(
                one.service,
                Problem::AddressReserved {
                    address: one.address.value.to_string(),
                    service: one.service.to_string(),
                    whose: whose.to_owned(),
                    subnet: wanted.value.to_string(),
                    at: one.address.span,
                    subnet_at: wanted.span,
                },
            );
        }
    }
}

/// Returns the smallest service subnet that contains the ClusterIPs and the subnets that their networks declare,
/// without a ClusterIP at a reserved address; the default if there are no ClusterIPs.
fn service_subnet(
    project: &Project,
    service_addresses: &[&FixedAddress],
    target: Target,
    findings: &mut Findings,
) -> Ipv4Net {
    let rules = target.subnet_rules();
    let mut addresses: Vec<Ipv4Addr> = service_addresses.iter().map(|one| one.address.value).collect();
    let Some(first) = service_addresses.first() else { return rules.default_services };
    let declared = service_addresses.iter().filter_map(|one| {
        let network = project.networks.get(one.network)?;
        network.subnets.iter().find_map(|subnet| match subnet.value {
            IpNet::V4(net) if net.contains(&one.address.value) => Some(net),
            IpNet::V4(_) | IpNet::V6(_) => None,
        })
    });
    let bounds: Vec<Ipv4Addr> = declared
        .filter(|net| net.prefix_len() >= rules.min_prefix)
        .flat_map(|net| [net.network(), net.broadcast()])
        .collect();
    let narrow = smallest_subnet(&addresses);
    addresses.extend(bounds);
    let whole = smallest_subnet(&addresses).filter(|net| net.prefix_len() >= rules.min_prefix);
    let Some(start) = whole.or(narrow) else { return rules.default_services };
    let candidates = (rules.min_prefix..=start.prefix_len().min(rules.max_prefix)).rev();
    let free = candidates
        .filter_map(|prefix| Ipv4Net::new(start.network(), prefix).ok().map(|net| net.trunc()))
        .find(|net| service_addresses.iter().all(|one| target.reserved_for(*net, one.address.value).is_none()));
    free.unwrap_or_else(|| {
        let widest = Ipv4Net::new(first.address.value, rules.min_prefix).unwrap_or(rules.default_services).trunc();
        let in_the_way = |one: &&&FixedAddress| target.reserved_for(widest, one.address.value).is_some();
        let outside = |one: &&&FixedAddress| !widest.contains(&one.address.value);
        let blamed = service_addresses
            .iter()
            .find(in_the_way)
            .or_else(|| service_addresses.iter().find(outside))
            .unwrap_or(first);
        let (why, others) = if let Some(owner) = target.reserved_for(widest, blamed.address.value) {
            (format!("is where {owner} stands in `{widest}`, the widest of them"), Vec::new())
        } else {
            let why = format!("lies outside `{widest}`, the widest with `{}` in it", first.address.value);
            (why, vec![first.address.span])
        };
        findings.for_project(Problem::NoServiceSubnet {
            address: blamed.address.value.to_string(),
            service: blamed.service.to_string(),
            why,
            at: blamed.address.span,
            others,
        });
        rules.default_services
    })
}
