//! Which pods belong to a declared run.

use super::stands_for;
use crate::check::manifests::workload::{Shape, Workload};
use crate::overrides::Run;

/// Whether a pod is that of a declared run: by its file, or by its name where it was taken out of a cluster.
pub(crate) fn is_run(workload: &Workload<'_>, run: &Run) -> bool {
    if workload.shape != Shape::Once {
        return false;
    }
    if workload.is_in_runs_folder() {
        let file = workload.document.file.rsplit('/').next().unwrap_or_default();
        return file.split('.').next() == Some(run.name.value.as_str());
    }
    let otherwise = format!("{}-run-{}", run.service.value, run.name.value);
    stands_for(&workload.document.name, run.pod.as_deref().unwrap_or(&otherwise))
}
