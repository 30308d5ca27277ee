//! Topic *order*: `depends_on`, profiles, restart, replicas.

use super::service_name::ServiceName;
use crate::resolve::units::Duration;
use crate::text::Spanned;

/// What a service waits for, and how it is kept running.
#[derive(Debug, Clone)]
pub struct Order {
    /// `depends_on` (and what `links`, `volumes_from`, `network_mode: service:` imply), in the order written.
    pub waits: Vec<Dependency>,
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
pub struct Dependency {
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
