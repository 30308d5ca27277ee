//! The README's table of services: file, names, addresses, ports, waits.

use std::fmt::Write as _;

use super::manifests::{manifest_path, service_path};
use crate::lower::Objects;
use crate::lower::objects::{Kind, NodePort, ServiceObjects, Until};

/// A text for a table's cell: one line, no bar that would end it.
pub(super) fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// The section.
pub(super) fn services(objects: &Objects) -> String {
    let mut text = "## Services\n\n\
        | service | is | found as | ports | on this machine | starts after |\n|---|---|---|---|---|---|\n"
        .to_owned();
    for service in &objects.services {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            cell(service.service.as_str()),
            what(service),
            found_as(service, objects),
            or_dash(&ports(service)),
            or_dash(&published(service, objects)),
            or_dash(&waits(service, objects)),
        );
    }
    text
}

fn or_dash(parts: &[String]) -> String {
    if parts.is_empty() { "–".to_owned() } else { parts.join(", ") }
}

/// Its workload, linked to its file; whether it waits to be asked for.
fn what(service: &ServiceObjects) -> String {
    let kind = service.manifests.iter().find_map(|object| match &object.kind {
        Kind::Deployment(it) => Some(("Deployment", it.spec.as_ref().and_then(|spec| spec.replicas) == Some(0))),
        Kind::StatefulSet(it) => Some(("StatefulSet", it.spec.as_ref().and_then(|spec| spec.replicas) == Some(0))),
        Kind::Job(it) => Some(("Job", it.spec.as_ref().and_then(|spec| spec.suspend) == Some(true))),
        Kind::DaemonSet(_) => Some(("DaemonSet", false)),
        Kind::Pod(_) => Some(("Pod", false)),
        Kind::Namespace(_)
        | Kind::Service(_)
        | Kind::ConfigMap(_)
        | Kind::Secret(_)
        | Kind::Claim(_)
        | Kind::NetworkPolicy(_) => None,
    });
    match kind {
        None => "–".to_owned(),
        Some((kind, at_rest)) => {
            let rest = if at_rest { ", not started by itself" } else { "" };
            format!("[{kind}]({}){rest}", manifest_path(service.name.as_str()))
        }
    }
}

/// Names that lead to it, with the address where it is a fixed one.
fn found_as(service: &ServiceObjects, objects: &Objects) -> String {
    let mut names = Vec::new();
    for object in &service.services {
        let Kind::Service(it) = &object.kind else { continue };
        let Some(name) = &it.metadata.name else { continue };
        // A Service that hides a pod until it is ready is a gate, and no name that Compose has.
        if it.spec.as_ref().and_then(|spec| spec.publish_not_ready_addresses) != Some(true) {
            continue;
        }
        let address = it.spec.as_ref().and_then(|spec| spec.cluster_ip.as_deref()).filter(|address| *address != "None");
        let asked: Vec<&str> = objects
            .cluster
            .renames
            .iter()
            .filter(|(_, bearer)| bearer.as_str() == name)
            .map(|(asked, _)| asked.as_str())
            .collect();
        let mut shown = format!("`{name}`");
        for asked in asked {
            let _ = write!(shown, ", `{}`", cell(asked));
        }
        if let Some(address) = address {
            let _ = write!(shown, " ({address})");
        }
        names.push(shown);
    }
    if names.is_empty() {
        "–".to_owned()
    } else {
        format!("{} ([file]({}))", names.join(", "), service_path(service.name.as_str()))
    }
}

/// Declared ports, each once.
fn ports(service: &ServiceObjects) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for object in &service.services {
        let Kind::Service(it) = &object.kind else { continue };
        for port in it.spec.iter().filter_map(|spec| spec.ports.as_ref()).flatten() {
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            let shown = if protocol == "TCP" {
                port.port.to_string()
            } else {
                format!("{}/{}", port.port, protocol.to_lowercase())
            };
            if !all.contains(&shown) {
                all.push(shown);
            }
        }
    }
    all
}

/// Ports of the machine that lead to it.
fn published(service: &ServiceObjects, objects: &Objects) -> Vec<String> {
    objects
        .cluster
        .ports
        .iter()
        .filter(|port| port.service == service.service)
        .map(|NodePort { host_port, listen, .. }| match listen {
            Some(address) => format!("{}", std::net::SocketAddr::new(*address, *host_port)),
            None => host_port.to_string(),
        })
        .collect()
}

/// What it starts after, and how far that must be.
fn waits(service: &ServiceObjects, objects: &Objects) -> Vec<String> {
    let planned = objects.plan.services.iter().find(|planned| planned.service == service.service);
    let mut waits: Vec<String> = objects
        .plan
        .setup
        .iter()
        .filter(|(_, before)| before.contains(&service.name))
        .map(|(run, _)| format!("{} (ended)", cell(run)))
        .collect();
    for name in planned.map(|planned| planned.depends_on.as_slice()).unwrap_or_default() {
        let other = objects.plan.services.iter().find(|other| other.name == *name);
        let called = cell(other.map_or(name.as_str(), |other| other.service.as_str()));
        waits.push(match other.map(|other| other.until) {
            Some(Until::Ready) => format!("{called} (healthy)"),
            Some(Until::Ended) => format!("{called} (ended)"),
            Some(Until::Started) | None => called,
        });
    }
    waits
}

#[cfg(test)]
mod tests {
    use crate::emit::sample;

    #[test]
    fn a_row_says_where_a_service_is_found_and_what_it_starts_after() {
        let table = super::services(&sample::objects());
        let rows: Vec<&str> = table.lines().skip(4).collect();
        assert_eq!(
            rows,
            [
                "| web | [Deployment](manifests/web.yaml) | `web` ([file](services/web.yaml)) | 8080 | 80 | tests (ended), store (healthy) |",
                "| store | [Deployment](manifests/store.yaml) | `store`, `my_store` (10.9.0.5) ([file](services/store.yaml)) | 5432 | – | – |",
            ]
        );
    }
}
