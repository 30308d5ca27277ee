//! Limits for one document.

/// The maximum nesting depth. Docker Compose's YAML parser allows far more, but no real file needs it, and the limit
/// keeps the recursion of later stages within the stack.
pub const DEEPEST: usize = 255;

/// The number of nodes that aliases may create in any document; beyond it, at most ten times the written nodes. Go's
/// YAML parser has the same limit ("excessive aliasing").
pub const ALIASED_AT_LEAST: usize = 400_000;
