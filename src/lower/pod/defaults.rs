//! Kubernetes' own defaults that Compose does not have, each undone by a named rule.
//!
//! Invariant: a rule acts only where Compose says nothing; what the user asked for stays.
//! Not written here because nothing needs writing: no liveness probe (Docker restarts no unhealthy container), and no
//! limits, autoscaling or disruption budgets that Compose does not ask for.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::DeploymentStrategy;
use k8s_openapi::api::core::v1::{
    Container, PodDNSConfig, PodDNSConfigOption, PodSecurityContext, PodSpec, ResourceRequirements, SeccompProfile,
    Sysctl,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::builder::PodBuilder;
use crate::lower::context::Context;
use crate::resolve::Service;
use crate::resolve::order::DEFAULT_GRACE;

/// Rules that hold for every pod.
pub(crate) fn pod(context: Context) -> PodSpec {
    PodSpec {
        enable_service_links: Some(SERVICE_LINKS),
        automount_service_account_token: Some(TOKEN),
        termination_grace_period_seconds: grace(),
        security_context: Some(PodSecurityContext {
            seccomp_profile: Some(seccomp()),
            ..PodSecurityContext::default()
        }),
        dns_policy: Some("None".to_owned()),
        dns_config: Some(dns(context)),
        ..PodSpec::default()
    }
}

/// Kubernetes writes a dozen variables a Service into every container; Compose writes none.
const SERVICE_LINKS: bool = false;

/// A container of Compose holds no credentials of the machinery that runs it.
const TOKEN: bool = false;

/// Compose's default is 10 s, Kubernetes' 30 s.
fn grace() -> Option<i64> {
    i64::try_from(DEFAULT_GRACE.seconds_up()).ok()
}

/// Docker filters system calls; the kubelet's default is Unconfined.
fn seccomp() -> SeccompProfile {
    SeccompProfile { type_: "RuntimeDefault".to_owned(), ..SeccompProfile::default() }
}

/// Kubernetes gives three search domains, the node's besides, and `ndots:5`, so that names of the internet are asked
/// for under each of them first. Docker gives none, and short names resolve by themselves: one domain does that here.
/// `dnsPolicy: None`, because `dnsConfig` could otherwise only add to the list.
fn dns(context: Context) -> PodDNSConfig {
    PodDNSConfig {
        nameservers: Some(vec![context.dns().to_string()]),
        searches: Some(vec![context.domain()]),
        options: Some(vec![PodDNSConfigOption { name: Some("ndots".to_owned()), value: Some("1".to_owned()) }]),
    }
}

/// Compose stops the old container before it starts the new one.
pub(crate) fn strategy() -> DeploymentStrategy {
    DeploymentStrategy { type_: Some("Recreate".to_owned()), ..DeploymentStrategy::default() }
}

/// A limit without a request would become the request too, and the node would set aside what Docker merely caps.
pub(crate) fn requests(resources: &mut ResourceRequirements) {
    if let Some(limits) = &resources.limits {
        let requests = resources.requests.get_or_insert_with(BTreeMap::new);
        for resource in limits.keys() {
            requests.entry(resource.clone()).or_insert_with(|| Quantity("0".to_owned()));
        }
    }
}

const LOW_PORTS: &str = "net.ipv4.ip_unprivileged_port_start";

/// Docker opens the ports below 1024 to every user. Written only for a service known to use one.
pub(crate) fn low_ports(service: &Service, uses_one: bool, pod: &mut PodBuilder) {
    if !uses_one || pod.spec.host_network == Some(true) {
        return;
    }
    let context = pod.spec.security_context.get_or_insert_with(PodSecurityContext::default);
    let sysctls = context.sysctls.get_or_insert_with(Vec::new);
    if sysctls.iter().any(|sysctl| sysctl.name == LOW_PORTS) {
        return;
    }
    sysctls.push(Sysctl { name: LOW_PORTS.to_owned(), value: "0".to_owned() });
    let index = (sysctls.len() - 1).to_string();
    pod.comment(
        &["spec", "securityContext", "sysctls", &index],
        format!("Docker opens the low ports to every user, and `{}` has one of them.", service.name.value),
    );
}

/// An init container of our own: waits, addresses, owners of volumes.
pub(crate) fn helper(context: Context, name: &str) -> Container {
    Container {
        name: name.to_owned(),
        image: Some(context.overrides.helper_image.clone()),
        image_pull_policy: Some(context.target.image_pull_policy().to_owned()),
        ..Container::default()
    }
}
