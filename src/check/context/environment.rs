//! The environment variables of a container in the manifests.

use crate::check::manifests::pod::variables::{ALL, expand_variables};
use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, EnvFromSource, EnvVar, EnvVarSource};

use super::observed::ObservedContext;
use crate::check::facts::{Fact, Kind, Subject, Unclear, Value, entry_of_object, field_of_pod, secret_value};
use crate::check::manifests::cursor::Cursor;
use crate::sensitive::{Sensitive, UNKNOWN_MARK};
use crate::text::Span;

/// The prefix of variables that exist only because a command refers to their value.
const REFERENCE_PREFIX: &str = "COMPOSE2K8S_";

/// Returns what stands for the value of a variable that is not known.
fn unknown(name: &str) -> String {
    format!("{UNKNOWN_MARK}{name}{UNKNOWN_MARK}")
}

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
        if let Some(entries) = entries(context, kind, name) {
            for (key, value) in entries {
                known.insert(format!("{prefix}{key}"), value.clone());
                facts.push(from_entry(kind, name, format!("{prefix}{key}").into(), value, span));
            }
        } else {
            known.insert(ALL.to_owned(), unknown(name));
            let fact = Fact::required(Kind::Variable, Subject::All, "", span);
            facts.push(fact.unclear(Unclear::NoObject(kind.into(), name.into())));
        }
    }
    for (index, EnvVar { name, value, value_from }) in env.iter().enumerate() {
        let place = context.at.key("env").item(index);
        let value_place = if value.is_some() { place.key("value") } else { place };
        facts.retain(|fact| fact.subject != *name.as_str());
        let fact = if let Some(source) = value_from {
            let fact = from_source(context, name, source, place.key("valueFrom"));
            let value = if fact.unclear.is_some() {
                unknown(name)
            } else if let Value::Sensitive(value) = &fact.value {
                value.expose().to_owned()
            } else {
                fact.value.rendered().into_owned()
            };
            known.insert(name.clone(), value);
            fact
        } else {
            let text = expand_variables(value.as_deref().unwrap_or_default(), &known);
            known.insert(name.clone(), text.clone());
            let is_unknown = text.contains(UNKNOWN_MARK);
            let has_references = value.as_deref() != Some(text.as_str());
            let hidden = value.clone().filter(|_| has_references);
            let fact = Fact { hidden, ..Fact::required(Kind::Variable, name, text, value_place.span()) };
            if is_unknown { fact.unclear(Unclear::SetAtStart) } else { fact }
        };
        // Only a reference in a command needs such a variable.
        let is_of_secret = fact.hidden.is_some() || fact.is_from_secret();
        if !(is_of_secret && name.starts_with(REFERENCE_PREFIX)) {
            facts.push(fact);
        }
    }
    (facts, known)
}

/// Returns the values of a container's variables by name. What stands for an unknown value has a mark.
pub(crate) fn values_of_variables(context: ObservedContext) -> BTreeMap<String, String> {
    let Container { env, env_from, .. } = context.container;
    variables(context, env.as_deref().unwrap_or_default(), env_from.as_deref().unwrap_or_default()).1
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
