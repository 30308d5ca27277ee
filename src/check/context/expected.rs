//! [`ExpectedContext`]: the Compose side of one service.

use super::project_index::ProjectIndex;
use crate::keys::{Key, Verdict};
use crate::overrides::{Overrides, ServiceChoice};
use crate::report::Severity;
use crate::resolve::{Project, Service};
use crate::text::{Span, Spanned};

/// How the service that a pod runs is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceRole {
    /// A service, as `docker compose up` starts it.
    Service,
    /// A service that runs to completion before the others, as `docker compose run` starts it.
    SetupRun,
    /// A declared run, as `docker compose run` starts it. Its command is given when it starts.
    DeclaredRun,
}

/// The Compose side of one service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExpectedContext<'a> {
    pub(crate) project: &'a Project,
    pub(crate) overrides: &'a Overrides,
    pub(crate) service: &'a Service,
    pub(crate) role: ServiceRole,
    pub(crate) index: &'a ProjectIndex<'a>,
}

impl<'a> ExpectedContext<'a> {
    /// Returns what the overrides state for the service.
    pub(crate) fn choice(&self) -> Option<&'a ServiceChoice> {
        self.overrides.services.get(self.service.name.value.as_str())
    }

    /// Whether a service is deployed in any case: it is active, or the overrides separate networks.
    pub(crate) fn is_deployed(&self, service: &Service) -> bool {
        service.order.active || self.overrides.separation.is_some()
    }

    /// Returns the location of facts that the Compose file implies without stating them: the service's name.
    pub(crate) fn fallback_span(&self) -> Span {
        self.service.name.span
    }

    /// Whether one of these keys of the service need not be in the manifests: Kubernetes does not support it and the service
    /// runs without it, or the overrides accept its loss.
    pub(crate) fn accepts_loss_of(&self, keys: &[&str]) -> bool {
        let unsupported = |used: &Spanned<Key>| {
            let key = used.value;
            let is_dropped = key.verdict() == Verdict::NoEquivalent && key.severity() != Some(Severity::Error);
            is_dropped && key.path().strip_prefix("services.*.").is_some_and(|path| keys.contains(&path))
        };
        !keys.is_empty() && self.service.used_keys.iter().any(unsupported)
            || self.index.acceptances(&self.service.name.value).any(|acceptance| {
                match (&acceptance.key, acceptance.accepts) {
                    (Some(key), _) => keys.contains(&key.value.as_str()),
                    (None, Some(code)) => code.keys.iter().any(|key| keys.contains(key)),
                    (None, None) => false,
                }
            })
    }
}
