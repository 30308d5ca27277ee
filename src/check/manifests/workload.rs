//! [`Workload`]: whatever kind of object runs pods, and its pod split by the five topics.
//!
//! Invariant: every field of a pod and of a container goes to a topic, or stands below with the reason why no program in
//! the container can tell; a field that a new Kubernetes adds does not compile until it is placed.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    Container, ContainerPort, EnvFromSource, EnvVar, HostAlias, Lifecycle, PersistentVolumeClaim, PodDNSConfig,
    PodSecurityContext, PodSpec, PodTemplateSpec, Probe, ResourceRequirements, SecurityContext, Volume, VolumeDevice,
    VolumeMount,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::cursor::At;
use super::document::{Document, Object};
use super::init_script::{Act, acts};

/// An object that runs pods.
#[derive(Debug, Clone)]
pub(crate) struct Workload<'a> {
    pub(crate) document: &'a Document,
    pub(crate) shape: Shape,
    /// What the object demands of its pods' labels.
    pub(crate) selector: Option<&'a LabelSelector>,
    pub(crate) labels: BTreeMap<String, String>,
    /// The pod's; the object's where the pod's has none.
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) claims: &'a [PersistentVolumeClaim],
    pub(crate) spec: &'a PodSpec,
    /// What each init container does, in their order.
    pub(crate) acts: Arc<[Option<Vec<Act>>]>,
    /// The pod's `spec`.
    pub(crate) at: At<'a>,
    /// It says that this program wrote it, so it also answers for the defaults that the program neutralises.
    pub(crate) ours: bool,
}

/// How a workload keeps its pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Deployment, StatefulSet, ReplicaSet: so many copies, 1 where none are written.
    Copies(i32),
    /// DaemonSet: one on every node.
    EveryNode,
    /// Job: so many to their end, or none while suspended.
    ToItsEnd { suspended: bool },
    /// `CronJob`.
    ByTheClock,
    /// A Pod alone.
    Once,
}

impl<'a> Workload<'a> {
    /// The workload of a document, if it is one.
    pub(crate) fn of(document: &'a Document) -> Option<Self> {
        let root = document.at();
        let spec = root.key("spec");
        let template = spec.key("template");
        match &document.object {
            Object::Deployment(object) => {
                let of = object.spec.as_ref()?;
                let shape = Shape::Copies(of.replicas.unwrap_or(1));
                Self::new(document, shape, Some(&of.selector), &object.metadata, &of.template, &[], template)
            }
            Object::StatefulSet(object) => {
                let of = object.spec.as_ref()?;
                let shape = Shape::Copies(of.replicas.unwrap_or(1));
                let claims = of.volume_claim_templates.as_deref().unwrap_or_default();
                Self::new(document, shape, Some(&of.selector), &object.metadata, &of.template, claims, template)
            }
            Object::DaemonSet(object) => {
                let of = object.spec.as_ref()?;
                Self::new(document, Shape::EveryNode, Some(&of.selector), &object.metadata, &of.template, &[], template)
            }
            Object::ReplicaSet(object) => {
                let of = object.spec.as_ref()?;
                let shape = Shape::Copies(of.replicas.unwrap_or(1));
                Self::new(document, shape, Some(&of.selector), &object.metadata, of.template.as_ref()?, &[], template)
            }
            Object::Job(object) => {
                let of = object.spec.as_ref()?;
                let shape = Shape::ToItsEnd { suspended: of.suspend.unwrap_or(false) };
                Self::new(document, shape, None, &object.metadata, &of.template, &[], template)
            }
            Object::CronJob(object) => {
                let of = object.spec.job_template.spec.as_ref()?;
                let template = spec.keys(&["jobTemplate", "spec", "template"]);
                Self::new(document, Shape::ByTheClock, None, &object.metadata, &of.template, &[], template)
            }
            Object::Pod(object) => {
                let of = object.spec.as_ref()?;
                Some(Self::with(document, Shape::Once, None, &object.metadata, None, of, &[], spec))
            }
            Object::Service(_)
            | Object::ConfigMap(_)
            | Object::Secret(_)
            | Object::Claim(_)
            | Object::NetworkPolicy(_)
            | Object::Namespace => None,
        }
    }

    fn new(
        document: &'a Document,
        shape: Shape,
        selector: Option<&'a LabelSelector>,
        metadata: &'a ObjectMeta,
        template: &'a PodTemplateSpec,
        claims: &'a [PersistentVolumeClaim],
        at: At<'a>,
    ) -> Option<Self> {
        let spec = template.spec.as_ref()?;
        Some(Self::with(document, shape, selector, metadata, template.metadata.as_ref(), spec, claims, at.key("spec")))
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of seven kinds of objects")]
    fn with(
        document: &'a Document,
        shape: Shape,
        selector: Option<&'a LabelSelector>,
        object: &'a ObjectMeta,
        pod: Option<&'a ObjectMeta>,
        spec: &'a PodSpec,
        claims: &'a [PersistentVolumeClaim],
        at: At<'a>,
    ) -> Self {
        let labels = pod.unwrap_or(object).labels.clone().unwrap_or_default();
        let mut annotations = object.annotations.clone().unwrap_or_default();
        annotations.extend(pod.and_then(|pod| pod.annotations.clone()).unwrap_or_default());
        let managed = |meta: &ObjectMeta| {
            meta.labels
                .as_ref()
                .and_then(|labels| labels.get("app.kubernetes.io/managed-by"))
                .is_some_and(|by| by == "compose2k8s")
        };
        let ours = managed(object);
        let acts = spec.init_containers.iter().flatten().map(acts).collect();
        Workload { document, shape, selector, labels, annotations, claims, spec, acts, at, ours }
    }

    /// A container of the pod and its place.
    pub(crate) fn container(&self, index: usize) -> Option<(&'a Container, At<'a>)> {
        Some((self.spec.containers.get(index)?, self.at.key("containers").item(index)))
    }

    /// The place to show when something is nowhere: the object's name.
    pub(crate) fn span(&self) -> crate::text::Span {
        self.document.name_span()
    }
}

/// The annotation that names the Compose service a pod stands for.
pub(crate) const SERVICE: &str = "compose2k8s/service";
/// The annotation with the image's template.
pub(crate) const IMAGE: &str = "compose2k8s/image";
/// The annotation with `NAME=SOURCE` of ConfigMaps made from live files, several with blanks or commas between them;
/// blanks and commas of a source are written as in a URL.
pub(crate) const CONFIG_MAPS: &str = "compose2k8s/configmaps";

/// A container's fields, topic by topic.
#[derive(Debug)]
pub(crate) struct Sides<'a> {
    pub(crate) process: Running<'a>,
    pub(crate) networks: Reached<'a>,
    pub(crate) volumes: Seen<'a>,
    pub(crate) order: Kept<'a>,
    pub(crate) health: Asked<'a>,
}

/// For `process`.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are the pod's own")]
pub(crate) struct Running<'a> {
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

/// For `networks`.
#[derive(Debug)]
pub(crate) struct Reached<'a> {
    pub(crate) ports: &'a [ContainerPort],
    pub(crate) dns_config: Option<&'a PodDNSConfig>,
    pub(crate) dns_policy: Option<&'a String>,
    pub(crate) host_aliases: &'a [HostAlias],
    pub(crate) host_network: bool,
    pub(crate) hostname: Option<&'a String>,
    pub(crate) hostname_override: Option<&'a String>,
}

/// For `volumes`.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) mounts: &'a [VolumeMount],
    pub(crate) volumes: &'a [Volume],
    pub(crate) devices: &'a [VolumeDevice],
}

/// For `order`.
#[derive(Debug)]
pub(crate) struct Kept<'a> {
    pub(crate) restart_policy: Option<&'a String>,
    pub(crate) shape: Shape,
}

/// For `health`.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) readiness: Option<&'a Probe>,
    pub(crate) startup: Option<&'a Probe>,
    pub(crate) liveness: Option<&'a Probe>,
}

impl<'a> Workload<'a> {
    /// The fields of a container and of the pod around it. Init containers and further containers are read apart.
    pub(crate) fn sides(&self, container: &'a Container) -> Sides<'a> {
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
            // Read by `matching` and `prepare`.
            containers: _,
            init_containers: _,
            // How long a Job may take; Compose has no such bound, and Jobs end by themselves.
            active_deadline_seconds: _,
            // Where, when and by whom a pod is placed: nothing that a process in it can tell.
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
            // What the image's system is called; Compose's is in the node's labels.
            os: _,
            // A longer name of the pod in the cluster's DNS: one that nobody asks for.
            subdomain: _,
            // Who may fetch the image, not which.
            image_pull_secrets: _,
            // Added to a running pod by hand, for looking into it.
            ephemeral_containers: _,
            // Conditions that something else must set before the pod counts as ready.
            readiness_gates: _,
            // Devices by claim; Compose's devices are compared from `resources`.
            resource_claims: _,
            // The account; its credentials are compared from `automountServiceAccountToken`.
            service_account: _,
            service_account_name: _,
            // The form in which the kernel shows the host name; without a subdomain there is no difference.
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
            // How a limit is changed while it runs.
            resize_policy: _,
            // Of init containers only; an exit code that restarts the container alone.
            restart_policy: _,
            restart_policy_rules: _,
            // Whether the first client that leaves closes it: `kubectl attach` only.
            stdin_once: _,
            // Where the kubelet looks for last words.
            termination_message_path: _,
            termination_message_policy: _,
        } = container;
        Sides {
            process: Running {
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
            networks: Reached {
                ports: ports.as_deref().unwrap_or_default(),
                dns_config: dns_config.as_ref(),
                dns_policy: dns_policy.as_ref(),
                host_aliases: host_aliases.as_deref().unwrap_or_default(),
                host_network: host_network.unwrap_or(false),
                hostname: hostname.as_ref(),
                hostname_override: hostname_override.as_ref(),
            },
            volumes: Seen {
                mounts: volume_mounts.as_deref().unwrap_or_default(),
                volumes: volumes.as_deref().unwrap_or_default(),
                devices: volume_devices.as_deref().unwrap_or_default(),
            },
            order: Kept { restart_policy: restart_policy.as_ref(), shape: self.shape },
            health: Asked {
                readiness: readiness_probe.as_ref(),
                startup: startup_probe.as_ref(),
                liveness: liveness_probe.as_ref(),
            },
        }
    }
}
