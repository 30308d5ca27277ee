//! Environment variables, and strings that Kubernetes must not expand.

use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, SecretKeySelector};

use crate::keys::Key;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::resolve::process::Variable;
use crate::sensitive::Sensitive;

/// Escapes a string that Kubernetes would expand: `$(NAME)` is a reference and `$$` is one dollar.
pub(crate) fn escape_dollars(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        if c == '$' && matches!(rest.peek(), Some('$' | '(')) {
            out.push('$');
        }
    }
    out
}

/// Returns the environment variables in order. A name without a value stays unset, as in Compose. Values from outside the Compose
/// files are entries of the container's Secret; `prefix` is that of their keys.
pub(crate) fn env_vars(
    service: &Service,
    written: &[Variable],
    prefix: &str,
    pod: &mut PodBuilder,
) -> Option<Vec<EnvVar>> {
    let mut variables = Vec::new();
    let mut unset = Vec::new();
    for Variable { name, value, outside } in written {
        match value {
            Some(value) if outside.is_some() => {
                let written = outside.as_deref();
                let (template, names) = written.map_or(("", &[][..]), |text| (&text.template, &text.variables));
                let entry = format!("{prefix}{}", name.value);
                let key = pod.add_secret_entry(&entry, Sensitive::new(value.value.clone()), template, names);
                variables.push(EnvVar {
                    name: name.value.clone(),
                    value_from: Some(EnvVarSource {
                        secret_key_ref: Some(SecretKeySelector {
                            name: pod.secret_name().to_string(),
                            key,
                            optional: None,
                        }),
                        ..EnvVarSource::default()
                    }),
                    ..EnvVar::default()
                });
            }
            Some(value) => variables.push(EnvVar {
                name: name.value.clone(),
                value: Some(escape_dollars(&value.value)),
                ..EnvVar::default()
            }),
            None => unset.push(name.clone()),
        }
    }
    if !unset.is_empty() {
        let names = unset.iter().map(|name| format!("`{}`", name.value)).collect::<Vec<_>>().join(", ");
        pod.findings.for_key(
            &service.name.value,
            Key::Environment,
            Problem::VariableUnset {
                service: service.name.value.to_string(),
                names,
                at: unset.iter().map(|name| name.span).collect(),
            },
        );
    }
    (!variables.is_empty()).then_some(variables)
}

#[cfg(test)]
mod environment_tests {
    use super::*;

    /// An independent implementation of Kubernetes' expansion: `$$` is a dollar, `$(NAME)` is the variable.
    fn expanded(text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            rest = after;
            if let Some(after) = rest.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some((_, after)) = rest.strip_prefix('(').and_then(|name| name.split_once(')')) {
                out.push_str("EXPANDED");
                rest = after;
            } else {
                out.push('$');
            }
        }
        out + rest
    }

    #[test]
    fn escaped_strings_are_not_expanded() {
        for text in ["$(HOME)", "$$(HOME)", "$$$(A)", "a$", "a$$", "echo $$ $x $(date)", "$()", "$("] {
            assert_eq!(expanded(&escape_dollars(text)), text);
        }
        assert_eq!(escape_dollars("$(X)"), "$$(X)");
        assert_eq!(escape_dollars("$X"), "$X");
    }
}
