//! Topic *networks*: fixed addresses.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use crate::check::context::{ExpectedContext, ObservedContext};
use crate::check::facts::{Fact, Interface, Kind, Setting, Value, Weight};
use crate::check::manifests::init_script::InitAction;
use crate::check::manifests::route_script::has_processes_of_node;
use crate::maps::HashSet;
use crate::overrides::Addresses;
use crate::resolve::networks::{Attachment, Membership};
use crate::text::{Span, Spanned};

/// Returns the facts for fixed addresses, which are Service addresses or addresses of an interface according to the
/// overrides. By default private addresses are Service addresses as long as one range can contain all of them.
pub(crate) fn expected(context: ExpectedContext, memberships: &[Membership]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for Membership { network, ipv4_address, ipv6_address, aliases: _ } in memberships {
        if let Some(address) = ipv4_address {
            let ip = IpAddr::V4(address.value);
            if context.index.routed_networks.get_or_init(|| routed_networks(context)).contains(&network.value) {
                facts.push(Fact::required(Kind::Dialled, ip.to_string(), true, address.span));
                facts.push(Fact::required(Kind::Address, ip.to_string(), interface("eth0", "32"), address.span));
            } else {
                facts.extend(chosen_address(context, &network.value, address));
            }
        }
        if let Some(address) = ipv6_address {
            let address_of = IpAddr::V6(address.value);
            facts.extend(address_facts(context, &network.value, address_of, address.span, Addresses::Interface));
        }
    }
    facts
}

/// Returns the facts for a fixed IPv4 address that is not a route: a Service address or one of an interface.
fn chosen_address(context: ExpectedContext, network: &str, address: &Spanned<Ipv4Addr>) -> Vec<Fact> {
    let choice = context.overrides.networks.get(network).map(|choice| choice.addresses.value);
    let range = context.overrides.cluster.service_subnet.as_ref();
    // A cluster that projects share has further ranges of Service addresses.
    let shared = context.overrides.shares_cluster(context.index.cluster_project.unwrap_or(context.project));
    let fits = address.value.is_private() && (shared || range.is_none_or(|range| range.value.contains(&address.value)));
    let unsaid = if fits { Addresses::Service } else { Addresses::Interface };
    let ip = IpAddr::V4(address.value);
    let open = choice.is_none()
        && range.is_none()
        && !shared
        && fits
        && !*context.index.fixed_addresses_fit.get_or_init(|| one_range_holds_all(context));
    let mut of = address_facts(context, network, ip, address.span, choice.unwrap_or(unsaid));
    if open {
        let other = address_facts(context, network, ip, address.span, Addresses::Interface);
        for fact in &mut of {
            fact.weight = if fact.kind == Kind::Dialled { Weight::Optional } else { fact.weight };
            fact.also.extend(other.iter().filter(|other| other.kind == fact.kind).map(|other| other.value.clone()));
        }
    }
    of
}

/// Returns the networks whose fixed addresses are routes on the node: a service with such an address has no known port,
/// and the overrides do not choose how addresses of the network are assigned.
pub(super) fn routed_networks(context: ExpectedContext) -> HashSet<String> {
    let mut networks = HashSet::default();
    // Files of a run do not change the cluster.
    let project = context.index.cluster_project.unwrap_or(context.project);
    for service in project.services.values() {
        let Attachment::Networks(memberships) = &service.networks.attachment else { continue };
        let is_fixed = |membership: &&Membership| {
            membership.ipv4_address.is_some_and(|address| address.value.is_private())
                && !context.overrides.networks.contains_key(&membership.network.value)
        };
        let fixed = memberships.iter().filter(is_fixed);
        if (ExpectedContext { project, service, ..context }).known_ports().is_empty() {
            networks.extend(fixed.map(|membership| membership.network.value.clone()));
        }
    }
    networks
}

/// Whether all private fixed addresses of the project are within 20 bits, the widest range that Kubernetes permits for
/// Services.
fn one_range_holds_all(context: ExpectedContext) -> bool {
    let project = context.index.cluster_project.unwrap_or(context.project);
    let mut all = project.services.values().flat_map(|service| match &service.networks.attachment {
        Attachment::Networks(memberships) => memberships.as_slice(),
        Attachment::None(_) | Attachment::Host(_) | Attachment::OfService(_) | Attachment::OfContainer(_) => &[],
    });
    let mut bits = None;
    all.all(|membership| match membership.ipv4_address.filter(|address| address.value.is_private()) {
        Some(address) => {
            let address = u32::from(address.value);
            let first = *bits.get_or_insert(address);
            (first ^ address).leading_zeros() >= 12
        }
        None => true,
    })
}

fn address_facts(context: ExpectedContext, network: &str, address: IpAddr, span: Span, choice: Addresses) -> Vec<Fact> {
    let value = address.to_string();
    match choice {
        Addresses::Service => vec![
            Fact::required(Kind::Dialled, &value, true, span),
            Fact::defaulted(Kind::Address, value, interface("lo", "32"), span),
        ],
        Addresses::Interface => {
            let subnets = context.project.networks.get(network).map_or(&[][..], |network| &network.subnets);
            let prefix = subnets
                .iter()
                .find(|subnet| subnet.value.contains(&address))
                .map_or(if address.is_ipv4() { 32 } else { 128 }, |subnet: &Spanned<IpNet>| subnet.value.prefix_len());
            vec![Fact::required(Kind::Address, value, interface("eth0", &prefix.to_string()), span)]
        }
    }
}

/// Returns the addresses that init containers assign to the pod's interfaces.
pub(crate) fn observed(context: ObservedContext) -> Vec<Fact> {
    let mut facts = Vec::new();
    for init in context.workload.init_containers(context.preceding) {
        let able = init.can_configure_network();
        for act in init.actions.unwrap_or_default() {
            let (address, value) = match act {
                InitAction::AddAddress { address, prefix, device } if able => (address, interface(device, prefix)),
                InitAction::RouteAddress { address }
                    if has_processes_of_node(init.container, context.workload.spec) =>
                {
                    facts.push(Fact::required(Kind::Dialled, address, true, init.span()));
                    (address, interface("eth0", "32"))
                }
                InitAction::AddAddress { address, prefix: _, device: _ } | InitAction::RouteAddress { address } => {
                    (address, Setting::NoInterface.into())
                }
                InitAction::RedirectDns { .. }
                | InitAction::WaitForName { .. }
                | InitAction::WaitWithTool { .. }
                | InitAction::WaitForObject { .. }
                | InitAction::ChangeOwner { .. }
                | InitAction::ChangeMode { .. }
                | InitAction::EmptyFolder { .. }
                | InitAction::CopyFile { .. }
                | InitAction::CreateFolder { .. }
                | InitAction::FillVolume { .. }
                | InitAction::CopyFolder { .. } => continue,
            };
            facts.push(Fact::required(Kind::Address, address, value, init.span()));
        }
    }
    facts
}

/// Returns an address of an interface as the value of a fact.
fn interface(device: &str, prefix: &str) -> Value {
    Value::Interface(Box::new(Interface { device: device.into(), prefix: prefix.into() }))
}
