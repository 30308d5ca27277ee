//! What services do differently when they share a pod.

use crate::report::problems;
use crate::text::Span;

problems! { lower
    /// Kubernetes restarts the containers of a pod by one policy, so a container beside a server never completes.
    error completion_in_pod CompletionInPod { service: String, on: String, at: Span, shared: Span }
        "`{service}` waits for the completion of `{on}`, which never completes: it shares a pod with other services",
        [at "waits here", shared "in a pod with others"],
        help format!("give `{on}` a network of its own instead of `network_mode: service:…`, or wait with `condition: service_started`");
    /// A pod is replicated as a whole.
    warning(acceptable) replicas_of_pod ReplicasOfPod { service: String, owner: String, own: u32, of_pod: u32, at: Span }
        "`{service}` runs {of_pod} times, not {own}: it is in the pod of `{owner}`, which has {of_pod} replicas",
        [at "{own} in Docker Compose"],
        help format!("give both services the same number of replicas, or remove `network_mode: service:{owner}`");
    /// Kubernetes restarts all containers of a pod by one policy.
    warning(acceptable) restart_of_pod RestartOfPod { service: String, at: Span }
        "`{service}` restarts as the other services of its pod do",
        [at "not applied"],
        help "give all services that share the network the same `restart`, or give the service a network of its own";
    /// All containers of a pod get SIGKILL at the same time.
    advice(acceptable) grace_of_pod GraceOfPod { service: String, own: u64, longest: u64, at: Span }
        "`{service}` is killed {longest} s after SIGTERM, not {own} s: it shares a pod, which has one grace period",
        [at "{own} s"],
        help "nothing to do; or give the services that share the network the same `stop_grace_period`";
    /// Containers of one pod start together; one cannot wait for another's health.
    warning(acceptable) waits_in_one_pod WaitsInOnePod { service: String, on: String, at: Span }
        "`{service}` shares its pod with `{on}` and starts beside it instead of waiting for its health",
        [at "does not wait"],
        help "let the program of the one try again until the other answers";
    /// A container that shares another's network stands in its pod, and a pod's containers start together.
    warning(acceptable) member_left_out MemberLeftOut { service: String, home: String, at: Span }
        "`{service}` shares the network of `{home}` but is not started with it: it is left out of the pod",
        [at "another's network"],
        help "choose the same profiles for both";
    /// A container cannot be added to the pod of another service when that one runs, except as an ephemeral container, which has
    /// no resource limits and no init containers, which set owners and modes of volumes, and is not restarted.
    advice(acceptable) ephemeral_container EphemeralContainer { service: String, home: String, at: Span }
        "`{service}` runs on request in the pod of `{home}`, without resource limits, owners and modes of volumes: `k8s-run.sh {service}`",
        [at "another's network"],
        help "nothing to do; with the same profiles for both, it starts with the pod";
    /// Kubernetes mounts single files of ConfigMaps and Secrets by `subPath`, which ephemeral containers cannot have.
    warning(acceptable) not_in_ephemeral_container NotInEphemeralContainer { service: String, path: String, at: Span }
        "`{service}` runs in an ephemeral container, where nothing is mounted at `{path}`",
        [at "not mounted"],
        help "use a bind mount instead of a config or secret; or choose the same profiles for both services";
    /// Process and IPC namespaces are shared inside one pod, or with the node.
    error(acceptable about "pid", "ipc") namespace_not_shared NamespaceNotShared { key: String, service: String, mode: String, at: Span }
        "`{key}: {mode}` of `{service}` cannot be had: the other container is in another pod",
        [at "not shared"],
        help "put both services on the same networks, or share the network too (`network_mode: service:NAME`): then both are in one pod; or accept the loss in the overrides file";
    /// A pod has one IPC namespace, one network and one life cycle. Docker shares the IPC or process namespace alone.
    advice(acceptable) one_pod OnePod { key: String, service: String, mode: String, at: Span }
        "`{key}: {mode}` puts `{service}` and that service into one pod: they also share the network, and start and stop together",
        [at "in one pod"],
        help "nothing to do, unless both listen on one port, or the other program expects to be process 1";
    /// Containers of one pod have one network. In Docker, each of these two has its own.
    error(acceptable) port_in_one_pod PortInOnePod { service: String, other: String, port: String, at: Span }
        "`{service}` and `{other}` both listen on {port}, and are in one pod", [at "in one pod"],
        help "let one of the two listen on another port";
    /// Processes and IPC are the pod's: what one of its containers asks for, the others get.
    advice(acceptable) namespace_of_pod NamespaceOfPod { service: String, what: String, at: Span }
        "`{service}` sees {what}, because another container of its pod asks for that",
        [at "in one pod"],
        help "nothing to do, unless the program minds";
    /// Kubernetes has additional groups for the whole pod only.
    advice(acceptable) groups_of_pod GroupsOfPod { service: String, groups: String, at: Span }
        "`{service}` is also in the groups {groups}, which another container of its pod has in `group_add`",
        [at "in one pod"],
        help "nothing to do, unless a file that the group may read has to stay unreadable for this service";
    /// Docker refuses it: a container that shares another's network has that one's names, servers and hosts.
    warning(acceptable) setting_of_other SettingOfOther { service: String, key: String, at: Vec<Span> }
        "{key} of `{service}` is not applied, because its network is another container's",
        [at "not applied"],
        help "set it for the service whose network it is; Docker refuses it here";
    /// A pod has one RuntimeClass. In Docker each container has its own limits.
    warning(acceptable about "ulimits", "pids_limit", "devices", "device_cgroup_rules") limits_of_pod LimitsOfPod { service: String, owner: String, at: Span }
        "`{service}` has the `ulimits`, `pids_limit` and devices of `{owner}`, whose pod it is in",
        [at "in one pod"],
        help format!("give both services the same limits and devices, or remove those of `{service}`");
    /// A pod has one RuntimeClass, which `runtime` names already.
    warning(acceptable about "ulimits", "pids_limit", "devices", "device_cgroup_rules") limits_of_runtime LimitsOfRuntime { service: String, runtime: String, at: Span }
        "`ulimits`, `pids_limit` and devices of `{service}` are not applied, because its runtime is `{runtime}`",
        [at "not applied"],
        help "configure them in the runtime class of the cluster, or remove them";
    /// A device of the Container Device Interface. Kubernetes gives such devices through a device plugin.
    error(acceptable about "devices") cdi_device CdiDevice { service: String, device: String, advice: String, at: Span }
        "`{service}` needs the device `{device}`, for which the overrides declare no device plugin",
        [at "not a path on the host"],
        help format!("{advice}; or add an `accept` entry with a reason to the overrides file");
}
