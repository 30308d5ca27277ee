//! [`Tree`](crate::parse::Tree) to [`Project`]: long forms, defaults, paths, profiles, look-ups; typed at last.
//!
//! In: the merged tree. Out: [`Project`], in which every name was looked up and every value knows its place.
//!
//! Invariant: every key met is accounted for; it is read through the key table, and a key left over is an error.
//! Invariant: a [`ServiceName`] exists only for a service that the project has.

mod assemble;
mod canonical;
pub mod config;
mod cycles;
mod fold;
mod form;
mod identity;
mod items;
mod long;
mod make;
mod met;
mod model;
mod normal;
mod paths;
pub(crate) mod problem;
mod rules;
mod shorts;
mod step;
mod topics;
pub mod units;
mod used;
mod words;

pub use assemble::project;
pub use canonical::{Canonical, canonical};
pub use model::project::{MetKey, Project, Service};
pub use model::service_name::ServiceName;
pub use model::{health, networks, order, process, seccomp, volumes};
