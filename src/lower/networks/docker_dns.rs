//! The address of Docker's embedded DNS server, 127.0.0.11, in pods whose programs query it.
//!
//! Docker redirects queries to this address to its own server. A pod redirects them to the project resolver, which takes a
//! privileged container.

use k8s_openapi::api::core::v1::EnvVar;

use crate::lower::analysis::resolver::{queries_itself, wants_docker_dns};
use crate::lower::context::PodRole;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::privileged::privileged_container;
use crate::lower::problem::Problem;
use crate::resolve::networks::Attachment;
use crate::resolve::{Service, place_of_docker_dns};

/// Redirects queries in the network of the pod. busybox has no `nft`, so the script runs that of the node. The packets leave
/// with the source address 127.0.0.1, which takes `route_localnet`, and get the address of the pod.
const SCRIPT: &str = r#"echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
nsenter --mount=/node/proc/1/ns/mnt /bin/sh -euc '
printf "%s\n" "add table ip compose2k8s" \
  "add chain ip compose2k8s dns { type nat hook output priority -100; }" \
  "flush chain ip compose2k8s dns" \
  "add rule ip compose2k8s dns ip daddr 127.0.0.11 udp dport 53 dnat to $RESOLVER" \
  "add rule ip compose2k8s dns ip daddr 127.0.0.11 tcp dport 53 dnat to $RESOLVER" \
  "add chain ip compose2k8s source { type nat hook postrouting priority 100; }" \
  "flush chain ip compose2k8s source" \
  "add rule ip compose2k8s source ip saddr 127.0.0.0/8 ip daddr $RESOLVER masquerade" | nft -f -'
"#;

/// Adds the redirect to a pod if a service in it queries 127.0.0.11. `members` are its services, the owner first.
pub(crate) fn add_redirect(members: &[&Service], pod: &mut PodBuilder) {
    let context = pod.context;
    let Some(owner) = members.first() else { return };
    let mut all = members.iter().filter(|service| wants_docker_dns(service, context.project, context.overrides));
    let Some(service) = all.next() else { return };
    let name = &service.name.value;
    let at = place_of_docker_dns(service, context.project).unwrap_or(service.name.span);
    let Some(endpoint) = context.resolver_endpoint(owner) else {
        // Docker has no server there for containers without a network of their own.
        let in_docker = matches!(owner.networks.attachment, Attachment::Networks(_)) && queries_itself(owner);
        if in_docker && context.role == PodRole::Service {
            pod.findings.for_service(name, Problem::DockerDns { service: name.to_string(), at });
        }
        return;
    };
    let variable = EnvVar { name: "RESOLVER".to_owned(), value: Some(endpoint.address.to_string()), value_from: None };
    let container = privileged_container("docker-dns", SCRIPT, vec![variable], pod);
    pod.add_init_container(
        container,
        "Redirects queries to Docker's DNS server, 127.0.0.11, to the project resolver. Privileged, because it runs nft of the \
         node in the network of the pod."
            .to_owned(),
    );
    // Reported for the service, not again for each of its runs.
    if context.role == PodRole::Service || context.start_order.is_setup(name) {
        pod.findings.for_service(name, Problem::RedirectedDns { service: name.to_string(), at });
    }
}
