//! Topic *volumes*: top-level volumes as claims, memory, NFS or host paths.
//! <https://github.com/compose-spec/compose-spec/blob/main/07-volumes.md>

use crate::lower::volume_problem::Problem as VolumeProblem;
use k8s_openapi::api::core::v1::{
    NFSVolumeSource, PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, Volume as PodVolume,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::ownership::{memory_volume, set_owner};
use crate::keys::Key;
use crate::lower::analysis::names::object_name;
use crate::lower::context::{Context, NodeRequirements};
use crate::lower::findings::Findings;
use crate::lower::node_mounts::NodeMountMode;
use crate::lower::objects::{Name, Object, ObjectKind};
use crate::lower::pod::annotations::{labels_as_annotations, report_outside_labels};
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::metadata::{labels, metadata, project_labels};
use crate::lower::problem::Problem;
use crate::resolve::units::Bytes;
use crate::resolve::volumes::{HostPath, MountSource, Volume};
use crate::resolve::{Project, Service, ServiceName};
use crate::text::Spanned;

/// The name of the volume of a claim template.
pub(crate) const DATA_VOLUME: &str = "data";

/// Returns the claim template of a service with `data`.
pub(crate) fn claim_template(name: &str, service: &Name, size: &str, context: Context) -> PersistentVolumeClaim {
    PersistentVolumeClaim {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some(labels(service, context)),
            ..ObjectMeta::default()
        },
        spec: Some(context.target.claim_spec(Some(size))),
        status: None,
    }
}

/// Adds the claim of a service with `data` that is not a StatefulSet. Returns the name of the pod's volume.
pub(crate) fn add_service_claim(wanted: &str, service: &Name, size: &str, pod: &mut PodBuilder) -> String {
    let context = pod.context;
    let name = object_name(&format!("{service}-{wanted}"));
    pod.requirements.objects.push(Object {
        kind: ObjectKind::Claim(Box::new(PersistentVolumeClaim {
            metadata: metadata(&name, labels(service, context), context),
            spec: Some(context.target.claim_spec(Some(size))),
            status: None,
        })),
        comments: Vec::new(),
    });
    pod.add_volume(wanted, format!("claim {name}"), || PodVolume {
        persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
            claim_name: name.to_string(),
            read_only: None,
        }),
        ..PodVolume::default()
    })
}

/// Returns an entry of `driver_opts`.
fn driver_option<'a>(volume: &'a Volume, name: &str) -> Option<&'a str> {
    volume.driver_opts.iter().find(|(key, _)| key.value == name).map(|(_, value)| value.value.as_str())
}

/// Returns whether a volume is a tmpfs.
pub(crate) fn is_in_memory(volume: &Volume) -> bool {
    driver_option(volume, "type") == Some("tmpfs")
}

/// Returns the value of a mount option in `driver_opts.o`.
fn mount_option<'a>(volume: &'a Volume, name: &str) -> Option<&'a str> {
    driver_option(volume, "o")?.split(',').find_map(|word| word.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Adds a top-level volume to the pod. Returns the name of the pod's volume.
pub(crate) fn declared_volume(key: &Spanned<String>, service: &Service, pod: &mut PodBuilder) -> String {
    let context = pod.context;
    let Some(declared) = context.project.volumes.get(&key.value) else {
        // The loader rejects undeclared volumes; this is a fallback.
        return add_shared_claim(&key.value, key, pod);
    };
    let Volume { key: at, name: _, external: _, driver, driver_opts: _, labels: _ } = declared;
    if let Some(driver) = driver.as_ref().filter(|driver| !matches!(driver.value.as_str(), "" | "local")) {
        pod.findings.for_project_key(
            Key::TopVolumesDriver,
            VolumeProblem::VolumeDriver {
                volume: key.value.clone(),
                driver: format!("the driver `{}`", driver.value),
                at: driver.span,
            },
        );
        return add_shared_claim(&key.value, at, pod);
    }
    let kind = driver_option(declared, "type").unwrap_or_default();
    let bound = has_mount_option(declared, "bind") || has_mount_option(declared, "rbind");
    let read: &[&str] = match kind {
        // A folder in the node's tmpfs has no size limit.
        "tmpfs" if pods_with_volume(&key.value, context).len() > 1 => &["uid", "gid", "mode", "rw"],
        "tmpfs" => &["size", "uid", "gid", "mode", "rw"],
        "nfs" | "nfs4" => &["addr", "ro", "rw"],
        _ => &["bind", "rbind", "rw"],
    };
    report_ignored_mount_options(declared, read, pod.requirements, pod.findings);
    match kind {
        "tmpfs" => shared_tmpfs(key, declared, service, pod),
        "nfs" | "nfs4" => {
            let path = driver_option(declared, "device").unwrap_or_default().trim_start_matches(':').to_owned();
            let server = mount_option(declared, "addr").unwrap_or_default().to_owned();
            let read_only = has_mount_option(declared, "ro").then_some(true);
            if server.is_empty() || !path.starts_with('/') {
                pod.findings.for_project_key(
                    Key::TopVolumesDriverOpts,
                    VolumeProblem::VolumeDriver {
                        volume: key.value.clone(),
                        driver: format!("a volume of the type `{kind}` without an address or a path"),
                        at: declared.driver_opts.first().map_or(at.span, |(name, _)| name.span),
                    },
                );
                return add_shared_claim(&key.value, at, pod);
            }
            pod.add_volume(&key.value, format!("nfs {server}:{path}"), || PodVolume {
                nfs: Some(NFSVolumeSource { path, read_only, server }),
                ..PodVolume::default()
            })
        }
        _ if bound => {
            let device = driver_option(declared, "device").unwrap_or_default();
            let path = host_path(device, context.project);
            let on_node = context.target.node_path(&path);
            if context.target.needs_node_mount(&path) {
                pod.requirements.need_mount(&path, NodeMountMode::WRITABLE);
            }
            pod.add_volume(&key.value, format!("host {on_node} None"), || context.target.host_path_volume(&path, None))
        }
        // Docker's `local` driver treats an empty option as one that is not given.
        "" | "none" if driver_option(declared, "device").is_none_or(str::is_empty) => {
            add_shared_claim(&key.value, at, pod)
        }
        other => {
            pod.findings.for_project_key(
                Key::TopVolumesDriverOpts,
                VolumeProblem::VolumeDriver {
                    volume: key.value.clone(),
                    driver: format!("the type `{other}`"),
                    at: declared.driver_opts.first().map_or(at.span, |(name, _)| name.span),
                },
            );
            add_shared_claim(&key.value, at, pod)
        }
    }
}

/// Returns the source of a bound volume: relative to the project directory or `HOME` if possible.
fn host_path(device: &str, project: &Project) -> HostPath {
    let cleaned = crate::paths::clean(std::path::Path::new(device));
    let device = &*cleaned.to_string_lossy();
    let path = cleaned.as_path();
    if let Ok(below) = path.strip_prefix(&project.directory) {
        return HostPath::Project(below.to_string_lossy().into_owned());
    }
    if let Some(below) = device.strip_prefix("~/") {
        return HostPath::Home(below.to_owned());
    }
    if path.is_absolute() {
        HostPath::Absolute(device.to_owned())
    } else {
        HostPath::Project(device.trim_start_matches("./").to_owned())
    }
}

/// Reports the mount options of a volume that are not applied, once per volume.
fn report_ignored_mount_options(
    volume: &Volume,
    read: &[&str],
    requirements: &mut NodeRequirements,
    findings: &mut Findings,
) {
    let said = ("options", object_name(&volume.key.value));
    if requirements.taken.insert(said, volume.key.value.clone()).is_some() {
        return;
    }
    let Some((name, value)) = volume.driver_opts.iter().find(|(key, _)| key.value == "o") else { return };
    let words = value.value.split(',').map(str::trim);
    let lost: Vec<String> = words
        .filter(|word| !word.is_empty() && !read.contains(&word.split('=').next().unwrap_or_default()))
        .map(|word| format!("`{word}`"))
        .collect();
    if !lost.is_empty() {
        findings.for_project_key(
            Key::TopVolumesDriverOpts,
            VolumeProblem::MountOptions { volume: volume.key.value.clone(), options: lost.join(", "), at: name.span },
        );
    }
}

/// Returns whether `driver_opts.o` contains the option.
fn has_mount_option(volume: &Volume, name: &str) -> bool {
    driver_option(volume, "o").is_some_and(|words| words.split(',').any(|word| word.trim() == name))
}

/// Adds the claim of a top-level volume. Returns the name of the pod's volume.
fn add_shared_claim(key: &str, at: &Spanned<String>, pod: &mut PodBuilder) -> String {
    let context = pod.context;
    let name = object_name(key);
    match pod.requirements.taken.get(&("claim", name.clone())) {
        Some(other) if other != key => {
            let first_at = context.project.volumes.get(other).map_or(at.span, |other| other.key.span);
            pod.findings.for_project(Problem::NameCollision {
                name: name.to_string(),
                first: format!("volume `{other}`"),
                second: format!("volume `{key}`"),
                at: at.span,
                first_at,
            });
        }
        Some(_) => {}
        None => {
            pod.requirements.taken.insert(("claim", name.clone()), key.to_owned());
            let labels = context.project.volumes.get(key).map(|declared| {
                report_outside_labels(&declared.labels, &format!("volumes.{key}.labels"), Key::TopVolumesLabels, pod);
                labels_as_annotations(&declared.labels)
            });
            pod.requirements.objects.push(Object {
                kind: ObjectKind::Claim(Box::new(PersistentVolumeClaim {
                    metadata: ObjectMeta {
                        annotations: labels.flatten(),
                        ..metadata(&name, project_labels(context), context)
                    },
                    spec: Some(context.target.claim_spec(None)),
                    status: None,
                })),
                comments: Vec::new(),
            });
        }
    }
    pod.add_volume(key, format!("claim {name}"), || PodVolume {
        persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
            claim_name: name.to_string(),
            read_only: None,
        }),
        ..PodVolume::default()
    })
}

/// Adds a volume in memory: an emptyDir if one pod uses it, otherwise a folder in the node's tmpfs.
fn shared_tmpfs(key: &Spanned<String>, declared: &Volume, service: &Service, pod: &mut PodBuilder) -> String {
    let context = pod.context;
    let users = pods_with_volume(&key.value, context);
    let size = mount_option(declared, "size").and_then(tmpfs_size);
    let (uid, gid, mode) =
        (mount_option(declared, "uid"), mount_option(declared, "gid"), mount_option(declared, "mode"));
    if users.len() < 2 {
        let name = pod.add_volume(&key.value, format!("tmpfs volume {}", key.value), || memory_volume(size));
        pod.comment_volume(&name, "driver_opts type=tmpfs.".to_owned());
        set_owner(&name, uid, gid, mode, false, pod);
        return name;
    }
    let own = context.start_order.pod_owner(&service.name.value);
    let writer = match context.overrides.writers.get(&key.value) {
        Some(chosen) => Some(context.start_order.pod_owner(&chosen.value.value)),
        // The pod that starts first initializes the volume.
        None => users.iter().min_by_key(|user| context.start_order.phase(user)).copied(),
    };
    if context.overrides.writers.get(&key.value).is_none() && writer == Some(own) {
        pod.findings.for_project(VolumeProblem::WriterGuessed {
            volume: key.value.clone(),
            writer: own.to_string(),
            at: declared.key.span,
        });
    }
    let name = pod.add_volume(&key.value, format!("tmpfs volume {}", key.value), || {
        context.target.shared_memory_volume(&context.names.namespace, &object_name(&key.value))
    });
    let others: Vec<&str> = users.iter().filter(|user| **user != own).map(|user| user.as_str()).collect();
    pod.comment_volume(
        &name,
        format!(
            "driver_opts type=tmpfs, shared with {}: a folder below the node's /run, which is a tmpfs.",
            others.join(", ")
        ),
    );
    if writer == Some(own) {
        set_owner(&name, uid, gid, mode, true, pod);
    }
    name
}

/// Returns the owners of the pods that mount a volume.
fn pods_with_volume<'a>(volume: &str, context: Context<'a>) -> Vec<&'a ServiceName> {
    let mut users = Vec::new();
    for (name, service) in &context.project.services {
        let mounts = service.volumes.mounts.iter().any(|mount| match &mount.source {
            MountSource::Named { volume: used, nocopy: _, subpath: _ } => used.value == volume,
            MountSource::Bind { .. }
            | MountSource::Anonymous
            | MountSource::Tmpfs { .. }
            | MountSource::Image { .. }
            | MountSource::Other(_) => false,
        });
        let owner = context.start_order.pod_owner(name);
        if mounts && !users.contains(&owner) {
            users.push(owner);
        }
    }
    users
}

/// Parses the size of a tmpfs as the kernel does: bytes, or with `k`, `m`, `g`. A percentage of the memory is ignored.
fn tmpfs_size(text: &str) -> Option<Bytes> {
    let lower = text.trim().to_ascii_lowercase();
    let (number, unit) = match lower.strip_suffix(['k', 'm', 'g']) {
        Some(number) if lower.ends_with('k') => (number, 1u64 << 10),
        Some(number) if lower.ends_with('m') => (number, 1 << 20),
        Some(number) => (number, 1 << 30),
        None => (lower.as_str(), 1),
    };
    number.parse::<u64>().ok()?.checked_mul(unit).map(Bytes)
}
