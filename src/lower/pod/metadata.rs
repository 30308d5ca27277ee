//! Labels and metadata of objects.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::lower::context::Context;
use crate::lower::objects::Name;
use crate::vocabulary::{TOOL, label};

/// Returns the labels of the objects of a service.
pub(crate) fn labels(name: &Name, context: Context) -> BTreeMap<String, String> {
    let mut labels = selector(name, context);
    labels.insert(label::MANAGED_BY.to_owned(), TOOL.to_owned());
    labels
}

/// Returns the labels that select the pods of a service. They never change, because the selector of a Deployment is
/// immutable.
pub(crate) fn selector(name: &Name, context: Context) -> BTreeMap<String, String> {
    BTreeMap::from([
        (label::NAME.to_owned(), name.to_string()),
        (label::PART_OF.to_owned(), context.names.namespace.to_string()),
    ])
}

/// Returns the metadata of an object.
pub(crate) fn metadata(name: &Name, labels: BTreeMap<String, String>, context: Context) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_string()),
        namespace: Some(context.names.namespace.to_string()),
        labels: Some(labels),
        ..ObjectMeta::default()
    }
}

/// Returns the labels of objects that belong to no single service.
pub(crate) fn project_labels(context: Context) -> BTreeMap<String, String> {
    BTreeMap::from([
        (label::PART_OF.to_owned(), context.names.namespace.to_string()),
        (label::MANAGED_BY.to_owned(), TOOL.to_owned()),
    ])
}
