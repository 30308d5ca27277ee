//! How Compose names and names of Kubernetes objects correspond.

use crate::resolve::Service;
use crate::resolve::networks::Attachment;

/// Returns the RFC 1123 form of a name, which is what a Compose name usually becomes in Kubernetes.
pub(crate) fn rfc1123_label(name: &str) -> String {
    let label: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    label.trim_matches('-').to_owned()
}

/// Whether an object's name corresponds to a Compose name: it is the same, its RFC 1123 form, that form with the prefix
/// `s-`, or that form cut to the permitted length.
pub(crate) fn is_name_of(object: &str, compose: &str) -> bool {
    if object == compose {
        return true;
    }
    let label = rfc1123_label(compose);
    // Names that are too long end in `-` and eight hexadecimal digits.
    let is_cut = object.len() >= 50
        && object.rsplit_once('-').is_some_and(|(kept, hash)| {
            hash.len() == 8 && hash.chars().all(|c| c.is_ascii_hexdigit()) && label.starts_with(kept)
        });
    object == label || object.strip_prefix("s-") == Some(label.as_str()) || is_cut
}

/// Returns the DNS names of a service: its own name, its `container_name` and its aliases.
pub(crate) fn dns_names_of(service: &Service) -> Vec<&str> {
    let mut names = vec![service.name.value.as_str()];
    names.extend(service.networks.container_name.iter().map(|name| name.value.as_str()));
    if let Attachment::Networks(memberships) = &service.networks.attachment {
        names.extend(
            memberships.iter().flat_map(|membership| membership.aliases.iter()).map(|alias| alias.value.as_str()),
        );
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_corresponds_in_each_of_its_kubernetes_forms() {
        assert!(is_name_of("db-1", "db_1"));
        assert!(is_name_of("s-1db", "1db"));
        assert!(!is_name_of("db", "db_1"));
    }
}
