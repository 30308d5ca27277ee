//! The section `separation`, and whether a project has services to separate.

use crate::overrides::model::{Reasoned, Separation, Setup};
use crate::overrides::problem::Problem;
use crate::overrides::written;
use crate::overrides::written::spanned::At;
use crate::report::Report;
use crate::resolve::networks::Attachment;
use crate::resolve::{Project, Service};
use crate::text::SourceId;

/// Validates the section. Reports it if no services are separate and no network is internal.
pub(crate) fn separation(
    written: At<written::SeparationEntry>,
    source: SourceId,
    project: &Project,
    setup: &[Setup],
    report: &mut Report,
) -> Option<Reasoned<Separation>> {
    let at = written.span(source);
    let written::SeparationEntry { by, because } = written.value;
    let value = match by {
        written::SeparationBy::NetworkPolicies => Separation::NetworkPolicies,
    };
    let comes_first = |service: &Service| setup.iter().any(|setup| setup.service.value == service.name.value);
    let none_apart = apart(project.services.values().filter(|service| !comes_first(service))).is_none();
    if none_apart
        && !project.services.values().any(|service| service.networks.attachment.is_internal_only(&project.networks))
    {
        report.add(Problem::SeparatesNobody { at });
        return None;
    }
    Some(Reasoned { value, because: because.0 })
}

/// Returns the first two services that are on networks and share none.
pub(crate) fn apart<'a>(services: impl Iterator<Item = &'a Service>) -> Option<(&'a Service, &'a Service)> {
    // One service per set of networks: a thousand services on one network need a thousand lookups.
    let mut groups: Vec<(Vec<&str>, &Service)> = Vec::new();
    for service in services {
        let Attachment::Networks(memberships) = &service.networks.attachment else { continue };
        let mut on: Vec<&str> = memberships.iter().map(|membership| membership.network.value.as_str()).collect();
        on.sort_unstable();
        if !on.is_empty() && !groups.iter().any(|(known, _)| *known == on) {
            groups.push((on, service));
        }
    }
    groups.iter().enumerate().find_map(|(index, (one_on, one))| {
        let after = groups.iter().skip(index + 1);
        let mut others = after.filter(|(other_on, _)| !one_on.iter().any(|network| other_on.contains(network)));
        others.next().map(|(_, other)| (*one, *other))
    })
}
