//! Variables: their sources, and interpolation of the values of a tree.

pub(crate) mod dotenv;
pub(super) mod environment;
pub(super) mod interpolate;
pub(super) mod locate;
pub(crate) mod raw_file;
pub(super) mod template;
pub(super) mod usage;
pub(super) mod written_uses;
