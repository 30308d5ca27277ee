//! `kustomization.yaml`: the list of all objects, for reviews and dry runs.

use serde_json::json;

use super::document::comment;
use super::namespace_file;
use super::rendered_service::RenderedService;
use crate::emit::files::File;
use crate::emit::metadata::OutputMetadata;
use crate::emit::problem::Problem;
use crate::emit::yaml::node::YamlNode;
use crate::emit::{header, yaml};
use crate::lower::Objects;
use crate::lower::objects::{Object, ObjectKind};
use crate::maps::HashSet;
use crate::vocabulary::file;

/// Renders the file: the namespace, Services with a fixed address, other Services, the project resolver, workloads. Without this order, a
/// Service without a fixed address could be given one of the fixed addresses.
pub(crate) fn kustomization(objects: &Objects<RenderedService>, metadata: &OutputMetadata) -> Result<File, Problem> {
    let fixed: HashSet<&str> = objects.plan.fixed.iter().map(|(fixed, _)| fixed.as_str()).collect();
    let reached = objects.services.iter().filter(|service| service.has_services);
    let (fixed, others): (Vec<_>, Vec<_>) =
        reached.map(|service| service.name.as_str()).partition(|name| fixed.contains(name));
    let resolver = objects.resolver.as_ref().map(|resolver| resolver.name.as_str());
    let resources: Vec<String> = std::iter::once(namespace_file(objects).to_owned())
        .chain(resolver.map(file::service))
        .chain(fixed.into_iter().chain(others).map(file::service))
        .chain(resolver.map(file::manifest))
        .chain(
            objects
                .services
                .iter()
                .filter(|service| service.has_manifests)
                .map(|service| file::manifest(service.name.as_str())),
        )
        .collect();
    let mut value = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    });
    // kustomize's own order has Services before kinds that it does not know.
    let is_range = |object: &Object| matches!(object.kind, ObjectKind::ServiceRange(_));
    if objects.shared.iter().any(is_range)
        && let Some(fields) = value.as_object_mut()
    {
        fields.insert("sortOptions".to_owned(), json!({"order": "fifo"}));
    }
    let purpose = "For reading, for reviewing and for `kubectl apply --dry-run=server -k`. Start with scripts/k8s-up.sh: it also makes \
         ConfigMaps from live files, takes the images' tags from the environment, and keeps Compose's order.";
    let value = YamlNode::serialize(file::KUSTOMIZATION, &value)?;
    let text = yaml::document(file::KUSTOMIZATION, &value, &[comment(&[], purpose)])?;
    File::from_documents(file::KUSTOMIZATION, format!("{}\n{text}", header::hash(metadata)), &[value], metadata)
}
