//! Part of topic *volumes*: what the volumes of a pod hold, and what init containers make of them.

use k8s_openapi::api::core::v1::{Volume, VolumeMount};

use super::config_maps::{of_map, of_several, source_of};
use super::{EMPTY, OWN, below, memory, plain};
use crate::check::context::Shown;
use crate::check::facts::{Contents, Fact, Kind, Weight};
use crate::check::manifests::init_script::Act;
use crate::check::manifests::pod::image_pull::pulled;
use crate::check::manifests::pod::quantity::number;
use crate::text::Span;

pub(crate) fn mounted(shown: Shown, mount: &VolumeMount, volumes: &[Volume], span: Span) -> Fact {
    let VolumeMount { mount_path, mount_propagation, name, read_only, recursive_read_only: _, sub_path, sub_path_expr } =
        mount;
    let path = plain(mount_path);
    let sub = sub_path.as_deref().or(sub_path_expr.as_deref());
    let Content { what, sub, is_copy, is_loose, mut read_only_source, unclear, held } =
        content(shown, name, volumes, sub);
    read_only_source |= read_only.unwrap_or(false);
    let value = if is_copy {
        let mode = if is_loose && !read_only_source { ", writable" } else { "" };
        format!("{what}{mode}")
    } else {
        let mode = if read_only_source { "read-only" } else { "writable" };
        let kind = match mount_propagation.as_deref() {
            Some("Bidirectional") => ", propagating both ways",
            Some("HostToContainer") => ", propagating inward",
            Some(_) | None => "",
        };
        format!("{what}{}, {mode}{kind}", below(sub.as_deref()))
    };
    let mut fact = Fact::required(Kind::Mount, path, value, span);
    fact.unclear = unclear;
    fact.with_contents(held)
}

/// The mode of a config's or secret's file, and what the host must have for a mount.
pub(crate) fn modes(shown: Shown, mount: &VolumeMount, volumes: &[Volume]) -> Option<Fact> {
    let index = volumes.iter().position(|volume| volume.name == mount.name)?;
    let volume = volumes.get(index)?;
    let (path, place) = (plain(&mount.mount_path), shown.workload.at.key("volumes").item(index));
    if let Some(kind) = volume.host_path.as_ref().and_then(|host| host.type_.as_deref()).filter(|kind| !kind.is_empty())
    {
        return Some(Fact::defaulted(Kind::HostType, path, kind, place.keys(&["hostPath", "type"]).span()));
    }
    let map =
        volume.config_map.as_ref().map(|map| ("ConfigMap", map.name.as_str(), map.default_mode, map.items.as_ref()));
    let secret = volume.secret.as_ref();
    let (kind, name, otherwise, items) = map
        .or_else(|| Some(("Secret", secret?.secret_name.as_deref()?, secret?.default_mode, secret?.items.as_ref())))?;
    // Copies of live files have the mode of the texts that they are made from; a folder's files have one each.
    let known = shown.world.materials.contains_key(&(kind, name.to_owned())) && source_of(shown, name).is_none();
    let sub = mount.sub_path.as_deref().filter(|_| known)?;
    let item = items.iter().flat_map(|items| items.iter()).find(|item| item.path == sub);
    // Kubernetes' default is 0644; an object out of a cluster has it written out.
    let mode = item.and_then(|item| item.mode).or(otherwise).unwrap_or(0o644);
    let weight = if mode == 0o644 { Weight::Default } else { Weight::Required };
    Some(Fact::required(Kind::MountMode, path, format!("{mode:o}"), place.key("name").span()).with_weight(weight))
}

/// What a volume of a pod holds.
pub(crate) struct Content {
    pub(crate) what: String,
    /// What is left of the mount's `subPath`.
    pub(crate) sub: Option<String>,
    /// Made from texts and never written to, whatever the mount says.
    pub(crate) is_copy: bool,
    /// Copied once more by an init container, to where it may be written.
    pub(crate) is_loose: bool,
    pub(crate) read_only_source: bool,
    pub(crate) unclear: Option<String>,
    /// Its bytes, where they are among the manifests.
    pub(crate) held: Option<Contents>,
}

impl Content {
    pub(crate) fn of(what: impl Into<String>, sub: Option<&str>) -> Self {
        let (what, sub) = (what.into(), sub.map(str::to_owned));
        Self { what, sub, is_copy: false, is_loose: false, read_only_source: false, unclear: None, held: None }
    }

    pub(crate) fn unclear(what: &str, sub: Option<&str>) -> Self {
        Self { unclear: Some("since its bytes are in neither text".to_owned()), ..Self::of(what, sub) }
    }
}

fn content(shown: Shown, name: &str, volumes: &[Volume], sub: Option<&str>) -> Content {
    if shown.workload.claims.iter().any(|claim| claim.metadata.name.as_deref() == Some(name)) {
        return Content::of(OWN, sub);
    }
    let Some(volume) = volumes.iter().find(|volume| volume.name == name) else {
        return Content::of(format!("`{name}`, which is no volume of the pod"), sub);
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
        return of_host(shown, &host.path, sub);
    }
    if let Some(map) = config_map {
        return of_map(shown, "ConfigMap", &map.name, map.items.as_deref(), sub);
    }
    if let Some(secret) = secret {
        let object = secret.secret_name.as_deref().unwrap_or_default();
        return of_map(shown, "Secret", object, secret.items.as_deref(), sub);
    }
    if let (Some(empty), Some(file)) = (empty_dir, sub)
        && let Some((from, entry)) = copied(shown, name, file)
        && from != name
    {
        let content = content(shown, &from, volumes, Some(&entry));
        // The kubelet keeps a Secret's files in memory.
        let secret = volumes.iter().any(|volume| volume.name == from && volume.secret.is_some());
        let on_disk = secret && empty.medium.as_deref() != Some("Memory");
        let what = if on_disk { format!("{} on the node's disk", content.what) } else { content.what };
        return Content { what, is_loose: true, ..content };
    }
    if let Some(empty) = empty_dir {
        if empty.medium.as_deref() == Some("Memory") {
            let size = empty.size_limit.as_ref().and_then(|size| number("memory", size));
            return Content::of(memory(size), sub);
        }
        return Content::of(EMPTY, sub);
    }
    if let Some(claim) = persistent_volume_claim {
        let volume = shown.world.claims.get(&claim.claim_name);
        let what =
            volume.map_or_else(|| format!("the claim `{}`", claim.claim_name), |key| format!("the volume `{key}`"));
        return Content { read_only_source: claim.read_only.unwrap_or(false), ..Content::of(what, sub) };
    }
    if let Some(image) = image {
        let reference = image.reference.as_deref().unwrap_or_default();
        let fetched = match pulled(image.reference.as_ref(), image.pull_policy.as_ref()) {
            ("when absent", _) | (_, true) => String::new(),
            (policy, false) => format!(", fetched {policy}"),
        };
        return Content::of(format!("the image {reference}{fetched}"), sub);
    }
    if let Some(nfs) = nfs {
        let content = Content::of(format!("{}:{} of the network", nfs.server, nfs.path), sub);
        return Content { read_only_source: nfs.read_only.unwrap_or(false), ..content };
    }
    if let Some(projected) = projected {
        return of_several(shown, projected, sub);
    }
    if ephemeral.is_some() {
        return Content::of(EMPTY, sub);
    }
    let what =
        if downward_api.is_some() { "what the cluster knows of the pod" } else { "storage of a driver of its own" };
    Content::unclear(what, sub)
}

/// The file that an init container copied to this one: its volume and its path there.
fn copied(shown: Shown, volume: &str, file: &str) -> Option<(String, String)> {
    for preparation in shown.workload.init_containers(shown.preceding) {
        let mounts = preparation.container.volume_mounts.as_deref().unwrap_or_default();
        for act in preparation.acts.unwrap_or_default() {
            let Act::Copy { from, to } = act else { continue };
            let below = |path: &str| {
                mounts.iter().find_map(|mount| {
                    let rest = path.strip_prefix(plain(&mount.mount_path))?.strip_prefix('/')?;
                    Some((mount.name.clone(), rest.to_owned()))
                })
            };
            if below(to).is_some_and(|(name, path)| name == volume && path == plain(file)) {
                return below(from);
            }
        }
    }
    None
}

/// A path of the node: the shared volumes in memory, or a place of the host.
fn of_host(shown: Shown, path: &str, sub: Option<&str>) -> Content {
    let namespace = &shown.workload.document.namespace;
    let shared = path.strip_prefix("/run/compose2k8s/").and_then(|rest| rest.strip_prefix(namespace.as_str()));
    if let Some(volume) = shared.and_then(|rest| rest.strip_prefix('/')) {
        let key = shown.world.volumes.get(volume).map_or(volume, String::as_str);
        return Content::of(format!("the volume `{key}` in memory"), sub);
    }
    match shown.world.on_host(path) {
        Some(place) => {
            // A `subPath` of a host folder is a longer path.
            let joined = format!("{}{}", place.path.trim_end_matches('/'), below(sub));
            let whole = if sub.is_some() { joined } else { place.path };
            Content { read_only_source: place.read_only, ..Content::of(whole, None) }
        }
        None => Content::of(format!("{path} of the node"), sub),
    }
}

/// Owners, modes and emptiness that init containers give volumes.
pub(crate) fn prepared(shown: Shown, volumes: &[Volume]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for preparation in shown.workload.init_containers(shown.preceding) {
        let span = preparation.span();
        let mut owners: Vec<(String, Option<String>, Option<String>)> = Vec::new();
        for act in preparation.acts.unwrap_or_default() {
            let (Act::Owner { path, .. } | Act::Mode { path, .. } | Act::Empty { path } | Act::Folder { path }) = act
            else {
                continue;
            };
            let mounts = preparation.container.volume_mounts.as_deref().unwrap_or_default();
            let whole = mounts.iter().find(|mount| plain(&mount.mount_path) == plain(path));
            let file = || mounts.iter().find_map(|mount| Some((mount, file_of(shown, mount, path)?)));
            let Some((mount, of)) = whole.map(|mount| (mount, volume_key(shown, &mount.name, volumes))).or_else(file)
            else {
                continue;
            };
            let able = preparation.is_root && !mount.read_only.unwrap_or(false);
            let at = owners.iter().position(|(known, _, _)| *known == of).unwrap_or_else(|| {
                owners.push((of.clone(), None, None));
                owners.len() - 1
            });
            let Some(entry) = owners.get_mut(at) else { continue };
            match act {
                Act::Owner { owner, path: _ } => {
                    entry.1 =
                        Some(if able { owner.clone() } else { "nobody new: the rights for it are missing".to_owned() });
                }
                Act::Mode { mode, path: _ } => {
                    entry.2 = Some(if able {
                        format!("mode {mode}")
                    } else {
                        "no new mode: the rights are missing".to_owned()
                    });
                }
                Act::Empty { path: _ } => {
                    let value = if able { "yes" } else { "no: the rights for it are missing" };
                    facts.push(Fact::required(Kind::VolumeEmptied, &of, value, span));
                }
                Act::Folder { path: _ }
                | Act::Copy { .. }
                | Act::Address { .. }
                | Act::Wait { .. }
                | Act::Asked { .. }
                | Act::Reached { .. } => {}
            }
        }
        for (of, owner, mode) in owners {
            let parts: Vec<String> = owner.into_iter().chain(mode).collect();
            if !parts.is_empty() {
                facts.push(Fact::required(Kind::VolumeOwner, of, parts.join(", "), span));
            }
        }
    }
    facts
}

/// Where the service has the one file of a volume that an init container knows by this path.
fn file_of(shown: Shown, mount: &VolumeMount, path: &str) -> Option<String> {
    let below = path.strip_prefix(plain(&mount.mount_path))?.strip_prefix('/')?;
    let mounts = shown.container.volume_mounts.as_deref().unwrap_or_default();
    let at = mounts.iter().find(|own| own.name == mount.name && own.sub_path.as_deref() == Some(below))?;
    Some(plain(&at.mount_path).to_owned())
}

/// What Compose calls a volume of the pod: a declared volume's key, or the path at which a tmpfs is mounted.
fn volume_key(shown: Shown, name: &str, volumes: &[Volume]) -> String {
    let volume = volumes.iter().find(|volume| volume.name == name);
    let path = volume.and_then(|volume| volume.host_path.as_ref()).map(|host| host.path.as_str());
    let last = path.and_then(|path| path.rsplit('/').next());
    let claim = volume.and_then(|volume| volume.persistent_volume_claim.as_ref()).map(|claim| &claim.claim_name);
    if let Some(key) = claim.and_then(|claim| shown.world.claims.get(claim)) {
        return key.clone();
    }
    let wanted = last.unwrap_or(name);
    if let Some(key) = shown.world.volumes.get(wanted) {
        return key.clone();
    }
    let mounts = shown.container.volume_mounts.as_deref().unwrap_or_default();
    mounts
        .iter()
        .find(|mount| mount.name == name)
        .map_or_else(|| wanted.to_owned(), |mount| plain(&mount.mount_path).to_owned())
}
