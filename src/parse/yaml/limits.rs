//! Limits of one document.

/// How deep lists and mappings may lie in each other. Go's YAML, which Docker Compose reads with, stops far later, but
/// no file that a person wrote comes near; the bound keeps every later stage's recursion within the stack.
pub const DEEPEST: usize = 255;

/// So many nodes may come out of aliases in any document; from there on at most ten times the nodes written. Go's YAML
/// draws its line ("excessive aliasing") at 400 000 as well.
pub const ALIASED_AT_LEAST: usize = 400_000;
