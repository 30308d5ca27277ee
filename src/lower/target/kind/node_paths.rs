//! Where the kind node has the host's files.

use crate::lower::objects::PROFILES;
use crate::resolve::volumes::HostPath;

/// The project directory on the node.
pub(crate) const PROJECT: &str = "/project";

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
                0 => joined(PROJECT, &rest),
                1 => joined("/project-parent", &rest),
                more => joined(&format!("/project-parent-{more}"), &rest),
            }
        }
        HostPath::Home(path) => joined("/home-of-host", path),
        HostPath::Absolute(path) => joined("/host", path),
    }
}

/// Whose profiles these are, in the kubelet's folder of profiles.
pub(crate) const OF_KUBELET: &str = "compose2k8s";

/// Where the node shows the folder of a profile.
pub(crate) fn profile_mount(folder: &HostPath) -> String {
    format!("{PROFILES}/{OF_KUBELET}{}", node_path(folder))
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
