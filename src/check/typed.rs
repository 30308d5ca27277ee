//! A [`Tree`] as a Kubernetes object, read as strictly as the API server reads it.
//!
//! Invariant: a field that the type does not have, or a value of another type, is a finding at its own place.

use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value as Json};

use super::place::At;
use super::problem::Problem;
use crate::parse::scalars::{Plain, kubectl};
use crate::parse::{Tree, Value};
use crate::report::{Report, did_you_mean};

/// The values as kubectl reads them: `yes` without quotes is true.
pub(super) fn json(tree: &Tree) -> Json {
    match &tree.value {
        Value::Scalar(scalar) => match kubectl(scalar) {
            Plain::Null => Json::Null,
            Plain::Bool(truth) => Json::Bool(truth),
            Plain::Int(number) => i64::try_from(number)
                .map(Json::from)
                .or_else(|_| u64::try_from(number).map(Json::from))
                .unwrap_or_else(|_| Json::String(scalar.text.clone())),
            Plain::Float(number) => {
                Number::from_f64(number).map_or_else(|| Json::String(scalar.text.clone()), Json::Number)
            }
            Plain::Timestamp | Plain::Text => Json::String(scalar.text.clone()),
        },
        Value::Sequence(items) => Json::Array(items.iter().map(json).collect()),
        Value::Mapping(mapping) => {
            Json::Object(mapping.iter().map(|(key, entry)| (key.clone(), json(&entry.value))).collect::<Map<_, _>>())
        }
    }
}

/// The object, if it is one; every unknown field and the first wrong type go to the report.
pub(super) fn object<T: DeserializeOwned>(tree: &Tree, value: &Json, report: &mut Report) -> Option<T> {
    let mut unknown: Vec<Vec<Step>> = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let deserializer = serde_path_to_error::Deserializer::new(value, &mut track);
    let read: Result<T, _> = serde_ignored::deserialize(deserializer, |path| unknown.push(steps(&path)));
    for path in unknown {
        let (at, name) = walk(tree, &path);
        let siblings = path.split_last().map(|(_, parents)| walk(tree, parents).0);
        report.add(Problem::UnknownField {
            field: dotted(&path),
            at: at.name(),
            suggestion: suggestion(&name, siblings),
        });
    }
    match read {
        Ok(object) => Some(object),
        Err(error) => {
            let path: Vec<Step> = track
                .path()
                .iter()
                .filter_map(|segment| match segment {
                    serde_path_to_error::Segment::Seq { index } => Some(Step::Item(*index)),
                    serde_path_to_error::Segment::Map { key } => Some(Step::Key(key.clone())),
                    serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => None,
                })
                .collect();
            let (at, _) = walk(tree, &path);
            report.add(Problem::WrongType { field: dotted(&path), why: words(&error.to_string()), at: at.span() });
            None
        }
    }
}

/// A wrong type in the words of people instead of Rust's.
fn words(why: &str) -> String {
    let numbers = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize"];
    let why = why.strip_prefix("invalid type: ").or_else(|| why.strip_prefix("invalid value: ")).unwrap_or(why);
    let Some((given, wanted)) = why.rsplit_once(", expected ") else { return why.to_owned() };
    let wanted = if numbers.contains(&wanted) { "a whole number" } else { wanted };
    let wanted = if wanted == "f32" || wanted == "f64" { "a number" } else { wanted };
    format!("it is {given}, not {wanted}")
}

#[derive(Debug, Clone)]
enum Step {
    Key(String),
    Item(usize),
}

fn steps(path: &serde_ignored::Path<'_>) -> Vec<Step> {
    match path {
        serde_ignored::Path::Root => Vec::new(),
        serde_ignored::Path::Seq { parent, index } => {
            let mut steps = steps(parent);
            steps.push(Step::Item(*index));
            steps
        }
        serde_ignored::Path::Map { parent, key } => {
            let mut steps = steps(parent);
            steps.push(Step::Key(key.clone()));
            steps
        }
        serde_ignored::Path::Some { parent }
        | serde_ignored::Path::NewtypeStruct { parent }
        | serde_ignored::Path::NewtypeVariant { parent } => steps(parent),
    }
}

fn walk<'a>(tree: &'a Tree, path: &[Step]) -> (At<'a>, String) {
    let mut name = String::new();
    let at = path.iter().fold(At::root(tree), |at, step| match step {
        Step::Key(key) => {
            name.clone_from(key);
            at.key(key)
        }
        Step::Item(index) => at.item(*index),
    });
    (at, name)
}

fn dotted(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text = format!("{text}.{key}"),
            Step::Item(index) => text = format!("{text}[{index}]"),
        }
    }
    text
}

/// Words that stand beside pods and services most often: near misses of them are worth a suggestion. The full lists
/// live in the types, which do not show them.
const FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "spec",
    "name",
    "namespace",
    "labels",
    "annotations",
    "replicas",
    "selector",
    "matchLabels",
    "template",
    "strategy",
    "serviceName",
    "volumeClaimTemplates",
    "containers",
    "initContainers",
    "volumes",
    "image",
    "imagePullPolicy",
    "command",
    "args",
    "env",
    "envFrom",
    "value",
    "valueFrom",
    "ports",
    "containerPort",
    "hostPort",
    "protocol",
    "volumeMounts",
    "mountPath",
    "readOnly",
    "subPath",
    "workingDir",
    "readinessProbe",
    "livenessProbe",
    "startupProbe",
    "exec",
    "periodSeconds",
    "timeoutSeconds",
    "failureThreshold",
    "initialDelaySeconds",
    "securityContext",
    "capabilities",
    "runAsUser",
    "hostAliases",
    "hostnames",
    "dnsPolicy",
    "dnsConfig",
    "nameservers",
    "searches",
    "options",
    "restartPolicy",
    "terminationGracePeriodSeconds",
    "enableServiceLinks",
    "automountServiceAccountToken",
    "hostPath",
    "path",
    "configMap",
    "emptyDir",
    "medium",
    "sizeLimit",
    "persistentVolumeClaim",
    "claimName",
    "clusterIP",
    "publishNotReadyAddresses",
    "port",
    "targetPort",
    "nodePort",
    "type",
    "resources",
    "limits",
    "requests",
    "storage",
    "accessModes",
    "hostNetwork",
    "hostname",
    "subdomain",
];

fn suggestion(name: &str, siblings: Option<At<'_>>) -> Option<String> {
    let taken = siblings.and_then(At::tree).and_then(Tree::as_mapping);
    did_you_mean(name, FIELDS.iter().copied().filter(|field| taken.is_none_or(|mapping| !mapping.contains_key(*field))))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn wrong_types_are_said_in_words() {
        assert_eq!(words("invalid type: string \"two\", expected i32"), "it is string \"two\", not a whole number");
        assert_eq!(words("invalid type: integer `8080`, expected a string"), "it is integer `8080`, not a string");
        assert_eq!(words("missing field `name`"), "missing field `name`");
    }
}
