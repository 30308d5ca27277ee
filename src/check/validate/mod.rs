//! Checks that need no Compose file: what the API server would reject, objects that are mounted but missing, and selectors,
//! namespaces and addresses that do not fit together.

pub(crate) mod admission;
pub(crate) mod cluster;
pub(crate) mod ephemeral;
pub(crate) mod references;
pub(crate) mod resolver;
