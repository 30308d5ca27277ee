//! Resolves a merged [`Tree`](crate::parse::Tree) into a [`Project`]: long forms, defaults, paths, profiles, names and
//! types.
//!
//! Input: the merged tree. Output: the [`Project`], in which all names are resolved and all values have a source
//! location.
//!
//! Invariant: every key is accounted for. Keys are read through the key table, and a remaining key is an error.
//! Invariant: a [`ServiceName`] exists only for a service of the project.

mod assemble;
mod canonical;
mod committed_variables;
pub mod config;
mod docker_dns;
mod host_paths;
mod key_path;
mod model;
pub(crate) mod problem;
mod synthetic;
mod topics;
pub mod units;
mod value_format;

pub use assemble::project;
pub use canonical::{Canonical, canonical};
pub use docker_dns::place_of_docker_dns;
pub use model::port_conflicts::{PortConflict, is_same_listener};
pub use model::project::{Project, Service, UsedKey};
pub use model::service_name::ServiceName;
pub use model::{health, networks, order, outside, process, seccomp, volumes};
