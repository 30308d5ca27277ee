//! kind's configuration file: the host folders and ports that the node has.
//! <https://kind.sigs.k8s.io/docs/user/configuration/>

use super::cursor::Cursor;
use super::reader;
use crate::parse::{Tree, TreeValue, yaml};
use crate::report::Report;
use crate::text::{Sources, Span, Spanned};

/// kind's default subnets of Services and pods.
/// <https://kind.sigs.k8s.io/docs/user/configuration/#networking>
pub(crate) const DEFAULT_SERVICE_SUBNET: &str = "10.96.0.0/16";
pub(crate) const DEFAULT_POD_SUBNET: &str = "10.244.0.0/16";

/// The compared part of a `kind: Cluster`.
#[derive(Debug, Clone)]
pub(crate) struct KindCluster {
    /// The file that contains it.
    pub(crate) file: String,
    /// The first line of the file.
    pub(crate) span: Span,
    pub(crate) service_subnet: Option<Spanned<String>>,
    pub(crate) pod_subnet: Option<Spanned<String>>,
    pub(crate) proxy_mode: Option<Spanned<String>>,
    /// Whether the feature gate for stop signals is on.
    /// <https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/>
    pub(crate) stop_signals: bool,
    pub(crate) images: Vec<Spanned<String>>,
    pub(crate) mounts: Vec<ExtraMount>,
    pub(crate) ports: Vec<PortMapping>,
    /// The longest time between restarts of a container.
    pub(crate) restart_limit: Option<Spanned<String>>,
    /// The unsafe kernel parameters that the kubelet allows pods to set.
    pub(crate) unsafe_sysctls: Vec<String>,
    /// What kind would reject: the field, the reason and the location.
    pub(crate) refused: Vec<(String, String, Span)>,
}

/// An `extraMounts` entry.
#[derive(Debug, Clone)]
pub(crate) struct ExtraMount {
    pub(crate) span: Span,
    pub(crate) host_path: String,
    pub(crate) node_path: String,
    pub(crate) read_only: bool,
    /// `HostToContainer`, `Bidirectional`, or none.
    pub(crate) propagation: Option<String>,
}

/// An `extraPortMappings` entry.
#[derive(Debug, Clone)]
pub(crate) struct PortMapping {
    pub(crate) span: Span,
    pub(crate) host_port: u16,
    pub(crate) node_port: u16,
    /// kind's default is `0.0.0.0`.
    pub(crate) listen: String,
    /// Upper case; kind's default is `TCP`.
    pub(crate) protocol: String,
}

impl KindCluster {
    pub(crate) fn from_tree(tree: &Tree, file: &str) -> Self {
        let root = Cursor::root(tree);
        let networking = root.key("networking");
        let mut cluster = KindCluster {
            file: file.to_owned(),
            span: root.span(),
            service_subnet: string_at(networking.key("serviceSubnet")),
            pod_subnet: string_at(networking.key("podSubnet")),
            proxy_mode: string_at(networking.key("kubeProxyMode")),
            stop_signals: root.keys(&["featureGates", "ContainerStopSignals"]).tree().is_some_and(reader::is_true),
            images: Vec::new(),
            mounts: Vec::new(),
            ports: Vec::new(),
            restart_limit: None,
            unsafe_sysctls: Vec::new(),
            refused: Vec::new(),
        };
        let nodes = items(root.key("nodes"));
        for patch in nodes.iter().copied().chain([root]).flat_map(|at| items(at.key("kubeadmConfigPatches"))) {
            cluster.patched(patch);
        }
        for (index, node) in nodes.into_iter().enumerate() {
            if let Some(role) = string_at(node.key("role")).filter(|role| !ROLES.contains(&role.value.as_str())) {
                let why = format!("it is {}, not `{}`", ROLES.join(" or "), role.value);
                cluster.refused.push((format!("nodes[{index}].role"), why, role.span));
            }
            cluster.images.extend(string_at(node.key("image")));
            for mount in items(node.key("extraMounts")) {
                if let (Some(host), Some(inside)) =
                    (string_at(mount.key("hostPath")), string_at(mount.key("containerPath")))
                {
                    let read_only = mount.key("readOnly").tree().is_some_and(reader::is_true);
                    let node_path = inside.value.trim_end_matches('/').to_owned();
                    let propagation = string_at(mount.key("propagation")).map(|text| text.value);
                    let (span, host_path) = (mount.span(), host.value);
                    cluster.mounts.push(ExtraMount { span, host_path, node_path, read_only, propagation });
                }
            }
            for port in items(node.key("extraPortMappings")) {
                let number = |key: &str| string_at(port.key(key)).and_then(|text| text.value.parse::<u16>().ok());
                if let (Some(host_port), Some(node_port)) = (number("hostPort"), number("containerPort")) {
                    let word = |key: &str, otherwise: &str| {
                        string_at(port.key(key))
                            .map(|text| text.value)
                            .filter(|text| !text.is_empty())
                            .unwrap_or_else(|| otherwise.to_owned())
                    };
                    cluster.ports.push(PortMapping {
                        span: port.span(),
                        host_port,
                        node_port,
                        listen: word("listenAddress", "0.0.0.0"),
                        protocol: word("protocol", "TCP").to_uppercase(),
                    });
                }
            }
        }
        cluster
    }

    /// Reads the kubelet's settings from a kubeadm patch.
    /// <https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/>
    fn patched(&mut self, patch: Cursor<'_>) {
        let Some(patch) = string_at(patch) else { return };
        let patch_span = patch.span;
        let mut sources = Sources::new();
        let source = sources.add("", None, patch.value.as_str());
        let Ok(trees) = yaml::documents(source, &sources, &mut Report::new()) else {
            self.refused.push(("kubeadmConfigPatches".to_owned(), "the patch is not YAML".to_owned(), patch.span));
            return;
        };
        for tree in &trees {
            let root = Cursor::root(tree);
            let is = |key: &str, value: &str| string_at(root.key(key)).is_some_and(|text| text.value == value);
            if is("kind", "KubeletConfiguration") && is("apiVersion", "kubelet.config.k8s.io/v1beta1") {
                let allowed = items(root.key("allowedUnsafeSysctls")).into_iter().filter_map(string_at);
                self.unsafe_sysctls.extend(allowed.map(|name| name.value));
                let limit = string_at(root.keys(&["crashLoopBackOff", "maxContainerRestartPeriod"]));
                self.restart_limit =
                    limit.map(|limit| Spanned { span: patch_span, ..limit }).or(self.restart_limit.take());
            }
        }
    }

    /// Whether the kubelet allows a pod to set a kernel parameter.
    pub(crate) fn allows(&self, sysctl: &str) -> bool {
        let allowed = |pattern: &String| match pattern.strip_suffix('*') {
            Some(front) => sysctl.starts_with(front),
            None => pattern == sysctl,
        };
        SAFE_SYSCTLS.contains(&sysctl) || self.unsafe_sysctls.iter().any(allowed)
    }

    /// Returns the mount with the longest path that contains a path of the node, and the path on the host as far as the
    /// configuration states it (`../test` for `/project/test` if `/project` is mounted from `..`).
    pub(crate) fn on_host(&self, node_path: &str) -> Option<(&ExtraMount, String)> {
        self.mounts
            .iter()
            .filter_map(|mount| {
                let rest = node_path.strip_prefix(mount.node_path.as_str())?;
                (rest.is_empty() || rest.starts_with('/')).then_some((mount, rest))
            })
            .max_by_key(|(mount, _)| mount.node_path.len())
            .map(|(mount, rest)| {
                let path = format!("{}{rest}", mount.host_path.trim_end_matches('/'));
                (mount, if path.is_empty() { "/".to_owned() } else { path })
            })
    }
}

/// <https://kind.sigs.k8s.io/docs/user/configuration/#nodes>
const ROLES: &[&str] = &["control-plane", "worker"];

/// <https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls>
const SAFE_SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
];

fn string_at(at: Cursor<'_>) -> Option<Spanned<String>> {
    at.tree().and_then(Tree::as_text).map(|text| text.map(str::to_owned))
}

fn items(at: Cursor<'_>) -> Vec<Cursor<'_>> {
    match at.tree().map(|tree| &tree.value) {
        Some(TreeValue::Sequence(list)) => (0..list.len()).map(|index| at.item(index)).collect(),
        Some(TreeValue::Scalar(_) | TreeValue::Mapping(_)) | None => Vec::new(),
    }
}
