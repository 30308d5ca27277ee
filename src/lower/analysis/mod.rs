//! Facts about the whole project that topics look up: names, start order, subnets, published ports, the project resolver.
//!
//! Invariant: nothing here creates a Kubernetes object.

pub(super) mod alias_kind;
pub(super) mod dependencies;
pub(super) mod names;
pub(super) mod phases;
pub(super) mod published_ports;
mod resolved_names;
pub(super) mod resolver;
pub(super) mod secret_names;
pub(super) mod service_ranges;
pub(super) mod start_order;
pub(super) mod subnets;
