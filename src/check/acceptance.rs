//! `accept` entries of the overrides: losses of the conversion, which are not reported again, and findings of the
//! comparison.
//!
//! Invariant: an entry that accepts nothing is an error, so that no entry outlives its difference.

use super::context::ExpectedContext;
use super::facts::{Fact, Kind};
use super::problem::Problem;
use crate::overrides::{Acceptance, Overrides};
use crate::report::{self, Code, Report, Stage, did_you_mean};

/// The report, without the findings that the overrides accept.
pub(super) struct Findings<'a> {
    accept: &'a [Acceptance],
    used: Vec<bool>,
    /// For diagnostics that cannot be accepted.
    pub(super) report: &'a mut Report,
}

impl<'a> Findings<'a> {
    pub(super) fn new(overrides: &'a Overrides, report: &'a mut Report) -> Self {
        Self { accept: &overrides.accept, used: vec![false; overrides.accept.len()], report }
    }

    /// Adds a finding about a fact.
    pub(super) fn add_about_fact(&mut self, fact: &Fact, problem: Problem) {
        self.add_about(&fact.service, Some(fact.kind), &fact.subject, problem);
    }

    /// Adds a finding about a whole service, or about an object without a service.
    pub(super) fn add_about(&mut self, service: &str, kind: Option<Kind>, of: &str, problem: Problem) {
        let problem = report::Problem::from(problem);
        if !self.accepts(problem.code, service, kind, of) {
            self.report.add(problem);
        }
    }

    /// Whether a finding is accepted. Marks the entry as used.
    pub(super) fn accepts(&mut self, found: Code, service: &str, kind: Option<Kind>, of: &str) -> bool {
        let mut accepted = false;
        for (acceptance, used) in self.accept.iter().zip(&mut self.used) {
            let Acceptance { code: _, accepts, service: at, key: _, fact, subject: only, reason: _ } = acceptance;
            // A `pre_start` command and a run belong to their service.
            let whose = service.split(", ").next().unwrap_or_default();
            let speaks_of_it = *accepts == Some(found)
                && at.as_ref().map_or("", |at| at.value.as_str()) == whose
                && fact.as_ref().is_none_or(|fact| Some(fact.value.as_str()) == kind.map(Kind::name))
                && only.as_ref().is_none_or(|only| only.value == of);
            if speaks_of_it {
                *used = true;
                accepted = true;
            }
        }
        accepted
    }

    /// Reports the entries with codes of this stage that accepted nothing.
    pub(super) fn report_unused(self) {
        for (acceptance, _) in self.accept.iter().zip(&self.used).filter(|(_, used)| !**used) {
            let Acceptance { code, accepts, service, key: _, fact, subject: _, reason: _ } = acceptance;
            if accepts.is_none_or(|code| code.stage != Stage::Check) {
                continue;
            }
            let about = service.as_ref().map_or_else(|| "the manifests".to_owned(), |at| format!("`{}`", at.value));
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

/// Whether the overrides accept that the key behind facts of this kind is not translated.
pub(super) fn accepts_loss_of_fact(context: ExpectedContext, kind: Kind) -> bool {
    let keys = match kind {
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
        Kind::Limit => &["pids_limit", "mem_limit", "cpus", "cpu_quota"],
        Kind::Image
        | Kind::ImageTemplate
        | Kind::Pull
        | Kind::Argv
        | Kind::Variable
        | Kind::WorkingDirectory
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
        | Kind::SearchDomains
        | Kind::ResolverOption
        | Kind::Isolated
        | Kind::OutOfReach
        | Kind::PortOutOfReach
        | Kind::Zone
        | Kind::ServiceRange
        | Kind::PodRange
        | Kind::ProxyMode
        | Kind::NodeImage
        | Kind::MountMode
        | Kind::HostType
        | Kind::VolumeOwner
        | Kind::VolumeEmptied
        | Kind::NodeMount
        | Kind::WaitsFor
        | Kind::StartsAfter
        | Kind::Replicas
        | Kind::Started
        | Kind::Renewal
        | Kind::Restart
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
