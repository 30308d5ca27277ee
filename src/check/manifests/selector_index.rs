//! Indexes that find the objects which may select a pod, and objects by kind and name, without comparing each with every
//! other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::Document;
use super::workload::Workload;
use crate::maps::HashMap;

/// Indexes into a list, by namespace, label and the label's value.
#[derive(Debug, Clone, Default)]
pub(crate) struct LabelIndex(BTreeMap<String, BTreeMap<String, BTreeMap<String, Vec<usize>>>>);

impl LabelIndex {
    /// Indexes selectors, each under the one of its labels that the fewest selectors share. `all` holds the namespace, the
    /// labels and the index of each selector.
    pub(crate) fn by_rarest_label<'s>(all: &[(&'s str, &'s BTreeMap<String, String>, usize)]) -> Self {
        let mut counts: HashMap<(&str, &str), usize> = HashMap::default();
        for (label, value) in all.iter().flat_map(|(_, labels, _)| *labels) {
            *counts.entry((label, value)).or_default() += 1;
        }
        let mut index = Self::default();
        for (namespace, labels, place) in all {
            let rarest = labels.iter().min_by_key(|(label, value)| counts.get(&(label.as_str(), value.as_str())));
            if let Some((label, value)) = rarest {
                index.insert(namespace, label, value, *place);
            }
        }
        index
    }

    pub(crate) fn insert(&mut self, namespace: &str, label: &str, value: &str, place: usize) {
        let labels = self.0.entry(namespace.to_owned()).or_default();
        labels.entry(label.to_owned()).or_default().entry(value.to_owned()).or_default().push(place);
    }

    pub(crate) fn places(&self, namespace: &str, label: &str, value: &str) -> &[usize] {
        let values = self.0.get(namespace).and_then(|labels| labels.get(label));
        values.and_then(|values| values.get(value)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the indexes found under any label of a pod, in ascending order.
    pub(crate) fn places_of_pod(&self, workload: &Workload<'_>) -> Vec<usize> {
        let namespace = workload.document.namespace.as_str();
        let labels = workload.labels.iter();
        let mut places: Vec<usize> =
            labels.flat_map(|(label, value)| self.places(namespace, label, value)).copied().collect();
        places.sort_unstable();
        places
    }
}

/// Indexes into the documents: Services by a label that they select, all objects by kind and name.
#[derive(Debug, Clone, Default)]
pub(crate) struct DocumentIndex {
    services: LabelIndex,
    named: HashMap<String, HashMap<String, Vec<usize>>>,
}

impl DocumentIndex {
    pub(crate) fn new(documents: &[Arc<Document>]) -> Self {
        let services = documents.iter().enumerate();
        let services = services.filter_map(|(place, document)| {
            Some((document.namespace.as_str(), document.object.service()?.selector.as_ref()?, place))
        });
        let services = LabelIndex::by_rarest_label(&services.collect::<Vec<_>>());
        let mut index = Self { services, named: HashMap::default() };
        for (place, document) in documents.iter().enumerate() {
            let names = index.named.entry(document.kind.clone()).or_default();
            names.entry(document.name.clone()).or_default().push(place);
        }
        index
    }

    /// Returns the indexes of the objects of a kind and name.
    pub(crate) fn objects_named(&self, kind: &str, name: &str) -> &[usize] {
        let places = self.named.get(kind).and_then(|names| names.get(name));
        places.map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the indexes of the Services that select by a label of the pod, and so may select it.
    pub(crate) fn services_of_pod(&self, workload: &Workload<'_>) -> Vec<usize> {
        self.services.places_of_pod(workload)
    }
}
