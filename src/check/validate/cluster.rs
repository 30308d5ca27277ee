//! Inconsistencies between the objects of the manifests that need no Compose file to be found.

use std::sync::Arc;

use crate::check::manifests::Manifests;
use crate::check::manifests::document::Document;
use crate::check::manifests::kind_cluster::{DEFAULT_POD_SUBNET, DEFAULT_SERVICE_SUBNET};
use crate::check::manifests::selector_index::LabelIndex;
use crate::check::manifests::workload::{SERVICE_ANNOTATION, Workload, WorkloadKind};
use crate::check::problem::Problem;
use crate::maps::HashSet;
use crate::report::Report;
use crate::text::Spanned;

/// Reports port mappings to no pod, Services that select no pod, addresses outside the range, selectors that do not match,
/// and namespaces that are not created.
pub(crate) fn report_inconsistencies(
    manifests: &Manifests,
    workloads: &[Workload<'_>],
    strict: bool,
    report: &mut Report,
) {
    if let [first, again, ..] = manifests.clusters.as_slice() {
        report.add(Problem::TwoClusters { at: again.span, first: first.span });
    }
    mappings(manifests, workloads, report);
    selectors(manifests, workloads, strict, report);
    namespaces(manifests, strict, report);
    configuration(manifests, workloads, strict, report);
    ranges(manifests, report);
}

fn mappings(manifests: &Manifests, workloads: &[Workload<'_>], report: &mut Report) {
    // A pod on the node's network may listen on any port.
    if workloads.iter().any(|workload| workload.spec.host_network.unwrap_or(false)) {
        return;
    }
    let host = workloads.iter().flat_map(|workload| &workload.spec.containers).flat_map(|it| it.ports.iter().flatten());
    let host: HashSet<(i32, String)> = host
        .filter_map(|port| Some((port.host_port?, port.protocol.as_deref().unwrap_or("TCP").to_ascii_lowercase())))
        .collect();
    let services = manifests.documents.iter().filter_map(|document| document.object.service());
    let services: HashSet<i32> =
        services.flat_map(|spec| spec.ports.iter().flatten()).filter_map(|port| port.node_port).collect();
    let node_port = |number: i32, protocol: &str| {
        host.contains(&(number, protocol.to_ascii_lowercase())) || services.contains(&number)
    };
    for mapping in manifests.clusters.first().iter().flat_map(|cluster| &cluster.ports) {
        if !node_port(i32::from(mapping.node_port), &mapping.protocol) {
            let (host, node) = (mapping.host_port.to_string(), mapping.node_port.to_string());
            report.add(Problem::MappedToNobody { host, node, at: mapping.span });
        }
    }
}

fn selectors(manifests: &Manifests, workloads: &[Workload<'_>], strict: bool, report: &mut Report) {
    let led = manifests.selected_by_service(workloads.iter().map(|workload| (workload, workload)));
    for document in &manifests.documents {
        let Some(spec) = document.object.service() else { continue };
        let at = document.at().keys(&["spec", "selector"]).span();
        let selects = spec.selector.as_ref().is_some_and(|selector| !selector.is_empty());
        let led = led.get(&Arc::as_ptr(document)).map(Vec::as_slice).unwrap_or_default();
        let found = !led.is_empty();
        // A generated Service selects the pods of one service; the pod of a run has the labels of its service.
        // An alias may belong to several services; their pods have a label for it.
        let shared = spec.selector.iter().flatten().any(|(label, _)| label.starts_with("compose2k8s/alias-"));
        let mut led = led.iter().filter(|_| strict && !shared);
        if let (Some(first), true) = (led.next(), selects) {
            let named = |workload: &Workload<'_>| workload.annotations.get(SERVICE_ANNOTATION).cloned();
            // A workload without the annotation is matched by other evidence.
            if let Some(other) = led.find(|other| named(other).zip(named(first)).is_some_and(|(one, two)| one != two)) {
                let (kind, name, other_name) =
                    ("Service".to_owned(), document.name.clone(), other.document.name.clone());
                report.add(Problem::SelectsToo { kind, name, other: other_name, at, there: other.span() });
            }
        }
        if selects && !found && !manifests.broken {
            report.add(Problem::LeadsNowhere { name: document.name.clone(), at });
        }
    }
    let mut labelled = LabelIndex::default();
    for (place, workload) in workloads.iter().enumerate() {
        for (label, value) in &workload.labels {
            labelled.insert(&workload.document.namespace, label, value, place);
        }
    }
    for workload in workloads {
        let Some(selector) = workload.selector else { continue };
        let wanted = selector.match_labels.as_ref();
        let matches = |labels: &std::collections::BTreeMap<String, String>| {
            wanted.into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value))
        };
        let empty = wanted.is_none_or(std::collections::BTreeMap::is_empty) && selector.match_expressions.is_none();
        let (kind, name) = (workload.document.kind.clone(), workload.document.name.clone());
        let at = workload.document.at().keys(&["spec", "selector"]).span();
        if empty || !matches(&workload.labels) {
            report.add(Problem::SelectsOthers { kind, name, at });
            continue;
        }
        // Two owners of a pod compete for it; a bare pod has no owner.
        let namespace = &workload.document.namespace;
        let of_label = wanted.into_iter().flatten().map(|(label, value)| labelled.places(namespace, label, value));
        let near = of_label.min_by_key(|places| places.len());
        let mut near: Box<dyn Iterator<Item = &Workload<'_>>> = match near {
            Some(places) => Box::new(places.iter().filter_map(|place| workloads.get(*place))),
            None => Box::new(workloads.iter()),
        };
        let other = near.find(|other| {
            other.kind != WorkloadKind::BarePod
                && !std::ptr::eq(*other, workload)
                && other.document.namespace == *namespace
                && selector.match_expressions.is_none()
                && matches(&other.labels)
        });
        if let Some(other) = other {
            let (other, there) = (other.document.name.clone(), other.span());
            report.add(Problem::SelectsToo { kind, name, other, at, there });
        }
    }
}

fn namespaces(manifests: &Manifests, strict: bool, report: &mut Report) {
    let made: Vec<_> = manifests.documents.iter().filter(|document| document.kind == "Namespace").collect();
    // In hand-written manifests the namespace often exists already, or is given on the command line.
    if made.is_empty() && !(strict && manifests.root.is_some()) {
        return;
    }
    let there = made.first().map(|first| first.name_span());
    for document in &manifests.documents {
        if matches!(document.kind.as_str(), "Namespace" | "RuntimeClass" | "ServiceCIDR") {
            continue;
        }
        let written = document.at().keys(&["metadata", "namespace"]);
        let known = made.iter().any(|namespace| namespace.name == document.namespace) || is_built_in(document, strict);
        if !known && (strict || written.tree().is_some()) {
            report.add(Problem::NoNamespace { namespace: document.namespace.clone(), at: written.span(), there });
        }
    }
}

/// Whether every cluster has the namespace. Generated manifests use none of these.
fn is_built_in(document: &Document, strict: bool) -> bool {
    let built_in = matches!(document.namespace.as_str(), "default" | "kube-system" | "kube-public" | "kube-node-lease");
    built_in && !strict
}

/// Reports a missing cluster configuration, without which the node's mounts and ports are unknown. Objects exported
/// from a cluster have none; generated manifests have one.
fn configuration(manifests: &Manifests, workloads: &[Workload<'_>], strict: bool, report: &mut Report) {
    if !strict || manifests.root.is_none() || !manifests.clusters.is_empty() {
        return;
    }
    let uses = |workload: &&Workload<'_>| {
        let mut volumes = workload.spec.volumes.iter().flatten();
        let mut ports = workload.spec.containers.iter().flat_map(|container| container.ports.iter().flatten());
        volumes.any(|volume| volume.host_path.is_some()) || ports.any(|port| port.host_port.is_some())
    };
    if let Some(workload) = workloads.iter().find(uses).or(workloads.first()) {
        report.add(Problem::NoCluster { at: workload.span() });
    }
}

fn ranges(manifests: &Manifests, report: &mut Report) {
    let Some(cluster) = manifests.clusters.first() else { return };
    let written = |range: &Option<Spanned<String>>, otherwise: &str| {
        range.as_ref().map_or_else(|| (otherwise.to_owned(), cluster.span), |range| (range.value.clone(), range.span))
    };
    let (services, at_services) = written(&cluster.service_subnet, DEFAULT_SERVICE_SUBNET);
    let (pods, at_pods) = written(&cluster.pod_subnet, DEFAULT_POD_SUBNET);
    let nets = |range: &str| range.split(',').map(|net| net.trim().parse()).collect::<Result<Vec<ipnet::IpNet>, _>>();
    for (field, range, at) in [("serviceSubnet", &services, at_services), ("podSubnet", &pods, at_pods)] {
        if nets(range).is_err() {
            let (field, why) = (format!("networking.{field}"), format!("`{range}` is no range of addresses"));
            report.add(Problem::Refused { field, why, at });
        }
    }
    let Ok(mut nets) = nets(&services) else { return };
    nets.extend(manifests.service_ranges());
    for document in &manifests.documents {
        let address = document.object.service().and_then(|spec| spec.cluster_ip.as_deref());
        let Some(parsed) = address.and_then(|address| address.parse::<std::net::IpAddr>().ok()) else { continue };
        if !nets.iter().any(|net| net.contains(&parsed)) {
            let at = document.at().keys(&["spec", "clusterIP"]).span();
            let (address, range) = (parsed.to_string(), services.clone());
            report.add(Problem::OutsideRange { address, range, at, there: at_services });
        }
    }
}
