//! The files of this folder, built into the program. A new preset is a file here and a line below; a test compares.

/// Name and text of each preset.
pub(crate) const PRESETS: &[(&str, &str)] = &[("boulder", include_str!("boulder.yaml"))];

/// The JSON Schema of overrides files.
pub(crate) const SCHEMA: &str = include_str!("schema.json");
