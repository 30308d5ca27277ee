//! Paths in the container.

/// A path without its trailing slash.
pub(crate) fn without_trailing_slash(path: &str) -> &str {
    if path.len() > 1 { path.trim_end_matches('/') } else { path }
}

/// The last part of a path.
pub(crate) fn last_component(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().filter(|part| !part.is_empty()).unwrap_or("root")
}
