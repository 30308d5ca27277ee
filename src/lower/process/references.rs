//! Values from outside the Compose files in commands, as references to environment variables.
//! <https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>

use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, SecretKeySelector};

use super::environment::escape_dollars;
use crate::keys::Key;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::resolve::outside::OutsideWords;
use crate::resolve::process::Words;
use crate::sensitive::Sensitive;
use crate::vocabulary::REFERENCE_PREFIX;

/// Returns the words of a command for Kubernetes, which replaces `$(NAME)` with the value of an environment variable. Values from
/// outside become such references. Where that is impossible, the value stays and a warning names the variable.
pub(super) fn words_with_references(
    service: &Service,
    key: Key,
    words: &Words,
    outside: &OutsideWords,
    pod: &mut PodBuilder,
) -> Vec<String> {
    let Words::Given(words) = words else { return Vec::new() };
    let mut all = Vec::with_capacity(words.value.len());
    for (index, word) in words.value.iter().enumerate() {
        let Some(parts) = outside.get(&index).filter(|parts| parts.has_known_parts()) else {
            all.push(escape_dollars(word));
            continue;
        };
        let mut text = String::new();
        for (piece, variable) in parts.pieces(word) {
            match variable {
                Some(variable) => text.push_str(&format!("$({})", reference(service, variable, piece, pod))),
                // A dollar before a reference would escape it.
                None => text.push_str(escape_dollars(&format!("{piece}(")).trim_end_matches('(')),
            }
        }
        all.push(text);
    }
    if let Some(unknown) = outside.values().find(|parts| !parts.has_known_parts()) {
        let problem = Problem::OutsideValue {
            key: key.name().to_owned(),
            service: service.name.value.to_string(),
            variables: unknown.names(),
            outcome: "the value decides how the command is split into words, so the manifest contains it",
            help: "write the command as a list, so that each value is in one word",
            at: words.span,
        };
        pod.findings.for_key(&service.name.value, key, problem);
    }
    all
}

/// Returns the name of the container's environment variable with a value: one that the Compose file gives the same value, or one
/// that is added.
fn reference(service: &Service, variable: &str, value: &str, pod: &mut PodBuilder) -> String {
    let templates = [format!("${{{variable}}}"), format!("${variable}")];
    let own = service.process.environment.iter().find(|own| {
        own.name.value == variable && own.outside.as_ref().is_some_and(|outside| templates.contains(&outside.template))
    });
    if own.is_some() {
        return variable.to_owned();
    }
    let name = format!("{REFERENCE_PREFIX}{variable}");
    let variables = pod.container.env.get_or_insert_default();
    if !variables.iter().any(|known| known.name == name) {
        let key = pod.add_secret_entry(&name, Sensitive::new(value.to_owned()));
        let secret_key_ref = Some(SecretKeySelector { name: pod.secret_name().to_string(), key, optional: None });
        pod.container.env.get_or_insert_default().push(EnvVar {
            name: name.clone(),
            value_from: Some(EnvVarSource { secret_key_ref, ..EnvVarSource::default() }),
            ..EnvVar::default()
        });
    }
    name
}
