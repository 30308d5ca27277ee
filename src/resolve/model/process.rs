//! Topic *process*: the model of image, command, environment, user, security and resources.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md>

use std::fmt;

use super::outside::{OutsideText, OutsideWords};
use super::seccomp::Profile;
use crate::keys::Key;
use crate::resolve::units::{Bytes, Duration};
use crate::text::{Span, Spanned};

/// What the container of a service runs, and with which privileges and resources.
#[derive(Debug, Clone)]
pub struct Process {
    /// `image`, `build`.
    pub image: Image,
    /// `pull_policy`, as written: `always`, `never`, `missing`, `if_not_present`, `build`, `daily`, `weekly`, `every_<duration>`.
    pub pull_policy: Option<Spanned<String>>,
    /// `platform`.
    pub platform: Option<Spanned<Platform>>,
    /// `entrypoint`.
    pub entrypoint: Words,
    /// `command`.
    pub command: Words,
    /// The words of `entrypoint` and of `command` that contain values from outside the Compose files.
    pub outside_words: [OutsideWords; 2],
    /// `env_file` and then `environment`, in file order; each name once.
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
    /// `cap_add`, as written: with or without the prefix `CAP_`.
    pub cap_add: Vec<Spanned<String>>,
    /// `cap_drop`.
    pub cap_drop: Vec<Spanned<String>>,
    /// `security_opt`, as written.
    pub security_opt: Vec<Spanned<String>>,
    /// The file of `security_opt: seccomp:FILE`, with the location of the option.
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
    /// `isolation`, for Windows containers; Linux supports only `default`.
    pub isolation: Option<Spanned<String>>,
    /// `oom_score_adj`.
    pub oom_score_adj: Option<Spanned<i64>>,
    /// `oom_kill_disable`.
    pub oom_kill_disable: Option<Spanned<bool>>,
    /// The `devices` that are paths of the host. The others are requests in `resources`.
    pub devices: Vec<Device>,
    /// `device_cgroup_rules`.
    pub device_rules: Vec<Spanned<String>>,
    /// `stop_signal`.
    pub stop_signal: Option<Spanned<String>>,
    /// `stop_grace_period`; Compose's default is 10 s.
    pub stop_grace_period: Option<Spanned<Duration>>,
    /// `labels` and `deploy.labels`.
    pub labels: Vec<Variable>,
    /// `annotations`.
    pub annotations: Vec<Variable>,
    /// `cpus`, `mem_limit`, `mem_reservation`, `pids_limit`, `deploy.resources`.
    pub resources: Resources,
    /// `pre_start`: containers that run to completion before the service's container.
    pub pre_start: Vec<Hook>,
    /// `post_start`: commands that run in the container after it has started.
    pub post_start: Vec<Hook>,
    /// `pre_stop`.
    pub pre_stop: Vec<Hook>,
}

/// `platform` of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// `linux`, or `wasi` for an image that a WebAssembly runtime runs.
    pub os: String,
    /// Go's name of the architecture, such as `amd64`; `None` for that of the host.
    pub architecture: Option<String>,
    /// The variant, such as `v7`.
    pub variant: Option<String>,
}

impl fmt::Display for Platform {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.os)?;
        [&self.architecture, &self.variant].into_iter().flatten().try_for_each(|part| write!(out, "/{part}"))
    }
}

/// The image of a service.
#[derive(Debug, Clone)]
pub struct Image {
    /// The interpolated reference. For `build` without `image`, the name that Compose gives: `<project>-<service>`.
    pub reference: Spanned<String>,
    /// The reference before interpolation, if that changed it. The up script evaluates it again.
    pub template: Option<ImageTemplate>,
    /// `build`.
    pub build: Option<Spanned<Build>>,
}

impl Image {
    /// Returns the reference before interpolation.
    #[must_use]
    pub fn written(&self) -> &str {
        self.template.as_ref().map_or(self.reference.value.as_str(), |template| template.text.as_str())
    }
}

/// The reference of an image before interpolation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageTemplate {
    /// The text: `tools:${TAG:-latest}`.
    pub text: String,
    /// The variables in it that have a value, with their values.
    pub variables: Vec<(String, String)>,
}

/// The parts of `build` that the output mentions; `docker compose build` builds the image.
#[derive(Debug, Clone)]
pub struct Build {
    /// The context as written.
    pub context: Option<String>,
    /// The path of the Dockerfile from the context.
    pub dockerfile: Option<String>,
    /// Build arguments.
    pub args: Vec<Variable>,
}

/// A command or entrypoint. A missing one and an empty one are different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// Not given: the one of the image applies.
    Image,
    /// `[]` or `""`: the one of the image is removed.
    Cleared(Span),
    /// Given, as a list of arguments.
    Given(Spanned<Vec<String>>),
}

/// A name and a value, each with its location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: Spanned<String>,
    /// The value; `None` if only the name is given and the environment does not define it, so that it stays unset.
    pub value: Option<Spanned<String>>,
    /// What the value is made of, if parts of it are from outside the Compose files.
    pub outside: Option<Box<OutsideText>>,
}

impl Variable {
    /// Returns the value, or the text before interpolation if the value must not be committed; empty without a value.
    #[must_use]
    pub fn committed_value(&self) -> &str {
        match (&self.outside, &self.value) {
            (Some(outside), _) => &outside.template,
            (None, value) => value.as_ref().map_or("", |value| value.value.as_str()),
        }
    }
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
    /// The path on the host.
    pub source: Spanned<String>,
    /// The path in the container.
    pub target: String,
    /// Cgroup permissions: a combination of `r`, `w` and `m`.
    pub permissions: String,
}

/// Resource limits and reservations.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// `cpus`, `cpu_quota` / `cpu_period` or `deploy.resources.limits.cpus`, in thousandths of a CPU.
    pub cpu_limit: Option<Spanned<u64>>,
    /// `deploy.resources.reservations.cpus`, in thousandths of a CPU.
    pub cpu_reservation: Option<Spanned<u64>>,
    /// `mem_limit`, `deploy.resources.limits.memory`.
    pub memory_limit: Option<Spanned<Bytes>>,
    /// `mem_reservation`, `deploy.resources.reservations.memory`.
    pub memory_reservation: Option<Spanned<Bytes>>,
    /// `pids_limit`, `deploy.resources.limits.pids`.
    pub pids_limit: Option<Spanned<i64>>,
    /// `storage_opt.size`: the limit of the container's writable layer.
    pub storage_limit: Option<Spanned<Bytes>>,
    /// `memswap_limit`, memory and swap together. 0 means unset, a negative value no limit.
    pub swap_limit: Option<Spanned<i64>>,
    /// `mem_swappiness`, 0 to 100.
    pub swappiness: Option<Spanned<i64>>,
    /// `gpus`, `deploy.resources.reservations.devices`, and the `devices` that are not paths of the host.
    pub devices: Vec<DeviceRequest>,
}

impl Resources {
    /// Returns the reservations of processors, in thousandths, and of memory. They are at most the limits: Docker does not start a
    /// container that reserves more, and the API server rejects such a pod.
    pub(crate) fn reservations(&self) -> (Option<Spanned<u64>>, Option<Spanned<Bytes>>) {
        fn at_most<T: Copy + Ord + Default>(
            reservation: Option<&Spanned<T>>,
            limit: Option<&Spanned<T>>,
        ) -> Option<Spanned<T>> {
            let limit = limit.map(|limit| limit.value).filter(|limit| *limit > T::default());
            reservation.map(|it| Spanned::new(limit.map_or(it.value, |limit| it.value.min(limit)), it.span))
        }
        (
            at_most(self.cpu_reservation.as_ref(), self.cpu_limit.as_ref()),
            at_most(self.memory_reservation.as_ref(), self.memory_limit.as_ref()),
        )
    }
}

/// One lifecycle hook.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The command and its arguments.
    pub command: Spanned<Vec<String>>,
    /// The words of the command that contain values from outside the Compose files.
    pub outside_words: OutsideWords,
    /// The image of a `pre_start` hook, which runs in a container of its own.
    pub image: Option<Spanned<String>>,
    /// The user, if it differs from the service's.
    pub user: Option<Spanned<String>>,
    /// The working directory, if it differs from the service's.
    pub working_dir: Option<Spanned<String>>,
    /// Additional environment variables.
    pub environment: Vec<Variable>,
    /// Whether the hook is privileged.
    pub privileged: bool,
}

/// The driver of devices of the Container Device Interface, whose IDs are `VENDOR/CLASS=NAME`.
/// <https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md>
pub const CDI_DRIVER: &str = "cdi";

/// Whether the lifecycle handler of these hooks is a shell script: Kubernetes has one command for all of them, without a directory
/// and variables of its own.
#[must_use]
pub fn needs_script(hooks: &[Hook]) -> bool {
    hooks.len() > 1 || hooks.iter().any(|hook| hook.working_dir.is_some() || !hook.environment.is_empty())
}

/// A request for devices of a driver, by number or by ID.
/// <https://github.com/compose-spec/compose-spec/blob/main/deploy.md#devices>
#[derive(Debug, Clone)]
pub struct DeviceRequest {
    /// [`Key::Gpus`], [`Key::DeployResourcesReservationsDevices`] or [`Key::Devices`].
    pub key: Key,
    /// The location of the request.
    pub span: Span,
    /// `driver`; `None` if Docker chooses one by the capabilities.
    pub driver: Option<Spanned<String>>,
    /// `count`; `None` for `all` and for requests by `device_ids`.
    pub count: Option<u64>,
    /// `device_ids`.
    pub device_ids: Vec<Spanned<String>>,
    /// `capabilities`.
    pub capabilities: Vec<Spanned<String>>,
}

impl DeviceRequest {
    /// Returns the kind `VENDOR/CLASS` and the name of the devices, if they are of the Container Device Interface.
    pub(crate) fn cdi_device(&self) -> Option<(&str, &str)> {
        let is_cdi = self.driver.as_ref().is_some_and(|driver| driver.value == CDI_DRIVER);
        let id = self.device_ids.first().filter(|_| is_cdi)?;
        id.value.split_once('=')
    }
}
