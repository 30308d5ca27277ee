//! Topic *volumes*: configs and secrets, mounted as files of a ConfigMap or Secret at their exact path.
//! <https://github.com/compose-spec/compose-spec/blob/main/08-configs.md>

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
use crate::lower::objects::{LiveConfigOrSecret, LiveSource, Name, Object, ObjectKind};
use crate::lower::pod::annotations::labels_as_annotations;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::defaults;
use crate::lower::pod::metadata::{metadata, project_labels};
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::resolve::process::Variable;
use crate::resolve::volumes::{ConfigOrSecret, ConfigOrSecretSource, FileGrant};
use crate::text::Spanned;

/// Compose's default mode of a config or secret.
const DEFAULT_MODE: i32 = 0o444;

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
pub(crate) fn mount_grant(grant: &FileGrant, secret: bool, service: &Service, pod: &mut PodBuilder) {
    let context = pod.context;
    let FileGrant { span, source, target: _, uid, gid, mode } = grant;
    let declared = if secret { &context.project.secrets } else { &context.project.configs };
    let Some(ConfigOrSecret { key, name: docker_name, source: bytes, labels }) = declared.get(&source.value) else {
        return;
    };
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
            ConfigOrSecretSource::File(path) => pod.requirements.configs_and_secrets.push(LiveConfigOrSecret {
                name: object.clone(),
                secret,
                key: entry.clone(),
                from: LiveSource::File(path.value.clone()),
            }),
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
                pod.requirements.objects.push(inline_object(&object, &entry, &inline.value, labels, secret, context));
            }
            // A driver is reported by the key table, also for a secret that no service uses.
            ConfigOrSecretSource::External | ConfigOrSecretSource::Driver(_) => {}
        }
    }
    let mode = mode.as_ref().and_then(|mode| i32::try_from(mode.value).ok());
    let items = Some(vec![KeyToPath { key: entry.clone(), path: entry.clone(), mode }]);
    let default_mode = Some(DEFAULT_MODE);
    let name = pod.add_volume(&key.value, format!("{word} {object} {mode:?}"), || {
        if is_secret {
            Volume {
                secret: Some(SecretVolumeSource {
                    secret_name: Some(object.to_string()),
                    items,
                    default_mode,
                    optional: None,
                }),
                ..Volume::default()
            }
        } else {
            Volume {
                config_map: Some(ConfigMapVolumeSource {
                    name: object.to_string(),
                    items,
                    default_mode,
                    optional: None,
                }),
                ..Volume::default()
            }
        }
    });
    let of = |id: &Option<Spanned<String>>| id.as_ref().and_then(|id| id.value.parse::<u32>().ok());
    let mounted = match (of(uid), of(gid)) {
        (None | Some(0), None | Some(0)) => name.clone(),
        (uid, gid) => copy_with_owner(&name, &entry, uid, gid, mode.unwrap_or(DEFAULT_MODE), is_secret, pod),
    };
    pod.container.volume_mounts.get_or_insert_with(Vec::new).push(VolumeMount {
        name: mounted,
        mount_path: mount_path(grant, secret),
        sub_path: Some(entry.clone()),
        read_only: Some(true),
        ..VolumeMount::default()
    });
    let text = match bytes {
        ConfigOrSecretSource::File(_) => format!("{word}s: {}. Made from the live file by k8s-up.sh.", key.value),
        ConfigOrSecretSource::Environment(variable, _) => {
            format!("{word}s: {}. Made by k8s-up.sh from the variable {}.", key.value, variable.value)
        }
        ConfigOrSecretSource::Content(_) => format!("{word}s: {}.", key.value),
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

/// Adds a volume with a copy of the file that belongs to the requested owner: files of a ConfigMap or Secret always
/// belong to root. The copy of a secret is in memory, as the Secret is.
fn copy_with_owner(
    given: &str,
    entry: &str,
    uid: Option<u32>,
    gid: Option<u32>,
    mode: i32,
    secret: bool,
    pod: &mut PodBuilder,
) -> String {
    let context = pod.context;
    let owner = match (uid, gid) {
        (Some(uid), Some(gid)) => format!("{uid}:{gid}"),
        (Some(uid), None) => uid.to_string(),
        (None, gid) => format!(":{}", gid.unwrap_or_default()),
    };
    let identity = format!("copy of {given} {owner} {mode:04o}");
    let name = pod.add_volume(&format!("{given}-owned"), identity, || {
        let medium = secret.then(|| "Memory".to_owned());
        Volume { empty_dir: Some(EmptyDirVolumeSource { medium, size_limit: None }), ..Volume::default() }
    });
    if pod.has_init(&name) {
        return name;
    }
    let mount = |name: &str, path: &str| VolumeMount {
        name: name.to_owned(),
        mount_path: path.to_owned(),
        read_only: (path == "/given").then_some(true),
        ..VolumeMount::default()
    };
    let script =
        format!("cp /given/{entry} /owned/{entry}; chown {owner} /owned/{entry}; chmod {mode:04o} /owned/{entry}");
    let copier = Container {
        command: Some(vec!["/bin/sh".to_owned(), "-ec".to_owned(), script]),
        security_context: Some(SecurityContext { run_as_user: Some(0), ..SecurityContext::default() }),
        volume_mounts: Some(vec![mount(given, "/given"), mount(&name, "/owned")]),
        ..defaults::helper_container(context, &name)
    };
    pod.add_init_container(
        copier,
        "uid and gid. A file of a ConfigMap or Secret belongs to root: the container gets a copy with the owner that \
         Compose asks for."
            .to_owned(),
    );
    name
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
