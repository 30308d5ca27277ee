//! The built-in presets.

#[path = "../../overrides/presets.rs"]
mod files;

pub(crate) use files::{PRESETS, SCHEMA};
