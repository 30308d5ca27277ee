//! Compares the Compose project with the YAML on disk.
//!
//! Input: the [`Project`] with its overrides, and [`Manifests`]: a folder, a file or a stream of YAML. Output: findings.
//! Each side is reduced to neutral [`Fact`]s, and the facts are compared.
//!
//! A module imports only modules to its left: `facts`, `manifests`, `matching`, `context`, the topics, `compare`, `mod`.
//!
//! Invariant: nothing here imports `lower` or `emit`; the YAML is read with a reader of its own.
//! Invariant: a missing fact points to the Compose line, a surplus fact to the manifest line.
//! Invariant: a comparison without facts is never reported as parity.

mod acceptance;
mod baseline;
mod cluster_facts;
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

use std::borrow::Cow;

pub use baseline::{BASELINE_FILE, Baseline};
pub use facts::{Fact, Kind, Subject, Value, Weight};
pub use manifest_facts::observed_facts;
pub use manifests::{Manifests, are_manifests};
pub use problem::is_difference;

use acceptance::FindingReport;
use compare::{CompareOptions, compare};
use context::{
    ComposeNames, ExpectedContext, ManifestIndex, ObservedContext, ProjectIndex, ResolverIndex, ServiceRole,
    run_name_in_facts,
};
use manifests::workload::{SERVICE_ANNOTATION, Workload};
use matching::match_workloads;
use matching::runs::is_pod_of_run;
use networks::reachability::{self, Reachability};
use problem::Problem;
use process::pre_start;

use crate::overrides::{Overrides, Run};
use crate::report::Report;
use crate::resolve::Project;

/// The JSON Schema of facts, as `compose2k8s facts --format json` prints them.
pub const SCHEMA: &str = include_str!("../../schemas/facts.json");

/// Compares a project with manifests, and each declared run with its pod. `runs` holds the merged project of each run, in
/// the order of the overrides.
pub fn check(project: &Project, overrides: &Overrides, runs: &[Project], manifests: &Manifests, report: &mut Report) {
    if manifests.is_empty() {
        if !manifests.broken {
            report.add(Problem::NothingToCheck { at: manifests.first });
        }
        return;
    }
    let all_workloads = manifests.workloads();
    let resolvers = ResolverIndex::new(manifests, &all_workloads);
    let all = (all_workloads.as_slice(), &resolvers);
    let mut findings = FindingReport::new(overrides, report);
    check_services(project, overrides, manifests, all, &mut findings);
    for (run, merged) in overrides.runs.iter().zip(runs) {
        check_run((merged, project), overrides, run, manifests, all, &mut findings);
    }
    // An accepted finding may be in a file that could not be read.
    if !manifests.broken {
        findings.report_unused();
    }
}

/// Matches, indexes, compares and validates everything except the pods of declared runs.
fn check_services(
    project: &Project,
    overrides: &Overrides,
    manifests: &Manifests,
    (all_workloads, resolvers): (&[Workload<'_>], &ResolverIndex<'_>),
    findings: &mut FindingReport<'_>,
) {
    let is_run = |workload: &Workload<'_>| overrides.runs.iter().any(|run| is_pod_of_run(workload, run));
    let workloads = without(all_workloads, |workload| is_run(workload) || resolvers.is_resolver(workload));
    let workloads = workloads.as_ref();
    let matched = match_workloads(project, overrides, workloads, manifests, findings.report);
    let strict = workloads.iter().any(|workload| workload.is_generated) || manifests.has_start_table();
    validate::cluster::report_inconsistencies(manifests, all_workloads, strict, findings.report);
    validate::references::report_missing(project, manifests, all_workloads, strict, findings.report);
    validate::admission::report_rejected(manifests, all_workloads, findings.report);
    validate::ephemeral::report_missing_volumes(all_workloads, findings.report);
    validate::resolver::report_faults(resolvers, findings.report);
    let mut project_index = ProjectIndex::new(project, overrides);
    let names = ComposeNames::of_project(project, manifests, workloads, &matched);
    let index = ManifestIndex::new(manifests, all_workloads, resolvers, names);
    let index = index.with_project(project, overrides, &project_index);
    project_index.compared_peers = reachability::compared_peers(overrides, &index);
    let reachability = Reachability::default();
    let pod_owners = matched.pod_owners();

    for pair in &matched.pairs {
        let Some(workload) = workloads.get(pair.workload) else { continue };
        let owner = pod_owners.get(&pair.workload).map(|owner| owner.service.name.value.as_str());
        let other_owner = owner.filter(|owner| *owner != pair.service.name.value.as_str());
        let role = if workload.is_in_runs_folder() { ServiceRole::SetupRun } else { ServiceRole::Service };
        let expected = ExpectedContext { project, overrides, service: pair.service, role, index: &project_index };
        let observed = ObservedContext::new(workload, pair.container, other_owner, &index, role);
        compare_pod(expected, observed, workload, &index, &reachability, findings);
    }
    unmatched::report_surplus(workloads, &matched, findings);
    if !manifests.broken {
        unmatched::report_missing(project, overrides, manifests, &matched, strict, findings);
    }

    let Some(first) = project.services.values().next() else { return };
    let mut expected = cluster_facts::expected(overrides, first.name.span);
    if index.cluster().is_none() {
        cluster_facts::make_optional_without_cluster(&mut expected);
    }
    let manifest = index.cluster().map(|cluster| cluster.span).or(manifests.first);
    let options =
        CompareOptions { strict, ordered: false, without_secrets: false, compose: Some(first.name.span), manifest };
    compare(expected, cluster_facts::observed(&index), options, findings);
}

/// Returns the workloads that `is_excluded` rejects. Most sets of manifests have none to exclude.
fn without<'w, 'a>(all: &'w [Workload<'a>], is_excluded: impl Fn(&Workload<'a>) -> bool) -> Cow<'w, [Workload<'a>]> {
    if all.iter().any(&is_excluded) {
        Cow::Owned(all.iter().filter(|workload| !is_excluded(workload)).cloned().collect())
    } else {
        Cow::Borrowed(all)
    }
}

/// Compares the pods of a declared run with the run's own merged project. The cluster is that of the project without the
/// run's files.
fn check_run(
    (project, cluster_project): (&Project, &Project),
    overrides: &Overrides,
    run: &Run,
    manifests: &Manifests,
    (all_workloads, resolvers): (&[Workload<'_>], &ResolverIndex<'_>),
    findings: &mut FindingReport<'_>,
) {
    let Some(service) = project.services.get(run.service.value.as_str()) else { return };
    let runs: Vec<&Workload<'_>> = all_workloads.iter().filter(|workload| is_pod_of_run(workload, run)).collect();
    if runs.is_empty() {
        // Objects exported from a cluster and hand-written manifests have no runs.
        let generated = all_workloads.iter().any(|workload| workload.is_generated) && manifests.has_start_table();
        if (generated || all_workloads.iter().any(Workload::is_in_runs_folder)) && !manifests.broken {
            findings.report.add(Problem::NoRun { run: run.name.value.clone(), at: run.name.span });
        }
        return;
    }
    let is_other = |workload: &Workload<'_>| workload.is_in_runs_folder() || resolvers.is_resolver(workload);
    let others = without(all_workloads, is_other);
    let matched = match_workloads(project, overrides, &others, manifests, &mut Report::new());
    let mut project_index = ProjectIndex::new(project, overrides);
    project_index.cluster_project = Some(cluster_project);
    let names = ComposeNames::of_project(project, manifests, &others, &matched);
    let index = ManifestIndex::new(manifests, all_workloads, resolvers, names);
    let index = index.with_project(project, overrides, &project_index);
    project_index.compared_peers = reachability::compared_peers(overrides, &index);
    let reachability = Reachability::default();
    for workload in runs {
        if let Some(named) =
            workload.annotations.get(SERVICE_ANNOTATION).filter(|named| *named != service.name.value.as_str())
        {
            let at = workload.service_annotation_span();
            let suggestion = Some(format!("the run is one of `{}`", service.name.value));
            findings.report.add(Problem::UnknownService { service: named.clone(), at, suggestion });
        }
        let role = ServiceRole::DeclaredRun;
        let expected = ExpectedContext { project, overrides, service, role, index: &project_index };
        let observed = ObservedContext::new(workload, 0, None, &index, role);
        compare_pod(expected, observed, workload, &index, &reachability, findings);
        let additional = workload.spec.containers.iter().enumerate().skip(1);
        for (container_index, container) in additional {
            unmatched::report_additional_container(workload, service, container_index, &container.name, findings);
        }
    }
}

/// Compares a service with the container of a workload that implements it; `observed` is `None` if the pod lacks the
/// container.
fn compare_pod(
    context: ExpectedContext,
    observed_context: Option<ObservedContext>,
    workload: &Workload<'_>,
    index: &ManifestIndex<'_>,
    reachability: &Reachability,
    findings: &mut FindingReport<'_>,
) {
    let name = context.service.name.value.as_str();
    let has_start_table = index.manifests.has_start_table();
    let mut expected = service_facts::expected(context);
    if context.overrides.separation.is_none() && (workload.is_generated || has_start_table) {
        reachability::make_optional_in_generated_manifests(&mut expected);
    }
    let facts_of = |observed: ObservedContext<'_>| service_facts::observed(observed, reachability);
    let mut observed = observed_context.map(facts_of).unwrap_or_default();
    service_facts::names_are_optional_for_runs(context.role, &mut observed);
    let options = CompareOptions {
        strict: workload.is_generated,
        ordered: context.role == ServiceRole::Service && has_start_table,
        without_secrets: !index.has_secrets,
        compose: Some(context.service.name.span),
        manifest: Some(workload.span()),
    };
    let commands = pre_start::expected(context, volumes::expected);
    let found = observed_context.map(|observed| pre_start::observed(observed, &commands, facts_of)).unwrap_or_default();
    compare::pre_start::compare_commands((commands, found), (&mut expected, &mut observed), name, options, findings);
    for fact in &mut observed {
        fact.service = name.into();
    }
    compare(expected, observed, options, findings);
}

/// Returns the facts of the Compose side, service by service, without those of declared runs.
#[must_use]
pub fn expected_facts(project: &Project, overrides: &Overrides) -> Vec<Fact> {
    let mut facts = Vec::new();
    let index = ProjectIndex::new(project, overrides);
    for service in project.services.values() {
        let is_setup = index.is_setup_service(&service.name.value);
        let role = if is_setup { ServiceRole::SetupRun } else { ServiceRole::Service };
        let context = ExpectedContext { project, overrides, service, role, index: &index };
        facts.extend(service_facts::expected(context));
        let commands = pre_start::expected(context, volumes::expected);
        facts.extend(pre_start::into_facts(service.name.value.as_str(), commands));
    }
    if let Some(service) = project.services.values().next() {
        facts.extend(cluster_facts::expected(overrides, service.name.span));
    }
    facts
}

/// Returns the facts of a declared run from its own merged project, under the name that [`observed_facts`] gives its pod.
/// `cluster_project` is the project without the run's files.
#[must_use]
pub fn expected_run_facts(project: &Project, cluster_project: &Project, overrides: &Overrides, run: &Run) -> Vec<Fact> {
    let Some(service) = project.services.get(run.service.value.as_str()) else { return Vec::new() };
    let mut index = ProjectIndex::new(project, overrides);
    index.cluster_project = Some(cluster_project);
    let context = ExpectedContext { project, overrides, service, role: ServiceRole::DeclaredRun, index: &index };
    let name = run_name_in_facts(run.service.value.as_str(), &run.name.value);
    let mut facts = service_facts::expected(context);
    for fact in &mut facts {
        fact.service = name.as_str().into();
    }
    facts.extend(pre_start::into_facts(&name, pre_start::expected(context, volumes::expected)));
    facts
}
