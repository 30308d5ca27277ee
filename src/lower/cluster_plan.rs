//! The kind cluster: node mounts, published ports, zones and renames.

use indexmap::IndexSet;

use super::analysis::names::object_name;
use super::context::{Context, NodeRequirements};
use super::objects::{ClusterPlan, NodeMount, ZonePlan};
use super::target::kind::node_paths::{node_path, profile_mount};
use crate::resolve::volumes::HostPath;
use crate::vocabulary::node_path;

/// The cluster as a whole.
pub(super) fn cluster_plan(context: Context, requirements: &mut NodeRequirements) -> ClusterPlan {
    let Context { project: _, overrides, names, start_order: _, subnets, role: _ } = context;
    let project = NodeMount {
        source: HostPath::Project(String::new()),
        node_path: node_path::PROJECT.to_owned(),
        read_only: false,
    };
    let mut mounts = vec![project];
    for source in std::mem::take(&mut requirements.mounts) {
        let node_path = node_path(&source);
        mounts.push(NodeMount { source, node_path, read_only: false });
    }
    for folder in std::mem::take(&mut requirements.profiles) {
        mounts.push(NodeMount { node_path: profile_mount(&folder), source: folder, read_only: true });
    }
    let name = overrides.cluster.name.as_deref().unwrap_or(context.project_name());
    ClusterPlan {
        name: object_name(name).to_string(),
        node_image: overrides.cluster.node_image.clone(),
        service_subnet: subnets.services,
        pod_subnet: subnets.pods,
        subnet_reason: subnets.reason.clone(),
        mounts: without_nested_mounts(mounts),
        ports: std::mem::take(&mut requirements.ports).all,
        unsafe_sysctls: std::mem::take(&mut requirements.sysctls),
        feature_gates: std::mem::take(&mut requirements.feature_gates),
        zones: overrides
            .zones
            .iter()
            .map(|zone| ZonePlan { zone: zone.name.value.clone(), server: zone.server, because: zone.because.clone() })
            .collect(),
        renames: names.renames.clone(),
    }
}

/// A mount below another is there with it.
fn without_nested_mounts(mounts: Vec<NodeMount>) -> Vec<NodeMount> {
    let roots: IndexSet<String> = mounts.iter().map(|mount| mount.node_path.clone()).collect();
    let covered = |path: &str| {
        let mut above = path;
        while let Some((parent, _)) = above.rsplit_once('/') {
            if roots.contains(parent) {
                return true;
            }
            above = parent;
        }
        false
    };
    mounts.into_iter().filter(|mount| !covered(&mount.node_path)).collect()
}
