//! Conversion of Compose labels to annotations.

use std::collections::BTreeMap;

use super::builder::PodBuilder;
use crate::keys::Key;
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::resolve::process::Variable;
use crate::vocabulary::annotation;
use crate::words::{is_dns_subdomain, is_qualified_name_part};

/// Adds labels and annotations to the pod's annotations. Names that are not valid for an annotation are collected in
/// one annotation.
pub(crate) fn annotate_with_labels<'a>(
    service: &Service,
    labels: impl Iterator<Item = &'a Variable>,
    pod: &mut PodBuilder,
) {
    let mut others = String::new();
    let mut places = Vec::new();
    let mut labels_with_outside_values = Vec::new();
    for label in labels {
        if label.outside.is_some() {
            labels_with_outside_values.push(label);
        }
        let (name, text) = (&label.name, label.committed_value());
        if is_qualified_name(&name.value) {
            pod.annotations.insert(name.value.clone(), text.to_owned());
        } else {
            others.push_str(&format!("{}={text}\n", name.value));
            places.push(name.span);
        }
    }
    let name = &service.name.value;
    for label in labels_with_outside_values {
        if let Some(problem) = outside_label(label, "labels", name.as_str()) {
            pod.findings.for_key(name, Key::Labels, problem);
        }
    }
    if !places.is_empty() {
        pod.annotations.insert(annotation::LABELS.to_owned(), others);
        pod.findings.for_key(
            &service.name.value,
            Key::Labels,
            Problem::LabelName { service: service.name.value.to_string(), at: places },
        );
    }
}

/// Returns the warning about a label with a value from outside the Compose files. `place` is the path of the labels.
fn outside_label(label: &Variable, place: &str, owner: &str) -> Option<Problem> {
    Some(Problem::OutsideValue {
        key: format!("{place}.{}", label.name.value),
        service: owner.to_owned(),
        variables: label.outside.as_ref()?.names(),
        outcome: "the manifest contains the name of the variable instead",
        help: "nothing to do, unless a program reads the label from Kubernetes",
        at: label.name.span,
    })
}

/// Reports the labels of a volume or config with values from outside the Compose files. `place` is the path of the labels.
pub(crate) fn report_outside_labels(labels: &[Variable], place: &str, key: Key, pod: &mut PodBuilder) {
    let owner = pod.context.project_name();
    for problem in labels.iter().filter_map(|label| outside_label(label, place, owner)) {
        pod.findings.for_project_key(key, problem);
    }
}

/// Returns the labels of a volume, config or secret as annotations. Names that are not valid for an annotation are
/// collected in one annotation.
pub(crate) fn labels_as_annotations(labels: &[Variable]) -> Option<BTreeMap<String, String>> {
    let mut annotations = BTreeMap::new();
    let mut others = String::new();
    for label in labels {
        let (name, text) = (&label.name, label.committed_value());
        if is_qualified_name(&name.value) {
            annotations.insert(name.value.clone(), text.to_owned());
        } else {
            others.push_str(&format!("{}={text}\n", name.value));
        }
    }
    if !others.is_empty() {
        annotations.insert(annotation::LABELS.to_owned(), others);
    }
    (!annotations.is_empty()).then_some(annotations)
}

/// Returns whether Kubernetes accepts the name of an annotation: `[prefix/]name`, where the name has at most 63
/// letters, digits, `-`, `_` and `.`, and the prefix is a domain.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/>
pub(crate) fn is_qualified_name(name: &str) -> bool {
    let (prefix, name) = name.split_once('/').map_or((None, name), |(prefix, name)| (Some(prefix), name));
    is_qualified_name_part(name) && prefix.is_none_or(is_dns_subdomain)
}

#[cfg(test)]
mod annotations_tests {
    use super::*;

    #[test]
    fn annotation_names_are_validated_as_in_kubernetes() {
        assert!(is_qualified_name("traefik.http.routers.web.rule"));
        assert!(is_qualified_name("com.example/a_b"));
        assert!(!is_qualified_name("a/b/c"));
        assert!(!is_qualified_name("has space"));
        assert!(!is_qualified_name("Upper.Case/x"));
        assert!(!is_qualified_name(&"x".repeat(64)));
        assert!(!is_qualified_name(""));
    }
}
