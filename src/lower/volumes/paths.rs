//! Paths in the container.

/// Returns a path without its trailing slash.
pub(crate) fn without_trailing_slash(path: &str) -> &str {
    if path.len() > 1 { path.trim_end_matches('/') } else { path }
}

/// Returns the last component of a path, or `root` if there is none.
pub(crate) fn last_component(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().filter(|part| !part.is_empty()).unwrap_or("root")
}
