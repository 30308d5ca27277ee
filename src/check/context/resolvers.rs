//! [`ResolverIndex`]: the DNS resolvers among the manifests, read from their Services, workloads and Corefiles alone.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::check::manifests::Manifests;
use crate::check::manifests::corefile::{ServerBlock, server_blocks};
use crate::check::manifests::document::{Document, TypedObject};
use crate::check::manifests::workload::{SERVICE_ANNOTATION, Workload};
use crate::maps::{HashMap, HashSet};

/// The DNS resolvers that pods of the manifests use.
#[derive(Debug, Default)]
pub(crate) struct ResolverIndex<'a> {
    /// By namespace, then by address of the Service.
    endpoints: BTreeMap<&'a str, BTreeMap<&'a str, ResolverEndpoint<'a>>>,
}

/// A Service with a fixed address that leads to a server block of CoreDNS.
#[derive(Debug)]
pub(crate) struct ResolverEndpoint<'a> {
    pub(crate) service: &'a Document,
    pub(crate) workload: &'a Workload<'a>,
    pub(crate) block: ServerBlock,
    /// Whether the Service accepts queries by UDP and by TCP.
    pub(crate) by_both: bool,
}

impl<'a> ResolverIndex<'a> {
    /// Finds the resolvers whose addresses are among the name servers of a pod.
    pub(crate) fn new(manifests: &'a Manifests, workloads: &'a [Workload<'a>]) -> Self {
        let used: HashSet<(&str, &str)> = workloads
            .iter()
            .flat_map(|workload| {
                let servers = workload.spec.dns_config.iter().flat_map(|config| config.nameservers.iter().flatten());
                servers.map(|server| (workload.document.namespace.as_str(), server.as_str()))
            })
            .collect();
        let mut endpoints: BTreeMap<&str, BTreeMap<&str, _>> = BTreeMap::new();
        let mut corefiles = Corefiles { manifests, blocks: HashMap::default() };
        for document in &manifests.documents {
            let address = document.object.service().and_then(|spec| spec.cluster_ip.as_deref());
            let Some(key) = address.map(|address| (document.namespace.as_str(), address)) else { continue };
            if used.contains(&key)
                && let Some(endpoint) = endpoint(document, workloads, &mut corefiles)
            {
                endpoints.entry(key.0).or_default().insert(key.1, endpoint);
            }
        }
        Self { endpoints }
    }

    /// Returns the endpoint at an address that pods of a namespace use.
    pub(crate) fn endpoint(&self, namespace: &str, address: &str) -> Option<&ResolverEndpoint<'a>> {
        self.endpoints.get(namespace)?.get(address)
    }

    /// Returns the endpoints that pods of a namespace use.
    pub(crate) fn of_namespace(&self, namespace: &str) -> impl Iterator<Item = &ResolverEndpoint<'a>> {
        self.endpoints.get(namespace).into_iter().flat_map(BTreeMap::values)
    }

    /// Whether a workload is a resolver that pods use.
    pub(crate) fn is_resolver(&self, workload: &Workload<'_>) -> bool {
        self.endpoints
            .values()
            .flat_map(BTreeMap::values)
            .any(|endpoint| std::ptr::eq(endpoint.workload.document, workload.document))
    }

    /// Returns the workloads that are resolvers, each once.
    pub(crate) fn workloads(&self) -> Vec<&'a Workload<'a>> {
        let mut all: BTreeMap<(&str, &str), &Workload<'_>> = BTreeMap::new();
        for endpoint in self.endpoints.values().flat_map(BTreeMap::values) {
            let document = endpoint.workload.document;
            all.insert((document.namespace.as_str(), document.name.as_str()), endpoint.workload);
        }
        all.into_values().collect()
    }

    /// Whether a server block of a resolver has the `ready` plugin at an address.
    pub(crate) fn has_ready_plugin(&self, workload: &Workload<'_>, address: &str) -> bool {
        let mut all = self.endpoints.values().flat_map(BTreeMap::values);
        all.any(|endpoint| {
            std::ptr::eq(endpoint.workload.document, workload.document)
                && endpoint.block.ready.as_deref() == Some(address)
        })
    }

    /// Whether a Service leads to a resolver.
    pub(crate) fn is_resolver_service(&self, namespace: &str, name: &str) -> bool {
        self.of_namespace(namespace).any(|endpoint| endpoint.service.name == name)
    }
}

fn endpoint<'a>(
    service: &'a Document,
    workloads: &'a [Workload<'a>],
    corefiles: &mut Corefiles<'a>,
) -> Option<ResolverEndpoint<'a>> {
    let spec = service.object.service()?;
    let near = |workload: &&Workload<'_>| {
        workload.document.namespace == service.namespace && !workload.annotations.contains_key(SERVICE_ANNOTATION)
    };
    let mut selected = workloads.iter().filter(near).filter(|workload| service.selects(&workload.labels));
    let (workload, None) = (selected.next()?, selected.next()) else { return None };
    let of_dns = |protocol: &str| {
        let is_dns = |port: &&ServicePort| port.port == 53 && port.protocol.as_deref().unwrap_or("TCP") == protocol;
        spec.ports.iter().flatten().find(is_dns).map(|port| match &port.target_port {
            Some(IntOrString::Int(number)) => u16::try_from(*number).ok(),
            Some(IntOrString::String(_)) => None,
            None => Some(53),
        })
    };
    let (udp, tcp) = (of_dns("UDP")??, of_dns("TCP"));
    let block = corefiles.server_block(workload, udp)?;
    Some(ResolverEndpoint { service, workload, block, by_both: tcp == Some(Some(udp)) })
}

/// The server blocks of the Corefiles, which several Services share.
struct Corefiles<'a> {
    manifests: &'a Manifests,
    /// By the text of the Corefile; `None` if it is not understood.
    blocks: HashMap<&'a str, Option<Vec<ServerBlock>>>,
}

impl<'a> Corefiles<'a> {
    /// Returns the server block of a workload that listens on a port of every address.
    fn server_block(&mut self, workload: &Workload<'a>, port: u16) -> Option<ServerBlock> {
        let containers = &workload.spec.containers;
        let corefile = containers.iter().find_map(|container| corefile_of(container, workload, self.manifests))?;
        let blocks = self.blocks.entry(corefile).or_insert_with(|| server_blocks(corefile)).as_ref()?;
        blocks.iter().find(|block| block.port == port && block.bind.is_none()).cloned()
    }
}

/// Returns the text of the file that `-conf` of a container names, if a ConfigMap among the manifests has it.
pub(crate) fn corefile_of<'a>(
    container: &Container,
    workload: &Workload<'_>,
    manifests: &'a Manifests,
) -> Option<&'a str> {
    let [option, path] = container.args.as_deref()? else { return None };
    let mount = container.volume_mounts.iter().flatten().find(|mount| {
        path.strip_prefix(mount.mount_path.as_str()).is_some_and(|rest| rest.starts_with('/'))
            && mount.sub_path.is_none()
    })?;
    let key = path.strip_prefix(mount.mount_path.as_str())?.trim_start_matches('/');
    let volume = workload.spec.volumes.iter().flatten().find(|volume| volume.name == mount.name)?;
    let source = volume.config_map.as_ref().filter(|source| source.items.is_none() && option == "-conf")?;
    let mut maps = manifests.objects_named("ConfigMap", &source.name);
    let map = maps.find(|document| document.namespace == workload.document.namespace)?;
    if let TypedObject::ConfigMap(map) = &map.object { map.data.as_ref()?.get(key).map(String::as_str) } else { None }
}
