//! Topic *networks*: addresses, hosts, DNS and hostname of the pod. [`services`] has the Service objects, [`ports`] the
//! published ports.
//! <https://github.com/compose-spec/compose-spec/blob/main/06-networks.md>

pub(super) mod addresses;
pub(super) mod dns;
pub(super) mod docker_dns;
mod host_names;
pub(super) mod policies;
pub(super) mod ports;
pub(super) mod resolver;
mod routes;
pub(super) mod services;

use addresses::add_addresses;
use dns::{add_search_domains, set_name_servers};
use host_names::{add_host_aliases, set_host_name};

use crate::keys::Key;
use crate::lower::context::{Context, PodRole};
use crate::lower::findings::Findings;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod_problem::Problem as PodProblem;
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::resolve::networks::{Attachment, Networks};
use crate::text::Span;

/// Sets the network of the pod and publishes the service's ports.
pub(crate) fn set_network(service: &Service, pod: &mut PodBuilder) {
    let context = pod.context;
    let Networks {
        attachment,
        container_name: _,
        hostname,
        domainname,
        ports: published,
        expose: _,
        extra_hosts,
        dns: _,
        dns_search,
        dns_opt,
        links: _,
        external_links: _,
        mac_address: _,
    } = &service.networks;
    match attachment {
        Attachment::Networks(memberships) => {
            add_addresses(service, memberships, pod);
            // It shares another namespace than the network's with the owner of the pod.
            if pod.has_owner() {
                report_ignored_settings(service, context, pod.findings);
                return ports::publish_ports(service, published, pod);
            }
        }
        Attachment::None(at) => {
            if context.role == PodRole::Service {
                let problem = Problem::InterfaceWithoutNetwork { service: service.name.value.to_string(), at: *at };
                pod.findings.for_key(&service.name.value, Key::NetworkMode, problem);
            }
        }
        Attachment::Host(at) => {
            pod.spec.host_network = Some(true);
            // The init containers that wait query the cluster's DNS, which the node's resolver does not use.
            pod.spec.dns_policy = Some("ClusterFirstWithHostNet".to_owned());
            pod.spec.dns_config = None;
            pod.report_host_is_node(service, Key::NetworkMode, *at);
            if context.role == PodRole::Service && ports::known_ports(service, context).is_empty() {
                pod.findings.for_key(
                    &service.name.value,
                    Key::NetworkMode,
                    Problem::HostNetwork { service: service.name.value.to_string(), at: *at },
                );
            }
        }
        // The pod belongs to another service, and so do the settings below.
        Attachment::OfService(_) => {
            report_ignored_settings(service, context, pod.findings);
            return ports::publish_ports(service, published, pod);
        }
        Attachment::OfContainer(other) => {
            if context.project.service_of_container(&other.value).is_some() {
                report_ignored_settings(service, context, pod.findings);
                return ports::publish_ports(service, published, pod);
            }
            pod.findings.for_key(
                &service.name.value,
                Key::NetworkMode,
                Problem::ForeignContainer {
                    service: service.name.value.to_string(),
                    container: other.value.clone(),
                    at: other.span,
                },
            );
        }
    }
    set_host_name(service, hostname.as_ref(), domainname.as_ref(), pod);
    set_name_servers(service, pod);
    add_search_domains(dns_search, dns_opt, pod);
    add_host_aliases(service, extra_hosts, pod);
    ports::publish_ports(service, published, pod);
}

/// Reports network settings of a service that shares another service's network.
fn report_ignored_settings(service: &Service, context: Context, findings: &mut Findings) {
    if context.role == PodRole::Run {
        return;
    }
    let of = &service.networks;
    let (mut keys, mut at) = (Vec::new(), Vec::new());
    let mut lost = |key: &str, span: Option<Span>| {
        if let Some(span) = span {
            keys.push(format!("`{key}`"));
            at.push(span);
        }
    };
    lost("hostname", of.hostname.as_ref().map(|name| name.span));
    lost("domainname", of.domainname.as_ref().map(|name| name.span));
    lost("extra_hosts", of.extra_hosts.first().map(|host| host.name.span));
    lost("dns", of.dns.first().map(|server| server.span));
    lost("dns_search", of.dns_search.first().map(|domain| domain.span));
    lost("dns_opt", of.dns_opt.first().map(|option| option.span));
    if !keys.is_empty() {
        findings.for_service(
            &service.name.value,
            PodProblem::SettingOfOther { service: service.name.value.to_string(), key: keys.join(", "), at },
        );
    }
}
