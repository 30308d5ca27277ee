//! Topic *process*: image, words, environment, user, security, resources.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md>

pub use super::devices::DeviceRequest;
use super::devices::requests;
use super::fields::{Fields, pairs, words};
use super::form::shown;
use super::seccomp::Profile;
use super::units::{Bytes, Duration, size};
use crate::keys::Key;
use crate::parse::Tree;
use crate::report::Report;
use crate::text::Spanned;

/// What runs in a service's container.
#[derive(Debug, Clone)]
pub struct Process {
    /// `image`, `build`.
    pub image: Image,
    /// `pull_policy`, as written: `always`, `never`, `missing`, `if_not_present`, `build`, `daily`, `weekly`, `every_<duration>`.
    pub pull_policy: Option<Spanned<String>>,
    /// `platform`: `os[/arch[/variant]]`.
    pub platform: Option<Spanned<String>>,
    /// `entrypoint`.
    pub entrypoint: Words,
    /// `command`.
    pub command: Words,
    /// `env_file` folded in before `environment`, in the order written; every name once.
    pub environment: Vec<Variable>,
    /// `working_dir`.
    pub working_dir: Option<Spanned<String>>,
    /// `user`: `uid`, `uid:gid` or names.
    pub user: Option<Spanned<String>>,
    /// `group_add`: numbers or names.
    pub group_add: Vec<Spanned<String>>,
    /// `tty`.
    pub tty: Option<Spanned<bool>>,
    /// `stdin_open`.
    pub stdin_open: Option<Spanned<bool>>,
    /// `init`.
    pub init: Option<Spanned<bool>>,
    /// `privileged`.
    pub privileged: Option<Spanned<bool>>,
    /// `read_only`: the root filesystem.
    pub read_only: Option<Spanned<bool>>,
    /// `cap_add`, as written, perhaps with `CAP_`.
    pub cap_add: Vec<Spanned<String>>,
    /// `cap_drop`.
    pub cap_drop: Vec<Spanned<String>>,
    /// `security_opt`, as written.
    pub security_opt: Vec<Spanned<String>>,
    /// The file of `security_opt: seccomp:FILE`, at the place of the option.
    pub seccomp: Option<Spanned<Profile>>,
    /// `sysctls`: name and value.
    pub sysctls: Vec<(Spanned<String>, Spanned<String>)>,
    /// `ulimits`: name, soft, hard; -1 is unlimited.
    pub ulimits: Vec<Ulimit>,
    /// `pid`, as written: `host`, `service:NAME`, `container:NAME`.
    pub pid: Option<Spanned<String>>,
    /// `ipc`, as written: `host`, `shareable`, `private`, `none`, `service:NAME`, `container:NAME`.
    pub ipc: Option<Spanned<String>>,
    /// `uts`: `host`.
    pub uts: Option<Spanned<String>>,
    /// `userns_mode`.
    pub userns_mode: Option<Spanned<String>>,
    /// `cgroup`: `host` or `private`.
    pub cgroup: Option<Spanned<String>>,
    /// `runtime`.
    pub runtime: Option<Spanned<String>>,
    /// `isolation`: of Windows containers; `default` is the only one that Linux knows.
    pub isolation: Option<Spanned<String>>,
    /// `oom_score_adj`.
    pub oom_score_adj: Option<Spanned<i64>>,
    /// `oom_kill_disable`.
    pub oom_kill_disable: Option<Spanned<bool>>,
    /// `devices`: host path, path in the container, permissions.
    pub devices: Vec<Device>,
    /// `stop_signal`.
    pub stop_signal: Option<Spanned<String>>,
    /// `stop_grace_period`; Compose's default is 10 s.
    pub stop_grace_period: Option<Spanned<Duration>>,
    /// `labels` and `annotations` and `deploy.labels`: name and value, which kind.
    pub labels: Vec<Variable>,
    /// `annotations`.
    pub annotations: Vec<Variable>,
    /// `cpus`, `mem_limit`, `mem_reservation`, `pids_limit`, `deploy.resources`.
    pub resources: Resources,
    /// `pre_start`, containers that run to their end before the service's own.
    pub pre_start: Vec<Hook>,
    /// `post_start`, commands run in the container after it started.
    pub post_start: Vec<Hook>,
    /// `pre_stop`.
    pub pre_stop: Vec<Hook>,
}

/// Where the container's files come from.
#[derive(Debug, Clone)]
pub struct Image {
    /// The interpolated reference; for `build` without `image` the name Compose gives: `<project>-<service>`.
    pub reference: Spanned<String>,
    /// The reference before interpolation, where that changed it: the up script evaluates it anew.
    pub template: Option<String>,
    /// `build`, if the service has it.
    pub build: Option<Spanned<Build>>,
}

/// What of `build` a person needs to know; the building itself is `docker compose build`'s.
#[derive(Debug, Clone)]
pub struct Build {
    /// The context as written.
    pub context: Option<String>,
    /// Build arguments.
    pub args: Vec<Variable>,
}

/// A command line, with "none" and "cleared" apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// Not given: the image's own.
    Image,
    /// `[]` or `""`: the image's own is taken away.
    Cleared(crate::text::Span),
    /// Given, as words; never handed to a shell.
    Given(Spanned<Vec<String>>),
}

/// A name with a value, each at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: Spanned<String>,
    /// The value as text; `None` where only the name was given and the environment has none: it stays unset.
    pub value: Option<Spanned<String>>,
}

/// One `ulimits` entry.
#[derive(Debug, Clone)]
pub struct Ulimit {
    /// `nofile`, `nproc`, …
    pub name: Spanned<String>,
    /// Soft limit.
    pub soft: i64,
    /// Hard limit.
    pub hard: i64,
}

/// One `devices` entry.
#[derive(Debug, Clone)]
pub struct Device {
    /// On the host (or a CDI name).
    pub source: Spanned<String>,
    /// In the container.
    pub target: String,
    /// `rwm`.
    pub permissions: String,
}

/// Limits and reservations.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// `cpus`, `cpu_quota` by `cpu_period`, `deploy.resources.limits.cpus`, in thousandths of a processor.
    pub cpu_limit: Option<Spanned<u64>>,
    /// `deploy.resources.reservations.cpus`, in thousandths.
    pub cpu_reservation: Option<Spanned<u64>>,
    /// `mem_limit`, `deploy.resources.limits.memory`.
    pub memory_limit: Option<Spanned<Bytes>>,
    /// `mem_reservation`, `deploy.resources.reservations.memory`.
    pub memory_reservation: Option<Spanned<Bytes>>,
    /// `pids_limit`, `deploy.resources.limits.pids`.
    pub pids_limit: Option<Spanned<i64>>,
    /// `storage_opt.size`: the container's own files.
    pub storage_limit: Option<Spanned<Bytes>>,
    /// `memswap_limit`, memory and swap together: 0 says nothing, less is no limit.
    pub swap_limit: Option<Spanned<i64>>,
    /// `mem_swappiness`: how gladly the kernel swaps, 0 to 100.
    pub swappiness: Option<Spanned<i64>>,
    /// `gpus` and `deploy.resources.reservations.devices`.
    pub devices: Vec<DeviceRequest>,
}

/// One lifecycle command.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The command's words.
    pub command: Spanned<Vec<String>>,
    /// Its image, if another; of `pre_start` alone, whose commands have containers of their own.
    pub image: Option<Spanned<String>>,
    /// Its user, if another.
    pub user: Option<Spanned<String>>,
    /// Its directory, if another.
    pub working_dir: Option<Spanned<String>>,
    /// Its own variables.
    pub environment: Vec<Variable>,
    /// Whether it is privileged.
    pub privileged: bool,
}

impl Process {
    /// Takes the topic's keys.
    pub(super) fn read(fields: &mut Fields<'_>, project: &str, service: &Spanned<String>, report: &mut Report) -> Self {
        let deploy_labels = fields.take(Key::Deploy).and_then(|deploy| deploy.get("labels")).map(pairs);
        let mut labels = fields.pairs(Key::Labels);
        labels.extend(deploy_labels.unwrap_or_default());
        Self {
            image: Image::read(fields, project, service, report),
            pull_policy: fields.text(Key::PullPolicy),
            platform: fields.text(Key::Platform),
            entrypoint: Words::read(fields.take(Key::Entrypoint)),
            command: Words::read(fields.take(Key::Command)),
            environment: fields.pairs(Key::Environment),
            working_dir: fields.text(Key::WorkingDir),
            user: fields.text(Key::User),
            group_add: fields.texts(Key::GroupAdd),
            tty: fields.flag(Key::Tty),
            stdin_open: fields.flag(Key::StdinOpen),
            init: fields.flag(Key::Init),
            privileged: fields.flag(Key::Privileged),
            read_only: fields.flag(Key::ReadOnly),
            cap_add: fields.texts(Key::CapAdd),
            cap_drop: fields.texts(Key::CapDrop),
            security_opt: fields.texts(Key::SecurityOpt),
            // Its file is looked for when the project directory is known.
            seccomp: None,
            sysctls: fields
                .pairs(Key::Sysctls)
                .into_iter()
                .map(|Variable { name, value }| {
                    let value = value.unwrap_or_else(|| Spanned::new(String::new(), name.span));
                    (name, value)
                })
                .collect(),
            ulimits: ulimits(fields, report),
            pid: fields.text(Key::Pid),
            ipc: fields.text(Key::Ipc),
            uts: fields.text(Key::Uts),
            userns_mode: fields.text(Key::UsernsMode),
            cgroup: fields.text(Key::Cgroup),
            runtime: fields.text(Key::Runtime),
            isolation: fields.text(Key::Isolation),
            oom_score_adj: fields.whole(Key::OomScoreAdj),
            oom_kill_disable: fields.flag(Key::OomKillDisable),
            devices: devices(fields, report),
            stop_signal: fields.text(Key::StopSignal),
            stop_grace_period: fields.duration(Key::StopGracePeriod),
            labels,
            annotations: fields.pairs(Key::Annotations),
            resources: Resources::read(fields, report),
            pre_start: hooks(fields, Key::PreStart, report),
            post_start: hooks(fields, Key::PostStart, report),
            pre_stop: hooks(fields, Key::PreStop, report),
        }
    }
}

impl Image {
    fn read(fields: &mut Fields<'_>, project: &str, service: &Spanned<String>, report: &mut Report) -> Self {
        let written = fields.take(Key::Image);
        let template =
            written.and_then(Tree::as_scalar).and_then(|scalar| scalar.template.as_deref()).map(ToString::to_string);
        let build = fields.below(Key::Build).map(|mut build| {
            let span = build.span;
            let context = build.text(Key::BuildContext).map(|context| context.value);
            let args = build.pairs(Key::BuildArgs);
            build.leave(LEFT_TO_BUILD);
            build.finish(report);
            Spanned::new(Build { context, args }, span)
        });
        let reference =
            written.map(|tree| Spanned::new(shown(tree), tree.span)).filter(|image| !image.value.is_empty());
        // The name Compose gives to what it builds.
        let reference = reference.unwrap_or_else(|| {
            let span = build.as_ref().map_or(service.span, |build| build.span);
            Spanned::new(format!("{project}-{}", service.value), span)
        });
        Self { reference, template, build }
    }
}

/// What `docker compose build` alone reads.
const LEFT_TO_BUILD: &[Key] = &[
    Key::BuildDockerfile,
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

impl Words {
    fn read(tree: Option<&Tree>) -> Self {
        match tree.and_then(words) {
            None => Words::Image,
            Some(words) if words.value.is_empty() => Words::Cleared(words.span),
            Some(words) => Words::Given(words),
        }
    }
}

/// The scheduler's period where none is given, in microseconds.
/// <https://docs.kernel.org/scheduler/sched-bwc.html>
const PERIOD: u64 = 100_000;

impl Resources {
    /// `deploy.resources` and the older keys beside it, which must agree where both are given.
    fn read(fields: &mut Fields<'_>, report: &mut Report) -> Self {
        let period = fields.whole(Key::CpuPeriod).map(|period| period.value).filter(|period| *period > 0);
        // A quota that is not positive is none.
        let quota = fields.whole(Key::CpuQuota).and_then(|quota| {
            let limit =
                u64::try_from(quota.value).ok()?.saturating_mul(1000) / period.map_or(PERIOD, i64::unsigned_abs);
            (quota.value > 0).then(|| Spanned::new(limit.max(1), quota.span))
        });
        let mut all = Self {
            cpu_limit: fields.thousandths(Key::Cpus).or(quota),
            cpu_reservation: None,
            memory_limit: fields.bytes(Key::MemLimit),
            memory_reservation: fields.bytes(Key::MemReservation),
            pids_limit: fields.whole(Key::PidsLimit),
            storage_limit: fields.take(Key::StorageOpt).and_then(|options| options.get("size")).and_then(|written| {
                let bytes = u64::try_from(size(&shown(written))?).ok()?;
                Some(Spanned::new(Bytes(bytes), written.span))
            }),
            swap_limit: fields.signed_bytes(Key::MemswapLimit),
            swappiness: fields.signed_bytes(Key::MemSwappiness),
            devices: requests(fields, Key::Gpus, report),
        };
        let Some(mut resources) = fields.below(Key::Deploy).and_then(|mut deploy| deploy.below(Key::DeployResources))
        else {
            return all;
        };
        if let Some(mut limits) = resources.below(Key::DeployResourcesLimits) {
            all.cpu_limit = limits.thousandths(Key::DeployResourcesLimitsCpus).or(all.cpu_limit);
            all.memory_limit = limits.bytes(Key::DeployResourcesLimitsMemory).or(all.memory_limit);
            all.pids_limit = limits.whole(Key::DeployResourcesLimitsPids).or(all.pids_limit);
            limits.finish(report);
        }
        if let Some(mut reservations) = resources.below(Key::DeployResourcesReservations) {
            all.cpu_reservation = reservations.thousandths(Key::DeployResourcesReservationsCpus);
            all.memory_reservation =
                reservations.bytes(Key::DeployResourcesReservationsMemory).or(all.memory_reservation);
            all.devices.extend(requests(&mut reservations, Key::DeployResourcesReservationsDevices, report));
            reservations.leave(&[Key::DeployResourcesReservationsGenericResources]);
            reservations.finish(report);
        }
        resources.finish(report);
        all
    }
}

fn ulimits(fields: &mut Fields<'_>, report: &mut Report) -> Vec<Ulimit> {
    let mut all = Vec::new();
    for (name, tree, mut limit) in fields.named(Key::Ulimits) {
        let soft = limit.whole(Key::UlimitsSoft).map(|number| number.value);
        let hard = limit.whole(Key::UlimitsHard).map(|number| number.value);
        let both = shown(tree).parse().unwrap_or(0);
        all.push(Ulimit { name, soft: soft.unwrap_or(both), hard: hard.unwrap_or(both) });
        limit.finish(report);
    }
    all
}

fn devices(fields: &mut Fields<'_>, report: &mut Report) -> Vec<Device> {
    let mut all = Vec::new();
    for mut device in fields.items(Key::Devices) {
        let source = device.text(Key::DevicesSource);
        let target = device.text(Key::DevicesTarget).map(|target| target.value);
        let permissions = device.text(Key::DevicesPermissions).map_or_else(|| "rwm".to_owned(), |text| text.value);
        if let Some(source) = source {
            let target = target.unwrap_or_else(|| source.value.clone());
            all.push(Device { source, target, permissions });
        }
        device.finish(report);
    }
    all
}

fn hooks(fields: &mut Fields<'_>, key: Key, report: &mut Report) -> Vec<Hook> {
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
    for mut hook in fields.items(key) {
        let words = hook.take(command).and_then(words);
        let image = if key == Key::PreStart { hook.text(Key::PreStartImage) } else { None };
        hook.leave(if key == Key::PreStart { &[Key::PreStartPerReplica] } else { &[] });
        let user = hook.text(user);
        let working_dir = hook.text(working_dir);
        let environment = hook.pairs(environment);
        let privileged = hook.flag(privileged).is_some_and(|flag| flag.value);
        // A container of its own may run what its image does.
        let none = || (key == Key::PreStart).then(|| Spanned::new(Vec::new(), hook.span));
        if let Some(command) = words.or_else(none) {
            all.push(Hook { command, image, user, working_dir, environment, privileged });
        }
        hook.finish(report);
    }
    all
}
