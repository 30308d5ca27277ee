//! Topic *order*: dependencies, replicas, and what follows when a process ends.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::context::{ExpectedContext, ObservedContext, ServiceRole};
use super::facts::{Fact, Kind, PullPolicy, PulledImage, ReplicaRange, ServiceState, Setting, Unclear, Value, Weight};
use crate::check::manifests::autoscaler_ingress::Autoscaler;
use crate::check::manifests::init_script::{InitAction, WAIT_TOOLS};
use crate::check::manifests::pod::fields::OrderFields;
use crate::check::manifests::pod::image_pull::pull_policy_of;
use crate::check::manifests::workload::WorkloadKind;
use crate::parse::Tree;
use crate::resolve::Service;
use crate::resolve::health::{Health, Test};
use crate::resolve::networks::Attachment;
use crate::resolve::order::{Condition, Dependency, Order, Restart};
use crate::text::Spanned;

/// Returns the facts of the Compose file.
pub(crate) fn expected(context: ExpectedContext) -> Vec<Fact> {
    let own = &context.service.name.value;
    // Containers of one pod are started, replicated and restarted together, as the pod's owner says.
    let owner = context.project.services.get(context.index.pod_owner(own)).unwrap_or(context.service);
    let Order { waits: _, profiles: _, active, restart, replicas, mode } = &owner.order;
    let mut facts: Vec<Fact> = context.service.order.waits.iter().flat_map(|wait| waits_for(context, wait)).collect();
    // Setup services of the overrides have completed by then.
    for setup in context.index.setups_before(own).filter(|_| context.role == ServiceRole::Service) {
        let name = &setup.service;
        facts.push(Fact::defaulted(Kind::StartsAfter, name.value.as_str(), ServiceState::Completed, name.span));
    }
    let silence = context.fallback_span();
    let guests = context.index.pod_mates(own).filter(|_| context.index.pod_owner(own) == own);
    for on in guests.flat_map(|guest| &guest.order.waits).map(|wait| context.index.pod_owner(&wait.on.value).as_str()) {
        if !facts.iter().any(|fact| fact.kind == Kind::StartsAfter && fact.subject == on) {
            facts.push(Fact::optional(Kind::StartsAfter, on, ServiceState::Started, silence).or(Value::Any));
        }
    }
    let awaited = context.index.is_awaited(&owner.name.value);
    let mode_word = mode.as_ref().map_or("replicated", |mode| mode.value.as_str());
    let is_job = mode_word.ends_with("-job");
    if context.role == ServiceRole::Service {
        let count = owner.order.replica_count();
        let started = if *active && count > 0 { Setting::WithOthers } else { Setting::OnRequest };
        facts.push(Fact::defaulted(Kind::Started, "", started, silence));
        // `docker compose up` stops the old container first.
        facts.push(Fact::defaulted(Kind::Renewal, "", Setting::AfterEnd, silence));
        let span = replicas.as_ref().map_or(silence, |replicas| replicas.span);
        // A Job does not state how many pods it keeps running.
        let weight = match replicas {
            _ if owner.order.ends() => Weight::Optional,
            Some(_) => Weight::Required,
            None => Weight::Default,
        };
        if mode_word == "global" && *active && !awaited {
            let span = mode.as_ref().map_or(silence, |mode| mode.span);
            let fact = Fact::required(Kind::Replicas, "", Setting::OnEveryNode, span).or(Value::Number(1));
            facts.push(if owner.order.ends() { fact.with_weight(Weight::Optional) } else { fact });
        } else if *active && count > 0 && !awaited && !is_job {
            facts.push(Fact::required(Kind::Replicas, "", Value::number(count), span).with_weight(weight));
        }
    }
    facts.push(expected_restart(context, restart.as_ref(), awaited || is_job, *active));
    facts
}

/// The default of a Job's `backoffLimit`.
const DEFAULT_TRIES: u32 = 6;

/// The highest `backoffLimit`, which is no limit in practice.
const NO_LIMIT: u32 = i32::MAX.unsigned_abs();

/// Returns the setting for `on-failure[:N]`. Docker takes 0 for no limit.
fn on_failure(limit: Option<u32>) -> Setting {
    limit.filter(|limit| (1..NO_LIMIT).contains(limit)).map_or(Setting::OnFailure, Setting::OnFailureAtMost)
}

/// Returns what follows when the process ends. `is_run_once` tells whether the service is a Job whatever `restart` says.
fn expected_restart(
    context: ExpectedContext,
    restart: Option<&Spanned<Restart>>,
    is_run_once: bool,
    active: bool,
) -> Fact {
    let silence = context.fallback_span();
    if context.role != ServiceRole::Service {
        // A run ends with its process.
        return Fact::defaulted(Kind::Restart, "", Setting::Never, silence);
    }
    if is_run_once {
        return match restart {
            Some(restart) => match restart.value {
                Restart::No => Fact::required(Kind::Restart, "", Setting::Never, restart.span),
                Restart::OnFailure(limit) => Fact::required(Kind::Restart, "", on_failure(limit), restart.span),
                // A Job runs until it completes. The translation reports that it is not started again.
                Restart::Always | Restart::UnlessStopped => {
                    Fact::defaulted(Kind::Restart, "", Setting::Never, restart.span)
                }
            },
            None => Fact::defaulted(Kind::Restart, "", Setting::Never, silence),
        };
    }
    // The containers of one pod restart by one policy.
    let own = context.index.pod_owner(&context.service.name.value);
    let is_shared = context.index.pod_mates(own).next().is_some();
    let is_never_started = context.service.order.replica_count() == 0;
    let in_pod = |fact: Fact| if is_shared || is_never_started { fact.or(Setting::Always) } else { fact };
    match restart {
        // Most services without `restart` are meant to run, so a Deployment is as good as a Job.
        None => Fact::defaulted(Kind::Restart, "", Setting::Never, silence).or(Setting::Always),
        Some(restart) => match restart.value {
            Restart::No => in_pod(Fact::required(Kind::Restart, "", Setting::Never, restart.span)),
            Restart::OnFailure(limit) => in_pod(Fact::required(Kind::Restart, "", on_failure(limit), restart.span)),
            Restart::Always | Restart::UnlessStopped => {
                let fact = Fact::required(Kind::Restart, "", Setting::Always, restart.span);
                if active { fact } else { fact.or(Setting::Never).or(Setting::OnFailure) }
            }
        },
    }
}

/// Returns the facts for a dependency: what the pod itself waits for, and what the scripts wait for before they start
/// it.
fn waits_for(context: ExpectedContext, wait: &Dependency) -> [Fact; 2] {
    let Dependency { on, condition, required: _, restart: _ } = wait;
    let value = match condition {
        Condition::Started => ServiceState::Started,
        Condition::Healthy => ServiceState::Healthy,
        Condition::Completed => ServiceState::Completed,
    };
    let fact = Fact::required(Kind::WaitsFor, on.value.as_str(), value, on.span);
    let own_name = &context.service.name.value;
    let other = context.project.services.get(&on.value);
    let is_absent = |other: &Service| {
        let none = other.order.replicas.as_ref().is_some_and(|replicas| replicas.value == 0);
        !other.order.active || (none && *condition != Condition::Started)
    };
    let gone = context.service.order.active && other.is_none_or(is_absent);
    let owner = context.project.services.get(context.index.pod_owner(own_name)).unwrap_or(context.service);
    let mute = matches!(owner.networks.attachment, Attachment::None(_));
    let same_pod = context.index.pod_owner(own_name) == context.index.pod_owner(&on.value);
    // The scripts start whole pods, so a service in another pod starts with its owner.
    let scripts = Fact::defaulted(Kind::StartsAfter, context.index.pod_owner(&on.value).as_str(), value, on.span);
    let by_scripts =
        !gone && !same_pod && context.role == ServiceRole::Service && context.index.pod_owner(own_name) == own_name;
    let scripts = if by_scripts { scripts } else { scripts.with_weight(Weight::Optional).or(Value::Any) };
    let scripts = if *condition == Condition::Started {
        scripts.or(ServiceState::Healthy).or(ServiceState::Completed)
    } else {
        scripts
    };
    // The health check of an image is not in the Compose file, so nothing in the manifests can correspond to it.
    let is_unknown =
        *condition == Condition::Healthy && other.is_some_and(|other| matches!(other.health, Health::Image(_)));
    if is_unknown {
        let optional = |fact: Fact| fact.with_weight(Weight::Optional).or(Value::Any);
        return [optional(fact), optional(scripts)];
    }
    let fact = match condition {
        Condition::Healthy if !gone && !mute && !same_pod => other
            .map(|other| health_programs(&other.health))
            .into_iter()
            .flatten()
            .fold(fact, |fact, tool| fact.or(Value::Answers(tool))),
        Condition::Healthy => fact.with_weight(Weight::Optional),
        // Kubernetes starts all pods at once, and programs wait by themselves.
        Condition::Started => {
            WAIT_TOOLS.iter().fold(fact.with_weight(Weight::Optional).or(ServiceState::Reachable), |fact, tool| {
                fact.or(Value::Answers(tool))
            })
        }
        Condition::Completed if !gone && !mute && !same_pod => fact,
        Condition::Completed => fact.with_weight(Weight::Optional).or(Value::Any),
    };
    [fact, scripts]
}

/// The known programs that a health check runs.
fn health_programs(health: &Health) -> Vec<&'static str> {
    let Health::Asked(check) = health else { return Vec::new() };
    let words: Vec<&str> = match &check.test.value {
        Test::Exec(words) => words.iter().flat_map(|word| programs(word)).collect(),
        Test::Shell(line) => programs(line).collect(),
    };
    WAIT_TOOLS.iter().copied().filter(|tool| words.contains(tool)).collect()
}

/// Returns the words of a command that may be a program, without quotes and directories.
fn programs(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
    words.map(|word| word.rsplit('/').next().unwrap_or_default())
}

/// Returns the facts of the manifests.
pub(crate) fn observed(context: ObservedContext, kept: &OrderFields) -> Vec<Fact> {
    let OrderFields { restart_policy, kind } = *kept;
    let mut facts = Vec::new();
    let root = context.workload.document.at();
    let spec = root.key("spec");
    // A running workload may have been scaled down temporarily.
    let live = root.keys(&["metadata", "uid"]).tree().is_some();
    let restart = context.workload.at.key("restartPolicy").span();
    let policy = restart_policy.map_or("Always", String::as_str);
    // A Job replaces failed pods as often as its back-off limit permits.
    let tries = spec.key("backoffLimit");
    let limit = tries.tree().and_then(Tree::as_text).map_or(Some(DEFAULT_TRIES), |text| text.value.parse().ok());
    let (again, restart) = match policy {
        "Never" | "OnFailure" if matches!(kind, WorkloadKind::Job { .. }) => {
            let setting = match limit {
                Some(0) => Setting::Never,
                Some(NO_LIMIT..) | None => Setting::OnFailure,
                Some(limit) => Setting::OnFailureAtMost(limit),
            };
            (Value::Setting(setting), if tries.tree().is_some() { tries.span() } else { restart })
        }
        "Never" => (Setting::Never.into(), restart),
        "OnFailure" => (Setting::OnFailure.into(), restart),
        "Always" => (Setting::Always.into(), restart),
        other => (other.into(), restart),
    };
    match kind {
        WorkloadKind::Replicated(_) if autoscaler(context).is_some() => {
            facts.extend(autoscaler(context).map(|scaler| {
                let range = ReplicaRange { least: (&scaler.least).into(), most: (&scaler.most).into() };
                let value = Value::ReplicaRange(Box::new(range));
                Fact::defaulted(Kind::Replicas, "", value, scaler.span)
                    .unclear(Unclear::Autoscaled((&scaler.name).into()))
            }));
            facts.push(Fact::defaulted(Kind::Started, "", Setting::WithOthers, spec.key("replicas").span()));
        }
        WorkloadKind::Replicated(0) if live => {}
        WorkloadKind::Replicated(0) => {
            facts.push(Fact::required(Kind::Started, "", Setting::OnRequest, spec.key("replicas").span()));
        }
        WorkloadKind::Replicated(count) => {
            let weight = if count == 1 { Weight::Default } else { Weight::Required };
            facts.push(
                Fact::required(Kind::Replicas, "", Value::number(count), spec.key("replicas").span())
                    .with_weight(weight),
            );
            facts.push(Fact::defaulted(Kind::Started, "", Setting::WithOthers, spec.key("replicas").span()));
        }
        WorkloadKind::DaemonSet => {
            facts.push(Fact::required(Kind::Replicas, "", Setting::OnEveryNode, root.key("kind").span()));
            facts.push(Fact::defaulted(Kind::Started, "", Setting::WithOthers, root.key("kind").span()));
        }
        WorkloadKind::Job { suspended } => {
            let started = if suspended { Setting::OnRequest } else { Setting::WithOthers };
            facts.push(Fact::required(Kind::Started, "", started, spec.key("suspend").span()));
        }
        WorkloadKind::CronJob => {
            facts.push(Fact::required(Kind::Started, "", Setting::OnSchedule, spec.key("schedule").span()));
        }
        WorkloadKind::BarePod => {
            if context.role == ServiceRole::Service {
                facts.push(Fact::defaulted(Kind::Replicas, "", Value::Number(1), root.key("kind").span()));
                facts.push(Fact::defaulted(Kind::Started, "", Setting::WithOthers, root.key("kind").span()));
            }
        }
    }
    if context.role == ServiceRole::Service {
        facts.push(renewal(context));
    }
    // A Job's default behaviour is not stated, and the API server rejects other restart policies.
    let unasked = match kind {
        WorkloadKind::Job { .. } => again == Value::Setting(Setting::OnFailureAtMost(DEFAULT_TRIES)),
        WorkloadKind::Replicated(_) | WorkloadKind::DaemonSet | WorkloadKind::CronJob | WorkloadKind::BarePod => {
            policy == "Always"
        }
    };
    let weight = if unasked { Weight::Default } else { Weight::Required };
    facts.push(Fact::required(Kind::Restart, "", again, restart).with_weight(weight));
    if context.pod_owner.is_none() {
        facts.extend(waits(context));
        if context.role == ServiceRole::Service {
            facts.extend(phases(context));
        }
    }
    facts
}

/// Returns when new pods start. A Deployment starts them before the old ones end unless its strategy differs; other
/// workloads end the old ones first. <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy>
fn renewal(context: ObservedContext) -> Fact {
    let at = context.workload.document.at().keys(&["spec", "strategy"]);
    let strategy =
        context.workload.document.object.deployment().map(|deployment| deployment.spec.as_ref()?.strategy.as_ref());
    let value = strategy.map_or(Value::Setting(Setting::AfterEnd), |strategy| {
        let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
        let none_more = rolling.and_then(|rolling| rolling.max_surge.as_ref()).is_some_and(is_none);
        match strategy.and_then(|strategy| strategy.type_.as_deref()) {
            Some("Recreate") => Setting::AfterEnd.into(),
            Some("RollingUpdate") | None if none_more => Setting::AfterEnd.into(),
            Some("RollingUpdate") | None => Setting::WhileRunning.into(),
            Some(other) => other.into(),
        }
    });
    Fact::defaulted(Kind::Renewal, "", value, at.key("type").span())
}

fn is_none(surge: &IntOrString) -> bool {
    match surge {
        IntOrString::Int(number) => *number == 0,
        IntOrString::String(share) => share == "0%",
    }
}

fn autoscaler(context: ObservedContext<'_>) -> Option<&Autoscaler> {
    context.index.manifests.autoscalers.iter().find(|scaler| scaler.scales(context.workload.document))
}

/// Returns what the scripts wait for, phase by phase.
fn phases(context: ObservedContext) -> Vec<Fact> {
    let name = &context.workload.document.name;
    let waits = context.index.manifests.table.waits_of(name).into_iter();
    waits.map(|(of, value, span)| Fact::required(Kind::StartsAfter, of, value, span)).collect()
}

/// Returns what init containers wait for. The name of a headless Service that does not publish unready addresses
/// resolves exactly while a pod is healthy.
fn waits(context: ObservedContext) -> Vec<Fact> {
    let mut facts = Vec::new();
    let namespace = &context.workload.document.namespace;
    for init in context.workload.init_containers(context.preceding) {
        let span = init.span();
        let name = &init.container.name;
        // An unknown script is a `pre_start` command.
        let Some(acts) = init.actions.filter(|_| !context.workload.is_pre_start(name)) else { continue };
        // The image of a privileged container is part of what it is recognised by.
        let is_privileged =
            acts.iter().any(|act| matches!(act, InitAction::RouteAddress { .. } | InitAction::RedirectDns { .. }));
        if context.workload.is_generated && !is_privileged {
            let (image, policy) = (&init.container.image, &init.container.image_pull_policy);
            let value = match pull_policy_of(image.as_ref(), policy.as_ref()) {
                (PullPolicy::WhenAbsent, _) => image.as_deref().unwrap_or_default().into(),
                (policy, _) => {
                    let image = image.as_deref().unwrap_or_default().into();
                    Value::PulledImage(Box::new(PulledImage { image, policy }))
                }
            };
            facts.push(Fact::optional(Kind::HelperImage, "", value, init.at.key("image").span()));
        }
        for act in acts {
            let (name, exact) = match act {
                InitAction::WaitForName { name, exact } => (name, *exact),
                InitAction::WaitWithTool { name, tool: _ } => (name, false),
                InitAction::WaitForObject { name, state } => {
                    let service = context.index.names.service_of_object(namespace, name);
                    let of = service.unwrap_or(name);
                    facts.push(Fact::required(Kind::WaitsFor, of, *state, span));
                    continue;
                }
                InitAction::AddAddress { .. }
                | InitAction::RouteAddress { .. }
                | InitAction::RedirectDns { .. }
                | InitAction::ChangeOwner { .. }
                | InitAction::ChangeMode { .. }
                | InitAction::EmptyFolder { .. }
                | InitAction::CopyFile { .. }
                | InitAction::CreateFolder { .. }
                | InitAction::FillVolume { .. }
                | InitAction::CopyFolder { .. } => continue,
            };
            let absolute = name.ends_with('.');
            let mut labels = name.trim_end_matches('.').split('.');
            let (first, second) = (labels.next().unwrap_or_default(), labels.next());
            let here = second.is_none_or(|second| second == namespace)
                && (!absolute || name == &format!("{first}.{namespace}.svc.cluster.local."));
            // The wait for the resolver is compared with the name servers.
            if here && context.index.resolvers.is_resolver_service(namespace, first) {
                continue;
            }
            let service = context.index.names.service_selected_by(namespace, first).filter(|_| here);
            let gate = context.index.names.is_readiness_service(namespace, first);
            let answering =
                if let InitAction::WaitWithTool { name: _, tool } = act { Some(Value::Answers(tool)) } else { None };
            let (of, value) = match service {
                Some(service) if gate && (exact || !context.workload.is_generated) => {
                    (service, Value::State(ServiceState::Healthy))
                }
                Some(service) if gate => (service, Value::State(ServiceState::ProbablyHealthy)),
                Some(service) if exact => (service, Value::State(ServiceState::Started)),
                Some(service) => (service, answering.unwrap_or(Value::State(ServiceState::Reachable))),
                None => (first, Value::State(ServiceState::NeverFound)),
            };
            facts.push(Fact::required(Kind::WaitsFor, of, value, span));
        }
    }
    facts
}
