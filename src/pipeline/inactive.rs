//! Services that no chosen profile starts: `docker compose up` does not look at them, so an error in one of them leaves it
//! out of the output instead of stopping the translation.

use std::collections::BTreeSet;

use crate::check;
use crate::lower::{self, RunProject};
use crate::overrides::AcceptanceScope;
use crate::report::{Diagnostic, Report, Severity};
use crate::request::Loaded;
use crate::resolve::networks::Attachment;
use crate::resolve::{Service, ServiceName};

/// Whether a service is neither started by `docker compose up` nor by a run or setup of the overrides.
fn is_inactive(loaded: &Loaded, service: &Service) -> bool {
    let overrides = &loaded.overrides;
    let name = &service.name.value;
    !service.order.active
        && !overrides.runs.iter().any(|run| run.service.value == *name)
        && !overrides.setup.iter().any(|setup| setup.service.value == *name)
}

/// Whether the project has a service that is never started.
pub(crate) fn has_inactive_services(loaded: &Loaded) -> bool {
    loaded.project.services.values().any(|service| is_inactive(loaded, service))
}

/// Returns the service of a diagnostic, if it is never started.
fn inactive_service<'a>(loaded: &'a Loaded, diagnostic: &Diagnostic) -> Option<&'a ServiceName> {
    let name = diagnostic.finding.as_ref()?.service.as_deref()?;
    let service = loaded.project.services.get(name)?;
    is_inactive(loaded, service).then_some(&service.name.value)
}

/// Returns the project without the inactive services that have errors and without the inactive services that need them,
/// with a warning for each; `None` if an error is about something else.
pub(crate) fn without_invalid_services(loaded: &Loaded, report: &Report) -> Option<(Loaded, Report)> {
    let mut warnings = report.sibling();
    let mut left_out: BTreeSet<ServiceName> = BTreeSet::new();
    for error in report.problems().iter().filter(|problem| problem.severity == Severity::Error) {
        let name = inactive_service(loaded, error)?;
        if left_out.insert(name.clone()) {
            let at = error.labels.iter().map(|label| label.span).take(1).collect();
            warnings.add(lower::left_out(name, error.message.clone(), at));
        }
    }
    while let Some((service, needed)) = first_dependent(loaded, &left_out) {
        let why = format!("it needs `{needed}`");
        warnings.add(lower::left_out(&service.name.value, why, vec![service.name.span]));
        left_out.insert(service.name.value.clone());
    }
    (!left_out.is_empty()).then(|| (without(loaded, &left_out), warnings))
}

/// Returns an inactive service that depends on one of these services or shares its network, and that service.
fn first_dependent<'a>(loaded: &'a Loaded, left_out: &BTreeSet<ServiceName>) -> Option<(&'a Service, &'a ServiceName)> {
    loaded.project.services.values().find_map(|service| {
        if left_out.contains(&service.name.value) || !is_inactive(loaded, service) {
            return None;
        }
        let network = match &service.networks.attachment {
            Attachment::OfService(other) => Some(&other.value),
            Attachment::None(_) | Attachment::Host(_) | Attachment::OfContainer(_) | Attachment::Networks(_) => None,
        };
        let waits = service.order.waits.iter().filter(|wait| wait.required).map(|wait| &wait.on.value);
        let needed = waits.chain(network).find(|name| left_out.contains(*name))?;
        Some((service, needed))
    })
}

/// Returns a copy of the project and of its overrides without these services.
fn without(loaded: &Loaded, left_out: &BTreeSet<ServiceName>) -> Loaded {
    let mut reduced = loaded.clone();
    reduced.project.services.retain(|name, _| !left_out.contains(name));
    let overrides = &mut reduced.overrides;
    overrides.services.retain(|name, _| !left_out.contains(name));
    overrides.writers.retain(|_, writer| !left_out.contains(&writer.value.value));
    overrides.accept.retain(|acceptance| match &acceptance.scope {
        AcceptanceScope::Services(names) => !names.iter().all(|name| left_out.contains(name)),
        AcceptanceScope::Project | AcceptanceScope::EveryService => true,
    });
    reduced
}

/// Whether the comparison found that a service is missing that is never started.
pub(crate) fn lacks_inactive_service(loaded: &Loaded, findings: &Report) -> bool {
    let is_missing = |problem: &&Diagnostic| problem.code == check::problem::codes::no_workload;
    findings.problems().iter().filter(is_missing).any(|problem| inactive_service(loaded, problem).is_some())
}

/// Returns the project without the inactive services that cannot be translated; `None` if there are none.
pub(crate) fn translatable(loaded: &Loaded) -> Option<Loaded> {
    let Loaded { project, overrides, runs } = loaded;
    let runs: Vec<_> = overrides.runs.iter().zip(runs).map(|(run, project)| RunProject { run, project }).collect();
    let mut report = Report::new();
    lower::lower_each(project, overrides, &runs, &mut report, drop).err()?;
    let (reduced, _) = without_invalid_services(loaded, &report)?;
    Some(translatable(&reduced).unwrap_or(reduced))
}
