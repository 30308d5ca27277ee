//! Fixed addresses of networks on which some service has no known port: routes on the node.
//!
//! A ClusterIP forwards listed ports only. A route on the node reaches every port and protocol, and keeps the source
//! address. Setting it takes a privileged container.

use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, ObjectFieldSelector};

use crate::keys::Key;
use crate::lower::context::PodRole;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::privileged::privileged_container;
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::text::Spanned;

/// Sets the addresses `$ADDRESSES` in the pod and their routes on the node, where process 1 has the node's network. The
/// nftables rule keeps the source address: the node would otherwise replace it on the way to addresses outside the pod
/// subnet.
const SCRIPT: &str = r#"for address in $ADDRESSES; do ip address replace "$address/32" dev eth0; done
ip route show | while read -r route; do ip route replace ${route%% src *} src "${ADDRESSES%% *}"; done
LINK=$(cat /sys/class/net/eth0/iflink)
export LINK
nsenter --net=/node/proc/1/ns/net --mount=/node/proc/1/ns/mnt /bin/sh -euc '
device=$(ip -o link | sed -n "s/^$LINK: \([^@:]*\).*/\1/p")
for address in $ADDRESSES; do
  ip route replace "$address/32" via "$POD_ADDRESS" dev "$device" onlink
  printf "%s\n" "add table ip compose2k8s" \
    "add set ip compose2k8s addresses { type ipv4_addr; }" \
    "add element ip compose2k8s addresses { $address }" \
    "add chain ip compose2k8s source { type nat hook postrouting priority 90; }" \
    "flush chain ip compose2k8s source" \
    "add rule ip compose2k8s source ip daddr @addresses snat to ip saddr" | nft -f -
done'
"#;

/// Adds the privileged container that sets the addresses of a service and their routes.
pub(crate) fn add_routes(service: &Service, addresses: &[Spanned<Ipv4Addr>], pod: &mut PodBuilder) {
    let (name, context) = (&service.name.value, pod.context);
    let list = addresses.iter().map(|address| address.value.to_string()).collect::<Vec<_>>().join(" ");
    let container_name = if pod.has_owner() { format!("routes-{}", pod.container.name) } else { "routes".to_owned() };
    let pod_address = EnvVarSource {
        field_ref: Some(ObjectFieldSelector { api_version: None, field_path: "status.podIP".to_owned() }),
        ..EnvVarSource::default()
    };
    let variables = vec![
        EnvVar { name: "ADDRESSES".to_owned(), value: Some(list), value_from: None },
        EnvVar { name: "POD_ADDRESS".to_owned(), value: None, value_from: Some(pod_address) },
    ];
    let container = privileged_container(&container_name, SCRIPT, variables, pod);
    let why = "ipv4_address. A service on this network has no known port, so the address is not a ClusterIP but a route on the \
               node, which reaches every port. Privileged, because it sets the route in the network of the node.";
    pod.add_init_container(container, why.to_owned());
    // Reported for the service, not again for each of its runs.
    if context.role == PodRole::Service || context.start_order.is_setup(name) {
        let at = addresses.iter().map(|address| address.span).collect();
        pod.findings.for_key(name, Key::NetworksIpv4Address, Problem::RoutedAddress { service: name.to_string(), at });
    }
}
