//! The configuration of the cluster: node mounts and published ports.

use super::analysis::names::dns_label;
use super::context::{Context, NodeRequirements};
use super::objects::ClusterPlan;

/// kind appends `-control-plane` to the cluster's name for the node's host name, which has at most 63 characters.
const MAX_CLUSTER_NAME: usize = 63 - "-control-plane".len();

/// Docker restarts a container after 0.1 s, then after twice as long each time, up to a minute. The kubelet starts with 10 s and doubles up
/// to 5 minutes; 1 s is the lowest limit that it takes.
/// <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#configurable-container-restart-delay>
const RESTART_LIMIT: &str = "1s";

/// Returns the configuration of the cluster that the pods require.
pub(super) fn cluster_plan(context: Context, requirements: &mut NodeRequirements) -> ClusterPlan {
    let Context {
        project: _,
        overrides,
        names: _,
        start_order: _,
        subnets,
        resolver: _,
        ephemeral_volumes: _,
        target,
        role: _,
        run: _,
    } = context;
    let name = overrides.cluster.name.as_deref().unwrap_or(context.project_name());
    ClusterPlan {
        name: dns_label(name, MAX_CLUSTER_NAME),
        node_image: overrides.cluster.node_image().to_owned(),
        service_subnet: subnets.services,
        pod_subnet: subnets.pods,
        subnet_reason: subnets.reason.clone(),
        mounts: target
            .node_mounts(std::mem::take(&mut requirements.mounts), std::mem::take(&mut requirements.profiles)),
        ports: std::mem::take(&mut requirements.ports).all,
        unsafe_sysctls: std::mem::take(&mut requirements.sysctls),
        restart_limit: overrides.cluster.has_restart_limit().then_some(RESTART_LIMIT),
        feature_gates: std::mem::take(&mut requirements.feature_gates),
    }
}
