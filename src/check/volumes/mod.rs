//! Topic *volumes*: the content at each mount path.

pub(crate) mod config_maps;
pub(crate) mod contents;
pub(crate) mod observed;
pub(crate) mod volume_content;

use k8s_openapi::api::core::v1::VolumeDevice;

use super::context::host_paths::{in_project, subpath_suffix, without_trailing_slash};
use super::context::{ExpectedContext, ObservedContext};
use super::facts::{Fact, Kind, Weight};
use crate::check::manifests::pod::fields::VolumeFields;
use crate::overrides::{HostPathType, MountChoice};
use crate::resolve::volumes::{FileGrant, HostPath, Mount, MountSource, Volume as Declared, Volumes};
use crate::text::{Span, Spanned};
use contents::{of_material, on_disk};
use observed::{modes, mounted, prepared};
use volume_content::{EMPTY_STORAGE, OWN_STORAGE, memory_storage};

/// Returns the facts of the Compose file.
pub(crate) fn expected(context: ExpectedContext) -> Vec<Fact> {
    // The mounts of `volumes_from` are already part of `mounts`, except for containers outside the project.
    let Volumes { mounts, configs, secrets, volumes_from: _, shm_size } = &context.service.volumes;
    let mut facts: Vec<Fact> = Vec::new();
    let data = context.choice().and_then(|choice| choice.data.as_ref()).map(|reasoned| &reasoned.value);
    if let Some(data) = data {
        facts.push(Fact::required(
            Kind::Mount,
            without_trailing_slash(&data.path.value),
            format!("{OWN_STORAGE}, writable"),
            data.path.span,
        ));
    }
    for Mount { span, target, read_only, source } in mounts {
        let path = without_trailing_slash(&target.value);
        if data.is_some_and(|data| without_trailing_slash(&data.path.value) == path) {
            continue;
        }
        let mode = if *read_only { "read-only" } else { "writable" };
        let of = |what: String| Fact::required(Kind::Mount, path, format!("{what}, {mode}"), *span);
        let fact = match source {
            MountSource::Bind { path: source, create_host_path: _, propagation, selinux: _ } => {
                let kind = match propagation.as_ref().map(|word| word.value.as_str()) {
                    Some("rshared" | "shared") => ", propagating both ways",
                    Some("rslave" | "slave") => ", propagating inward",
                    Some(_) | None => "",
                };
                bind(context, path, source, *span, &format!("{mode}{kind}"))
            }
            MountSource::Named { volume, nocopy: _, subpath } => {
                named(context, volume, subpath.as_ref().map(|path| path.value.as_str()), path, mode, *span)
            }
            MountSource::Anonymous => of(EMPTY_STORAGE.to_owned()).or(format!("{OWN_STORAGE}, {mode}")),
            MountSource::Tmpfs { size, mode: _, options: _ } => of(memory_storage(size.map(|size| size.0))),
            MountSource::Image { reference, subpath } => of(format!(
                "the image {}{}",
                reference.value,
                subpath_suffix(subpath.as_ref().map(|path| path.value.as_str()))
            )),
            MountSource::Other(kind) => of(kind.value.clone()).with_weight(Weight::Optional).or("*"),
        };
        facts.push(fact);
        if let Some(MountChoice::HostPathType(kind)) = choice_of(context, path) {
            facts.push(Fact::defaulted(Kind::HostType, path, host_type(kind), *span));
        }
    }
    let declared = &context.project;
    for (grants, word, folder, materials) in
        [(configs, "config", "", &declared.configs), (secrets, "secret", "/run/secrets", &declared.secrets)]
    {
        for FileGrant { span, source, target, uid, gid, mode } in grants {
            let path = if target.starts_with('/') { target.clone() } else { format!("{folder}/{target}") };
            let held = of_material(context, materials.get(&source.value));
            let what = format!("the {word} `{}`", source.value);
            facts.push(Fact::required(Kind::Mount, without_trailing_slash(&path), what, *span).with_contents(held));
            let id = |id: &Option<Spanned<String>>| id.as_ref().map(|id| id.value.clone()).filter(|id| id != "0");
            if let (uid, gid) = (id(uid), id(gid))
                && (uid.is_some() || gid.is_some())
            {
                // Compose's default mode.
                let mode = format!("{:o}", mode.as_ref().map_or(0o444, |mode| mode.value));
                let owner = owner_of(uid.as_deref(), gid.as_deref(), Some(&mode)).unwrap_or_default();
                facts.push(Fact::defaulted(Kind::VolumeOwner, without_trailing_slash(&path), owner, *span));
            }
            // Compose's default is readable by all. The mode of a copy with its own owner is set with the owner.
            let own = id(uid).is_some() || id(gid).is_some();
            let stated = match mode {
                Some(mode) => Fact::required(
                    Kind::MountMode,
                    without_trailing_slash(&path),
                    format!("{:o}", mode.value),
                    mode.span,
                ),
                None => Fact::defaulted(Kind::MountMode, without_trailing_slash(&path), "444", *span),
            };
            facts.push(if own { stated.with_weight(Weight::Optional) } else { stated });
        }
    }
    if let Some(size) = shm_size.as_ref().filter(|_| !facts.iter().any(|fact| fact.subject == "/dev/shm")) {
        facts.push(Fact::required(
            Kind::Mount,
            "/dev/shm",
            format!("{}, writable", memory_storage(Some(size.value.0))),
            size.span,
        ));
    }
    facts.extend(written(context));
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

fn bind(context: ExpectedContext, target: &str, source: &HostPath, span: Span, mode: &str) -> Fact {
    let path = context.host_path(source);
    let fact = match choice_of(context, target) {
        Some(MountChoice::ConfigMapFile | MountChoice::ConfigMapFolder) => {
            Fact::required(Kind::Mount, target, format!("a copy of {path}"), span)
        }
        Some(MountChoice::HostPathType(_)) | None => {
            Fact::required(Kind::Mount, target, format!("{path}, {mode}"), span)
        }
    };
    fact.with_contents(on_disk(context.project, source))
}

/// Returns an option of `driver_opts`.
fn option<'a>(volume: &'a Declared, name: &str) -> Option<&'a str> {
    volume.driver_opts.iter().find(|(key, _)| key.value == name).map(|(_, value)| value.value.as_str())
}

fn flag<'a>(volume: &'a Declared, name: &str) -> Option<&'a str> {
    option(volume, "o")?.split(',').find_map(|word| word.trim().strip_prefix(name)?.strip_prefix('='))
}

fn is_memory(volume: &Declared) -> bool {
    option(volume, "type") == Some("tmpfs")
}

fn named(
    context: ExpectedContext,
    volume: &Spanned<String>,
    subpath: Option<&str>,
    target: &str,
    mode: &str,
    span: Span,
) -> Fact {
    let key = &volume.value;
    let fact =
        |what: String| Fact::required(Kind::Mount, target, format!("{what}{}, {mode}", subpath_suffix(subpath)), span);
    let own = format!("{OWN_STORAGE}{}, {mode}", subpath_suffix(subpath));
    let alone = context.index.volume_users(key, &context.service.name.value).0 < 2;
    let Some(declared) = context.project.volumes.get(key) else { return fact(format!("the volume `{key}`")) };
    if is_memory(declared) {
        return if alone {
            let size = flag(declared, "size").and_then(tmpfs_size);
            fact(memory_storage(size)).or(format!("the volume `{key}` in memory, {mode}"))
        } else {
            fact(format!("the volume `{key}` in memory"))
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
        return fact(shown);
    }
    if matches!(option(declared, "type"), Some("nfs" | "nfs4")) {
        let path = option(declared, "device").unwrap_or_default().trim_start_matches(':');
        let server = flag(declared, "addr").unwrap_or_default();
        let read_only = mode == "read-only" || words.split(',').any(|word| word.trim() == "ro");
        let mode = if read_only { "read-only" } else { mode };
        let what = format!("{server}:{path} of the network{}, {mode}", subpath_suffix(subpath));
        return Fact::required(Kind::Mount, target, what, span)
            .or(format!("the volume `{key}`{}, {mode}", subpath_suffix(subpath)));
    }
    let fact = fact(format!("the volume `{key}`"));
    if alone { fact.or(own) } else { fact }
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
                    facts.push(Fact::required(Kind::VolumeEmptied, key, "yes", span));
                    facts.extend(owner.map(|owner| Fact::required(Kind::VolumeOwner, key, owner, span)));
                }
                // If the overrides name no service, the conversion chooses one.
                None if mine => {
                    facts.push(Fact::optional(Kind::VolumeEmptied, key, "yes", span));
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

fn owner_of(uid: Option<&str>, gid: Option<&str>, mode: Option<&str>) -> Option<String> {
    let number = |text: &&str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let (uid, gid, mode) = (uid.filter(number), gid.filter(number), mode.filter(number));
    let owner = match (uid, gid) {
        (None, None) => None,
        (uid, gid) => {
            Some(format!("{}{}", uid.unwrap_or_default(), gid.map(|gid| format!(":{gid}")).unwrap_or_default()))
        }
    };
    let mode = mode.map(|mode| format!("mode {}", mode.trim_start_matches('0')));
    let parts: Vec<String> = owner.into_iter().chain(mode).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
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
        facts.push(Fact::required(Kind::Device, device_path, format!("the volume {name}"), span));
    }
    if context.pod_owner.is_none() {
        facts.extend(prepared(context, volumes));
    }
    facts
}
