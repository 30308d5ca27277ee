//! The privileged init container that routes fixed addresses to its pod.
//!
//! Invariant: the container is recognised only if every part of it is as generated. Whatever else a privileged container
//! does is not known.

use k8s_openapi::api::core::v1::{Container, EnvVar, PodSpec, VolumeMount};

/// The only image that may run privileged.
const IMAGE: &str = "busybox:1.37.0@sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0";

/// The statements of the script, one per line, without indentation.
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
done'"#;

/// Returns the addresses that a container routes to its pod; `None` if it is not such a container.
pub(crate) fn routed_addresses(container: &Container) -> Option<Vec<&str>> {
    let [shell, flags, script] = container.command.as_deref()? else { return None };
    let lines = || script.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_script = shell == "/bin/sh" && flags == "-ec" && lines().eq(SCRIPT.lines()) && container.args.is_none();
    let security = container.security_context.as_ref()?;
    let mount = proc_mount(container)?;
    let is_allowed = security.privileged == Some(true)
        && security.run_as_user == Some(0)
        && container.image.as_deref() == Some(IMAGE)
        // The default for a digest is the same.
        && container.image_pull_policy.as_deref().is_none_or(|policy| policy == "IfNotPresent")
        && mount.read_only == Some(true);
    let variables = container.env.as_deref().filter(|variables| variables.len() == 2)?;
    let variable = |name: &str| variables.iter().find(|variable| variable.name == name);
    let field =
        |variable: &EnvVar| Some(variable.value_from.as_ref()?.field_ref.as_ref()?.field_path == "status.podIP");
    let is_given = variable("POD_ADDRESS").and_then(field) == Some(true);
    let list = variable("ADDRESSES")?.value.as_deref()?.split(' ').collect();
    (is_script && is_allowed && is_given).then_some(list)
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
