//! [`ObservedContext`]: the manifests' side of one service.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Container;

use super::expected::ServiceRole;
use super::manifest_index::ManifestIndex;
use crate::check::manifests::cursor::Cursor;
use crate::check::manifests::workload::Workload;

/// The manifests' side of one service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ObservedContext<'a> {
    pub(crate) workload: &'a Workload<'a>,
    pub(crate) container: &'a Container,
    /// The location of the container.
    pub(crate) at: Cursor<'a>,
    /// How many of the pod's init containers run before the container: all of them, unless it is one itself.
    pub(crate) preceding: usize,
    pub(crate) index: &'a ManifestIndex<'a>,
    /// The service that owns the pod, if that is another service.
    pub(crate) pod_owner: Option<&'a str>,
    pub(crate) role: ServiceRole,
}

impl<'a> ObservedContext<'a> {
    /// Returns the context of a container of a workload, if the pod has it.
    pub(crate) fn new(
        workload: &'a Workload<'a>,
        container: usize,
        pod_owner: Option<&'a str>,
        index: &'a ManifestIndex<'a>,
        role: ServiceRole,
    ) -> Option<Self> {
        let (container, at) = workload.container(container)?;
        Some(Self { workload, container, at, preceding: usize::MAX, index, pod_owner, role })
    }

    /// Returns the entries of a ConfigMap or Secret in the workload's namespace, if it is among the manifests.
    pub(crate) fn entries_of(&self, kind: &str, name: &str) -> Option<BTreeMap<String, Vec<u8>>> {
        let namespace = &self.workload.document.namespace;
        let document = self.index.manifests.objects_named(kind, name).find(|it| it.namespace == *namespace)?;
        document.object.entries()
    }
}
