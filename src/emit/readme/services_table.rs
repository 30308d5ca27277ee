//! The table of services in the README: files, names, addresses, ports, dependencies.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::emit::manifests::rendered_service::RenderedService;
use crate::lower::Objects;
use crate::lower::objects::{Name, NodePort, PlannedService, Until};
use crate::maps::HashMap;
use crate::vocabulary::file;

/// Returns a text for a table cell: on one line, with `|` escaped.
pub(crate) fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Renders the section.
pub(crate) fn services(objects: &Objects<RenderedService>) -> String {
    let mut text = "## Services\n\n\
        | service | is | found as | ports | on this machine | starts after |\n|---|---|---|---|---|---|\n"
        .to_owned();
    let index = Index::new(objects);
    for service in &objects.services {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            cell(service.service.as_str()),
            what(service),
            found_as(service, &index),
            or_dash(&service.ports),
            or_dash(&published(service, &index)),
            or_dash(&waits(service, &index)),
        );
    }
    text
}

fn or_dash(parts: &[String]) -> String {
    if parts.is_empty() { "–".to_owned() } else { parts.join(", ") }
}

/// Returns the workload, linked to its file, and whether it is only started on request.
fn what(service: &RenderedService) -> String {
    match service.workload {
        None => "–".to_owned(),
        Some((kind, at_rest)) => {
            let rest = if at_rest { ", not started by itself" } else { "" };
            format!("[{kind}]({}){rest}", file::manifest(service.name.as_str()))
        }
    }
}

/// Returns its DNS names, with fixed addresses.
fn found_as(service: &RenderedService, index: &Index<'_>) -> String {
    let mut names = Vec::new();
    for (name, address) in &service.found_as {
        let mut shown = format!("`{name}`");
        for asked in index.renames.get(name.as_str()).into_iter().flatten() {
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
        format!("{} ([file]({}))", names.join(", "), file::service(service.name.as_str()))
    }
}

/// Returns its published ports.
fn published(service: &RenderedService, index: &Index<'_>) -> Vec<String> {
    let ports = index.ports.get(service.service.as_str()).into_iter().flatten();
    ports
        .map(|NodePort { host_port, listen, .. }| match listen {
            Some(address) => format!("{}", std::net::SocketAddr::new(*address, *host_port)),
            None => host_port.to_string(),
        })
        .collect()
}

/// Returns its dependencies and their conditions.
fn waits(service: &RenderedService, index: &Index<'_>) -> Vec<String> {
    let planned = index.by_service.get(service.service.as_str());
    let setups = index.setups.get(service.name.as_str()).into_iter().flatten();
    let mut waits: Vec<String> = setups.map(|run| format!("{} (ended)", cell(run))).collect();
    for name in planned.map(|planned| planned.depends_on.as_slice()).unwrap_or_default() {
        let other = index.by_name.get(name.as_str());
        let called = cell(other.map_or(name.as_str(), |other| other.service.as_str()));
        waits.push(match other.map(|other| other.until) {
            Some(Until::Ready) => format!("{called} (healthy)"),
            Some(Until::Ended) => format!("{called} (ended)"),
            Some(Until::Started) | None => called,
        });
    }
    waits
}

/// Properties of services by name.
#[derive(Default)]
struct Index<'a> {
    by_service: HashMap<&'a str, &'a PlannedService>,
    by_name: HashMap<&'a str, &'a PlannedService>,
    /// The setup runs before a service.
    setups: HashMap<&'a str, Vec<&'a str>>,
    ports: HashMap<&'a str, Vec<&'a NodePort>>,
    /// DNS names that no Service can have, by the Service that they resolve to.
    renames: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Index<'a> {
    fn new(objects: &'a Objects<RenderedService>) -> Self {
        let mut index = Self::default();
        for planned in &objects.plan.services {
            index.by_service.entry(planned.service.as_str()).or_insert(planned);
            index.by_name.entry(planned.name.as_str()).or_insert(planned);
        }
        for (run, before) in &objects.plan.setup {
            for name in before.iter().map(Name::as_str).collect::<BTreeSet<_>>() {
                index.setups.entry(name).or_default().push(run);
            }
        }
        for port in &objects.cluster.ports {
            index.ports.entry(port.service.as_str()).or_default().push(port);
        }
        let names = objects.resolver.iter().flat_map(|resolver| &resolver.names);
        for (asked, bearer) in names.filter(|(asked, bearer)| !bearer.matches(asked)) {
            index.renames.entry(bearer.as_str()).or_default().push(asked);
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use crate::emit::sample;

    #[test]
    fn rows_have_names_addresses_and_dependencies() {
        let table = super::services(&sample::rendered());
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
