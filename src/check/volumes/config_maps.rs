//! Topic *volumes*: the content of mounted ConfigMaps and Secrets.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{KeyToPath, ProjectedVolumeSource, VolumeProjection};

use super::contents::part;
use super::volume_content::VolumeContent;
use crate::check::context::host_paths::{in_project, subpath_suffix, without_trailing_slash};
use crate::check::context::{CONFIG_SUFFIX, ObservedContext};
use crate::check::facts::{Contents, FileKind, StorageOrigin};
use crate::check::manifests::workload::CONFIG_MAPS_ANNOTATION;

/// Returns the content of a ConfigMap or Secret: a copy of a host path, a config or secret of the Compose file, or
/// another object.
pub(crate) fn of_map(
    context: ObservedContext,
    kind: &'static str,
    name: &str,
    items: Option<&[KeyToPath]>,
    sub: Option<&str>,
) -> VolumeContent {
    let copy = |origin| VolumeContent { is_copy: true, ..VolumeContent::new(origin, None) };
    if let Some(source) = source_of(context, name) {
        let folder = source.ends_with('/');
        let path = if source.starts_with(['/', '~']) {
            without_trailing_slash(&source).to_owned()
        } else {
            in_project(&source)
        };
        let file = path.rsplit('/').next().unwrap_or_default();
        return match (sub, folder) {
            (None, true) => copy(StorageOrigin::CopyOf(path.into())),
            (Some(sub), true) => copy(StorageOrigin::CopyOf(format!("{path}{}", subpath_suffix(Some(sub))).into())),
            (Some(sub), false) if sub == file => copy(StorageOrigin::CopyOf(path.into())),
            (Some(sub), false) => copy(StorageOrigin::EntryBesideCopy {
                entry: sub.into(),
                file: file.into(),
                path: path.as_str().into(),
            }),
            (None, false) => copy(StorageOrigin::DirectoryWithCopy(path.into())),
        };
    }
    let held = context.entries_of(kind, name).and_then(|entries| part(&entries, items, sub));
    let copy = |origin| VolumeContent { held: held.clone(), ..copy(origin) };
    // The entry at the path; of several items, the one that is mounted.
    let path_of = |item: &&KeyToPath| sub.is_none_or(|sub| sub == item.path);
    let entry = items.map_or(sub, |items| items.iter().find(path_of).map(|item| item.key.as_str()));
    let Some(key) = context.index.names.config_key_of(kind, name) else {
        let origin = StorageOrigin::Object { kind, name: name.into(), entry: entry.map(Into::into) };
        return VolumeContent { is_copy: true, held, ..VolumeContent::unclear(origin, None) };
    };
    let is_secret = kind == "Secret" && !name.ends_with(CONFIG_SUFFIX);
    let file_kind = if is_secret { FileKind::Secret } else { FileKind::Config };
    let key_text = || key.into();
    let known = context.entries_of(kind, name);
    let lost = entry.is_some_and(|entry| known.as_ref().is_some_and(|entries| !entries.contains_key(entry)));
    if (items.is_some() && entry.is_none()) || lost {
        return copy(StorageOrigin::NothingOf(file_kind, key_text()));
    }
    // Generated objects have an entry of the same name as the config or secret.
    if let Some(entry) = entry.filter(|entry| context.workload.is_generated && *entry != key) {
        return copy(StorageOrigin::EntryOf(file_kind, key_text(), entry.into()));
    }
    if sub.is_none() {
        return copy(StorageOrigin::DirectoryWith(file_kind, key_text()));
    }
    copy(StorageOrigin::File(file_kind, key_text()))
}

/// Returns the content of a projected volume; a single source is treated like a volume of its own.
pub(crate) fn of_several(
    context: ObservedContext,
    projected: &ProjectedVolumeSource,
    sub: Option<&str>,
) -> VolumeContent {
    let ProjectedVolumeSource { default_mode: _, sources } = projected;
    let mut files = Some(BTreeMap::new());
    for VolumeProjection {
        config_map,
        secret,
        // Information about the pod and credentials, which a Compose file does not have.
        cluster_trust_bundle: _,
        downward_api: _,
        pod_certificate: _,
        service_account_token: _,
    } in sources.iter().flatten()
    {
        let map = config_map.as_ref().map(|map| ("ConfigMap", map.name.as_str(), map.items.as_deref()));
        let named = map.or_else(|| secret.as_ref().map(|it| ("Secret", it.name.as_str(), it.items.as_deref())));
        if let (Some((kind, name, items)), Some([_])) = (named, sources.as_deref()) {
            return of_map(context, kind, name, items, sub);
        }
        let held = named.and_then(|(kind, name, items)| part(&context.entries_of(kind, name)?, items, None));
        files = match (files, held) {
            (Some(mut files), Some(Contents::Folder(more))) => {
                files.extend(more);
                Some(files)
            }
            _ => None,
        };
    }
    let held = files.and_then(|files| match sub.map(without_trailing_slash) {
        Some(sub) => files.get(sub).cloned().map(Contents::File),
        None => Some(Contents::Folder(files)),
    });
    VolumeContent { is_copy: true, held, ..VolumeContent::unclear(StorageOrigin::SeveralObjects, sub) }
}

/// Returns the host path that a ConfigMap is made from.
pub(crate) fn source_of(context: ObservedContext, name: &str) -> Option<String> {
    let listed = context.workload.annotations.get(CONFIG_MAPS_ANNOTATION)?;
    listed.split([' ', ',', '\n']).find_map(|entry| {
        let (map, source) = entry.split_once('=')?;
        (map == name).then(|| unlisted(source))
    })
}

/// Decodes a percent-encoded path of the annotation.
fn unlisted(entry: &str) -> String {
    let mut parts = entry.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(u8::is_ascii);
        if let (Some(code), Some(rest)) = (code, part.get(2..)) {
            text.push(char::from(code));
            text.push_str(rest);
        } else {
            text.push('%');
            text.push_str(part);
        }
    }
    text
}
