//! When the kubelet pulls an image.

/// When an image is fetched, and whether that is what Kubernetes does unasked.
/// <https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting>
pub(crate) fn pulled<'a>(image: Option<&String>, policy: Option<&'a String>) -> (&'a str, bool) {
    let latest = image.is_some_and(|image| !image.contains('@') && tag(image).is_none_or(|tag| tag == "latest"));
    let unasked = if latest { "always" } else { "when absent" };
    let policy = policy.map_or(unasked, |policy| match policy.as_str() {
        "Always" => "always",
        "Never" => "never",
        "IfNotPresent" => "when absent",
        other => other,
    });
    (policy, policy == unasked)
}

fn tag(image: &str) -> Option<&str> {
    image.rsplit('/').next()?.split_once(':').map(|(_, tag)| tag)
}
