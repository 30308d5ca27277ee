//! Renders objects as YAML files.

use crate::emit::files::File;
use crate::emit::metadata::OutputMetadata;
use crate::emit::problem::Problem;
use crate::emit::yaml::node::YamlNode;
use crate::emit::yaml::{self, field_order};
use crate::lower::objects::{Comment, Object, ObjectKind};

/// Renders a file with one document per object.
pub(crate) fn file(
    path: &str,
    header: &str,
    objects: &[Object],
    metadata: &OutputMetadata,
) -> Result<File, Vec<Problem>> {
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
        File::from_documents(path, text, &says, metadata).map_err(|problem| vec![problem])
    } else {
        Err(problems)
    }
}

/// Renders an object. Returns the text and the value.
fn document(path: &str, object: &Object) -> Result<(String, YamlNode), Problem> {
    let Object { kind, comments } = object;
    let mut value = to_node(path, kind)?;
    field_order::sort_fields(&mut value);
    Ok((yaml::document(path, &value, comments)?, value))
}

/// Serializes an object.
fn to_node(path: &str, kind: &ObjectKind) -> Result<YamlNode, Problem> {
    match kind {
        ObjectKind::Namespace(object) => YamlNode::serialize(path, object),
        ObjectKind::Deployment(object) => YamlNode::serialize(path, object),
        ObjectKind::StatefulSet(object) => YamlNode::serialize(path, object),
        ObjectKind::DaemonSet(object) => YamlNode::serialize(path, object),
        ObjectKind::Job(object) => YamlNode::serialize(path, object),
        ObjectKind::Pod(object) => YamlNode::serialize(path, object),
        ObjectKind::Service(object) => YamlNode::serialize(path, object),
        ObjectKind::ConfigMap(object) => YamlNode::serialize(path, object),
        ObjectKind::Secret(object) => YamlNode::serialize(path, object),
        ObjectKind::Claim(object) => YamlNode::serialize(path, object),
        ObjectKind::NetworkPolicy(object) => YamlNode::serialize(path, object),
        ObjectKind::RuntimeClass(object) => YamlNode::serialize(path, object),
        ObjectKind::ServiceRange(object) => YamlNode::serialize(path, object),
    }
}

/// Creates a comment at a path of keys and indexes.
pub(crate) fn comment(at: &[&str], text: impl Into<String>) -> Comment {
    Comment { at: at.iter().map(|part| (*part).to_owned()).collect(), text: text.into() }
}
