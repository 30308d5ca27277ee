//! What may be changed in a manifest without a finding, each with the reason.

use serde_json::{Value, json};

/// A path of a document without its indexes, and why a change there means nothing to a program in a container.
const MEANINGLESS: &[(&str, &str)] = &[
    ("StatefulSet spec.serviceName", "names of single copies, which nobody asks for"),
    ("StatefulSet spec.volumeClaimTemplates[].apiVersion", "written or not, it is the same"),
    ("StatefulSet spec.volumeClaimTemplates[].kind", "written or not, it is the same"),
    ("StatefulSet spec.volumeClaimTemplates[].metadata.labels", "labels of a claim"),
    ("PersistentVolumeClaim metadata.annotations", "annotations of a claim, which no program sees"),
    ("NetworkPolicy metadata.name ~", "a policy's name is nobody's"),
    ("NetworkPolicy spec.podSelector.matchLabels.app.kubernetes.io/part-of -", "the other label selects the same"),
    (
        "NetworkPolicy spec.ingress[].from[].namespaceSelector.matchLabels -",
        "nobody else has the label of CoreDNS's pods",
    ),
    ("NetworkPolicy spec.egress[].to[].namespaceSelector.matchLabels -", "nobody else has the label of CoreDNS's pods"),
    ("Service spec.selector.app.kubernetes.io/part-of -", "the other label selects the same"),
    ("spec.selector.matchLabels.app.kubernetes.io/part-of -", "the other label selects the same"),
    ("ports[].appProtocol", "a hint for meshes and balancers, of which the cluster has none"),
    ("Pod metadata.name ~", "the scripts read a run's name from its file"),
    ("template.metadata.annotations.compose2k8s/service -", "without it the service is known by its other names"),
    ("Pod metadata.annotations.compose2k8s/service -", "a run is known by its file, a setup service by its name"),
    (
        "metadata.labels.app.kubernetes.io/name",
        "an object's own name is the one that is asked for; pods' labels are judged apart",
    ),
    ("initContainers[].name ~", "no program asks for its container's name"),
    ("ports[].name ~", "names of ports, which nobody asks for"),
    ("Cluster name", "the scripts' name of the cluster"),
    ("Cluster nodes[].role -", "a node is a control plane unless it says otherwise"),
    ("Cluster networking.dnsSearch", "pods have a search list of their own"),
];

/// Lists whose order means something.
pub(super) const ORDERED: &[&str] = &["command", "args", "searches", "nameservers"];

/// Whether nothing need be found; the reason is in the list.
pub(super) fn meaningless(
    pods: (usize, usize),
    file: &str,
    about: &str,
    at: &(usize, String),
    value: Option<&Value>,
    documents: &[Value],
) -> bool {
    let (path, sign) = about.rsplit_once(' ').expect("a sign");
    if sign == "<>" {
        // A step before the start finds what ran before it, and nothing else.
        let mut first = value.and_then(Value::as_array).into_iter().flatten().take(2);
        let steps = path.ends_with("initContainers") && first.any(is_step);
        return !steps && !ORDERED.iter().any(|ordered| path.ends_with(ordered));
    }
    // A pod's own labels are what Services and owners select by.
    if path.contains("template.metadata.labels") || path.starts_with("Pod metadata.labels") {
        // A network's policies know a pod by its label.
        let on_network = |labels: &Value| {
            labels
                .as_object()
                .is_some_and(|labels| labels.keys().any(|label| label.starts_with("compose2k8s/network-")))
        };
        if path.contains("compose2k8s/network-") || value.is_some_and(on_network) {
            return false;
        }
        let setup = file.starts_with("runs/") && !about.contains("boulder");
        return path.ends_with("app.kubernetes.io/name") && setup && !selected(documents);
    }
    // What is not published has no way in, whether a policy lets it in or not.
    let all_ports = ["NetworkPolicy spec.ingress[].ports", "NetworkPolicy spec.ingress[].ports[].port"];
    if sign == "-" && all_ports.contains(&path) {
        return true;
    }
    // Defaults of Kubernetes and kind that are what is written.
    if sign == "-"
        && value.is_some_and(|value| {
            (path.ends_with("ports[].protocol") || path.ends_with("Mappings[].protocol")) && *value == "TCP"
                || path.ends_with("readinessProbe.failureThreshold") && *value == 3
                || path.ends_with("env[].value") && *value == ""
                // What is set aside is the scheduler's; the limit counts then.
                || path.contains("resources.requests.") && *value == "0"
                || path.ends_with("resources.requests")
                    && value.as_object().is_some_and(|requests| requests.values().all(|request| *request == "0"))
                || path.ends_with(" spec.replicas") && *value == 1
                || path.ends_with("Mappings[].listenAddress") && *value == "0.0.0.0"
                || path.ends_with("networking.serviceSubnet") && *value == "10.96.0.0/16"
                || path.ends_with("networking.podSubnet") && *value == "10.244.0.0/16"
                // Without items every entry is a file of its own name.
                || path.ends_with(".items") && value[0]["key"] == value[0]["path"] && value[0].get("mode").is_none()
        })
    {
        return true;
    }
    let pod = documents[0].pointer("/spec/template/spec").or(documents[0].pointer("/spec")).unwrap_or(&Value::Null);
    let containers = pod["containers"].as_array().map_or(&[][..], Vec::as_slice);
    // The name of a pod's only container is nobody's, but it has one.
    if path.ends_with(" spec.template.spec.containers[].name") || path.ends_with(" spec.containers[].name") {
        return sign == "~" && (containers.len() == 1 || value == Some(&containers[0]["name"]));
    }
    let around = |levels: usize| {
        let up = (0..levels).fold(at.1.as_str(), |pointer, _| pointer.rsplit_once('/').map_or("", |(up, _)| up));
        documents[at.0].pointer(up).unwrap_or(&Value::Null)
    };
    // The port itself is the default; one port of a Service needs no name.
    if path.ends_with("ports[].targetPort") && sign == "-" {
        return value == Some(&around(1)["port"]);
    }
    if path.ends_with("ports[].name") && sign == "-" {
        return !path.starts_with("Service") || around(2).as_array().is_some_and(|ports| ports.len() == 1);
    }
    // The kit's scripts look for its objects by two labels, whatever others these have; they never look for its claims.
    if path.ends_with(" metadata.labels") || path.starts_with("PersistentVolumeClaim metadata.labels") {
        return matches!(documents[at.0]["kind"].as_str(), Some("PersistentVolumeClaim" | "Namespace"));
    }
    if path.starts_with("Namespace metadata.labels") {
        return true;
    }
    // Without a tag, or with `latest`, an image is fetched anew at every start; otherwise when it is absent.
    if (path.ends_with("ontainers[].imagePullPolicy") || path.ends_with("image.pullPolicy")) && sign == "-" {
        let image = around(1)["image"].as_str().or(around(1)["reference"].as_str()).unwrap_or_default();
        let last = image.rsplit('/').next().unwrap_or_default();
        let latest = !image.contains('@') && (!last.contains(':') || last.ends_with(":latest"));
        return value == Some(&json!(if latest { "Always" } else { "IfNotPresent" }));
    }
    // Without types a policy speaks of what comes in, and of what goes out where it has rules for that.
    if sign == "-" && path == "NetworkPolicy spec.policyTypes" {
        return around(1)["egress"].is_array();
    }
    // Whom a pod of the namespace lets in its own policies say, and nothing but the DNS answers on its port beside it.
    if sign == "-" && path.starts_with("NetworkPolicy spec.egress[].to[].podSelector.") {
        return true;
    }
    // Nobody of the project lives in the namespace of the cluster's DNS.
    if sign == "-"
        && (path.starts_with("NetworkPolicy spec.ingress[].from[].podSelector")
            || path.starts_with("NetworkPolicy spec.egress[].to[].podSelector"))
    {
        let peer = at.1.split("/podSelector").next().and_then(|peer| documents[at.0].pointer(peer));
        return peer.is_some_and(|peer| peer["namespaceSelector"].is_object());
    }
    let volume_of = |name: &Value| {
        let volumes = pod["volumes"].as_array().map_or(&[][..], Vec::as_slice);
        volumes.iter().find(|volume| volume["name"] == *name).unwrap_or(&Value::Null)
    };
    // ConfigMaps and Secrets cannot be written to, said or not, nor what the network's server gives read-only.
    if path.ends_with("volumeMounts[].readOnly") {
        let volume = volume_of(&around(1)["name"]);
        return volume["configMap"].is_object() || volume["secret"].is_object() || volume["nfs"]["readOnly"] == true;
    }
    if path.ends_with("nfs.readOnly") {
        let mut mounts =
            containers.iter().flat_map(|container| container["volumeMounts"].as_array().into_iter().flatten());
        return mounts.all(|mount| mount["name"] != around(2)["name"] || mount["readOnly"] == true);
    }
    // An init container copies what it shows, and gives the copy a mode of its own; it may read whatever root may.
    let of_map = path.contains("volumes[].configMap.") || path.contains("volumes[].secret.");
    if of_map && (path.ends_with("ode") || path.ends_with("items")) && is_copied(pod, &at.1) {
        return path.ends_with("ode") || value.is_some_and(|items| items[0]["key"] == items[0]["path"]);
    }
    // Every file has a mode of its own.
    if path.ends_with("defaultMode") {
        let items = around(1)["items"].as_array().map_or(&[][..], Vec::as_slice);
        return !items.is_empty() && items.iter().all(|item| item["mode"].is_number());
    }
    // Every container has a profile of its own.
    let steps = pod["initContainers"].as_array().into_iter().flatten().filter(|container| is_step(container));
    let profiled =
        containers.iter().chain(steps).all(|container| container["securityContext"]["seccompProfile"].is_object());
    if path.contains(".spec.securityContext") && profiled {
        let alone = pod["securityContext"].as_object().is_some_and(|of_pod| of_pod.len() == 1);
        return path.contains("seccompProfile") || alone;
    }
    // No filter holds for a privileged container.
    let free = |container: &Value| container["securityContext"]["privileged"] == true;
    if path.contains(".spec.securityContext") && path.contains("seccompProfile")
        || path.ends_with(".spec.securityContext")
    {
        let alone = pod["securityContext"].as_object().is_some_and(|of_pod| of_pod.len() == 1);
        if containers.iter().all(free) && (alone || path.contains("seccompProfile")) {
            return true;
        }
    }
    // In the node's own network a pod without the cluster's DNS asks the machine, as in Docker.
    if path.ends_with("dnsPolicy") && sign == "-" && pod["hostNetwork"] == true {
        return true;
    }
    // Nobody on the node writes to the kubelet's profiles.
    if path == "Cluster nodes[].extraMounts[].readOnly" {
        return around(1)["containerPath"].as_str().is_some_and(|path| path.starts_with("/var/lib/kubelet/seccomp/"));
    }
    // Another name for the same host name counts.
    if about.ends_with("/hostname +") && pod["hostnameOverride"].is_string() {
        return true;
    }
    // All pods of the project are this one.
    let all = if path.starts_with("Service") { pods.1 } else { pods.0 };
    if all == 1 && path.ends_with("app.kubernetes.io/name") && sign == "-" && path.contains("elector") {
        return true;
    }
    MEANINGLESS.iter().any(|(known, _)| {
        let (known, only) = match known.rsplit_once(' ') {
            Some((known, only)) if only.len() == 1 => (known, Some(only)),
            _ => (*known, None),
        };
        let at = match path.strip_prefix(known) {
            Some(rest) if known.contains(' ') => rest.is_empty() || rest.starts_with(['.', '[']),
            Some(_) | None => !known.contains(' ') && within(path, known),
        };
        at && only.is_none_or(|only| only == sign)
    })
}

/// Whether an init container is a `pre_start` step.
fn is_step(container: &Value) -> bool {
    container["name"].as_str().is_some_and(|name| name.contains("pre-start-"))
}

/// Whether the volume that a pointer leads into is mounted by init containers of root alone, which give what they copy an
/// owner.
fn is_copied(pod: &Value, pointer: &str) -> bool {
    let index = pointer.split("/volumes/").nth(1).and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
    let name = index.map_or(&Value::Null, |index| &pod["volumes"][index]["name"]);
    let mounts = |list: &str| {
        let all = pod[list].as_array().cloned().unwrap_or_default();
        all.iter().any(|container| {
            container["volumeMounts"].as_array().is_some_and(|mounts| mounts.iter().any(|it| it["name"] == *name))
        })
    };
    mounts("initContainers") && !mounts("containers")
}

/// Whether `known` is the path's end or some of its whole parts.
fn within(path: &str, known: &str) -> bool {
    path.match_indices(known).any(|(at, _)| {
        let before = path[..at].chars().next_back();
        let after = path[at + known.len()..].chars().next();
        matches!(before, None | Some('.' | ' ')) && matches!(after, None | Some('.' | '['))
    })
}

/// Whether a Service selects a run's pod: only those of services with fixed addresses have the labels for it.
fn selected(documents: &[Value]) -> bool {
    documents[0].pointer("/spec/initContainers/0/name").is_some_and(|name| name == "addresses")
}
