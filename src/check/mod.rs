//! Does the YAML on disk mean what the Compose file means?
//!
//! In: the [`Project`] with its overrides, and [`Manifests`]: a folder, a file or a stream of YAML. Out: findings.
//! Each side is turned into [`Fact`]s in words of neither; the facts are compared.
//!
//! Invariant: nothing here imports `lower` or `emit`; the YAML is read with a reader of its own.
//! Invariant: every missing fact points at the Compose line, every surplus one at the manifest line.
//! Invariant: nothing to compare is never parity.

mod acceptance;
mod compare;
mod context;
pub mod facts;
mod health;
mod manifest_facts;
mod manifests;
mod matching;
mod networks;
mod order;
pub(crate) mod problem;
mod process;
mod service_facts;
#[cfg(test)]
mod tests;
mod unmatched;
mod validate;
mod volumes;

use crate::check::manifests::workload;
use crate::check::networks::reachability;
use crate::check::networks::reachability::Reachability;
use crate::check::process::pre_start;
use crate::check::validate::admission;
use crate::check::validate::cluster;
use crate::check::validate::references;
use matching::runs::is_pod_of_run;
use std::borrow::Cow;

pub use facts::{Fact, Kind, Weight};
pub use manifest_facts::observed_facts;
pub use manifests::{Manifests, are_manifests};
pub use problem::is_difference;

use crate::check::context::manifest_index::world;
use crate::check::context::project_index::Company;
use crate::check::manifests::workload::Workload;
use acceptance::Findings;
use compare::{CompareOptions, compare};
use context::{Occasion, Said, Shown, World};
use matching::match_workloads;
use problem::Problem;

use crate::overrides::{Overrides, Run};
use crate::report::Report;
use crate::resolve::Project;

/// The JSON Schema of facts, as `compose2k8s facts --format json` prints them.
pub const SCHEMA: &str = include_str!("../../schemas/facts.json");

/// Compares a project with manifests, and with the pods of its declared runs the runs' own merged projects, which stand in the
/// order of the overrides' runs.
pub fn check(project: &Project, overrides: &Overrides, runs: &[Project], observed: &Manifests, report: &mut Report) {
    if observed.is_empty() {
        if !observed.broken {
            report.add(Problem::NothingToCheck { at: observed.first });
        }
        return;
    }
    let everybody = observed.workloads();
    let mut findings = Findings::new(overrides, report);
    services(project, overrides, observed, &everybody, &mut findings);
    for (run, project) in overrides.runs.iter().zip(runs) {
        of_run(project, overrides, run, observed, &everybody, &mut findings);
    }
    // In what could not be read there may be what was accepted.
    if !observed.broken {
        findings.unused();
    }
}

fn services(
    project: &Project,
    overrides: &Overrides,
    observed: &Manifests,
    everybody: &[Workload<'_>],
    findings: &mut Findings<'_>,
) {
    let is_run = |workload: &Workload<'_>| overrides.runs.iter().any(|run| is_pod_of_run(workload, run));
    let workloads = without(everybody, is_run);
    let workloads = workloads.as_ref();
    let matched = match_workloads(project, overrides, workloads, observed, findings.report);
    let strict = workloads.iter().any(|workload| workload.ours) || observed.has_start_table();
    cluster::sound(observed, everybody, strict, findings.report);
    references::provided(project, observed, everybody, strict, findings.report);
    admission::refused(observed, everybody, findings.report);
    let mut company = Company::of(project, overrides);
    let world = world(project, overrides, &company, observed, everybody, workloads, &matched);
    let reachability = Reachability::default();
    company.others = reachability::spoken_of(overrides, &world);
    let owners = matched.pod_owners();

    for pair in &matched.pairs {
        let Some(workload) = workloads.get(pair.workload) else { continue };
        let home = owners.get(&pair.workload).map(|owner| owner.service);
        let home = home.filter(|home| home.name.value != pair.service.name.value).map(|home| home.name.value.as_str());
        let occasion = if workload.is_in_runs_folder() { Occasion::Setup } else { Occasion::Up };
        let said = Said { project, overrides, service: pair.service, occasion, company: &company };
        pod(said, workload, pair.container, home, &world, &reachability, findings);
    }
    unmatched::report_surplus(workloads, &matched, findings);
    if !observed.broken {
        unmatched::report_missing(project, overrides, observed, &matched, strict, findings);
    }

    let nowhere = project.services.values().next().map(|service| service.name.span);
    if let Some(nowhere) = nowhere {
        let mut expected = cluster::expected(project, overrides, nowhere);
        if world.cluster().is_none() {
            cluster::without_cluster(&mut expected);
        }
        let manifest = world.cluster().map(|cluster| cluster.span).or(observed.first);
        let options = CompareOptions { strict, ordered: false, compose: Some(nowhere), manifest };
        compare(expected, cluster::observed(&world), options, findings);
    }
}

/// The workloads without some; most have none to leave out.
fn without<'w, 'a>(all: &'w [Workload<'a>], some: impl Fn(&Workload<'a>) -> bool) -> Cow<'w, [Workload<'a>]> {
    if all.iter().any(&some) {
        Cow::Owned(all.iter().filter(|workload| !some(workload)).cloned().collect())
    } else {
        Cow::Borrowed(all)
    }
}

/// The pod of a declared run and the run's own merged project.
fn of_run(
    project: &Project,
    overrides: &Overrides,
    run: &Run,
    observed: &Manifests,
    all: &[Workload<'_>],
    findings: &mut Findings<'_>,
) {
    let Some(service) = project.services.get(run.service.value.as_str()) else { return };
    let runs: Vec<&Workload<'_>> = all.iter().filter(|workload| is_pod_of_run(workload, run)).collect();
    if runs.is_empty() {
        // What runs in a cluster, and what others wrote, has no runs.
        let kit = all.iter().any(|workload| workload.ours) && observed.has_start_table();
        if (kit || all.iter().any(Workload::is_in_runs_folder)) && !observed.broken {
            findings.report.add(Problem::NoRun { run: run.name.value.clone(), at: run.name.span });
        }
        return;
    }
    let others = without(all, Workload::is_in_runs_folder);
    let matched = match_workloads(project, overrides, &others, observed, &mut Report::new());
    let mut company = Company::of(project, overrides);
    let world = world(project, overrides, &company, observed, all, &others, &matched);
    let reachability = Reachability::default();
    company.others = reachability::spoken_of(overrides, &world);
    for workload in runs {
        if let Some(named) =
            workload.annotations.get(workload::SERVICE).filter(|named| *named != service.name.value.as_str())
        {
            let at = workload.service_annotation_span();
            let suggestion = Some(format!("the run is one of `{}`", service.name.value));
            findings.report.add(Problem::UnknownService { service: named.clone(), at, suggestion });
        }
        let said = Said { project, overrides, service, occasion: Occasion::Run, company: &company };
        pod(said, workload, 0, None, &world, &reachability, findings);
        let extra = workload.spec.containers.iter().enumerate().skip(1);
        for (index, container) in extra {
            unmatched::report_additional_container(workload, service, index, &container.name, findings);
        }
    }
}

/// The facts of the Compose side, service by service. Declared runs beside a service have none of their own.
#[must_use]
pub fn expected_facts(project: &Project, overrides: &Overrides) -> Vec<Fact> {
    let mut facts = Vec::new();
    let company = Company::of(project, overrides);
    for service in project.services.values() {
        let comes_first = company.comes_first(&service.name.value);
        let occasion = if comes_first { Occasion::Setup } else { Occasion::Up };
        let said = Said { project, overrides, service, occasion, company: &company };
        facts.extend(service_facts::expected(said));
        facts.extend(pre_start::listed(service.name.value.as_str(), pre_start::said(said)));
    }
    if let Some(service) = project.services.values().next() {
        facts.extend(cluster::expected(project, overrides, service.name.span));
    }
    facts
}

/// The facts of a declared run, of its own merged project, under the name that [`observed_facts`] gives its pod.
#[must_use]
pub fn expected_run_facts(project: &Project, overrides: &Overrides, run: &Run) -> Vec<Fact> {
    let Some(service) = project.services.get(run.service.value.as_str()) else { return Vec::new() };
    let company = Company::of(project, overrides);
    let said = Said { project, overrides, service, occasion: Occasion::Run, company: &company };
    let name = manifest_facts::of_run(run.service.value.as_str(), &run.name.value);
    let mut facts = service_facts::expected(said);
    for fact in &mut facts {
        fact.service = name.as_str().into();
    }
    facts.extend(pre_start::listed(&name, pre_start::said(said)));
    facts
}

fn pod(
    said: Said,
    workload: &Workload<'_>,
    container: usize,
    home: Option<&str>,
    world: &World<'_>,
    reachability: &Reachability,
    findings: &mut Findings<'_>,
) {
    let name = said.service.name.value.as_str();
    let mut expected = service_facts::expected(said);
    let apart = said.overrides.separation.is_some();
    if !apart && (workload.ours || world.manifests.has_start_table()) {
        reachability::of_kit(&mut expected);
    }
    // A pod without the container says nothing of the service.
    let shown = Shown::new(workload, container, home, world, said.occasion);
    let facts_of = |shown: Shown<'_>| service_facts::observed(shown, reachability);
    let mut observed = shown.map(facts_of).unwrap_or_default();
    service_facts::names_are_optional_for_runs(said.occasion, &mut observed);
    let options = CompareOptions {
        strict: workload.ours,
        ordered: said.occasion == Occasion::Up && world.manifests.has_start_table(),
        compose: Some(said.service.name.span),
        manifest: Some(workload.span()),
    };
    let steps = pre_start::said(said);
    let theirs = shown.map(|shown| pre_start::shown(shown, &steps, facts_of)).unwrap_or_default();
    pre_start::compared((steps, theirs), (&mut expected, &mut observed), name, options, findings);
    for fact in &mut observed {
        fact.service = name.into();
    }
    compare(expected, observed, options, findings);
}
