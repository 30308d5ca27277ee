//! Values from outside the Compose files in commands, as references to environment variables of the container.
//!
//! The kubelet replaces `$(NAME)` in `command` and `args` with any variable:
//! <https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>. In the command of a probe
//! it only knows variables with a `value`, not those of a Secret, and in that of a lifecycle handler none. There a shell inserts them.

use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, SecretKeySelector};

use super::environment::escape_dollars;
use crate::keys::Key;
use crate::lower::findings::display_name;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::resolve::outside::{OutsideText, OutsideWords, can_insert_values};
use crate::resolve::process::Variable;
use crate::sensitive::Sensitive;
use crate::text::{Span, Spanned};
use crate::vocabulary::REFERENCE_PREFIX;
use crate::words::shell_quote;

/// The environment variables of a container to which its commands refer.
pub(super) struct References<'a> {
    /// The variables that the Compose file gives the container.
    own: Vec<&'a Variable>,
    /// The variables that were added for references.
    added: Vec<EnvVar>,
}

impl<'a> References<'a> {
    pub(super) fn new(own: impl IntoIterator<Item = &'a Variable>) -> Self {
        Self { own: own.into_iter().collect(), added: Vec::new() }
    }

    /// Returns the name of the environment variable with a value: one that the Compose file gives the same value, or one that is
    /// added.
    fn name_of(&mut self, variable: &str, value: &str, pod: &mut PodBuilder) -> String {
        let templates = [format!("${{{variable}}}"), format!("${variable}")];
        let own = self.own.iter().find(|own| {
            own.name.value == variable
                && own.outside.as_ref().is_some_and(|outside| templates.contains(&outside.template))
        });
        if own.is_some() {
            return variable.to_owned();
        }
        let name = format!("{REFERENCE_PREFIX}{variable}");
        if !self.added.iter().any(|known| known.name == name) {
            let variables = [(variable.to_owned(), value.to_owned())];
            let template = format!("${{{variable}}}");
            let key = pod.add_secret_entry(&name, Sensitive::new(value.to_owned()), &template, &variables);
            let secret_key_ref = Some(SecretKeySelector { name: pod.secret_name().to_string(), key, optional: None });
            self.added.push(EnvVar {
                name: name.clone(),
                value_from: Some(EnvVarSource { secret_key_ref, ..EnvVarSource::default() }),
                ..EnvVar::default()
            });
        }
        name
    }

    /// Returns a word of a shell script. Values from outside are variables in double quotes.
    pub(super) fn shell_word(&mut self, word: &str, outside: Option<&OutsideText>, pod: &mut PodBuilder) -> String {
        let Some(outside) = outside else { return shell_quote(word) };
        let mut text = String::new();
        for (piece, variable) in outside.pieces(word) {
            text.push_str(&match variable {
                Some(variable) => format!("\"${}\"", self.name_of(variable, piece, pod)),
                None => shell_quote(piece),
            });
        }
        text
    }

    /// Adds the variables to the environment of a container.
    pub(super) fn add_to(self, environment: &mut Option<Vec<EnvVar>>) {
        for variable in self.added {
            let all = environment.get_or_insert_default();
            if !all.iter().any(|known| known.name == variable.name) {
                all.push(variable);
            }
        }
    }
}

/// Returns the words of a command for Kubernetes, which replaces `$(NAME)` with the value of an environment variable. Values from
/// outside become such references. Where that is impossible, the value stays and a warning names the variable.
pub(super) fn words_with_references(
    service: &Service,
    key: Key,
    words: &Spanned<Vec<String>>,
    outside: &OutsideWords,
    references: &mut References<'_>,
    pod: &mut PodBuilder,
) -> Vec<String> {
    let mut all = Vec::with_capacity(words.value.len());
    for (index, word) in words.value.iter().enumerate() {
        let Some(parts) = outside.get(&index).filter(|parts| parts.has_known_parts()) else {
            all.push(escape_dollars(word));
            continue;
        };
        let mut text = String::new();
        for (piece, variable) in parts.pieces(word) {
            match variable {
                Some(variable) => text.push_str(&format!("$({})", references.name_of(variable, piece, pod))),
                // A dollar before a reference would escape it.
                None => text.push_str(escape_dollars(&format!("{piece}(")).trim_end_matches('(')),
            }
        }
        all.push(text);
    }
    if outside.values().any(|parts| !parts.has_known_parts()) {
        report_split_value(service, key, words.span, outside, pod);
    }
    all
}

/// Returns the command of a probe or a lifecycle handler. If it has values from outside, a shell inserts them. Without a shell the
/// values stay and a warning names the variables.
pub(crate) fn command_with_values(
    service: &Service,
    key: Key,
    words: &[String],
    outside: &OutsideWords,
    at: Span,
    pod: &mut PodBuilder,
) -> Vec<String> {
    if outside.is_empty() {
        return words.to_vec();
    }
    if !can_insert_values(words, outside, false) {
        report_values_that_stay(service, key, outside, at, pod);
        return words.to_vec();
    }
    let mut references = References::new(&service.process.environment);
    let line = shell_line(words, outside, &mut references, pod);
    references.add_to(&mut pod.container.env);
    vec!["/bin/sh".to_owned(), "-c".to_owned(), format!("exec {line}")]
}

/// Returns a command as a line of a shell script.
pub(super) fn shell_line(
    words: &[String],
    outside: &OutsideWords,
    references: &mut References<'_>,
    pod: &mut PodBuilder,
) -> String {
    let words = words.iter().enumerate().map(|(index, word)| references.shell_word(word, outside.get(&index), pod));
    words.collect::<Vec<_>>().join(" ")
}

/// Reports the values from outside that stay in the command of a probe or a lifecycle handler.
pub(super) fn report_values_that_stay(
    service: &Service,
    key: Key,
    outside: &OutsideWords,
    at: Span,
    pod: &mut PodBuilder,
) {
    if outside.values().any(|parts| !parts.has_known_parts()) {
        return report_split_value(service, key, at, outside, pod);
    }
    let problem = Problem::OutsideValue {
        key: display_name(key).to_owned(),
        service: service.name.value.to_string(),
        variables: names(outside),
        outcome: "the image may have no shell that inserts it, so the manifest contains it",
        help: "if the image has `/bin/sh`, run the command in a shell (in a health check: `CMD-SHELL`)",
        at,
    };
    pod.findings.for_key(&service.name.value, key, problem);
}

/// Reports a value from outside that decides how a command is split.
fn report_split_value(service: &Service, key: Key, at: Span, outside: &OutsideWords, pod: &mut PodBuilder) {
    let problem = Problem::OutsideValue {
        key: display_name(key).to_owned(),
        service: service.name.value.to_string(),
        variables: names(outside),
        outcome: "the value decides how the command is split into words, so the manifest contains it",
        help: "write the command as a list, so that each value is in one word",
        at,
    };
    pod.findings.for_key(&service.name.value, key, problem);
}

/// Returns the names of the variables in a command for a message.
fn names(outside: &OutsideWords) -> String {
    let values = outside.values().flat_map(|text| text.values.iter().cloned()).collect();
    OutsideText { template: String::new(), variables: Vec::new(), values }.names()
}
