//! Labels and metadata of objects.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::lower::context::Scene;
use crate::lower::objects::Name;
use crate::vocabulary::{TOOL, label};

/// The three labels of every object of a service.
pub(crate) fn labels(name: &Name, scene: Scene) -> BTreeMap<String, String> {
    let mut labels = selector(name, scene);
    labels.insert(label::MANAGED_BY.to_owned(), TOOL.to_owned());
    labels
}

/// The two labels by which a service's pods are found; a selector cannot change later, so they are fixed.
pub(crate) fn selector(name: &Name, scene: Scene) -> BTreeMap<String, String> {
    BTreeMap::from([
        (label::NAME.to_owned(), name.to_string()),
        (label::PART_OF.to_owned(), scene.names.namespace.to_string()),
    ])
}

/// An object's metadata.
pub(crate) fn metadata(name: &Name, labels: BTreeMap<String, String>, scene: Scene) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_string()),
        namespace: Some(scene.names.namespace.to_string()),
        labels: Some(labels),
        ..ObjectMeta::default()
    }
}

/// The labels of what belongs to no single service.
pub(crate) fn project_labels(scene: Scene) -> BTreeMap<String, String> {
    BTreeMap::from([
        (label::PART_OF.to_owned(), scene.names.namespace.to_string()),
        (label::MANAGED_BY.to_owned(), TOOL.to_owned()),
    ])
}
