//! The [`Objects`]: everything the kit says, before it is text.

use std::net::{IpAddr, Ipv4Addr};

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, PersistentVolumeClaim, Pod, Secret, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;

use crate::resolve::ServiceName;
use crate::resolve::networks::Protocol;
use crate::resolve::volumes::HostPath;

/// The name of a Kubernetes object: RFC 1123 label, unique among the names of its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// Only `lower/names.rs` makes names.
    pub(super) fn checked(name: String) -> Self {
        Self(name)
    }

    /// A name for the tests of later stages.
    #[cfg(test)]
    pub(crate) fn in_test(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a client that asks for this text comes here by itself: names of the DNS know no case.
    #[must_use]
    pub fn matches(&self, asked: &str) -> bool {
        self.0.eq_ignore_ascii_case(asked)
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Everything the kit says. `S` is what is kept of a service: its objects, or what was made of them when they were there.
#[derive(Debug, Clone)]
pub struct Objects<S = ServiceObjects> {
    /// The project's name, as Compose has it.
    pub project: String,
    /// The namespace, which is also the value of `app.kubernetes.io/part-of`.
    pub namespace: Name,
    /// The namespace's own object, and what belongs to no single service (claims of shared volumes, config and secret maps).
    pub shared: Vec<Object>,
    /// Per Compose service, in the project's order.
    pub services: Vec<S>,
    /// One Pod per declared run and setup service.
    pub runs: Vec<RunObjects>,
    /// The kind cluster.
    pub cluster: ClusterPlan,
    /// What the scripts must know.
    pub plan: Plan,
}

impl<S> Objects<S> {
    /// The same with something else for the services.
    pub fn with_services<T>(self, services: impl FnOnce(Vec<S>) -> Vec<T>) -> Objects<T> {
        let Objects { project, namespace, shared, services: all, runs, cluster, plan } = self;
        Objects { project, namespace, shared, services: services(all), runs, cluster, plan }
    }
}

/// What one Compose service becomes.
#[derive(Debug, Clone)]
pub struct ServiceObjects {
    /// The Compose service.
    pub service: ServiceName,
    /// The name of its workload and main Service: `manifests/<name>.yaml`, `services/<name>.yaml`.
    pub name: Name,
    /// Workload, policies, claims: `manifests/`.
    pub manifests: Vec<Object>,
    /// Service objects: `services/`; empty where no name leads to it.
    pub services: Vec<Object>,
}

/// A one-off run.
#[derive(Debug, Clone)]
pub struct RunObjects {
    /// `runs/<run>.yaml`.
    pub run: String,
    /// The Compose service that is run.
    pub service: Name,
    /// The Pod.
    pub pod: Object,
    /// The script beside the Compose file, if the run has one.
    pub wrapper: Option<Wrapper>,
    /// Compose files beside the project's own whose merge this pod was made from, relative to the project directory.
    pub files: Vec<String>,
}

/// A script beside the Compose file: `tk8s.sh`.
#[derive(Debug, Clone)]
pub struct Wrapper {
    /// One line: whose twin it is.
    pub about: String,
    /// The words before the script's own arguments, entrypoint included.
    pub command: Vec<String>,
    /// Variables of the caller with the value for "unset".
    pub environment: Vec<(String, String)>,
    /// Setup runs before it.
    pub setup: Vec<String>,
}

/// An object with what a reader of its YAML should be told, line by line.
#[derive(Debug, Clone)]
pub struct Object {
    /// It.
    pub kind: Kind,
    /// Comments, each above the line it speaks of.
    pub comments: Vec<Comment>,
}

/// Why a line is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Keys and indexes from the object's root (`["spec", "template", "spec", "initContainers", "0"]`); empty: above the object.
    pub at: Vec<String>,
    /// Full sentences; wrapped when written.
    pub text: String,
}

/// The kinds of objects the kit has.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Namespace.
    Namespace(Box<Namespace>),
    /// Deployment.
    Deployment(Box<Deployment>),
    /// StatefulSet.
    StatefulSet(Box<StatefulSet>),
    /// DaemonSet.
    DaemonSet(Box<DaemonSet>),
    /// Job.
    Job(Box<Job>),
    /// Pod.
    Pod(Box<Pod>),
    /// Service.
    Service(Box<Service>),
    /// ConfigMap.
    ConfigMap(Box<ConfigMap>),
    /// Secret.
    Secret(Box<Secret>),
    /// PersistentVolumeClaim.
    Claim(Box<PersistentVolumeClaim>),
    /// NetworkPolicy.
    NetworkPolicy(Box<NetworkPolicy>),
}

/// The kind cluster: `cluster/kind-config.yaml`, `cluster/Corefile`.
#[derive(Debug, Clone)]
pub struct ClusterPlan {
    /// The cluster's name.
    pub name: String,
    /// The node image.
    pub node_image: String,
    /// Addresses of Services.
    pub service_subnet: ipnet::Ipv4Net,
    /// Addresses of pods.
    pub pod_subnet: ipnet::Ipv4Net,
    /// Why the service subnet is what it is; a comment.
    pub subnet_reason: Option<String>,
    /// Folders and files of the host and where the node has them. The project directory is the first.
    pub mounts: Vec<NodeMount>,
    /// Published ports.
    pub ports: Vec<NodePort>,
    /// Sysctls that the kubelet must be told to allow.
    pub unsafe_sysctls: Vec<String>,
    /// Feature gates to switch on.
    pub feature_gates: Vec<String>,
    /// Zones answered by another server.
    pub zones: Vec<ZonePlan>,
    /// Names that no Service can bear: asked name, Service name; both without the namespace's suffix. A name with a dot
    /// (`api.example.org`) is asked for without the suffix too: resolvers take it for a whole one.
    pub renames: Vec<(String, Name)>,
}

/// A host path on the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeMount {
    /// On the host.
    pub source: HostPath,
    /// On the node: `/project` for the project directory.
    pub node_path: String,
    /// Read-only on the node.
    pub read_only: bool,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePort {
    /// The Compose service.
    pub service: ServiceName,
    /// On the host.
    pub host_port: u16,
    /// On the node; the pod's hostPort.
    pub node_port: u16,
    /// In the container.
    pub container_port: u16,
    /// The host's address; none: all.
    pub listen: Option<IpAddr>,
    /// Transport.
    pub protocol: Protocol,
}

/// A zone of the cluster's DNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZonePlan {
    /// `consul`.
    pub zone: String,
    /// Who answers.
    pub server: IpAddr,
    /// Why; a comment.
    pub because: String,
}

/// What the scripts must know and no manifest says.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// One line per service, in start order.
    pub services: Vec<PlannedService>,
    /// Runs that come before services: the run's name and the services that need it.
    pub setup: Vec<(String, Vec<Name>)>,
    /// Services with an address of their own, whose Service objects come first.
    pub fixed: Vec<(Name, Ipv4Addr)>,
    /// Images that Compose builds: template (or reference) and Compose service.
    pub built: Vec<(String, ServiceName)>,
    /// Bind sources that are made as folders when missing, without those under a ConfigMap or `create_host_path: false`.
    pub folders: Vec<HostPath>,
    /// What must be there before a service starts (bind sources with `create_host_path: false`, seccomp profiles): the service's
    /// name, the source.
    pub sources: Vec<(Name, HostPath)>,
    /// ConfigMaps made from live files: name, source, whether it is a folder.
    pub config_maps: Vec<(Name, HostPath, bool)>,
    /// ConfigMaps and Secrets whose bytes come from the environment or files at up time: see [`LiveConfigOrSecret`].
    pub configs_and_secrets: Vec<LiveConfigOrSecret>,
}

/// A config or secret that the up script makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveConfigOrSecret {
    /// The object's name.
    pub name: Name,
    /// Secret, not ConfigMap.
    pub secret: bool,
    /// The key inside it.
    pub key: String,
    /// Where its bytes come from.
    pub from: LiveSource,
}

/// Where the up script takes bytes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveSource {
    /// A file.
    File(HostPath),
    /// A variable of the environment or `.env`.
    Variable(String),
}

/// A service as the scripts see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedService {
    /// The object's name.
    pub name: Name,
    /// The Compose service.
    pub service: ServiceName,
    /// From 1: a service comes after all that it depends on.
    pub phase: usize,
    /// Seconds until Compose itself would give up: `start_period` + retries × (interval + timeout), or 60 to start.
    pub patience: u64,
    /// What the script waits for before the next phase.
    pub until: Until,
    /// What it depends on.
    pub depends_on: Vec<Name>,
    /// `profiles`; empty: always started.
    pub profiles: Vec<String>,
    /// Kind of its workload object, for waiting.
    pub workload: &'static str,
    /// Replicas when started.
    pub replicas: u32,
}

/// What the up script waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Its process was started.
    Started,
    /// Its readiness probe passed.
    Ready,
    /// Its Job ended, whatever its status.
    Ended,
}
