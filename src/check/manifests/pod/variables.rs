//! References to variables, `$(NAME)`, in commands and values.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Container;

/// The name under which an unknown value stands for all variables that are not known by name: those of a ConfigMap or Secret that
/// is not among the manifests. No variable has this name.
pub(crate) const ALL: &str = "=";

/// Expands a word as Kubernetes does: `$(NAME)` becomes the value of a known variable, `$$` becomes `$`.
/// <https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>
pub(crate) fn expand_variables(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let after = from.get(1..).unwrap_or_default();
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = after.strip_prefix('(').and_then(|name| name.split_once(')')) {
            if let Some(value) = known.get(name).or_else(|| known.get(ALL)) {
                out.push_str(value);
            } else {
                out.push_str("$(");
                out.push_str(name);
                out.push(')');
            }
            rest = after;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// Returns the variables that the kubelet knows when it expands the command of a probe: those in `env`, as they are written. One of
/// another source is empty there.
/// <https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/container/helpers.go#L191>
pub(crate) fn variables_of_probes(container: &Container) -> BTreeMap<String, String> {
    let variables = container.env.iter().flatten();
    variables.map(|variable| (variable.name.clone(), variable.value.clone().unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_expand_as_kubernetes_expands_them() {
        let known = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        assert_eq!(expand_variables("$(A) $$(A) $(B) $A $$ $", &known), "1 $(A) $(B) $A $ $");
    }
}
