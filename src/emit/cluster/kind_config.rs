//! `cluster/kind-config.yaml`: the cluster, which provides Docker's networks, mounts and published ports.
//! <https://kind.sigs.k8s.io/docs/user/configuration/>

use serde_json::{Map, Value, json};

use crate::emit::files::File;
use crate::emit::manifests::document::comment;
use crate::emit::manifests::rendered_service::RenderedService;
use crate::emit::metadata::OutputMetadata;
use crate::emit::problem::Problem;
use crate::emit::yaml::node::YamlNode;
use crate::emit::{header, yaml};
use crate::lower::Objects;
use crate::lower::node_mounts::{NodeMount, NodeMountMode, NodeMountPropagation};
use crate::lower::objects::{ClusterPlan, Comment, NodePort};
use crate::paths::clean_posix;
use crate::resolve::networks::Protocol;
use crate::resolve::volumes::HostPath;
use crate::vocabulary::{file, node_path};

/// Renders the file.
pub(crate) fn kind_config(objects: &Objects<RenderedService>, metadata: &OutputMetadata) -> Result<File, Problem> {
    let ClusterPlan {
        name,
        node_image,
        service_subnet,
        pod_subnet,
        subnet_reason,
        mounts,
        ports,
        unsafe_sysctls,
        restart_limit,
        feature_gates,
    } = &objects.cluster;
    let mut comments = vec![comment(
        &[],
        "The cluster that stands in for Docker's networks, mounts and ports. scripts/k8s-up.sh creates it from the kit's own \
         folder, which is what the relative paths below start from.",
    )];
    let mut value = Map::new();
    let mut put = |key: &str, part: Value| value.insert(key.to_owned(), part);
    put("apiVersion", json!("kind.x-k8s.io/v1alpha4"));
    put("kind", json!("Cluster"));
    put("name", json!(name));
    if !feature_gates.is_empty() {
        comments.push(comment(&["featureGates"], "Switched on because a field of the manifests is off by default."));
        put("featureGates", Value::Object(feature_gates.iter().map(|gate| (gate.clone(), json!(true))).collect()));
    }
    put(
        "networking",
        json!({
            "serviceSubnet": service_subnet.to_string(),
            "podSubnet": pod_subnet.to_string(),
            "kubeProxyMode": "nftables",
            "dnsSearch": [],
        }),
    );
    if let Some(reason) = subnet_reason {
        comments.push(comment(&["networking", "serviceSubnet"], reason));
    }
    comments.push(comment(
        &["networking", "kubeProxyMode"],
        "A port of a Service that nobody declared is refused, if only after a second; the iptables mode drops it in silence.",
    ));
    comments
        .push(comment(&["networking", "dnsSearch"], "The host's search domains stay out of the containers' resolver."));
    let mut kubelet = Map::new();
    let mut reasons = Vec::new();
    if let Some(limit) = restart_limit {
        kubelet.insert("crashLoopBackOff".to_owned(), json!({ "maxContainerRestartPeriod": limit }));
        reasons.push("Docker restarts a container at once, where the kubelet would wait for 10 seconds and more.");
    }
    if !unsafe_sysctls.is_empty() {
        kubelet.insert("allowedUnsafeSysctls".to_owned(), json!(unsafe_sysctls));
        reasons.push("`sysctls` that Kubernetes calls unsafe: the kubelet must be told that pods may set them.");
    }
    if !kubelet.is_empty() {
        comments.push(comment(&["kubeadmConfigPatches"], reasons.join(" ")));
        let mut patch = Map::new();
        patch.insert("apiVersion".to_owned(), json!("kubelet.config.k8s.io/v1beta1"));
        patch.insert("kind".to_owned(), json!("KubeletConfiguration"));
        patch.extend(kubelet);
        put(
            "kubeadmConfigPatches",
            json!([yaml::verified(file::KIND_CONFIG, &YamlNode::serialize(file::KIND_CONFIG, &patch)?)?]),
        );
    }
    put("nodes", json!([node(node_image, mounts, ports, metadata, &mut comments)]));
    let value = YamlNode::serialize(file::KIND_CONFIG, &value)?;
    let text = yaml::document(file::KIND_CONFIG, &value, &comments)?;
    File::from_documents(file::KIND_CONFIG, format!("{}\n{text}", header::hash(metadata)), &[value], metadata)
}

fn node(
    image: &str,
    mounts: &[NodeMount],
    ports: &[NodePort],
    metadata: &OutputMetadata,
    comments: &mut Vec<Comment>,
) -> Value {
    let mut node = Map::new();
    node.insert("role".to_owned(), json!("control-plane"));
    node.insert("image".to_owned(), json!(image));
    if !mounts.is_empty() {
        let mut seen = [false; 4];
        for (index, NodeMount { source, node_path, mode: _ }) in mounts.iter().enumerate() {
            let (which, text) = match source {
                _ if node_path.starts_with(node_path::SECCOMP_PROFILES) => {
                    (3, "Folders with seccomp profiles, where the kubelet looks for them.")
                }
                HostPath::Project(path) if path.is_empty() => (
                    0,
                    "The project directory, live in both directions: bind mounts of the Compose file that lie in it lie below this.",
                ),
                HostPath::Project(_) | HostPath::Absolute(_) => {
                    (1, "Bind mounts that lie outside the project directory.")
                }
                HostPath::Home(_) => {
                    (2, "Below the home directory of whoever starts the cluster; scripts/k8s-up.sh puts it in.")
                }
            };
            if let Some(said) = seen.get_mut(which)
                && !std::mem::replace(said, true)
            {
                comments.push(comment(&["nodes", "0", "extraMounts", &index.to_string()], text));
            }
        }
        let entries: Vec<Value> = mounts.iter().map(|mount| mount_entry(mount, metadata)).collect();
        node.insert("extraMounts".to_owned(), json!(entries));
    }
    if !ports.is_empty() {
        let mut previous = None;
        for (index, port) in ports.iter().enumerate() {
            if previous != Some(&port.service) {
                let all: Vec<String> = ports
                    .iter()
                    .filter(|other| other.service == port.service)
                    .map(|other| format!("{}:{}", other.host_port, other.container_port))
                    .collect();
                let text = format!("{}: ports {}", port.service, all.join(", "));
                comments.push(comment(&["nodes", "0", "extraPortMappings", &index.to_string()], text));
            }
            previous = Some(&port.service);
        }
        let entries: Vec<Value> = ports.iter().map(port_entry).collect();
        node.insert("extraPortMappings".to_owned(), json!(entries));
    }
    Value::Object(node)
}

fn mount_entry(mount: &NodeMount, metadata: &OutputMetadata) -> Value {
    let NodeMount { source, node_path, mode: NodeMountMode { read_only, propagation } } = mount;
    let mut entry = Map::new();
    entry.insert("hostPath".to_owned(), json!(from_kit(source, &metadata.project)));
    entry.insert("containerPath".to_owned(), json!(node_path));
    if *read_only {
        entry.insert("readOnly".to_owned(), json!(true));
    }
    match propagation {
        NodeMountPropagation::Private => {}
        NodeMountPropagation::HostToContainer => {
            entry.insert("propagation".to_owned(), json!("HostToContainer"));
        }
        NodeMountPropagation::Bidirectional => {
            entry.insert("propagation".to_owned(), json!("Bidirectional"));
        }
    }
    Value::Object(entry)
}

fn port_entry(port: &NodePort) -> Value {
    let NodePort { service: _, host_port, node_port, container_port: _, listen, protocol } = port;
    json!({
        "hostPort": host_port,
        "containerPort": node_port,
        // Without an address, Docker listens on all addresses.
        "listenAddress": listen.map_or_else(|| "0.0.0.0".to_owned(), |address| address.to_string()),
        "protocol": match protocol {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Sctp => "SCTP",
        },
    })
}

/// Returns a path on the host relative to the output root, from which `kind create cluster` is run.
pub(crate) fn from_kit(path: &HostPath, project: &str) -> String {
    match path {
        HostPath::Project(path) if path.is_empty() => project.to_owned(),
        HostPath::Project(path) => clean_posix(&format!("{project}/{path}")),
        HostPath::Home(path) if path.is_empty() => "~".to_owned(),
        HostPath::Home(path) => format!("~/{path}"),
        HostPath::Absolute(path) => path.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_paths_are_relative_to_the_output_root() {
        let project = |path: &str, base: &str| from_kit(&HostPath::Project(path.to_owned()), base);
        assert_eq!(project("", ".."), "..");
        assert_eq!(project("data/x", ".."), "../data/x");
        assert_eq!(project("../beside", ".."), "../../beside");
        assert_eq!(project("../beside", "../fixtures/x"), "../fixtures/beside");
        assert_eq!(project("data", "."), "data");
        assert_eq!(project("..", "x"), ".");
        assert_eq!(from_kit(&HostPath::Home("x".to_owned()), ".."), "~/x");
        assert_eq!(from_kit(&HostPath::Absolute("/srv/x".to_owned()), ".."), "/srv/x");
    }
}
