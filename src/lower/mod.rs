//! [`Project`](crate::resolve::Project) and [`Overrides`](crate::overrides::Overrides) to [`Objects`].
//!
//! In: what Compose says. Out: what Kubernetes shall say, typed.
//!
//! Invariant: no clock, no randomness, no process environment, no path of the machine: same input, same objects.
//! Invariant: each topic file opens by destructuring its whole input without `..`; a forgotten field does not compile.
//! Invariant: an object's [`Name`] has one constructor, which knows RFC 1123 and collisions.
//! Invariant: nothing is lost in silence: a key is translated, or a problem names it with its service.

mod analysis;
mod assemble;
mod cluster_plan;
mod context;
mod findings;
mod health;
mod key_verdicts;
mod networks;
pub mod objects;
mod order;
mod pod;
pub(crate) mod problem;
mod process;
mod runs;
mod script_plan;
mod target;
#[cfg(test)]
mod tests;
mod unique;
mod volumes;

pub use objects::{Name, Objects, ServiceObjects};
pub use runs::RunProject;

use analysis::{dependencies, names, subnets};
use context::{Context, NodeRequirements};
use findings::Findings;

use target::Target;

use crate::overrides::Overrides;
use crate::report::{Report, Stopped};
use crate::resolve::Project;

/// Lowers a project. Setup services are taken from `project`, each run from its own merged project.
///
/// # Errors
/// [`Stopped`] where Kubernetes cannot do what Compose says and the overrides do not accept the difference, or where
/// two names, addresses or ports exclude each other; the report then says which and where.
pub fn lower(
    project: &Project,
    overrides: &Overrides,
    runs: &[RunProject],
    report: &mut Report,
) -> Result<Objects, Stopped> {
    lower_each(project, overrides, runs, report, |service| service)
}

/// The same, service by service: `each` makes of a service's objects what is kept of them, so that a large project's need
/// not all be there at once. It is also asked of a project that is refused in the end.
///
/// # Errors
/// As those of [`lower`].
pub fn lower_each<S>(
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
    let context = Context {
        project,
        overrides,
        names: &names,
        start_order: &start_order,
        subnets: &subnets,
        target,
        role: context::PodRole::Service,
    };
    let mut requirements = NodeRequirements::default();
    let services = assemble::all_service_objects(context, &mut requirements, findings, each);
    let pods = runs::run_pods(context, runs, &mut requirements, findings);
    let cluster = cluster_plan::cluster_plan(context, &mut requirements);
    let plan = script_plan::script_plan(context, &mut requirements);
    Ok(Objects {
        project: context.project_name().to_owned(),
        namespace: names.namespace.clone(),
        shared: assemble::shared_objects(context, requirements, findings),
        services,
        runs: pods,
        cluster,
        plan,
    })
}
