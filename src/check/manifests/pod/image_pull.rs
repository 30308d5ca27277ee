//! When the kubelet pulls an image.

use crate::check::facts::PullPolicy;

/// Returns when an image is pulled, and whether that is Kubernetes' default.
/// <https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting>
pub(crate) fn pull_policy_of(image: Option<&String>, policy: Option<&String>) -> (PullPolicy, bool) {
    let latest = image.is_some_and(|image| !image.contains('@') && tag(image).is_none_or(|tag| tag == "latest"));
    let default = if latest { PullPolicy::Always } else { PullPolicy::WhenAbsent };
    let policy = policy.map_or(default.clone(), |policy| match policy.as_str() {
        "Always" => PullPolicy::Always,
        "Never" => PullPolicy::Never,
        "IfNotPresent" => PullPolicy::WhenAbsent,
        other => PullPolicy::Unknown(other.into()),
    });
    let is_default = policy == default;
    (policy, is_default)
}

fn tag(image: &str) -> Option<&str> {
    image.rsplit('/').next()?.split_once(':').map(|(_, tag)| tag)
}
