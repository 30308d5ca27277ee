//! Which Services select which pods, and which object bears a name, without each being held against every other.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::document::Document;
use super::workload::Workload;

/// Places by namespace and one label.
#[derive(Debug, Clone, Default)]
pub(crate) struct Labelled(BTreeMap<String, BTreeMap<String, BTreeMap<String, Vec<usize>>>>);

impl Labelled {
    /// What selects by labels, each at the label that the fewest share, which tells them apart; given are namespace, labels
    /// and place.
    pub(crate) fn rarest<'s>(all: &[(&'s str, &'s BTreeMap<String, String>, usize)]) -> Self {
        let mut many: HashMap<(&str, &str), usize> = HashMap::new();
        for (label, value) in all.iter().flat_map(|(_, labels, _)| *labels) {
            *many.entry((label, value)).or_default() += 1;
        }
        let mut labelled = Self::default();
        for (namespace, labels, place) in all {
            let rarest = labels.iter().min_by_key(|(label, value)| many.get(&(label.as_str(), value.as_str())));
            if let Some((label, value)) = rarest {
                labelled.add(namespace, label, value, *place);
            }
        }
        labelled
    }

    pub(crate) fn add(&mut self, namespace: &str, label: &str, value: &str, place: usize) {
        let labels = self.0.entry(namespace.to_owned()).or_default();
        labels.entry(label.to_owned()).or_default().entry(value.to_owned()).or_default().push(place);
    }

    pub(crate) fn of(&self, namespace: &str, label: &str, value: &str) -> &[usize] {
        let values = self.0.get(namespace).and_then(|labels| labels.get(label));
        values.and_then(|values| values.get(value)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The places of any label of a pod, in their order.
    pub(crate) fn of_pod(&self, workload: &Workload<'_>) -> Vec<usize> {
        let namespace = workload.document.namespace.as_str();
        let labels = workload.labels.iter();
        let mut places: Vec<usize> =
            labels.flat_map(|(label, value)| self.of(namespace, label, value)).copied().collect();
        places.sort_unstable();
        places
    }
}

/// Where objects stand among the documents: Services by one label that they select by, all by their kind and name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selectors {
    /// A pod's own labels lead to the few that may select it.
    services: Labelled,
    named: HashMap<String, HashMap<String, Vec<usize>>>,
}

impl Selectors {
    /// Of all documents.
    pub(crate) fn of(documents: &[Arc<Document>]) -> Self {
        let services = documents.iter().enumerate();
        let services = services.filter_map(|(place, document)| {
            Some((document.namespace.as_str(), document.object.service()?.selector.as_ref()?, place))
        });
        let services = Labelled::rarest(&services.collect::<Vec<_>>());
        let mut selectors = Self { services, named: HashMap::new() };
        for (place, document) in documents.iter().enumerate() {
            let names = selectors.named.entry(document.kind.clone()).or_default();
            names.entry(document.name.clone()).or_default().push(place);
        }
        selectors
    }

    /// Returns the indexes of the objects of a kind and name.
    pub(crate) fn named(&self, kind: &str, name: &str) -> &[usize] {
        let places = self.named.get(kind).and_then(|names| names.get(name));
        places.map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the indexes of the Services that may select a pod: those that select by one of its labels.
    pub(crate) fn services_of_pod(&self, workload: &Workload<'_>) -> Vec<usize> {
        self.services.of_pod(workload)
    }
}
