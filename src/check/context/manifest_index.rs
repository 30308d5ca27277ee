//! [`ManifestIndex`]: what is read once from all manifests, for every service.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use ipnet::Ipv4Net;

use super::compose_names::ComposeNames;
use super::expected::{ExpectedContext, ServiceRole};
use super::host_paths::{
    HostLocation, PROJECT_ON_NODE, absolute_and_canonical, in_project, is_project_mount, normalize,
};
use super::known_ports::StatedPort;
use super::project_index::ProjectIndex;
use super::resolvers::ResolverIndex;
use crate::check::facts::Propagation;
use crate::check::manifests::Manifests;
use crate::check::manifests::document::Document;
use crate::check::manifests::kind_cluster::{KindCluster, PortMapping};
use crate::check::manifests::policies::PolicyIndex;
use crate::check::manifests::workload::Workload;
use crate::maps::HashMap;
use crate::overrides::Overrides;
use crate::resolve::Project;

/// kind's default range of Service addresses.
/// <https://kind.sigs.k8s.io/docs/user/configuration/#service-subnet>
const DEFAULT_SERVICE_RANGE: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(10, 96, 0, 0), 16);

/// What is read once from all manifests.
#[derive(Debug)]
pub(crate) struct ManifestIndex<'a> {
    pub(crate) manifests: &'a Manifests,
    /// Every workload of the manifests, including the pods of runs.
    pub(crate) all_workloads: &'a [Workload<'a>],
    /// Which names of the Compose project the objects correspond to.
    pub(crate) names: ComposeNames,
    /// The Services of type `ExternalName` by the name that they resolve to, with their indexes among the documents.
    pub(crate) external_names: HashMap<&'a str, Vec<(usize, &'a Document)>>,
    /// The DNS resolvers that pods use.
    pub(crate) resolvers: &'a ResolverIndex<'a>,
    pub(crate) policies: PolicyIndex<'a>,
    /// The port mappings of kind's configuration, by the port of the node.
    pub(crate) port_mappings: HashMap<i32, Vec<&'a PortMapping>>,
    /// Whether the manifests contain Secrets. A clean clone does not.
    pub(crate) has_secrets: bool,
    /// The folder that relative host paths start from, as an absolute and as a canonical path.
    root: Vec<PathBuf>,
    /// The project directory, as an absolute and as a canonical path; empty if it is unknown.
    project_directories: Vec<PathBuf>,
    /// The range of Service addresses in the overrides, for manifests without the cluster's configuration.
    service_range: Option<Ipv4Net>,
    /// The ports that the Compose side states, by service.
    known_ports: BTreeMap<String, Vec<StatedPort>>,
}

impl<'a> ManifestIndex<'a> {
    pub(crate) fn new(
        manifests: &'a Manifests,
        all_workloads: &'a [Workload<'a>],
        resolvers: &'a ResolverIndex<'a>,
        names: ComposeNames,
    ) -> Self {
        let mut port_mappings: HashMap<i32, Vec<&PortMapping>> = HashMap::default();
        for mapping in manifests.clusters.first().into_iter().flat_map(|cluster| &cluster.ports) {
            port_mappings.entry(mapping.node_port.into()).or_default().push(mapping);
        }
        let root = absolute_and_canonical(manifests.root.as_deref().unwrap_or(Path::new("/")));
        Self {
            manifests,
            all_workloads,
            names,
            external_names: manifests.external_names(),
            resolvers,
            policies: PolicyIndex::new(&manifests.documents, manifests.pod_range()),
            port_mappings,
            has_secrets: manifests.has_secrets || manifests.documents.iter().any(|document| document.kind == "Secret"),
            project_directories: project_directories(manifests, &root),
            root,
            service_range: None,
            known_ports: BTreeMap::new(),
        }
    }

    /// Adds what only the Compose side knows: the project directory, the range of Service addresses, and known ports.
    pub(crate) fn with_project(self, project: &Project, overrides: &Overrides, index: &ProjectIndex<'_>) -> Self {
        let known_ports =
            |service| ExpectedContext { project, overrides, service, role: ServiceRole::Service, index }.known_ports();
        Self {
            project_directories: absolute_and_canonical(&project.directory),
            service_range: overrides.cluster.service_subnet.as_ref().map(|subnet| subnet.value),
            known_ports: project
                .services
                .iter()
                .map(|(name, service)| (name.to_string(), known_ports(service)))
                .collect(),
            ..self
        }
    }

    pub(crate) fn cluster(&self) -> Option<&KindCluster> {
        self.manifests.clusters.first()
    }

    /// Returns the range of Service addresses: kind's default if none is configured.
    pub(crate) fn service_range(&self) -> Ipv4Net {
        let configured = self.cluster().and_then(|cluster| cluster.service_subnet.as_ref());
        let configured = configured.and_then(|subnet| subnet.value.split(',').next()?.trim().parse::<Ipv4Net>().ok());
        configured.or(self.service_range).unwrap_or(DEFAULT_SERVICE_RANGE).trunc()
    }

    /// Returns the address of the cluster's DNS: the tenth address of the Service range.
    pub(crate) fn dns_address(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.service_range().network()).saturating_add(10))
    }

    /// Returns the ports that the Compose side states for the service of a workload.
    pub(crate) fn known_ports_of(&self, workload: &Workload<'_>) -> &[StatedPort] {
        let service = self.names.service_of_workload(workload.document);
        service.and_then(|service| self.known_ports.get(service)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the host path that is mounted at a path of the node, as facts state it. `None` if the path exists on the
    /// node only.
    pub(crate) fn on_host(&self, node_path: &str) -> Option<HostLocation> {
        let Some(cluster) = self.cluster() else {
            let path = self.host_path(node_path, false);
            return Some(HostLocation { path, read_only: false, propagation: Propagation::Bidirectional });
        };
        let (mount, path) = cluster.on_host(node_path.trim_end_matches('/'))?;
        let path = self.host_path(&path, is_project_mount(&mount.node_path));
        let propagation = match mount.propagation.as_deref() {
            Some("Bidirectional") => Propagation::Bidirectional,
            Some("HostToContainer") => Propagation::FromHost,
            Some(_) | None => Propagation::Private,
        };
        Some(HostLocation { path, read_only: mount.read_only, propagation })
    }

    /// Returns a path of the host as facts state it. kind resolves a relative path from the folder of the manifests. If
    /// that folder is unknown, `in_mounted_project` says whether the path is assumed to be in the project.
    fn host_path(&self, path: &str, in_mounted_project: bool) -> String {
        for home in ["~", "$HOME", "${HOME}", "@HOME@"] {
            if let Some(rest) = path.strip_prefix(home) {
                return format!("~{}", rest.trim_end_matches('/'));
            }
        }
        // A Windows path is absolute on every host.
        let mut letters = path.chars();
        if letters.next().is_some_and(|c| c.is_ascii_alphabetic()) && letters.as_str().starts_with(":\\") {
            return path.to_owned();
        }
        let given = Path::new(path);
        if given.is_relative() && self.manifests.root.is_none() {
            let below = path.trim_start_matches("..").trim_start_matches('/');
            return if in_mounted_project { in_project(below) } else { path.to_owned() };
        }
        let mut found = self.root.iter().map(|root| normalize(&root.join(given))).flat_map(|absolute| {
            self.project_directories
                .iter()
                .filter_map(move |directory| absolute.strip_prefix(directory).ok().map(Path::to_path_buf))
        });
        if let Some(rest) = found.next() {
            return in_project(&rest.to_string_lossy());
        }
        let absolute = self.root.first().map_or_else(|| normalize(given), |root| normalize(&root.join(given)));
        let node_only = self.cluster().is_none() && absolute.starts_with(PROJECT_ON_NODE);
        if let (true, Ok(rest)) = (node_only, absolute.strip_prefix(PROJECT_ON_NODE)) {
            return in_project(&rest.to_string_lossy());
        }
        absolute.to_string_lossy().into_owned()
    }
}

/// Returns the project directory as the cluster's configuration mounts it.
fn project_directories(manifests: &Manifests, root: &[PathBuf]) -> Vec<PathBuf> {
    let mounts = manifests.clusters.first().map_or(&[][..], |cluster| &cluster.mounts);
    let Some(mount) = mounts.iter().find(|mount| mount.node_path == PROJECT_ON_NODE) else { return Vec::new() };
    root.iter().map(|root| normalize(&root.join(&mount.host_path))).collect()
}
