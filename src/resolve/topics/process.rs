//! Topic *process*: reads image, command, environment, user, security and resources.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md>

use super::devices::{take_device_requests, take_devices};
use super::fields::{Fields, variables_of, words_of};
use super::platform::take_platform;
use crate::keys::Key;
use crate::parse::Tree;
use crate::report::Report;
use crate::resolve::model::outside::outside_words;
use crate::resolve::model::process::{Build, Hook, Image, ImageTemplate, Process, Resources, Ulimit, Variable, Words};
use crate::resolve::units::{Bytes, size};
use crate::resolve::value_format::scalar_string;
use crate::text::Spanned;

/// Takes the keys of the topic.
pub(crate) fn take_process(
    fields: &mut Fields<'_>,
    project: &str,
    service: &Spanned<String>,
    report: &mut Report,
) -> Process {
    let deploy_labels = fields.take(Key::Deploy).and_then(|deploy| deploy.get("labels")).map(variables_of);
    let mut labels = fields.take_pairs(Key::Labels);
    labels.extend(deploy_labels.unwrap_or_default());
    let (devices, requests) = take_devices(fields, report);
    let mut resources = take_resources(fields, report);
    resources.devices.extend(requests);
    Process {
        image: take_image(fields, project, service, report),
        pull_policy: fields.take_text(Key::PullPolicy),
        platform: take_platform(fields, report),
        entrypoint: command_words(fields.take(Key::Entrypoint)),
        command: command_words(fields.take(Key::Command)),
        outside_words: [Key::Entrypoint, Key::Command].map(|key| outside_words(fields.take(key))),
        environment: fields.take_pairs(Key::Environment),
        working_dir: fields.take_text(Key::WorkingDir),
        user: fields.take_text(Key::User),
        group_add: fields.take_texts(Key::GroupAdd),
        tty: fields.take_flag(Key::Tty),
        stdin_open: fields.take_flag(Key::StdinOpen),
        init: fields.take_flag(Key::Init),
        privileged: fields.take_flag(Key::Privileged),
        read_only: fields.take_flag(Key::ReadOnly),
        cap_add: fields.take_texts(Key::CapAdd),
        cap_drop: fields.take_texts(Key::CapDrop),
        security_opt: fields.take_texts(Key::SecurityOpt),
        // `assemble` reads the file, because it knows the project directory.
        seccomp: None,
        sysctls: fields
            .take_pairs(Key::Sysctls)
            .into_iter()
            .map(|Variable { name, value, outside: _ }| {
                let value = value.unwrap_or_else(|| Spanned::new(String::new(), name.span));
                (name, value)
            })
            .collect(),
        ulimits: take_ulimits(fields, report),
        pid: fields.take_text(Key::Pid),
        ipc: fields.take_text(Key::Ipc),
        uts: fields.take_text(Key::Uts),
        userns_mode: fields.take_text(Key::UsernsMode),
        cgroup: fields.take_text(Key::Cgroup),
        runtime: fields.take_text(Key::Runtime),
        isolation: fields.take_text(Key::Isolation),
        oom_score_adj: fields.take_whole(Key::OomScoreAdj),
        oom_kill_disable: fields.take_flag(Key::OomKillDisable),
        devices,
        device_rules: fields.take_texts(Key::DeviceCgroupRules),
        stop_signal: fields.take_text(Key::StopSignal),
        stop_grace_period: fields.take_duration(Key::StopGracePeriod),
        labels,
        annotations: fields.take_pairs(Key::Annotations),
        resources,
        pre_start: take_hooks(fields, Key::PreStart, report),
        post_start: take_hooks(fields, Key::PostStart, report),
        pre_stop: take_hooks(fields, Key::PreStop, report),
    }
}

fn take_image(fields: &mut Fields<'_>, project: &str, service: &Spanned<String>, report: &mut Report) -> Image {
    let written = fields.take(Key::Image);
    let template = written
        .and_then(Tree::as_scalar)
        .and_then(|scalar| scalar.template.as_deref())
        .map(|template| ImageTemplate { text: template.text.to_string(), variables: template.variables.clone() });
    let build = fields.take_mapping(Key::Build).map(|mut build| {
        let span = build.span;
        let context = build.take_text(Key::BuildContext).map(|context| context.value);
        let dockerfile = build.take_text(Key::BuildDockerfile).map(|dockerfile| dockerfile.value);
        let args = build.take_pairs(Key::BuildArgs);
        build.skip(LEFT_TO_BUILD);
        build.finish(report);
        Spanned::new(Build { context, dockerfile, args }, span)
    });
    let reference =
        written.map(|tree| Spanned::new(scalar_string(tree), tree.span)).filter(|image| !image.value.is_empty());
    // The name that Compose gives to a built image.
    let reference = reference.unwrap_or_else(|| {
        let span = build.as_ref().map_or(service.span, |build| build.span);
        Spanned::new(format!("{project}-{}", service.value), span)
    });
    Image { reference, template, build }
}

/// Keys that only `docker compose build` reads.
const LEFT_TO_BUILD: &[Key] = &[
    Key::BuildDockerfileInline,
    Key::BuildEntitlements,
    Key::BuildProvenance,
    Key::BuildSbom,
    Key::BuildSsh,
    Key::BuildLabels,
    Key::BuildCacheFrom,
    Key::BuildCacheTo,
    Key::BuildNoCache,
    Key::BuildNoCacheFilter,
    Key::BuildAdditionalContexts,
    Key::BuildPull,
    Key::BuildExtraHosts,
    Key::BuildIsolation,
    Key::BuildNetwork,
    Key::BuildTarget,
    Key::BuildSecrets,
    Key::BuildShmSize,
    Key::BuildTags,
    Key::BuildUlimits,
    Key::BuildPlatforms,
    Key::BuildPrivileged,
];

fn command_words(tree: Option<&Tree>) -> Words {
    match tree.and_then(words_of) {
        None => Words::Image,
        Some(words) if words.value.is_empty() => Words::Cleared(words.span),
        Some(words) => Words::Given(words),
    }
}

/// The default of `cpu_period`, in microseconds.
/// <https://docs.kernel.org/scheduler/sched-bwc.html>
const PERIOD: u64 = 100_000;

/// Takes `deploy.resources` and the older keys, which must agree if both are given.
fn take_resources(fields: &mut Fields<'_>, report: &mut Report) -> Resources {
    let period = fields.take_whole(Key::CpuPeriod).map(|period| period.value).filter(|period| *period > 0);
    // A quota of 0 or less is no limit.
    let quota = fields.take_whole(Key::CpuQuota).and_then(|quota| {
        let limit = u64::try_from(quota.value).ok()?.saturating_mul(1000) / period.map_or(PERIOD, i64::unsigned_abs);
        (quota.value > 0).then(|| Spanned::new(limit.max(1), quota.span))
    });
    let mut all = Resources {
        cpu_limit: fields.take_thousandths(Key::Cpus).or(quota),
        cpu_reservation: None,
        memory_limit: fields.take_bytes(Key::MemLimit),
        memory_reservation: fields.take_bytes(Key::MemReservation),
        pids_limit: fields.take_whole(Key::PidsLimit),
        storage_limit: fields.take(Key::StorageOpt).and_then(|options| options.get("size")).and_then(|written| {
            let bytes = u64::try_from(size(&scalar_string(written))?).ok()?;
            Some(Spanned::new(Bytes(bytes), written.span))
        }),
        swap_limit: fields.take_signed_bytes(Key::MemswapLimit),
        swappiness: fields.take_signed_bytes(Key::MemSwappiness),
        devices: take_device_requests(fields, Key::Gpus, report),
    };
    let Some(mut resources) =
        fields.take_mapping(Key::Deploy).and_then(|mut deploy| deploy.take_mapping(Key::DeployResources))
    else {
        return all;
    };
    if let Some(mut limits) = resources.take_mapping(Key::DeployResourcesLimits) {
        all.cpu_limit = limits.take_thousandths(Key::DeployResourcesLimitsCpus).or(all.cpu_limit);
        all.memory_limit = limits.take_bytes(Key::DeployResourcesLimitsMemory).or(all.memory_limit);
        all.pids_limit = limits.take_whole(Key::DeployResourcesLimitsPids).or(all.pids_limit);
        limits.finish(report);
    }
    if let Some(mut reservations) = resources.take_mapping(Key::DeployResourcesReservations) {
        all.cpu_reservation = reservations.take_thousandths(Key::DeployResourcesReservationsCpus);
        all.memory_reservation =
            reservations.take_bytes(Key::DeployResourcesReservationsMemory).or(all.memory_reservation);
        all.devices.extend(take_device_requests(&mut reservations, Key::DeployResourcesReservationsDevices, report));
        reservations.skip(&[Key::DeployResourcesReservationsGenericResources]);
        reservations.finish(report);
    }
    resources.finish(report);
    all
}

fn take_ulimits(fields: &mut Fields<'_>, report: &mut Report) -> Vec<Ulimit> {
    let mut all = Vec::new();
    for (name, tree, mut limit) in fields.take_named(Key::Ulimits) {
        let soft = limit.take_whole(Key::UlimitsSoft).map(|number| number.value);
        let hard = limit.take_whole(Key::UlimitsHard).map(|number| number.value);
        let both = scalar_string(tree).parse().unwrap_or(0);
        all.push(Ulimit { name, soft: soft.unwrap_or(both), hard: hard.unwrap_or(both) });
        limit.finish(report);
    }
    all
}

fn take_hooks(fields: &mut Fields<'_>, key: Key, report: &mut Report) -> Vec<Hook> {
    let [command, user, privileged, working_dir, environment] = if key == Key::PostStart {
        [
            Key::PostStartCommand,
            Key::PostStartUser,
            Key::PostStartPrivileged,
            Key::PostStartWorkingDir,
            Key::PostStartEnvironment,
        ]
    } else if key == Key::PreStart {
        [
            Key::PreStartCommand,
            Key::PreStartUser,
            Key::PreStartPrivileged,
            Key::PreStartWorkingDir,
            Key::PreStartEnvironment,
        ]
    } else {
        [Key::PreStopCommand, Key::PreStopUser, Key::PreStopPrivileged, Key::PreStopWorkingDir, Key::PreStopEnvironment]
    };
    let mut all = Vec::new();
    for mut hook in fields.take_items(key) {
        let outside_words = outside_words(hook.take(command));
        let words = hook.take(command).and_then(words_of);
        let image = if key == Key::PreStart { hook.take_text(Key::PreStartImage) } else { None };
        hook.skip(if key == Key::PreStart { &[Key::PreStartPerReplica] } else { &[] });
        let user = hook.take_text(user);
        let working_dir = hook.take_text(working_dir);
        let environment = hook.take_pairs(environment);
        let privileged = hook.take_flag(privileged).is_some_and(|flag| flag.value);
        // A `pre_start` hook without a command runs the command of its image.
        let none = || (key == Key::PreStart).then(|| Spanned::new(Vec::new(), hook.span));
        if let Some(command) = words.or_else(none) {
            all.push(Hook { command, outside_words, image, user, working_dir, environment, privileged });
        }
        hook.finish(report);
    }
    all
}
