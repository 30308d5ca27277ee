//! The configuration of the kind cluster and of its DNS.

pub(crate) mod corefile;
pub(crate) mod kind_config;
