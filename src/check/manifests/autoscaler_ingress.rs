//! Objects without a Compose equivalent that the user should know of: autoscalers and Ingresses.

use std::collections::BTreeSet;

use k8s_openapi::api::networking::v1::{HTTPIngressPath, Ingress, IngressBackend, IngressRule, IngressSpec};

use super::cursor::Cursor;
use super::document::Document;
use crate::check::problem::Problem;
use crate::parse::Tree;
use crate::text::Span;

/// A `HorizontalPodAutoscaler` of any version.
#[derive(Debug, Clone)]
pub(crate) struct Autoscaler {
    /// The file that contains it.
    pub(crate) file: String,
    pub(crate) name: String,
    namespace: String,
    kind: String,
    target: String,
    /// Kubernetes' default is 1.
    pub(crate) least: String,
    pub(crate) most: String,
    pub(crate) span: Span,
}

impl Autoscaler {
    pub(crate) fn from_tree(tree: &Tree, name: String, namespace: String, file: &str) -> Self {
        let spec = Cursor::root(tree).key("spec");
        let word = |keys: &[&str]| spec.keys(keys).tree().and_then(Tree::as_text).map(|text| text.value.to_owned());
        Self {
            file: file.to_owned(),
            name,
            namespace,
            kind: word(&["scaleTargetRef", "kind"]).unwrap_or_default(),
            target: word(&["scaleTargetRef", "name"]).unwrap_or_default(),
            least: word(&["minReplicas"]).unwrap_or_else(|| "1".to_owned()),
            most: word(&["maxReplicas"]).unwrap_or_else(|| "1".to_owned()),
            span: spec.key("maxReplicas").span(),
        }
    }

    pub(crate) fn problem(&self) -> Problem {
        let Self { file: _, name, namespace: _, kind, target, least, most, span } = self.clone();
        Problem::Autoscaled { name, kind, target, least, most, at: span }
    }

    /// Whether it scales this workload.
    pub(crate) fn scales(&self, document: &Document) -> bool {
        self.kind == document.kind && self.target == document.name && self.namespace == document.namespace
    }
}

/// Returns a note about the Services that an Ingress routes to.
pub(crate) fn ingress(name: String, ingress: &Ingress, at: Cursor<'_>) -> Problem {
    let empty = IngressSpec::default();
    let IngressSpec { default_backend, rules, ingress_class_name: _, tls: _ } = ingress.spec.as_ref().unwrap_or(&empty);
    let paths =
        rules.iter().flatten().flat_map(|IngressRule { host: _, http }| http.iter().flat_map(|http| &http.paths));
    let backends = paths.map(|HTTPIngressPath { backend, path: _, path_type: _ }| backend).chain(default_backend);
    let leads: BTreeSet<String> = backends
        .filter_map(|IngressBackend { resource: _, service }| {
            let service = service.as_ref()?;
            let port = service.port.as_ref().map(|port| {
                port.number.map(|number| number.to_string()).or_else(|| port.name.clone()).unwrap_or_default()
            });
            Some(port.map_or_else(|| format!("`{}`", service.name), |port| format!("`{}:{port}`", service.name)))
        })
        .collect();
    let leads = if leads.is_empty() { "nowhere".to_owned() } else { leads.into_iter().collect::<Vec<_>>().join(", ") };
    Problem::Ingress { name, leads, at: at.key("kind").span() }
}
