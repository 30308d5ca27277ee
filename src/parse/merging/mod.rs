//! Merging of files and services.

pub(super) mod merge;
pub(super) mod relocate;
mod resets;
pub(super) mod short_forms;
pub(super) mod unicity;
