//! Topic *volumes*: mounts, tmpfs, configs, secrets.
//! <https://github.com/compose-spec/compose-spec/blob/main/07-volumes.md>

pub use super::host_path::HostPath;
use super::process::Variable;
use super::service_name::ServiceName;
use crate::resolve::units::Bytes;
use crate::text::{Span, Spanned};

/// What a service sees on disk beside its image.
#[derive(Debug, Clone)]
pub struct Volumes {
    /// `volumes` and `tmpfs`, in the order written; targets are unique.
    pub mounts: Vec<Mount>,
    /// `configs`.
    pub configs: Vec<FileGrant>,
    /// `secrets`.
    pub secrets: Vec<FileGrant>,
    /// `volumes_from`: the other service's mounts are folded in here by the reader of this topic; containers outside stay.
    pub volumes_from: Vec<VolumesFrom>,
    /// `shm_size`.
    pub shm_size: Option<Spanned<Bytes>>,
}

/// One mount.
#[derive(Debug, Clone)]
pub struct Mount {
    /// Where it was written.
    pub span: Span,
    /// The path in the container, cleaned of `.`, `..` and trailing slashes as Compose does.
    pub target: Spanned<String>,
    /// Whether the container may not write to it.
    pub read_only: bool,
    /// What is mounted.
    pub source: MountSource,
}

/// What is mounted.
#[derive(Debug, Clone)]
pub enum MountSource {
    /// A file or folder of the host.
    Bind {
        /// Where it lies.
        path: HostPath,
        /// `bind.create_host_path`: `false` forbids making a missing folder.
        create_host_path: bool,
        /// `bind.propagation`.
        propagation: Option<Spanned<String>>,
        /// `bind.selinux` or `z`/`Z`.
        selinux: Option<Spanned<String>>,
    },
    /// A declared volume.
    Named {
        /// Its key below `volumes:`; it exists in the project.
        volume: Spanned<String>,
        /// `volume.nocopy`.
        nocopy: bool,
        /// `volume.subpath`.
        subpath: Option<Spanned<String>>,
    },
    /// A volume without a name.
    Anonymous,
    /// Memory.
    Tmpfs {
        /// `tmpfs.size`.
        size: Option<Bytes>,
        /// `tmpfs.mode`, as a number.
        mode: Option<u32>,
        /// Options of the short form that are neither size nor mode: `uid=1000`, `noexec`.
        options: Vec<String>,
    },
    /// The files of an image.
    Image {
        /// Its reference.
        reference: Spanned<String>,
        /// `image.subpath`.
        subpath: Option<Spanned<String>>,
    },
    /// `npipe`, `cluster`: nothing in Kubernetes.
    Other(Spanned<String>),
}

/// One `configs` or `secrets` entry of a service.
#[derive(Debug, Clone)]
pub struct FileGrant {
    /// Where it was written.
    pub span: Span,
    /// The key below the top-level `configs:` or `secrets:`; it exists in the project.
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
    /// Where.
    pub span: Span,
    /// Whose.
    pub from: VolumesFromSource,
    /// `:ro`.
    pub read_only: bool,
}

/// Whose volumes are taken.
#[derive(Debug, Clone)]
pub enum VolumesFromSource {
    /// A service's.
    Service(ServiceName),
    /// `container:NAME`.
    Container(String),
}

/// A declared volume.
#[derive(Debug, Clone)]
pub struct Volume {
    /// Its key, at its place.
    pub key: Spanned<String>,
    /// The name Docker gives it.
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
    /// Its key, at its place.
    pub key: Spanned<String>,
    /// The name Docker gives it.
    pub name: String,
    /// Where its bytes come from.
    pub source: ConfigOrSecretSource,
    /// `labels`.
    pub labels: Vec<Variable>,
}

/// Where the bytes of a config or secret come from.
#[derive(Debug, Clone)]
pub enum ConfigOrSecretSource {
    /// `file`.
    File(Spanned<HostPath>),
    /// `environment`: the variable's name; its value is not kept.
    Environment(Spanned<String>),
    /// `content`, interpolated.
    Content(Spanned<String>),
    /// `external: true`.
    External,
    /// A driver of its own: nothing in Kubernetes.
    Driver(Spanned<String>),
}
