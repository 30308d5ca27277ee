//! Variables: where their values come from, and how they are replaced in the values of a tree.

pub(crate) mod dotenv;
pub(super) mod environment;
pub(super) mod interpolate;
pub(super) mod locate;
pub(super) mod template;
pub(super) mod usage;
