//! `manifests/`, `services/` and `runs/`: the objects as files, one a Compose service.

use std::collections::BTreeMap;

use serde_json::Value;

use super::problem::Problem;
use super::{About, File, header, tidy, yaml};
use crate::lower::Objects;
use crate::lower::objects::{Comment, Kind, Object};

/// The file of what belongs to no single service, the namespace first.
pub(super) const NAMESPACE: &str = "manifests/namespace.yaml";

/// Path of a service's workload, policies and claims.
pub(super) fn manifest_path(name: &str) -> String {
    format!("manifests/{name}.yaml")
}

/// Path of a service's Service objects.
pub(super) fn service_path(name: &str) -> String {
    format!("services/{name}.yaml")
}

/// Path of a run's Pod.
pub(super) fn run_path(run: &str) -> String {
    format!("runs/{run}.yaml")
}

/// Path and file, in the order in which a person would read them.
pub(super) fn manifests(objects: &Objects, about: &About) -> Result<Vec<(String, File)>, Vec<Problem>> {
    let mut kit = Kit { files: Vec::new(), taken: BTreeMap::new(), problems: Vec::new(), header: header::hash(about) };
    kit.file(NAMESPACE.to_owned(), "the namespace", &objects.shared);
    for service in &objects.services {
        let owner = format!("service `{}`", service.service);
        kit.file(manifest_path(service.name.as_str()), &owner, &service.manifests);
        kit.file(service_path(service.name.as_str()), &owner, &service.services);
    }
    for run in &objects.runs {
        kit.file(run_path(&run.run), &format!("run `{}`", run.run), std::slice::from_ref(&run.pod));
    }
    if kit.problems.is_empty() { Ok(kit.files) } else { Err(kit.problems) }
}

struct Kit {
    files: Vec<(String, File)>,
    taken: BTreeMap<String, String>,
    problems: Vec<Problem>,
    header: String,
}

impl Kit {
    /// One file of several documents; none where there is nothing to say.
    fn file(&mut self, path: String, owner: &str, objects: &[Object]) {
        if objects.is_empty() {
            return;
        }
        // Upper and lower case are one on the file systems of macOS and Windows.
        if let Some(other) = self.taken.insert(path.to_lowercase(), owner.to_owned()) {
            self.problems.push(Problem::OneFile { path, one: other, other: owner.to_owned() });
            return;
        }
        let mut text = self.header.clone();
        let mut says = Vec::new();
        for object in objects {
            match document(&path, object) {
                Ok((document, value)) => {
                    text.push_str(if says.is_empty() { "\n" } else { "---\n" });
                    text.push_str(&document);
                    says.push(value);
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        self.files.push((path, File { text, executable: false, says }));
    }
}

/// One object as a document, and the value that the document says.
fn document(path: &str, object: &Object) -> Result<(String, Value), Problem> {
    let Object { kind, comments } = object;
    let value =
        value_of(kind).map_err(|error| Problem::Unfaithful { document: path.to_owned(), why: error.to_string() })?;
    let value = tidy::tidy(value);
    Ok((yaml::document(path, &value, comments)?, value))
}

/// An object in Kubernetes' JSON.
fn value_of(kind: &Kind) -> serde_json::Result<Value> {
    match kind {
        Kind::Namespace(object) => serde_json::to_value(object),
        Kind::Deployment(object) => serde_json::to_value(object),
        Kind::StatefulSet(object) => serde_json::to_value(object),
        Kind::DaemonSet(object) => serde_json::to_value(object),
        Kind::Job(object) => serde_json::to_value(object),
        Kind::Pod(object) => serde_json::to_value(object),
        Kind::Service(object) => serde_json::to_value(object),
        Kind::ConfigMap(object) => serde_json::to_value(object),
        Kind::Secret(object) => serde_json::to_value(object),
        Kind::Claim(object) => serde_json::to_value(object),
        Kind::NetworkPolicy(object) => serde_json::to_value(object),
    }
}

/// A comment at a path of keys and indexes.
pub(super) fn comment(at: &[&str], text: impl Into<String>) -> Comment {
    Comment { at: at.iter().map(|part| (*part).to_owned()).collect(), text: text.into() }
}
