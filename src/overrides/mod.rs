//! The overrides file: what Compose cannot say, and every accepted difference with its reason.
//!
//! In: a YAML file (`--overrides`, `overrides/<project>.yaml`, or a preset built in) and the [`Project`](crate::resolve::Project). Out:
//! [`Overrides`], every name in it looked up.
//!
//! Invariant: an entry without effect on this project (an unknown name, an unused acceptance) gives a note.
//! Invariant: every departure from Compose carries a `because`.

mod choose;
mod layers;
mod model;
mod presets;
pub(crate) mod problem;
mod reading;
#[cfg(test)]
mod tests;
mod validate;
mod written;

pub use choose::{OverridesSelection, choose, init};
pub use model::{
    Acceptance, Addresses, Chosen, Cluster, Data, DevicePlugin, DnsChoice, HELPER_IMAGE, HostPathType, KnownPort,
    MountChoice, NODE_IMAGE, NetworkChoice, Note, Overrides, Reasoned, Run, SameAs, Separation, ServiceChoice, Setup,
    Workflow, Zone,
};
pub(crate) use validate::separation::apart;

/// The JSON Schema of overrides files, for editors and validators.
#[must_use]
pub fn schema() -> &'static str {
    presets::SCHEMA
}
