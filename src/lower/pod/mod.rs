//! The pod under construction, and what every pod and object has.

pub(super) mod annotations;
pub(super) mod builder;
pub(super) mod defaults;
pub(super) mod metadata;
pub(super) mod privileged;
