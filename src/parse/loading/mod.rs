//! Loads one model from its files and from the files that they include and extend.

mod extends;
pub(super) mod include;
pub(super) mod loader;
pub(super) mod model;
pub(super) mod project_name;
