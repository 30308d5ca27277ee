//! Where the kind node has the host's files.

use k8s_openapi::api::core::v1::{HostPathVolumeSource, SeccompProfile, Volume};

use crate::lower::node_mounts::{NodeMount, NodeMountMode, NodeMountPropagation};
use crate::lower::objects::Name;
use crate::maps::IndexSet;
use crate::resolve::volumes::HostPath;
use crate::vocabulary::{TOOL, node_path};

/// Returns the path on the node of a file or folder of the host. Folders keep their nesting.
pub(crate) fn node_path(path: &HostPath) -> String {
    let joined = |root: &str, path: &str| {
        let path = path.trim_start_matches('/');
        if path.is_empty() { root.to_owned() } else { format!("{root}/{path}") }
    };
    match path {
        HostPath::Project(path) => {
            let ups = path.split('/').take_while(|part| *part == "..").count();
            let rest = path.split('/').skip(ups).collect::<Vec<_>>().join("/");
            match ups {
                0 => joined(node_path::PROJECT, &rest),
                1 => joined(node_path::PROJECT_PARENT, &rest),
                more => joined(&format!("{}-{more}", node_path::PROJECT_PARENT), &rest),
            }
        }
        HostPath::Home(path) => joined(node_path::HOME, path),
        HostPath::Absolute(path) => joined(node_path::HOST, path),
    }
}

/// Returns whether a host path is outside the project directory, which the node always has.
pub(crate) fn needs_mount(path: &HostPath) -> bool {
    !matches!(path, HostPath::Project(below) if !below.starts_with(".."))
}

/// Returns a hostPath volume.
pub(crate) fn volume(path: &HostPath, host_path_type: Option<&str>) -> Volume {
    host_path_volume(node_path(path), host_path_type)
}

fn host_path_volume(path: String, host_path_type: Option<&str>) -> Volume {
    Volume {
        host_path: Some(HostPathVolumeSource { path, type_: host_path_type.map(str::to_owned) }),
        ..Volume::default()
    }
}

/// Returns the volume of a tmpfs that several pods share: a folder in the node's `/run`.
pub(crate) fn shared_memory_volume(namespace: &Name, volume: &Name) -> Volume {
    host_path_volume(format!("{}/{namespace}/{volume}", node_path::SHARED_MEMORY), None)
}

/// Returns a profile below the kubelet's folder of seccomp profiles.
pub(crate) fn seccomp_profile(path: &HostPath) -> SeccompProfile {
    SeccompProfile { type_: "Localhost".to_owned(), localhost_profile: Some(format!("{TOOL}{}", node_path(path))) }
}

/// Returns the mounts of the node. The project directory is the first.
pub(crate) fn mounts(
    paths: impl IntoIterator<Item = (HostPath, NodeMountMode)>,
    seccomp_folders: impl IntoIterator<Item = HostPath>,
) -> Vec<NodeMount> {
    let project = (HostPath::Project(String::new()), NodeMountMode::WRITABLE);
    let host_paths = std::iter::once(project).chain(paths).map(|(source, mode)| {
        let node_path = node_path(&source);
        NodeMount { source, node_path, mode }
    });
    let profiles = seccomp_folders.into_iter().map(|folder| NodeMount {
        node_path: format!("{}/{TOOL}{}", node_path::SECCOMP_PROFILES, node_path(&folder)),
        source: folder,
        mode: NodeMountMode { read_only: true, propagation: NodeMountPropagation::Private },
    });
    without_nested_mounts(host_paths.chain(profiles).collect())
}

/// Removes mounts inside other mounts, which are visible there already. The outer mount gets what the inner ones need.
fn without_nested_mounts(mounts: Vec<NodeMount>) -> Vec<NodeMount> {
    let roots: IndexSet<String> = mounts.iter().map(|mount| mount.node_path.clone()).collect();
    // The outermost mount with a path.
    let outer_of = |path: &str| {
        let mut ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        ends.find_map(|end| roots.get_index_of(path.get(..end)?))
    };
    let mut modes: Vec<Option<NodeMountMode>> = vec![None; roots.len()];
    for mount in &mounts {
        if let Some(known) = outer_of(&mount.node_path).and_then(|outer| modes.get_mut(outer)) {
            *known = Some(known.map_or(mount.mode, |known| known.merged(mount.mode)));
        }
    }
    let mut kept: Vec<NodeMount> = Vec::new();
    for mount in mounts {
        let outer = outer_of(&mount.node_path);
        let is_outer = outer == roots.get_index_of(&mount.node_path);
        if is_outer && kept.iter().all(|other| other.node_path != mount.node_path) {
            let mode = outer.and_then(|outer| modes.get(outer).copied().flatten()).unwrap_or(mount.mode);
            kept.push(NodeMount { mode, ..mount });
        }
    }
    kept
}

#[cfg(test)]
mod node_paths_tests {
    use super::*;

    #[test]
    fn paths_outside_the_project_have_their_own_root_on_the_node() {
        assert_eq!(node_path(&HostPath::Project(String::new())), "/project");
        assert_eq!(node_path(&HostPath::Project("a/b".into())), "/project/a/b");
        assert_eq!(node_path(&HostPath::Project("../x".into())), "/project-parent/x");
        assert_eq!(node_path(&HostPath::Project("../..".into())), "/project-parent-2");
        assert_eq!(node_path(&HostPath::Absolute("/var/run/docker.sock".into())), "/host/var/run/docker.sock");
        assert_eq!(node_path(&HostPath::Absolute("/".into())), "/host");
    }
}
