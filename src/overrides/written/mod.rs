//! The overrides file as written: its words, nothing looked up. The JSON Schema is drawn from these very types.
//!
//! Invariant: what may be chosen is an enum; a key that is not here is an error.

#[cfg(test)]
mod schema;
pub(crate) mod service;
pub(crate) mod spanned;

use serde::Deserialize;
use service::{ImageEntry, ServiceEntry};
use spanned::{At, Because, Named, OneOrMore};

/// What Compose cannot say about a project, and every accepted difference, each with its reason.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WrittenOverrides {
    /// Which projects a preset is for. Read only in presets, which are built into the program.
    #[serde(rename = "match")]
    pub(crate) applies_to: Option<Match>,
    /// The preset that the file extends: its name, or `none`. Without it, the preset that matches the project applies.
    pub(crate) preset: Option<At<String>>,
    /// The version of compose2k8s that reads this file: `0.1.0`, or `0.1` for all its patch releases. Another version is an error, so
    /// that all users and CI generate the same output.
    pub(crate) required_version: Option<At<String>>,
    /// Variables of the Compose files, by name. `local` excludes a variable from the comparison: its recorded value is used, so that
    /// each user can have another one.
    pub(crate) variables: Named<VariableEntry>,
    /// The project's name, which becomes the namespace: fixed, a checkout in a folder of another name gives the same kit.
    pub(crate) project: Option<At<String>>,
    /// The kind cluster, or only its name. Projects with the same cluster share it.
    #[cfg_attr(test, schemars(schema_with = "schema::name_or_cluster"))]
    pub(crate) cluster: Option<ClusterEntry>,
    /// The image of init containers; it has `sh`, `ip`, `nslookup`, `find` and `chown`.
    pub(crate) helper_image: Option<Helper>,
    /// What the addresses of a network become, by the network's key.
    pub(crate) networks: Named<NetworkEntry>,
    /// What keeps services apart that share no network in the Compose file; otherwise nothing does.
    pub(crate) separation: Option<At<SeparationEntry>>,
    /// Device plugins of the cluster, by the `driver` that the Compose file names.
    pub(crate) device_plugins: Named<DevicePluginEntry>,
    /// `true` generates the project resolver although no name, alias or `dns` requires it. Bare names then resolve without a
    /// search domain, as in Docker.
    pub(crate) resolver: Option<bool>,
    /// Facts about images, by repository and optional tag pattern (`redis`, `ghcr.io/owner/name:2.*`; `*` stands for any
    /// characters). They apply to every service with that image. The first entry that has a fact counts, and an entry of the
    /// service in `services` takes precedence.
    pub(crate) images: Named<ImageEntry>,
    /// What is known of a service, by its name.
    pub(crate) services: Named<ServiceEntry>,
    /// What is known of a volume, by its key.
    pub(crate) volumes: Named<VolumeEntry>,
    /// Services that run to their end before others start.
    pub(crate) setup: Vec<SetupEntry>,
    /// One-off runs, by the name of their script.
    pub(crate) runs: Named<RunEntry>,
    /// Differences that are accepted.
    pub(crate) accept: Vec<AcceptanceEntry>,
    /// Paragraphs for the kit's README.
    pub(crate) notes: Vec<NoteEntry>,
    /// Files for a CI service, by name: the kit has them as `ci/NAME.yml`.
    pub(crate) workflows: Named<WorkflowEntry>,
}

/// How a preset recognises its project.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Match {
    /// An image repository that no other project uses. The preset applies when a service has an image of this repository.
    pub(crate) image: At<String>,
}

/// What is known of a variable.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum VariableEntry {
    /// Each user has a value of their own, as for a port.
    Local,
}

/// The kind cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ClusterEntry {
    /// Its name; otherwise the project's.
    pub(crate) name: Option<At<String>>,
    /// The node's image, with its digest.
    pub(crate) node_image: Option<At<String>>,
    /// The range of the Services' addresses: it holds the fixed addresses of networks with `addresses: service`.
    pub(crate) service_subnet: Option<At<String>>,
    /// The range of the pods' addresses.
    pub(crate) pod_subnet: Option<At<String>>,
    /// Why this and not kind's defaults.
    pub(crate) because: Because,
}

/// The image of init containers.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Helper {
    /// Its reference.
    pub(crate) image: At<String>,
    /// Why not the tool's own.
    pub(crate) because: Because,
}

/// What the addresses of a network become.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct NetworkEntry {
    /// The choice.
    pub(crate) addresses: AddressesEntry,
    /// Why.
    pub(crate) because: Because,
}

/// Where a fixed address goes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum AddressesEntry {
    /// It is the address of the service's Service, and on the pod's own `lo`: others dial it.
    Service,
    /// It is on the pod's `eth0` with the network's prefix length: only the pod itself uses it.
    Interface,
}

/// What keeps services apart that share no network.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SeparationEntry {
    /// The means.
    pub(crate) by: SeparationBy,
    /// Why it matters here.
    pub(crate) because: Because,
}

/// The means of keeping services apart.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum SeparationBy {
    /// A `NetworkPolicy` for each network: its pods are reached by one another, and from outside the cluster at their
    /// published ports.
    NetworkPolicies,
}

/// A device plugin of the cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DevicePluginEntry {
    /// The resource that it offers: `nvidia.com/gpu`.
    pub(crate) resource: At<String>,
    /// How many of them the node has, for a service that asks for all.
    pub(crate) all: At<u16>,
    /// How the plugin comes into the cluster.
    pub(crate) because: Because,
}

/// What is known of a volume.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct VolumeEntry {
    /// The service that owns a volume in memory: it empties it before it starts.
    pub(crate) writer: At<String>,
    /// Why.
    pub(crate) because: Because,
}

/// A service that runs to its end first.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SetupEntry {
    /// It.
    pub(crate) service: At<String>,
    /// Services that need what it makes.
    pub(crate) before: Vec<At<String>>,
    /// Why.
    pub(crate) because: Because,
}

/// A one-off run: `docker compose [-f FILE…] run [-e NAME…] SERVICE COMMAND "$@"`, as a script beside the Compose file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RunEntry {
    /// One line: whose twin it is.
    pub(crate) about: String,
    /// The service that is run.
    pub(crate) service: At<String>,
    /// The pod's name; otherwise made from service and run.
    pub(crate) pod: Option<At<String>>,
    /// Compose files merged after the project's own, relative to the project directory.
    #[serde(default)]
    pub(crate) files: Vec<At<String>>,
    /// The words before the script's own arguments; the service's entrypoint comes before them by itself.
    pub(crate) command: Vec<String>,
    /// Variables taken from the caller's environment, each with the value for a caller that has none.
    #[serde(default)]
    pub(crate) environment: Named<String>,
}

/// A difference that is accepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AcceptanceEntry {
    /// The problem's code.
    pub(crate) code: At<String>,
    /// The service that the difference is accepted for, a list of services, or `*` for every service. Without it, the entry
    /// accepts a difference of the project as a whole.
    pub(crate) service: Option<OneOrMore<String>>,
    /// An image repository: the difference is accepted for the services that use it.
    pub(crate) image: Option<At<String>>,
    /// The Compose key, where one code speaks of several.
    pub(crate) key: Option<At<String>>,
    /// Of a code that begins with `check::`: which sort of fact, as `compose2k8s explain facts` lists them.
    pub(crate) fact: Option<At<String>>,
    /// The fact's subject: the name of a variable, a path, a port. For `check::surplus_workload`: the workload's name.
    pub(crate) subject: Option<At<String>>,
    /// Why the difference does no harm.
    pub(crate) reason: Because,
}

/// A paragraph for the kit's README.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct NoteEntry {
    /// Its heading.
    pub(crate) title: String,
    /// Markdown.
    pub(crate) text: String,
}

/// A file for a CI service.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WorkflowEntry {
    /// Its YAML, which is written as it is.
    pub(crate) text: String,
}
