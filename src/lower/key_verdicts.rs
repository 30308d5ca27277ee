//! Reports the verdict of every key that the project uses, and differences that depend on the whole project.
//!
//! Invariant: each diagnostic about a key has the severity that the key table states.
//! Invariant: an approximated key is reported once per service, and only if its value makes a difference.

use crate::lower::volume_problem::Problem as VolumeProblem;
use crate::maps::IndexMap;

use super::findings::{Findings, display_name};
use super::problem::Problem;
use super::process::devices;
use crate::keys::{Key, Verdict};
use crate::maps::push_unique;
use crate::overrides::{self, Overrides};
use crate::report::{self, Severity};
use crate::resolve::UsedKey;
use crate::resolve::health::{Health, Healthcheck};
use crate::resolve::networks::Attachment;
use crate::resolve::order::Condition;
use crate::resolve::process::Hook;
use crate::resolve::units::Duration;
use crate::resolve::volumes::{ConfigOrSecret, ConfigOrSecretSource};
use crate::resolve::{Project, Service, ServiceName};
use crate::text::{Span, Spanned};
use crate::words::quoted_list;

/// Reports the verdicts of all keys, and the differences that depend on the whole project.
pub(super) fn report_key_verdicts(project: &Project, overrides: &Overrides, findings: &mut Findings) {
    let used_keys: Vec<Spanned<Key>> = project.used_keys.iter().map(|met| met.key).collect();
    // NetworkPolicies isolate internal networks.
    let kept = |key| key == Key::TopNetworksInternal && overrides.separation.is_some();
    for (key, at) in keys_to_report(&used_keys, |key| makes_difference(PROJECT_KEYS, key, project) && !kept(key)) {
        report_verdict(None, owner_description(project, key), key, None, at, findings);
    }
    for (name, service) in &project.services {
        report_service_key_verdicts(name, service, overrides, findings, |_| true);
    }
    report_separation(project, overrides, findings);
    report_lost_data(project, overrides, findings);
}

/// Reports the keys that the additional files of a run add to its service.
pub(super) fn report_run_key_verdicts(
    run: &Project,
    service: &str,
    project: &Project,
    overrides: &Overrides,
    findings: &mut Findings,
) {
    let Some((name, merged)) = run.services.get_key_value(service) else { return };
    let known: Vec<Key> = project
        .services
        .get(service)
        .map(|service| service.used_keys.iter().map(|met| met.value).collect())
        .unwrap_or_default();
    report_service_key_verdicts(name, merged, overrides, findings, |key| !known.contains(&key));
}

fn report_service_key_verdicts(
    name: &ServiceName,
    service: &Service,
    overrides: &Overrides,
    findings: &mut Findings,
    new: impl Fn(Key) -> bool,
) {
    let given = |key| devices::has_device_plugin(key, service, overrides);
    devices::report_device_plugins(name, service, overrides, findings, &new);
    devices::report_cdi_devices(name, service, overrides, findings, &new);
    for (key, at) in keys_to_report(&service.used_keys, |key| {
        new(key) && makes_difference(SERVICE_KEYS, key, service) && !given(key)
    }) {
        let advice = devices::plugin_advice(key, service, overrides);
        report_verdict(Some(name), format!("`{name}`"), key, advice, at, findings);
    }
}

/// Returns the keys to report with their places, without keys below another one with the same verdict.
fn keys_to_report(used_keys: &[Spanned<Key>], makes_difference: impl Fn(Key) -> bool) -> IndexMap<Key, Vec<Span>> {
    let mut keys: IndexMap<Key, Vec<Span>> = IndexMap::default();
    for Spanned { value, span } in used_keys.iter().filter(|used| makes_difference(used.value)) {
        let places = keys.entry(*value).or_default();
        if !places.contains(span) {
            places.push(*span);
        }
    }
    let all: Vec<Key> = keys.keys().copied().collect();
    keys.retain(|key, _| !all.iter().any(|parent| parent.verdict() == key.verdict() && is_below(*key, *parent)));
    keys
}

fn is_below(key: Key, parent: Key) -> bool {
    key.path().strip_prefix(parent.path()).is_some_and(|rest| rest.starts_with('.') || rest.starts_with("[]"))
}

/// Describes the owner of a top-level key: one secret, or several networks.
fn owner_description(project: &Project, key: Key) -> String {
    let mut names: Vec<String> = Vec::new();
    for UsedKey { key: used, owner } in &project.used_keys {
        if let (true, Some(owner)) = (used.value == key, owner) {
            push_unique(&mut names, format!("`{owner}`"));
        }
    }
    // The owner's kind is the first part of the path: `secrets` of `secrets.*.driver`.
    let kind = key.path().split('.').next().unwrap_or_default();
    match names.as_slice() {
        [] => "the project".to_owned(),
        [one] => format!("the {} {one}", kind.trim_end_matches('s')),
        _ => format!("the {kind} {}", names.join(", ")),
    }
}

/// Reports the verdict of a key. `advice` is what to do instead, if the sentence of the key table is not precise.
fn report_verdict(
    service: Option<&ServiceName>,
    owner: String,
    key: Key,
    advice: Option<String>,
    at: Vec<Span>,
    findings: &mut Findings,
) {
    let Some(severity) = key.severity() else { return };
    let key_name = display_name(key).to_owned();
    let sentence = advice.unwrap_or_else(|| key.place().to_owned());
    let problem = match key.verdict() {
        Verdict::Mapped | Verdict::Consumed => return,
        Verdict::NoEquivalent => {
            let advice = match severity {
                Severity::Error => format!("{sentence}; or {ACCEPT}"),
                Severity::Warning | Severity::Advice => sentence,
            };
            Problem::NoEquivalent { key: key_name, owner, advice, at }
        }
        Verdict::Approximated => {
            let advice = match severity {
                Severity::Error => Some(format!("{}; or {ACCEPT}", separation_advice(key))),
                Severity::Warning | Severity::Advice => None,
            };
            Problem::Approximated { key: key_name, owner, difference: sentence, advice, at }
        }
    };
    findings.for_verdict(service, key, report::Diagnostic { severity, ..problem.into() });
}

/// How to accept an error about a key.
const ACCEPT: &str = "add an `accept` entry with a reason to the overrides file";

/// Returns how to keep the isolation that a key gives.
fn separation_advice(key: Key) -> &'static str {
    if key == Key::TopNetworksInternal {
        "add `separation: {by: network-policies, because: REASON}` to the overrides file, which keeps the services in"
    } else {
        "remove the key"
    }
}

/// A key that is approximated for some values only, and a function that detects them.
type When<Of> = (Key, fn(&Of) -> bool);

const SERVICE_KEYS: &[When<Service>] = &[
    (Key::HealthcheckInterval, |service| has_fraction(service, |check| check.interval)),
    (Key::HealthcheckTimeout, |service| has_fraction(service, |check| check.timeout)),
    (Key::HealthcheckStartInterval, |service| has_fraction(service, |check| check.start_interval)),
    (Key::PullPolicy, |service| {
        differs_from(service.process.pull_policy.as_ref(), &["always", "never", "missing", "if_not_present", "build"])
    }),
    (Key::Cgroup, |service| differs_from(service.process.cgroup.as_ref(), &["private", ""])),
    // `host` and `private` are exact; other values are reported by the topic.
    (Key::Pid, |_| false),
    (Key::Ipc, |_| false),
    // A pod on the node's network has the node's UTS namespace.
    (Key::Uts, |service| {
        let on_node = matches!(service.networks.attachment, Attachment::Host(_));
        differs_from(service.process.uts.as_ref(), if on_node { &["host", ""] } else { &[""] })
    }),
    (Key::UsernsMode, |service| differs_from(service.process.userns_mode.as_ref(), &["host", ""])),
    (Key::StopSignal, |service| differs_from(service.process.stop_signal.as_ref(), &["SIGTERM", "TERM", "15"])),
    // The default of the daemon, and the only value on Linux.
    (Key::Isolation, |service| differs_from(service.process.isolation.as_ref(), &["default", ""])),
    (Key::Runtime, |service| differs_from(service.process.runtime.as_ref(), &["", "runc"])),
    // With the node's PID namespace, the node's init process reaps zombies.
    (Key::Init, |service| {
        service.process.init.as_ref().is_some_and(|init| init.value)
            && service.process.pid.as_ref().is_none_or(|pid| pid.value != "host")
    }),
    (Key::OomKillDisable, |service| service.process.oom_kill_disable.as_ref().is_some_and(|disable| disable.value)),
    (Key::OomScoreAdj, |service| service.process.oom_score_adj.as_ref().is_some_and(|score| score.value != 0)),
    // A pod has no swap. This is what an equal limit for memory and for memory with swap means, and a swappiness of 0.
    (Key::MemswapLimit, |service| {
        let of = &service.process.resources;
        let memory = of.memory_limit.as_ref().and_then(|limit| i64::try_from(limit.value.0).ok());
        of.swap_limit.as_ref().is_some_and(|swap| swap.value != 0 && Some(swap.value) != memory)
    }),
    (Key::MemSwappiness, |service| {
        service.process.resources.swappiness.as_ref().is_some_and(|swappiness| swappiness.value != 0)
    }),
    // A hook runs as the user of the container anyway.
    (Key::PostStartUser, |service| has_other_user(service, &service.process.post_start)),
    (Key::PreStopUser, |service| has_other_user(service, &service.process.pre_stop)),
    (Key::DependsOnRestart, |service| service.order.waits.iter().any(|wait| wait.restart)),
    (Key::PostStart, |service| !service.process.post_start.is_empty()),
    (Key::PostStartPrivileged, |service| {
        !is_privileged(service) && service.process.post_start.iter().any(|hook| hook.privileged)
    }),
    (Key::PreStop, |service| !service.process.pre_stop.is_empty()),
    (Key::PreStopPrivileged, |service| {
        !is_privileged(service) && service.process.pre_stop.iter().any(|hook| hook.privileged)
    }),
];

const PROJECT_KEYS: &[When<Project>] = &[
    // Separation is reported once, with the names of two services.
    (Key::TopNetworks, |_| false),
    (Key::TopNetworksDriver, |project| {
        project.networks.values().any(|network| differs_from(network.driver.as_ref(), &["bridge", "default", ""]))
    }),
    // `default` is the only built-in driver.
    (Key::TopNetworksIpamDriver, |_| false),
    (Key::TopNetworksEnableIpv4, |_| false),
    (Key::TopNetworksInternal, |project| {
        project.services.values().any(|service| service.networks.attachment.is_internal_only(&project.networks))
    }),
    (Key::TopNetworksEnableIpv6, |project| project.networks.values().any(|network| network.enable_ipv6)),
    (Key::TopNetworksExternal, |project| project.networks.values().any(|network| network.external)),
    // Objects with inline content have the labels as annotations.
    (Key::TopConfigsLabels, |project| project.configs.values().any(has_lost_labels)),
    (Key::TopSecretsLabels, |project| project.secrets.values().any(has_lost_labels)),
    // Drivers other than `local` are reported by the topic.
    (Key::TopVolumesDriver, |_| false),
    (Key::TopVolumesExternal, |project| project.volumes.values().any(|volume| volume.external)),
];

fn is_privileged(service: &Service) -> bool {
    service.process.privileged.as_ref().is_some_and(|privileged| privileged.value)
}

fn has_other_user(service: &Service, hooks: &[Hook]) -> bool {
    let own = service.process.user.as_ref().map(|user| user.value.as_str());
    hooks.iter().filter_map(|hook| hook.user.as_ref()).any(|user| Some(user.value.as_str()) != own)
}

/// Returns whether a config or secret has labels that no generated object has.
fn has_lost_labels(material: &ConfigOrSecret) -> bool {
    !material.labels.is_empty() && !matches!(material.source, ConfigOrSecretSource::Content(_))
}

/// Returns whether the value of a key makes the difference that the key table describes.
fn makes_difference<Of>(when: &[When<Of>], key: Key, of: &Of) -> bool {
    when.iter().find(|(known, _)| *known == key).is_none_or(|(_, makes_difference)| makes_difference(of))
}

fn differs_from(value: Option<&Spanned<String>>, same: &[&str]) -> bool {
    value.is_some_and(|value| !same.contains(&value.value.as_str()))
}

/// Returns whether a duration of the healthcheck has a fraction of a second.
fn has_fraction(service: &Service, of: fn(&Healthcheck) -> Duration) -> bool {
    match &service.health {
        Health::Asked(check) => !of(check).0.is_multiple_of(1_000_000_000),
        Health::Image(_) | Health::Disabled(_) => false,
    }
}

/// Reports the first two services that share no network, unless the overrides separate networks with NetworkPolicies.
fn report_separation(project: &Project, overrides: &Overrides, findings: &mut Findings) {
    if overrides.separation.is_some() {
        return;
    }
    let setup = |service: &Service| overrides.setup.iter().any(|setup| setup.service.value == service.name.value);
    if let Some((one, other)) = overrides::apart(project.services.values().filter(|service| !setup(service))) {
        findings.for_project(Problem::NetworksNotSeparated {
            one: one.name.value.to_string(),
            other: other.name.value.to_string(),
            at: vec![one.name.span, other.name.span],
        });
    }
}

/// Reports data that is lost with its pod.
fn report_lost_data(project: &Project, overrides: &Overrides, findings: &mut Findings) {
    let mut keeping_none: Vec<(&ServiceName, Span)> = Vec::new();
    let is_setup = |name: &ServiceName| overrides.setup.iter().any(|setup| setup.service.value == *name);
    let keeps = |name: &ServiceName| overrides.services.get(name).and_then(|choice| choice.data.as_ref());
    for (name, service) in &project.services {
        if keeps(name).is_none() && !is_setup(name) {
            keeping_none.push((name, service.name.span));
        }
    }
    if !keeping_none.is_empty() {
        findings.for_project(VolumeProblem::ImageVolumes {
            services: quoted_list(keeping_none.iter().map(|(name, _)| *name)),
            at: keeping_none.iter().map(|(_, at)| *at).collect(),
        });
    }
    for (name, service) in &project.services {
        // A choice of the project's own makes the difference; the built-in facts only keep what Docker keeps.
        let Some(data) = keeps(name).filter(|data| !data.value.built_in) else { continue };
        let depends = |one: &Service, on: &ServiceName| {
            one.order.waits.iter().any(|wait| wait.on.value == *on && wait.condition != Condition::Completed)
        };
        let beside: Vec<&(&ServiceName, Span)> = keeping_none
            .iter()
            .filter(|(other, _)| {
                depends(service, other) || project.services.get(*other).is_some_and(|other| depends(other, name))
            })
            .collect();
        if !beside.is_empty() {
            findings.for_service(
                name,
                VolumeProblem::DataBesideNone {
                    service: name.to_string(),
                    others: quoted_list(beside.iter().map(|(name, _)| *name)),
                    at: data.value.path.span,
                    others_at: beside.iter().map(|(_, at)| *at).collect(),
                },
            );
        }
    }
}
