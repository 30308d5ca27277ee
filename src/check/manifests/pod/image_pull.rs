//! When the kubelet pulls an image.

/// Returns when an image is pulled, and whether that is Kubernetes' default.
/// <https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting>
pub(crate) fn pull_policy_of<'a>(image: Option<&String>, policy: Option<&'a String>) -> (&'a str, bool) {
    let latest = image.is_some_and(|image| !image.contains('@') && tag(image).is_none_or(|tag| tag == "latest"));
    let default = if latest { "always" } else { "when absent" };
    let policy = policy.map_or(default, |policy| match policy.as_str() {
        "Always" => "always",
        "Never" => "never",
        "IfNotPresent" => "when absent",
        other => other,
    });
    (policy, policy == default)
}

fn tag(image: &str) -> Option<&str> {
    image.rsplit('/').next()?.split_once(':').map(|(_, tag)| tag)
}
