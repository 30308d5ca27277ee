//! Topic *volumes*: volumes, tmpfs, `shm_size`, configs and secrets as volumes and mounts of the pod.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#volumes>

mod bind;
mod configs_secrets;
pub(super) mod copy_up;
pub(super) mod declared;
mod ownership;
mod paths;

use crate::lower::volume_problem::Problem as VolumeProblem;
use crate::maps::IndexMap;
use k8s_openapi::api::core::v1::VolumeMount;

use bind::{bind_mount, mount_propagation};
use copy_up::{NewVolume, empty_volume, fill_new_volumes, image_volume, new_volume};
use ownership::{memory_volume, set_owner};
use paths::{last_component, without_trailing_slash};

use crate::keys::Key;
use crate::lower::context::{Context, PodRole};
use crate::lower::findings::Findings;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::resolve::volumes::{Mount, MountSource, Volumes, VolumesFrom, VolumesFromSource};
use crate::text::{Span, Spanned};

/// Adds the volumes and mounts of a service.
pub(crate) fn mount_volumes(service: &Service, pod: &mut PodBuilder) {
    let context = pod.context;
    let Volumes { mounts, configs, secrets, volumes_from, shm_size } = &service.volumes;
    let mut targets: IndexMap<String, Span> = IndexMap::default();
    let data = context.choice(&service.name.value).and_then(|choice| choice.data.as_ref());
    // The container has the mount of `data` already. Its path is one that the image declares as a volume.
    let mut new: Vec<NewVolume> =
        pod.container.volume_mounts.iter().flatten().map(|mount| new_volume(mount, true)).collect();
    for mount in mounts {
        if !accepts_target(&mount.target.value, mount.target.span, service, &mut targets, pod.findings) {
            continue;
        }
        if let Some(data) = data.filter(|data| {
            without_trailing_slash(&data.value.path.value) == without_trailing_slash(&mount.target.value)
        }) {
            if !matches!(mount.source, MountSource::Anonymous) {
                pod.findings.for_service(
                    &service.name.value,
                    VolumeProblem::DataOverMount {
                        service: service.name.value.to_string(),
                        path: mount.target.value.clone(),
                        at: mount.span,
                        data: data.value.path.span,
                    },
                );
            }
            continue;
        }
        if let Some(made) = volume_mount(mount, service, pod) {
            if let Some(copied) = is_filled(&mount.source, pod.context) {
                new.push(new_volume(&made, copied));
            }
            pod.container.volume_mounts.get_or_insert_with(Vec::new).push(made);
        }
    }
    let mut copies = Vec::new();
    for grant in configs {
        if accepts_target(&configs_secrets::mount_path(grant, false), grant.span, service, &mut targets, pod.findings) {
            configs_secrets::mount_grant(grant, false, service, &mut copies, pod);
        }
    }
    for grant in secrets {
        if accepts_target(&configs_secrets::mount_path(grant, true), grant.span, service, &mut targets, pod.findings) {
            configs_secrets::mount_grant(grant, true, service, &mut copies, pod);
        }
    }
    configs_secrets::copy_files(&copies, pod);
    for VolumesFrom { span, from, read_only: _ } in volumes_from {
        match from {
            // Its mounts are in `mounts` already.
            VolumesFromSource::Service(_) => {}
            VolumesFromSource::Container(other) => pod.findings.for_key(
                &service.name.value,
                Key::VolumesFrom,
                VolumeProblem::ForeignVolumes {
                    service: service.name.value.to_string(),
                    container: other.clone(),
                    at: *span,
                },
            ),
        }
    }
    if let Some(size) = shm_size.as_ref().filter(|_| !targets.contains_key("/dev/shm")) {
        let name = pod.add_volume("shm", "shm".to_owned(), || memory_volume(Some(size.value)));
        pod.comment_volume(&name, "shm_size. Without it /dev/shm has 64 MiB, as in Docker.".to_owned());
        pod.container.volume_mounts.get_or_insert_with(Vec::new).push(VolumeMount {
            name,
            mount_path: "/dev/shm".to_owned(),
            ..VolumeMount::default()
        });
    }
    fill_new_volumes(&new, service, pod);
    report_lifetime_of_tmpfs(service, pod);
}

/// Reports volumes in memory that are mounted like a tmpfs of Docker, once per service.
fn report_lifetime_of_tmpfs(service: &Service, pod: &mut PodBuilder) {
    if pod.context.role != PodRole::Service {
        return;
    }
    let is_tmpfs = |mount: &&Mount| matches!(mount.source, MountSource::Tmpfs { .. });
    let mounts = service.volumes.mounts.iter().filter(is_tmpfs).map(|mount| (mount.target.value.as_str(), mount.span));
    let shm = service.volumes.shm_size.as_ref().map(|size| ("/dev/shm", size.span));
    let (paths, at): (Vec<String>, Vec<Span>) =
        mounts.chain(shm).map(|(path, span)| (format!("`{path}`"), span)).unzip();
    if !at.is_empty() {
        let name = &service.name.value;
        let problem = VolumeProblem::TmpfsOfPod { service: name.to_string(), paths: paths.join(", "), at };
        pod.findings.for_key(name, Key::Tmpfs, problem);
    }
}

/// Returns whether Docker fills a volume with the content of the image while it is empty; `None` if it is no volume. Docker also fills
/// one in memory, but only while it creates the container: the memory is released before the start.
pub(crate) fn is_filled(source: &MountSource, context: Context) -> Option<bool> {
    match source {
        MountSource::Anonymous => Some(true),
        MountSource::Named { volume, nocopy, subpath: _ } => {
            let declared = context.project.volumes.get(&volume.value);
            declared.is_none_or(|volume| !declared::is_in_memory(volume)).then_some(!nocopy)
        }
        MountSource::Bind { .. } | MountSource::Tmpfs { .. } | MountSource::Image { .. } | MountSource::Other(_) => {
            None
        }
    }
}

/// Returns whether a path is a valid mount target: absolute, and not used yet. Reports invalid ones.
fn accepts_target(
    target: &str,
    at: Span,
    service: &Service,
    targets: &mut IndexMap<String, Span>,
    findings: &mut Findings,
) -> bool {
    let name = &service.name.value;
    if !target.starts_with('/') || target.contains(':') {
        findings.for_service(
            name,
            VolumeProblem::RelativeTarget { service: name.to_string(), target: target.to_owned(), at },
        );
        return false;
    }
    if let Some(first_at) = targets.insert(without_trailing_slash(target).to_owned(), at) {
        findings.for_service(
            name,
            VolumeProblem::TargetTwice { service: name.to_string(), target: target.to_owned(), at, first_at },
        );
        return false;
    }
    true
}

/// Adds the volume of one mount. Returns the mount of the container.
fn volume_mount(mount: &Mount, service: &Service, pod: &mut PodBuilder) -> Option<VolumeMount> {
    let Mount { span: _, target, read_only, source } = mount;
    let mounted = |name: String| VolumeMount {
        name,
        mount_path: target.value.clone(),
        read_only: read_only.then_some(true),
        ..VolumeMount::default()
    };
    match source {
        MountSource::Bind { path, create_host_path, propagation, selinux: _ } => {
            let made = bind_mount(mount, path, *create_host_path, service, pod);
            let privileged = service.process.privileged.as_ref().is_some_and(|privileged| privileged.value);
            if let Some(mode) = propagation.as_ref().filter(|mode| mode.value.ends_with("shared") && !privileged) {
                pod.findings.for_key(
                    &service.name.value,
                    Key::VolumesBindPropagation,
                    VolumeProblem::UnprivilegedPropagation {
                        service: service.name.value.to_string(),
                        mode: mode.value.clone(),
                        at: mode.span,
                    },
                );
            }
            let propagation = mount_propagation(mount, service).map(str::to_owned);
            Some(VolumeMount {
                mount_propagation: propagation,
                sub_path: made.sub_path,
                read_only: read_only.then_some(true).or(made.read_only),
                ..mounted(made.name)
            })
        }
        MountSource::Named { volume, nocopy: _, subpath } => {
            let name = declared::declared_volume(volume, service, pod);
            Some(VolumeMount { sub_path: checked_sub_path(subpath.as_ref(), service, pod.findings), ..mounted(name) })
        }
        MountSource::Anonymous => {
            let name = pod.add_volume(
                last_component(&target.value),
                format!("anonymous {} {}", service.name.value, target.value),
                empty_volume,
            );
            pod.comment_volume(&name, "An anonymous volume: it lives as long as the pod.".to_owned());
            Some(mounted(name))
        }
        MountSource::Tmpfs { size, mode, options } => {
            let name = pod.add_volume(
                last_component(&target.value),
                format!("tmpfs {} {}", service.name.value, target.value),
                || memory_volume(*size),
            );
            pod.comment_volume(&name, "tmpfs.".to_owned());
            report_ignored_tmpfs_options(options, mount.span, service, pod.findings);
            let option = |key: &str| {
                options.iter().find_map(|option| option.strip_prefix(key).and_then(|rest| rest.strip_prefix('=')))
            };
            set_owner(
                &name,
                option("uid"),
                option("gid"),
                mode.map(|mode| format!("{mode:04o}")).as_deref(),
                false,
                pod,
            );
            Some(mounted(name))
        }
        MountSource::Image { reference, subpath } => {
            let name = image_volume(last_component(&target.value), &reference.value, pod);
            Some(VolumeMount { sub_path: checked_sub_path(subpath.as_ref(), service, pod.findings), ..mounted(name) })
        }
        MountSource::Other(kind) => {
            pod.findings.for_key(
                &service.name.value,
                Key::Volumes,
                VolumeProblem::ForeignMount {
                    service: service.name.value.to_string(),
                    kind: kind.value.clone(),
                    at: kind.span,
                },
            );
            None
        }
    }
}

/// Reports options of a tmpfs that an emptyDir does not support. Docker itself mounts with `nosuid` and `nodev`.
fn report_ignored_tmpfs_options(options: &[String], at: Span, service: &Service, findings: &mut Findings) {
    const APPLIED: &[&str] = &["uid", "gid", "rw", "ro", "exec", "async", "suid", "dev", "defaults"];
    let lost: Vec<String> = options
        .iter()
        .filter(|option| !APPLIED.contains(&option.split('=').next().unwrap_or_default().trim()))
        .map(|option| format!("`{option}`"))
        .collect();
    if !lost.is_empty() {
        findings.for_key(
            &service.name.value,
            Key::Tmpfs,
            VolumeProblem::TmpfsOptions { service: service.name.value.to_string(), options: lost.join(", "), at },
        );
    }
}

/// Returns a `subPath`, which must be relative and without `..`.
fn checked_sub_path(path: Option<&Spanned<String>>, service: &Service, findings: &mut Findings) -> Option<String> {
    if let Some(path) = path.filter(|path| path.value.split('/').any(|part| part == "..")) {
        findings.for_service(
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
