//! Names that `lower`, `emit` and the generated scripts share: annotations, labels, file names and mount points.
//!
//! Invariant: the scripts in `emit/scripts/` use the same names; a test there compares them.
//! Invariant: `check` does not import this module. It keeps its own copy, so that a wrong name here is found.

/// The name under which this program appears in labels, markers and objects.
pub(crate) const TOOL: &str = "compose2k8s";

/// The name of the project resolver, unless an object of the project has it.
pub(crate) const RESOLVER: &str = "resolver";

/// The prefix of environment variables that exist only because a command refers to their value.
pub(crate) const REFERENCE_PREFIX: &str = "COMPOSE2K8S_";

/// Labels of objects.
pub(crate) mod label {
    use crate::vocabulary::TOOL;

    /// The Compose service.
    /// <https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>
    pub(crate) const NAME: &str = "app.kubernetes.io/name";
    /// The project; its value is the namespace.
    pub(crate) const PART_OF: &str = "app.kubernetes.io/part-of";
    /// The tool; its value is [`TOOL`].
    pub(crate) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
    /// The prefix of the labels that select the pods on a network.
    pub(crate) const NETWORK_PREFIX: &str = "network-";
    /// The prefix of the labels that select the pods of several services with one alias.
    pub(crate) const ALIAS_PREFIX: &str = "alias-";

    /// Returns the label that selects the pods on a network. The object name of a network begins with [`NETWORK_PREFIX`].
    pub(crate) fn network(object_name: &str) -> String {
        debug_assert!(object_name.starts_with(NETWORK_PREFIX));
        format!("{TOOL}/{object_name}")
    }

    /// Returns the label that selects the pods of several services with one alias.
    pub(crate) fn alias(alias: &str) -> String {
        format!("{TOOL}/{ALIAS_PREFIX}{alias}")
    }
}

/// Annotations of objects and pods.
pub(crate) mod annotation {
    /// The Compose service that a container runs.
    pub(crate) const SERVICE: &str = "compose2k8s/service";
    /// The image of a container as in the Compose file, variables included.
    pub(crate) const IMAGE: &str = "compose2k8s/image";
    /// The labels of a Compose service, volume, config or secret whose names Kubernetes does not accept, one per line.
    pub(crate) const LABELS: &str = "compose2k8s/labels";
    /// The ConfigMaps that the up script creates from files on the host, as `NAME=SOURCE` separated by spaces.
    pub(crate) const CONFIG_MAPS: &str = "compose2k8s/configmaps";

    /// The address in `hostAliases` that stands for the Docker host (`extra_hosts: NAME:host-gateway`). The scripts replace
    /// it here and there.
    pub(crate) const HOST_GATEWAY: &str = "compose2k8s/host-gateway";

    /// The service in whose running pod the container of a Pod in `runs/` is started.
    pub(crate) const POD_OF: &str = "compose2k8s/pod-of";

    /// The changes of the node's runtime specification that a RuntimeClass makes, as JSON.
    pub(crate) const RUNTIME_SPEC: &str = "compose2k8s/runtime-spec";

    /// The ID of that image on the host. The up script adds it, so that a rebuilt image rolls out.
    #[cfg(test)]
    pub(crate) const IMAGE_ID: &str = "compose2k8s/loaded-image-id";
    /// The hash of the ConfigMaps and Secrets that a pod uses. The up script adds it, so that an edited file rolls out.
    #[cfg(test)]
    pub(crate) const LIVE_HASH: &str = "compose2k8s/live-hash";

    /// Returns the name of an annotation about one container: the annotation itself for the pod's own service, with
    /// `.CONTAINER` appended for the container of another service in the same pod.
    pub(crate) fn of_container(annotation: &str, guest: Option<&str>) -> String {
        guest.map_or_else(|| annotation.to_owned(), |container| format!("{annotation}.{container}"))
    }
}

/// Files and folders of the output, relative to its root.
pub(crate) mod file {
    /// The README of the output.
    pub(crate) const README: &str = "README.md";
    /// The list of all manifests.
    pub(crate) const KUSTOMIZATION: &str = "kustomization.yaml";
    /// The kind cluster.
    pub(crate) const KIND_CONFIG: &str = "cluster/kind-config.yaml";
    /// The namespace and other objects that belong to no single service.
    pub(crate) const NAMESPACE: &str = "manifests/namespace.yaml";
    /// The same file in a project with a service `namespace`. No service can have this name, because it has a dot.
    pub(crate) const PROJECT_NAMESPACE: &str = "manifests/project.namespace.yaml";
    /// The only script that differs between projects.
    pub(crate) const PROJECT_SCRIPT: &str = "scripts/project.sh";
    /// Starts services.
    pub(crate) const UP_SCRIPT: &str = "scripts/k8s-up.sh";
    /// Stops services.
    pub(crate) const DOWN_SCRIPT: &str = "scripts/k8s-down.sh";
    /// Runs a one-off command.
    pub(crate) const RUN_SCRIPT: &str = "scripts/k8s-run.sh";
    /// Prints logs.
    pub(crate) const LOGS_SCRIPT: &str = "scripts/k8s-logs.sh";
    /// The variables from outside the Compose files that were used.
    pub(crate) const VARIABLES: &str = "variables.txt";
    /// Keeps [`SECRETS`] out of commits.
    pub(crate) const GITIGNORE: &str = ".gitignore";
    /// The folder of Secrets with values from outside the Compose files.
    pub(crate) const SECRETS: &str = "secrets";
    /// The list of all Secrets in [`SECRETS`].
    pub(crate) const SECRETS_KUSTOMIZATION: &str = "secrets/kustomization.yaml";
    /// The entries of the Secrets before interpolation, for the scripts.
    pub(crate) const SECRETS_TEMPLATES: &str = "secrets/templates.sh";
    /// Every folder of the output.
    pub(crate) const FOLDERS: &[&str] =
        &["ci", "cluster", "manifests", "services", "runs", "scripts/lib", "scripts", SECRETS];

    /// Returns the path of a Secret. One with the name of the list of all Secrets has another file; no other name contains a dot and
    /// this word.
    pub(crate) fn secret(name: &str) -> String {
        let own = if name == "kustomization" { ".secret" } else { "" };
        format!("{SECRETS}/{name}{own}.yaml")
    }

    /// Returns the path of a service's workload, policies and claims.
    pub(crate) fn manifest(name: &str) -> String {
        format!("manifests/{name}.yaml")
    }

    /// Returns the path of a service's Service objects.
    pub(crate) fn service(name: &str) -> String {
        format!("services/{name}.yaml")
    }

    /// Returns the path of the Pod of a one-off run.
    pub(crate) fn run(name: &str) -> String {
        format!("runs/{name}.yaml")
    }

    /// Returns the path of a file for a CI service.
    pub(crate) fn workflow(name: &str) -> String {
        format!("ci/{name}.yml")
    }
}

/// Paths on the kind node.
pub(crate) mod node_path {
    /// The project directory.
    pub(crate) const PROJECT: &str = "/project";
    /// The folder above the project directory; `-2` is appended for the folder above that, and so on.
    pub(crate) const PROJECT_PARENT: &str = "/project-parent";
    /// The home directory on the host.
    pub(crate) const HOME: &str = "/home-of-host";
    /// The root of all other paths of the host.
    pub(crate) const HOST: &str = "/host";
    /// The root of tmpfs volumes that several pods share. `/run` of a kind node is a tmpfs.
    pub(crate) const SHARED_MEMORY: &str = "/run/compose2k8s";
    /// The kubelet's folder of seccomp profiles.
    /// <https://kubernetes.io/docs/reference/node/seccomp/>
    pub(crate) const SECCOMP_PROFILES: &str = "/var/lib/kubelet/seccomp";
}
