//! Topic *volumes*: mounts, tmpfs, configs, secrets.
//! <https://github.com/compose-spec/compose-spec/blob/main/07-volumes.md>

use super::fields::Fields;
use super::form::{Form, Meaning};
use super::paths;
use super::process::Variable;
use super::project::{Names, ServiceName};
use super::units::{Bytes, size};
use crate::keys::Key;
use crate::report::Report;
use crate::text::{Span, Spanned};

/// What a service sees on disk beside its image.
#[derive(Debug, Clone)]
pub struct Volumes {
    /// `volumes` and `tmpfs`, in the order written; targets are unique.
    pub mounts: Vec<Mount>,
    /// `configs`.
    pub configs: Vec<Grant>,
    /// `secrets`.
    pub secrets: Vec<Grant>,
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

/// A path of the host, without naming the machine where that can be helped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostPath {
    /// Below the project directory, cleaned; empty is the directory itself; `../x` lies beside it.
    Project(String),
    /// Below `HOME` (`~/x`), cleaned.
    Home(String),
    /// Absolute, cleaned.
    Absolute(String),
}

/// One `configs` or `secrets` entry of a service.
#[derive(Debug, Clone)]
pub struct Grant {
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
    pub from: From,
    /// `:ro`.
    pub read_only: bool,
}

/// Whose volumes are taken.
#[derive(Debug, Clone)]
pub enum From {
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
pub struct Material {
    /// Its key, at its place.
    pub key: Spanned<String>,
    /// The name Docker gives it.
    pub name: String,
    /// Where its bytes come from.
    pub source: MaterialSource,
    /// `labels`.
    pub labels: Vec<Variable>,
}

/// Where the bytes of a config or secret come from.
#[derive(Debug, Clone)]
pub enum MaterialSource {
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

impl Volumes {
    /// Takes the topic's keys.
    pub(super) fn read(fields: &mut Fields<'_>, names: &Names, report: &mut Report) -> Self {
        let mut mounts: Vec<Mount> = Vec::new();
        for mount in fields.items(Key::Volumes) {
            mounts.extend(Mount::read(mount, report));
        }
        mounts.extend(fields.texts(Key::Tmpfs).into_iter().map(|written| tmpfs(&written, fields, report)));
        Self {
            mounts,
            configs: grants(fields, Key::Configs, report),
            secrets: grants(fields, Key::Secrets, report),
            volumes_from: volumes_from(fields, names, report),
            shm_size: fields.bytes(Key::ShmSize),
        }
    }
}

impl Mount {
    fn read(mut fields: Fields<'_>, report: &mut Report) -> Option<Self> {
        let span = fields.span;
        let kind = fields.text(Key::VolumesType)?;
        let source = fields.text(Key::VolumesSource);
        let target = fields.text(Key::VolumesTarget)?;
        let read_only = fields.flag(Key::VolumesReadOnly).is_some_and(|flag| flag.value);
        fields.leave(&[Key::VolumesConsistency]);
        let (mut create_host_path, mut propagation, mut selinux) = (true, None, None);
        if let Some(mut bind) = fields.below(Key::VolumesBind) {
            create_host_path = bind.flag(Key::VolumesBindCreateHostPath).is_none_or(|flag| flag.value);
            propagation = bind.text(Key::VolumesBindPropagation);
            selinux = bind.text(Key::VolumesBindSelinux);
            bind.leave(&[Key::VolumesBindRecursive]);
            bind.finish(report);
        }
        let (mut nocopy, mut subpath) = (false, None);
        if let Some(mut volume) = fields.below(Key::VolumesVolume) {
            nocopy = volume.flag(Key::VolumesVolumeNocopy).is_some_and(|flag| flag.value);
            subpath = volume.text(Key::VolumesVolumeSubpath);
            volume.leave(&[Key::VolumesVolumeLabels]);
            volume.finish(report);
        }
        let (mut size, mut mode) = (None, None);
        if let Some(mut tmpfs) = fields.below(Key::VolumesTmpfs) {
            size = tmpfs.bytes(Key::VolumesTmpfsSize).map(|size| size.value);
            mode = tmpfs.whole(Key::VolumesTmpfsMode).and_then(|mode| u32::try_from(mode.value).ok());
            tmpfs.finish(report);
        }
        let mut image_subpath = None;
        if let Some(mut image) = fields.below(Key::VolumesImage) {
            image_subpath = image.text(Key::VolumesImageSubpath);
            image.finish(report);
        }
        let source = match (kind.value.as_str(), source) {
            ("bind", source) => {
                let path = paths::of(source.as_ref().map_or("", |source| &source.value));
                MountSource::Bind { path, create_host_path, propagation, selinux }
            }
            ("volume", Some(volume)) => MountSource::Named { volume, nocopy, subpath },
            ("volume", None) => MountSource::Anonymous,
            ("tmpfs", _) => MountSource::Tmpfs { size, mode, options: Vec::new() },
            ("image", Some(reference)) => MountSource::Image { reference, subpath: image_subpath },
            (_, _) => MountSource::Other(kind),
        };
        fields.finish(report);
        Some(Self { span, target, read_only, source })
    }
}

/// `tmpfs: PATH[:OPTIONS]`.
/// <https://docs.docker.com/engine/storage/tmpfs/>
fn tmpfs(written: &Spanned<String>, fields: &Fields<'_>, report: &mut Report) -> Mount {
    let (path, options) = written.value.split_once(':').unwrap_or((&written.value, ""));
    let (mut bytes, mut mode, mut read_only, mut others) = (None, None, false, Vec::new());
    for option in options.split(',').filter(|option| !option.is_empty()) {
        let wrong = match option.split_once('=') {
            Some(("size", text)) => {
                bytes = size(text).and_then(|size| u64::try_from(size).ok()).map(Bytes);
                bytes.is_none()
            }
            Some(("mode", text)) => {
                mode = u32::from_str_radix(text, 8).ok();
                mode.is_none()
            }
            Some(_) | None => {
                read_only |= option == "ro";
                if !matches!(option, "ro" | "rw") {
                    others.push(option.to_owned());
                }
                false
            }
        };
        if wrong {
            fields.not_possible(format!("`{option}` is not an option of a tmpfs"), written.span, report);
        }
    }
    let target = Spanned::new(paths::cleaned_target(path), written.span);
    Mount { span: written.span, target, read_only, source: MountSource::Tmpfs { size: bytes, mode, options: others } }
}

fn grants(fields: &mut Fields<'_>, key: Key, report: &mut Report) -> Vec<Grant> {
    let config = key == Key::Configs;
    let keys = if config {
        [Key::ConfigsSource, Key::ConfigsTarget, Key::ConfigsUid, Key::ConfigsGid, Key::ConfigsMode]
    } else {
        [Key::SecretsSource, Key::SecretsTarget, Key::SecretsUid, Key::SecretsGid, Key::SecretsMode]
    };
    let [source, target, uid, gid, mode] = keys;
    let mut all = Vec::new();
    for mut grant in fields.items(key) {
        let span = grant.span;
        let target = grant.text(target).map(|target| target.value);
        let (uid, gid) = (grant.text(uid), grant.text(gid));
        let mode = grant.take(mode).and_then(|tree| match Form::Mode.read(tree) {
            Ok(Meaning::Mode(mode)) => u32::try_from(mode).ok().map(|mode| Spanned::new(mode, tree.span)),
            Ok(_) | Err(_) => None,
        });
        if let Some(source) = grant.text(source) {
            let target = target.unwrap_or_else(|| source.value.clone());
            // A path that does not begin at the root begins where Docker keeps such files.
            let folder = if config { "" } else { "/run/secrets" };
            let target = if target.starts_with('/') { target } else { format!("{folder}/{target}") };
            all.push(Grant { span, source, target, uid, gid, mode });
        }
        grant.finish(report);
    }
    all
}

fn volumes_from(fields: &mut Fields<'_>, names: &Names, report: &mut Report) -> Vec<VolumesFrom> {
    let mut all = Vec::new();
    for written in fields.texts(Key::VolumesFrom) {
        let span = written.span;
        let (container, rest) =
            written.value.strip_prefix("container:").map_or((false, written.value.as_str()), |rest| (true, rest));
        let (name, mode) = rest.split_once(':').unwrap_or((rest, ""));
        let read_only = mode.split(',').any(|option| option == "ro");
        if container {
            all.push(VolumesFrom { span, from: From::Container(name.to_owned()), read_only });
        } else if let Some(service) = names.service(&Spanned::new(name.to_owned(), span), fields, report) {
            all.push(VolumesFrom { span, from: From::Service(service.value), read_only });
        }
    }
    all
}

impl Volume {
    /// Takes a declared volume's keys.
    pub(super) fn read(key: Spanned<String>, mut fields: Fields<'_>, report: &mut Report) -> Self {
        let options = fields.pairs(Key::TopVolumesDriverOpts).into_iter();
        let driver_opts = options
            .map(|option| {
                let value = option.value.unwrap_or_else(|| Spanned::new(String::new(), option.name.span));
                (option.name, value)
            })
            .collect();
        let volume = Self {
            name: fields.text(Key::TopVolumesName).map_or_else(|| key.value.clone(), |name| name.value),
            key,
            external: fields.flag(Key::TopVolumesExternal).is_some_and(|flag| flag.value),
            driver: fields.text(Key::TopVolumesDriver),
            driver_opts,
            labels: fields.pairs(Key::TopVolumesLabels),
        };
        fields.finish(report);
        volume
    }
}

impl Material {
    /// Takes a declared config's keys.
    pub(super) fn config(key: Spanned<String>, mut fields: Fields<'_>, report: &mut Report) -> Self {
        let file = fields.text(Key::TopConfigsFile);
        let variable = fields.text(Key::TopConfigsEnvironment);
        let content = fields.take(Key::TopConfigsContent).map(super::fields::text);
        let external = fields.flag(Key::TopConfigsExternal).is_some_and(|flag| flag.value);
        let name = fields.text(Key::TopConfigsName);
        let labels = fields.pairs(Key::TopConfigsLabels);
        fields.leave(&[Key::TopConfigsTemplateDriver]);
        fields.finish(report);
        let source = match (external, file, variable, content) {
            (false, Some(file), _, _) => MaterialSource::File(file.map(|path| paths::of(&path))),
            (false, None, Some(variable), _) => MaterialSource::Environment(variable),
            (false, None, None, Some(content)) => MaterialSource::Content(content),
            (true, _, _, _) | (false, None, None, None) => MaterialSource::External,
        };
        Self { name: name.map_or_else(|| key.value.clone(), |name| name.value), key, source, labels }
    }

    /// Takes a declared secret's keys.
    pub(super) fn secret(key: Spanned<String>, mut fields: Fields<'_>, report: &mut Report) -> Self {
        let file = fields.text(Key::TopSecretsFile);
        let variable = fields.text(Key::TopSecretsEnvironment);
        let external = fields.flag(Key::TopSecretsExternal).is_some_and(|flag| flag.value);
        let driver = fields.text(Key::TopSecretsDriver);
        let name = fields.text(Key::TopSecretsName);
        let labels = fields.pairs(Key::TopSecretsLabels);
        fields.leave(&[Key::TopSecretsDriverOpts, Key::TopSecretsTemplateDriver]);
        fields.finish(report);
        let source = match (driver, external, file, variable) {
            (Some(driver), _, _, _) => MaterialSource::Driver(driver),
            (None, false, Some(file), _) => MaterialSource::File(file.map(|path| paths::of(&path))),
            (None, false, None, Some(variable)) => MaterialSource::Environment(variable),
            (None, true, _, _) | (None, false, None, None) => MaterialSource::External,
        };
        Self { name: name.map_or_else(|| key.value.clone(), |name| name.value), key, source, labels }
    }
}
