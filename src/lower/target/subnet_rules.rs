//! Limits and defaults of the cluster's subnets.

use ipnet::Ipv4Net;

/// What a target allows for its subnets, and what it uses where nothing else is needed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SubnetRules {
    /// The service subnet of a project without fixed addresses.
    pub(crate) default_services: Ipv4Net,
    /// Pod subnets in the order in which they are tried; the first is the default.
    pub(crate) pods: &'static [Ipv4Net],
    /// Subnets that Docker's own networks usually have on the host.
    pub(crate) docker: &'static [Ipv4Net],
    /// The prefix length of the largest possible service subnet.
    pub(crate) min_prefix: u8,
    /// The prefix length of the smallest possible service subnet.
    pub(crate) max_prefix: u8,
}
