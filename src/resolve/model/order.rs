//! Topic *order*: the model of `depends_on`, profiles, restarts and replicas.

use super::service_name::ServiceName;
use crate::resolve::units::Duration;
use crate::text::Spanned;

/// The dependencies of a service, and how it is restarted and scaled.
#[derive(Debug, Clone)]
pub struct Order {
    /// `depends_on`, and the dependencies that `links`, `volumes_from` and `network_mode: service:` imply, in file
    /// order.
    pub waits: Vec<Dependency>,
    /// `profiles`.
    pub profiles: Vec<Spanned<String>>,
    /// Whether `docker compose up` starts the service: it has no profile, or an active one.
    pub active: bool,
    /// `deploy.restart_policy`, else `restart`. `None` if neither says when to restart, which means `no`.
    pub restart: Option<Spanned<Restart>>,
    /// `deploy.replicas`, else `scale`.
    pub replicas: Option<Spanned<u32>>,
    /// `deploy.mode`, as written: `replicated`, `global`, `replicated-job`, `global-job`.
    pub mode: Option<Spanned<String>>,
}

impl Order {
    /// Returns the number of replicas; the default is 1.
    #[must_use]
    pub fn replica_count(&self) -> u32 {
        self.replicas.as_ref().map_or(1, |replicas| replicas.value)
    }

    /// Whether the file says that the container stays ended, at the latest after it succeeds.
    #[must_use]
    pub fn ends(&self) -> bool {
        self.restart.as_ref().is_some_and(|restart| matches!(restart.value, Restart::No | Restart::OnFailure(_)))
    }
}

/// One `depends_on` entry.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// The other service.
    pub on: Spanned<ServiceName>,
    /// The state that the other service must reach.
    pub condition: Condition,
    /// Whether a missing or inactive service is an error.
    pub required: bool,
    /// `restart: true`: this service restarts when the other one is restarted.
    pub restart: bool,
}

/// The state that a dependency must reach.
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
    /// `on-failure[:N]`, with the number of restarts if it is limited.
    OnFailure(Option<u32>),
    /// `unless-stopped`.
    UnlessStopped,
}

/// The default of `stop_grace_period`: Compose kills a container 10 s after its stop signal.
pub const DEFAULT_GRACE: Duration = Duration(10_000_000_000);
