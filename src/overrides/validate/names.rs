//! Rules for names and sizes from Docker Compose, Kubernetes and DNS.

use crate::words::{is_dns_label, is_qualified_name_part};

/// A description of DNS labels.
pub(crate) const LABEL: &str = "a name of lower-case letters, digits and `-` (not at either end), at most 63";
/// A description of port names.
pub(crate) const PORT: &str = "a port's name: up to 15 lower-case letters, digits and single `-`, one letter at least";

/// Whether a string is a valid name of a Compose project.
/// <https://github.com/compose-spec/compose-spec/blob/main/04-version-and-name.md>
pub(crate) fn is_project(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && name.chars().all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || matches!(each, '-' | '_'))
}

/// Whether a string is an RFC 1123 subdomain, as most object names are: labels separated by dots.
pub(crate) fn is_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_dns_label)
}

/// Whether a string is the name of an extended resource: a domain that is not Kubernetes' own, a slash, and a name.
/// <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources>
pub(crate) fn is_resource(name: &str) -> bool {
    let Some((domain, name)) = name.split_once('/') else { return false };
    is_subdomain(domain)
        && domain.contains('.')
        && domain != "kubernetes.io"
        && !domain.ends_with(".kubernetes.io")
        && is_qualified_name_part(name)
}

/// Whether a string is a valid name of a shell variable.
pub(crate) fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|each| each.is_ascii_alphanumeric() || each == '_')
}

/// Whether a string is an integer with a binary unit, the quantities that a claim needs.
/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
pub(crate) fn is_size(text: &str) -> bool {
    let number = text.trim_end_matches(|each: char| each.is_ascii_alphabetic());
    let unit = text.strip_prefix(number).unwrap_or_default();
    number.parse::<u64>().is_ok_and(|number| number > 0)
        && !number.starts_with('+')
        && matches!(unit, "Ki" | "Mi" | "Gi" | "Ti")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_their_rules() {
        assert!(is_project("a_b-1") && !is_project("A") && !is_project("") && !is_project("-a"));
        assert!(is_resource("nvidia.com/gpu") && is_resource("gpu.intel.com/i915") && !is_resource("gpu"));
        assert!(!is_resource("kubernetes.io/gpu") && !is_resource("a.b/") && !is_resource("a.b/c/d"));
        assert!(is_variable("USE_IT") && !is_variable("1A") && !is_variable("A-B") && !is_variable(""));
        assert!(
            is_size("1Gi")
                && is_size("500Mi")
                && !is_size("1")
                && !is_size("Gi")
                && !is_size("+1Gi")
                && !is_size("0Gi")
        );
    }
}
