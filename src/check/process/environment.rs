//! Topic *process*: the environment variables of a container.

use crate::check::manifests::pod::variables::expand_variables;
use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar, EnvVarSource};

use crate::check::context::ObservedContext;
use crate::check::facts::{Fact, Kind, Subject, Unclear, entry_of_object, field_of_pod, secret_value};
use crate::check::manifests::cursor::Cursor;
use crate::sensitive::Sensitive;
use crate::text::Span;

/// Returns the facts for the environment, and the values by name: ConfigMaps and Secrets first, then variables. Later
/// ones take precedence.
pub(crate) fn variables(
    context: ObservedContext,
    env: &[EnvVar],
    env_from: &[EnvFromSource],
) -> (Vec<Fact>, BTreeMap<String, String>) {
    let mut facts: Vec<Fact> = Vec::new();
    let mut known = BTreeMap::new();
    for (index, source) in env_from.iter().enumerate() {
        let span = context.at.key("envFrom").item(index).span();
        let EnvFromSource { config_map_ref, prefix, secret_ref } = source;
        let prefix = prefix.as_deref().unwrap_or_default();
        let map = config_map_ref.as_ref().map(|map| ("ConfigMap", map.name.as_str()));
        let Some((kind, name)) = map.or_else(|| secret_ref.as_ref().map(|secret| ("Secret", secret.name.as_str())))
        else {
            continue;
        };
        match entries(context, kind, name) {
            Some(entries) => {
                for (key, value) in entries {
                    known.insert(format!("{prefix}{key}"), value.clone());
                    facts.push(from_entry(kind, name, format!("{prefix}{key}").into(), value, span));
                }
            }
            None => facts.push(
                Fact::required(Kind::Variable, Subject::All, "", span)
                    .unclear(Unclear::NoObject(kind.into(), name.into())),
            ),
        }
    }
    for (index, EnvVar { name, value, value_from }) in env.iter().enumerate() {
        let place = context.at.key("env").item(index);
        let value_place = if value.is_some() { place.key("value") } else { place };
        facts.retain(|fact| fact.subject != *name.as_str());
        let fact = if let Some(source) = value_from {
            from_source(context, name, source, place.key("valueFrom"))
        } else {
            let text = expand_variables(value.as_deref().unwrap_or_default(), &known);
            known.insert(name.clone(), text.clone());
            Fact::required(Kind::Variable, name, text, value_place.span())
        };
        facts.push(fact);
    }
    (facts, known)
}

fn from_source(context: ObservedContext, name: &str, source: &EnvVarSource, place: Cursor<'_>) -> Fact {
    let EnvVarSource { config_map_key_ref, field_ref, file_key_ref: _, resource_field_ref: _, secret_key_ref } = source;
    let map = config_map_key_ref.as_ref().map(|map| ("ConfigMap", &map.name, &map.key));
    let key = map.or_else(|| secret_key_ref.as_ref().map(|secret| ("Secret", &secret.name, &secret.key)));
    if let Some((kind, object, key)) = key {
        let found =
            entries(context, kind, object).and_then(|entries| entries.into_iter().find(|(other, _)| other == key));
        return match found {
            Some((_, value)) => from_entry(kind, object, name.into(), value, place.span()),
            None => Fact::required(Kind::Variable, name, entry_of_object(kind, object, key), place.span())
                .unclear(Unclear::NoKey(key.into(), kind.into(), object.into())),
        };
    }
    let what = field_of_pod(field_ref.as_ref().map(|field| field.field_path.as_str()));
    Fact::required(Kind::Variable, name, what, place.span()).unclear(Unclear::SetAtStart)
}

/// Returns the entries of a ConfigMap or Secret as strings.
fn entries(context: ObservedContext, kind: &str, name: &str) -> Option<Vec<(String, String)>> {
    let entries = context.entries_of(kind, name)?;
    Some(entries.into_iter().map(|(key, value)| (key, String::from_utf8_lossy(&value).into_owned())).collect())
}

/// Returns the fact for a variable with the value of an entry.
fn from_entry(kind: &str, object: &str, name: Subject, value: String, span: Span) -> Fact {
    if kind != "Secret" {
        return Fact::required(Kind::Variable, name, value, span);
    }
    let fact = Fact::required(Kind::Variable, name, Sensitive::new(value), span);
    Fact { hidden: Some(secret_value(object)), ..fact }
}
