//! The fields of a pod and of one of its containers, split by the five topics.
//!
//! Invariant: every field goes to a topic, or is listed below with the reason why a process in the container cannot observe
//! it. A field that a new version of Kubernetes adds does not compile until it is placed.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Container, ContainerPort, EnvFromSource, EnvVar, HostAlias, Lifecycle, PodDNSConfig, PodSecurityContext, PodSpec,
    Probe, ResourceRequirements, SecurityContext, Volume, VolumeDevice, VolumeMount,
};

use crate::check::manifests::workload::{Workload, WorkloadKind};

/// The fields of a container and its pod, by topic.
#[derive(Debug)]
pub(crate) struct PodFields<'a> {
    pub(crate) process: ProcessFields<'a>,
    pub(crate) networks: NetworkFields<'a>,
    pub(crate) volumes: VolumeFields<'a>,
    pub(crate) order: OrderFields<'a>,
    pub(crate) health: ProbeFields<'a>,
}

/// The fields of topic `process`.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are the pod's own")]
pub(crate) struct ProcessFields<'a> {
    pub(crate) image: Option<&'a String>,
    pub(crate) image_pull_policy: Option<&'a String>,
    pub(crate) command: Option<&'a Vec<String>>,
    pub(crate) args: Option<&'a Vec<String>>,
    pub(crate) env: &'a [EnvVar],
    pub(crate) env_from: &'a [EnvFromSource],
    pub(crate) working_dir: Option<&'a String>,
    pub(crate) tty: bool,
    pub(crate) stdin: bool,
    pub(crate) lifecycle: Option<&'a Lifecycle>,
    pub(crate) grace: Option<i64>,
    pub(crate) resources: Option<&'a ResourceRequirements>,
    pub(crate) pod_resources: Option<&'a ResourceRequirements>,
    pub(crate) security: Option<&'a SecurityContext>,
    pub(crate) pod_security: Option<&'a PodSecurityContext>,
    pub(crate) host_pid: bool,
    pub(crate) host_ipc: bool,
    pub(crate) host_users: Option<bool>,
    pub(crate) share_process_namespace: bool,
    pub(crate) runtime_class: Option<&'a String>,
    pub(crate) node_selector: Option<&'a BTreeMap<String, String>>,
    pub(crate) service_links: bool,
    pub(crate) token: bool,
}

/// The fields of topic `networks`.
#[derive(Debug)]
pub(crate) struct NetworkFields<'a> {
    pub(crate) ports: &'a [ContainerPort],
    pub(crate) dns_config: Option<&'a PodDNSConfig>,
    pub(crate) dns_policy: Option<&'a String>,
    pub(crate) host_aliases: &'a [HostAlias],
    pub(crate) host_network: bool,
    pub(crate) hostname: Option<&'a String>,
    pub(crate) hostname_override: Option<&'a String>,
}

/// The fields of topic `volumes`.
#[derive(Debug)]
pub(crate) struct VolumeFields<'a> {
    pub(crate) mounts: &'a [VolumeMount],
    pub(crate) volumes: &'a [Volume],
    pub(crate) devices: &'a [VolumeDevice],
}

/// The fields of topic `order`.
#[derive(Debug)]
pub(crate) struct OrderFields<'a> {
    pub(crate) restart_policy: Option<&'a String>,
    pub(crate) kind: WorkloadKind,
}

/// The fields of topic `health`.
#[derive(Debug)]
pub(crate) struct ProbeFields<'a> {
    pub(crate) readiness: Option<&'a Probe>,
    pub(crate) startup: Option<&'a Probe>,
    pub(crate) liveness: Option<&'a Probe>,
}

impl<'a> Workload<'a> {
    /// Returns the fields of a container and of its pod. Other containers and init containers are read separately.
    pub(crate) fn fields(&self, container: &'a Container) -> PodFields<'a> {
        let PodSpec {
            automount_service_account_token,
            dns_config,
            dns_policy,
            enable_service_links,
            host_aliases,
            host_ipc,
            host_network,
            host_pid,
            host_users,
            hostname,
            hostname_override,
            node_selector,
            resources: pod_resources,
            restart_policy,
            runtime_class_name,
            security_context: pod_security,
            share_process_namespace,
            termination_grace_period_seconds,
            volumes,
            // Read by `matching` and `init_script`.
            containers: _,
            init_containers: _,
            // The time limit of a Job. Compose has none, and Jobs end by themselves.
            active_deadline_seconds: _,
            // Scheduling, which a process in the container cannot observe.
            affinity: _,
            node_name: _,
            preemption_policy: _,
            priority: _,
            priority_class_name: _,
            scheduler_name: _,
            scheduling_gates: _,
            scheduling_group: _,
            tolerations: _,
            topology_spread_constraints: _,
            overhead: _,
            // The operating system of the image. Compose's `platform` is compared with the node selector.
            os: _,
            // A longer DNS name of the pod, which Compose does not have.
            subdomain: _,
            // The credentials for pulling the image.
            image_pull_secrets: _,
            // Added manually to a running pod for debugging.
            ephemeral_containers: _,
            // Conditions that other controllers set before the pod counts as ready.
            readiness_gates: _,
            // Devices by claim. Compose's devices are compared with `resources`.
            resource_claims: _,
            // The account. Its credentials are compared by `automountServiceAccountToken`.
            service_account: _,
            service_account_name: _,
            // Whether the kernel's host name is fully qualified. Without a subdomain there is no difference.
            set_hostname_as_fqdn: _,
        } = self.spec;
        let Container {
            args,
            command,
            env,
            env_from,
            image,
            image_pull_policy,
            lifecycle,
            liveness_probe,
            ports,
            readiness_probe,
            resources,
            security_context,
            startup_probe,
            stdin,
            tty,
            volume_devices,
            volume_mounts,
            working_dir,
            name: _,
            // How a limit is changed while the container runs.
            resize_policy: _,
            // For init containers, and for exit codes that restart a single container.
            restart_policy: _,
            restart_policy_rules: _,
            // Whether standard input is closed when the first client detaches.
            stdin_once: _,
            // The file with the container's termination message.
            termination_message_path: _,
            termination_message_policy: _,
        } = container;
        PodFields {
            process: ProcessFields {
                image: image.as_ref(),
                image_pull_policy: image_pull_policy.as_ref(),
                command: command.as_ref(),
                args: args.as_ref(),
                env: env.as_deref().unwrap_or_default(),
                env_from: env_from.as_deref().unwrap_or_default(),
                working_dir: working_dir.as_ref(),
                tty: tty.unwrap_or(false),
                stdin: stdin.unwrap_or(false),
                lifecycle: lifecycle.as_ref(),
                grace: *termination_grace_period_seconds,
                resources: resources.as_ref(),
                pod_resources: pod_resources.as_ref(),
                security: security_context.as_ref(),
                pod_security: pod_security.as_ref(),
                host_pid: host_pid.unwrap_or(false),
                host_ipc: host_ipc.unwrap_or(false),
                host_users: *host_users,
                share_process_namespace: share_process_namespace.unwrap_or(false),
                runtime_class: runtime_class_name.as_ref(),
                node_selector: node_selector.as_ref(),
                service_links: enable_service_links.unwrap_or(true),
                token: automount_service_account_token.unwrap_or(true),
            },
            networks: NetworkFields {
                ports: ports.as_deref().unwrap_or_default(),
                dns_config: dns_config.as_ref(),
                dns_policy: dns_policy.as_ref(),
                host_aliases: host_aliases.as_deref().unwrap_or_default(),
                host_network: host_network.unwrap_or(false),
                hostname: hostname.as_ref(),
                hostname_override: hostname_override.as_ref(),
            },
            volumes: VolumeFields {
                mounts: volume_mounts.as_deref().unwrap_or_default(),
                volumes: volumes.as_deref().unwrap_or_default(),
                devices: volume_devices.as_deref().unwrap_or_default(),
            },
            order: OrderFields { restart_policy: restart_policy.as_ref(), kind: self.kind },
            health: ProbeFields {
                readiness: readiness_probe.as_ref(),
                startup: startup_probe.as_ref(),
                liveness: liveness_probe.as_ref(),
            },
        }
    }
}
