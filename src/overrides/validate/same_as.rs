//! The setting `same-as`: the workload of a service in hand-written manifests. Only `check` can look it up.

use super::names;
use crate::overrides::model::{SameAs, ServiceChoice};
use crate::overrides::problem::Problem;
use crate::overrides::written::service::{self, WorkloadKindEntry};
use crate::report::Report;
use crate::resolve::ServiceName;
use crate::text::SourceId;
use crate::words;

/// Validates an entry by the naming rules of Kubernetes.
pub(crate) fn same_as(written: service::SameAsEntry, source: SourceId, report: &mut Report) -> Option<SameAs> {
    let service::SameAsEntry { name, kind, container } = written;
    let mut refused = false;
    for (text, fits, wanted) in [
        (Some(&name), names::is_subdomain as fn(&str) -> bool, "an object's name"),
        (container.as_ref(), words::is_dns_label, "a container's name"),
    ] {
        if let Some(text) = text.filter(|text| !fits(&text.value)) {
            refused = true;
            report.add(Problem::NotAName { text: text.value.clone(), wanted, at: text.span(source) });
        }
    }
    (!refused).then(|| SameAs {
        name: name.spanned(source),
        kind: kind.map(kind_name),
        container: container.map(|container| container.spanned(source)),
    })
}

/// Returns the named workloads and containers, so that none belongs to two services.
pub(crate) fn named<'a>(
    services: impl Iterator<Item = (&'a ServiceName, &'a ServiceChoice)>,
) -> impl Iterator<Item = (String, crate::text::Span)> {
    services.filter_map(|(_, choice)| {
        let SameAs { name, kind, container } = choice.same_as.as_ref()?;
        let container = container.as_ref().map(|name| format!(", container `{}`", name.value)).unwrap_or_default();
        let kind = kind.unwrap_or("workload");
        Some((format!("the {kind} `{}`{container}", name.value), name.span))
    })
}

fn kind_name(kind: WorkloadKindEntry) -> &'static str {
    match kind {
        WorkloadKindEntry::Deployment => "Deployment",
        WorkloadKindEntry::StatefulSet => "StatefulSet",
        WorkloadKindEntry::DaemonSet => "DaemonSet",
        WorkloadKindEntry::ReplicaSet => "ReplicaSet",
        WorkloadKindEntry::Job => "Job",
        WorkloadKindEntry::CronJob => "CronJob",
        WorkloadKindEntry::Pod => "Pod",
    }
}
