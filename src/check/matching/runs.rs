//! Which pods belong to a declared run.

use super::names::is_name_of;
use crate::check::manifests::workload::{Workload, WorkloadKind};
use crate::overrides::Run;

/// Whether a pod belongs to a declared run: by its file, or by its name if it was exported from a cluster.
pub(crate) fn is_pod_of_run(workload: &Workload<'_>, run: &Run) -> bool {
    if workload.kind != WorkloadKind::BarePod {
        return false;
    }
    if workload.is_in_runs_folder() {
        let file = workload.document.file.rsplit('/').next().unwrap_or_default();
        return file.split('.').next() == Some(run.name.value.as_str());
    }
    let default_name = format!("{}-run-{}", run.service.value, run.name.value);
    is_name_of(&workload.document.name, run.pod.as_deref().unwrap_or(&default_name))
}
