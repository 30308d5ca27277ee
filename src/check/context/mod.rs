//! What the five topics see of the two sides.

pub(crate) mod known_ports;
pub(crate) mod manifest_index;
pub(crate) mod project_index;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use ipnet::Ipv4Net;
use k8s_openapi::api::core::v1::Container;

use super::manifests::Manifests;
use super::manifests::document::Document;
use super::matching::names::rfc1123_label;
use crate::check::manifests::cursor::At;
use crate::check::manifests::kind_cluster::{Cluster, PortMapping, clean};
use crate::check::manifests::policies::PolicyIndex;
use crate::check::manifests::workload::Workload;
use crate::overrides::{Overrides, ServiceChoice};
use crate::resolve::{Project, Service};
use crate::text::Span;
use known_ports::KnownPort;
use project_index::Company;

/// For what a pod is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// `docker compose up`.
    Up,
    /// `docker compose run` of a service with its own command, to its end.
    Setup,
    /// `docker compose run` whose command comes later, from outside.
    Run,
}

/// The Compose side of one service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) project: &'a Project,
    pub(crate) overrides: &'a Overrides,
    pub(crate) service: &'a Service,
    pub(crate) occasion: Occasion,
    /// What is asked of all services of the project.
    pub(crate) company: &'a Company<'a>,
}

impl<'a> Said<'a> {
    /// What the overrides say of the service.
    pub(crate) fn choice(&self) -> Option<&'a ServiceChoice> {
        self.overrides.services.get(self.service.name.value.as_str())
    }

    /// Whether a service is deployed in any case: it is active, or the overrides separate networks.
    pub(crate) fn is_deployed(&self, service: &Service) -> bool {
        service.order.active || self.overrides.separation.is_some()
    }

    /// The place of what is said by saying nothing: the service's name.
    pub(crate) fn silence(&self) -> Span {
        self.service.name.span
    }
}

/// The manifests' side of one service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) workload: &'a Workload<'a>,
    pub(crate) container: &'a Container,
    /// The container's place.
    pub(crate) at: At<'a>,
    /// How many of the pod's init containers run before it: all of them, unless it is one itself.
    pub(crate) preceding: usize,
    pub(crate) world: &'a World<'a>,
    /// The service in whose pod this one lives, if that is another.
    pub(crate) home: Option<&'a str>,
    pub(crate) occasion: Occasion,
}

impl<'a> Shown<'a> {
    /// Returns the context of a container of a workload, if the pod has it.
    pub(crate) fn new(
        workload: &'a Workload<'a>,
        container: usize,
        home: Option<&'a str>,
        world: &'a World<'a>,
        occasion: Occasion,
    ) -> Option<Self> {
        let (container, at) = workload.container(container)?;
        Some(Self { workload, container, at, preceding: usize::MAX, world, home, occasion })
    }
}

/// What is read once for all services.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) manifests: &'a Manifests,
    /// Every workload of the manifests, those of runs among them.
    pub(crate) everybody: &'a [Workload<'a>],
    /// The Services of type `ExternalName`: by the name that they lead to, with their places among the documents.
    pub(crate) external_names: HashMap<&'a str, Vec<(usize, &'a Document)>>,
    /// What the cluster's DNS answers in another name's stead: by that name, the names asked for.
    pub(crate) rewritten: HashMap<String, Vec<(String, Span)>>,
    /// The NetworkPolicies.
    pub(crate) policies: PolicyIndex<'a>,
    /// Which Compose service a Service's pods stand for: namespace and name to service.
    pub(crate) behind: BTreeMap<(String, String), String>,
    /// Services whose name resolves exactly while a pod behind them is ready.
    pub(crate) gates: BTreeSet<(String, String)>,
    /// Which Compose service a workload stands for: namespace and name to service.
    pub(crate) stands: BTreeMap<(String, String), String>,
    /// The ports that the Compose side knows of a service.
    pub(crate) ports: BTreeMap<String, Vec<KnownPort>>,
    /// Which Compose volume a claim stands for: its name to the volume's key.
    pub(crate) claims: BTreeMap<String, String>,
    /// The keys of the project's volumes, by their RFC 1123 forms.
    pub(crate) volumes: HashMap<String, String>,
    /// What kind's configuration publishes, by the port of the node.
    pub(crate) mappings: HashMap<i32, Vec<&'a PortMapping>>,
    /// Which config or secret an object stands for: `ConfigMap` or `Secret`, name to key.
    pub(crate) materials: BTreeMap<(&'static str, String), String>,
    /// The project directory: as it was named, and as it is when links are followed.
    pub(crate) directories: Vec<PathBuf>,
    /// The folder where relative host paths begin, in the same two forms.
    pub(crate) root: Vec<PathBuf>,
    /// Where the overrides put Services' addresses, for manifests without the cluster's configuration.
    pub(crate) service_subnet: Option<Ipv4Net>,
}

/// <https://kind.sigs.k8s.io/docs/user/configuration/#service-subnet>
const DEFAULT_SERVICES: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(10, 96, 0, 0), 16);

impl World<'_> {
    pub(crate) fn cluster(&self) -> Option<&Cluster> {
        self.manifests.clusters.first()
    }

    /// The Services' range: kind's own default where nothing is configured.
    pub(crate) fn services(&self) -> Ipv4Net {
        let configured = self.cluster().and_then(|cluster| cluster.service_subnet.as_ref());
        let configured = configured.and_then(|subnet| subnet.value.split(',').next()?.trim().parse::<Ipv4Net>().ok());
        configured.or(self.service_subnet).unwrap_or(DEFAULT_SERVICES).trunc()
    }

    /// The cluster's own name server: the tenth address of the Services' range.
    pub(crate) fn name_server(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.services().network()).saturating_add(10))
    }

    /// The host's path behind a path of the node, as facts write it: `./x` below the project directory, else absolute.
    /// `None` where the node's path is the node's own.
    pub(crate) fn on_host(&self, node_path: &str) -> Option<HostPlace> {
        match self.cluster() {
            Some(cluster) => {
                let (mount, path) = cluster.on_host(node_path.trim_end_matches('/'))?;
                Some(HostPlace { path: self.shown(&path, is_project(&mount.node_path)), read_only: mount.read_only })
            }
            None => Some(HostPlace { path: self.shown(node_path, false), read_only: false }),
        }
    }

    /// A path of the host in the form of the facts. A relative one begins at the folder of the manifests, as kind
    /// started there has it; where that folder is unknown, what the node calls the project is believed to be it.
    fn shown(&self, path: &str, project: bool) -> String {
        for home in ["~", "$HOME", "${HOME}", "@HOME@"] {
            if let Some(rest) = path.strip_prefix(home) {
                return format!("~{}", rest.trim_end_matches('/'));
            }
        }
        // A path of Windows is absolute, whatever this machine thinks of it.
        let mut letters = path.chars();
        if letters.next().is_some_and(|c| c.is_ascii_alphabetic()) && letters.as_str().starts_with(":\\") {
            return path.to_owned();
        }
        let given = Path::new(path);
        if given.is_relative() && self.manifests.root.is_none() {
            let below = path.trim_start_matches("..").trim_start_matches('/');
            return if project { in_project(below) } else { path.to_owned() };
        }
        let mut found = self.root.iter().map(|root| clean(&root.join(given))).flat_map(|absolute| {
            self.directories
                .iter()
                .filter_map(move |directory| absolute.strip_prefix(directory).ok().map(Path::to_path_buf))
        });
        if let Some(rest) = found.next() {
            return in_project(&rest.to_string_lossy());
        }
        let absolute = self.root.first().map_or_else(|| clean(given), |root| clean(&root.join(given)));
        let node_only = self.cluster().is_none() && absolute.starts_with(PROJECT);
        if let (true, Ok(rest)) = (node_only, absolute.strip_prefix(PROJECT)) {
            return in_project(&rest.to_string_lossy());
        }
        absolute.to_string_lossy().into_owned()
    }
}

/// Volumes' keys by their RFC 1123 forms; of two that have the same, the first.
pub(crate) fn by_form(keys: impl Iterator<Item = String>) -> HashMap<String, String> {
    let mut all = HashMap::new();
    for key in keys {
        all.entry(rfc1123_label(&key)).or_insert(key);
    }
    all
}

/// The mappings of kind's configuration by the port of the node.
pub(crate) fn mappings(manifests: &Manifests) -> HashMap<i32, Vec<&PortMapping>> {
    let mut all: HashMap<i32, Vec<&PortMapping>> = HashMap::new();
    for mapping in manifests.clusters.first().into_iter().flat_map(|cluster| &cluster.ports) {
        all.entry(mapping.node_port.into()).or_default().push(mapping);
    }
    all
}

/// A folder as it is named, and as it is when links are followed.
pub(crate) fn both(folder: &Path) -> Vec<PathBuf> {
    let named = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let real = std::fs::canonicalize(folder).unwrap_or_else(|_| named.clone());
    let mut both = vec![named, real];
    both.dedup();
    both
}

/// Where the manifests' relative host paths begin.
pub(crate) fn root_of(manifests: &Manifests) -> Vec<PathBuf> {
    both(manifests.root.as_deref().unwrap_or(Path::new("/")))
}

/// Where the node has the project directory.
pub(crate) const PROJECT: &str = "/project";

/// Whether it is the project directory that the node has there, or a folder in it for the kubelet's profiles.
fn is_project(node_path: &str) -> bool {
    node_path == PROJECT
        || node_path.strip_prefix(PROJECT_PROFILES).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Where the kubelet finds the project's seccomp profiles.
const PROJECT_PROFILES: &str = "/var/lib/kubelet/seccomp/compose2k8s/project";

/// A place of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPlace {
    pub(crate) path: String,
    pub(crate) read_only: bool,
}

/// A path relative to the project directory, as facts write it.
pub(crate) fn in_project(path: &str) -> String {
    let path = path.trim_matches('/');
    if path.is_empty() || path == "." {
        "./".to_owned()
    } else if path.starts_with("../") || path == ".." {
        path.to_owned()
    } else {
        format!("./{}", path.trim_start_matches("./"))
    }
}
