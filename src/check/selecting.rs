//! Which Services select which pods, without every pod being held against every Service.

use std::collections::HashMap;
use std::sync::Arc;

use super::manifest::{Document, Manifests};
use super::matching::selects;
use super::pod::Workload;
use super::service_of;

/// The Services by namespace and one label that each selects by: a pod's own labels lead to the few that may select it.
/// The numbers are places among the documents.
#[derive(Debug, Clone, Default)]
pub(super) struct Selectors(HashMap<(String, String, String), Vec<usize>>);

impl Selectors {
    /// Of all documents.
    pub(super) fn of(documents: &[Arc<Document>]) -> Self {
        let mut selectors: HashMap<_, Vec<usize>> = HashMap::new();
        for (place, document) in documents.iter().enumerate() {
            let selector = service_of(document).and_then(|spec| spec.selector.as_ref());
            // The last label is the one in which the Services of a project differ, more often than the first.
            if let Some((label, value)) = selector.and_then(|selector| selector.last_key_value()) {
                let key = (document.namespace.clone(), label.clone(), value.clone());
                selectors.entry(key).or_default().push(place);
            }
        }
        Self(selectors)
    }
}

impl Manifests {
    /// The Services that are no more than another name for something.
    pub(super) fn external_names(&self) -> Vec<&Document> {
        let leads = |document: &&Document| service_of(document).is_some_and(|spec| spec.external_name.is_some());
        self.documents.iter().map(AsRef::as_ref).filter(leads).collect()
    }

    /// The Services that select a pod, in reading order.
    pub(super) fn selecting(&self, workload: &Workload<'_>) -> Vec<&Document> {
        let Selectors(selectors) = self.selectors.get_or_init(|| Selectors::of(&self.documents));
        let namespace = &workload.document.namespace;
        let mut places: Vec<usize> = workload
            .labels
            .iter()
            .filter_map(|(label, value)| selectors.get(&(namespace.clone(), label.clone(), value.clone())))
            .flatten()
            .copied()
            .collect();
        places.sort_unstable();
        let documents = places.into_iter().filter_map(|place| self.documents.get(place)).map(AsRef::as_ref);
        documents.filter(|document| selects(document, &workload.labels)).collect()
    }
}

/// Who is selected, by the Service's place in memory: what stands beside each pod that it selects, in the order given.
pub(super) fn selected<'w, 'a: 'w, T: Copy>(
    pods: impl Iterator<Item = (T, &'w Workload<'a>)>,
    manifests: &Manifests,
) -> HashMap<*const Document, Vec<T>> {
    let mut selected: HashMap<_, Vec<_>> = HashMap::new();
    for (beside, workload) in pods {
        for document in manifests.selecting(workload) {
            selected.entry(std::ptr::from_ref(document)).or_default().push(beside);
        }
    }
    selected
}
