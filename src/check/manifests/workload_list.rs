//! Which objects run pods, and which of those pods are a declared run's.

use std::collections::BTreeMap;

use super::Manifests;
use super::document::Document;
use super::workload::{Shape, Workload};
use crate::check::matching::stands_for;
use crate::overrides::Run;

/// The workloads among the manifests. A pod that one of them made is its own business.
pub(crate) fn workloads(observed: &Manifests) -> Vec<Workload<'_>> {
    let key = |document: &Document| {
        // Runs are started one at a time and may share a pod's name.
        let run = if lies_in_runs(document) { document.file.clone() } else { String::new() };
        (document.kind.clone(), document.namespace.clone(), document.name.clone(), run)
    };
    // Of two objects of one name only the one applied last exists.
    let last: BTreeMap<_, usize> =
        observed.documents.iter().enumerate().map(|(index, document)| (key(document), index)).collect();
    let all: Vec<Workload<'_>> = observed
        .documents
        .iter()
        .enumerate()
        .filter(|(index, document)| last.get(&key(document)) == Some(index))
        .filter_map(|(_, document)| Workload::of(document))
        .collect();
    let names: Vec<(String, String)> =
        all.iter().map(|workload| (workload.document.namespace.clone(), workload.document.name.clone())).collect();
    all.into_iter()
        .filter(|workload| {
            let owned = workload.document.at().keys(&["metadata", "ownerReferences"]).tree().is_some();
            let (namespace, name) = (&workload.document.namespace, &workload.document.name);
            // Asked of the few that say who made them.
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

/// Whether a pod lies among the runs.
pub(crate) fn in_runs(workload: &Workload<'_>) -> bool {
    workload.shape == Shape::Once && lies_in_runs(workload.document)
}

fn lies_in_runs(document: &Document) -> bool {
    document.file.rsplit('/').nth(1) == Some("runs")
}

/// Whether a pod is that of a declared run: by its file, or by its name where it was taken out of a cluster.
pub(crate) fn is_run(workload: &Workload<'_>, run: &Run) -> bool {
    if workload.shape != Shape::Once {
        return false;
    }
    if in_runs(workload) {
        let file = workload.document.file.rsplit('/').next().unwrap_or_default();
        return file.split('.').next() == Some(run.name.value.as_str());
    }
    let otherwise = format!("{}-run-{}", run.service.value, run.name.value);
    stands_for(&workload.document.name, run.pod.as_deref().unwrap_or(&otherwise))
}
