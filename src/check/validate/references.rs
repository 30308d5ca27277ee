//! Objects that pods mount but that are missing, and workloads that the generated scripts would not start or find.
//!
//! Invariant: objects that may exist elsewhere are not reported: references count in complete generated manifests, and
//! claims also if the manifests contain some.

use k8s_openapi::api::core::v1::Volume;

use crate::check::context::CONFIG_SUFFIX;
use crate::check::manifests::Manifests;
use crate::check::manifests::start_table::{ResolverStart, Start};
use crate::check::manifests::workload::Workload;
use crate::check::matching::name_index::NameIndex;
use crate::check::problem::Problem;
use crate::maps::{HashSet, IndexMap};
use crate::parse::Tree;
use crate::report::Report;
use crate::resolve::Project;
use crate::resolve::volumes::{ConfigOrSecret, ConfigOrSecretSource};
use crate::text::Span;

/// Reports missing objects, and what the scripts would not find.
pub(crate) fn report_missing(
    project: &Project,
    manifests: &Manifests,
    workloads: &[Workload<'_>],
    strict: bool,
    report: &mut Report,
) {
    let there = |kind: &str, name: &str| manifests.objects_named(kind, name).next().is_some();
    let external = External::new(project);
    let claims = manifests.documents.iter().any(|document| document.kind == CLAIM);
    // Whether the complete generated manifests were read, including the start order.
    let whole = strict && manifests.root.is_some() && !manifests.table.is_empty();
    for workload in workloads {
        for (index, volume) in workload.spec.volumes.iter().flatten().enumerate() {
            let Some((kind, name)) = mounted(volume) else { continue };
            let asked = if kind == CLAIM { claims || whole } else { whole };
            let made = kind != CLAIM
                && manifests.table.makes(name, manifests.has_secrets)
                && !(manifests.has_secrets && has_known_value(project, name));
            let elsewhere = external.has(kind, name) || made;
            if asked && !elsewhere && !there(kind, name) && !manifests.broken {
                let at = workload.at.key("volumes").item(index).key("name").span();
                let (kind, name) = (kind.to_owned(), name.to_owned());
                report.add(Problem::MountsNothing { workload: workload.describe(), kind, name, at });
            }
        }
    }
    if whole && !manifests.broken {
        started(manifests, workloads, report);
        labelled(manifests, workloads, report);
    }
}

/// Reports differences between the workloads and those that the scripts start.
fn started(manifests: &Manifests, workloads: &[Workload<'_>], report: &mut Report) {
    let kept: Vec<&Workload<'_>> = workloads.iter().filter(|workload| !workload.is_in_runs_folder()).collect();
    let of_table = |start: &Start| (start.name.clone(), start.workload.to_ascii_lowercase());
    let of_pods = |it: &Workload<'_>| (it.document.name.clone(), it.document.kind.to_ascii_lowercase());
    let mut started: HashSet<(String, String)> = manifests.table.starts.iter().map(of_table).collect();
    if let Some(ResolverStart { name, image, span }) = &manifests.table.resolver {
        started.insert((name.clone(), "deployment".to_owned()));
        let of_image = |workload: &&Workload<'_>| {
            workload.document.name == *name
                && workload.spec.containers.iter().any(|it| it.image.as_ref() == Some(image))
        };
        if !kept.iter().any(of_image) {
            let what =
                format!("the scripts start the deployment `{name}` of `{image}`, which is not among the manifests");
            report.add(Problem::NotStarted { what, at: *span });
        }
    }
    let there: HashSet<(String, String)> = kept.iter().map(|workload| of_pods(workload)).collect();
    for workload in &kept {
        if !started.contains(&of_pods(workload)) {
            let what = format!("the scripts do not start {}", workload.describe());
            report.add(Problem::NotStarted { what, at: workload.span() });
        }
    }
    for start in &manifests.table.starts {
        if !there.contains(&of_table(start)) {
            let what =
                format!("the scripts start the {} `{}`, which is not among the manifests", start.workload, start.name);
            report.add(Problem::NotStarted { what, at: start.span });
        }
    }
}

/// The kinds that the scripts find by label.
const LABELLED: &[&str] =
    &["Deployment", "StatefulSet", "DaemonSet", "Job", "Pod", "Service", "NetworkPolicy", "ConfigMap", "Secret"];

/// Reports objects and pods without the two labels by which the scripts find them.
fn labelled(manifests: &Manifests, workloads: &[Workload<'_>], report: &mut Report) {
    for document in &manifests.documents {
        if !LABELLED.contains(&document.kind.as_str()) || matches!(document.namespace.as_str(), "kube-system") {
            continue;
        }
        let labels = document.at().keys(&["metadata", "labels"]);
        let given = |name: &str| labels.key(name).tree().and_then(Tree::as_text).map(|text| text.value);
        let what = format!("the {} `{}`", document.kind, document.name);
        unlabelled(&what, &document.namespace, given, labels.span(), report);
    }
    for workload in workloads.iter().filter(|workload| workload.document.kind != "Pod") {
        let given = |name: &str| workload.labels.get(name).map(String::as_str);
        let what = format!("the pods of {}", workload.describe());
        unlabelled(&what, &workload.document.namespace, given, workload.span(), report);
    }
}

fn unlabelled<'a>(what: &str, namespace: &str, given: impl Fn(&str) -> Option<&'a str>, at: Span, report: &mut Report) {
    for (name, value) in [(PART_OF, namespace), (MANAGED_BY, "compose2k8s")] {
        if given(name) != Some(value) {
            let what = format!("the scripts do not find {what}, which has no label `{name}: {value}`");
            report.add(Problem::NotStarted { what, at });
        }
    }
}

const PART_OF: &str = "app.kubernetes.io/part-of";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

const CLAIM: &str = "PersistentVolumeClaim";

/// Returns the kind and the name of the object that a volume refers to.
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

/// Whether an object is of a config or secret from a variable whose value the translation knew: then the output contains the Secret.
fn has_known_value(project: &Project, name: &str) -> bool {
    let (all, stem) = match name.strip_suffix(CONFIG_SUFFIX) {
        Some(stem) => (&project.configs, stem),
        None => (&project.secrets, name),
    };
    let index = NameIndex::new(all.iter().map(|(key, of)| (key.as_str(), of)));
    index
        .lookup(stem)
        .first()
        .is_some_and(|of| matches!(&of.source, ConfigOrSecretSource::Environment(_, Some(value)) if value.is_known()))
}

/// The volumes, configs and secrets that the Compose file declares as external.
struct External {
    volumes: NameIndex<()>,
    configs: NameIndex<()>,
    secrets: NameIndex<()>,
}

impl External {
    fn new(project: &Project) -> Self {
        let made =
            |of: &ConfigOrSecret| matches!(of.source, ConfigOrSecretSource::External | ConfigOrSecretSource::Driver(_));
        let volumes = project.volumes.values().filter(|volume| volume.external);
        let of = |all: &IndexMap<String, ConfigOrSecret>| {
            NameIndex::new(all.values().filter(|of| made(of)).map(|of| (of.name.as_str(), ())))
        };
        Self {
            volumes: NameIndex::new(volumes.map(|volume| (volume.name.as_str(), ()))),
            configs: of(&project.configs),
            secrets: of(&project.secrets),
        }
    }

    fn has(&self, kind: &str, name: &str) -> bool {
        let of = match kind {
            CLAIM => &self.volumes,
            "Secret" => &self.secrets,
            _ => &self.configs,
        };
        !of.lookup(name).is_empty()
    }
}
