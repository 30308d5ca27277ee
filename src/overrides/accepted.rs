//! Accepted differences.

use crate::report::Code;
use crate::resolve::ServiceName;
use crate::text::Spanned;

/// An accepted difference: of the translation, or between the Compose file and manifests.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The code, as in the file.
    pub code: Spanned<String>,
    /// The diagnostic that has this code. `None` if the code begins with `lower::` but no diagnostic has it; `lower` reports
    /// that.
    pub accepts: Option<Code>,
    /// The services.
    pub scope: AcceptanceScope,
    /// The Compose key (`cgroup_parent`), for codes that concern several keys.
    pub key: Option<Spanned<String>>,
    /// The kind of fact that a difference is about, by the name of a [`crate::check::Kind`], not looked up yet; `None` for
    /// any kind.
    pub fact: Option<Spanned<String>>,
    /// The fact's subject: the name of a variable, a path, a port. For `check::surplus_workload`, the workload's name.
    pub subject: Option<Spanned<String>>,
    /// The reason why the difference is acceptable.
    pub reason: String,
    /// Whether the entry is one of a preset, which also has entries for other states of its project.
    pub of_preset: bool,
}

/// What an `accept` entry applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptanceScope {
    /// Differences of the project as a whole: the entry names no service.
    Project,
    /// Differences of every service: `service: "*"`.
    EveryService,
    /// Differences of these services.
    Services(Vec<ServiceName>),
}

impl AcceptanceScope {
    /// Whether a difference of a service, or of the project if there is none, is in scope.
    #[must_use]
    pub fn contains(&self, service: Option<&str>) -> bool {
        match (self, service) {
            (Self::Project, service) => service.is_none(),
            (Self::EveryService, service) => service.is_some(),
            (Self::Services(names), Some(service)) => names.iter().any(|name| name.as_str() == service),
            (Self::Services(_), None) => false,
        }
    }
}

impl std::fmt::Display for AcceptanceScope {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Project => formatter.write_str("the project"),
            Self::EveryService => formatter.write_str("every service"),
            Self::Services(names) => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                formatter.write_str(&names.join(", "))
            }
        }
    }
}
