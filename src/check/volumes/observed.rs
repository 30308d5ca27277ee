//! Topic *volumes*: the content of a pod's volumes, and what init containers change in them.

use k8s_openapi::api::core::v1::{Container, Volume, VolumeMount};

use super::config_maps::{of_map, of_several, source_of};
use super::volume_content::{VolumeContent, memory_storage};
use crate::check::context::ObservedContext;
use crate::check::context::host_paths::{subpath_suffix, without_trailing_slash};
use crate::check::facts::{
    Access, Fact, Kind, MountedStorage, Ownership, OwnershipChange, Propagation, PullPolicy, Setting, StorageOrigin,
    Value, Weight,
};
use crate::check::manifests::init_script::InitAction;
use crate::check::manifests::pod::image_pull::pull_policy_of;
use crate::check::manifests::pod::quantity::base_units;
use crate::text::Span;

pub(crate) fn mounted(context: ObservedContext, mount: &VolumeMount, volumes: &[Volume], span: Span) -> Fact {
    let VolumeMount { mount_path, mount_propagation, name, read_only, recursive_read_only: _, sub_path, sub_path_expr } =
        mount;
    let path = without_trailing_slash(mount_path);
    let sub = sub_path.as_deref().or(sub_path_expr.as_deref());
    let VolumeContent {
        storage,
        sub,
        is_copy,
        is_writable_copy,
        mut read_only_source,
        propagation: most,
        unclear,
        held,
    } = volume_content(context, name, volumes, sub);
    read_only_source |= read_only.unwrap_or(false);
    let access = Access::from_read_only(read_only_source);
    let storage = if is_copy {
        let is_writable = is_writable_copy && access == Access::Writable;
        MountedStorage { access: is_writable.then_some(access), ..storage }
    } else {
        let propagation = match mount_propagation.as_deref() {
            Some("Bidirectional") => Propagation::Bidirectional,
            Some("HostToContainer") => Propagation::FromHost,
            Some(_) | None => Propagation::Private,
        };
        MountedStorage { access: Some(access), propagation: propagation.min(most), ..storage }
            .with_subpath(sub.as_deref())
    };
    let mut fact = Fact::required(Kind::Mount, path, storage, span);
    fact.unclear = unclear;
    fact.with_contents(held)
}

/// Returns the mode of a mounted config or secret, or the required type of a host path.
pub(crate) fn modes(context: ObservedContext, mount: &VolumeMount, volumes: &[Volume]) -> Option<Fact> {
    let index = volumes.iter().position(|volume| volume.name == mount.name)?;
    let volume = volumes.get(index)?;
    let (path, place) = (without_trailing_slash(&mount.mount_path), context.workload.at.key("volumes").item(index));
    if let Some(kind) = volume.host_path.as_ref().and_then(|host| host.type_.as_deref()).filter(|kind| !kind.is_empty())
    {
        return Some(Fact::defaulted(Kind::HostType, path, kind, place.keys(&["hostPath", "type"]).span()));
    }
    let map =
        volume.config_map.as_ref().map(|map| ("ConfigMap", map.name.as_str(), map.default_mode, map.items.as_ref()));
    let secret = volume.secret.as_ref();
    let (kind, name, otherwise, items) = map
        .or_else(|| Some(("Secret", secret?.secret_name.as_deref()?, secret?.default_mode, secret?.items.as_ref())))?;
    // Copies of host files have the mode of their source; the files of a directory have one each.
    let known = context.index.names.config_key_of(kind, name).is_some() && source_of(context, name).is_none();
    let sub = mount.sub_path.as_deref().filter(|_| known)?;
    let item = items.iter().flat_map(|items| items.iter()).find(|item| item.path == sub);
    // Kubernetes' default is 0644. Exported objects state it.
    let mode = item.and_then(|item| item.mode).or(otherwise).unwrap_or(0o644);
    let weight = if mode == 0o644 { Weight::Default } else { Weight::Required };
    Some(
        Fact::required(Kind::MountMode, path, Value::FileMode(mode.cast_unsigned()), place.key("name").span())
            .with_weight(weight),
    )
}

fn volume_content(context: ObservedContext, name: &str, volumes: &[Volume], sub: Option<&str>) -> VolumeContent {
    if context.workload.claims.iter().any(|claim| claim.metadata.name.as_deref() == Some(name)) {
        return VolumeContent::new(StorageOrigin::Own, sub);
    }
    let Some(volume) = volumes.iter().find(|volume| volume.name == name) else {
        return VolumeContent::new(StorageOrigin::Undefined(name.into()), sub);
    };
    let Volume {
        name: _,
        config_map,
        empty_dir,
        ephemeral,
        host_path,
        image,
        nfs,
        persistent_volume_claim,
        projected,
        secret,
        downward_api,
        aws_elastic_block_store: _,
        azure_disk: _,
        azure_file: _,
        cephfs: _,
        cinder: _,
        csi: _,
        fc: _,
        flex_volume: _,
        flocker: _,
        gce_persistent_disk: _,
        git_repo: _,
        glusterfs: _,
        iscsi: _,
        photon_persistent_disk: _,
        portworx_volume: _,
        quobyte: _,
        rbd: _,
        scale_io: _,
        storageos: _,
        vsphere_volume: _,
    } = volume;
    if let Some(host) = host_path {
        return of_host(context, &host.path, sub);
    }
    if let Some(map) = config_map {
        return of_map(context, "ConfigMap", &map.name, map.items.as_deref(), sub);
    }
    if let Some(secret) = secret {
        let object = secret.secret_name.as_deref().unwrap_or_default();
        return of_map(context, "Secret", object, secret.items.as_deref(), sub);
    }
    if let (Some(empty), Some(file)) = (empty_dir, sub)
        && let Some((from, entry)) = copied(context, name, file)
        && from != name
    {
        let source = volume_content(context, &from, volumes, Some(&entry));
        // The kubelet keeps a Secret's files in memory.
        let secret = volumes.iter().any(|volume| volume.name == from && volume.secret.is_some());
        let on_disk = secret && empty.medium.as_deref() != Some("Memory");
        let storage = MountedStorage { on_disk: on_disk || source.storage.on_disk, ..source.storage };
        return VolumeContent { storage, is_writable_copy: true, ..source };
    }
    if let Some(empty) = empty_dir {
        if empty.medium.as_deref() == Some("Memory") {
            let size = empty.size_limit.as_ref().and_then(|size| base_units("memory", size));
            return VolumeContent::new(memory_storage(size), sub);
        }
        return VolumeContent::new(StorageOrigin::Empty, sub);
    }
    if let Some(claim) = persistent_volume_claim {
        let volume = context.index.names.volume_of_claim(&claim.claim_name);
        let origin = match volume {
            Some(key) => StorageOrigin::Volume(key.into()),
            None => StorageOrigin::Claim((&claim.claim_name).into()),
        };
        return VolumeContent { read_only_source: claim.read_only.unwrap_or(false), ..VolumeContent::new(origin, sub) };
    }
    if let Some(image) = image {
        let reference = image.reference.as_deref().unwrap_or_default();
        let pull = match pull_policy_of(image.reference.as_ref(), image.pull_policy.as_ref()) {
            (PullPolicy::WhenAbsent, _) | (_, true) => None,
            (policy, false) => Some(policy),
        };
        return VolumeContent::new(StorageOrigin::Image { reference: reference.into(), pull }, sub);
    }
    if let Some(nfs) = nfs {
        let origin = StorageOrigin::Nfs { server: (&nfs.server).into(), path: (&nfs.path).into() };
        let source = VolumeContent::new(origin, sub);
        return VolumeContent { read_only_source: nfs.read_only.unwrap_or(false), ..source };
    }
    if let Some(projected) = projected {
        return of_several(context, projected, sub);
    }
    if ephemeral.is_some() {
        return VolumeContent::new(StorageOrigin::Empty, sub);
    }
    let origin = if downward_api.is_some() { StorageOrigin::DownwardApi } else { StorageOrigin::Driver };
    VolumeContent::unclear(origin, sub)
}

/// Returns the volume and the path that an init container copies to this file.
fn copied(context: ObservedContext, volume: &str, file: &str) -> Option<(String, String)> {
    for init in context.workload.init_containers(context.preceding) {
        let mounts = init.container.volume_mounts.as_deref().unwrap_or_default();
        for act in init.actions.unwrap_or_default() {
            let InitAction::CopyFile { from, to } = act else { continue };
            let below = |path: &str| {
                mounts.iter().find_map(|mount| {
                    let rest = path.strip_prefix(without_trailing_slash(&mount.mount_path))?.strip_prefix('/')?;
                    Some((mount.name.clone(), rest.to_owned()))
                })
            };
            if below(to).is_some_and(|(name, path)| name == volume && path == without_trailing_slash(file)) {
                return below(from);
            }
        }
    }
    None
}

/// Returns the content of a host path: a shared memory-backed volume, or a path of the host.
fn of_host(context: ObservedContext, path: &str, sub: Option<&str>) -> VolumeContent {
    let namespace = &context.workload.document.namespace;
    let shared = path.strip_prefix("/run/compose2k8s/").and_then(|rest| rest.strip_prefix(namespace.as_str()));
    if let Some(volume) = shared.and_then(|rest| rest.strip_prefix('/')) {
        let key = context.index.names.volume_of_label(volume).unwrap_or(volume);
        return VolumeContent::new(StorageOrigin::SharedMemory(key.into()), sub);
    }
    match context.index.on_host(path) {
        Some(place) => {
            // A `subPath` of a host directory extends the path.
            let joined = format!("{}{}", place.path.trim_end_matches('/'), subpath_suffix(sub));
            let whole = if sub.is_some() { joined } else { place.path };
            VolumeContent {
                read_only_source: place.read_only,
                propagation: place.propagation,
                ..VolumeContent::new(StorageOrigin::Host(whole.into()), None)
            }
        }
        None => VolumeContent::new(StorageOrigin::Node(path.into()), sub),
    }
}

/// Returns the owners and modes that init containers set, and the volumes that they empty.
pub(crate) fn prepared(context: ObservedContext, volumes: &[Volume]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for init in context.workload.init_containers(context.preceding) {
        let span = init.span();
        let mut owners: Vec<(String, Ownership)> = Vec::new();
        for act in init.actions.unwrap_or_default() {
            let (InitAction::ChangeOwner { path, .. }
            | InitAction::ChangeMode { path, .. }
            | InitAction::EmptyFolder { path }
            | InitAction::CreateFolder { path }) = act
            else {
                continue;
            };
            let mounts = init.container.volume_mounts.as_deref().unwrap_or_default();
            let whole =
                mounts.iter().find(|mount| without_trailing_slash(&mount.mount_path) == without_trailing_slash(path));
            let file = || mounts.iter().find_map(|mount| Some((mount, file_of(context, mount, path)?)));
            let Some((mount, of)) = whole.map(|mount| (mount, volume_key(context, &mount.name, volumes))).or_else(file)
            else {
                continue;
            };
            if !is_prepared_for(context, &mount.name) {
                continue;
            }
            let able = init.is_root && !mount.read_only.unwrap_or(false);
            let at = owners.iter().position(|(known, _)| *known == of).unwrap_or_else(|| {
                owners.push((of.clone(), Ownership::default()));
                owners.len() - 1
            });
            let Some((_, ownership)) = owners.get_mut(at) else { continue };
            let change =
                |value: &String| if able { OwnershipChange::To(value.into()) } else { OwnershipChange::NotPermitted };
            match act {
                InitAction::ChangeOwner { owner, path: _ } => {
                    ownership.owner = Some(change(owner));
                }
                InitAction::ChangeMode { mode, path: _ } => {
                    ownership.mode = Some(change(mode));
                }
                InitAction::EmptyFolder { path: _ } => {
                    let value = if able { Value::Flag(true) } else { Setting::MissingRights.into() };
                    facts.push(Fact::required(Kind::VolumeEmptied, &of, value, span));
                }
                InitAction::CreateFolder { path: _ }
                | InitAction::CopyFile { .. }
                | InitAction::FillVolume { .. }
                | InitAction::CopyFolder { .. }
                | InitAction::AddAddress { .. }
                | InitAction::RouteAddress { .. }
                | InitAction::RedirectDns { .. }
                | InitAction::WaitForName { .. }
                | InitAction::WaitWithTool { .. }
                | InitAction::WaitForObject { .. } => {}
            }
        }
        for (of, ownership) in owners.into_iter().filter(|(_, ownership)| *ownership != Ownership::default()) {
            facts.push(Fact::required(Kind::VolumeOwner, of, ownership, span));
        }
    }
    facts
}

/// Whether an init container that prepares a volume does so for this container: it mounts the volume, or no container of
/// the pod does and it is the owner's.
fn is_prepared_for(context: ObservedContext, volume: &str) -> bool {
    let mounts_it = |container: &Container| container.volume_mounts.iter().flatten().any(|mount| mount.name == volume);
    mounts_it(context.container)
        || (context.pod_owner.is_none() && !context.workload.spec.containers.iter().any(mounts_it))
}

/// Returns the mount path of a volume's file that an init container sees at this path.
fn file_of(context: ObservedContext, mount: &VolumeMount, path: &str) -> Option<String> {
    let below = path.strip_prefix(without_trailing_slash(&mount.mount_path))?.strip_prefix('/')?;
    let mounts = context.container.volume_mounts.as_deref().unwrap_or_default();
    let at = mounts.iter().find(|own| own.name == mount.name && own.sub_path.as_deref() == Some(below))?;
    Some(without_trailing_slash(&at.mount_path).to_owned())
}

/// Returns the Compose name of a pod's volume: the key of a declared volume, or the mount path of a tmpfs.
fn volume_key(context: ObservedContext, name: &str, volumes: &[Volume]) -> String {
    let volume = volumes.iter().find(|volume| volume.name == name);
    let path = volume.and_then(|volume| volume.host_path.as_ref()).map(|host| host.path.as_str());
    let last = path.and_then(|path| path.rsplit('/').next());
    let claim = volume.and_then(|volume| volume.persistent_volume_claim.as_ref()).map(|claim| &claim.claim_name);
    if let Some(key) = claim.and_then(|claim| context.index.names.volume_of_claim(claim)) {
        return key.to_owned();
    }
    let wanted = last.unwrap_or(name);
    if let Some(key) = context.index.names.volume_of_label(wanted) {
        return key.to_owned();
    }
    let mounts = context.container.volume_mounts.as_deref().unwrap_or_default();
    mounts
        .iter()
        .find(|mount| mount.name == name)
        .map_or_else(|| wanted.to_owned(), |mount| without_trailing_slash(&mount.mount_path).to_owned())
}
