//! Topic *volumes*: the content at each mount path.

pub(crate) mod config_maps;
pub(crate) mod contents;
mod first_content;
pub(crate) mod observed;
pub(crate) mod volume_content;

use k8s_openapi::api::core::v1::VolumeDevice;

use super::context::host_paths::{in_project, subpath_suffix, without_trailing_slash};
use super::context::{ExpectedContext, ObservedContext, ServiceRole};
use super::facts::{
    Access, Fact, FileKind, Kind, MountedStorage, Ownership, OwnershipChange, Propagation, Qualifier, StorageOrigin,
    Value, Weight,
};
use crate::check::manifests::pod::fields::VolumeFields;
use crate::overrides::{HostPathType, MountChoice};
use crate::resolve::networks::Attachment;
use crate::resolve::volumes::{
    ConfigOrSecretSource, FileGrant, HostPath, Mount, MountSource, Volume as Declared, Volumes,
};
use crate::text::{Span, Spanned};
use contents::{of_material, on_disk};
use observed::{modes, mounted, prepared};
use volume_content::{is_memory, memory_storage, option};

/// Returns the facts of the Compose file.
pub(crate) fn expected(context: ExpectedContext) -> Vec<Fact> {
    // The mounts of `volumes_from` are already part of `mounts`, except for containers outside the project.
    let Volumes { mounts, configs, secrets, volumes_from: _, shm_size } = &context.service.volumes;
    let is_privileged = context.service.process.privileged.as_ref().is_some_and(|privileged| privileged.value);
    let mut facts: Vec<Fact> = Vec::new();
    let data = context.choice().and_then(|choice| choice.data.as_ref()).map(|reasoned| &reasoned.value);
    if let Some(data) = data {
        let path = without_trailing_slash(&data.path.value);
        let storage = |origin| MountedStorage::new(origin, Some(Access::Writable));
        let fact = Fact::required(Kind::Mount, path, storage(StorageOrigin::Own), data.path.span);
        let fact = if data.built_in { fact.with_weight(Weight::Default) } else { fact };
        // `docker compose run` gives the container a new anonymous volume.
        let is_run = context.role != ServiceRole::Service;
        facts.push(if is_run { fact.or(storage(StorageOrigin::Empty)) } else { fact });
    }
    for Mount { span, target, read_only, source } in mounts {
        let path = without_trailing_slash(&target.value);
        if data.is_some_and(|data| without_trailing_slash(&data.path.value) == path) {
            continue;
        }
        let access = Access::from_read_only(*read_only);
        let storage = |origin| MountedStorage::new(origin, Some(access));
        let fact = |storage: MountedStorage| Fact::required(Kind::Mount, path, storage, *span);
        let fact = match source {
            MountSource::Bind { path: source, create_host_path: _, propagation, selinux: _ } => {
                let propagation = match propagation.as_ref().map(|word| word.value.as_str()) {
                    // The API server accepts bidirectional propagation of privileged containers only.
                    Some("rshared" | "shared") if is_privileged => Propagation::Bidirectional,
                    Some("rshared" | "shared" | "rslave" | "slave") => Propagation::FromHost,
                    Some(_) | None => Propagation::Private,
                };
                bind(context, path, source, *span, access, propagation)
            }
            MountSource::Named { volume, nocopy: _, subpath } => {
                named(context, volume, subpath.as_ref().map(|path| path.value.as_str()), path, access, *span)
            }
            MountSource::Anonymous => fact(storage(StorageOrigin::Empty)).or(storage(StorageOrigin::Own)),
            MountSource::Tmpfs { size, mode: _, options: _ } => fact(storage(memory_storage(size.map(|size| size.0)))),
            MountSource::Image { reference, subpath } => {
                let origin = StorageOrigin::Image { reference: (&reference.value).into(), pull: None };
                fact(storage(origin).with_subpath(subpath.as_ref().map(|path| path.value.as_str())))
            }
            MountSource::Other(kind) => {
                let origin = StorageOrigin::OtherType((&kind.value).into());
                fact(storage(origin)).with_weight(Weight::Optional).or(Value::Any)
            }
        };
        facts.push(fact);
        if let Some(MountChoice::HostPathType(kind)) = choice_of(context, path) {
            facts.push(Fact::defaulted(Kind::HostType, path, host_type(kind), *span));
        }
    }
    let before_files = facts.len();
    let declared = &context.project;
    for (grants, file_kind, folder, materials) in [
        (configs, FileKind::Config, "", &declared.configs),
        (secrets, FileKind::Secret, "/run/secrets", &declared.secrets),
    ] {
        for FileGrant { span, source, target, uid, gid, mode } in grants {
            let path = if target.starts_with('/') { target.clone() } else { format!("{folder}/{target}") };
            let path = without_trailing_slash(&path);
            let material = materials.get(&source.value);
            let held = of_material(context, material);
            let file = |access| MountedStorage::new(StorageOrigin::File(file_kind, (&source.value).into()), access);
            if let Some(ConfigOrSecretSource::File(host)) = material.map(|material| &material.source) {
                // The owner and mode are those of the host's file.
                let origin = StorageOrigin::Host(context.host_path(&host.value).into());
                let bound =
                    Fact::required(Kind::Mount, path, MountedStorage::new(origin, Some(Access::ReadOnly)), *span);
                facts.push(bound.or(file(None)).with_contents(held));
                facts.push(Fact::optional(Kind::MountMode, path, Value::Any, *span));
                facts.push(Fact::optional(Kind::VolumeOwner, path, Value::Any, *span));
                continue;
            }
            let copied = Fact::required(Kind::Mount, path, file(Some(Access::Writable)), *span);
            facts.push(copied.or(file(None)).with_contents(held));
            let id = |id: &Option<Spanned<String>>| id.as_ref().map(|id| id.value.clone()).filter(|id| id != "0");
            // Compose's default is readable by all.
            let mode_number = mode.as_ref().map_or(0o444, |mode| mode.value);
            let octal = format!("{mode_number:o}");
            let owner = owner_of(id(uid).as_deref(), id(gid).as_deref(), Some(&octal)).unwrap_or_default();
            facts.push(Fact::defaulted(Kind::VolumeOwner, path, owner, *span));
            // A ConfigMap or Secret that is mounted without a copy has the mode itself.
            let at = mode.as_ref().map_or(*span, |mode| mode.span);
            let stated = Fact::optional(Kind::MountMode, path, Value::FileMode(mode_number), at);
            // Kubernetes' default differs for root alone, which may write anyway.
            facts.push(if mode.is_none() { stated.or(Value::FileMode(0o644)) } else { stated });
        }
    }
    // A service that runs on request in the running pod of another one has no such files, and nothing sets the owners of its
    // volumes. The conversion reports that.
    let on_request =
        !context.service.order.active && matches!(context.service.networks.attachment, Attachment::OfService(_));
    if on_request {
        facts.iter_mut().skip(before_files).for_each(|fact| fact.weight = Weight::Optional);
    }
    if let Some(size) = shm_size.as_ref().filter(|_| !facts.iter().any(|fact| fact.subject == "/dev/shm")) {
        let storage = MountedStorage::new(memory_storage(Some(size.value.0)), Some(Access::Writable));
        facts.push(Fact::required(Kind::Mount, "/dev/shm", storage, size.span));
    }
    let before_owners = facts.len();
    facts.extend(written(context));
    if on_request {
        facts.iter_mut().skip(before_owners).for_each(|fact| fact.weight = Weight::Optional);
    }
    facts.extend(first_content::expected(context));
    facts
}

/// Returns what the overrides state for the bind mount at a path.
fn choice_of(context: ExpectedContext, target: &str) -> Option<MountChoice> {
    let mut choices = context.choice()?.mounts.iter();
    choices.find(|(path, _)| without_trailing_slash(path) == target).map(|(_, reasoned)| reasoned.value.value)
}

/// Returns the name of a host path type in Kubernetes.
fn host_type(kind: HostPathType) -> &'static str {
    match kind {
        HostPathType::File => "File",
        HostPathType::Directory => "Directory",
        HostPathType::FileOrCreate => "FileOrCreate",
        HostPathType::DirectoryOrCreate => "DirectoryOrCreate",
        HostPathType::Socket => "Socket",
        HostPathType::CharDevice => "CharDevice",
    }
}

fn bind(
    context: ExpectedContext,
    target: &str,
    source: &HostPath,
    span: Span,
    access: Access,
    propagation: Propagation,
) -> Fact {
    let path = context.host_path(source);
    let storage = match choice_of(context, target) {
        Some(MountChoice::ConfigMapFile | MountChoice::ConfigMapFolder) => {
            MountedStorage::new(StorageOrigin::CopyOf(path.into()), None)
        }
        Some(MountChoice::HostPathType(_)) | None => {
            MountedStorage { propagation, ..MountedStorage::new(StorageOrigin::Host(path.into()), Some(access)) }
        }
    };
    Fact::required(Kind::Mount, target, storage, span).with_contents(on_disk(context.project, source))
}

fn flag<'a>(volume: &'a Declared, name: &str) -> Option<&'a str> {
    option(volume, "o")?.split(',').find_map(|word| word.trim().strip_prefix(name)?.strip_prefix('='))
}

fn named(
    context: ExpectedContext,
    volume: &Spanned<String>,
    subpath: Option<&str>,
    target: &str,
    access: Access,
    span: Span,
) -> Fact {
    let key = &volume.value;
    let storage = |origin| MountedStorage::new(origin, Some(access)).with_subpath(subpath);
    let fact = |origin| Fact::required(Kind::Mount, target, storage(origin), span);
    let of_project = || StorageOrigin::Volume(key.into());
    let in_memory = || StorageOrigin::SharedMemory(key.into());
    let alone = context.index.volume_users(key, &context.service.name.value).0 < 2;
    let Some(declared) = context.project.volumes.get(key) else { return fact(of_project()) };
    if is_memory(declared) {
        return if alone {
            let size = flag(declared, "size").and_then(tmpfs_size);
            fact(memory_storage(size)).or(MountedStorage::new(in_memory(), Some(access)))
        } else {
            fact(in_memory())
        };
    }
    let words = option(declared, "o").unwrap_or_default();
    let bound = words.split(',').any(|word| matches!(word.trim(), "bind" | "rbind"));
    if let (true, Some(device)) = (bound, option(declared, "device")) {
        let path = std::path::Path::new(device);
        let shown = match path.strip_prefix(&context.project.directory) {
            Ok(rest) => in_project(&rest.to_string_lossy()),
            Err(_) if path.is_absolute() || device.starts_with('~') => without_trailing_slash(device).to_owned(),
            Err(_) => in_project(device.trim_start_matches("./")),
        };
        // A `subpath` of a host folder is a longer path.
        let origin = StorageOrigin::Host(format!("{shown}{}", subpath_suffix(subpath)).into());
        return Fact::required(Kind::Mount, target, MountedStorage::new(origin, Some(access)), span);
    }
    if matches!(option(declared, "type"), Some("nfs" | "nfs4")) {
        let path = option(declared, "device").unwrap_or_default().trim_start_matches(':');
        let server = flag(declared, "addr").unwrap_or_default();
        let read_only = access == Access::ReadOnly || words.split(',').any(|word| word.trim() == "ro");
        let access = Access::from_read_only(read_only);
        let storage = |origin| MountedStorage::new(origin, Some(access)).with_subpath(subpath);
        let export = StorageOrigin::Nfs { server: server.into(), path: path.into() };
        return Fact::required(Kind::Mount, target, storage(export), span).or(storage(of_project()));
    }
    let fact = fact(of_project());
    if alone { fact.or(storage(StorageOrigin::Own)) } else { fact }
}

/// Parses the size of a tmpfs as the kernel does.
fn tmpfs_size(text: &str) -> Option<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.trim_end_matches(['k', 'm', 'g']);
    let unit: u64 = match lower.strip_prefix(digits)? {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// Returns what the service that initialises a memory-backed volume does to it before it starts.
fn written(context: ExpectedContext) -> Vec<Fact> {
    let name = &context.service.name.value;
    let mut facts = Vec::new();
    for (key, declared) in context.index.volumes(name).iter().copied().filter(|(_, declared)| is_memory(declared)) {
        let (users, mine) = context.index.volume_users(key, name);
        let writer = context.overrides.writers.get(key).map(|reasoned| &reasoned.value);
        let span = declared.key.span;
        let owner = owner_of(flag(declared, "uid"), flag(declared, "gid"), flag(declared, "mode"));
        if users > 1 {
            match writer {
                Some(writer) if writer.value == *name => {
                    facts.push(Fact::required(Kind::VolumeEmptied, key, true, span));
                    facts.extend(owner.map(|owner| Fact::required(Kind::VolumeOwner, key, owner, span)));
                }
                // If the overrides name no service, the conversion chooses one.
                None if mine => {
                    facts.push(Fact::optional(Kind::VolumeEmptied, key, true, span));
                    facts.extend(owner.map(|owner| Fact::optional(Kind::VolumeOwner, key, owner, span)));
                }
                Some(_) | None => {}
            }
        } else if mine {
            facts.extend(owner.map(|owner| Fact::defaulted(Kind::VolumeOwner, key, owner, span)));
        }
    }
    for mount in &context.service.volumes.mounts {
        let MountSource::Tmpfs { size: _, mode, options } = &mount.source else { continue };
        let option = |name: &str| options.iter().find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
        let mode = mode.map(|mode| format!("{mode:o}"));
        if let Some(owner) = owner_of(option("uid"), option("gid"), mode.as_deref()) {
            facts.push(Fact::defaulted(
                Kind::VolumeOwner,
                without_trailing_slash(&mount.target.value),
                owner,
                mount.span,
            ));
        }
    }
    facts
}

fn owner_of(uid: Option<&str>, gid: Option<&str>, mode: Option<&str>) -> Option<Ownership> {
    let number = |text: &&str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let (uid, gid, mode) = (uid.filter(number), gid.filter(number), mode.filter(number));
    let owner = match (uid, gid) {
        (None, None) => None,
        (uid, gid) => {
            Some(format!("{}{}", uid.unwrap_or_default(), gid.map(|gid| format!(":{gid}")).unwrap_or_default()))
        }
    };
    let mode = mode.map(|mode| mode.trim_start_matches('0').to_owned());
    let change = |value: Option<String>| value.map(|value| OwnershipChange::To(value.into()));
    let ownership = Ownership { owner: change(owner), mode: change(mode) };
    (ownership != Ownership::default()).then_some(ownership)
}

/// Returns the facts of the manifests.
pub(crate) fn observed(context: ObservedContext, seen: &VolumeFields) -> Vec<Fact> {
    let VolumeFields { mounts, volumes, devices } = *seen;
    let mut facts = Vec::new();
    for (index, mount) in mounts.iter().enumerate() {
        let span = context.at.key("volumeMounts").item(index).key("mountPath").span();
        facts.push(mounted(context, mount, volumes, span));
        facts.extend(modes(context, mount, volumes));
    }
    for (index, VolumeDevice { device_path, name }) in devices.iter().enumerate() {
        let span = context.at.key("volumeDevices").item(index).span();
        facts.push(Fact::required(Kind::Device, device_path, Value::qualified(name, Qualifier::VolumeDevice), span));
    }
    facts.extend(prepared(context, volumes));
    facts.extend(first_content::observed(context, mounts, volumes));
    facts
}
