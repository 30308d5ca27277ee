//! The section `services`.

use serde::Deserialize;

use super::spanned::{At, Because, Named, OneOrMore};

/// What is known of a service.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ServiceEntry {
    /// Ports of the image that the Compose file does not list.
    #[serde(default)]
    pub(crate) ports: Vec<PortEntry>,
    /// The path whose content outlives the pod.
    pub(crate) data: Option<DataEntry>,
    /// Bind mounts that become something else than a path of the node, by their path in the container.
    #[serde(default)]
    pub(crate) mounts: Named<MountEntry>,
    /// The numbers behind the names in `user:` of the service.
    pub(crate) user: Option<At<User>>,
    /// `true` if the program queries Docker's DNS server at 127.0.0.11, which its pod then redirects to the project resolver.
    /// Otherwise that is so if the Compose file contains the address; `false` leaves the redirect out.
    pub(crate) docker_dns: Option<bool>,
    /// The workload that is this service, among manifests that this program did not write: only the check reads it.
    pub(crate) same_as: Option<SameAsEntry>,
}

/// Facts about an image that a Compose file does not contain.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ImageEntry {
    /// The ports that the image listens on.
    #[serde(default)]
    pub(crate) ports: Vec<PortEntry>,
    /// The path where the image keeps its data. It has no effect for a service that mounts something there.
    pub(crate) data: Option<DataEntry>,
    /// The HEALTHCHECK of the image, for services without a `healthcheck`.
    pub(crate) health: Option<HealthEntry>,
}

/// The health check of an image.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct HealthEntry {
    /// The command: a string for the shell of the image, or a list of arguments.
    pub(crate) test: At<OneOrMore<String>>,
    /// How this is known.
    pub(crate) because: Because,
}

/// A workload of manifests that other people wrote.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SameAsEntry {
    /// Its name.
    pub(crate) name: At<String>,
    /// Its kind, where several kinds have the name.
    pub(crate) kind: Option<WorkloadKindEntry>,
    /// The container of the pod, where it has several; otherwise the one of the service's name, or the first.
    pub(crate) container: Option<At<String>>,
}

/// The kinds that run pods, in Kubernetes' own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum WorkloadKindEntry {
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
pub(crate) struct PortEntry {
    /// Its number.
    #[serde(rename = "port")]
    pub(crate) number: At<u16>,
    /// Its transport.
    #[serde(default)]
    pub(crate) protocol: ProtocolEntry,
    /// The name of the Service's port; otherwise made from protocol and number.
    pub(crate) name: Option<At<String>>,
    /// Why it is here, where it is not plain that the image listens there.
    pub(crate) because: Option<Because>,
}

/// Transports.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum ProtocolEntry {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// What outlives the pod.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DataEntry {
    /// The path in the container.
    pub(crate) path: At<String>,
    /// The claim's size, a Kubernetes quantity; 1Gi if not said.
    pub(crate) size: Option<At<String>>,
    /// Why.
    pub(crate) because: Because,
}

/// What a bind mount becomes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct MountEntry {
    /// The choice.
    #[serde(rename = "as")]
    pub(crate) form: At<MountForm>,
    /// Why.
    pub(crate) because: Because,
}

/// The ways to mount a path of the host.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum MountForm {
    /// A `ConfigMap`, made from the live files by the up script.
    Configmap(ConfigMapOf),
    /// A `hostPath` of this type.
    Hostpath(HostPathTypeEntry),
}

/// What a `ConfigMap` is made from.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum ConfigMapOf {
    /// One file.
    File,
    /// A folder of files, without folders of its own, below 1 MiB.
    Folder,
}

/// Kubernetes' types of `hostPath`, in its own words.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum HostPathTypeEntry {
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
pub(crate) struct User {
    /// The user's.
    pub(crate) uid: u32,
    /// The group's; otherwise the image's.
    pub(crate) gid: Option<u32>,
    /// Where the numbers come from.
    pub(crate) because: Because,
}
