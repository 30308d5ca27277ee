//! [`Project`](crate::resolve::Project) and [`Overrides`](crate::overrides::Overrides) to [`Objects`].
//!
//! In: what Compose says. Out: what Kubernetes shall say, typed.
//!
//! Invariant: no clock, no randomness, no process environment, no path of the machine: same input, same objects.
//! Invariant: each topic file opens by destructuring its whole input without `..`; a forgotten field does not compile.
//! Invariant: an object's [`Name`] has one constructor, which knows RFC 1123 and collisions.

pub mod objects;
pub(crate) mod problem;

pub use objects::{Name, Objects};
