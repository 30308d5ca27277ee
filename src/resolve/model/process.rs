//! Topic *process*: image, words, environment, user, security, resources.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md>

use super::seccomp::Profile;
use crate::keys::Key;
use crate::resolve::units::{Bytes, Duration};
use crate::text::{Span, Spanned};

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
    Cleared(Span),
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

/// Devices that a driver gives by number or by name.
/// <https://github.com/compose-spec/compose-spec/blob/main/deploy.md#devices>
#[derive(Debug, Clone)]
pub struct DeviceRequest {
    /// [`Key::Gpus`] or [`Key::DeployResourcesReservationsDevices`].
    pub key: Key,
    /// The whole request.
    pub span: Span,
    /// `driver`; Docker chooses one by the capabilities otherwise.
    pub driver: Option<Spanned<String>>,
    /// `count`: a number; `None` for `all`, and where `device_ids` names them.
    pub count: Option<u64>,
    /// `device_ids`.
    pub device_ids: Vec<Spanned<String>>,
    /// `capabilities`.
    pub capabilities: Vec<Spanned<String>>,
}
