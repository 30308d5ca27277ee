//! Topic *order*: `depends_on`, profiles, restart, replicas.

use super::fields::{Fields, text};
use super::project::{Names, ServiceName};
use super::units::Duration;
use crate::keys::Key;
use crate::report::Report;
use crate::text::Spanned;

/// What a service waits for, and how it is kept running.
#[derive(Debug, Clone)]
pub struct Order {
    /// `depends_on` (and what `links`, `volumes_from`, `network_mode: service:` imply), in the order written.
    pub waits: Vec<Wait>,
    /// `profiles`.
    pub profiles: Vec<Spanned<String>>,
    /// Whether the service is started without being named: it has no profile, or a chosen one.
    pub active: bool,
    /// `restart`.
    pub restart: Option<Spanned<Restart>>,
    /// `deploy.restart_policy.condition`, as written: `none`, `on-failure`, `any`.
    pub restart_condition: Option<Spanned<String>>,
    /// `deploy.replicas`, else `scale`.
    pub replicas: Option<Spanned<u32>>,
    /// `deploy.mode`, as written: `replicated`, `global`, `replicated-job`, `global-job`.
    pub mode: Option<Spanned<String>>,
}

/// One dependency.
#[derive(Debug, Clone)]
pub struct Wait {
    /// The other service.
    pub on: Spanned<ServiceName>,
    /// How far it must be.
    pub condition: Condition,
    /// `required: false`: its absence is no error.
    pub required: bool,
    /// `restart: true`: this service restarts with it.
    pub restart: bool,
}

/// How far a dependency must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// `service_started`.
    Started,
    /// `service_healthy`.
    Healthy,
    /// `service_completed_successfully`.
    Completed,
}

/// `restart`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// `no`, Compose's default.
    No,
    /// `always`.
    Always,
    /// `on-failure[:N]`.
    OnFailure(Option<u32>),
    /// `unless-stopped`.
    UnlessStopped,
}

/// Compose waits this long between asking a container to stop and killing it.
pub const DEFAULT_GRACE: Duration = Duration(10_000_000_000);

impl Order {
    /// Takes the topic's keys.
    pub(super) fn read(fields: &mut Fields<'_>, active: bool, names: &Names, report: &mut Report) -> Self {
        let mut waits = Vec::new();
        for (name, tree, mut wait) in fields.named(Key::DependsOn) {
            let condition = match wait.text(Key::DependsOnCondition).map(|text| text.value).as_deref() {
                Some("service_healthy") => Condition::Healthy,
                Some("service_completed_successfully") => Condition::Completed,
                Some(_) | None => Condition::Started,
            };
            let required =
                tree.get("required").is_none() || wait.flag(Key::DependsOnRequired).is_some_and(|flag| flag.value);
            let restart = wait.flag(Key::DependsOnRestart).is_some_and(|flag| flag.value);
            wait.leave(&[Key::DependsOnRequired]);
            wait.finish(report);
            if let Some(on) = names.service(&name, fields, report) {
                waits.push(Wait { on, condition, required, restart });
            }
        }
        let deploy = |keys: &[&str], fields: &mut Fields<'_>| {
            let deploy = fields.take(Key::Deploy)?;
            keys.iter().try_fold(deploy, |tree, key| tree.get(key)).filter(|tree| !tree.is_null()).map(text)
        };
        let mode = deploy(&["mode"], fields);
        let restart_condition = deploy(&["restart_policy", "condition"], fields);
        let own = fields.whole(Key::Scale);
        let replicas = fields.below(Key::Deploy).and_then(|mut deploy| deploy.whole(Key::DeployReplicas)).or(own);
        Self {
            waits,
            profiles: fields.texts(Key::Profiles),
            active,
            restart: restart(fields, report),
            restart_condition,
            replicas: replicas.map(|count| count.map(|count| u32::try_from(count).unwrap_or(u32::MAX))),
            mode,
        }
    }
}

fn restart(fields: &mut Fields<'_>, report: &mut Report) -> Option<Spanned<Restart>> {
    let written = fields.text(Key::Restart)?;
    let restart = match written.value.split_once(':') {
        None => match written.value.as_str() {
            "no" => Some(Restart::No),
            "always" => Some(Restart::Always),
            "on-failure" => Some(Restart::OnFailure(None)),
            "unless-stopped" => Some(Restart::UnlessStopped),
            _ => None,
        },
        Some(("on-failure", times)) => times.parse().ok().map(|times| Restart::OnFailure(Some(times))),
        Some(_) => None,
    };
    if restart.is_none() {
        let why =
            format!("`restart: {}` is none of `no`, `always`, `on-failure[:TIMES]`, `unless-stopped`", written.value);
        fields.not_possible(why, written.span, report);
    }
    restart.map(|restart| Spanned::new(restart, written.span))
}

/// Accounts for `deploy`, whose keys the topics read; the rest of it is for Swarm alone.
pub(super) fn account_for_deploy(fields: &mut Fields<'_>, report: &mut Report) {
    let Some(mut rest) = fields.below(Key::Deploy) else { return };
    rest.leave(&[
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
