//! [`Tree`](crate::parse::Tree) to [`Project`]: long forms, defaults, paths, profiles, look-ups; typed at last.
//!
//! In: the merged tree. Out: [`Project`], in which every name was looked up and every value knows its place.
//!
//! Invariant: every key met is accounted for; it is read through the key table, and a key left over is an error.
//! Invariant: a [`ServiceName`] exists only for a service that the project has.

pub mod health;
pub mod networks;
pub mod order;
pub(crate) mod problem;
pub mod process;
pub mod project;
pub mod units;
pub mod volumes;

pub use project::{Project, Service, ServiceName};
