//! Topic *networks*: the address of Docker's embedded DNS server, which programs may query without `/etc/resolv.conf`.

use std::net::IpAddr;

use super::resolver::{forwarded_servers, forwarding, is_near};
use crate::check::context::{ExpectedContext, ObservedContext};
use crate::check::facts::{Fact, Kind, ServerAddress, Setting, Value};
use crate::check::manifests::init_script::InitAction;
use crate::check::manifests::route_script::has_processes_of_node;
use crate::resolve::networks::Attachment;
use crate::resolve::place_of_docker_dns;
use crate::text::Span;

/// The address of Docker's embedded DNS server.
const ADDRESS: &str = "127.0.0.11";

/// Returns the fact that a service of the pod queries the address, if the Compose file or the overrides show it.
pub(crate) fn expected(context: ExpectedContext) -> Option<Fact> {
    let service = context.service;
    let members = std::iter::once(service).chain(context.index.pod_mates(&service.name.value));
    let at = members.into_iter().find_map(|member| {
        let place = place_of_docker_dns(member, context.project);
        let choice = context.overrides.services.get(&member.name.value).and_then(|choice| choice.docker_dns);
        choice.unwrap_or(place.is_some()).then(|| place.unwrap_or(member.name.span))
    })?;
    let Attachment::Networks(_) = &service.networks.attachment else { return None };
    let servers = forwarded_servers(service)?;
    Some(Fact::required(Kind::DockerDns, ADDRESS, Value::servers(answering(context, &servers)), at))
}

/// Returns the servers that answer at the address: those of the project, then those of `dns` or of the node.
fn answering(context: ExpectedContext, servers: &[IpAddr]) -> Vec<ServerAddress> {
    let internal = context.service.networks.attachment.is_internal_only(&context.project.networks);
    let reached = servers.iter().filter(|server| !internal || is_near(context, **server));
    let mut all = vec![ServerAddress::Project];
    all.extend(reached.map(|server| ServerAddress::Address(server.to_string().into())));
    if servers.is_empty() && !internal {
        all.push(ServerAddress::Node);
    }
    all
}

/// Returns the facts of init containers that redirect queries.
pub(crate) fn observed(context: ObservedContext) -> Vec<Fact> {
    let namespace = context.workload.document.namespace.as_str();
    let mut facts = Vec::new();
    let mut add = |value: Value, at: Span| facts.push(Fact::required(Kind::DockerDns, ADDRESS, value, at));
    for init in context.workload.init_containers(context.preceding) {
        for action in init.actions.unwrap_or_default() {
            let InitAction::RedirectDns { server } = action else { continue };
            let value = match context.index.resolvers.endpoint(namespace, server) {
                _ if !has_processes_of_node(init.container, context.workload.spec) => Setting::MissingRights.into(),
                Some(endpoint) => Value::servers(forwarding(context, endpoint)),
                None => Value::servers([ServerAddress::Address(server.into())]),
            };
            add(value, init.span());
        }
    }
    facts
}
