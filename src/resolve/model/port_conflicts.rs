//! Ports of the host that several services publish.

use std::net::IpAddr;

use super::networks::{Attachment, Port, Protocol};
use super::project::{Project, Service};
use super::service_name::ServiceName;
use crate::maps::IndexMap;
use crate::text::Span;

/// A published port that another service keeps.
#[derive(Debug, Clone)]
pub struct PortConflict {
    /// The location of the port that is not published.
    pub at: Span,
    /// The service that keeps the port: the one that starts first.
    pub kept_by: ServiceName,
    /// The location of the port that is published.
    pub kept_at: Span,
}

/// A published port and its service.
struct Claim<'a> {
    /// The index of the service in the project.
    index: usize,
    service: &'a Service,
    port: &'a Port,
}

/// Whether two published ports listen on a common address.
#[must_use]
pub fn is_same_listener(one: Option<IpAddr>, other: Option<IpAddr>) -> bool {
    let everywhere = |address: Option<IpAddr>| address.is_none_or(|address| address.is_unspecified());
    one == other || everywhere(one) || everywhere(other)
}

impl Project {
    /// Returns the published ports of active services that another active service, which starts earlier, publishes too. Of
    /// services with the same number of dependencies before them, the first in the file starts first. Only services for which
    /// `publishes` is true count.
    pub fn port_conflicts(&self, publishes: impl Fn(&Service) -> bool) -> Vec<PortConflict> {
        let mut claims: IndexMap<(u16, Protocol), Vec<Claim<'_>>> = IndexMap::default();
        for (index, service) in self.services.values().enumerate() {
            let attachment = &service.networks.attachment;
            let is_published = match attachment {
                Attachment::Networks(_) => !attachment.is_internal_only(&self.networks),
                Attachment::OfService(_) | Attachment::OfContainer(_) => true,
                Attachment::None(_) | Attachment::Host(_) => false,
            };
            if !service.order.active || !is_published || !publishes(service) {
                continue;
            }
            for port in &service.networks.ports {
                if let Some((low, high)) = port.published
                    && low == high
                {
                    claims.entry((low, port.protocol)).or_default().push(Claim { index, service, port });
                }
            }
        }
        let mut depths = IndexMap::default();
        let mut conflicts = Vec::new();
        for mut claims in claims.into_values().filter(|claims| claims.len() > 1) {
            claims.sort_by_key(|claim| (self.start_depth(&claim.service.name.value, &mut depths), claim.index));
            let mut kept: Vec<Claim<'_>> = Vec::new();
            for claim in claims {
                let winner = kept.iter().find(|other| {
                    other.service.name.value != claim.service.name.value
                        && is_same_listener(other.port.host_ip, claim.port.host_ip)
                });
                if let Some(winner) = winner {
                    let (kept_by, kept_at) = (winner.service.name.value.clone(), winner.port.span);
                    conflicts.push(PortConflict { at: claim.port.span, kept_by, kept_at });
                } else {
                    kept.push(claim);
                }
            }
        }
        conflicts
    }

    /// Returns the length of the longest chain of dependencies that start before a service.
    fn start_depth<'a>(&'a self, service: &'a ServiceName, known: &mut IndexMap<&'a ServiceName, usize>) -> usize {
        if let Some(depth) = known.get(service) {
            return *depth;
        }
        // Dependencies have no cycles. The entry ends the recursion if they do.
        known.insert(service, 0);
        let waits = self.services.get(service).map_or(&[][..], |body| body.order.waits.as_slice());
        let active = waits.iter().filter(|wait| self.services.get(&wait.on.value).is_some_and(|on| on.order.active));
        let depth = active.map(|wait| self.start_depth(&wait.on.value, known) + 1).max().unwrap_or(0);
        known.insert(service, depth);
        depth
    }
}
