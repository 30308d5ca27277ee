//! The fields of pods and containers, and how Kubernetes interprets their values.

pub(crate) mod fields;
pub(crate) mod image_pull;
pub(crate) mod quantity;
pub(crate) mod shell_line;
pub(crate) mod variables;
