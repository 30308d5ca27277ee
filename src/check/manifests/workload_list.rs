//! Which objects run pods.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::Document;
use super::workload::Workload;

/// Returns the workloads of the documents, without the pods that one of them created.
pub(super) fn workloads(documents: &[Arc<Document>]) -> Vec<Workload<'_>> {
    let key = |document: &Document| {
        // Runs are started one at a time, so their pods may share a name.
        let run = if document.is_in_runs_folder() { document.file.clone() } else { String::new() };
        (document.kind.clone(), document.namespace.clone(), document.name.clone(), run)
    };
    // Of two objects with the same name only the one that is applied last exists.
    let last: BTreeMap<_, usize> =
        documents.iter().enumerate().map(|(index, document)| (key(document), index)).collect();
    let all: Vec<Workload<'_>> = documents
        .iter()
        .enumerate()
        .filter(|(index, document)| last.get(&key(document)) == Some(index))
        .filter_map(|(_, document)| Workload::from_document(document))
        .collect();
    let names: Vec<(String, String)> =
        all.iter().map(|workload| (workload.document.namespace.clone(), workload.document.name.clone())).collect();
    all.into_iter()
        .filter(|workload| {
            let owned = workload.document.at().keys(&["metadata", "ownerReferences"]).tree().is_some();
            let (namespace, name) = (&workload.document.namespace, &workload.document.name);
            // Checked only for the few pods with an owner.
            let maker = || {
                names.iter().any(|(other_namespace, other)| {
                    other_namespace == namespace
                        && other != name
                        && name.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('-'))
                })
            };
            !(owned && maker())
        })
        .collect()
}
