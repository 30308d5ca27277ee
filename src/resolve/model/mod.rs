//! The types of a [`Project`](project::Project): one file per topic.

pub mod health;
pub(super) mod host_path;
pub mod networks;
pub mod order;
pub mod outside;
pub(super) mod port_conflicts;
pub mod process;
pub(super) mod project;
pub mod seccomp;
pub(super) mod service_name;
pub mod volumes;
