//! A validated overrides file.

use std::net::IpAddr;

use indexmap::IndexMap;

use crate::report::Code;
use crate::resolve::ServiceName;
use crate::resolve::networks::Protocol;
use crate::text::Spanned;

/// A checked overrides file; [`Overrides::none`] where there is none.
#[derive(Debug, Clone)]
pub struct Overrides {
    /// How a person knows the file: a path, or the name of a built-in preset; `None` where there is none.
    pub origin: Option<String>,
    /// Why this file and no other.
    pub chosen: Chosen,
    /// The built-in preset whose entries apply beside the file's own.
    pub preset: Option<String>,
    /// The project's name, fixed so that a checkout in another folder gives the same bytes.
    pub project: Option<Spanned<String>>,
    /// The cluster.
    pub cluster: Cluster,
    /// The image of init containers: it has `sh`, `ip`, `nslookup`, `find`, `chown`.
    pub helper_image: String,
    /// Why it and not the tool's own.
    pub helper_because: Option<String>,
    /// Per network: what its addresses become.
    pub networks: IndexMap<String, NetworkChoice>,
    /// What keeps services apart that share no network; otherwise nothing does.
    pub separation: Option<Reasoned<Separation>>,
    /// Device plugins of the cluster, by the driver that the Compose file names.
    pub device_plugins: IndexMap<String, DevicePlugin>,
    /// Zones of the cluster's DNS.
    pub zones: Vec<Zone>,
    /// Per service.
    pub services: IndexMap<ServiceName, ServiceChoice>,
    /// Per volume: the service that owns and empties it.
    pub writers: IndexMap<String, Reasoned<Spanned<ServiceName>>>,
    /// Services that run to their end before anything that needs their result.
    pub setup: Vec<Setup>,
    /// One-off runs.
    pub runs: Vec<Run>,
    /// Accepted losses.
    pub accept: Vec<Acceptance>,
    /// Paragraphs for the kit's README: a title and Markdown text.
    pub notes: Vec<Note>,
    /// Files for a CI service.
    pub workflows: Vec<Workflow>,
}

/// Why an overrides file is read.
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
    /// The reason in words, to follow the file's name.
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

/// A value and why it was chosen.
#[derive(Debug, Clone)]
pub struct Reasoned<T> {
    /// The choice.
    pub value: T,
    /// The reason, one sentence.
    pub because: String,
}

/// The kind cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Its name; otherwise the project's.
    pub name: Option<String>,
    /// The node image, with digest.
    pub node_image: String,
    /// Addresses of Services; otherwise kind's default, or one that holds the fixed addresses.
    pub service_subnet: Option<Spanned<ipnet::Ipv4Net>>,
    /// Addresses of pods.
    pub pod_subnet: Option<Spanned<ipnet::Ipv4Net>>,
    /// Why these and not kind's defaults, where the overrides say anything.
    pub because: Option<String>,
}

impl Default for Cluster {
    fn default() -> Self {
        Self { name: None, node_image: NODE_IMAGE.to_owned(), service_subnet: None, pod_subnet: None, because: None }
    }
}

/// What the addresses of a network become.
#[derive(Debug, Clone)]
pub struct NetworkChoice {
    /// The network's key, at its place.
    pub network: Spanned<String>,
    /// The choice.
    pub addresses: Reasoned<Addresses>,
}

/// See `mapping.md`: which network's addresses others dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// A `ClusterIP` Service, and /32 on the pod's `lo`.
    Service,
    /// On the pod's `eth0`, with the network's prefix length.
    Interface,
}

/// What keeps services apart that share no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separation {
    /// A `NetworkPolicy` for each network.
    /// <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    NetworkPolicies,
}

/// A device plugin of the cluster: what it offers is a resource, of which a container is given a number.
/// <https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/>
#[derive(Debug, Clone)]
pub struct DevicePlugin {
    /// The resource's name, with its domain.
    pub resource: Spanned<String>,
    /// How many of them the node has.
    pub all: u16,
    /// How the plugin comes into the cluster.
    pub because: String,
}

/// A zone that another server answers.
#[derive(Debug, Clone)]
pub struct Zone {
    /// `consul`.
    pub name: Spanned<String>,
    /// Who answers.
    pub server: IpAddr,
    /// Why.
    pub because: String,
}

/// What is said of one service.
#[derive(Debug, Clone)]
pub struct ServiceChoice {
    /// The service, at its key's place.
    pub service: Spanned<ServiceName>,
    /// Ports of the image that Compose does not list.
    pub ports: Vec<KnownPort>,
    /// What `dns:` becomes.
    pub dns: Option<Reasoned<Spanned<DnsChoice>>>,
    /// The path whose content outlives the pod: `StatefulSet` with a claim.
    pub data: Option<Reasoned<Data>>,
    /// Mounts, by their path in the container, that become something else than a `hostPath`.
    pub mounts: IndexMap<String, Reasoned<Spanned<MountChoice>>>,
    /// The numbers of a user given by name: uid and gid.
    pub user: Option<Reasoned<(u32, Option<u32>)>>,
    /// The workload that is this service, among manifests that other people wrote.
    pub same_as: Option<SameAs>,
}

impl ServiceChoice {
    /// An entry without any setting.
    pub(crate) fn new(service: Spanned<ServiceName>) -> Self {
        Self { service, ports: Vec::new(), dns: None, data: None, mounts: IndexMap::new(), user: None, same_as: None }
    }
}

/// A workload, as [`check`](crate::check) finds it among manifests.
#[derive(Debug, Clone)]
pub struct SameAs {
    /// `metadata.name`, at its place in the overrides.
    pub name: Spanned<String>,
    /// `Deployment`, `StatefulSet`, …; any where none is said.
    pub kind: Option<&'static str>,
    /// The container, where the pod has several; otherwise the one of the service's name, or the first.
    pub container: Option<Spanned<String>>,
}

/// One port of an image.
#[derive(Debug, Clone)]
pub struct KnownPort {
    /// Number.
    pub port: Spanned<u16>,
    /// Transport; TCP if not said.
    pub protocol: Protocol,
    /// The Service port's name; otherwise `<protocol>-<port>`.
    pub name: Option<String>,
    /// Why, where it is not plain that the image listens there.
    pub because: Option<String>,
}

/// What `dns: A.B.C.D` becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsChoice {
    /// The cluster's DNS forwards [`Overrides::zones`] there.
    Zones,
    /// Only the given servers are asked.
    Replace,
}

/// What keeps its data.
#[derive(Debug, Clone)]
pub struct Data {
    /// The path in the container.
    pub path: Spanned<String>,
    /// The claim's size, a Kubernetes quantity.
    pub size: String,
    /// Whether it comes from the built-in facts about images, not from a file or preset about the project.
    pub built_in: bool,
}

/// What a bind mount becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MountChoice {
    /// A `ConfigMap` of one file, made from the live file by the up script.
    ConfigMapFile,
    /// A `ConfigMap` of a flat folder.
    ConfigMapFolder,
    /// A `hostPath` of this type: `File`, `Directory`, `FileOrCreate`, `DirectoryOrCreate`, `Socket`.
    HostPathType(HostPathType),
}

/// Kubernetes' `hostPath` types.
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

/// A service that runs to its end first.
#[derive(Debug, Clone)]
pub struct Setup {
    /// It.
    pub service: Spanned<ServiceName>,
    /// Those that need what it makes.
    pub before: Vec<Spanned<ServiceName>>,
    /// Why.
    pub because: String,
}

/// A one-off run: `docker compose [-f …] run [-e …] SERVICE COMMAND "$@"`, as a script beside the Compose file.
#[derive(Debug, Clone)]
pub struct Run {
    /// `tk8s`: the pod file is `runs/tk8s.yaml`, the script `tk8s.sh`.
    pub name: Spanned<String>,
    /// The service.
    pub service: Spanned<ServiceName>,
    /// The pod's name (`--name`), otherwise `<service>-run-<name>`.
    pub pod: Option<String>,
    /// Compose files merged after the project's own, relative to the project directory.
    pub files: Vec<Spanned<String>>,
    /// The command's words before the script's own arguments; the entrypoint's words come first by themselves.
    pub command: Vec<String>,
    /// Variables set when the command starts: name, and the value where the caller's environment has none.
    pub environment: IndexMap<String, String>,
    /// One line: whose twin it is.
    pub about: String,
}

/// An accepted loss, or an accepted difference between the Compose file and manifests.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The code as written.
    pub code: Spanned<String>,
    /// The diagnostic that has this code. `None` if the code begins with `lower::` but no diagnostic has it; `lower` reports
    /// that.
    pub accepts: Option<Code>,
    /// The one service it is accepted for; none: about the project.
    pub service: Option<Spanned<ServiceName>>,
    /// The Compose key (`cgroup_parent`) where one code speaks of several.
    pub key: Option<Spanned<String>>,
    /// The kind of fact that a difference is about, by the name of a [`crate::check::Kind`], not looked up yet; `None` for
    /// any kind.
    pub fact: Option<Spanned<String>>,
    /// The fact's subject: the name of a variable, a path, a port. For `check::surplus_workload`, the workload's name.
    pub subject: Option<Spanned<String>>,
    /// Why the difference does no harm.
    pub reason: String,
}

/// A paragraph for the kit's README.
#[derive(Debug, Clone)]
pub struct Note {
    /// Heading.
    pub title: String,
    /// Markdown.
    pub text: String,
}

/// A file for a CI service, which the kit has as `ci/NAME.yml`.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// An RFC 1123 label.
    pub name: String,
    /// YAML, as it was written.
    pub text: String,
}

/// kind v0.32.0's default node, Kubernetes 1.36.1.
pub const NODE_IMAGE: &str =
    "kindest/node:v1.36.1@sha256:3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5";
/// The image of init containers where the overrides name none. It has `sh`, `ip`, `nslookup`, `find`, `chown`.
pub const HELPER_IMAGE: &str = "busybox:1.37.0";

impl Overrides {
    /// No overrides file: the defaults.
    #[must_use]
    pub fn none() -> Self {
        Self {
            origin: None,
            chosen: Chosen::None,
            preset: None,
            project: None,
            cluster: Cluster::default(),
            helper_image: HELPER_IMAGE.to_owned(),
            helper_because: None,
            networks: IndexMap::new(),
            separation: None,
            device_plugins: IndexMap::new(),
            zones: Vec::new(),
            services: IndexMap::new(),
            writers: IndexMap::new(),
            setup: Vec::new(),
            runs: Vec::new(),
            accept: Vec::new(),
            notes: Vec::new(),
            workflows: Vec::new(),
        }
    }
}
