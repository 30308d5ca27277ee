//! Topic *order*: reads `depends_on`, profiles, restarts and replicas.

use super::fields::{Fields, spanned_string};
use crate::keys::Key;
use crate::report::Report;
use crate::resolve::model::order::{Condition, Dependency, Order, Restart};
use crate::resolve::model::service_name::ServiceNames;
use crate::text::Spanned;

/// Takes the keys of the topic.
pub(crate) fn take_order(fields: &mut Fields<'_>, active: bool, names: &ServiceNames, report: &mut Report) -> Order {
    let mut waits = Vec::new();
    for (name, tree, mut wait) in fields.take_named(Key::DependsOn) {
        let condition = match wait.take_text(Key::DependsOnCondition).map(|text| text.value).as_deref() {
            Some("service_healthy") => Condition::Healthy,
            Some("service_completed_successfully") => Condition::Completed,
            Some(_) | None => Condition::Started,
        };
        let required =
            tree.get("required").is_none() || wait.take_flag(Key::DependsOnRequired).is_some_and(|flag| flag.value);
        let restart = wait.take_flag(Key::DependsOnRestart).is_some_and(|flag| flag.value);
        wait.skip(&[Key::DependsOnRequired]);
        wait.finish(report);
        if let Some(on) = fields.service(&name, names, report) {
            waits.push(Dependency { on, condition, required, restart });
        }
    }
    let deploy = |keys: &[&str], fields: &mut Fields<'_>| {
        let deploy = fields.take(Key::Deploy)?;
        keys.iter().try_fold(deploy, |tree, key| tree.get(key)).filter(|tree| !tree.is_null()).map(spanned_string)
    };
    let mode = deploy(&["mode"], fields);
    let condition = deploy(&["restart_policy", "condition"], fields);
    let attempts = deploy(&["restart_policy", "max_attempts"], fields).and_then(|text| text.value.parse().ok());
    let has_policy = deploy(&["restart_policy"], fields).is_some();
    let own_restart = take_restart(fields, report);
    // Docker Compose ignores `restart` beside a policy, also beside one without a condition.
    let restart = match condition {
        Some(condition) => policy(&condition, attempts, fields, report),
        None => own_restart.filter(|_| !has_policy),
    };
    let own = fields.take_whole(Key::Scale);
    let replicas =
        fields.take_mapping(Key::Deploy).and_then(|mut deploy| deploy.take_whole(Key::DeployReplicas)).or(own);
    Order {
        waits,
        profiles: fields.take_texts(Key::Profiles),
        active,
        restart,
        replicas: replicas.map(|count| count.map(|count| u32::try_from(count).unwrap_or(u32::MAX))),
        mode,
    }
}

fn take_restart(fields: &mut Fields<'_>, report: &mut Report) -> Option<Spanned<Restart>> {
    let written = fields.take_text(Key::Restart)?;
    let restart = match written.value.split_once(':') {
        None => match written.value.as_str() {
            "no" => Some(Restart::No),
            "always" => Some(Restart::Always),
            "on-failure" => Some(Restart::OnFailure(None)),
            "unless-stopped" => Some(Restart::UnlessStopped),
            _ => None,
        },
        Some(("on-failure", times)) => times.parse().ok().map(|times| Restart::OnFailure(limit(Some(times)))),
        Some(_) => None,
    };
    if restart.is_none() {
        let why =
            format!("`restart: {}` is none of `no`, `always`, `on-failure[:TIMES]`, `unless-stopped`", written.value);
        fields.not_possible(why, written.span, report);
    }
    restart.map(|restart| Spanned::new(restart, written.span))
}

/// Returns the restarts of `deploy.restart_policy`.
fn policy(
    condition: &Spanned<String>,
    attempts: Option<u32>,
    fields: &Fields<'_>,
    report: &mut Report,
) -> Option<Spanned<Restart>> {
    let restart = match condition.value.as_str() {
        "none" | "no" => Restart::No,
        "on-failure" => Restart::OnFailure(limit(attempts)),
        "any" | "always" => Restart::Always,
        "unless-stopped" => Restart::UnlessStopped,
        "" => return None,
        other => {
            let why = format!("`deploy.restart_policy.condition: {other}` is none of `none`, `on-failure`, `any`");
            fields.not_possible(why, condition.span, report);
            return None;
        }
    };
    Some(Spanned::new(restart, condition.span))
}

/// Returns a limit of restarts. 0 is none, as in Docker.
fn limit(times: Option<u32>) -> Option<u32> {
    times.filter(|times| *times > 0)
}

/// Skips the remaining keys of `deploy`: topics read the rest, or only Swarm uses them.
pub(crate) fn account_for_deploy(fields: &mut Fields<'_>, report: &mut Report) {
    let Some(mut rest) = fields.take_mapping(Key::Deploy) else { return };
    rest.skip(&[
        Key::DeployMode,
        Key::DeployReplicas,
        Key::DeployLabels,
        Key::DeployUpdateConfig,
        Key::DeployRollbackConfig,
        Key::DeployResources,
        Key::DeployRestartPolicy,
        Key::DeployPlacement,
        Key::DeployEndpointMode,
    ]);
    rest.finish(report);
}
