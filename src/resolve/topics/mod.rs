//! Readers of a service's keys: each takes the keys of one topic from [`fields::Fields`] and returns the topic's model.

mod devices;
pub(super) mod fields;
pub(super) mod health;
pub(super) mod networks;
pub(super) mod order;
mod platform;
pub(super) mod process;
pub(super) mod seccomp;
pub(super) mod volumes;
