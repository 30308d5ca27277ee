//! `hostname`, `domainname`, `extra_hosts`.

use k8s_openapi::api::core::v1::HostAlias;

use crate::keys::Key;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::problem::Problem;
use crate::maps::push_unique;
use crate::resolve::Service;
use crate::resolve::networks::{ExtraHost, HostAddress};
use crate::text::Spanned;
use crate::vocabulary::annotation;
use crate::words::is_dns_subdomain;

/// Sets `hostname` and `domainname`.
pub(crate) fn set_host_name(
    service: &Service,
    hostname: Option<&Spanned<String>>,
    domainname: Option<&Spanned<String>>,
    pod: &mut PodBuilder,
) {
    let (Some(host), domain) = (hostname, domainname) else { return };
    let full = domain.map_or_else(|| host.value.clone(), |domain| format!("{}.{}", host.value, domain.value));
    let lower = full.to_ascii_lowercase();
    // A pod on the node's network has the node's hostname.
    let on_node = pod.spec.host_network == Some(true);
    let bearable = !on_node && lower.len() <= 63 && is_dns_subdomain(&lower);
    if !bearable || lower != full {
        pod.findings.for_key(
            &service.name.value,
            Key::Hostname,
            Problem::HostName {
                service: service.name.value.to_string(),
                name: full.clone(),
                instead: if bearable {
                    format!("the container is called `{lower}`")
                } else if on_node {
                    "the container has the name of the node, whose network it is on".to_owned()
                } else {
                    "the container has the name of its pod".to_owned()
                },
                advice: if on_node {
                    "nothing to do, unless the program needs that name: then do without `network_mode: host`".to_owned()
                } else {
                    "use lower case letters, digits and dashes, at most 63".to_owned()
                },
                at: host.span,
            },
        );
    }
    if !bearable {
        return;
    }
    // `hostname` of a pod is a single label; `hostnameOverride` accepts a domain name.
    if lower.contains('.') {
        pod.spec.hostname_override = Some(lower);
    } else {
        pod.spec.hostname = Some(lower);
    }
}

/// Converts `extra_hosts` to hostAliases, one per address, in the order in which addresses first occur.
pub(crate) fn add_host_aliases(service: &Service, extra_hosts: &[ExtraHost], pod: &mut PodBuilder) {
    let owner = &service.name.value;
    let gateway = pod.context.target.host_gateway().to_string();
    for ExtraHost { name, address } in extra_hosts {
        let address = match address {
            HostAddress::Ip(address) => address.to_string(),
            HostAddress::HostGateway => gateway.clone(),
        };
        // Host names are case-insensitive; Kubernetes accepts lowercase letters only.
        let lower = name.value.to_ascii_lowercase();
        if !is_dns_subdomain(&lower) {
            pod.findings.for_key(
                owner,
                Key::ExtraHosts,
                Problem::UnbearableHostName {
                    service: owner.to_string(),
                    key: "extra_hosts".to_owned(),
                    name: name.value.clone(),
                    at: name.span,
                },
            );
            continue;
        }
        let aliases = pod.spec.host_aliases.get_or_insert_with(Vec::new);
        match aliases.iter_mut().find(|alias| alias.ip == address) {
            Some(alias) => push_unique(alias.hostnames.get_or_insert_with(Vec::new), lower),
            None => aliases.push(HostAlias { ip: address, hostnames: Some(vec![lower]) }),
        }
    }
    // An address that is written out and equals the placeholder is that of the Docker host, too.
    let is_used = extra_hosts.iter().any(|host| matches!(host.address, HostAddress::HostGateway));
    let index = pod.spec.host_aliases.iter().flatten().position(|alias| alias.ip == gateway);
    if let Some(index) = index.filter(|_| is_used && !pod.annotations.contains_key(annotation::HOST_GATEWAY)) {
        pod.comment(
            &["spec", "hostAliases", &index.to_string()],
            "extra_hosts: host-gateway. scripts/k8s-up.sh replaces this address, and the annotation, with that of the \
             Docker host; on Linux it is usually the same."
                .to_owned(),
        );
        pod.annotations.insert(annotation::HOST_GATEWAY.to_owned(), gateway);
    }
}
