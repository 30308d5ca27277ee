//! Bind mounts: a path of the host, or a ConfigMap that is created from files.

use k8s_openapi::api::core::v1::{ConfigMapVolumeSource, Volume, VolumeMount};

use super::paths::{last_component, without_trailing_slash};
use crate::keys::Key;
use crate::lower::analysis::names::object_name;
use crate::lower::node_mounts::{NodeMountMode, NodeMountPropagation};
use crate::lower::pod::builder::PodBuilder;
use crate::lower::volume_problem::Problem;
use crate::overrides::{HostPathType, MountChoice};
use crate::resolve::Service;
use crate::resolve::volumes::{HostPath, Mount, MountSource};
use crate::vocabulary::annotation;

/// Mounts a file or folder of the host as a hostPath, or as a ConfigMap if the overrides say so.
pub(crate) fn bind_mount(
    mount: &Mount,
    path: &HostPath,
    create: bool,
    service: &Service,
    pod: &mut PodBuilder,
) -> VolumeMount {
    let context = pod.context;
    let target = without_trailing_slash(&mount.target.value);
    let choice = context.choice(&service.name.value).and_then(|choice| {
        choice.mounts.iter().find(|(path, _)| without_trailing_slash(path) == target).map(|(_, reasoned)| reasoned)
    });
    let because = choice.map(|reasoned| reasoned.because.as_str());
    let host_type = match choice.map(|reasoned| reasoned.value.value) {
        Some(MountChoice::ConfigMapFile) => {
            return mount_config_map(mount, path, false, because, service, pod);
        }
        Some(MountChoice::ConfigMapFolder) => {
            return mount_config_map(mount, path, true, because, service, pod);
        }
        Some(MountChoice::HostPathType(kind)) => Some(host_path_type(kind).to_owned()),
        None => None,
    };
    let on_node = context.target.node_path(path);
    let wanted = match path {
        HostPath::Project(below) if below.is_empty() => "project",
        HostPath::Project(path) | HostPath::Home(path) | HostPath::Absolute(path) => last_component(path),
    };
    let name = pod.add_volume(wanted, format!("host {on_node} {host_type:?}"), || {
        context.target.host_path_volume(path, host_type.as_deref())
    });
    let propagation = match mount_propagation(mount, service) {
        Some("Bidirectional") => NodeMountPropagation::Bidirectional,
        Some(_) => NodeMountPropagation::HostToContainer,
        None => NodeMountPropagation::Private,
    };
    if context.target.needs_node_mount(path) {
        pod.requirements.need_mount(path, NodeMountMode { read_only: mount.read_only, propagation });
    } else if propagation != NodeMountPropagation::Private {
        let project = HostPath::Project(String::new());
        pod.requirements.need_mount(&project, NodeMountMode { read_only: false, propagation });
    }
    let whole_project = matches!(path, HostPath::Project(below) if below.is_empty());
    // A source with a hostPath type is checked by the kubelet and not created.
    if create && host_type.is_none() && !whole_project {
        pod.requirements.folders.insert(path.clone());
    }
    if !create && !whole_project {
        // The up script checks sources per pod.
        pod.requirements
            .sources
            .insert((context.names.name_of(context.start_order.pod_owner(&service.name.value)), path.clone()));
    }
    if let HostPath::Absolute(path) = path
        && belongs_to_docker(path)
    {
        let (service_name, path) = (service.name.value.to_string(), path.clone());
        pod.findings.for_key(
            &service.name.value,
            Key::Volumes,
            Problem::DockerSocket { service: service_name, path, at: mount.span },
        );
    }
    VolumeMount { name, ..VolumeMount::default() }
}

/// Returns `mountPropagation` of a bind mount. The API server accepts `Bidirectional` for privileged containers only.
pub(crate) fn mount_propagation(mount: &Mount, service: &Service) -> Option<&'static str> {
    let MountSource::Bind { path: _, create_host_path: _, propagation: Some(mode), selinux: _ } = &mount.source else {
        return None;
    };
    let is_privileged = service.process.privileged.as_ref().is_some_and(|privileged| privileged.value);
    match mode.value.as_str() {
        "rshared" | "shared" if is_privileged => Some("Bidirectional"),
        "rshared" | "shared" | "rslave" | "slave" => Some("HostToContainer"),
        _ => None,
    }
}

/// Directories with Docker's socket, and its data directory.
const DOCKER_DIRECTORIES: &[&str] = &["/run", "/var/run", "/var/lib/docker"];

/// Whether a path of the host is Docker's socket, a directory that contains it, or in Docker's data directory.
fn belongs_to_docker(path: &str) -> bool {
    let path = without_trailing_slash(path);
    last_component(path) == "docker.sock" || DOCKER_DIRECTORIES.contains(&path) || path.starts_with("/var/lib/docker/")
}

fn host_path_type(kind: HostPathType) -> &'static str {
    match kind {
        HostPathType::File => "File",
        HostPathType::Directory => "Directory",
        HostPathType::FileOrCreate => "FileOrCreate",
        HostPathType::DirectoryOrCreate => "DirectoryOrCreate",
        HostPathType::Socket => "Socket",
        HostPathType::CharDevice => "CharDevice",
    }
}

/// Mounts a ConfigMap that the up script creates from the file or folder. An annotation of the pod names its source.
fn mount_config_map(
    mount: &Mount,
    path: &HostPath,
    folder: bool,
    because: Option<&str>,
    service: &Service,
    pod: &mut PodBuilder,
) -> VolumeMount {
    let context = pod.context;
    let (HostPath::Project(source) | HostPath::Home(source) | HostPath::Absolute(source)) = path;
    let tail = last_component(&mount.target.value);
    let stem = tail.rsplit_once('.').map_or(tail, |(stem, _)| if stem.is_empty() { tail } else { stem });
    let name = object_name(&format!("{}-{stem}", context.names.name_of(&service.name.value)));
    let written = match path {
        HostPath::Project(path) | HostPath::Absolute(path) => path.clone(),
        HostPath::Home(path) => format!("~/{path}"),
    };
    let slash = if folder { "/" } else { "" };
    let entry = format!("{name}={}{slash}", encode_list_entry(&written));
    let all = pod.annotations.entry(annotation::CONFIG_MAPS.to_owned()).or_default();
    if !all.split(' ').any(|known| known == entry) {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(&entry);
    }
    pod.requirements.config_maps.insert((name.clone(), path.clone(), folder));
    let volume = pod.add_volume(stem, format!("configmap {name}"), || Volume {
        config_map: Some(ConfigMapVolumeSource { name: name.to_string(), ..ConfigMapVolumeSource::default() }),
        ..Volume::default()
    });
    let reason = because.map(|because| format!(" {because}")).unwrap_or_default();
    pod.comment_volume(
        &volume,
        format!(
            "Made from the live {} by k8s-up.sh: nothing is copied into a manifest, so nothing can drift.{reason}",
            if folder { "folder" } else { "file" }
        ),
    );
    VolumeMount {
        name: volume,
        sub_path: (!folder).then(|| last_component(source).to_owned()),
        read_only: (!folder).then_some(true),
        ..VolumeMount::default()
    }
}

/// Encodes a path as one entry of a list that is separated by spaces. Separators are percent-encoded, as in URLs.
fn encode_list_entry(path: &str) -> String {
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
