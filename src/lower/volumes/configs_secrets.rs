//! Topic *volumes*: configs and secrets at their exact path.
//! <https://github.com/compose-spec/compose-spec/blob/main/08-configs.md>
//!
//! As in Docker Compose, one with `file` is a bind mount of the host's file, and the content of any other is copied into the
//! container, where it has an owner and a mode and can be written.

use crate::lower::volume_problem::Problem as VolumeProblem;
use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    ConfigMap, ConfigMapVolumeSource, Container, EmptyDirVolumeSource, KeyToPath, Secret, SecretVolumeSource,
    SecurityContext, Volume, VolumeMount,
};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::keys::Key;
use crate::lower::analysis::names::object_name;
use crate::lower::analysis::secret_names::{config_secret_name, data_key};
use crate::lower::context::{Context, NodeRequirements};
use crate::lower::findings::Findings;
use crate::lower::node_mounts::{NodeMountMode, NodeMountPropagation};
use crate::lower::objects::{LiveConfigOrSecret, LiveSource, Name, Object, ObjectKind};
use crate::lower::pod::annotations::{labels_as_annotations, report_outside_labels};
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::defaults;
use crate::lower::pod::metadata::{metadata, project_labels};
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::resolve::process::Variable;
use crate::resolve::volumes::{ConfigOrSecret, ConfigOrSecretSource, FileGrant, HostPath};
use crate::text::{Span, Spanned};

/// Compose's default mode of a config or secret.
const DEFAULT_MODE: i32 = 0o444;

/// The mount of a file on the node.
const READ_ONLY: NodeMountMode = NodeMountMode { read_only: true, propagation: NodeMountPropagation::Private };

/// The largest ConfigMap or Secret: 1 MiB. <https://kubernetes.io/docs/concepts/configuration/configmap/>
const MAX_SIZE: usize = 1 << 20;

/// Returns the path of a config or secret in the container.
pub(crate) fn mount_path(grant: &FileGrant, secret: bool) -> String {
    if grant.target.starts_with('/') {
        grant.target.clone()
    } else if secret {
        format!("/run/secrets/{}", grant.target)
    } else {
        format!("/{}", grant.target)
    }
}

/// Mounts one config or secret.
pub(crate) fn mount_grant(
    grant: &FileGrant,
    secret: bool,
    service: &Service,
    copies: &mut Vec<(String, CopiedEntry)>,
    pod: &mut PodBuilder,
) {
    let context = pod.context;
    let FileGrant { span, source, target: _, uid, gid, mode } = grant;
    let declared = if secret { &context.project.secrets } else { &context.project.configs };
    let Some(ConfigOrSecret { key, name: docker_name, source: bytes, labels }) = declared.get(&source.value) else {
        return;
    };
    if let ConfigOrSecretSource::File(path) = bytes {
        mount_file(grant, secret, &path.value, service, pod);
        return;
    }
    let entry = data_key(&key.value);
    // A value from outside the Compose files is never part of a ConfigMap.
    let is_secret =
        secret || matches!(bytes, ConfigOrSecretSource::Environment(..) | ConfigOrSecretSource::OutsideContent(_));
    let object = if matches!(bytes, ConfigOrSecretSource::External) {
        object_name(docker_name)
    } else if is_secret && !secret {
        config_secret_name(&key.value)
    } else {
        object_name(&key.value)
    };
    let word = if secret { "secret" } else { "config" };
    if !is_added(word, &object, key, context, pod.requirements, pod.findings) {
        match bytes {
            ConfigOrSecretSource::Environment(variable, value) => {
                pod.requirements.configs_and_secrets.push(LiveConfigOrSecret {
                    name: object.clone(),
                    secret: true,
                    key: entry.clone(),
                    from: LiveSource::Variable(variable.value.clone()),
                });
                let made =
                    value.as_ref().map(|value| inline_object(&object, &entry, value.expose(), &[], true, context));
                pod.requirements.secrets.extend(made);
            }
            ConfigOrSecretSource::OutsideContent(inline) => {
                pod.requirements.configs_and_secrets.push(LiveConfigOrSecret {
                    name: object.clone(),
                    secret: true,
                    key: String::new(),
                    from: LiveSource::Generated,
                });
                let text = inline.value.expose();
                reject_large(grant, key, word, text.len(), inline.span, pod);
                pod.requirements.secrets.push(inline_object(&object, &entry, text, &[], true, context));
            }
            ConfigOrSecretSource::Content(inline) => {
                reject_large(grant, key, word, inline.value.len(), inline.span, pod);
                let place = format!("configs.{}.labels", key.value);
                report_outside_labels(labels, &place, Key::TopConfigsLabels, pod);
                pod.requirements.objects.push(inline_object(&object, &entry, &inline.value, labels, secret, context));
            }
            // A driver is reported by the key table, also for a secret that no service uses.
            ConfigOrSecretSource::External | ConfigOrSecretSource::Driver(_) | ConfigOrSecretSource::File(_) => {}
        }
    }
    let items = Some(vec![KeyToPath { key: entry.clone(), path: entry.clone(), mode: None }]);
    let name = pod.add_volume(&key.value, format!("{word} {object}"), || {
        if is_secret {
            Volume {
                secret: Some(SecretVolumeSource {
                    secret_name: Some(object.to_string()),
                    items,
                    ..SecretVolumeSource::default()
                }),
                ..Volume::default()
            }
        } else {
            Volume {
                config_map: Some(ConfigMapVolumeSource {
                    name: object.to_string(),
                    items,
                    ..ConfigMapVolumeSource::default()
                }),
                ..Volume::default()
            }
        }
    });
    let copy = CopiedEntry {
        given: name.clone(),
        entry: entry.clone(),
        owner: owner_of(uid.as_ref(), gid.as_ref()),
        mode: mode_of(mode.as_ref()),
    };
    let (volume, file) = copied_file(copy, is_secret, copies, pod);
    pod.container.volume_mounts.get_or_insert_with(Vec::new).push(VolumeMount {
        name: volume,
        mount_path: mount_path(grant, secret),
        sub_path: Some(file),
        ..VolumeMount::default()
    });
    let text = match bytes {
        ConfigOrSecretSource::Environment(variable, _) => {
            format!("{word}s: {}. Made by k8s-up.sh from the variable {}.", key.value, variable.value)
        }
        ConfigOrSecretSource::Content(_) | ConfigOrSecretSource::File(_) => format!("{word}s: {}.", key.value),
        ConfigOrSecretSource::OutsideContent(_) => {
            format!("{word}s: {}. A Secret, because it contains values from outside the Compose files.", key.value)
        }
        ConfigOrSecretSource::External | ConfigOrSecretSource::Driver(_) => {
            pod.findings.for_key(
                &service.name.value,
                if secret { Key::Secrets } else { Key::Configs },
                VolumeProblem::MaterialMustExist {
                    kind: if secret { "Secret" } else { "ConfigMap" }.to_owned(),
                    name: object.to_string(),
                    entry,
                    service: service.name.value.to_string(),
                    at: *span,
                },
            );
            format!("{word}s: {}. It must be in the namespace already.", key.value)
        }
    };
    pod.comment_volume(&name, text);
}

/// Reports content that is larger than an object can be.
fn reject_large(
    grant: &FileGrant,
    key: &Spanned<String>,
    kind: &str,
    bytes: usize,
    at: crate::text::Span,
    pod: &mut PodBuilder,
) {
    if bytes > MAX_SIZE {
        let (kind, name, granted) = (kind.to_owned(), key.value.clone(), grant.span);
        pod.findings.for_project(VolumeProblem::ConfigTooLarge { kind, name, bytes, at, granted });
    }
}

/// Mounts a config or secret with `file`: the file of the host, with its own owner and mode.
fn mount_file(grant: &FileGrant, secret: bool, path: &HostPath, service: &Service, pod: &mut PodBuilder) {
    let FileGrant { span: _, source, target: _, uid, gid, mode } = grant;
    let context = pod.context;
    let word = if secret { "secret" } else { "config" };
    let ignored = [
        uid.as_ref().map(|uid| ("uid", uid.span)),
        gid.as_ref().map(|gid| ("gid", gid.span)),
        mode.as_ref().map(|mode| ("mode", mode.span)),
    ];
    let ignored: Vec<_> = ignored.into_iter().flatten().collect();
    if !ignored.is_empty() {
        let (names, at): (Vec<&str>, Vec<Span>) = ignored.into_iter().unzip();
        pod.findings.for_key(
            &service.name.value,
            if secret { Key::Secrets } else { Key::Configs },
            VolumeProblem::OwnerOfFile {
                kind: word.to_owned(),
                name: source.value.clone(),
                service: service.name.value.to_string(),
                keys: quoted_list(&names),
                at,
            },
        );
    }
    let on_node = context.target.node_path(path);
    let name =
        pod.add_volume(&source.value, format!("host {on_node} None"), || context.target.host_path_volume(path, None));
    pod.comment_volume(&name, format!("{word}s: {}. The file of the host, as in Docker Compose.", source.value));
    if context.target.needs_node_mount(path) {
        pod.requirements.need_mount(path, READ_ONLY);
    }
    let owner = context.names.name_of(context.start_order.pod_owner(&service.name.value));
    pod.requirements.sources.insert((owner, path.clone()));
    pod.container.volume_mounts.get_or_insert_with(Vec::new).push(VolumeMount {
        name,
        mount_path: mount_path(grant, secret),
        read_only: Some(true),
        ..VolumeMount::default()
    });
}

/// A copy of an entry of a ConfigMap or Secret, with its owner and mode.
#[derive(Debug)]
pub(crate) struct CopiedEntry {
    /// The name of the volume with the entry.
    given: String,
    entry: String,
    /// `UID:GID`; `None` for root, to which every copy belongs at first.
    owner: Option<String>,
    mode: i32,
}

/// Returns the owner of a copy.
fn owner_of(uid: Option<&Spanned<String>>, gid: Option<&Spanned<String>>) -> Option<String> {
    let number = |id: Option<&Spanned<String>>| id.and_then(|id| id.value.parse::<u32>().ok());
    match (number(uid), number(gid)) {
        (None | Some(0), None | Some(0)) => None,
        (Some(uid), Some(gid)) => Some(format!("{uid}:{gid}")),
        (Some(uid), None) => Some(uid.to_string()),
        (None, Some(gid)) => Some(format!(":{gid}")),
    }
}

/// Returns the mode of a copy.
fn mode_of(mode: Option<&Spanned<u32>>) -> i32 {
    mode.and_then(|mode| i32::try_from(mode.value).ok()).unwrap_or(DEFAULT_MODE)
}

/// Returns the volume and the name of a copied file. The copies of secrets are in memory, as the Secret is.
fn copied_file(
    copy: CopiedEntry,
    secret: bool,
    copies: &mut Vec<(String, CopiedEntry)>,
    pod: &mut PodBuilder,
) -> (String, String) {
    let wanted = if secret { "secret-files" } else { "files" };
    let name = pod.add_volume(wanted, format!("{wanted} {}", pod.container.name), || {
        let medium = secret.then(|| "Memory".to_owned());
        Volume { empty_dir: Some(EmptyDirVolumeSource { medium, size_limit: None }), ..Volume::default() }
    });
    let folder = format!("/{name}");
    let path = |number: u16| if number < 2 { copy.entry.clone() } else { format!("{}-{number}", copy.entry) };
    let is_free = |file: &String| copies.iter().all(|(known, _)| *known != format!("{folder}/{file}"));
    let file = (1..=u16::MAX).map(path).find(is_free).unwrap_or_else(|| copy.entry.clone());
    copies.push((format!("{folder}/{file}"), copy));
    (name, file)
}

/// Adds the init container that copies configs and secrets. Each copy has its path in the init container.
pub(crate) fn copy_files(copies: &[(String, CopiedEntry)], pod: &mut PodBuilder) {
    if copies.is_empty() {
        return;
    }
    let mut script = String::new();
    let mut mounts: Vec<VolumeMount> = Vec::new();
    let mut add_mount = |name: &str, path: String, read_only: Option<bool>| {
        if mounts.iter().all(|mount| mount.mount_path != path) {
            let name = name.to_owned();
            mounts.push(VolumeMount { name, mount_path: path, read_only, ..VolumeMount::default() });
        }
    };
    for (path, CopiedEntry { given, entry, owner, mode }) in copies {
        script.push_str(&format!("cp /given/{given}/{entry} {path}\n"));
        if let Some(owner) = owner {
            script.push_str(&format!("chown {owner} {path}\n"));
        }
        script.push_str(&format!("chmod {mode:04o} {path}\n"));
        add_mount(given, format!("/given/{given}"), Some(true));
        let folder = path.rsplit_once('/').map_or(path.as_str(), |(folder, _)| folder);
        add_mount(folder.trim_start_matches('/'), folder.to_owned(), None);
    }
    let name = if pod.has_owner() { format!("files-{}", pod.container.name) } else { "files".to_owned() };
    let container = Container {
        command: Some(vec!["/bin/sh".to_owned(), "-ec".to_owned(), script]),
        security_context: Some(SecurityContext { run_as_user: Some(0), ..SecurityContext::default() }),
        volume_mounts: Some(mounts),
        ..defaults::helper_container(pod.context, &name)
    };
    let why = "configs and secrets. As in Docker Compose, the container gets copies with the owner and mode of the Compose file.";
    pod.add_init_container(container, why.to_owned());
}

fn quoted_list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Returns whether the object exists already. Reports two configs or secrets with the same object name.
fn is_added(
    word: &'static str,
    object: &Name,
    key: &crate::text::Spanned<String>,
    context: Context,
    requirements: &mut NodeRequirements,
    findings: &mut Findings,
) -> bool {
    match requirements.taken.get(&(word, object.clone())) {
        Some(other) if *other != key.value => {
            let declared = if word == "secret" { &context.project.secrets } else { &context.project.configs };
            findings.for_project(Problem::NameCollision {
                name: object.to_string(),
                first: format!("{word} `{other}`"),
                second: format!("{word} `{}`", key.value),
                at: key.span,
                first_at: declared.get(other).map_or(key.span, |other| other.key.span),
            });
            true
        }
        Some(_) => true,
        None => {
            requirements.taken.insert((word, object.clone()), key.value.clone());
            false
        }
    }
}

/// Returns the object of a config or secret with inline content.
fn inline_object(name: &Name, key: &str, data: &str, labels: &[Variable], secret: bool, context: Context) -> Object {
    let metadata =
        ObjectMeta { annotations: labels_as_annotations(labels), ..metadata(name, project_labels(context), context) };
    let entries = Some(BTreeMap::from([(key.to_owned(), data.to_owned())]));
    let kind = if secret {
        ObjectKind::Secret(Box::new(Secret { metadata, string_data: entries, ..Secret::default() }))
    } else {
        ObjectKind::ConfigMap(Box::new(ConfigMap { metadata, data: entries, ..ConfigMap::default() }))
    };
    Object { kind, comments: Vec::new() }
}
