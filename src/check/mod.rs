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
#[cfg(test)]
mod tests;
mod validate;
mod volumes;

use crate::check::manifests::workload;
use crate::check::networks::reachability;
use crate::check::process::pre_start;
use crate::check::validate::admission;
use crate::check::validate::cluster;
use crate::check::validate::references;
use matching::runs::is_pod_of_run;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

pub use facts::{Fact, Force, Kind};
pub use manifest_facts::observed_facts;
pub use manifests::{Manifests, are_manifests};
pub use problem::is_difference;

use crate::check::context::manifest_index::world;
use crate::check::context::project_index::Company;
use crate::check::manifests::workload::Workload;
use acceptance::{Findings, accepted};
use compare::{Measure, compare};
use context::{Occasion, Said, Shown, World};
use matching::{Matching, match_workloads};
use problem::Problem;

use crate::overrides::{Overrides, Run};
use crate::report::Report;
use crate::resolve::networks::Attachment;
use crate::resolve::{Project, Service};

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
    company.others = reachability::spoken_of(overrides, &world);
    let owners = matched.pod_owners();

    for pair in &matched.pairs {
        let Some(workload) = workloads.get(pair.workload) else { continue };
        let home = owners.get(&pair.workload).map(|owner| owner.service);
        let home = home.filter(|home| home.name.value != pair.service.name.value).map(|home| home.name.value.as_str());
        let occasion = if workload.is_in_runs_folder() { Occasion::Setup } else { Occasion::Up };
        let said = Said { project, overrides, service: pair.service, occasion, company: &company };
        pod(said, workload, pair.container, home, &world, findings);
    }
    strangers(workloads, &matched, findings);
    if !observed.broken {
        absent(project, overrides, observed, &matched, strict, findings);
    }

    let nowhere = project.services.values().next().map(|service| service.name.span);
    if let Some(nowhere) = nowhere {
        let mut expected = cluster::expected(project, overrides, nowhere);
        if world.cluster().is_none() {
            cluster::without_cluster(&mut expected);
        }
        let manifest = world.cluster().map(|cluster| cluster.span).or(observed.first);
        let measure = Measure { strict, ordered: false, compose: Some(nowhere), manifest };
        compare(expected, cluster::observed(&world), measure, findings);
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
        pod(said, workload, 0, None, &world, findings);
        let extra = workload.spec.containers.iter().enumerate().skip(1);
        for (index, container) in extra {
            beside(workload, service, index, &container.name, findings);
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
        facts.extend(expected(said));
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
    let mut facts = expected(said);
    for fact in &mut facts {
        fact.service = name.as_str().into();
    }
    facts.extend(pre_start::listed(&name, pre_start::said(said)));
    facts
}

fn expected(said: Said) -> Vec<Fact> {
    let mut facts = process::expected(said);
    facts.extend(networks::expected(said));
    facts.extend(volumes::expected(said));
    facts.extend(order::expected(said));
    facts.extend(health::expected(said));
    for fact in &mut facts {
        fact.service = said.service.name.value.as_str().into();
        if accepted(said, fact.kind) {
            fact.force = Force::May;
        }
    }
    facts
}

/// The manifests' side of a container of a workload.
fn shown<'a>(
    workload: &'a Workload<'a>,
    container: usize,
    home: Option<&'a str>,
    world: &'a World<'a>,
    occasion: Occasion,
) -> Option<Shown<'a>> {
    let (container, at) = workload.container(container)?;
    Some(Shown { workload, container, at, preceding: usize::MAX, world, home, occasion })
}

fn observed(shown: Shown) -> Vec<Fact> {
    let sides = shown.workload.sides(shown.container);
    let mut facts = process::observed(shown, &sides.process);
    facts.extend(networks::observed(shown, &sides.networks));
    facts.extend(volumes::observed(shown, &sides.volumes));
    facts.extend(order::observed(shown, &sides.order));
    facts.extend(health::observed(shown, &sides.health));
    facts
}

fn pod(
    said: Said,
    workload: &Workload<'_>,
    container: usize,
    home: Option<&str>,
    world: &World<'_>,
    findings: &mut Findings<'_>,
) {
    let name = said.service.name.value.as_str();
    let mut expected = expected(said);
    let apart = said.overrides.separation.is_some();
    if !apart && (workload.ours || world.manifests.has_start_table()) {
        reachability::of_kit(&mut expected);
    }
    // A pod without the container says nothing of the service.
    let shown = shown(workload, container, home, world, said.occasion);
    let mut observed = shown.map(self::observed).unwrap_or_default();
    reached_through_its_workload(said.occasion, &mut observed);
    let measure = Measure {
        strict: workload.ours,
        ordered: said.occasion == Occasion::Up && world.manifests.has_start_table(),
        compose: Some(said.service.name.span),
        manifest: Some(workload.span()),
    };
    let steps = pre_start::said(said);
    let theirs = shown.map(|shown| pre_start::shown(shown, &steps, self::observed)).unwrap_or_default();
    pre_start::compared((steps, theirs), (&mut expected, &mut observed), name, measure, findings);
    for fact in &mut observed {
        fact.service = name.into();
    }
    compare(expected, observed, measure, findings);
}

/// What reaches a service besides may be reached through its workload; a run beside it adds nothing.
fn reached_through_its_workload(occasion: Occasion, observed: &mut [Fact]) {
    if occasion == Occasion::Up {
        return;
    }
    let reached = |kind| matches!(kind, Kind::Name | Kind::NameUnready | Kind::NameOpen | Kind::Port);
    for fact in observed.iter_mut().filter(|fact| reached(fact.kind)) {
        fact.force = Force::May;
    }
}

/// Containers beside a service's own, and workloads of no service.
fn strangers(workloads: &[Workload<'_>], matched: &Matching<'_>, findings: &mut Findings<'_>) {
    let owners = matched.pod_owners();
    for (index, container) in &matched.unmatched {
        let Some(workload) = workloads.get(*index) else { continue };
        match owners.get(index) {
            Some(pair) => {
                let name = workload.spec.containers.get(*container).map(|container| container.name.clone());
                beside(workload, pair.service, *container, &name.unwrap_or_default(), findings);
            }
            None if *container == 0 => {
                let (kind, name) = (workload.document.kind.clone(), workload.document.name.clone());
                let problem = Problem::SurplusWorkload { kind, name, at: workload.span() };
                findings.about("", None, &workload.document.name, problem);
            }
            None => {}
        }
    }
    for pair in &matched.pairs {
        let Some(workload) = workloads.get(pair.workload) else { continue };
        let first = owners.get(&pair.workload);
        if first.is_some_and(|first| first.container != pair.container) {
            continue;
        }
        let list = workload.spec.init_containers.as_deref().unwrap_or_default();
        for (index, container) in list.iter().enumerate() {
            if container.restart_policy.as_deref() == Some("Always") {
                let at = workload.at.key("initContainers").item(index).span();
                let fact = Fact {
                    service: pair.service.name.value.as_str().into(),
                    ..Fact::must(Kind::Beside, &container.name, container.image.as_deref().unwrap_or_default(), at)
                };
                let near = Some(pair.service.name.span);
                findings.of(&fact, Problem::Surplus { sentence: fact.sentence(), at, near });
            }
        }
    }
}

fn beside(workload: &Workload<'_>, service: &Service, index: usize, name: &str, findings: &mut Findings<'_>) {
    let Some((container, at)) = workload.container(index) else { return };
    let fact = Fact {
        service: service.name.value.as_str().into(),
        ..Fact::must(Kind::Beside, name, container.image.as_deref().unwrap_or_default(), at.span())
    };
    let near = Some(service.name.span);
    findings.of(&fact, Problem::Surplus { sentence: fact.sentence(), at: at.span(), near });
}

/// Services that nothing runs.
fn absent(
    project: &Project,
    overrides: &Overrides,
    observed: &Manifests,
    matched: &Matching<'_>,
    strict: bool,
    findings: &mut Findings<'_>,
) {
    // A candidate of an undecided match was reported there.
    let undecided: BTreeSet<crate::text::Span> = findings
        .report
        .problems()
        .iter()
        .filter(|problem| problem.code == problem::codes::ambiguous)
        .flat_map(|problem| problem.labels.iter().map(|label| label.span))
        .collect();
    let matched: HashSet<&str> = matched.pairs.iter().map(|pair| pair.service.name.value.as_str()).collect();
    for service in project.services.values() {
        let name = &service.name.value;
        let found = matched.contains(name.as_str());
        // Nobody deploys what only a profile starts; this program does, unless it would have to live in another's pod.
        let own_pod = !matches!(service.networks.attachment, Attachment::OfService(_));
        // Of a workload that the overrides name in vain that alone is told.
        let by_hand = overrides.services.get(name).is_some_and(|choice| choice.same_as.is_some());
        let wanted = !by_hand && (service.order.active || (strict && own_pod && observed.root.is_some()));
        if !found && wanted && !undecided.contains(&service.name.span) {
            let problem = Problem::NoWorkload { service: name.to_string(), at: service.name.span };
            findings.about(name.as_str(), None, "", problem);
        }
    }
}
