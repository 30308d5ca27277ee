//! TODO

pub(crate) mod admission;
pub(crate) mod cluster;
pub(crate) mod references;
