//! Topic *networks*: reads networks, names, addresses, ports, DNS and hosts.
//! <https://github.com/compose-spec/compose-spec/blob/main/06-networks.md>

use super::fields::{Fields, spanned_string};
use crate::keys::Key;
use crate::parse::Tree;
use crate::report::Report;
use crate::resolve::canonical::short_forms::{no_range, range};
use crate::resolve::model::networks::{
    Attachment, Exposed, ExtraHost, HostAddress, Link, Membership, Network, Networks, Port, Protocol,
};
use crate::resolve::model::service_name::ServiceNames;
use crate::text::Spanned;

/// Takes the keys of the topic.
pub(crate) fn take_networks(fields: &mut Fields<'_>, names: &ServiceNames, report: &mut Report) -> Networks {
    let dns = fields.take_texts(Key::Dns);
    Networks {
        attachment: take_attachment(fields, names, report),
        container_name: fields.take_text(Key::ContainerName),
        hostname: fields.take_text(Key::Hostname),
        domainname: fields.take_text(Key::Domainname),
        ports: take_ports(fields, report),
        expose: take_expose(fields, report),
        extra_hosts: take_extra_hosts(fields, report),
        dns: dns.into_iter().filter_map(|server| parsed(&server, "an IP address", fields, report)).collect(),
        dns_search: fields.take_texts(Key::DnsSearch),
        dns_opt: fields.take_texts(Key::DnsOpt),
        links: take_links(fields, names, report),
        external_links: fields.take_texts(Key::ExternalLinks),
        mac_address: fields.take_text(Key::MacAddress),
    }
}

/// Parses a string, and reports it if that fails.
fn parsed<T: std::str::FromStr>(
    text: &Spanned<String>,
    what: &str,
    fields: &Fields<'_>,
    report: &mut Report,
) -> Option<Spanned<T>> {
    let value = text.value.parse().ok();
    if value.is_none() {
        fields.not_possible(format!("`{}` is not {what}", text.value), text.span, report);
    }
    value.map(|value| Spanned::new(value, text.span))
}

fn take_attachment(fields: &mut Fields<'_>, names: &ServiceNames, report: &mut Report) -> Attachment {
    let mode = fields.take_text(Key::NetworkMode);
    let mut memberships = Vec::new();
    for (network, _, mut membership) in fields.take_named(Key::Networks) {
        let ipv4 = membership.take_text(Key::NetworksIpv4Address);
        let ipv6 = membership.take_text(Key::NetworksIpv6Address);
        memberships.push(Membership {
            network,
            ipv4_address: ipv4.and_then(|text| parsed(&text, "an IPv4 address", &membership, report)),
            ipv6_address: ipv6.and_then(|text| parsed(&text, "an IPv6 address", &membership, report)),
            aliases: membership.take_texts(Key::NetworksAliases),
        });
        membership.skip(&[
            Key::NetworksDriverOpts,
            Key::NetworksGwPriority,
            Key::NetworksInterfaceName,
            Key::NetworksLinkLocalIps,
            Key::NetworksMacAddress,
            Key::NetworksPriority,
        ]);
        membership.finish(report);
    }
    let Some(mode) = mode else { return Attachment::Networks(memberships) };
    let (kind, name) = mode.value.split_once(':').unwrap_or((&mode.value, ""));
    match kind {
        "none" => return Attachment::None(mode.span),
        "host" => return Attachment::Host(mode.span),
        "bridge" | "default" => {}
        "container" => return Attachment::OfContainer(Spanned::new(name.to_owned(), mode.span)),
        "service" => {
            if let Some(service) = fields.service(&Spanned::new(name.to_owned(), mode.span), names, report) {
                return Attachment::OfService(service);
            }
        }
        _ => {
            let why = format!(
                "`network_mode: {}` is none of `none`, `host`, `bridge`, `service:NAME`, `container:NAME`",
                mode.value
            );
            fields.not_possible(why, mode.span, report);
        }
    }
    let network = Spanned::new("default".to_owned(), mode.span);
    Attachment::Networks(vec![Membership { network, ipv4_address: None, ipv6_address: None, aliases: Vec::new() }])
}

fn protocol_of(text: &str) -> Option<Protocol> {
    match text.to_lowercase().as_str() {
        "" | "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "sctp" => Some(Protocol::Sctp),
        _ => None,
    }
}

fn take_ports(fields: &mut Fields<'_>, report: &mut Report) -> Vec<Port> {
    let mut all = Vec::new();
    for mut port in fields.take_items(Key::Ports) {
        let span = port.span;
        let target = port.take_whole(Key::PortsTarget);
        let published = port.take_text(Key::PortsPublished);
        let host_ip = port.take_text(Key::PortsHostIp);
        let transport = port.take_text(Key::PortsProtocol).unwrap_or_else(|| Spanned::new(String::new(), span));
        let (name, app_protocol) = (port.take_text(Key::PortsName), port.take_text(Key::PortsAppProtocol));
        port.skip(&[Key::PortsMode]);
        let number = target.and_then(|target| u16::try_from(target.value).ok()).filter(|number| *number > 0);
        let choice = published.as_ref().map(|published| range(&published.value));
        match (number, choice, protocol_of(&transport.value)) {
            (None, _, _) => {
                let at = target.map_or(span, |target| target.span);
                port.not_possible("its `target` is not a port from 1 to 65535".to_owned(), at, report);
            }
            (_, Some(Some((0, 1..))), _) => {
                let at = published.as_ref().map_or(span, |published| published.span);
                let why = "a range of ports of the host begins at 1; `0` alone asks for any that is free".to_owned();
                port.not_possible(why, at, report);
            }
            (_, Some(None), _) => {
                let published = published.unwrap_or_else(|| Spanned::new(String::new(), span));
                let why = no_range(&published.value);
                port.not_possible(why, published.span, report);
            }
            (_, _, None) => {
                let why = format!("`{}` is none of `tcp`, `udp`, `sctp`", transport.value);
                port.not_possible(why, transport.span, report);
            }
            (Some(target), published, Some(protocol)) => all.push(Port {
                span,
                target,
                // Docker chooses the host port if it is 0.
                published: published.flatten().filter(|(first, _)| *first > 0),
                host_ip: host_ip.and_then(|ip| parsed(&ip, "an IP address", &port, report)).map(|ip| ip.value),
                protocol,
                name,
                app_protocol,
            }),
        }
        port.finish(report);
    }
    all
}

fn take_expose(fields: &mut Fields<'_>, report: &mut Report) -> Vec<Exposed> {
    let mut all = Vec::new();
    for written in fields.take_texts(Key::Expose) {
        let (ports, transport) = written.value.split_once('/').unwrap_or((&written.value, ""));
        if let (Some((first @ 1.., last)), Some(protocol)) = (range(ports), protocol_of(transport)) {
            all.extend((first..=last).map(|port| Exposed { span: written.span, port, protocol }));
        } else {
            let why = match range(ports) {
                Some((0, _)) => format!("`{}` is not a port to expose: the first one is 1", written.value),
                None => format!("{}, such as `80`, `8000-8010` or `53/udp`", no_range(ports)),
                Some(_) => {
                    format!("`{}` is not a port to expose, such as `80`, `8000-8010` or `53/udp`", written.value)
                }
            };
            fields.not_possible(why, written.span, report);
        }
    }
    all
}

fn take_extra_hosts(fields: &mut Fields<'_>, report: &mut Report) -> Vec<ExtraHost> {
    let mut all = Vec::new();
    for (name, entry) in fields.take(Key::ExtraHosts).and_then(Tree::as_mapping).into_iter().flatten() {
        for address in entry.value.as_sequence().unwrap_or_default().iter().map(spanned_string) {
            let name = Spanned::new(name.to_owned(), entry.key);
            if address.value == "host-gateway" {
                all.push(ExtraHost { name, address: HostAddress::HostGateway });
            } else if let Some(ip) = parsed(&address, "an IP address", fields, report) {
                all.push(ExtraHost { name, address: HostAddress::Ip(ip.value) });
            }
        }
    }
    all
}

fn take_links(fields: &mut Fields<'_>, names: &ServiceNames, report: &mut Report) -> Vec<Link> {
    let mut all = Vec::new();
    for link in fields.take_texts(Key::Links) {
        let (name, alias) = link.value.split_once(':').unwrap_or((&link.value, &link.value));
        if let Some(service) = fields.service(&Spanned::new(name.to_owned(), link.span), names, report) {
            all.push(Link { service, alias: alias.to_owned() });
        }
    }
    all
}

/// Takes the keys of a declared network.
pub(crate) fn network(key: Spanned<String>, mut fields: Fields<'_>, used: bool, report: &mut Report) -> Network {
    let name = fields.take_text(Key::TopNetworksName).map_or_else(|| key.value.clone(), |name| name.value);
    let mut subnets = Vec::new();
    if let Some(mut ipam) = fields.take_mapping(Key::TopNetworksIpam) {
        for mut pool in ipam.take_items(Key::TopNetworksIpamConfig) {
            if let Some(subnet) = pool.take_text(Key::TopNetworksIpamConfigSubnet) {
                subnets.extend(parsed(&subnet, "a subnet such as `10.0.0.0/24`", &pool, report));
            }
            pool.skip(&[
                Key::TopNetworksIpamConfigGateway,
                Key::TopNetworksIpamConfigIpRange,
                Key::TopNetworksIpamConfigAuxAddresses,
            ]);
            pool.finish(report);
        }
        ipam.skip(&[Key::TopNetworksIpamDriver, Key::TopNetworksIpamOptions]);
        ipam.finish(report);
    }
    let network = Network {
        key,
        name,
        external: fields.take_flag(Key::TopNetworksExternal).is_some_and(|flag| flag.value),
        internal: fields.take_flag(Key::TopNetworksInternal),
        driver: fields.take_text(Key::TopNetworksDriver),
        enable_ipv6: fields.take_flag(Key::TopNetworksEnableIpv6).is_some_and(|flag| flag.value),
        subnets,
        used,
    };
    fields.skip(&[
        Key::TopNetworksDriverOpts,
        Key::TopNetworksAttachable,
        Key::TopNetworksLabels,
        Key::TopNetworksEnableIpv4,
    ]);
    fields.finish(report);
    network
}
