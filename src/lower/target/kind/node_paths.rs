//! Where the kind node has the host's files.

use crate::resolve::volumes::HostPath;
use crate::vocabulary::{TOOL, node_path};

/// Where the node shows a path of the host. Paths below one another on the host are so on the node.
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

/// Where the node shows the folder of a profile.
pub(crate) fn profile_mount(folder: &HostPath) -> String {
    format!("{}/{TOOL}{}", node_path::SECCOMP_PROFILES, node_path(folder))
}

#[cfg(test)]
mod node_paths_tests {
    use super::*;

    #[test]
    fn a_path_beside_the_project_has_its_own_place_on_the_node() {
        assert_eq!(node_path(&HostPath::Project(String::new())), "/project");
        assert_eq!(node_path(&HostPath::Project("a/b".into())), "/project/a/b");
        assert_eq!(node_path(&HostPath::Project("../x".into())), "/project-parent/x");
        assert_eq!(node_path(&HostPath::Project("../..".into())), "/project-parent-2");
        assert_eq!(node_path(&HostPath::Absolute("/var/run/docker.sock".into())), "/host/var/run/docker.sock");
        assert_eq!(node_path(&HostPath::Absolute("/".into())), "/host");
    }
}
