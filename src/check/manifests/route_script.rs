//! The privileged init containers: one routes fixed addresses to its pod, one redirects queries to Docker's DNS server.
//!
//! Invariant: a container is recognised only if every part of it is as generated. Whatever else a privileged container
//! does is not known.

use k8s_openapi::api::core::v1::{Container, EnvVar, PodSpec, VolumeMount};

/// The only image that may run privileged.
const IMAGE: &str = "busybox:1.37.0@sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0";

/// The statements of the script that sets routes, one per line, without indentation.
const ROUTE_SCRIPT: &str = r#"for address in $ADDRESSES; do ip address replace "$address/32" dev eth0; done
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
done'"#;

/// The statements of the script that redirects queries.
const REDIRECT_SCRIPT: &str = r#"echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
nsenter --mount=/node/proc/1/ns/mnt /bin/sh -euc '
printf "%s\n" "add table ip compose2k8s" \
"add chain ip compose2k8s dns { type nat hook output priority -100; }" \
"flush chain ip compose2k8s dns" \
"add rule ip compose2k8s dns ip daddr 127.0.0.11 udp dport 53 dnat to $RESOLVER" \
"add rule ip compose2k8s dns ip daddr 127.0.0.11 tcp dport 53 dnat to $RESOLVER" \
"add chain ip compose2k8s source { type nat hook postrouting priority 100; }" \
"flush chain ip compose2k8s source" \
"add rule ip compose2k8s source ip saddr 127.0.0.0/8 ip daddr $RESOLVER masquerade" | nft -f -'"#;

/// Returns the addresses that a container routes to its pod; `None` if it is not such a container.
pub(crate) fn routed_addresses(container: &Container) -> Option<Vec<&str>> {
    let variables = privileged_variables(container, ROUTE_SCRIPT).filter(|variables| variables.len() == 2)?;
    let variable = |name: &str| variables.iter().find(|variable| variable.name == name);
    let field =
        |variable: &EnvVar| Some(variable.value_from.as_ref()?.field_ref.as_ref()?.field_path == "status.podIP");
    let is_given = variable("POD_ADDRESS").and_then(field) == Some(true);
    let list = variable("ADDRESSES")?.value.as_deref()?.split(' ').collect();
    is_given.then_some(list)
}

/// Returns the address to which a container redirects queries; `None` if it is not such a container.
pub(crate) fn redirect_target(container: &Container) -> Option<&str> {
    let [variable] = privileged_variables(container, REDIRECT_SCRIPT)? else { return None };
    variable.value.as_deref().filter(|_| variable.name == "RESOLVER")
}

/// Returns the variables of a privileged container that runs this script; `None` if any other part of it differs from what is
/// generated.
fn privileged_variables<'a>(container: &'a Container, expected: &str) -> Option<&'a [EnvVar]> {
    let [shell, flags, script] = container.command.as_deref()? else { return None };
    let lines = || script.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_script = shell == "/bin/sh" && flags == "-ec" && lines().eq(expected.lines()) && container.args.is_none();
    let security = container.security_context.as_ref()?;
    let mount = proc_mount(container)?;
    let is_allowed = security.privileged == Some(true)
        && security.run_as_user == Some(0)
        && container.image.as_deref() == Some(IMAGE)
        // The default for a digest is the same.
        && container.image_pull_policy.as_deref().is_none_or(|policy| policy == "IfNotPresent")
        && mount.read_only == Some(true);
    container.env.as_deref().filter(|_| is_script && is_allowed)
}

fn proc_mount(container: &Container) -> Option<&VolumeMount> {
    container.volume_mounts.iter().flatten().find(|mount| mount.mount_path == "/node/proc")
}

/// Whether the container finds the node's processes where it looks for them.
pub(crate) fn has_processes_of_node(container: &Container, pod: &PodSpec) -> bool {
    let Some(mount) = proc_mount(container) else { return false };
    let volume = pod.volumes.iter().flatten().find(|volume| volume.name == mount.name);
    volume.and_then(|volume| volume.host_path.as_ref()).is_some_and(|path| path.path == "/proc" && path.type_.is_none())
}
