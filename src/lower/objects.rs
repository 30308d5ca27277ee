//! The [`Objects`]: the content of the output before it is rendered.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, PersistentVolumeClaim, Pod, Secret, Service};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::networking::v1::ServiceCIDR;
use k8s_openapi::api::node::v1::RuntimeClass;

use super::node_mounts::NodeMount;
use crate::resolve::ServiceName;
use crate::resolve::networks::Protocol;
use crate::resolve::process::ImageTemplate;
use crate::resolve::volumes::HostPath;

/// The name of a Kubernetes object: an RFC 1123 label, unique among the objects of its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// Creates a name that `analysis` has checked. No other module calls this.
    pub(super) fn checked(name: String) -> Self {
        Self(name)
    }

    /// Creates a name for tests of later stages.
    #[cfg(test)]
    pub(crate) fn in_test(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Returns the name as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the name resolves for a client that looks up `dns_name`. DNS names are case-insensitive.
    #[must_use]
    pub fn matches(&self, dns_name: &str) -> bool {
        self.0.eq_ignore_ascii_case(dns_name)
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The content of the output. `S` is what is kept of each service: its objects, or what was produced from them.
#[derive(Debug, Clone)]
pub struct Objects<S = ServiceObjects> {
    /// The project's name in Compose.
    pub project: String,
    /// The namespace, which is also the value of `app.kubernetes.io/part-of`.
    pub namespace: Name,
    /// The namespace, and objects that belong to no single service (claims of shared volumes, ConfigMaps, Secrets).
    pub shared: Vec<Object>,
    /// Secrets with values from outside the Compose files: `secrets/`.
    pub secrets: Vec<Object>,
    /// The texts of their entries before interpolation, which the scripts evaluate if their environment has another value.
    pub secret_templates: Vec<SecretTemplate>,
    /// The project resolver, if the project needs one.
    pub resolver: Option<ResolverObjects>,
    /// The Compose services in the project's order.
    pub services: Vec<S>,
    /// One Pod per declared run and setup service.
    pub runs: Vec<RunObjects>,
    /// The configuration of the cluster.
    pub cluster: ClusterPlan,
    /// The input of the scripts.
    pub plan: Plan,
}

impl<S> Objects<S> {
    /// Replaces the services.
    pub fn with_services<T>(self, services: impl FnOnce(Vec<S>) -> Vec<T>) -> Objects<T> {
        let Objects {
            project,
            namespace,
            shared,
            secrets,
            secret_templates,
            resolver,
            services: all,
            runs,
            cluster,
            plan,
        } = self;
        let services = services(all);
        Objects { project, namespace, shared, secrets, secret_templates, resolver, services, runs, cluster, plan }
    }
}

/// An entry of a generated Secret before interpolation. Its variables have values that must not be committed.
#[derive(Clone)]
pub struct SecretTemplate {
    /// The name of the Secret.
    pub secret: Name,
    /// The key of the entry.
    pub key: String,
    /// The text: `postgres://u:${PASSWORD}@db`.
    pub template: String,
    /// The variables in it, with their values.
    pub variables: Vec<(String, String)>,
}

impl fmt::Debug for SecretTemplate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.secret, self.key, self.template)
    }
}

/// The objects of one Compose service.
#[derive(Debug, Clone)]
pub struct ServiceObjects {
    /// The Compose service.
    pub service: ServiceName,
    /// The name of its workload and main Service: `manifests/<name>.yaml`, `services/<name>.yaml`.
    pub name: Name,
    /// Workload, policies, claims: `manifests/`.
    pub manifests: Vec<Object>,
    /// Service objects: `services/`; empty if the service has no DNS name.
    pub services: Vec<Object>,
}

/// The objects of the project resolver.
#[derive(Debug, Clone)]
pub struct ResolverObjects {
    /// The name of its Deployment: `manifests/<name>.yaml`, `services/<name>.yaml`.
    pub name: Name,
    /// Its ConfigMaps and its Deployment.
    pub manifests: Vec<Object>,
    /// Its Services.
    pub services: Vec<Object>,
    /// Its image.
    pub image: String,
    /// The DNS names that it answers, each with the Service that it resolves to.
    pub names: Vec<(String, Name)>,
}

/// A one-off run.
#[derive(Debug, Clone)]
pub struct RunObjects {
    /// `runs/<run>.yaml`.
    pub run: String,
    /// The object name of the Compose service.
    pub service: Name,
    /// The Pod.
    pub pod: Object,
    /// The script beside the Compose file, if the run has one.
    pub wrapper: Option<Wrapper>,
    /// For a service that shares the network of another one, which runs: its Compose name, and the object name of the service in
    /// whose running pod the container is started.
    pub owner: Option<(ServiceName, Name)>,
    /// Compose files that this run merges with the project's own, relative to the project directory.
    pub files: Vec<String>,
}

/// A script in the project directory that runs a command in the run's Pod, such as `tk8s.sh`.
#[derive(Debug, Clone)]
pub struct Wrapper {
    /// The comment at the top of the script, on one line.
    pub about: String,
    /// The command and its arguments before the script's own arguments, including the entrypoint.
    pub command: Vec<String>,
    /// Environment variables that are passed on, each with the value that is used if it is unset.
    pub environment: Vec<(String, String)>,
    /// Setup runs that must complete first.
    pub setup: Vec<String>,
}

/// A Kubernetes object and the comments of its YAML.
#[derive(Debug, Clone)]
pub struct Object {
    /// The object.
    pub kind: ObjectKind,
    /// Comments, each above the line that it explains.
    pub comments: Vec<Comment>,
}

impl Object {
    /// Returns the Secret; `None` for an object of another kind.
    pub(crate) fn as_secret(&self) -> Option<&Secret> {
        match &self.kind {
            ObjectKind::Secret(secret) => Some(secret),
            ObjectKind::Namespace(_)
            | ObjectKind::Deployment(_)
            | ObjectKind::StatefulSet(_)
            | ObjectKind::DaemonSet(_)
            | ObjectKind::Job(_)
            | ObjectKind::Pod(_)
            | ObjectKind::Service(_)
            | ObjectKind::ConfigMap(_)
            | ObjectKind::Claim(_)
            | ObjectKind::NetworkPolicy(_)
            | ObjectKind::RuntimeClass(_)
            | ObjectKind::ServiceRange(_) => None,
        }
    }
}

/// A comment in the YAML of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The keys and indexes from the root of the object (`["spec", "template", "spec", "initContainers", "0"]`). Empty:
    /// above the object.
    pub at: Vec<String>,
    /// Whole sentences, which are wrapped when they are rendered.
    pub text: String,
}

/// A Kubernetes object of a kind that the output can contain.
#[derive(Debug, Clone)]
pub enum ObjectKind {
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
    /// RuntimeClass.
    RuntimeClass(Box<RuntimeClass>),
    /// `ServiceCIDR`.
    ServiceRange(Box<ServiceCIDR>),
}

/// The configuration of the kind cluster: `cluster/kind-config.yaml`.
#[derive(Debug, Clone)]
pub struct ClusterPlan {
    /// The cluster's name.
    pub name: String,
    /// The node image.
    pub node_image: String,
    /// The subnet of Services.
    pub service_subnet: ipnet::Ipv4Net,
    /// The subnet of pods.
    pub pod_subnet: ipnet::Ipv4Net,
    /// The reason for the service subnet, written as a comment.
    pub subnet_reason: Option<String>,
    /// Mounts of the node. The project directory is the first.
    pub mounts: Vec<NodeMount>,
    /// Published ports.
    pub ports: Vec<NodePort>,
    /// Sysctls that the kubelet must be configured to allow.
    pub unsafe_sysctls: Vec<String>,
    /// The longest time between restarts of a container, if the kubelet can be configured to limit it.
    pub restart_limit: Option<&'static str>,
    /// Feature gates to enable.
    pub feature_gates: Vec<String>,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePort {
    /// The Compose service.
    pub service: ServiceName,
    /// The port of the host.
    pub host_port: u16,
    /// The port of the node, which is the pod's hostPort.
    pub node_port: u16,
    /// The port of the container.
    pub container_port: u16,
    /// The address of the host on which the port is published; `None` means all.
    pub listen: Option<IpAddr>,
    /// The transport protocol.
    pub protocol: Protocol,
}

/// The input of the scripts that is not in the manifests.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// One line per service, in start order.
    pub services: Vec<PlannedService>,
    /// Services in the pod of another: the Compose service, the name of the pod's owner, the container.
    pub guests: Vec<(ServiceName, Name, Name)>,
    /// Setup runs: the name of the run, and the services that need it.
    pub setup: Vec<(String, Vec<Name>)>,
    /// Services with a ClusterIP of their own, whose Service objects are applied first.
    pub fixed: Vec<(Name, Ipv4Addr)>,
    /// Images whose references depend on variables, sorted.
    pub images: Vec<PlannedImage>,
    /// Images that Compose builds: the reference before interpolation, and the Compose service.
    pub built: Vec<(ImageTemplate, ServiceName)>,
    /// Images that are pulled in another way than by default.
    pub pulled: Vec<ImagePull>,
    /// Bind sources that are created as folders if they do not exist. Excludes those of ConfigMaps and those with
    /// `create_host_path: false`.
    pub folders: Vec<HostPath>,
    /// Files and folders that must exist before a service starts (bind sources with `create_host_path: false`, seccomp
    /// profiles): the name of the service, the source.
    pub sources: Vec<(Name, HostPath)>,
    /// Files and folders that a service mounts and that may contain the address of Docker's DNS server: the name of the pod's
    /// owner, the source. Empty for services whose pods redirect queries to it.
    pub mounted: Vec<(Name, HostPath)>,
    /// ConfigMaps that the up script creates from files: name, source, whether the source is a folder.
    pub config_maps: Vec<(Name, HostPath, bool)>,
    /// ConfigMaps and Secrets that the up script creates from files or environment variables.
    pub configs_and_secrets: Vec<LiveConfigOrSecret>,
}

/// An image with `platform` or `pull_policy: always`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePull {
    /// The reference before interpolation.
    pub image: ImageTemplate,
    /// The platform, if the file gives one.
    pub platform: Option<String>,
    /// Whether every start pulls it again.
    pub always: bool,
}

/// An image whose reference depends on variables.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedImage {
    /// The reference before interpolation.
    pub template: ImageTemplate,
    /// The reference in the manifests.
    pub reference: String,
}

/// A config or secret that the up script creates as a ConfigMap or Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveConfigOrSecret {
    /// The object's name.
    pub name: Name,
    /// Whether the object is a Secret.
    pub secret: bool,
    /// The key of the object's data.
    pub key: String,
    /// The source of the data.
    pub from: LiveSource,
}

/// The source of data that the up script reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveSource {
    /// An environment variable of the script, otherwise the generated Secret of the same name.
    Variable(String),
    /// The generated Secret of the same name.
    Generated,
}

/// A service in the scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedService {
    /// The object's name.
    pub name: Name,
    /// The Compose service.
    pub service: ServiceName,
    /// The phase in which the service starts, counted from 1. A service starts after all services that it depends on.
    pub phase: usize,
    /// The seconds after which Compose gives up: `start_period` + retries × (interval + timeout), or 60 for the start
    /// alone.
    pub patience: u64,
    /// What the script waits for before the next phase.
    pub until: Until,
    /// The services that it depends on.
    pub depends_on: Vec<Name>,
    /// `profiles`. Empty: always started.
    pub profiles: Vec<String>,
    /// The resource type of its controller for `kubectl`.
    pub workload: &'static str,
    /// The number of replicas when it is started.
    pub replicas: u32,
}

/// The condition that the up script waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The process was started.
    Started,
    /// The readiness probe succeeded.
    Ready,
    /// The Job ended, successfully or not.
    Ended,
}
