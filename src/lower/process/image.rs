//! The syntax of image references.
//! <https://pkg.go.dev/github.com/distribution/reference>

use crate::lower::pod::builder::PodBuilder;
use crate::lower::problem::Problem;
use crate::resolve::Service;

/// Reports an image reference that neither Docker nor the kubelet accepts.
pub(super) fn check_reference(service: &Service, pod: &mut PodBuilder) {
    let image = &service.process.image;
    let reference = &image.reference;
    if !service.order.active {
        return;
    }
    if let Some(fault) = fault_of(&reference.value) {
        let written = image.template.as_ref().map(|template| &template.text).filter(|text| **text != reference.value);
        let problem = Problem::ImageReference {
            service: service.name.value.to_string(),
            image: reference.value.clone(),
            fault,
            written: written.cloned(),
            at: reference.span,
        };
        pod.findings.for_service(&service.name.value, problem);
    }
}

/// Returns what is wrong with a reference `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`.
fn fault_of(reference: &str) -> Option<&'static str> {
    let (named, digest) = match reference.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (reference, None),
    };
    let (name, tag) = match named.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        Some(_) | None => (named, None),
    };
    let (host, path) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" || has_capital(first) => {
            (Some(first), rest)
        }
        Some(_) | None => (None, name),
    };
    if path.is_empty() {
        return Some("it has no name");
    }
    if path.split('/').any(str::is_empty) {
        return Some("a part of its name is empty");
    }
    if has_capital(path) {
        return Some("its name has a capital letter");
    }
    if !path.split('/').all(is_path_component) || !host.is_none_or(is_host) {
        return Some("its name has a character that is not allowed there");
    }
    match tag {
        Some("") => return Some("its tag is empty"),
        Some(tag) if !is_tag(tag) => return Some("its tag has a character that is not allowed there"),
        Some(_) | None => {}
    }
    let is_digest = |digest: &str| {
        digest.split_once(':').is_some_and(|(algorithm, hex)| {
            !algorithm.is_empty() && hex.len() >= 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    digest.filter(|digest| !is_digest(digest)).map(|_| "its digest is not `ALGORITHM:HEX`")
}

fn has_capital(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Whether letters and digits are separated by `.`, `_`, `__` or dashes.
fn is_path_component(part: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let separators = part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).filter(|run| !run.is_empty());
    part.bytes().next().is_some_and(is_word)
        && part.bytes().next_back().is_some_and(is_word)
        && separators.into_iter().all(|run| matches!(run, "." | "_" | "__") || run.bytes().all(|byte| byte == b'-'))
}

fn is_host(host: &str) -> bool {
    let (name, port) = host.rsplit_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_v6 = host.starts_with('[') && host.contains(']');
    is_v6
        || (name.split('.').all(is_label)
            && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())))
}

fn is_tag(tag: &str) -> bool {
    tag.len() <= 128
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        && !tag.starts_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::fault_of;

    #[test]
    fn references_of_docker_are_accepted() {
        for reference in [
            "nginx",
            "nginx:1.27",
            "library/nginx",
            "docker.io/library/nginx:latest",
            "localhost:5000/a/b_c/d__e/f-g--h:v1.0_x-y",
            "REGISTRY.example.org/a:B",
            "ghcr.io/x.y/z@sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0",
            "a:1@sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0",
            "[::1]:5000/a",
            "host:5000/a:tag",
            "shop-web",
        ] {
            assert_eq!(fault_of(reference), None, "{reference}");
        }
    }

    #[test]
    fn other_references_are_rejected_with_a_reason() {
        for (reference, fault) in [
            ("nginx:", "its tag is empty"),
            (":1.27", "it has no name"),
            ("", "it has no name"),
            ("registry.example.org/", "it has no name"),
            ("a//b", "a part of its name is empty"),
            ("Nginx", "its name has a capital letter"),
            ("a b", "its name has a character that is not allowed there"),
            ("a___b", "its name has a character that is not allowed there"),
            ("-a", "its name has a character that is not allowed there"),
            ("nginx:a b", "its tag has a character that is not allowed there"),
            ("nginx:-a", "its tag has a character that is not allowed there"),
            ("nginx@sha256:12", "its digest is not `ALGORITHM:HEX`"),
            ("nginx@", "its digest is not `ALGORITHM:HEX`"),
        ] {
            assert_eq!(fault_of(reference), Some(fault), "{reference}");
        }
    }
}
