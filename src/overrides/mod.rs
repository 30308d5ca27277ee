//! The overrides file: settings that a Compose file cannot express, and accepted differences with their reasons.
//!
//! Input: a YAML file (`--overrides`, `overrides/<project>.yaml`, or a built-in preset) and the
//! [`Project`](crate::resolve::Project). Output: [`Overrides`], with all names resolved.
//!
//! Invariant: an entry without effect on this project (an unknown name, an unused acceptance) gives a note.
//! Invariant: every departure from Compose has a reason.

mod accepted;
mod choose;
mod common_images;
mod layers;
mod migrate;
mod model;
mod presets;
pub(crate) mod problem;
mod reading;
#[cfg(test)]
mod tests;
mod validate;
mod written;

pub use accepted::{Acceptance, AcceptanceScope};
pub use choose::{OverridesSelection, choose};
pub use migrate::{MigratedOverrides, migrate};
pub use model::{
    Addresses, Chosen, Cluster, Data, DevicePlugin, HELPER_IMAGE, HostPathType, ImagePort, MountChoice, NODE_IMAGE,
    NetworkChoice, Note, Overrides, RESOLVER_IMAGE, Reasoned, Run, SameAs, Separation, ServiceChoice, Setup, Workflow,
};
pub(crate) use validate::separation::apart;

/// Returns the JSON Schema of overrides files, for editors and validators.
#[must_use]
pub fn schema() -> &'static str {
    presets::SCHEMA
}
