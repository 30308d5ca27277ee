//! The output on disk.
//!
//! Invariant: only files with our header are overwritten or removed.
//! Invariant: writes are atomic: all files or none.

mod claims;
pub(crate) mod drift;
#[cfg(test)]
mod failing;
pub(crate) mod file_system;
pub(crate) mod inspect;
pub(crate) mod journal;
pub(crate) mod output_paths;
pub(crate) mod write;
#[cfg(test)]
mod write_tests;
