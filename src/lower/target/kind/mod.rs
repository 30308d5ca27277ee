//! A kind cluster with one node, created by the generated scripts.

pub(crate) mod node_paths;
