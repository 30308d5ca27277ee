//! References that name the same image.

use std::borrow::Cow;

/// Whether two references name the same image.
pub(super) fn is_same_image(one: &str, other: &str) -> bool {
    one == other || full_reference(one) == full_reference(other)
}

/// Returns a reference with the registry, the namespace and the tag that Docker adds to a short one.
/// <https://docs.docker.com/reference/cli/docker/image/tag/>
fn full_reference(image: &str) -> String {
    let (registry, rest): (&str, Cow<'_, str>) = match image.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest.into()),
        Some(_) => ("docker.io", image.into()),
        None => ("docker.io", format!("library/{image}").into()),
    };
    let tagged = rest.contains('@') || rest.rsplit('/').next().is_some_and(|last| last.contains(':'));
    format!("{registry}/{rest}{}", if tagged { "" } else { ":latest" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_that_mean_one_image_are_the_same() {
        assert!(is_same_image("redis", "docker.io/library/redis:latest"));
        assert!(is_same_image("a/b:1", "docker.io/a/b:1"));
        assert!(!is_same_image("localhost:5000/redis", "redis"));
        assert!(!is_same_image("redis:7", "redis"));
    }
}
