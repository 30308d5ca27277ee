//! What the topics read: on the Compose side a service and an index of its project, on the manifests' side a container and
//! an index of all manifests.
//!
//! Invariant: the indexes hold data only; facts are made by the topics.

mod compose_names;
pub(crate) mod environment;
mod expected;
pub(crate) mod host_paths;
pub(crate) mod known_ports;
mod manifest_index;
mod observed;
mod project_index;
pub(crate) mod resolvers;

pub(crate) use compose_names::{CONFIG_SUFFIX, ComposeNames, run_name_in_facts};
pub(crate) use expected::{ExpectedContext, ServiceRole};
pub(crate) use manifest_index::ManifestIndex;
pub(crate) use observed::ObservedContext;
pub(crate) use project_index::{ComparedPeers, ProjectIndex};
pub(crate) use resolvers::{ResolverEndpoint, ResolverIndex};
