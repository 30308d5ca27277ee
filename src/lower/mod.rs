//! Converts a [`Project`] and [`Overrides`] to [`Objects`].
//!
//! Input: the Compose model. Output: typed Kubernetes objects, and plans for the cluster and the scripts.
//!
//! Imports run one way: `objects`, `target`, `analysis`, `context`, `pod`, the topics (`process`, `networks`,
//! `volumes`, `order`, `health`), `assemble`, `mod`.
//!
//! Invariant: no clock, randomness, process environment or absolute path of the host: the same input gives the same
//! objects.
//! Invariant: each topic destructures its whole input without `..`, so that a forgotten field does not compile.
//! Invariant: only `analysis` creates a [`Name`]; it checks RFC 1123 and collisions.
//! Invariant: nothing is lost silently: a key is translated, or a diagnostic names it and its service.
//! Invariant: only `target` depends on the kind of cluster.

mod analysis;
mod assemble;
mod cluster_plan;
mod context;
mod findings;
mod health;
mod key_verdicts;
mod networks;
pub mod node_mounts;
pub mod objects;
mod order;
mod pod;
pub(crate) mod pod_problem;
pub(crate) mod problem;
mod process;
mod runs;
mod script_plan;
mod target;
#[cfg(test)]
mod tests;
pub(crate) mod volume_problem;
mod volumes;

pub use objects::{Name, Objects, ServiceObjects};
pub use runs::RunProject;

use analysis::{dependencies, names, resolver, subnets};
use context::{Context, NodeRequirements};
use findings::Findings;

use target::Target;

use std::collections::BTreeMap;

use crate::overrides::Overrides;
use crate::report::{Diagnostic, Report, Stopped};
use crate::resolve::{Project, ServiceName};
use crate::text::Span;

/// Returns the warning that an inactive service is not part of the output.
pub(crate) fn left_out(service: &ServiceName, why: String, at: Vec<Span>) -> Diagnostic {
    problem::Problem::LeftOut { service: service.to_string(), why, at }.into()
}

/// Converts a project. Setup services are taken from `project`, each run from its own merged project.
///
/// # Errors
/// Returns [`Stopped`] if the report has an error: Kubernetes does not support a key and the overrides do not accept
/// that, or two names, addresses or ports conflict.
pub fn lower(
    project: &Project,
    overrides: &Overrides,
    runs: &[RunProject],
    report: &mut Report,
) -> Result<Objects, Stopped> {
    lower_each(project, overrides, runs, report, |service| service)
}

/// Converts a project service by service. `each` processes the objects of one service as soon as they are complete, so
/// that those of a large project are not all in memory. It is also called for a project that is rejected later.
///
/// # Errors
/// See [`lower`].
pub(crate) fn lower_each<S>(
    project: &Project,
    overrides: &Overrides,
    runs: &[RunProject],
    report: &mut Report,
    each: impl FnMut(ServiceObjects) -> S,
) -> Result<Objects<S>, Stopped> {
    let mut findings = Findings::new(overrides);
    let objects = lowered(project, overrides, runs, &mut findings, each);
    findings.into_report(report);
    report.stop_on_error()?;
    objects
}

fn lowered<S>(
    project: &Project,
    overrides: &Overrides,
    runs: &[RunProject],
    findings: &mut Findings,
    each: impl FnMut(ServiceObjects) -> S,
) -> Result<Objects<S>, Stopped> {
    key_verdicts::report_key_verdicts(project, overrides, findings);
    for run in runs {
        key_verdicts::report_run_key_verdicts(
            run.project,
            run.run.service.value.as_str(),
            project,
            overrides,
            findings,
        );
    }
    let target = Target::Kind;
    let start_order = dependencies::find_start_order(project, overrides, findings);
    let names = names::assign_names(project, overrides, &start_order, findings).ok_or(Stopped)?;
    let subnets = subnets::choose_subnets(project, overrides, target, findings);
    let run_projects: Vec<&Project> = runs.iter().map(|run| run.project).collect();
    let resolver = resolver::plan_resolver((project, overrides), &run_projects, &names, &subnets, target, findings);
    let context = Context {
        project,
        overrides,
        names: &names,
        start_order: &start_order,
        subnets: &subnets,
        resolver: resolver.as_ref(),
        ephemeral_volumes: &BTreeMap::new(),
        target,
        role: context::PodRole::Service,
        run: None,
    };
    let mut requirements = NodeRequirements {
        port_conflicts: project.port_conflicts(|service| !start_order.is_setup(&service.name.value)),
        ..NodeRequirements::default()
    };
    let ephemeral = runs::ephemeral_runs(context, &mut requirements, findings);
    let context = Context { ephemeral_volumes: &ephemeral.volumes, ..context };
    let services = assemble::all_service_objects(context, &mut requirements, findings, each);
    let mut pods = runs::run_pods(context, runs, &mut requirements, findings);
    pods.extend(ephemeral.pods);
    let cluster = cluster_plan::cluster_plan(context, &mut requirements);
    let plan = script_plan::script_plan(context, &mut requirements);
    let secrets = std::mem::take(&mut requirements.secrets);
    let secret_templates = std::mem::take(&mut requirements.secret_templates);
    Ok(Objects {
        project: context.project_name().to_owned(),
        namespace: names.namespace.clone(),
        shared: assemble::shared_objects(context, requirements, findings),
        resolver: resolver.as_ref().map(|resolver| networks::resolver::resolver_objects(resolver, context)),
        secrets,
        secret_templates,
        services,
        runs: pods,
        cluster,
        plan,
    })
}
