//! `accept` entries of the overrides: losses of the conversion, which are not reported again, and findings of the
//! comparison.
//!
//! Invariant: an entry that accepts nothing is an error, so that no entry outlives its difference.

use std::borrow::Cow;

use super::context::ExpectedContext;
use super::facts::{Fact, Kind};
use super::problem::Problem;
use crate::overrides::{Acceptance, AcceptanceScope, Overrides};
use crate::report::{self, Code, Finding, Report, Stage, did_you_mean};

/// The report, without the findings that the overrides accept.
pub(super) struct FindingReport<'a> {
    accept: &'a [Acceptance],
    used: Vec<bool>,
    /// For diagnostics that cannot be accepted.
    pub(super) report: &'a mut Report,
}

/// The facts that a finding is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sides<'a> {
    /// A fact of the Compose side, which the manifests do not have.
    Expected(&'a Fact),
    /// A fact of the manifests, which the Compose side does not have.
    Observed(&'a Fact),
    /// A fact of the Compose side and its counterpart.
    Both(&'a Fact, &'a Fact),
}

impl Sides<'_> {
    /// The fact that names the service, the kind and the subject.
    fn fact(&self) -> &Fact {
        match self {
            Sides::Expected(fact) | Sides::Observed(fact) | Sides::Both(fact, _) => fact,
        }
    }

    /// The finding as fields for programs.
    fn finding(&self) -> Finding {
        let fact = self.fact();
        let (expected, observed) = match self {
            Sides::Expected(fact) => (Some(*fact), None),
            Sides::Observed(fact) => (None, Some(*fact)),
            Sides::Both(fact, other) => (Some(*fact), Some(*other)),
        };
        Finding {
            service: (!fact.service.is_empty()).then(|| fact.service.to_string()),
            key: None,
            fact: Some(fact.kind.name()),
            subject: (!fact.subject.is_empty()).then(|| fact.subject.rendered().into_owned()),
            expected: expected.map(|fact| fact.shown_value().into_owned()),
            observed: observed.map(|fact| fact.shown_value().into_owned()),
        }
    }
}

impl<'a> FindingReport<'a> {
    pub(super) fn new(overrides: &'a Overrides, report: &'a mut Report) -> Self {
        Self { accept: &overrides.accept, used: vec![false; overrides.accept.len()], report }
    }

    /// Adds a finding about facts, unless it is accepted.
    pub(super) fn add(&mut self, sides: Sides<'_>, problem: Problem) {
        let problem = report::Diagnostic::from(problem);
        let fact = sides.fact();
        if !self.accepts(problem.code, &fact.service, Some(fact)) {
            self.report.add_finding(problem, sides.finding());
        }
    }

    /// Adds a finding about a service as a whole, unless it is accepted.
    pub(super) fn add_for_service(&mut self, service: &str, problem: Problem) {
        let problem = report::Diagnostic::from(problem);
        if !self.accepts(problem.code, service, None) {
            let finding = Finding { service: Some(service.to_owned()), ..Finding::default() };
            self.report.add_finding(problem, finding);
        }
    }

    /// Adds a finding about a workload that runs no service, unless it is accepted.
    pub(super) fn add_for_workload(&mut self, name: &str, problem: Problem) {
        let problem = report::Diagnostic::from(problem);
        let accepted = self.use_entries(|acceptance| {
            let Acceptance { code: _, accepts, scope, key: _, fact, subject, reason: _, of_preset: _ } = acceptance;
            *accepts == Some(problem.code)
                && *scope == AcceptanceScope::Project
                && fact.is_none()
                && subject.as_ref().is_none_or(|subject| subject.value == name)
        });
        if !accepted {
            let finding = Finding { subject: Some(name.to_owned()), ..Finding::default() };
            self.report.add_finding(problem, finding);
        }
    }

    /// Whether an entry accepts a finding about a service, or about one of its facts. The entry then counts as used.
    pub(super) fn accepts(&mut self, found: Code, service: &str, about: Option<&Fact>) -> bool {
        self.use_entries(|acceptance| {
            let Acceptance { code: _, accepts, scope, key: _, fact, subject, reason: _, of_preset: _ } = acceptance;
            *accepts == Some(found)
                && scope.contains(Some(service).filter(|service| !service.is_empty()))
                && fact.as_ref().is_none_or(|fact| about.is_some_and(|about| fact.value == about.kind.name()))
                && subject.as_ref().is_none_or(|subject| {
                    about.map_or(Cow::Borrowed(""), |about| about.subject.rendered()) == subject.value
                })
        })
    }

    /// Whether some entries accept a finding. They then count as used.
    fn use_entries(&mut self, accepts: impl Fn(&Acceptance) -> bool) -> bool {
        let mut accepted = false;
        for (acceptance, used) in self.accept.iter().zip(&mut self.used) {
            if accepts(acceptance) {
                *used = true;
                accepted = true;
            }
        }
        accepted
    }

    /// Reports the entries with codes of this stage that accepted nothing.
    pub(super) fn report_unused(self) {
        for (acceptance, _) in self.accept.iter().zip(&self.used).filter(|(_, used)| !**used) {
            let Acceptance { code, accepts, scope, key: _, fact, subject: _, reason: _, of_preset } = acceptance;
            if *of_preset || accepts.is_none_or(|code| code.stage != Stage::Check) {
                continue;
            }
            let about = match scope {
                AcceptanceScope::Project => "the manifests".to_owned(),
                AcceptanceScope::EveryService | AcceptanceScope::Services(_) => scope.to_string(),
            };
            let words = || Kind::ALL.iter().map(|kind| kind.name());
            let unknown = fact.as_ref().filter(|fact| !words().any(|word| word == fact.value));
            let suggestion = unknown.map(|fact| {
                let none = || format!("`{}` is no fact: `compose2k8s explain facts` lists them", fact.value);
                did_you_mean(&fact.value, words()).unwrap_or_else(none)
            });
            self.report.add(Problem::UnusedAcceptance { code: code.value.clone(), about, suggestion, at: code.span });
        }
    }
}

/// Whether the manifests need not state the fact, because the key behind it is not translated.
pub(super) fn accepts_loss_of_fact(context: ExpectedContext, fact: &Fact) -> bool {
    let keys = match fact.kind {
        Kind::User => &["user"][..],
        Kind::Group => &["group_add"],
        Kind::Security => &["security_opt"],
        Kind::Device => &["devices", "gpus"],
        Kind::HostName => &["hostname", "domainname"],
        Kind::Host => &["extra_hosts"],
        Kind::Hook => &["post_start", "pre_stop"],
        Kind::Published => &["ports"],
        Kind::Shares => &["pid", "ipc", "userns_mode", "init"],
        Kind::Sysctl => &["sysctls"],
        Kind::Platform => &["platform"],
        Kind::Runtime => &["runtime"],
        Kind::StopSignal => &["stop_signal"],
        Kind::Label => &["labels", "annotations"],
        Kind::Mount => &["volumes", "tmpfs", "configs", "secrets", "shm_size"],
        Kind::SharesNetwork => &["network_mode"],
        Kind::NameServers => &["dns"],
        Kind::Outward => &["networks.*.internal"],
        Kind::Limit => match fact.subject.name() {
            Some("cpu") => &["cpus", "cpu_quota"][..],
            Some("memory") => &["mem_limit"],
            Some("processes" | "ephemeral-storage") | None => &["pids_limit"],
            Some(_) => &["ulimits"],
        },
        Kind::Image
        | Kind::ImageTemplate
        | Kind::Pull
        | Kind::Argv
        | Kind::Variable
        | Kind::WorkingDirectory
        | Kind::ImageGroups
        | Kind::Terminal
        | Kind::Stdin
        | Kind::Privileged
        | Kind::ReadOnlyRoot
        | Kind::Capability
        | Kind::Reservation
        | Kind::StopGrace
        | Kind::ServiceVariables
        | Kind::Credentials
        | Kind::Beside
        | Kind::Before
        | Kind::HelperImage
        | Kind::Name
        | Kind::NameUnready
        | Kind::NameOpen
        | Kind::Dialled
        | Kind::Address
        | Kind::Port
        | Kind::DockerDns
        | Kind::SearchDomains
        | Kind::ResolverOption
        | Kind::Isolated
        | Kind::OutOfReach
        | Kind::PortOutOfReach
        | Kind::ServiceRange
        | Kind::PodRange
        | Kind::ProxyMode
        | Kind::NodeImage
        | Kind::MountMode
        | Kind::HostType
        | Kind::VolumeOwner
        | Kind::VolumeEmptied
        | Kind::FirstContent
        | Kind::NodeMount
        | Kind::WaitsFor
        | Kind::StartsAfter
        | Kind::Replicas
        | Kind::Started
        | Kind::Renewal
        | Kind::Restart
        | Kind::RestartLimit
        | Kind::Probe
        | Kind::ProbeInterval
        | Kind::ProbeTimeout
        | Kind::ProbeRetries
        | Kind::ProbeStart
        | Kind::ProbeDelay
        | Kind::ProbeSuccesses
        | Kind::Killed => &[],
    };
    context.accepts_loss_of(keys)
}
