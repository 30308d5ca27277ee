//! A validated overrides file.

use super::accepted::Acceptance;
use super::problem::Problem;
use crate::maps::IndexMap;
use crate::report::Report;
use crate::resolve::health::Test;
use crate::resolve::networks::Protocol;
use crate::resolve::{Project, ServiceName};
use crate::text::Spanned;

/// The overrides of a project; [`Overrides::none`] without a file or preset.
#[derive(Debug, Clone)]
pub struct Overrides {
    /// The name of the file: a path, or the name of a built-in preset.
    pub origin: Option<String>,
    /// The reason why this file is used.
    pub chosen: Chosen,
    /// The built-in preset whose entries apply in addition to those of the file.
    pub preset: Option<String>,
    /// The name of the project, fixed so that the output does not depend on the name of the checkout folder.
    pub project: Option<Spanned<String>>,
    /// Variables that are excluded from the comparison.
    pub local_variables: Vec<String>,
    /// The cluster.
    pub cluster: Cluster,
    /// The image of init containers; the default is [`HELPER_IMAGE`].
    pub helper_image: Option<Reasoned<String>>,
    /// The treatment of addresses by network.
    pub networks: IndexMap<String, NetworkChoice>,
    /// The separation of services that share no network; `None` separates nothing.
    pub separation: Option<Reasoned<Separation>>,
    /// Device plugins of the cluster, by driver.
    pub device_plugins: IndexMap<String, DevicePlugin>,
    /// Whether the project resolver is generated even if no name, alias or `dns` requires it.
    pub resolver: bool,
    /// Settings by service.
    pub services: IndexMap<ServiceName, ServiceChoice>,
    /// The service that writes each volume, and empties it.
    pub writers: IndexMap<String, Reasoned<Spanned<ServiceName>>>,
    /// Services that run to completion before others start.
    pub setup: Vec<Setup>,
    /// One-off runs.
    pub runs: Vec<Run>,
    /// Accepted differences.
    pub accept: Vec<Acceptance>,
    /// Sections for the README.
    pub notes: Vec<Note>,
    /// Files for a CI service.
    pub workflows: Vec<Workflow>,
}

/// The reason why an overrides file is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// No file is read.
    None,
    /// `--overrides` names it.
    Asked,
    /// It is in the project directory, named after the project or after the preset.
    OfProject,
    /// There is no file, only a preset, and a service uses the image that identifies its project.
    Matched,
    /// There is no file, only a preset that `--preset` names.
    Preset,
}

impl Chosen {
    /// Returns the reason in words, to be shown after the name of the file.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Chosen::None => "no overrides",
            Chosen::Asked => "named by --overrides",
            Chosen::OfProject => "found in the project directory",
            Chosen::Matched => "a service uses its image",
            Chosen::Preset => "named by --preset",
        }
    }
}

/// A value and the reason for it.
#[derive(Debug, Clone)]
pub struct Reasoned<T> {
    /// The value.
    pub value: T,
    /// The reason: one sentence.
    pub because: String,
}

/// The kind cluster.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    /// The name; the default is the name of the project.
    pub name: Option<String>,
    /// The node image; the default is [`NODE_IMAGE`].
    pub node_image: Option<String>,
    /// The subnet of Services; the default is that of kind, or one that contains the fixed addresses.
    pub service_subnet: Option<Spanned<ipnet::Ipv4Net>>,
    /// The subnet of pods.
    pub pod_subnet: Option<Spanned<ipnet::Ipv4Net>>,
    /// The reason for these settings.
    pub because: Option<String>,
}

impl Cluster {
    /// Returns the node image, with digest.
    #[must_use]
    pub fn node_image(&self) -> &str {
        self.node_image.as_deref().unwrap_or(NODE_IMAGE)
    }

    /// Returns whether the kubelet of the node image takes a limit for the time between restarts. `false` for an image whose tag is no
    /// version of Kubernetes.
    /// <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#configurable-container-restart-delay>
    #[must_use]
    pub fn has_restart_limit(&self) -> bool {
        let image = self.node_image().split('@').next().unwrap_or_default();
        let version = image.rsplit_once(":v").map(|(_, version)| version.split('.'));
        let numbers = version.map(|mut parts| [parts.next(), parts.next()].map(|part| part?.parse::<u32>().ok()));
        matches!(numbers, Some([Some(major), Some(minor)]) if (major, minor) >= (1, 35))
    }
}

/// The treatment of the addresses of a network.
#[derive(Debug, Clone)]
pub struct NetworkChoice {
    /// The key of the network.
    pub network: Spanned<String>,
    /// The value.
    pub addresses: Reasoned<Addresses>,
}

/// How the addresses of a network are provided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// As a `ClusterIP` Service, and as /32 on the pod's `lo`.
    Service,
    /// On the pod's `eth0`, with the prefix length of the network.
    Interface,
}

/// How services that share no network are separated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separation {
    /// With a `NetworkPolicy` per network.
    /// <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    NetworkPolicies,
}

/// A device plugin of the cluster. Containers request a number of its resource.
/// <https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/>
#[derive(Debug, Clone)]
pub struct DevicePlugin {
    /// The name of the resource, with its domain.
    pub resource: Spanned<String>,
    /// The number of devices on the node.
    pub all: u16,
    /// How the plugin is installed.
    pub because: String,
}

/// The settings of a service.
#[derive(Debug, Clone)]
pub struct ServiceChoice {
    /// The service.
    pub service: Spanned<ServiceName>,
    /// Ports of the image that the Compose file does not list.
    pub ports: Vec<ImagePort>,
    /// The path with data that outlives the pod, which becomes a `StatefulSet` with a claim.
    pub data: Option<Reasoned<Data>>,
    /// The health check of the image, for a service without a health check.
    pub health: Option<Reasoned<Spanned<Test>>>,
    /// Mounts that do not become a plain `hostPath`, by path in the container.
    pub mounts: IndexMap<String, Reasoned<Spanned<MountChoice>>>,
    /// The numeric uid and gid of a user that is given by name.
    pub user: Option<Reasoned<(u32, Option<u32>)>>,
    /// Whether the service queries Docker's embedded DNS server at 127.0.0.11; `None` if the Compose file shows it.
    pub docker_dns: Option<bool>,
    /// The workload of this service in hand-written manifests.
    pub same_as: Option<SameAs>,
}

impl ServiceChoice {
    /// Creates an entry without settings.
    pub(crate) fn new(service: Spanned<ServiceName>) -> Self {
        Self {
            service,
            ports: Vec::new(),
            data: None,
            health: None,
            mounts: IndexMap::default(),
            user: None,
            docker_dns: None,
            same_as: None,
        }
    }
}

/// A workload in hand-written manifests, for [`check`](crate::check).
#[derive(Debug, Clone)]
pub struct SameAs {
    /// Its `metadata.name`.
    pub name: Spanned<String>,
    /// Its kind, such as `Deployment`; `None` for any kind.
    pub kind: Option<&'static str>,
    /// The container; the default is the one with the name of the service, otherwise the first.
    pub container: Option<Spanned<String>>,
}

/// A port of an image.
#[derive(Debug, Clone)]
pub struct ImagePort {
    /// The number.
    pub port: Spanned<u16>,
    /// The protocol; the default is TCP.
    pub protocol: Protocol,
    /// The name of the Service port; the default is `<protocol>-<port>`.
    pub name: Option<String>,
    /// The reason, if it is not obvious that the image listens on the port.
    pub because: Option<String>,
}

/// The default size of a claim. kind's storage class does not enforce it.
pub(crate) const CLAIM_SIZE: &str = "1Gi";

/// Data that outlives the pod.
#[derive(Debug, Clone)]
pub struct Data {
    /// The path in the container.
    pub path: Spanned<String>,
    /// The size of the claim, a Kubernetes quantity.
    pub size: String,
    /// Whether this is a built-in fact about an image, as opposed to an entry of a file or preset.
    pub built_in: bool,
}

/// The treatment of a bind mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountChoice {
    /// A `ConfigMap` of one file, which the up script creates from the file on the host.
    ConfigMapFile,
    /// A `ConfigMap` of a folder without subfolders.
    ConfigMapFolder,
    /// A `hostPath` of this type.
    HostPathType(HostPathType),
}

/// The types of a `hostPath`.
/// <https://kubernetes.io/docs/concepts/storage/volumes/#hostpath>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostPathType {
    /// `File`.
    File,
    /// `Directory`.
    Directory,
    /// `FileOrCreate`.
    FileOrCreate,
    /// `DirectoryOrCreate`.
    DirectoryOrCreate,
    /// `Socket`.
    Socket,
    /// `CharDevice`.
    CharDevice,
}

/// A service that runs to completion before others start.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The service.
    pub service: Spanned<ServiceName>,
    /// The services that need its result.
    pub before: Vec<Spanned<ServiceName>>,
    /// The reason.
    pub because: String,
}

/// A one-off run: a script for `docker compose [-f …] run [-e …] SERVICE COMMAND "$@"` beside the Compose file.
#[derive(Debug, Clone)]
pub struct Run {
    /// The name: with `tests`, the pod is in `runs/tests.yaml` and the script is `tests.sh`.
    pub name: Spanned<String>,
    /// The service.
    pub service: Spanned<ServiceName>,
    /// The name of the pod (`--name`); the default is `<service>-run-<name>`.
    pub pod: Option<String>,
    /// Compose files that are merged after those of the project, relative to the project directory.
    pub files: Vec<Spanned<String>>,
    /// The arguments after the entrypoint and before the arguments of the script.
    pub command: Vec<String>,
    /// Environment variables of the command, each with its default if the caller's environment does not set it.
    pub environment: IndexMap<String, String>,
    /// One line: the script that this run replaces.
    pub about: String,
}

/// A section for the README.
#[derive(Debug, Clone)]
pub struct Note {
    /// The heading.
    pub title: String,
    /// The text in Markdown.
    pub text: String,
}

/// A file for a CI service, written to `ci/NAME.yml`.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// The name, a DNS label.
    pub name: String,
    /// The YAML text, which is written unchanged.
    pub text: String,
}

/// The default node of kind v0.32.0, with Kubernetes 1.36.1.
pub const NODE_IMAGE: &str =
    "kindest/node:v1.36.1@sha256:3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5";
/// The image of the project resolver: the CoreDNS that [`NODE_IMAGE`] contains, so that no node has to pull it. The up
/// script uses the image of the cluster's own CoreDNS instead if the node has another version.
pub const RESOLVER_IMAGE: &str = "registry.k8s.io/coredns/coredns:v1.14.2";
/// The default image of init containers. It has `sh`, `ip`, `nslookup`, `find` and `chown`.
pub const HELPER_IMAGE: &str = "busybox:1.37.0";

impl Overrides {
    /// Removes the runs with a Compose file that does not exist, with a note for each.
    pub(crate) fn leave_out_runs_without_files(&mut self, project: &Project, report: &mut Report) {
        self.runs.retain(|run| {
            let missing = run.files.iter().find(|file| !project.directory.join(&file.value).exists());
            if let Some(file) = missing {
                let (run, path) = (run.name.value.clone(), file.value.clone());
                report.add(Problem::RunFileMissing { run, path, at: file.span });
            }
            missing.is_none()
        });
    }

    /// Whether the project is in a cluster of another name, which several projects share.
    #[must_use]
    pub fn shares_cluster(&self, project: &Project) -> bool {
        let own = self.project.as_ref().map_or(project.name.as_str(), |own| own.value.as_str());
        self.cluster.name.as_ref().is_some_and(|cluster| cluster != own)
    }

    /// Returns the defaults.
    #[must_use]
    pub fn none() -> Self {
        Self {
            origin: None,
            chosen: Chosen::None,
            preset: None,
            project: None,
            cluster: Cluster::default(),
            helper_image: None,
            networks: IndexMap::default(),
            separation: None,
            device_plugins: IndexMap::default(),
            local_variables: Vec::new(),
            resolver: false,
            services: IndexMap::default(),
            writers: IndexMap::default(),
            setup: Vec::new(),
            runs: Vec::new(),
            accept: Vec::new(),
            notes: Vec::new(),
            workflows: Vec::new(),
        }
    }

    /// Returns the image of init containers.
    #[must_use]
    pub fn helper_image(&self) -> &str {
        self.helper_image.as_ref().map_or(HELPER_IMAGE, |image| image.value.as_str())
    }
}
