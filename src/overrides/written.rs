//! The overrides file as written: its words, nothing looked up. The JSON Schema is drawn from these very types.
//!
//! Invariant: what may be chosen is an enum; a key that is not here is an error.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::text::{SourceId, Span, Spanned};

/// A value and the bytes it was written in; [`super::read`] fills the places in.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    start: u32,
    end: u32,
}

/// The name by which [`super::read`] knows that places are asked for.
pub(super) const AT: &str = "At";

impl<T> At<T> {
    pub(super) fn span(&self, source: SourceId) -> Span {
        Span { source, start: self.start, end: self.end }
    }
}

impl<T: Clone> At<T> {
    pub(super) fn spanned(&self, source: SourceId) -> Spanned<T> {
        Spanned::new(self.value.clone(), self.span(source))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = At<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value with its place")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<At<T>, A::Error> {
                let missing = || A::Error::custom("the reader gives no places");
                let start = parts.next_element()?.ok_or_else(missing)?;
                let end = parts.next_element()?.ok_or_else(missing)?;
                let value = parts.next_element()?.ok_or_else(missing)?;
                Ok(At { value, start, end })
            }
        }
        deserializer.deserialize_tuple_struct(AT, 3, Parts(PhantomData))
    }
}

/// A mapping of names that the user chooses, in the order written.
#[derive(Debug, Clone)]
pub(super) struct Named<T>(pub(super) Vec<(At<String>, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Named<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a mapping")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Named<T>, A::Error> {
                let mut named = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    named.push(entry);
                }
                Ok(Named(named))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// A reason: one sentence or more, never blank.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Because(pub(super) String);

impl TryFrom<String> for Because {
    type Error = &'static str;

    fn try_from(reason: String) -> Result<Self, Self::Error> {
        // Folded text ends with a line break, which is none of the reason.
        let reason = reason.trim();
        if reason.is_empty() { Err("a reason is missing here") } else { Ok(Self(reason.to_owned())) }
    }
}

/// What Compose cannot say about a project, and every accepted difference, each with its reason.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Written {
    /// Which projects the file is for; read only where it is built into the program.
    pub(super) matches: Option<Matches>,
    /// The project's name, which becomes the namespace: fixed, a checkout in a folder of another name gives the same kit.
    pub(super) project: Option<At<String>>,
    /// The kind cluster.
    pub(super) cluster: Option<Cluster>,
    /// The image of init containers; it has `sh`, `ip`, `nslookup`, `find` and `chown`.
    pub(super) helper_image: Option<Helper>,
    /// What the addresses of a network become, by the network's key.
    pub(super) networks: Named<Network>,
    /// What keeps services apart that share no network in the Compose file; otherwise nothing does.
    pub(super) separation: Option<At<Separation>>,
    /// Device plugins of the cluster, by the `driver` that the Compose file names.
    pub(super) device_plugins: Named<DevicePlugin>,
    /// Zones of the cluster's DNS that another server answers, by name.
    pub(super) zones: Named<Zone>,
    /// What is known of a service, by its name.
    pub(super) services: Named<Service>,
    /// What is known of a volume, by its key.
    pub(super) volumes: Named<Volume>,
    /// Services that run to their end before others start.
    pub(super) setup: Vec<Setup>,
    /// One-off runs, by the name of their script.
    pub(super) runs: Named<Run>,
    /// Differences that are accepted.
    pub(super) accept: Vec<Acceptance>,
    /// Paragraphs for the kit's README.
    pub(super) notes: Vec<Note>,
    /// Files for a CI service, by name: the kit has them as `ci/NAME.yml`.
    pub(super) workflows: Named<Workflow>,
}

/// How a built-in file recognises its project.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Matches {
    /// Services that the project must have, all of them.
    pub(super) services: Vec<String>,
}

/// The kind cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Cluster {
    /// Its name; otherwise the project's.
    pub(super) name: Option<At<String>>,
    /// The node's image, with its digest.
    pub(super) node_image: Option<At<String>>,
    /// The range of the Services' addresses: it holds the fixed addresses of networks with `addresses: service`.
    pub(super) service_subnet: Option<At<String>>,
    /// The range of the pods' addresses.
    pub(super) pod_subnet: Option<At<String>>,
    /// Why this and not kind's defaults.
    pub(super) because: Because,
}

/// The image of init containers.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Helper {
    /// Its reference.
    pub(super) image: At<String>,
    /// Why not the tool's own.
    pub(super) because: Because,
}

/// What the addresses of a network become.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Network {
    /// The choice.
    pub(super) addresses: Addresses,
    /// Why.
    pub(super) because: Because,
}

/// Where a fixed address goes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum Addresses {
    /// It is the address of the service's Service, and on the pod's own `lo`: others dial it.
    Service,
    /// It is on the pod's `eth0` with the network's prefix length: only the pod itself uses it.
    Interface,
}

/// What keeps services apart that share no network.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Separation {
    /// The means.
    pub(super) by: SeparationBy,
    /// Why it matters here.
    pub(super) because: Because,
}

/// The means of keeping services apart.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum SeparationBy {
    /// A `NetworkPolicy` for each network: its pods are reached by one another, and from outside the cluster at their
    /// published ports.
    NetworkPolicies,
}

/// A device plugin of the cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct DevicePlugin {
    /// The resource that it offers: `nvidia.com/gpu`.
    pub(super) resource: At<String>,
    /// How many of them the node has, for a service that asks for all.
    pub(super) all: At<u16>,
    /// How the plugin comes into the cluster.
    pub(super) because: Because,
}

/// A zone that another server answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Zone {
    /// The server's address.
    pub(super) server: At<String>,
    /// Why.
    pub(super) because: Because,
}

/// What is known of a service.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Service {
    /// Ports of the image that the Compose file does not list.
    #[serde(default)]
    pub(super) ports: Vec<Port>,
    /// What `dns:` of the service becomes.
    pub(super) dns: Option<At<Dns>>,
    /// The path whose content outlives the pod.
    pub(super) data: Option<Data>,
    /// Bind mounts that become something else than a path of the node, by their path in the container.
    #[serde(default)]
    pub(super) mounts: Named<Mount>,
    /// The numbers behind the names in `user:` of the service.
    pub(super) user: Option<At<User>>,
    /// The workload that is this service, among manifests that this program did not write: only the check reads it.
    pub(super) same_as: Option<SameAs>,
}

/// A workload of manifests that other people wrote.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SameAs {
    /// Its name.
    pub(super) name: At<String>,
    /// Its kind, where several kinds have the name.
    pub(super) kind: Option<WorkloadKind>,
    /// The container of the pod, where it has several; otherwise the one of the service's name, or the first.
    pub(super) container: Option<At<String>>,
}

/// The kinds that run pods, in Kubernetes' own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum WorkloadKind {
    /// A `Deployment`.
    Deployment,
    /// A `StatefulSet`.
    StatefulSet,
    /// A `DaemonSet`.
    DaemonSet,
    /// A `ReplicaSet`.
    ReplicaSet,
    /// A `Job`.
    Job,
    /// A `CronJob`.
    CronJob,
    /// A `Pod` alone.
    Pod,
}

/// A port that the image listens on.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Port {
    /// Its number.
    #[serde(rename = "port")]
    pub(super) number: At<u16>,
    /// Its transport.
    #[serde(default)]
    pub(super) protocol: Protocol,
    /// The name of the Service's port; otherwise made from protocol and number.
    pub(super) name: Option<At<String>>,
    /// Why it is here, where it is not plain that the image listens there.
    pub(super) because: Option<Because>,
}

/// Transports.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// What `dns:` becomes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Dns {
    /// The choice.
    #[serde(rename = "as")]
    pub(super) form: DnsForm,
    /// Why.
    pub(super) because: Because,
}

/// The two ways to keep `dns:`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum DnsForm {
    /// The cluster's DNS forwards the `zones` of this file; everything else it answers itself.
    Zones,
    /// The pod asks the given servers alone and does not see the names of other services.
    Replace,
}

/// What outlives the pod.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Data {
    /// The path in the container.
    pub(super) path: At<String>,
    /// The claim's size, a Kubernetes quantity; 1Gi if not said.
    pub(super) size: Option<At<String>>,
    /// Why.
    pub(super) because: Because,
}

/// What a bind mount becomes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Mount {
    /// The choice.
    #[serde(rename = "as")]
    pub(super) form: At<MountForm>,
    /// Why.
    pub(super) because: Because,
}

/// The ways to mount a path of the host.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum MountForm {
    /// A `ConfigMap`, made from the live files by the up script.
    Configmap(ConfigMapOf),
    /// A `hostPath` of this type.
    Hostpath(HostPathType),
}

/// What a `ConfigMap` is made from.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum ConfigMapOf {
    /// One file.
    File,
    /// A folder of files, without folders of its own, below 1 MiB.
    Folder,
}

/// Kubernetes' types of `hostPath`, in its own words.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum HostPathType {
    /// A file that is there.
    File,
    /// A folder that is there.
    Directory,
    /// A file, made empty where it is missing.
    FileOrCreate,
    /// A folder, made where it is missing.
    DirectoryOrCreate,
    /// A unix socket that is there.
    Socket,
    /// A character device that is there.
    CharDevice,
}

/// The numbers of a user.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct User {
    /// The user's.
    pub(super) uid: u32,
    /// The group's; otherwise the image's.
    pub(super) gid: Option<u32>,
    /// Where the numbers come from.
    pub(super) because: Because,
}

/// What is known of a volume.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Volume {
    /// The service that owns a volume in memory: it empties it before it starts.
    pub(super) writer: At<String>,
    /// Why.
    pub(super) because: Because,
}

/// A service that runs to its end first.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Setup {
    /// It.
    pub(super) service: At<String>,
    /// Services that need what it makes.
    pub(super) before: Vec<At<String>>,
    /// Why.
    pub(super) because: Because,
}

/// A one-off run: `docker compose [-f FILE…] run [-e NAME…] SERVICE COMMAND "$@"`, as a script beside the Compose file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Run {
    /// One line: whose twin it is.
    pub(super) about: String,
    /// The service that is run.
    pub(super) service: At<String>,
    /// The pod's name; otherwise made from service and run.
    pub(super) pod: Option<At<String>>,
    /// Compose files merged after the project's own, relative to the project directory.
    #[serde(default)]
    pub(super) files: Vec<At<String>>,
    /// The words before the script's own arguments; the service's entrypoint comes before them by itself.
    pub(super) command: Vec<String>,
    /// Variables taken from the caller's environment, each with the value for a caller that has none.
    #[serde(default)]
    pub(super) environment: Named<String>,
}

/// A difference that is accepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Acceptance {
    /// The problem's code.
    pub(super) code: At<String>,
    /// The one service it is accepted for; without it, the finding is about the project.
    pub(super) service: Option<At<String>>,
    /// The Compose key, where one code speaks of several.
    pub(super) key: Option<At<String>>,
    /// Of a code that begins with `check::`: which sort of fact, as `compose2k8s explain facts` lists them.
    pub(super) fact: Option<At<String>>,
    /// The fact's subject: the name of a variable, a path, a port. For `check::surplus_workload`: the workload's name.
    pub(super) subject: Option<At<String>>,
    /// Why the difference does no harm.
    pub(super) reason: Because,
}

/// A paragraph for the kit's README.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Note {
    /// Its heading.
    pub(super) title: String,
    /// Markdown.
    pub(super) text: String,
}

/// A file for a CI service.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Workflow {
    /// Its YAML, which is written as it is.
    pub(super) text: String,
}

#[cfg(test)]
#[path = "schema.rs"]
mod schema;
