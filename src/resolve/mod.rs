//! [`Tree`](crate::parse::Tree) to [`Project`]: long forms, defaults, paths, profiles, look-ups; typed at last.
//!
//! In: the merged tree. Out: [`Project`], in which every name was looked up and every value knows its place.
//!
//! Invariant: every key met is accounted for; it is read through the key table, and a key left over is an error.
//! Invariant: a [`ServiceName`] exists only for a service that the project has.

mod canonical;
pub mod config;
mod cycles;
mod devices;
mod fields;
mod fold;
mod form;
pub mod health;
mod identity;
mod items;
mod long;
mod make;
pub mod met;
pub mod networks;
mod normal;
pub mod order;
mod paths;
pub(crate) mod problem;
pub mod process;
pub mod project;
mod rules;
pub mod seccomp;
mod shorts;
mod step;
pub mod units;
mod used;
pub mod volumes;
mod words;

pub use canonical::{Canonical, canonical};
pub use project::{Project, Service, ServiceName, project};
