//! `hostname`, `domainname`, `extra_hosts`.

use k8s_openapi::api::core::v1::HostAlias;

use crate::keys::Key;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::problem::Problem;
use crate::lower::unique::push_unique;
use crate::resolve::Service;
use crate::resolve::networks::{ExtraHost, HostAddress};
use crate::text::Spanned;

/// `hostname` and `domainname`.
pub(crate) fn set_host_name(
    service: &Service,
    hostname: Option<&Spanned<String>>,
    domainname: Option<&Spanned<String>>,
    pod: &mut PodBuilder,
) {
    let (Some(host), domain) = (hostname, domainname) else { return };
    let full = domain.map_or_else(|| host.value.clone(), |domain| format!("{}.{}", host.value, domain.value));
    let lower = full.to_ascii_lowercase();
    // The kubelet gives no name of its own to a pod on the node's network.
    let on_node = pod.spec.host_network == Some(true);
    let bearable = !on_node
        && lower.len() <= 63
        && lower.split('.').all(|label| {
            let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            !label.is_empty() && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
        });
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
    // A name with dots is no `hostname`, which is a single label; the override takes a whole domain name.
    if lower.contains('.') {
        pod.spec.hostname_override = Some(lower);
    } else {
        pod.spec.hostname = Some(lower);
    }
}

/// `extra_hosts` → hostAliases, one an address, in the order of the addresses' first mention.
pub(crate) fn add_host_aliases(service: &Service, extra_hosts: &[ExtraHost], pod: &mut PodBuilder) {
    let owner = &service.name.value;
    for ExtraHost { name, address } in extra_hosts {
        let address = match address {
            HostAddress::Ip(address) => address.to_string(),
            HostAddress::HostGateway => {
                pod.findings.for_key(
                    owner,
                    Key::ExtraHosts,
                    Problem::HostGateway { service: owner.to_string(), name: name.value.clone(), at: name.span },
                );
                continue;
            }
        };
        // Host names know no case, and Kubernetes takes them in lower case alone.
        let lower = name.value.to_ascii_lowercase();
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let label = |label: &str| {
            !label.is_empty() && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
        };
        if lower.len() > 253 || !lower.split('.').all(label) {
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
}
