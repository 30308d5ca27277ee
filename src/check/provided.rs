//! What pods mount has to be there: claims, ConfigMaps and Secrets; and what a kit's scripts start. And what the API server refuses of claims and Jobs.
//!
//! Invariant: nothing is asked of objects that other people make elsewhere: of a kit, and of claims where the manifests
//! have some.

use k8s_openapi::api::core::v1::{PersistentVolumeClaimSpec, Volume};

use super::manifest::{Manifests, Object};
use super::matching::title;
use super::pod::{Shape, Workload};
use super::problem::Problem;
use super::resources::number;
use super::table::Start;
use super::workloads::in_runs;
use crate::report::Report;
use crate::resolve::Project;
use crate::resolve::volumes::MaterialSource;

/// Reports what is mounted and not there, and claims and Jobs that the API server refuses.
pub(super) fn provided(
    project: &Project,
    manifests: &Manifests,
    workloads: &[Workload<'_>],
    strict: bool,
    report: &mut Report,
) {
    let there = |kind: &str, name: &str| manifests.documents.iter().any(|it| it.kind == kind && it.name == name);
    let claims = manifests.documents.iter().any(|document| document.kind == CLAIM);
    // Whether the whole of a kit was read, its table of what is made when it starts included.
    let whole = strict && manifests.root.is_some() && !manifests.table.is_empty();
    for workload in workloads {
        for (index, volume) in workload.spec.volumes.iter().flatten().enumerate() {
            let Some((kind, name)) = mounted(volume) else { continue };
            let asked = if kind == CLAIM { claims || whole } else { whole };
            let elsewhere = external(project, kind, name) || (kind != CLAIM && manifests.table.makes(name));
            if asked && !elsewhere && !there(kind, name) && !manifests.broken {
                let at = workload.at.key("volumes").item(index).key("name").span();
                let (kind, name) = (kind.to_owned(), name.to_owned());
                report.add(Problem::MountsNothing { workload: title(workload), kind, name, at });
            }
        }
    }
    if whole && !manifests.broken {
        started(manifests, workloads, report);
    }
    for workload in
        workloads.iter().filter(|workload| matches!(workload.shape, Shape::ToItsEnd { .. } | Shape::ByTheClock))
    {
        let policy = workload.spec.restart_policy.as_deref().unwrap_or("Always");
        if !matches!(policy, "OnFailure" | "Never") {
            let why = format!("a Job's pod is started again `OnFailure` or `Never`, not `{policy}`");
            let field = "spec.template.spec.restartPolicy".to_owned();
            report.add(Problem::WrongType { field, why, at: workload.at.key("restartPolicy").span() });
        }
    }
    for document in &manifests.documents {
        let Object::Claim(claim) = &document.object else { continue };
        let (why, keys) = match claim.spec.as_ref().map(refused) {
            None => ("a claim says how it is accessed and how large it is".to_owned(), &[][..]),
            Some(Some((why, keys))) => (why, keys),
            Some(None) => continue,
        };
        let at = document.at().key("spec").keys(keys).span();
        report.add(Problem::WrongType {
            field: ["spec", &keys.join(".")].join(".").trim_matches('.').to_owned(),
            why,
            at,
        });
    }
}

/// Whether the scripts start what is there, and nothing else.
fn started(manifests: &Manifests, workloads: &[Workload<'_>], report: &mut Report) {
    let kept: Vec<&Workload<'_>> = workloads.iter().filter(|workload| !in_runs(workload)).collect();
    let is = |workload: &Workload<'_>, start: &Start| {
        workload.document.name == start.name && workload.document.kind.eq_ignore_ascii_case(&start.workload)
    };
    for workload in &kept {
        if !manifests.table.starts.iter().any(|start| is(workload, start)) {
            let what = format!("the scripts do not start {}", title(workload));
            report.add(Problem::NotStarted { what, at: workload.span() });
        }
    }
    for start in &manifests.table.starts {
        if !kept.iter().any(|workload| is(workload, start)) {
            let what =
                format!("the scripts start the {} `{}`, which is not among the manifests", start.workload, start.name);
            report.add(Problem::NotStarted { what, at: start.span });
        }
    }
}

const CLAIM: &str = "PersistentVolumeClaim";

/// What a volume of a pod names.
fn mounted(volume: &Volume) -> Option<(&'static str, &str)> {
    if let Some(claim) = &volume.persistent_volume_claim {
        return Some((CLAIM, &claim.claim_name));
    }
    if let Some(map) = volume.config_map.as_ref().filter(|map| map.optional != Some(true)) {
        return Some(("ConfigMap", &map.name));
    }
    let secret = volume.secret.as_ref().filter(|secret| secret.optional != Some(true))?;
    Some(("Secret", secret.secret_name.as_deref()?))
}

/// Whether the Compose file says that it is made elsewhere.
fn external(project: &Project, kind: &str, name: &str) -> bool {
    if kind == CLAIM {
        return project
            .volumes
            .values()
            .any(|volume| volume.external && super::matching::stands_for(name, &volume.name));
    }
    let declared = if kind == "Secret" { &project.secrets } else { &project.configs };
    declared.values().any(|material| {
        let made = matches!(material.source, MaterialSource::External | MaterialSource::Driver(_));
        made && super::matching::stands_for(name, &material.name)
    })
}

/// Why the API server refuses a claim, and where.
/// <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims>
fn refused(spec: &PersistentVolumeClaimSpec) -> Option<(String, &'static [&'static str])> {
    let modes = spec.access_modes.as_deref().unwrap_or_default();
    let known = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];
    if modes.is_empty() || modes.iter().any(|mode| !known.contains(&mode.as_str())) {
        return Some((format!("it is some of {}", known.join(", ")), &["accessModes"]));
    }
    let requests = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    let size = requests.and_then(|requests| requests.get("storage"));
    if size.and_then(|size| number("storage", size)).is_none_or(|size| size == 0) {
        return Some(("it is a size such as 1Gi".to_owned(), &["resources", "requests", "storage"]));
    }
    None
}
