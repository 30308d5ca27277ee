//! `secrets/`: Secrets with values from outside the Compose files, and the file that keeps them out of commits.
//!
//! Invariant: no other file of the output contains such a value or anything derived from it.

use serde_json::json;

use super::document::{comment, file};
use crate::emit::files::File;
use crate::emit::metadata::OutputMetadata;
use crate::emit::problem::Problem;
use crate::emit::yaml::node::YamlNode;
use crate::emit::{header, yaml};
use crate::lower::Objects;
use crate::lower::objects::Object;
use crate::vocabulary::file;

/// Returns the files with their paths; none if the project has no such value.
pub(crate) fn secrets<S>(objects: &Objects<S>, metadata: &OutputMetadata) -> Result<Vec<(String, File)>, Vec<Problem>> {
    if objects.secrets.is_empty() {
        return Ok(Vec::new());
    }
    let header = header::hash(metadata);
    let ignored = format!(
        "{header}\n# Values from outside the Compose files. The next translation writes them again.\n/{}/\n",
        file::SECRETS
    );
    let mut files = vec![(file::GITIGNORE.to_owned(), File::plain(ignored))];
    let mut resources = Vec::new();
    for object in &objects.secrets {
        let name = name_of(object);
        let path = file::secret(name);
        files.push((path.clone(), file(&path, &header, std::slice::from_ref(object), metadata)?.private()));
        resources.push(path.rsplit('/').next().unwrap_or_default().to_owned());
    }
    let list = kustomization(&resources, metadata).map_err(|problem| vec![problem])?;
    files.push((file::SECRETS_KUSTOMIZATION.to_owned(), list.private()));
    Ok(files)
}

fn kustomization(resources: &[String], metadata: &OutputMetadata) -> Result<File, Problem> {
    let path = file::SECRETS_KUSTOMIZATION;
    let value = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    });
    let purpose = "Not for commits. scripts/k8s-up.sh applies these Secrets; `kubectl apply -k secrets` does too.";
    let value = YamlNode::serialize(path, &value)?;
    let text = yaml::document(path, &value, &[comment(&[], purpose)])?;
    File::from_documents(path, format!("{}\n{text}", header::hash(metadata)), &[value], metadata)
}

fn name_of(object: &Object) -> &str {
    object.as_secret().and_then(|secret| secret.metadata.name.as_deref()).unwrap_or_default()
}
