//! The configuration of the kind cluster.

pub(crate) mod kind_config;
