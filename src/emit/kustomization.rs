//! `kustomization.yaml`: every object in one list, for reading, reviewing and a dry run.

use serde_json::json;

use super::manifests::{NAMESPACE, manifest_path, service_path};
use super::problem::Problem;
use super::{About, File, header, yaml};
use crate::lower::Objects;

/// The file's path.
pub(super) const PATH: &str = "kustomization.yaml";

/// Its text: the namespace, Services with a fixed address before all others (a Service without one could be given that
/// address first), then the workloads.
pub(super) fn kustomization(objects: &Objects, about: &About) -> Result<File, Problem> {
    let is_fixed = |name: &str| objects.plan.fixed.iter().any(|(fixed, _)| fixed.as_str() == name);
    let reached = objects.services.iter().filter(|service| !service.services.is_empty());
    let (fixed, others): (Vec<_>, Vec<_>) =
        reached.map(|service| service.name.as_str()).partition(|name| is_fixed(name));
    let resources: Vec<String> = std::iter::once(NAMESPACE.to_owned())
        .chain(fixed.into_iter().chain(others).map(service_path))
        .chain(
            objects
                .services
                .iter()
                .filter(|service| !service.manifests.is_empty())
                .map(|service| manifest_path(service.name.as_str())),
        )
        .collect();
    let value = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    });
    let purpose = "For reading, for reviewing and for `kubectl apply --dry-run=server -k`. Start with scripts/k8s-up.sh: it also makes \
         ConfigMaps from live files, takes the images' tags from the environment, and keeps Compose's order.";
    let text = yaml::document(PATH, &value, &[super::manifests::comment(&[], purpose)])?;
    Ok(File { text: format!("{}\n{text}", header::hash(about)), executable: false, says: vec![value] })
}
