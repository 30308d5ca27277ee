//! A file's documents, read by the program's own reader and by libyaml.

use compose2k8s::parse::scalars::{self, Plain};
use compose2k8s::parse::{Tree, TreeValue, yaml};
use compose2k8s::report::Report;
use compose2k8s::text::Sources;
use serde::Deserialize as _;
use serde_json::{Number, Value as Json};

/// Both readings of a text must be the same values.
pub(crate) fn agree(path: &str, text: &str) {
    let mut sources = Sources::new();
    let mut report = Report::new();
    let source = sources.add(path, None, text);
    let ours: Vec<Json> = yaml::documents(source, &sources, &mut report)
        .unwrap_or_else(|_| panic!("{path}: our reader refuses it: {:?}", report.problems()))
        .iter()
        .map(value)
        .collect();
    let theirs: Vec<Json> = serde_norway::Deserializer::from_str(text)
        .map(|document| Json::deserialize(document).unwrap_or_else(|error| panic!("{path}: libyaml refuses it: {error}")))
        .collect();
    assert_eq!(ours, theirs, "{path}: two readers differ");
}

/// What kubectl understands.
fn value(tree: &Tree) -> Json {
    match &tree.value {
        TreeValue::Mapping(entries) => entries.iter().map(|(key, entry)| (key.to_owned(), value(&entry.value))).collect(),
        TreeValue::Sequence(items) => items.iter().map(value).collect(),
        TreeValue::Scalar(scalar) => match scalars::kubectl(scalar) {
            Plain::Null => Json::Null,
            Plain::Bool(bool) => Json::Bool(bool),
            Plain::Int(number) => {
                i64::try_from(number).map_or_else(|_| panic!("{number} is no number of a manifest"), Json::from)
            }
            Plain::Float(number) => Number::from_f64(number).map_or(Json::Null, Json::Number),
            Plain::Timestamp | Plain::Text => Json::String(scalar.text.to_string()),
        },
    }
}
