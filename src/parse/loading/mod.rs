//! Loading: one model out of its files, and out of the files that these include and extend.

mod extends;
pub(super) mod include;
pub(super) mod loader;
pub(super) mod model;
pub(super) mod project_name;
