//! Claims (`PersistentVolumeClaim`) that the previous output had and the new one no longer has.
//!
//! `k8s-up.sh` never deletes a claim. After a service or volume is renamed, the data stays in the old claim and the new one
//! starts empty, which the user must be told.

use std::collections::BTreeSet;

use crate::emit::problem::Problem;
use crate::parse::{Tree, yaml};
use crate::report::Report;
use crate::text::Sources;

/// A `PersistentVolumeClaim`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    namespace: String,
    name: String,
}

/// Returns the claims of a manifest: its own, and those that its StatefulSets create.
pub(super) fn claims_of(manifest: &str) -> BTreeSet<Claim> {
    if !manifest.contains("PersistentVolumeClaim") && !manifest.contains("volumeClaimTemplates") {
        return BTreeSet::new();
    }
    let mut sources = Sources::new();
    let source = sources.add("manifest", None, manifest);
    // A manifest that was edited by hand may be invalid.
    let documents = yaml::documents(source, &sources, &mut Report::new()).unwrap_or_default();
    documents.iter().flat_map(claims_of_object).collect()
}

fn claims_of_object(object: &Tree) -> Vec<Claim> {
    let text = |path: &[&str]| {
        let found = path.iter().try_fold(object, |tree, key| tree.get(key));
        found.and_then(Tree::as_text).map(|text| text.value.to_string()).unwrap_or_default()
    };
    let (namespace, name) = (text(&["metadata", "namespace"]), text(&["metadata", "name"]));
    match text(&["kind"]).as_str() {
        "PersistentVolumeClaim" => vec![Claim { namespace, name }],
        "StatefulSet" => {
            let replicas = text(&["spec", "replicas"]).parse().unwrap_or(1);
            let templates = object.get("spec").and_then(|spec| spec.get("volumeClaimTemplates"));
            let templates = templates.and_then(Tree::as_sequence).unwrap_or_default();
            let names = templates.iter().filter_map(|template| template.get("metadata")?.get("name")?.as_text());
            names
                .flat_map(|template| (0..replicas).map(move |ordinal: u32| (template.value.to_string(), ordinal)))
                .map(|(template, ordinal)| Claim {
                    namespace: namespace.clone(),
                    name: format!("{template}-{name}-{ordinal}"),
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Returns a diagnostic for the claims that the previous output had and the new one does not have.
pub(super) fn without_owner(before: &BTreeSet<Claim>, after: &BTreeSet<Claim>) -> Option<Problem> {
    let left: Vec<&Claim> = before.difference(after).collect();
    let first = left.first()?;
    let names =
        |claims: &[&Claim]| claims.iter().map(|claim| format!("`{}`", claim.name)).collect::<Vec<_>>().join(", ");
    let new: Vec<&Claim> = after.difference(before).collect();
    let instead = if new.is_empty() {
        String::new()
    } else {
        format!(", and {} of the new output {} empty", names(&new), if new.len() == 1 { "starts" } else { "start" })
    };
    Some(Problem::ClaimWithoutOwner {
        claims: names(&left),
        namespace: first.namespace.clone(),
        instead,
        first: first.name.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM: &str = "kind: PersistentVolumeClaim\nmetadata: {name: pages, namespace: shop}\n";

    #[test]
    fn claims_of_stateful_sets_have_the_names_that_kubernetes_gives_them() {
        let set = "kind: StatefulSet\nmetadata: {name: db, namespace: shop}\n\
                   spec: {replicas: 2, volumeClaimTemplates: [{metadata: {name: data}}]}\n";
        let names: Vec<_> = claims_of(&format!("{CLAIM}---\n{set}")).into_iter().map(|claim| claim.name).collect();
        assert_eq!(names, ["data-db-0", "data-db-1", "pages"]);
    }

    #[test]
    fn only_claims_that_are_gone_are_reported() {
        let (before, none) = (claims_of(CLAIM), BTreeSet::new());
        assert!(without_owner(&before, &before).is_none() && without_owner(&none, &before).is_none());
        let Some(Problem::ClaimWithoutOwner { claims, instead, .. }) =
            without_owner(&before, &claims_of(&CLAIM.replace("pages", "sites")))
        else {
            panic!("the claim `pages` is gone")
        };
        assert_eq!((claims.as_str(), instead.as_str()), ("`pages`", ", and `sites` of the new output starts empty"));
    }
}
