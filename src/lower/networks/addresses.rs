//! `ipv4_address` and `ipv6_address`.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;
use k8s_openapi::api::core::v1::{Capabilities, Container, SecurityContext};
use k8s_openapi::api::networking::v1::{ServiceCIDR, ServiceCIDRSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::routes::add_routes;
use crate::keys::Key;
use crate::lower::context::{Context, PodRole};
use crate::lower::objects::{Comment, Object, ObjectKind};
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::defaults;
use crate::lower::pod::metadata::project_labels;
use crate::lower::problem::Problem;
use crate::maps::push_unique;
use crate::overrides::Addresses;
use crate::resolve::Service;
use crate::resolve::networks::{Attachment, Membership};
use crate::text::Spanned;
use crate::words::join_with_and;

/// Returns the fixed addresses of a service that become ClusterIPs.
pub(crate) fn cluster_ip_addresses(service: &Service, context: Context) -> Vec<Spanned<Ipv4Addr>> {
    let Attachment::Networks(memberships) = &service.networks.attachment else { return Vec::new() };
    memberships
        .iter()
        .filter(|membership| context.subnets.choice(&membership.network.value) == Addresses::Service)
        .filter_map(|membership| membership.ipv4_address)
        .collect()
}

/// Adds every fixed address to the pod: to `lo` if it is a ClusterIP, otherwise to `eth0`, with a route on the node if the
/// network has one for each address.
pub(crate) fn add_addresses(service: &Service, memberships: &[Membership], pod: &mut PodBuilder) {
    let context = pod.context;
    let name = &service.name.value;
    let mut lines = Vec::new();
    let mut routed = Vec::new();
    let (mut dialled, mut own): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    let (mut dialled_at, mut own_at) = (Vec::new(), Vec::new());
    for Membership { network, ipv4_address, ipv6_address, aliases: _ } in memberships {
        if let Some(address) = ipv4_address {
            match context.subnets.choice(&network.value) {
                Addresses::Service => {
                    lines.push(format!("ip address replace {}/32 dev lo", address.value));
                    dialled.push(&network.value);
                    dialled_at.push(address.span);
                }
                Addresses::Interface if context.subnets.is_routed(&network.value) => routed.push(*address),
                Addresses::Interface => {
                    let prefix = prefix_length(context, &network.value, IpAddr::V4(address.value));
                    lines.push(format!("ip address replace {}/{prefix} dev eth0", address.value));
                    own.push(&network.value);
                    own_at.push(address.span);
                }
            }
        }
        if let Some(address) = ipv6_address {
            let prefix = prefix_length(context, &network.value, IpAddr::V6(address.value));
            lines.push(format!("ip -6 address replace {}/{prefix} dev eth0", address.value));
            push_unique(&mut own, network.value.as_str());
            own_at.push(address.span);
        }
    }
    if !routed.is_empty() {
        add_routes(service, &routed, pod);
    }
    if lines.is_empty() {
        return;
    }
    let single = lines.len() == 1;
    let script = if single { lines.concat() } else { lines.join("\n") + "\n" };
    let container_name =
        if pod.has_owner() { format!("addresses-{}", pod.container.name) } else { "addresses".to_owned() };
    let container = Container {
        command: Some(vec!["/bin/sh".to_owned(), "-ec".to_owned(), script]),
        security_context: Some(SecurityContext {
            run_as_user: Some(0),
            capabilities: Some(Capabilities { add: Some(vec!["NET_ADMIN".to_owned()]), drop: None }),
            ..SecurityContext::default()
        }),
        ..defaults::helper_container(context, &container_name)
    };
    pod.add_init_container(container, addresses_comment(service, context, &dialled, &own));
    // Reported for the service, not again for each of its runs.
    if context.role == PodRole::Run && !context.start_order.is_setup(name) {
        return;
    }
    if !dialled_at.is_empty() {
        pod.findings.for_key(
            name,
            Key::NetworksIpv4Address,
            Problem::FixedAddress { service: name.to_string(), at: dialled_at },
        );
    }
    if !own_at.is_empty() {
        pod.findings.for_key(
            name,
            Key::NetworksIpv4Address,
            Problem::OwnAddress { service: name.to_string(), at: own_at },
        );
    }
}

/// Returns the comment of the `addresses` container.
fn addresses_comment(service: &Service, context: Context, dialled: &[&str], own: &[&str]) -> String {
    let object = context.names.name_of(&service.name.value);
    let mut text =
        String::from(if dialled.len() + own.len() == 1 { "ipv4_address." } else { "ipv4_address, once a network." });
    if !dialled.is_empty() {
        text.push_str(&format!(
            " {} of {} {} in services/{object}.yaml and also {} on lo, because a container may bind its own address and \
             dial itself by it.",
            if dialled.len() == 1 { "That" } else { "Those" },
            join_with_and(dialled),
            if dialled.len() == 1 { "is the ClusterIP" } else { "are the ClusterIPs" },
            if dialled.len() == 1 { "sits" } else { "sit" },
        ));
    }
    if !own.is_empty() {
        text.push_str(&format!(
            " {} of {} {} the pod's own business: with the network's prefix, a neighbour that nobody is stays \
             silent for three seconds and is then unreachable, as on Docker's bridge.",
            if own.len() == 1 { "That" } else { "Those" },
            join_with_and(own),
            if own.len() == 1 { "is" } else { "are" },
        ));
    }
    text.push_str(" `replace`, not `add`: this may run twice in one sandbox.");
    text
}

/// Returns the prefix length of the declared subnet that contains the address; without one, that of a single address.
fn prefix_length(context: Context, network: &str, address: IpAddr) -> u8 {
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let subnets = context.project.networks.get(network).map_or(&[][..], |network| network.subnets.as_slice());
    subnets.iter().find(|subnet| subnet.value.contains(&address)).map_or(whole, |subnet| subnet.value.prefix_len())
}

/// Returns the ranges of fixed addresses in a cluster that projects share. A range belongs to the cluster, so that its name
/// contains that of the project.
/// <https://kubernetes.io/docs/tasks/network/extend-service-ip-ranges/>
pub(crate) fn service_ranges(context: Context) -> Vec<Object> {
    let object = |net: &Ipv4Net| Object {
        kind: ObjectKind::ServiceRange(Box::new(ServiceCIDR {
            metadata: ObjectMeta {
                name: Some(format!("{}-{}", context.names.namespace, net.to_string().replace(['.', '/'], "-"))),
                labels: Some(project_labels(context)),
                ..ObjectMeta::default()
            },
            spec: Some(ServiceCIDRSpec { cidrs: Some(vec![net.to_string()]) }),
            status: None,
        })),
        comments: vec![Comment {
            at: Vec::new(),
            text: "A further range of ClusterIPs, for fixed addresses: the service subnet of a cluster cannot change."
                .to_owned(),
        }],
    };
    context.subnets.further_services.iter().map(object).collect()
}
