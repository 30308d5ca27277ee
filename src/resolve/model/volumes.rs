//! Topic *volumes*: the model of mounts, tmpfs, configs and secrets.
//! <https://github.com/compose-spec/compose-spec/blob/main/07-volumes.md>

pub use super::host_path::HostPath;
use super::process::Variable;
use super::service_name::ServiceName;
use crate::resolve::units::Bytes;
use crate::sensitive::Sensitive;
use crate::text::{Span, Spanned};

/// The mounts, configs and secrets of a service.
#[derive(Debug, Clone)]
pub struct Volumes {
    /// `volumes` and `tmpfs`, in file order; targets are unique.
    pub mounts: Vec<Mount>,
    /// `configs`.
    pub configs: Vec<FileGrant>,
    /// `secrets`.
    pub secrets: Vec<FileGrant>,
    /// `volumes_from`. The mounts of other services are also added to `mounts`.
    pub volumes_from: Vec<VolumesFrom>,
    /// `shm_size`.
    pub shm_size: Option<Spanned<Bytes>>,
}

/// One mount.
#[derive(Debug, Clone)]
pub struct Mount {
    /// The location of the entry.
    pub span: Span,
    /// The path in the container, normalized as Compose does.
    pub target: Spanned<String>,
    /// Whether the mount is read-only.
    pub read_only: bool,
    /// The source of a mount.
    pub source: MountSource,
}

/// The source of a mount.
#[derive(Debug, Clone)]
pub enum MountSource {
    /// A file or directory on the host.
    Bind {
        /// The path on the host.
        path: HostPath,
        /// `bind.create_host_path`: whether Docker creates a missing directory.
        create_host_path: bool,
        /// `bind.propagation`.
        propagation: Option<Spanned<String>>,
        /// `bind.selinux` or `z`/`Z`.
        selinux: Option<Spanned<String>>,
    },
    /// A declared volume.
    Named {
        /// The key of a volume that exists in the project.
        volume: Spanned<String>,
        /// `volume.nocopy`.
        nocopy: bool,
        /// `volume.subpath`.
        subpath: Option<Spanned<String>>,
    },
    /// An anonymous volume.
    Anonymous,
    /// An in-memory file system.
    Tmpfs {
        /// `tmpfs.size`.
        size: Option<Bytes>,
        /// `tmpfs.mode`, as a number.
        mode: Option<u32>,
        /// Options of the short form that are neither size nor mode: `uid=1000`, `noexec`.
        options: Vec<String>,
    },
    /// The file system of an image.
    Image {
        /// The image reference.
        reference: Spanned<String>,
        /// `image.subpath`.
        subpath: Option<Spanned<String>>,
    },
    /// `npipe` or `cluster`, which Kubernetes does not support.
    Other(Spanned<String>),
}

/// One `configs` or `secrets` entry of a service.
#[derive(Debug, Clone)]
pub struct FileGrant {
    /// The location of the entry.
    pub span: Span,
    /// The key of a config or secret that exists in the project.
    pub source: Spanned<String>,
    /// The path in the container: configs default to `/<source>`, secrets to `/run/secrets/<source>`.
    pub target: String,
    /// `uid`.
    pub uid: Option<Spanned<String>>,
    /// `gid`.
    pub gid: Option<Spanned<String>>,
    /// `mode`, as a number.
    pub mode: Option<Spanned<u32>>,
}

/// One `volumes_from` entry.
#[derive(Debug, Clone)]
pub struct VolumesFrom {
    /// The location of the entry.
    pub span: Span,
    /// The service or container.
    pub from: VolumesFromSource,
    /// `:ro`.
    pub read_only: bool,
}

/// The source of the mounts of a `volumes_from` entry.
#[derive(Debug, Clone)]
pub enum VolumesFromSource {
    /// A service of the project.
    Service(ServiceName),
    /// `container:NAME`.
    Container(String),
}

/// A declared volume.
#[derive(Debug, Clone)]
pub struct Volume {
    /// The key, with its location.
    pub key: Spanned<String>,
    /// The name in Docker.
    pub name: String,
    /// `external: true`.
    pub external: bool,
    /// `driver`.
    pub driver: Option<Spanned<String>>,
    /// `driver_opts`.
    pub driver_opts: Vec<(Spanned<String>, Spanned<String>)>,
    /// `labels`.
    pub labels: Vec<Variable>,
}

/// A declared config or secret.
#[derive(Debug, Clone)]
pub struct ConfigOrSecret {
    /// The key, with its location.
    pub key: Spanned<String>,
    /// The name in Docker.
    pub name: String,
    /// The source of the content.
    pub source: ConfigOrSecretSource,
    /// `labels`.
    pub labels: Vec<Variable>,
}

/// The source of the content of a config or secret.
#[derive(Debug, Clone)]
pub enum ConfigOrSecretSource {
    /// `file`.
    File(Spanned<HostPath>),
    /// `environment`: the name of the variable, and its value if it has one.
    Environment(Spanned<String>, Option<Sensitive>),
    /// `content`, interpolated.
    Content(Spanned<String>),
    /// `content`, interpolated, with values from outside the Compose files.
    OutsideContent(Spanned<Sensitive>),
    /// `external: true`.
    External,
    /// A secret of a custom `driver`, which Kubernetes does not support.
    Driver(Spanned<String>),
}
