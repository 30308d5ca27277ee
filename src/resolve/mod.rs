//! [`Tree`](crate::parse::Tree) to [`Project`]: long forms, defaults, paths, profiles, look-ups; typed at last.
//!
//! In: the merged tree. Out: [`Project`], in which every name was looked up and every value knows its place.
//!
//! Invariant: every key met is accounted for; it is read through the key table, and a key left over is an error.
//! Invariant: a [`ServiceName`] exists only for a service that the project has.

mod assemble;
mod canonical;
pub mod config;
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
pub use model::project::{Project, Service, UsedKey};
pub use model::service_name::ServiceName;
pub use model::{health, networks, order, process, seccomp, volumes};
