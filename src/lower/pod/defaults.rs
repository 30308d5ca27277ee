//! Defaults of Kubernetes that differ from Compose, each with a rule that restores Compose's behaviour.
//!
//! Invariant: a rule applies only where the Compose file has no value.
//!
//! No rule is necessary for liveness probes (Docker does not restart unhealthy containers), limits, autoscaling and
//! disruption budgets: Kubernetes adds none by default.

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

/// Returns the spec of a pod with the rules for all pods.
pub(crate) fn pod_spec(context: Context) -> PodSpec {
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

/// Kubernetes sets a dozen environment variables per Service in every container; Compose sets none.
const SERVICE_LINKS: bool = false;

/// Containers in Compose have no credentials for the container engine.
const TOKEN: bool = false;

/// Compose's default is 10 s, Kubernetes' default is 30 s.
fn grace() -> Option<i64> {
    i64::try_from(DEFAULT_GRACE.seconds_up()).ok()
}

/// Docker's default seccomp profile filters system calls; the kubelet's default is `Unconfined`.
fn seccomp() -> SeccompProfile {
    SeccompProfile { type_: "RuntimeDefault".to_owned(), ..SeccompProfile::default() }
}

/// Kubernetes adds three search domains, those of the node, and `ndots:5`, so that external names are looked up in each
/// of them first. Docker adds none, and resolves service names itself; here one search domain does that. `dnsPolicy` is
/// `None` because `dnsConfig` can otherwise only extend the list.
fn dns(context: Context) -> PodDNSConfig {
    PodDNSConfig {
        nameservers: Some(vec![context.dns().to_string()]),
        searches: Some(vec![context.domain()]),
        options: Some(vec![PodDNSConfigOption { name: Some("ndots".to_owned()), value: Some("1".to_owned()) }]),
    }
}

/// Compose stops the old container before it starts the new one.
pub(crate) fn deployment_strategy() -> DeploymentStrategy {
    DeploymentStrategy { type_: Some("Recreate".to_owned()), ..DeploymentStrategy::default() }
}

/// Without a request, Kubernetes uses the limit as the request and reserves resources that Docker only limits.
pub(crate) fn set_zero_requests(resources: &mut ResourceRequirements) {
    if let Some(limits) = &resources.limits {
        let requests = resources.requests.get_or_insert_with(BTreeMap::new);
        for resource in limits.keys() {
            requests.entry(resource.clone()).or_insert_with(|| Quantity("0".to_owned()));
        }
    }
}

const LOW_PORTS: &str = "net.ipv4.ip_unprivileged_port_start";

/// Docker allows every user to bind ports below 1024. The sysctl is added only for services that are known to use such
/// a port.
pub(crate) fn allow_low_ports(service: &Service, uses_one: bool, pod: &mut PodBuilder) {
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

/// Returns the command of an init container that waits until the answer for a name has an address. `server` is the name
/// server with a leading space, or empty for that of the pod.
pub(crate) fn wait_for_name(name: &str, server: &str) -> Vec<String> {
    let script = format!(
        "until nslookup -type=a {name}{server} 2>/dev/null | sed '1,/^$/d' | grep -q '^Address'; do\n  sleep 0.5\ndone\n"
    );
    vec!["/bin/sh".to_owned(), "-c".to_owned(), script]
}

/// Returns an init container with the helper image: waits, addresses, owners of volumes.
pub(crate) fn helper_container(context: Context, name: &str) -> Container {
    Container {
        name: name.to_owned(),
        image: Some(context.overrides.helper_image().to_owned()),
        image_pull_policy: Some(context.target.image_pull_policy().to_owned()),
        ..Container::default()
    }
}
