//! The JSON Schema of overrides files, generated from [`WrittenOverrides`] and compared with the committed file.

use std::borrow::Cow;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::spanned::{At, Because, Named, OneOrMore};
use super::{ClusterEntry, WrittenOverrides};

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMore{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

/// `cluster`: its name, or a mapping.
pub(super) fn name_or_cluster(generator: &mut SchemaGenerator) -> Schema {
    let mapping = generator.subschema_for::<ClusterEntry>();
    json_schema!({ "anyOf": [{ "type": ["string", "null"] }, mapping] })
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("NamesOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let entry = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": entry })
    }
}

impl JsonSchema for Because {
    fn schema_name() -> Cow<'static, str> {
        "Because".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "\\S", "description": "The reason, in full sentences." })
    }
}

fn drawn() -> String {
    let mut schema = schemars::schema_for!(WrittenOverrides).to_value();
    schema["title"] = "Overrides of compose2k8s".into();
    without_null(&mut schema);
    let mut text = serde_json::to_string_pretty(&schema).unwrap();
    text.push('\n');
    text
}

/// Removes null from optional keys: schemars allows it, but the reader rejects it.
fn without_null(schema: &mut serde_json::Value) {
    if let Some(object) = schema.as_object_mut() {
        if let Some([kind, null]) = object.get("type").and_then(|kinds| kinds.as_array()).map(Vec::as_slice)
            && null == "null"
        {
            let kind = kind.clone();
            object.insert("type".to_owned(), kind);
        }
        if let Some([of, null]) = object.get("anyOf").and_then(|kinds| kinds.as_array()).map(Vec::as_slice)
            && null["type"] == "null"
        {
            let of = of.as_object().unwrap().clone();
            object.remove("anyOf");
            object.extend(of);
        }
    }
    if let Some(object) = schema.as_object_mut() {
        object.values_mut().for_each(without_null);
    } else if let Some(items) = schema.as_array_mut() {
        items.iter_mut().for_each(without_null);
    }
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/overrides"))
}

#[test]
fn the_committed_schema_is_up_to_date() {
    let drawn = drawn();
    if drawn != crate::overrides::schema() {
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(folder().join("schema.json"), &drawn).unwrap();
        }
        panic!("overrides/schema.json is not what the reader takes; UPDATE=1 cargo test writes it anew");
    }
}

/// Returns a function that validates values against the schema. Its 65 crates are only built with
/// `RUSTFLAGS='--cfg compose2k8s_schemas'`, as in CI; without them it returns `None`.
fn validator() -> impl Fn(&serde_json::Value) -> Option<Vec<String>> {
    #[cfg(compose2k8s_schemas)]
    {
        let validator = jsonschema::validator_for(&serde_json::from_str(&drawn()).unwrap()).unwrap();
        move |value| {
            let errors = validator.iter_errors(value);
            Some(errors.map(|error| format!("{}: {error}", error.instance_path())).collect())
        }
    }
    #[cfg(not(compose2k8s_schemas))]
    |_| None
}

#[test]
fn every_preset_satisfies_the_schema_and_names_it_for_editors() {
    let validate = validator();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("# yaml-language-server: $schema=schema.json\n"), "{}", path.display());
            let value: serde_json::Value = serde_norway::from_str(&text).unwrap();
            if !value.is_null() {
                let errors = validate(&value).unwrap_or_default();
                assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn the_schema_rejects_what_the_reader_rejects() {
    let validate = validator();
    for text in [
        "colour: red",
        "project:",
        "setup:",
        "cluster: { node-image: a }",
        "helper-image: { image: a, because: '  ' }",
        "networks: { n: { addresses: bridge, because: b } }",
        "services: { s: { ports: [ { port: 70000 } ] } }",
        "services: { s: { mounts: { /a: { as: configmap, because: b } } } }",
        "services: { s: { user: { uid: -1, because: b } } }",
        "services: { s: { same-as: { kind: deployment, name: a } } }",
        "services: { s: { same-as: db } }",
        "notes: [ { title: a } ]",
        "workflows: { w: { file: a } }",
    ] {
        let value: serde_json::Value = serde_norway::from_str(text).unwrap();
        assert!(validate(&value).is_none_or(|errors| !errors.is_empty()), "the schema accepts {text}");
        assert!(crate::overrides::reading::tests::overrides_in(text).is_err(), "the reader takes {text}");
    }
}
