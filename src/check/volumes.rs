//! Topic *volumes*: which bytes lie at which path.

use k8s_openapi::api::core::v1::{KeyToPath, Volume, VolumeDevice, VolumeMount};

use super::facts::{Fact, Force, Kind};
use super::matching::label_of;
use super::pod::{CONFIG_MAPS, Seen};
use super::prepare::{Act, preparations};
use super::process::amount;
use super::scene::{Said, Shown, in_project};
use crate::overrides::MountChoice;
use crate::resolve::volumes::{Grant, HostPath, Mount, MountSource, Volume as Declared, Volumes, VolumesFrom};
use crate::text::{Span, Spanned};

/// Storage that belongs to one copy of the service and outlives it.
const OWN: &str = "storage of its own";
/// Storage that is empty when the pod starts.
const EMPTY: &str = "empty storage";

/// What the Compose file says.
pub(super) fn expected(said: Said) -> Vec<Fact> {
    let Volumes { mounts, configs, secrets, volumes_from: from, shm_size } = &said.service.volumes;
    // A service's mounts are folded in; a container's outside the project are nowhere.
    from.iter().for_each(|VolumesFrom { span: _, from: _, read_only: _ }| {});
    let mut facts: Vec<Fact> = Vec::new();
    let data = said.choice().and_then(|choice| choice.data.as_ref()).map(|reasoned| &reasoned.value);
    if let Some(data) = data {
        facts.push(Fact::must(Kind::Mount, plain(&data.path.value), format!("{OWN}, writable"), data.path.span));
    }
    for Mount { span, target, read_only, source } in mounts {
        let path = plain(&target.value);
        if data.is_some_and(|data| plain(&data.path.value) == path) {
            continue;
        }
        let mode = if *read_only { "read-only" } else { "writable" };
        let of = |what: String| Fact::must(Kind::Mount, path, format!("{what}, {mode}"), *span);
        let fact = match source {
            MountSource::Bind { path: source, create_host_path: _, propagation, selinux: _ } => {
                let kind = match propagation.as_ref().map(|word| word.value.as_str()) {
                    Some("rshared" | "shared") => ", propagating both ways",
                    Some("rslave" | "slave") => ", propagating inward",
                    Some(_) | None => "",
                };
                bind(said, path, source, *span, &format!("{mode}{kind}"))
            }
            MountSource::Named { volume, nocopy: _, subpath } => {
                named(said, volume, subpath.as_ref().map(|path| path.value.as_str()), path, mode, *span)
            }
            MountSource::Anonymous => of(EMPTY.to_owned()).or(format!("{OWN}, {mode}")),
            MountSource::Tmpfs { size, mode: _, options: _ } => of(memory(size.map(|size| size.0))),
            MountSource::Image { reference, subpath } => {
                of(format!("the image {}{}", reference.value, below(subpath.as_ref().map(|path| path.value.as_str()))))
            }
            MountSource::Other(kind) => of(kind.value.clone()).with(Force::May).or("*"),
        };
        facts.push(fact);
    }
    for (grants, word, folder) in [(configs, "config", ""), (secrets, "secret", "/run/secrets")] {
        for Grant { span, source, target, uid: _, gid: _, mode: _ } in grants {
            let path = if target.starts_with('/') { target.clone() } else { format!("{folder}/{target}") };
            facts.push(Fact::must(Kind::Mount, plain(&path), format!("the {word} `{}`", source.value), *span));
        }
    }
    if let Some(size) = shm_size.as_ref().filter(|_| !facts.iter().any(|fact| fact.of == "/dev/shm")) {
        facts.push(Fact::must(Kind::Mount, "/dev/shm", format!("{}, writable", memory(Some(size.value.0))), size.span));
    }
    facts.extend(written(said));
    facts
}

/// A path without its trailing slash.
fn plain(path: &str) -> &str {
    if path.len() > 1 { path.trim_end_matches('/') } else { path }
}

fn below(path: Option<&str>) -> String {
    path.filter(|path| !path.is_empty()).map_or_else(String::new, |path| format!("/{}", path.trim_matches('/')))
}

fn memory(size: Option<u64>) -> String {
    size.filter(|size| *size > 0).map_or_else(|| "memory".to_owned(), |size| format!("memory of at most {size} bytes"))
}

/// A path of the host as facts write it.
fn host(said: Said, path: &HostPath) -> String {
    match path {
        HostPath::Project(path) if path.starts_with("..") => {
            super::cluster::clean(&said.project.directory.join(path)).to_string_lossy().into_owned()
        }
        HostPath::Project(path) => in_project(path),
        HostPath::Home(path) => format!("~{}", below(Some(path))),
        HostPath::Absolute(path) => plain(path).to_owned(),
    }
}

fn bind(said: Said, target: &str, source: &HostPath, span: Span, mode: &str) -> Fact {
    let path = host(said, source);
    let choices = said.choice().map(|choice| &choice.mounts);
    let choice = choices.and_then(|mounts| mounts.iter().find(|(path, _)| plain(path) == target));
    match choice.map(|(_, reasoned)| reasoned.value.value) {
        Some(MountChoice::ConfigMapFile | MountChoice::ConfigMapFolder) => {
            Fact::must(Kind::Mount, target, format!("a copy of {path}"), span)
        }
        Some(MountChoice::HostPathType(_)) | None => Fact::must(Kind::Mount, target, format!("{path}, {mode}"), span),
    }
}

/// One option of `driver_opts`, and one word of its `o`.
fn option<'a>(volume: &'a Declared, name: &str) -> Option<&'a str> {
    volume.driver_opts.iter().find(|(key, _)| key.value == name).map(|(_, value)| value.value.as_str())
}

fn flag<'a>(volume: &'a Declared, name: &str) -> Option<&'a str> {
    option(volume, "o")?.split(',').find_map(|word| word.trim().strip_prefix(name)?.strip_prefix('='))
}

fn is_memory(volume: &Declared) -> bool {
    option(volume, "type") == Some("tmpfs")
}

/// The pods that mount a volume, each by the service whose it is.
fn users<'a>(said: Said<'a>, volume: &str) -> Vec<&'a str> {
    let mut users = Vec::new();
    for (name, service) in &said.project.services {
        let mounts = service.volumes.mounts.iter().any(|mount| match &mount.source {
            MountSource::Named { volume: used, nocopy: _, subpath: _ } => used.value == volume,
            MountSource::Bind { .. }
            | MountSource::Anonymous
            | MountSource::Tmpfs { .. }
            | MountSource::Image { .. }
            | MountSource::Other(_) => false,
        });
        let home = super::order::home(said, name).as_str();
        if mounts && !users.contains(&home) {
            users.push(home);
        }
    }
    users
}

fn named(said: Said, volume: &Spanned<String>, subpath: Option<&str>, target: &str, mode: &str, span: Span) -> Fact {
    let key = &volume.value;
    let fact = |what: String| Fact::must(Kind::Mount, target, format!("{what}{}, {mode}", below(subpath)), span);
    let own = format!("{OWN}{}, {mode}", below(subpath));
    let alone = users(said, key).len() < 2;
    let Some(declared) = said.project.volumes.get(key) else { return fact(format!("the volume `{key}`")) };
    if is_memory(declared) {
        return if alone {
            let size = flag(declared, "size").and_then(tmpfs_size);
            fact(memory(size)).or(format!("the volume `{key}` in memory, {mode}"))
        } else {
            fact(format!("the volume `{key}` in memory"))
        };
    }
    let words = option(declared, "o").unwrap_or_default();
    let bound = words.split(',').any(|word| matches!(word.trim(), "bind" | "rbind"));
    if let (true, Some(device)) = (bound, option(declared, "device")) {
        let path = std::path::Path::new(device);
        let shown = match path.strip_prefix(&said.project.directory) {
            Ok(rest) => in_project(&rest.to_string_lossy()),
            Err(_) if path.is_absolute() || device.starts_with('~') => plain(device).to_owned(),
            Err(_) => in_project(device.trim_start_matches("./")),
        };
        return fact(shown);
    }
    if matches!(option(declared, "type"), Some("nfs" | "nfs4")) {
        return fact(format!("the volume `{key}`")).or("*").with(Force::Must);
    }
    let fact = fact(format!("the volume `{key}`"));
    if alone { fact.or(own) } else { fact }
}

/// The kernel's sizes of a tmpfs.
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

/// What the service that writes a volume in memory does to it before it starts.
fn written(said: Said) -> Vec<Fact> {
    let name = &said.service.name.value;
    let mut facts = Vec::new();
    for (key, declared) in said.project.volumes.iter().filter(|(_, declared)| is_memory(declared)) {
        let users = users(said, key);
        let mine = users.contains(&name.as_str());
        let writer = said.overrides.writers.get(key).map(|reasoned| &reasoned.value);
        let span = declared.key.span;
        let owner = owner_of(flag(declared, "uid"), flag(declared, "gid"), flag(declared, "mode"));
        if users.len() > 1 {
            match writer {
                Some(writer) if writer.value == *name => {
                    facts.push(Fact::must(Kind::VolumeEmptied, key, "yes", span));
                    facts.extend(owner.map(|owner| Fact::must(Kind::VolumeOwner, key, owner, span)));
                }
                // Where nobody is named the translation chooses one.
                None if mine => {
                    facts.push(Fact::may(Kind::VolumeEmptied, key, "yes", span));
                    facts.extend(owner.map(|owner| Fact::may(Kind::VolumeOwner, key, owner, span)));
                }
                Some(_) | None => {}
            }
        } else if mine {
            facts.extend(owner.map(|owner| Fact::default(Kind::VolumeOwner, key, owner, span)));
        }
    }
    for mount in &said.service.volumes.mounts {
        let MountSource::Tmpfs { size: _, mode, options } = &mount.source else { continue };
        let option = |name: &str| options.iter().find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
        let mode = mode.map(|mode| format!("{mode:o}"));
        if let Some(owner) = owner_of(option("uid"), option("gid"), mode.as_deref()) {
            facts.push(Fact::default(Kind::VolumeOwner, plain(&mount.target.value), owner, mount.span));
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

/// What the manifests say.
pub(super) fn observed(shown: Shown, seen: Seen) -> Vec<Fact> {
    let Seen { mounts, volumes, devices } = seen;
    let mut facts = Vec::new();
    for (index, mount) in mounts.iter().enumerate() {
        let span = shown.at.key("volumeMounts").item(index).key("mountPath").span();
        facts.push(mounted(shown, mount, volumes, span));
    }
    for (index, VolumeDevice { device_path, name }) in devices.iter().enumerate() {
        let span = shown.at.key("volumeDevices").item(index).span();
        facts.push(Fact::must(Kind::Device, device_path, format!("the volume {name}"), span));
    }
    if shown.home.is_none() {
        facts.extend(prepared(shown, volumes));
    }
    facts
}

fn mounted(shown: Shown, mount: &VolumeMount, volumes: &[Volume], span: Span) -> Fact {
    let VolumeMount { mount_path, mount_propagation, name, read_only, recursive_read_only: _, sub_path, sub_path_expr } =
        mount;
    let path = plain(mount_path);
    let sub = sub_path.as_deref().or(sub_path_expr.as_deref());
    let Content { what, sub, is_copy, mut read_only_source, unclear } = content(shown, name, volumes, sub);
    read_only_source |= read_only.unwrap_or(false);
    let value = if is_copy {
        what
    } else {
        let mode = if read_only_source { "read-only" } else { "writable" };
        let kind = match mount_propagation.as_deref() {
            Some("Bidirectional") => ", propagating both ways",
            Some("HostToContainer") => ", propagating inward",
            Some(_) | None => "",
        };
        format!("{what}{}, {mode}{kind}", below(sub.as_deref()))
    };
    let mut fact = Fact::must(Kind::Mount, path, value, span);
    fact.unclear = unclear;
    fact
}

/// What a volume of a pod holds.
struct Content {
    what: String,
    /// What is left of the mount's `subPath`.
    sub: Option<String>,
    /// Made from texts and never written to, whatever the mount says.
    is_copy: bool,
    read_only_source: bool,
    unclear: Option<String>,
}

impl Content {
    fn of(what: impl Into<String>, sub: Option<&str>) -> Self {
        Self { what: what.into(), sub: sub.map(str::to_owned), is_copy: false, read_only_source: false, unclear: None }
    }

    fn unclear(what: &str, sub: Option<&str>) -> Self {
        Self { unclear: Some("since its bytes are in neither text".to_owned()), ..Self::of(what, sub) }
    }
}

fn content(shown: Shown, name: &str, volumes: &[Volume], sub: Option<&str>) -> Content {
    if let Some(claim) = shown.workload.claims.iter().find(|claim| claim.metadata.name.as_deref() == Some(name)) {
        let _ = claim;
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
    if let Some(empty) = empty_dir {
        if empty.medium.as_deref() == Some("Memory") {
            let size = empty.size_limit.as_ref().and_then(|size| amount("memory", size).parse().ok());
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
        return Content::of(format!("the image {}", image.reference.as_deref().unwrap_or_default()), sub);
    }
    if let Some(nfs) = nfs {
        return Content::unclear(&format!("{}:{} of the network", nfs.server, nfs.path), sub);
    }
    if ephemeral.is_some() {
        return Content::of(EMPTY, sub);
    }
    let what = if projected.is_some() {
        "several ConfigMaps and Secrets in one"
    } else if downward_api.is_some() {
        "what the cluster knows of the pod"
    } else {
        "storage of a driver of its own"
    };
    Content::unclear(what, sub)
}

/// A path of the node: the shared volumes in memory, or a place of the host.
fn of_host(shown: Shown, path: &str, sub: Option<&str>) -> Content {
    let namespace = &shown.workload.document.namespace;
    let shared = path.strip_prefix("/run/compose2k8s/").and_then(|rest| rest.strip_prefix(namespace.as_str()));
    if let Some(volume) = shared.and_then(|rest| rest.strip_prefix('/')) {
        let key = shown.world.volumes.iter().find(|key| label_of(key) == volume).map_or(volume, String::as_str);
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

/// ConfigMaps and Secrets: copies of live files, Compose's configs and secrets, or somebody's own.
fn of_map(shown: Shown, kind: &'static str, name: &str, items: Option<&[KeyToPath]>, sub: Option<&str>) -> Content {
    let copy = |what: String| Content { is_copy: true, ..Content::of(what, None) };
    if let Some(source) = source_of(shown, name) {
        let folder = source.ends_with('/');
        let path = if source.starts_with(['/', '~']) { plain(&source).to_owned() } else { in_project(&source) };
        let file = path.rsplit('/').next().unwrap_or_default();
        return match (sub, folder) {
            (None, true) => copy(format!("a copy of {path}")),
            (Some(sub), true) => copy(format!("a copy of {path}{}", below(Some(sub)))),
            (Some(sub), false) if sub == file => copy(format!("a copy of {path}")),
            (Some(sub), false) => copy(format!("`{sub}` of a folder that has a copy of {path} as `{file}`")),
            (None, false) => copy(format!("a folder that has a copy of {path}")),
        };
    }
    // The key behind the path: of several items, the one that the mount takes.
    let path_of = |item: &&KeyToPath| sub.is_none_or(|sub| sub == item.path);
    let entry = items.map_or(sub, |items| items.iter().find(path_of).map(|item| item.key.as_str()));
    match shown.world.materials.get(&(kind, name.to_owned())) {
        Some(key) => {
            let word = if kind == "Secret" { "secret" } else { "config" };
            if sub.is_none() && items.is_none() {
                return copy(format!("a folder with the {word} `{key}`"));
            }
            if items.is_some() && entry.is_none() {
                return copy(format!("nothing of the {word} `{key}`"));
            }
            copy(format!("the {word} `{key}`"))
        }
        None => {
            let what = format!("the {kind} `{name}`{}", entry.map_or_else(String::new, |entry| format!(", {entry}")));
            Content { is_copy: true, ..Content::unclear(&what, None) }
        }
    }
}

/// The live file or folder that a ConfigMap is made from.
fn source_of(shown: Shown, name: &str) -> Option<String> {
    let listed = shown.workload.annotations.get(CONFIG_MAPS)?;
    listed.split([' ', ',', '\n']).find_map(|entry| {
        let (map, source) = entry.split_once('=')?;
        (map == name).then(|| source.to_owned())
    })
}

/// Owners, modes and emptiness that init containers give volumes.
fn prepared(shown: Shown, volumes: &[Volume]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for preparation in preparations(shown.workload) {
        let span = preparation.span();
        let mut owners: Vec<(String, Option<String>, Option<String>)> = Vec::new();
        for act in preparation.acts.iter().flatten() {
            let (Act::Owner { path, .. } | Act::Mode { path, .. } | Act::Empty { path } | Act::Folder { path }) = act
            else {
                continue;
            };
            let mounts = preparation.container.volume_mounts.as_deref().unwrap_or_default();
            let Some(mount) = mounts.iter().find(|mount| plain(&mount.mount_path) == plain(path)) else { continue };
            let of = volume_key(shown, &mount.name, volumes);
            let able = preparation.is_root() && !mount.read_only.unwrap_or(false);
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
                Act::Mode { mode, path: _ } => entry.2 = Some(format!("mode {mode}")),
                Act::Empty { path: _ } => facts.push(Fact::must(Kind::VolumeEmptied, &of, "yes", span)),
                Act::Folder { path: _ } | Act::Address { .. } | Act::Wait { .. } => {}
            }
        }
        for (of, owner, mode) in owners {
            let parts: Vec<String> = owner.into_iter().chain(mode).collect();
            if !parts.is_empty() {
                facts.push(Fact::must(Kind::VolumeOwner, of, parts.join(", "), span));
            }
        }
    }
    facts
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
    if let Some(key) = shown.world.volumes.iter().find(|key| label_of(key) == wanted) {
        return key.clone();
    }
    let mounts = shown.container.volume_mounts.as_deref().unwrap_or_default();
    mounts
        .iter()
        .find(|mount| mount.name == name)
        .map_or_else(|| wanted.to_owned(), |mount| plain(&mount.mount_path).to_owned())
}
