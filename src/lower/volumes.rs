//! Topic *volumes*: volumes, tmpfs, `shm_size`, configs, secrets → the pod's volumes and mounts.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#volumes>

use indexmap::IndexMap;
use k8s_openapi::api::core::v1::{
    ConfigMapVolumeSource, Container, EmptyDirVolumeSource, HostPathVolumeSource, ImageVolumeSource, SecurityContext,
    Volume, VolumeMount,
};

use super::analysis::names::object_name;
use super::findings::Findings;
use super::pod::builder::Draft;
use super::pod::defaults;
use super::problem::Problem;
use super::process::resources::bytes;
use super::scene::{Gathered, Scene};
use super::target::kind::node_paths::node_path;
use super::{materials, named};
use crate::keys::Key;
use crate::overrides::{HostPathType, MountChoice};
use crate::resolve::Service;
use crate::resolve::units::Bytes;
use crate::resolve::volumes::{From, HostPath, Mount, MountSource, Volumes, VolumesFrom};
use crate::text::{Span, Spanned};

/// Fills in what the container sees on disk.
pub(super) fn volumes(
    service: &Service,
    scene: Scene,
    draft: &mut Draft,
    container: &mut Container,
    gathered: &mut Gathered,
    findings: &mut Findings,
) {
    let Volumes { mounts, configs, secrets, volumes_from, shm_size } = &service.volumes;
    let mut targets: IndexMap<String, Span> = IndexMap::new();
    let data = scene.choice(&service.name.value).and_then(|choice| choice.data.as_ref());
    for mount in mounts {
        if !takes(&mount.target.value, mount.target.span, service, &mut targets, findings) {
            continue;
        }
        if let Some(data) = data.filter(|data| plain(&data.value.path.value) == plain(&mount.target.value)) {
            if !matches!(mount.source, MountSource::Anonymous) {
                findings.of(
                    &service.name.value,
                    Problem::DataOverMount {
                        service: service.name.value.to_string(),
                        path: mount.target.value.clone(),
                        at: mount.span,
                        data: data.value.path.span,
                    },
                );
            }
            continue;
        }
        if let Some(made) = one(mount, service, scene, draft, gathered, findings) {
            container.volume_mounts.get_or_insert_with(Vec::new).push(made);
        }
    }
    for grant in configs {
        if takes(&materials::target(grant, false), grant.span, service, &mut targets, findings) {
            materials::grant(grant, false, service, scene, draft, container, gathered, findings);
        }
    }
    for grant in secrets {
        if takes(&materials::target(grant, true), grant.span, service, &mut targets, findings) {
            materials::grant(grant, true, service, scene, draft, container, gathered, findings);
        }
    }
    for VolumesFrom { span, from, read_only: _ } in volumes_from {
        match from {
            // Its mounts are among `mounts` already.
            From::Service(_) => {}
            From::Container(other) => findings.of_key(
                &service.name.value,
                Key::VolumesFrom,
                Problem::ForeignVolumes {
                    service: service.name.value.to_string(),
                    container: other.clone(),
                    at: *span,
                },
            ),
        }
    }
    if let Some(size) = shm_size.as_ref().filter(|_| !targets.contains_key("/dev/shm")) {
        let name = draft.volume("shm", "shm".to_owned(), || memory(Some(size.value)));
        draft.comment_volume(&name, "shm_size. Without it /dev/shm has 64 MiB, as in Docker.".to_owned());
        container.volume_mounts.get_or_insert_with(Vec::new).push(VolumeMount {
            name,
            mount_path: "/dev/shm".to_owned(),
            ..VolumeMount::default()
        });
    }
}

/// A path without its trailing slash.
fn plain(path: &str) -> &str {
    if path.len() > 1 { path.trim_end_matches('/') } else { path }
}

/// Whether something may be mounted there: an absolute path, once.
fn takes(
    target: &str,
    at: Span,
    service: &Service,
    targets: &mut IndexMap<String, Span>,
    findings: &mut Findings,
) -> bool {
    let name = &service.name.value;
    if !target.starts_with('/') || target.contains(':') {
        findings.of(name, Problem::RelativeTarget { service: name.to_string(), target: target.to_owned(), at });
        return false;
    }
    if let Some(first_at) = targets.insert(plain(target).to_owned(), at) {
        findings.of(name, Problem::TargetTwice { service: name.to_string(), target: target.to_owned(), at, first_at });
        return false;
    }
    true
}

/// One mount: its volume in the pod, and where the container has it.
fn one(
    mount: &Mount,
    service: &Service,
    scene: Scene,
    draft: &mut Draft,
    gathered: &mut Gathered,
    findings: &mut Findings,
) -> Option<VolumeMount> {
    let Mount { span: _, target, read_only, source } = mount;
    let mounted = |name: String| VolumeMount {
        name,
        mount_path: target.value.clone(),
        read_only: read_only.then_some(true),
        ..VolumeMount::default()
    };
    match source {
        MountSource::Bind { path, create_host_path, propagation, selinux: _ } => {
            let made = bind(mount, path, *create_host_path, service, scene, draft, gathered, findings);
            let privileged = service.process.privileged.as_ref().is_some_and(|privileged| privileged.value);
            if let Some(mode) = propagation.as_ref().filter(|mode| mode.value.ends_with("shared") && !privileged) {
                findings.of_key(
                    &service.name.value,
                    Key::VolumesBindPropagation,
                    Problem::UnprivilegedPropagation {
                        service: service.name.value.to_string(),
                        mode: mode.value.clone(),
                        at: mode.span,
                    },
                );
            }
            let propagation = match propagation.as_ref().map(|mode| mode.value.as_str()) {
                Some("rshared" | "shared") => Some("Bidirectional".to_owned()),
                Some("rslave" | "slave") => Some("HostToContainer".to_owned()),
                Some(_) | None => None,
            };
            Some(VolumeMount {
                mount_propagation: propagation,
                sub_path: made.sub_path,
                read_only: read_only.then_some(true).or(made.read_only),
                ..mounted(made.name)
            })
        }
        MountSource::Named { volume, nocopy: _, subpath } => {
            let name = named::volume(volume, service, scene, draft, gathered, findings);
            Some(VolumeMount { sub_path: sub_path(subpath.as_ref(), service, findings), ..mounted(name) })
        }
        MountSource::Anonymous => {
            let name =
                draft.volume(last(&target.value), format!("anonymous {} {}", service.name.value, target.value), || {
                    Volume { empty_dir: Some(EmptyDirVolumeSource::default()), ..Volume::default() }
                });
            draft.comment_volume(&name, "An anonymous volume: it lives as long as the pod.".to_owned());
            Some(mounted(name))
        }
        MountSource::Tmpfs { size, mode, options } => {
            let name =
                draft.volume(last(&target.value), format!("tmpfs {} {}", service.name.value, target.value), || {
                    memory(*size)
                });
            draft.comment_volume(&name, "tmpfs.".to_owned());
            unapplied(options, mount.span, service, findings);
            let option = |key: &str| {
                options.iter().find_map(|option| option.strip_prefix(key).and_then(|rest| rest.strip_prefix('=')))
            };
            owner(
                &name,
                option("uid"),
                option("gid"),
                mode.map(|mode| format!("{mode:04o}")).as_deref(),
                false,
                scene,
                draft,
            );
            Some(mounted(name))
        }
        MountSource::Image { reference, subpath } => {
            let name = draft.volume(last(&target.value), format!("image {}", reference.value), || Volume {
                image: Some(ImageVolumeSource {
                    reference: Some(reference.value.clone()),
                    pull_policy: Some(defaults::PULL_POLICY.to_owned()),
                }),
                ..Volume::default()
            });
            Some(VolumeMount { sub_path: sub_path(subpath.as_ref(), service, findings), ..mounted(name) })
        }
        MountSource::Other(kind) => {
            findings.of_key(
                &service.name.value,
                Key::Volumes,
                Problem::ForeignMount {
                    service: service.name.value.to_string(),
                    kind: kind.value.clone(),
                    at: kind.span,
                },
            );
            None
        }
    }
}

/// Says which options of a tmpfs an emptyDir does not have. Docker itself mounts with `nosuid` and `nodev`.
fn unapplied(options: &[String], at: Span, service: &Service, findings: &mut Findings) {
    const APPLIED: &[&str] = &["uid", "gid", "rw", "ro", "exec", "async", "suid", "dev", "defaults"];
    let lost: Vec<String> = options
        .iter()
        .filter(|option| !APPLIED.contains(&option.split('=').next().unwrap_or_default().trim()))
        .map(|option| format!("`{option}`"))
        .collect();
    if !lost.is_empty() {
        findings.of_key(
            &service.name.value,
            Key::Tmpfs,
            Problem::TmpfsOptions { service: service.name.value.to_string(), options: lost.join(", "), at },
        );
    }
}

/// Kubernetes takes a relative path alone, and none that climbs.
fn sub_path(path: Option<&Spanned<String>>, service: &Service, findings: &mut Findings) -> Option<String> {
    if let Some(path) = path.filter(|path| path.value.split('/').any(|part| part == "..")) {
        findings.of(
            &service.name.value,
            Problem::NoEquivalent {
                key: format!("subpath: {}", path.value),
                owner: format!("`{}`", service.name.value),
                advice: "write a path without `..`".to_owned(),
                at: vec![path.span],
            },
        );
        return None;
    }
    path.map(|path| path.value.trim_matches('/').to_owned()).filter(|path| !path.is_empty())
}

/// Memory, as tmpfs is.
pub(super) fn memory(size: Option<Bytes>) -> Volume {
    Volume {
        empty_dir: Some(EmptyDirVolumeSource {
            medium: Some("Memory".to_owned()),
            size_limit: size.filter(|size| size.0 > 0).map(bytes),
        }),
        ..Volume::default()
    }
}

/// The last part of a path.
fn last(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().filter(|part| !part.is_empty()).unwrap_or("root")
}

/// A file or folder of the host: a hostPath, or a ConfigMap where the overrides say so.
fn bind(
    mount: &Mount,
    path: &HostPath,
    create: bool,
    service: &Service,
    scene: Scene,
    draft: &mut Draft,
    gathered: &mut Gathered,
    findings: &mut Findings,
) -> VolumeMount {
    let target = plain(&mount.target.value);
    let choice = scene
        .choice(&service.name.value)
        .and_then(|choice| choice.mounts.iter().find(|(path, _)| plain(path) == target).map(|(_, reasoned)| reasoned));
    let because = choice.map(|reasoned| reasoned.because.as_str());
    let host_type = match choice.map(|reasoned| reasoned.value.value) {
        Some(MountChoice::ConfigMapFile) => {
            return config_map(mount, path, false, because, service, scene, draft, gathered);
        }
        Some(MountChoice::ConfigMapFolder) => {
            return config_map(mount, path, true, because, service, scene, draft, gathered);
        }
        Some(MountChoice::HostPathType(kind)) => Some(type_word(kind).to_owned()),
        None => None,
    };
    let on_node = node_path(path);
    let wanted = match path {
        HostPath::Project(below) if below.is_empty() => "project",
        HostPath::Project(path) | HostPath::Home(path) | HostPath::Absolute(path) => last(path),
    };
    let name = draft.volume(wanted, format!("host {on_node} {host_type:?}"), || Volume {
        host_path: Some(HostPathVolumeSource { path: on_node.clone(), type_: host_type.clone() }),
        ..Volume::default()
    });
    if !matches!(path, HostPath::Project(below) if !below.starts_with("..")) {
        gathered.mounts.insert(path.clone());
    }
    let whole_project = matches!(path, HostPath::Project(below) if below.is_empty());
    // What must be a file, or must be there already, is not made a folder.
    if create && host_type.is_none() && !whole_project {
        gathered.folders.insert(path.clone());
    }
    if !create && !whole_project {
        // The script starts whole pods.
        gathered.sources.insert((scene.names.of(scene.sequence.home(&service.name.value)), path.clone()));
    }
    if matches!(path, HostPath::Absolute(path) if last(path) == "docker.sock") {
        findings.of_key(
            &service.name.value,
            Key::Volumes,
            Problem::DockerSocket { service: service.name.value.to_string(), at: mount.span },
        );
    }
    VolumeMount { name, ..VolumeMount::default() }
}

fn type_word(kind: HostPathType) -> &'static str {
    match kind {
        HostPathType::File => "File",
        HostPathType::Directory => "Directory",
        HostPathType::FileOrCreate => "FileOrCreate",
        HostPathType::DirectoryOrCreate => "DirectoryOrCreate",
        HostPathType::Socket => "Socket",
        HostPathType::CharDevice => "CharDevice",
    }
}

/// A ConfigMap that the up script makes from the live file or folder; its source stands in an annotation of the pod.
fn config_map(
    mount: &Mount,
    path: &HostPath,
    folder: bool,
    because: Option<&str>,
    service: &Service,
    scene: Scene,
    draft: &mut Draft,
    gathered: &mut Gathered,
) -> VolumeMount {
    let (HostPath::Project(source) | HostPath::Home(source) | HostPath::Absolute(source)) = path;
    let tail = last(&mount.target.value);
    let stem = tail.rsplit_once('.').map_or(tail, |(stem, _)| if stem.is_empty() { tail } else { stem });
    let name = object_name(&format!("{}-{stem}", scene.names.of(&service.name.value)));
    let written = match path {
        HostPath::Project(path) | HostPath::Absolute(path) => path.clone(),
        HostPath::Home(path) => format!("~/{path}"),
    };
    let slash = if folder { "/" } else { "" };
    let entry = format!("{name}={}{slash}", listable(&written));
    let all = draft.annotations.entry("compose2k8s/configmaps".to_owned()).or_default();
    if !all.split(' ').any(|known| known == entry) {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(&entry);
    }
    gathered.config_maps.insert((name.clone(), path.clone(), folder));
    let volume = draft.volume(stem, format!("configmap {name}"), || Volume {
        config_map: Some(ConfigMapVolumeSource { name: name.to_string(), ..ConfigMapVolumeSource::default() }),
        ..Volume::default()
    });
    let reason = because.map(|because| format!(" {because}")).unwrap_or_default();
    draft.comment_volume(
        &volume,
        format!(
            "Made from the live {} by k8s-up.sh: nothing is copied into a manifest, so nothing can drift.{reason}",
            if folder { "folder" } else { "file" }
        ),
    );
    VolumeMount {
        name: volume,
        sub_path: (!folder).then(|| last(source).to_owned()),
        read_only: (!folder).then_some(true),
        ..VolumeMount::default()
    }
}

/// A path as one entry of a list with blanks between: what separates entries is written as in a URL, `%20`.
fn listable(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '%' | ',' => text.push_str(&format!("%{:02X}", u32::from(c))),
            c if c.is_ascii_whitespace() => text.push_str(&format!("%{:02X}", u32::from(c))),
            c => text.push(c),
        }
    }
    text
}

/// An init container that gives a volume its owner and mode, and empties it first where it may have a past.
pub(super) fn owner(
    volume: &str,
    uid: Option<&str>,
    gid: Option<&str>,
    mode: Option<&str>,
    empty: bool,
    scene: Scene,
    draft: &mut Draft,
) {
    let number = |text: &&str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let (uid, gid, mode) = (uid.filter(number), gid.filter(number), mode.filter(number));
    let mut steps = Vec::new();
    if empty {
        steps.push("find /volume -mindepth 1 -maxdepth 1 -exec rm -rf {} +".to_owned());
    }
    if uid.is_some() || gid.is_some() {
        let group = gid.map(|gid| format!(":{gid}")).unwrap_or_default();
        steps.push(format!("chown {}{group} /volume", uid.unwrap_or_default()));
    }
    if let Some(mode) = mode {
        steps.push(format!("chmod {mode} /volume"));
    }
    if steps.is_empty() || draft.has_init(volume) {
        return;
    }
    let container = Container {
        command: Some(vec!["/bin/sh".to_owned(), "-ec".to_owned(), steps.join("; ")]),
        security_context: Some(SecurityContext { run_as_user: Some(0), ..SecurityContext::default() }),
        volume_mounts: Some(vec![VolumeMount {
            name: volume.to_owned(),
            mount_path: "/volume".to_owned(),
            ..VolumeMount::default()
        }]),
        ..defaults::helper(scene, volume)
    };
    let text = if empty {
        "The volume's owner, mode and emptiness: Docker empties a tmpfs volume when its last user leaves, and what an \
         earlier process left there would be found by this one. Emptied, not made anew: others have it mounted."
    } else {
        "The owner and mode that Compose asks for; an emptyDir belongs to root."
    };
    draft.init(container, text.to_owned());
}
