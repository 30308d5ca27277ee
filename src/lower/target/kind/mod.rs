//! A kind cluster with one node on the user's host, created by the generated scripts.

pub(super) mod dns;
pub(super) mod images;
pub(super) mod node_features;
pub(super) mod node_paths;
pub(super) mod ports;
pub(super) mod storage;
pub(super) mod subnets;
