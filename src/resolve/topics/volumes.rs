//! Topic *volumes*: reads mounts, tmpfs, configs and secrets.
//! <https://github.com/compose-spec/compose-spec/blob/main/07-volumes.md>

use super::fields::{Fields, spanned_string};
use crate::keys::Key;
use crate::parse::{CONTENT, Environment, Tree};
use crate::paths::clean_posix;
use crate::report::Report;
use crate::resolve::host_paths;
use crate::resolve::model::outside::OutsideText;
use crate::resolve::model::service_name::ServiceNames;
use crate::resolve::model::volumes::{
    ConfigOrSecret, ConfigOrSecretSource, FileGrant, Mount, MountSource, Volume, Volumes, VolumesFrom,
    VolumesFromSource,
};
use crate::resolve::units::{Bytes, size};
use crate::resolve::value_format::{ScalarValue, ValueFormat, scalar_string};
use crate::sensitive::Sensitive;
use crate::text::Spanned;

/// Takes the keys of the topic.
pub(crate) fn take_volumes(fields: &mut Fields<'_>, names: &ServiceNames, report: &mut Report) -> Volumes {
    let mut mounts: Vec<Mount> = Vec::new();
    for item in fields.take_items(Key::Volumes) {
        mounts.extend(mount(item, report));
    }
    mounts.extend(fields.take_texts(Key::Tmpfs).into_iter().map(|written| tmpfs_mount(&written, fields, report)));
    Volumes {
        mounts,
        configs: take_grants(fields, Key::Configs, report),
        secrets: take_grants(fields, Key::Secrets, report),
        volumes_from: take_volumes_from(fields, names, report),
        shm_size: fields.take_bytes(Key::ShmSize),
    }
}

fn mount(mut fields: Fields<'_>, report: &mut Report) -> Option<Mount> {
    let span = fields.span;
    let kind = fields.take_text(Key::VolumesType)?;
    let source = fields.take_text(Key::VolumesSource);
    let target = fields.take_text(Key::VolumesTarget)?;
    let read_only = fields.take_flag(Key::VolumesReadOnly).is_some_and(|flag| flag.value);
    fields.skip(&[Key::VolumesConsistency]);
    let (mut create_host_path, mut propagation, mut selinux) = (true, None, None);
    if let Some(mut bind) = fields.take_mapping(Key::VolumesBind) {
        create_host_path = bind.take_flag(Key::VolumesBindCreateHostPath).is_none_or(|flag| flag.value);
        propagation = bind.take_text(Key::VolumesBindPropagation);
        selinux = bind.take_text(Key::VolumesBindSelinux);
        bind.skip(&[Key::VolumesBindRecursive]);
        bind.finish(report);
    }
    let (mut nocopy, mut subpath) = (false, None);
    if let Some(mut volume) = fields.take_mapping(Key::VolumesVolume) {
        nocopy = volume.take_flag(Key::VolumesVolumeNocopy).is_some_and(|flag| flag.value);
        subpath = volume.take_text(Key::VolumesVolumeSubpath);
        volume.skip(&[Key::VolumesVolumeLabels]);
        volume.finish(report);
    }
    let (mut size, mut mode) = (None, None);
    if let Some(mut tmpfs) = fields.take_mapping(Key::VolumesTmpfs) {
        size = tmpfs.take_bytes(Key::VolumesTmpfsSize).map(|size| size.value);
        mode = tmpfs.take_whole(Key::VolumesTmpfsMode).and_then(|mode| u32::try_from(mode.value).ok());
        tmpfs.finish(report);
    }
    let mut image_subpath = None;
    if let Some(mut image) = fields.take_mapping(Key::VolumesImage) {
        image_subpath = image.take_text(Key::VolumesImageSubpath);
        image.finish(report);
    }
    let source = match (kind.value.as_str(), source) {
        ("bind", source) => {
            let path = host_paths::host_path(source.as_ref().map_or("", |source| &source.value));
            MountSource::Bind { path, create_host_path, propagation, selinux }
        }
        ("volume", Some(volume)) => MountSource::Named { volume, nocopy, subpath },
        ("volume", None) => MountSource::Anonymous,
        ("tmpfs", _) => MountSource::Tmpfs { size, mode, options: Vec::new() },
        ("image", Some(reference)) => MountSource::Image { reference, subpath: image_subpath },
        (_, _) => MountSource::Other(kind),
    };
    fields.finish(report);
    Some(Mount { span, target, read_only, source })
}

/// Converts a `tmpfs` entry, `PATH[:OPTIONS]`, into a mount.
/// <https://docs.docker.com/engine/storage/tmpfs/>
fn tmpfs_mount(written: &Spanned<String>, fields: &Fields<'_>, report: &mut Report) -> Mount {
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
    let target = Spanned::new(clean_posix(path), written.span);
    Mount { span: written.span, target, read_only, source: MountSource::Tmpfs { size: bytes, mode, options: others } }
}

fn take_grants(fields: &mut Fields<'_>, key: Key, report: &mut Report) -> Vec<FileGrant> {
    let config = key == Key::Configs;
    let keys = if config {
        [Key::ConfigsSource, Key::ConfigsTarget, Key::ConfigsUid, Key::ConfigsGid, Key::ConfigsMode]
    } else {
        [Key::SecretsSource, Key::SecretsTarget, Key::SecretsUid, Key::SecretsGid, Key::SecretsMode]
    };
    let [source, target, uid, gid, mode] = keys;
    let mut all = Vec::new();
    for mut grant in fields.take_items(key) {
        let span = grant.span;
        let target = grant.take_text(target).map(|target| target.value);
        let (uid, gid) = (grant.take_text(uid), grant.take_text(gid));
        let mode = grant.take(mode).and_then(|tree| match ValueFormat::Mode.parse(tree) {
            Ok(ScalarValue::Mode(mode)) => u32::try_from(mode).ok().map(|mode| Spanned::new(mode, tree.span)),
            Ok(_) | Err(_) => None,
        });
        if let Some(source) = grant.take_text(source) {
            let target = target.unwrap_or_else(|| source.value.clone());
            // A relative target is below `/run/secrets` for secrets and below `/` for configs.
            let folder = if config { "" } else { "/run/secrets" };
            let target = if target.starts_with('/') { target } else { format!("{folder}/{target}") };
            all.push(FileGrant { span, source, target, uid, gid, mode });
        }
        grant.finish(report);
    }
    all
}

fn take_volumes_from(fields: &mut Fields<'_>, names: &ServiceNames, report: &mut Report) -> Vec<VolumesFrom> {
    let mut all = Vec::new();
    for written in fields.take_texts(Key::VolumesFrom) {
        let span = written.span;
        let (container, rest) =
            written.value.strip_prefix("container:").map_or((false, written.value.as_str()), |rest| (true, rest));
        let (name, mode) = rest.split_once(':').unwrap_or((rest, ""));
        let read_only = mode.split(',').any(|option| option == "ro");
        if container {
            all.push(VolumesFrom { span, from: VolumesFromSource::Container(name.to_owned()), read_only });
        } else if let Some(service) = fields.service(&Spanned::new(name.to_owned(), span), names, report) {
            all.push(VolumesFrom { span, from: VolumesFromSource::Service(service.value), read_only });
        }
    }
    all
}

/// Takes the keys of a declared volume.
pub(crate) fn volume(key: Spanned<String>, mut fields: Fields<'_>, report: &mut Report) -> Volume {
    let options = fields.take_pairs(Key::TopVolumesDriverOpts).into_iter();
    let driver_opts = options
        .map(|option| {
            let value = option.value.unwrap_or_else(|| Spanned::new(String::new(), option.name.span));
            (option.name, value)
        })
        .collect();
    let volume = Volume {
        name: fields.take_text(Key::TopVolumesName).map_or_else(|| key.value.clone(), |name| name.value),
        key,
        external: fields.take_flag(Key::TopVolumesExternal).is_some_and(|flag| flag.value),
        driver: fields.take_text(Key::TopVolumesDriver),
        driver_opts,
        labels: fields.take_pairs(Key::TopVolumesLabels),
    };
    fields.finish(report);
    volume
}

/// Takes the keys of a declared config.
pub(crate) fn config(
    key: Spanned<String>,
    mut fields: Fields<'_>,
    environment: &Environment,
    report: &mut Report,
) -> ConfigOrSecret {
    let file = fields.take_text(Key::TopConfigsFile);
    let variable = fields.take_text(Key::TopConfigsEnvironment);
    let written = fields.take(Key::TopConfigsContent);
    let has_outside_values = written.is_some_and(|tree| OutsideText::from_tree(tree).is_some());
    let content = written.map(spanned_string);
    let external = fields.take_flag(Key::TopConfigsExternal).is_some_and(|flag| flag.value);
    let name = fields.take_text(Key::TopConfigsName);
    let labels = fields.take_pairs(Key::TopConfigsLabels);
    fields.skip(&[Key::TopConfigsTemplateDriver]);
    fields.finish(report);
    let source = match (external, file, variable, content) {
        (false, Some(file), _, _) => ConfigOrSecretSource::File(file.map(|path| host_paths::host_path(&path))),
        (false, None, Some(variable), content) => {
            // An included project has its own variables, and their values are its contents.
            let value = content.map(|content| content.value);
            let value = value.or_else(|| {
                environment.record(&variable.value, false);
                environment.value(&variable.value).map(str::to_owned)
            });
            ConfigOrSecretSource::Environment(variable, value.map(Sensitive::new))
        }
        (false, None, None, Some(content)) if has_outside_values => {
            ConfigOrSecretSource::OutsideContent(content.map(Sensitive::new))
        }
        (false, None, None, Some(content)) => ConfigOrSecretSource::Content(content),
        (true, _, _, _) | (false, None, None, None) => ConfigOrSecretSource::External,
    };
    ConfigOrSecret { name: name.map_or_else(|| key.value.clone(), |name| name.value), key, source, labels }
}

/// Takes the keys of a declared secret.
pub(crate) fn secret(
    key: Spanned<String>,
    tree: &Tree,
    mut fields: Fields<'_>,
    environment: &Environment,
    report: &mut Report,
) -> ConfigOrSecret {
    let file = fields.take_text(Key::TopSecretsFile);
    let variable = fields.take_text(Key::TopSecretsEnvironment);
    let external = fields.take_flag(Key::TopSecretsExternal).is_some_and(|flag| flag.value);
    let driver = fields.take_text(Key::TopSecretsDriver);
    let name = fields.take_text(Key::TopSecretsName);
    let labels = fields.take_pairs(Key::TopSecretsLabels);
    fields.skip(&[Key::TopSecretsDriverOpts, Key::TopSecretsTemplateDriver]);
    fields.finish(report);
    let source = match (driver, external, file, variable) {
        (Some(driver), _, _, _) => ConfigOrSecretSource::Driver(driver),
        (None, false, Some(file), _) => ConfigOrSecretSource::File(file.map(|path| host_paths::host_path(&path))),
        (None, false, None, Some(variable)) => {
            let value = tree.get(CONTENT).map(scalar_string);
            let value = value.or_else(|| {
                environment.record(&variable.value, false);
                environment.value(&variable.value).map(str::to_owned)
            });
            ConfigOrSecretSource::Environment(variable, value.map(Sensitive::new))
        }
        (None, true, _, _) | (None, false, None, None) => ConfigOrSecretSource::External,
    };
    ConfigOrSecret { name: name.map_or_else(|| key.value.clone(), |name| name.value), key, source, labels }
}
