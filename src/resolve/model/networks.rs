//! Topic *networks*: the model of networks, names, addresses, ports, DNS and hosts.
//! <https://github.com/compose-spec/compose-spec/blob/main/06-networks.md>

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::service_name::ServiceName;
use crate::maps::IndexMap;
use crate::text::{Span, Spanned};

/// The network configuration of a service.
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
    /// `ports`, ranges expanded: one entry per container port.
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
    /// `links`: further names of other services, for this service only.
    pub links: Vec<Link>,
    /// `external_links`: `CONTAINER[:ALIAS]`.
    pub external_links: Vec<Spanned<String>>,
    /// `mac_address`.
    pub mac_address: Option<Spanned<String>>,
}

/// The networks of a service. `network_mode` together with `networks` cannot be represented.
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
    /// `networks`. Without it, and with `network_mode: bridge`, the network `default`.
    Networks(Vec<Membership>),
}

/// One network of a service.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The key of a network that exists in [`Project::networks`](super::project::Project::networks).
    pub network: Spanned<String>,
    /// `ipv4_address`.
    pub ipv4_address: Option<Spanned<Ipv4Addr>>,
    /// `ipv6_address`.
    pub ipv6_address: Option<Spanned<Ipv6Addr>>,
    /// `aliases`.
    pub aliases: Vec<Spanned<String>>,
}

/// One `ports` entry.
#[derive(Debug, Clone)]
pub struct Port {
    /// The location of the entry; ports of one range share it.
    pub span: Span,
    /// The port in the container.
    pub target: u16,
    /// The host port, or the range from which Docker chooses one; `None` if any port may be chosen.
    pub published: Option<(u16, u16)>,
    /// The host address on which the port is published; `None` for all.
    pub host_ip: Option<IpAddr>,
    /// The transport protocol.
    pub protocol: Protocol,
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `app_protocol`.
    pub app_protocol: Option<Spanned<String>>,
}

/// The transport protocols that Kubernetes supports.
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
    /// The location of the entry.
    pub span: Span,
    /// The port.
    pub port: u16,
    /// The transport protocol.
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

/// The address of an extra host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostAddress {
    /// An IP address.
    Ip(IpAddr),
    /// `host-gateway`: the Docker host.
    HostGateway,
}

/// One `links` entry.
#[derive(Debug, Clone)]
pub struct Link {
    /// The other service.
    pub service: Spanned<ServiceName>,
    /// The name under which this service resolves it.
    pub alias: String,
}

/// A declared network.
#[derive(Debug, Clone)]
pub struct Network {
    /// The key below `networks:`. For an undeclared `default`, the location of the first service on it.
    pub key: Spanned<String>,
    /// The name in Docker: `name:` or `<project>_<key>`.
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
    /// Whether an active service is on it.
    pub used: bool,
}

impl Network {
    /// Whether the network has no connection to other networks.
    /// <https://github.com/compose-spec/compose-spec/blob/main/06-networks.md#internal>
    #[must_use]
    pub fn is_internal(&self) -> bool {
        self.internal.as_ref().is_some_and(|internal| internal.value)
    }
}

impl Attachment {
    /// Returns the networks of the container itself; none if it has no network or that of another.
    #[must_use]
    pub fn memberships(&self) -> &[Membership] {
        match self {
            Self::Networks(memberships) => memberships,
            Self::None(_) | Self::Host(_) | Self::OfService(_) | Self::OfContainer(_) => &[],
        }
    }

    /// Whether all networks are internal. Such a container reaches only them, and Docker publishes none of its ports.
    #[must_use]
    pub fn is_internal_only(&self, networks: &IndexMap<String, Network>) -> bool {
        let Self::Networks(memberships) = self else { return false };
        let internal = |of: &Membership| networks.get(&of.network.value).is_some_and(Network::is_internal);
        !memberships.is_empty() && memberships.iter().all(internal)
    }
}
