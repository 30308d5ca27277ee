//! The `README.md` of the output: the start command, the files, the differences and their reasons, and troubleshooting.

mod differences;
mod secrets;
mod services_table;

use std::fmt::Write as _;

use differences::differences;
use secrets::secrets;
use services_table::{cell, services};

use crate::emit::header;
use crate::emit::manifests::namespace_file;
use crate::emit::manifests::rendered_service::{RenderedService, pod_summary};
use crate::emit::metadata::OutputMetadata;
use crate::lower::Objects;
use crate::lower::objects::RunObjects;
use crate::overrides::Workflow;
use crate::vocabulary::{TOOL, file, label};

/// Renders the file.
pub(crate) fn readme(objects: &Objects<RenderedService>, metadata: &OutputMetadata) -> String {
    let sections = [
        start(objects, metadata),
        contents(objects, metadata),
        picture(metadata),
        services(objects),
        privileged(objects),
        secrets(objects, metadata, &script(metadata, file::UP_SCRIPT)),
        notes(metadata),
        differences(metadata),
        inside(objects, metadata),
        troubles(objects, metadata),
        versions(objects, metadata),
    ];
    let body: Vec<String> =
        sections.into_iter().map(|section| section.trim().to_owned()).filter(|section| !section.is_empty()).collect();
    format!("{}\n{}\n", header::markdown(metadata), body.join("\n\n"))
}

/// Returns the command for a script, as typed in the project directory.
fn script(metadata: &OutputMetadata, path: &str) -> String {
    match metadata.kit.as_str() {
        "" | "." => format!("./{path}"),
        kit if kit.starts_with("..") => format!("{kit}/{path}"),
        kit => format!("./{kit}/{path}"),
    }
}

fn start(objects: &Objects<RenderedService>, metadata: &OutputMetadata) -> String {
    let wrapped: Vec<&RunObjects> = objects.runs.iter().filter(|run| run.wrapper.is_some()).collect();
    let up = script(metadata, file::UP_SCRIPT);
    let down = script(metadata, file::DOWN_SCRIPT);
    let logs = script(metadata, file::LOGS_SCRIPT);
    let mut text = format!(
        "# {project} on kind\n\n\
         The Compose project `{project}` as a Kubernetes cluster on this machine. In the project directory:\n\n\
         ```sh\n{first}\n```\n\n\
         Nothing needs to be prepared but `docker`, `kind` and `kubectl`: the cluster is created if it is absent, images are \
         built or pulled and loaded, and what depends on something starts after it. Every command may be repeated at any time.\n\n\
         | Docker Compose | here |\n|---|---|\n",
        project = objects.project,
        first = wrapped.first().map_or_else(|| up.clone(), |run| format!("./{}.sh", run.run)),
    );
    let mut row = |compose: &str, here: &str| {
        let _ = writeln!(text, "| `{}` | `{}` |", cell(compose), cell(here));
    };
    row("docker compose up -d [SERVICE…]", &format!("{up} [SERVICE…]"));
    row("docker compose logs [SERVICE…]", &format!("{logs} [SERVICE…]"));
    row("docker compose down", &down);
    row("docker compose down --volumes", &format!("{down} --volumes"));
    for run in &wrapped {
        let service = objects.services.iter().find(|service| service.name == run.service);
        let service = service.map_or(run.service.as_str(), |service| service.service.as_str());
        let mut compose = "docker compose ".to_owned();
        if !run.files.is_empty() {
            for file in metadata.compose_files.iter().chain(&run.files) {
                let _ = write!(compose, "-f {file} ");
            }
        }
        row(&format!("{compose}run --rm {service} …"), &format!("./{}.sh …", run.run));
    }
    for run in wrapped {
        if let Some(wrapper) = &run.wrapper
            && !wrapper.about.is_empty()
        {
            let _ = write!(text, "\n`{}.sh`: {}\n", run.run, cell(&wrapper.about));
        }
    }
    text
}

fn contents(objects: &Objects<RenderedService>, metadata: &OutputMetadata) -> String {
    let namespace = namespace_file(objects);
    let namespace = namespace.rsplit('/').next().unwrap_or(namespace);
    let mut text = format!(
        "## What is here\n\n\
        | | |\n|---|---|\n\
        | `manifests/` | one file a Compose service: its workload, its claims and policies; `{namespace}` and what several services share |\n\
        | `services/` | one file a Compose service: the names, addresses and ports under which others find it |\n"
    );
    if !objects.runs.is_empty() {
        text.push_str("| `runs/` | one Pod for each `docker compose run`; not part of `kustomization.yaml` |\n");
    }
    text.push_str("| `cluster/kind-config.yaml` | the cluster: node version, subnets, mounts, published ports |\n");
    if let Some(resolver) = &objects.resolver {
        let _ = writeln!(
            text,
            "| `manifests/{name}.yaml`, `services/{name}.yaml` | the project resolver: it answers the project's names and forwards \
             other queries, as Docker's embedded DNS server does |",
            name = resolver.name
        );
    }
    for Workflow { name, .. } in &metadata.workflows {
        text.push_str(&format!("| `ci/{name}.yml` | for a CI service: copied to where that looks for it |\n"));
    }
    text.push_str(
        "| `scripts/` | the commands above |\n\
         | `kustomization.yaml` | every object in one list, for review and for `kubectl apply --dry-run=server -k` |\n\n\
         Each line that is there for a reason of its own says so in a comment above it. The files are generated: what is edited by \
         hand is lost the next time, so change the Compose file or the overrides.\n",
    );
    text
}

/// Returns the flowchart that `compose2k8s graph` prints; code hosting sites draw it.
fn picture(metadata: &OutputMetadata) -> String {
    if metadata.picture.is_empty() {
        return String::new();
    }
    format!(
        "## Picture\n\nServices, the networks that they are on in Compose (with fixed addresses and further names), ports of this \
         machine, and what waits for what.\n\n```mermaid\n{}```",
        metadata.picture
    )
}

/// Returns the list of privileged containers.
fn privileged(objects: &Objects<RenderedService>) -> String {
    let of_run = |run: &RunObjects| Some((format!("run `{}`", run.run), pod_summary(&run.service, &run.pod)?));
    let of_service = |service: &RenderedService| Some((format!("`{}`", service.service), service.pod.clone()?));
    let pods = objects.services.iter().filter_map(of_service).chain(objects.runs.iter().filter_map(of_run));
    let mut rows = String::new();
    for (pod, summary) in pods {
        for (container, init) in &summary.privileged {
            let why = match container.as_str() {
                "docker-dns" if *init => {
                    "redirects queries to Docker's DNS server, 127.0.0.11, in the network of the pod"
                }
                name if *init && name.starts_with("routes") => "sets the routes to fixed addresses on the node",
                _ => "`privileged: true` in the Compose file",
            };
            let _ = writeln!(rows, "| {} | `{}` | {why} |", cell(&pod), cell(container));
        }
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "## Privileged containers\n\nInit containers that compose2k8s adds run a fixed script in an image that is pinned by its digest, and end \
         before the service starts.\n\n| pod | container | why |\n|---|---|---|\n{rows}"
    )
}

fn notes(metadata: &OutputMetadata) -> String {
    let sections = metadata.notes.iter().map(|note| format!("## {}\n\n{}", cell(&note.title), note.text.trim()));
    sections.collect::<Vec<_>>().join("\n\n")
}

/// Returns the kubectl command with the kubeconfig and namespace of this cluster.
fn kubectl(objects: &Objects<RenderedService>) -> String {
    format!("kubectl --kubeconfig \"$KUBECONFIG_OF_KIT\" -n {}", objects.namespace)
}

fn inside(objects: &Objects<RenderedService>, metadata: &OutputMetadata) -> String {
    let name = objects.services.first().map_or("SERVICE", |service| service.name.as_str());
    format!(
        "## Looking inside\n\n\
         The kit has a kubeconfig of its own, so that your current context stays what it was:\n\n\
         ```sh\n\
         KUBECONFIG_OF_KIT=\"${{XDG_STATE_HOME:-$HOME/.local/state}}/{TOOL}/{cluster}/kubeconfig\"\n\
         {kubectl} get pods -o wide          # docker compose ps\n\
         {kubectl} describe pod -l {label}={name}\n\
         {kubectl} exec -it {workload}/{name} -- sh   # docker compose exec {name} sh\n\
         {logs} {name}\n\
         ```\n",
        cluster = objects.cluster.name,
        label = label::NAME,
        kubectl = kubectl(objects),
        workload = workload_of(objects, name),
        logs = script(metadata, file::LOGS_SCRIPT),
    )
}

/// Returns the kubectl resource of a service's workload: `deployment`, `statefulset`.
fn workload_of(objects: &Objects<RenderedService>, name: &str) -> String {
    objects
        .plan
        .services
        .iter()
        .find(|service| service.name.as_str() == name)
        .map_or_else(|| "deployment".to_owned(), |service| service.workload.to_lowercase())
}

fn troubles(objects: &Objects<RenderedService>, metadata: &OutputMetadata) -> String {
    let up = script(metadata, file::UP_SCRIPT);
    let down = script(metadata, file::DOWN_SCRIPT);
    let mut text =
        "## When something is wrong\n\n| what is seen | what it is | what to do |\n|---|---|---|\n".to_owned();
    let mut row = |seen: &str, is: &str, act: &str| {
        let _ = writeln!(text, "| {} | {} | {} |", cell(seen), cell(is), cell(act));
    };
    if !objects.cluster.ports.is_empty() {
        row(
            "a port of this machine is taken",
            "something else publishes it, often the Compose project itself",
            "`docker compose down`, or end the program that is named",
        );
    }
    row(
        "the cluster was made from another kind-config.yaml",
        "subnets, mounts and ports of a kind cluster cannot change later",
        &format!("`{down}`, then `{up}`: the cluster is made anew, without the data that was in it"),
    );
    row(
        "a pod stays in `Init`",
        "it waits for another service to be healthy; the init container's name says which",
        "look at that service's log and readiness probe",
    );
    row(
        "`ErrImagePull`, `ImagePullBackOff`",
        "the image is not on the node",
        &format!(
            "see that `docker pull` or `docker compose build` gets it on this machine, then `{up}`, which loads it"
        ),
    );
    row(
        "`toomanyrequests`, or a pull that is denied",
        "images are pulled by this machine's Docker, with its login and its limits",
        &format!("`docker login`, or `docker pull` when it is possible again, then `{up}`"),
    );
    row(
        "`no space left on device`, `Evicted`, `Unschedulable`",
        "the disk is full: every image is on it twice, for Docker and in the node, whose volumes are there too",
        &format!(
            "`docker system df` and `docker system prune`; `{down}` frees what the node holds, databases included"
        ),
    );
    row(
        "`CrashLoopBackOff`",
        "the program ends by itself",
        &format!("`{}`; Docker would show the same as `Restarting`", script(metadata, file::LOGS_SCRIPT)),
    );
    row(
        "`FailedMount` in the events just after the start",
        "a ConfigMap of a new namespace is not known to the node yet",
        "nothing: it cures itself within seconds",
    );
    if let Some(resolver) = &objects.resolver {
        row(
            "a name does not resolve",
            "the project resolver is not ready, or does not reach a server of `dns`",
            &format!("`{} logs deployment/{}`", kubectl(objects), resolver.name),
        );
    }
    row(
        "a program cannot bind `::1`",
        "the machine was started with `ipv6.disable=1`",
        "allow IPv6 on the loopback device of the machine",
    );
    row(
        "too many open files, inotify errors in the node's log",
        "the limits of this machine are shared by all containers",
        "`sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512`",
    );
    row(
        "`mysqld` takes minutes to start or gigabytes of memory",
        "kind's node allows a billion open files where the kernel does, and old programs make room for as many",
        &format!(
            "until the node restarts: `docker exec {}-control-plane sh -c 'prlimit --pid \"$(pgrep -xo containerd)\" --nofile=1048576'`, \
             then delete the pod; its successor has that limit (tried with containerd, not on kind's own node)",
            objects.cluster.name
        ),
    );
    text
}

fn versions(objects: &Objects<RenderedService>, metadata: &OutputMetadata) -> String {
    let mut text = format!(
        "## Versions, and making it again\n\n\
         | | |\n|---|---|\n\
         | node | `{}` |\n\
         | written by | compose2k8s {} |\n\
         | from | {} |\n",
        cell(&objects.cluster.node_image),
        env!("CARGO_PKG_VERSION"),
        metadata.sources.iter().map(|source| format!("`{}`", cell(source))).collect::<Vec<_>>().join(", "),
    );
    if !metadata.regenerate.is_empty() {
        let _ = write!(
            text,
            "\nIn {}:\n\n```sh\n{command}           # after a change of the Compose file\n{command} --check   # in CI: 0 in parity, 1 if not\n```\n",
            metadata.regenerate_in,
            command = metadata.regenerate,
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::sample;

    #[test]
    fn the_first_command_is_a_run_or_else_up() {
        let mut objects = sample::rendered();
        assert!(
            readme(&objects, &sample::metadata()).contains("In the project directory:\n\n```sh\n./tests.sh\n```\n")
        );
        objects.runs.clear();
        assert!(
            readme(&objects, &sample::metadata())
                .contains("In the project directory:\n\n```sh\n./k8s/scripts/k8s-up.sh\n```\n")
        );
    }

    #[test]
    fn commands_are_relative_to_the_project_directory() {
        let metadata = |kit: &str| OutputMetadata { kit: kit.to_owned(), ..sample::metadata() };
        assert_eq!(script(&metadata("k8s"), "scripts/x.sh"), "./k8s/scripts/x.sh");
        assert_eq!(script(&metadata("../../k8s"), "scripts/x.sh"), "../../k8s/scripts/x.sh");
        assert_eq!(script(&metadata("."), "scripts/x.sh"), "./scripts/x.sh");
    }
}
