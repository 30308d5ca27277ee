//! The cluster: the configuration of kind and of its DNS.

pub(crate) mod corefile;
pub(crate) mod kind_config;
