//! Collects the diagnostics of this stage that the overrides do not accept.
//!
//! Invariant: an `accept` entry silences diagnostics with one code, for one service (or the project) and one key (or
//! any). An entry that silences nothing is reported, so that reasons do not become stale.

use super::pod_problem;
use super::problem::{CODES, Problem};
use super::volume_problem;
use crate::keys::Key;
use crate::overrides::{Acceptance, AcceptanceScope, Overrides};
use crate::report::{self, Finding, Report, Stage, did_you_mean};
use crate::resolve::ServiceName;

/// Diagnostics so far, and which `accept` entries were used.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    accept: &'a [Acceptance],
    used: Vec<Use>,
    found: Report,
}

/// Whether an `accept` entry accepted a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Use {
    Unused,
    /// It names no service, and there is such a diagnostic about this service.
    LacksService(String),
    Used,
}

/// Returns a key's path without `services.*.`, as in diagnostics and `accept` entries, which name the service
/// separately.
pub(super) fn display_name(key: Key) -> &'static str {
    let path = key.path();
    path.strip_prefix("services.*.").unwrap_or(path)
}

impl<'a> Findings<'a> {
    pub(super) fn new(overrides: &'a Overrides) -> Self {
        Self { accept: &overrides.accept, used: vec![Use::Unused; overrides.accept.len()], found: Report::new() }
    }

    /// Adds a diagnostic about a service.
    pub(super) fn for_service(&mut self, service: &ServiceName, problem: impl Into<report::Diagnostic>) {
        self.add(Some(service.as_str()), None, problem);
    }

    /// Adds a diagnostic about a key of a service.
    pub(super) fn for_key(&mut self, service: &ServiceName, key: Key, problem: impl Into<report::Diagnostic>) {
        self.add(Some(service.as_str()), Some(display_name(key)), problem);
    }

    /// Adds a diagnostic about the project.
    pub(super) fn for_project(&mut self, problem: impl Into<report::Diagnostic>) {
        self.add(None, None, problem);
    }

    /// Adds a diagnostic about a top-level key.
    pub(super) fn for_project_key(&mut self, key: Key, problem: impl Into<report::Diagnostic>) {
        self.add(None, Some(display_name(key)), problem);
    }

    /// Adds the verdict of a key, of a service or of the project.
    pub(super) fn for_verdict(&mut self, service: Option<&ServiceName>, key: Key, problem: report::Diagnostic) {
        self.add(service.map(ServiceName::as_str), Some(display_name(key)), problem);
    }

    fn add(&mut self, service: Option<&str>, key: Option<&'static str>, problem: impl Into<report::Diagnostic>) {
        let problem = problem.into();
        let mut accepted = false;
        if problem.code.acceptable {
            for (acceptance, used) in self.accept.iter().zip(&mut self.used) {
                let Acceptance { code: _, accepts, scope, key: only, fact: _, subject: _, reason: _, of_preset: _ } =
                    acceptance;
                let is_meant =
                    *accepts == Some(problem.code) && only.as_ref().is_none_or(|only| Some(only.value.as_str()) == key);
                if is_meant && scope.contains(service) {
                    *used = Use::Used;
                    accepted = true;
                } else if let (true, Use::Unused, AcceptanceScope::Project, Some(service)) =
                    (is_meant, &used, scope, service)
                {
                    *used = Use::LacksService(service.to_owned());
                }
            }
        }
        if !accepted {
            let finding = Finding { service: service.map(str::to_owned), key, ..Finding::default() };
            self.found.add_finding(problem, finding);
        }
    }

    /// Moves all diagnostics into the report, with an error for each unused `accept` entry of this stage.
    pub(super) fn into_report(mut self, report: &mut Report) {
        let accept = self.accept;
        let used = std::mem::take(&mut self.used);
        for (acceptance, used) in accept.iter().zip(used) {
            let of_this_stage = acceptance.accepts.is_none_or(|code| code.stage == Stage::Lower);
            if used != Use::Used && of_this_stage && !acceptance.of_preset {
                let about = acceptance.scope.to_string();
                let code = acceptance.code.value.as_str();
                let known =
                    || CODES.iter().chain(pod_problem::CODES).chain(volume_problem::CODES).map(|code| code.name);
                if let Use::LacksService(service) = used {
                    let (code, at) = (code.to_owned(), acceptance.code.span);
                    self.found.add(Problem::AcceptanceWithoutService { code, service, at });
                    continue;
                }
                let suggestion = if acceptance.accepts.is_some() {
                    None
                } else {
                    let none =
                        || "no finding has this code: `compose2k8s explain CODE` knows those there are".to_owned();
                    Some(did_you_mean(code, known()).unwrap_or_else(none))
                };
                self.found.add(Problem::UnusedAcceptance {
                    code: code.to_owned(),
                    about,
                    suggestion,
                    at: acceptance.code.span,
                });
            }
        }
        report.append(self.found);
    }
}
