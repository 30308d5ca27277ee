//! What the API server or kind rejects although its fields have the right types.
//!
//! Invariant: a form is reported only if every Kubernetes cluster rejects it.

use std::collections::BTreeSet;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::PersistentVolumeClaimSpec;
use k8s_openapi::api::networking::v1::{IPBlock, NetworkPolicyPeer, NetworkPolicySpec};

use crate::check::manifests::Manifests;
use crate::check::manifests::cursor::Cursor;
use crate::check::manifests::document::TypedObject;
use crate::check::manifests::pod::quantity::base_units;
use crate::check::manifests::workload::{Workload, WorkloadKind};
use crate::check::problem::Problem;
use crate::report::Report;

/// Reports what would be rejected.
pub(crate) fn report_rejected(manifests: &Manifests, workloads: &[Workload<'_>], report: &mut Report) {
    for workload in workloads {
        jobs(workload, report);
        containers(workload, report);
        systems(workload, report);
        for (index, claim) in workload.claims.iter().enumerate() {
            let at = workload.document.at().keys(&["spec", "volumeClaimTemplates"]).item(index).key("spec");
            self::claim(claim.spec.as_ref(), &format!("spec.volumeClaimTemplates[{index}].spec"), at, report);
        }
    }
    for document in &manifests.documents {
        if let TypedObject::Claim(claim) = &document.object {
            self::claim(claim.spec.as_ref(), "spec", document.at().key("spec"), report);
        }
        if let Some(spec) = document.object.policy() {
            policy(spec, document.at().key("spec"), report);
        }
        let ports = document.object.service().and_then(|spec| spec.ports.as_deref()).unwrap_or_default();
        let mut names = BTreeSet::new();
        for (index, port) in ports.iter().enumerate().filter(|_| ports.len() > 1) {
            let name = port.name.as_deref().unwrap_or_default();
            let at = document.at().keys(&["spec", "ports"]).item(index);
            if name.is_empty() || !names.insert(name) {
                let why = "of several ports each has a name of its own".to_owned();
                tell(format!("spec.ports[{index}].name"), why, at.key("name"), report);
            }
        }
    }
    for cluster in &manifests.clusters {
        for (field, why, at) in &cluster.refused {
            report.add(Problem::Refused { field: field.clone(), why: why.clone(), at: *at });
        }
    }
}

fn tell(field: String, why: String, at: Cursor<'_>, report: &mut Report) {
    report.add(Problem::Refused { field, why, at: at.span() });
}

/// <https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-template>
fn jobs(workload: &Workload<'_>, report: &mut Report) {
    if !matches!(workload.kind, WorkloadKind::Job { .. } | WorkloadKind::CronJob) {
        return;
    }
    let policy = workload.spec.restart_policy.as_deref().unwrap_or("Always");
    if !matches!(policy, "OnFailure" | "Never") {
        let why = format!("a Job's pod is started again `OnFailure` or `Never`, not `{policy}`");
        tell("spec.template.spec.restartPolicy".to_owned(), why, workload.at.key("restartPolicy"), report);
    }
}

/// Reports containers without a unique name.
fn containers(workload: &Workload<'_>, report: &mut Report) {
    let mut names = BTreeSet::new();
    let first = workload.spec.init_containers.iter().flatten().map(|container| ("initContainers", container));
    let (mut index, mut last) = (0, "");
    for (key, container) in first.chain(workload.spec.containers.iter().map(|container| ("containers", container))) {
        index = if key == last { index + 1 } else { 0 };
        last = key;
        let name = container.name.as_str();
        if name.is_empty() || !names.insert(name) {
            let why = "every container of a pod has a name of its own".to_owned();
            tell(format!("{key}[{index}].name"), why, workload.at.key(key).item(index).key("name"), report);
        }
    }
    if workload.spec.containers.is_empty() {
        let why = "a pod has at least one container".to_owned();
        tell("containers".to_owned(), why, workload.at.key("containers"), report);
    }
}

/// Reports stop signals of a pod that does not state its operating system.
/// <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-stop-signals>
fn systems(workload: &Workload<'_>, report: &mut Report) {
    let name = workload.spec.os.as_ref().map(|os| os.name.as_str());
    let at = workload.at.keys(&["os", "name"]);
    let signalled = |lifecycle: &k8s_openapi::api::core::v1::Lifecycle| lifecycle.stop_signal.is_some();
    let asks = workload.spec.containers.iter().any(|container| container.lifecycle.as_ref().is_some_and(signalled));
    match name {
        Some("linux" | "windows") => {}
        Some(other) => tell("os.name".to_owned(), format!("it is `linux` or `windows`, not `{other}`"), at, report),
        None if asks => {
            let why = "a container with a `stopSignal` needs the pod's system".to_owned();
            tell("os.name".to_owned(), why, at, report);
        }
        None => {}
    }
}

/// <https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec>
fn policy(spec: &NetworkPolicySpec, at: Cursor<'_>, report: &mut Report) {
    for (index, kind) in spec.policy_types.iter().flatten().enumerate() {
        if !matches!(kind.as_str(), "Ingress" | "Egress") {
            let why = format!("it is `Ingress` or `Egress`, not `{kind}`");
            tell(format!("spec.policyTypes[{index}]"), why, at.key("policyTypes").item(index), report);
        }
    }
    let inward = spec.ingress.iter().flatten().map(|rule| ("ingress", "from", rule.from.as_deref()));
    let outward = spec.egress.iter().flatten().map(|rule| ("egress", "to", rule.to.as_deref()));
    for rules in [inward.collect::<Vec<_>>(), outward.collect()] {
        for (rule, (way, key, peers)) in rules.into_iter().enumerate() {
            for (index, peer) in peers.unwrap_or_default().iter().enumerate() {
                let NetworkPolicyPeer { ip_block, namespace_selector, pod_selector } = peer;
                let selects = namespace_selector.is_some() || pod_selector.is_some();
                let of_no_range = |block: &IPBlock| {
                    let mut all = std::iter::once(&block.cidr).chain(block.except.iter().flatten());
                    all.any(|range| range.parse::<IpNet>().is_err())
                };
                let why = match ip_block {
                    None if !selects => "a peer is a range of addresses, or selected by labels",
                    Some(_) if selects => "a peer is a range of addresses or selected by labels, not both",
                    Some(block) if of_no_range(block) => "a range is an address and the length of its prefix",
                    Some(_) | None => continue,
                };
                let place = at.key(way).item(rule).key(key).item(index);
                tell(format!("spec.{way}[{rule}].{key}[{index}]"), why.to_owned(), place, report);
            }
        }
    }
}

/// <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims>
fn claim(spec: Option<&PersistentVolumeClaimSpec>, field: &str, at: Cursor<'_>, report: &mut Report) {
    let Some(spec) = spec else {
        let why = "a claim says how it is accessed and how large it is".to_owned();
        return tell(field.to_owned(), why, at, report);
    };
    let modes = spec.access_modes.as_deref().unwrap_or_default();
    let known = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];
    if modes.is_empty() || modes.iter().any(|mode| !known.contains(&mode.as_str())) {
        let why = format!("it is some of {}", known.join(", "));
        return tell(format!("{field}.accessModes"), why, at.key("accessModes"), report);
    }
    let requests = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    let size = requests.and_then(|requests| requests.get("storage"));
    if size.and_then(|size| base_units("storage", size)).is_none_or(|size| size == 0) {
        let why = "it is a size such as 1Gi".to_owned();
        let at = at.keys(&["resources", "requests", "storage"]);
        tell(format!("{field}.resources.requests.storage"), why, at, report);
    }
}
