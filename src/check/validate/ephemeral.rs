//! Containers that are started in the running pod of another service: that pod must have their volumes, because Kubernetes adds
//! none to a running pod.

use k8s_openapi::api::core::v1::Volume;

use crate::check::manifests::workload::Workload;
use crate::check::problem::Problem;
use crate::report::Report;

/// Reports the volumes that the running pod does not have.
pub(crate) fn report_missing_volumes(workloads: &[Workload<'_>], report: &mut Report) {
    for workload in workloads {
        let Some(owner) = workload.runs_in_pod_of() else { continue };
        let is_owner = |other: &&Workload<'_>| {
            let document = other.document;
            !other.is_in_runs_folder() && document.namespace == workload.document.namespace && document.name == owner
        };
        let volumes: Vec<&Volume> =
            workloads.iter().filter(is_owner).flat_map(|other| other.spec.volumes.iter().flatten()).collect();
        for (index, volume) in workload.spec.volumes.iter().flatten().enumerate() {
            if !volumes.contains(&volume) {
                let (name, volume) = (workload.document.name.clone(), volume.name.clone());
                let at = workload.at.key("volumes").item(index).span();
                report.add(Problem::NoVolumeInPod { name, volume, owner: owner.to_owned(), at });
            }
        }
    }
}
