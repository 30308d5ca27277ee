//! Topic *networks*: names, addresses, aliases, ports, DNS, hosts.
//! <https://github.com/compose-spec/compose-spec/blob/main/06-networks.md>

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use indexmap::IndexMap;

use super::service_name::ServiceName;
use crate::text::{Span, Spanned};

/// How a service is found and reached.
#[derive(Debug, Clone)]
pub struct Networks {
    /// `network_mode` or `networks`.
    pub attachment: Attachment,
    /// `container_name`.
    pub container_name: Option<Spanned<String>>,
    /// `hostname`.
    pub hostname: Option<Spanned<String>>,
    /// `domainname`.
    pub domainname: Option<Spanned<String>>,
    /// `ports`, ranges expanded, one entry a container port.
    pub ports: Vec<Port>,
    /// `expose`, ranges expanded.
    pub expose: Vec<Exposed>,
    /// `extra_hosts`.
    pub extra_hosts: Vec<ExtraHost>,
    /// `dns`.
    pub dns: Vec<Spanned<IpAddr>>,
    /// `dns_search`.
    pub dns_search: Vec<Spanned<String>>,
    /// `dns_opt`, as written: `ndots:2`.
    pub dns_opt: Vec<Spanned<String>>,
    /// `links`: another name for a service, seen by this one.
    pub links: Vec<Link>,
    /// `external_links`: `CONTAINER[:ALIAS]`.
    pub external_links: Vec<Spanned<String>>,
    /// `mac_address`.
    pub mac_address: Option<Spanned<String>>,
}

/// Which networks a service is on. `network_mode` together with `networks` cannot be written down.
#[derive(Debug, Clone)]
pub enum Attachment {
    /// `network_mode: none`.
    None(Span),
    /// `network_mode: host`.
    Host(Span),
    /// `network_mode: service:NAME`.
    OfService(Spanned<ServiceName>),
    /// `network_mode: container:NAME`.
    OfContainer(Spanned<String>),
    /// `networks`; without it, or with `network_mode: bridge`, the network `default`.
    Networks(Vec<Membership>),
}

/// One network of a service.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The network's key below `networks:`; it exists in the project.
    pub network: Spanned<String>,
    /// `ipv4_address`.
    pub ipv4_address: Option<Spanned<Ipv4Addr>>,
    /// `ipv6_address`.
    pub ipv6_address: Option<Spanned<Ipv6Addr>>,
    /// `aliases`.
    pub aliases: Vec<Spanned<String>>,
}

/// One published or publishable container port.
#[derive(Debug, Clone)]
pub struct Port {
    /// Where it was written; ports of one range share it.
    pub span: Span,
    /// The port in the container.
    pub target: u16,
    /// The port, or the range to choose from, on the host; none: Docker chooses.
    pub published: Option<(u16, u16)>,
    /// The host's address it is published on; none: all.
    pub host_ip: Option<IpAddr>,
    /// Transport.
    pub protocol: Protocol,
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `app_protocol`.
    pub app_protocol: Option<Spanned<String>>,
}

/// Transport protocols Kubernetes knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// One `expose` entry.
#[derive(Debug, Clone)]
pub struct Exposed {
    /// Where.
    pub span: Span,
    /// The port.
    pub port: u16,
    /// Transport.
    pub protocol: Protocol,
}

/// One `extra_hosts` entry.
#[derive(Debug, Clone)]
pub struct ExtraHost {
    /// The name.
    pub name: Spanned<String>,
    /// Its address.
    pub address: HostAddress,
}

/// What an extra host leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostAddress {
    /// An address.
    Ip(IpAddr),
    /// `host-gateway`: the machine that runs Docker.
    HostGateway,
}

/// One `links` entry.
#[derive(Debug, Clone)]
pub struct Link {
    /// The other service.
    pub service: Spanned<ServiceName>,
    /// The name it is seen under.
    pub alias: String,
}

/// A declared network.
#[derive(Debug, Clone)]
pub struct Network {
    /// Its key, at its place; for an undeclared `default` the place of the service list.
    pub key: Spanned<String>,
    /// The name Docker gives it: `name:` or `<project>_<key>`.
    pub name: String,
    /// `external: true`.
    pub external: bool,
    /// `internal: true`.
    pub internal: Option<Spanned<bool>>,
    /// `driver`, as written.
    pub driver: Option<Spanned<String>>,
    /// `enable_ipv6: true`.
    pub enable_ipv6: bool,
    /// `ipam.config[].subnet`.
    pub subnets: Vec<Spanned<ipnet::IpNet>>,
    /// Whether a program would see it in Docker: some service is on it.
    pub used: bool,
}

impl Network {
    /// Whether it has no way out, and none in.
    /// <https://github.com/compose-spec/compose-spec/blob/main/06-networks.md#internal>
    #[must_use]
    pub fn is_internal(&self) -> bool {
        self.internal.as_ref().is_some_and(|internal| internal.value)
    }
}

impl Attachment {
    /// Whether it is to internal networks alone: such a container reaches nothing beside them, and Docker publishes none of
    /// its ports.
    #[must_use]
    pub fn is_internal_only(&self, networks: &IndexMap<String, Network>) -> bool {
        let Self::Networks(memberships) = self else { return false };
        let internal = |of: &Membership| networks.get(&of.network.value).is_some_and(Network::is_internal);
        !memberships.is_empty() && memberships.iter().all(internal)
    }
}
