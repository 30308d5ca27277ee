//! `manifests/`, `services/` and `runs/`: the objects as files, one a Compose service.

use std::collections::HashMap;

use super::formed::Formed;
use super::node::Node;
use super::problem::Problem;
use super::{About, File, header, tidy, yaml};
use crate::lower::Objects;
use crate::lower::objects::{Comment, Kind, Object};
use crate::vocabulary::file;

/// Path and file, in the order in which a person would read them.
pub(super) fn manifests(objects: &mut Objects<Formed>, about: &About) -> Result<Vec<(String, File)>, Vec<Problem>> {
    let header = header::hash(about);
    let mut kit = Kit { files: Vec::new(), taken: HashMap::new(), problems: Vec::new() };
    if !objects.shared.is_empty() {
        kit.take(file::NAMESPACE.to_owned(), "the namespace", file(file::NAMESPACE, &header, &objects.shared, about));
    }
    for service in &mut objects.services {
        let owner = format!("service `{}`", service.service);
        if let Some(file) = service.manifests.take() {
            kit.take(file::manifest(service.name.as_str()), &owner, file);
        }
        if let Some(file) = service.services.take() {
            kit.take(file::service(service.name.as_str()), &owner, file);
        }
    }
    for run in &objects.runs {
        let path = file::run(&run.run);
        let file = file(&path, &header, std::slice::from_ref(&run.pod), about);
        kit.take(path, &format!("run `{}`", run.run), file);
    }
    if kit.problems.is_empty() { Ok(kit.files) } else { Err(kit.problems) }
}

struct Kit {
    files: Vec<(String, File)>,
    taken: HashMap<String, String>,
    problems: Vec<Problem>,
}

impl Kit {
    fn take(&mut self, path: String, owner: &str, file: Result<File, Vec<Problem>>) {
        // Upper and lower case are one on the file systems of macOS and Windows.
        if let Some(other) = self.taken.insert(path.to_lowercase(), owner.to_owned()) {
            self.problems.push(Problem::OneFile { path, one: other, other: owner.to_owned() });
            return;
        }
        match file {
            Ok(file) => self.files.push((path, file)),
            Err(problems) => self.problems.extend(problems),
        }
    }
}

/// One file of several documents.
pub(super) fn file(path: &str, header: &str, objects: &[Object], about: &About) -> Result<File, Vec<Problem>> {
    let mut text = header.to_owned();
    let (mut says, mut problems) = (Vec::new(), Vec::new());
    for object in objects {
        match document(path, object) {
            Ok((document, value)) => {
                text.push_str(if says.is_empty() { "\n" } else { "---\n" });
                text.push_str(&document);
                says.push(value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        File::of(path, text, &says, about).map_err(|problem| vec![problem])
    } else {
        Err(problems)
    }
}

/// One object as a document, and the value that the document says.
fn document(path: &str, object: &Object) -> Result<(String, Node), Problem> {
    let Object { kind, comments } = object;
    let mut value = said(path, kind)?;
    tidy::tidy(&mut value);
    Ok((yaml::document(path, &value, comments)?, value))
}

/// What an object says, in Kubernetes' words.
fn said(path: &str, kind: &Kind) -> Result<Node, Problem> {
    match kind {
        Kind::Namespace(object) => Node::of(path, object),
        Kind::Deployment(object) => Node::of(path, object),
        Kind::StatefulSet(object) => Node::of(path, object),
        Kind::DaemonSet(object) => Node::of(path, object),
        Kind::Job(object) => Node::of(path, object),
        Kind::Pod(object) => Node::of(path, object),
        Kind::Service(object) => Node::of(path, object),
        Kind::ConfigMap(object) => Node::of(path, object),
        Kind::Secret(object) => Node::of(path, object),
        Kind::Claim(object) => Node::of(path, object),
        Kind::NetworkPolicy(object) => Node::of(path, object),
    }
}

/// A comment at a path of keys and indexes.
pub(super) fn comment(at: &[&str], text: impl Into<String>) -> Comment {
    Comment { at: at.iter().map(|part| (*part).to_owned()).collect(), text: text.into() }
}
