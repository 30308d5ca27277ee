//! What depends on the cluster that the manifests are for.

pub(super) mod kind;
