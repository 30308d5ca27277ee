//! Does the YAML on disk mean what the Compose file means?
//!
//! In: the [`Project`](crate::resolve::Project) with its overrides, and a folder of YAML. Out: findings.
//!
//! Invariant: nothing here imports `lower` or `emit`; the YAML is read with a reader of its own.
//! Invariant: every missing fact points at the Compose line, every surplus one at the manifest line.

pub(crate) mod problem;
