//! `scripts/project.sh`: everything that the scripts know about the project.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::quote::{quote, quote_names, quote_path, single_line};
use crate::emit::header;
use crate::emit::manifests::namespace_file;
use crate::emit::manifests::rendered_service::{PodSummary, RenderedService, pod_summary};
use crate::emit::metadata::OutputMetadata;
use crate::lower::objects::{
    ImagePull, LiveSource, Name, Object, ObjectKind, Objects, PlannedImage, PlannedService, SecretTemplate, Until,
};
use crate::resolve::networks::Protocol;
use crate::resolve::volumes::HostPath;
use crate::vocabulary::file;

/// Renders the file.
pub(super) fn project(objects: &Objects<RenderedService>, metadata: &OutputMetadata) -> String {
    let mut text = format!("# shellcheck shell=bash disable=SC2016,SC2034,SC2154\n{}", header::hash(metadata));
    text.push_str("# What the scripts must know about this project and no manifest says. The words are those of lib/table.sh.\n\n");
    block(&mut text, "From the kit to the Compose file's folder.", [format!("project {}", quote(&metadata.project))]);
    let files: Vec<String> = metadata.compose_files.iter().map(|file| quote(file)).collect();
    block(
        &mut text,
        "",
        [
            format!("cluster={}", quote(&objects.cluster.name)),
            format!("namespace={}", quote(objects.namespace.as_str())),
            format!("compose_project={}", quote(&objects.project)),
            format!("compose_files=({})", files.join(" ")),
            format!("version={}", quote(env!("CARGO_PKG_VERSION"))),
        ],
    );
    if !metadata.compose_options.is_empty() {
        let options: Vec<String> = metadata.compose_options.iter().map(|option| quote(option)).collect();
        let line = format!("compose_options=({})", options.join(" "));
        block(&mut text, "The options of the project, for `docker compose build`; paths start in its folder.", [line]);
    }
    let namespace_file = namespace_file(objects);
    if namespace_file != file::NAMESPACE {
        block(&mut text, "A service has the usual name of this file.", [format!("namespace_file={namespace_file}")]);
    }
    block(
        &mut text,
        "The project resolver: the name of its Deployment, and its image.",
        objects
            .resolver
            .iter()
            .map(|resolver| format!("resolver {} {}", quote(resolver.name.as_str()), quote(&resolver.image))),
    );
    services(&mut text, &objects.plan.services);
    block(
        &mut text,
        "Services in the pod of another service: its Compose name, the other service, the container.",
        objects.plan.guests.iter().map(|(guest, owner, container)| {
            format!("guest {} {} {}", quote(guest.as_str()), quote(owner.as_str()), quote(container.as_str()))
        }),
    );
    block(
        &mut text,
        "Runs that come before a service is started, and the services that need what they make.",
        objects.plan.setup.iter().map(|(run, before)| format!("setup {} {}", quote(run), names(before))),
    );
    block(
        &mut text,
        "One-off runs: the file in runs/, the service, the pod, the setup runs before it.",
        objects.runs.iter().filter(|run| run.owner.is_none()).map(|run| {
            let setup = run.wrapper.as_ref().map(|wrapper| wrapper.setup.as_slice()).unwrap_or_default();
            let setup = quote_names(setup.iter().map(String::as_str));
            format!("run {} {} {} {setup}", quote(&run.run), quote(run.service.as_str()), quote(pod_name(&run.pod)))
        }),
    );
    block(
        &mut text,
        "Services that run on request in the running pod of another one.",
        objects.runs.iter().filter_map(|run| Some((run, run.owner.as_ref()?))).map(|(run, (name, owner))| {
            format!("ephemeral {} {} {}", quote(name.as_str()), quote(run.service.as_str()), quote(owner.as_str()))
        }),
    );
    block(
        &mut text,
        "Services with an address of their own: applied first, or another could be given that address.",
        objects.plan.fixed.iter().map(|(name, address)| format!("fixed {} {address}", quote(name.as_str()))),
    );
    block(
        &mut text,
        "Images whose reference depends on variables: as Compose has it, and what stands for it in the manifests.",
        objects.plan.images.iter().map(|PlannedImage { template, reference }| {
            format!("template {} {}{}", quote(&template.text), quote(reference), values(&template.variables))
        }),
    );
    block(
        &mut text,
        "Images that Compose builds when they are absent, and the service that tells how.",
        objects.plan.built.iter().map(|(image, service)| {
            format!("built {} {}{}", quote(&image.text), quote(service.as_str()), values(&image.variables))
        }),
    );
    block(
        &mut text,
        "Images with a platform, or that each start pulls again: image, platform, when.",
        objects.plan.pulled.iter().map(|ImagePull { image, platform, always }| {
            let platform = platform.as_deref().unwrap_or("-");
            let when = if *always { "always" } else { "missing" };
            format!("pulled {} {platform} {when}{}", quote(&image.text), values(&image.variables))
        }),
    );
    block(
        &mut text,
        "Bind mounts: a missing source is made as a folder, as Docker does.",
        objects.plan.folders.iter().map(|folder| format!("folder {}", quote_path(folder))),
    );
    block(
        &mut text,
        "Bind mounts with create_host_path: false: a missing source is refused, as Compose does.",
        objects
            .plan
            .sources
            .iter()
            .map(|(name, source)| format!("source_of {} {}", quote(name.as_str()), quote_path(source))),
    );
    block(
        &mut text,
        "Mounted files and folders that may have the address of Docker's DNS server.",
        objects
            .plan
            .mounted
            .iter()
            .map(|(name, source)| format!("mounted {} {}", quote(name.as_str()), quote_path(source))),
    );
    live(&mut text, objects);
    block(
        &mut text,
        "Ports of the host: number, protocol, address, service.",
        objects.cluster.ports.iter().map(|port| {
            let protocol = match port.protocol {
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
                Protocol::Sctp => "sctp",
            };
            let address = port.listen.map_or_else(|| "0.0.0.0".to_owned(), |address| address.to_string());
            format!("published {} {protocol} {address} {}", port.host_port, quote(port.service.as_str()))
        }),
    );
    argv(&mut text, objects);
    text
}

/// Renders the entries of the generated Secrets before interpolation; `None` if no entry has variables.
pub(super) fn secret_templates(objects: &Objects<RenderedService>, metadata: &OutputMetadata) -> Option<String> {
    let mut text = format!("# shellcheck shell=bash disable=SC2016\n{}", header::hash(metadata));
    let rows = objects.secret_templates.iter().map(|SecretTemplate { secret, key, template, variables }| {
        format!("secret_entry {} {} {}{}", quote(secret.as_str()), quote(key), quote(template), values(variables))
    });
    let why = "Not for commits. Entries of the Secrets that the scripts make again if their environment has another value of a variable.";
    block(&mut text, why, rows);
    (!objects.secret_templates.is_empty()).then(|| format!("{}\n", text.trim_end()))
}

/// Adds lines with a comment above and an empty line below; nothing without lines.
fn block(text: &mut String, why: &str, lines: impl IntoIterator<Item = String>) {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_none() {
        return;
    }
    if !why.is_empty() {
        text.push_str(&format!("# {}\n", single_line(why)));
    }
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text.push('\n');
}

/// Returns variables as further arguments of its row.
fn values(variables: &[(String, String)]) -> String {
    let quoted = |(name, value): &(String, String)| format!(" {}", quote(&format!("{name}={value}")));
    variables.iter().map(quoted).collect()
}

fn names(names: &[Name]) -> String {
    quote_names(names.iter().map(Name::as_str))
}

/// Adds the services as a table.
fn services(text: &mut String, services: &[PlannedService]) {
    let head =
        ["#", "name", "Compose's", "workload", "replicas", "phase", "patience", "until", "depends on", "profiles"];
    let mut rows = vec![head.map(str::to_owned)];
    for service in services {
        rows.push([
            "service".to_owned(),
            quote(service.name.as_str()),
            quote(service.service.as_str()),
            quote(service.workload),
            service.replicas.to_string(),
            service.phase.to_string(),
            service.patience.to_string(),
            until(service.until).to_owned(),
            names(&service.depends_on),
            quote(&service.profiles.join(",")),
        ]);
    }
    let mut widths = [0; 10];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    text.push_str("# In an order to start in. Patience is Compose's own, in seconds: start_period + retries x (interval + timeout), or\n");
    text.push_str("# a minute to start where there is no healthcheck.\n");
    for row in &rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            let _ = write!(line, "{cell:<width$}  ", width = *width);
        }
        text.push_str(line.trim_end_matches(' '));
        text.push('\n');
    }
    text.push('\n');
}

fn until(until: Until) -> &'static str {
    match until {
        Until::Started => "started",
        Until::Ready => "ready",
        Until::Ended => "ended",
    }
}

fn live(text: &mut String, objects: &Objects<RenderedService>) {
    let maps = objects.plan.config_maps.iter().map(|(name, source, folder)| {
        let (key, form) = if *folder { (String::new(), "folder") } else { (file_name(source), "file") };
        format!("live {} configmap {} {form} {}", quote(name.as_str()), quote(&key), quote_path(source))
    });
    let materials = objects.plan.configs_and_secrets.iter().map(|material| {
        let kind = if material.secret { "secret" } else { "configmap" };
        let (form, source) = match &material.from {
            LiveSource::Variable(name) => ("variable", quote(name)),
            LiveSource::Generated => ("generated", quote("")),
        };
        format!("live {} {kind} {} {form} {source}", quote(material.name.as_str()), quote(&material.key))
    });
    let why = "ConfigMaps and Secrets made from what is live when the services start: name, kind, key, form, source.";
    block(text, why, maps.chain(materials));
}

/// Returns the key in a ConfigMap of one file: the name of the file.
fn file_name(path: &HostPath) -> String {
    let (HostPath::Project(path) | HostPath::Home(path) | HostPath::Absolute(path)) = path;
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Adds `words_of`, which returns the entrypoint and command of a service for one-off pods.
fn argv(text: &mut String, objects: &Objects<RenderedService>) {
    text.push_str(
        "# SERVICE: the words of its entrypoint and of its command in the arrays of these names, where the Compose file has them, \
         and\n# the variables that they refer to as `$(NAME)`.\n",
    );
    text.push_str("words_of() {\n  entrypoint=() command=() references=()\n  case $1 in\n");
    let services = objects.services.iter().map(|service| (&service.name, Cow::Borrowed(&service.pod)));
    let setups = objects.runs.iter().filter(|run| run.wrapper.is_none());
    let setups = setups.map(|run| (&run.service, Cow::Owned(pod_summary(&run.service, &run.pod))));
    let mut said = BTreeSet::new();
    for (name, pod) in services.chain(setups) {
        let Some(PodSummary { words: [entrypoint, command], .. }) = &*pod else { continue };
        let mut parts = Vec::new();
        for (array, words) in [("entrypoint", entrypoint), ("command", command)] {
            if !words.is_empty() {
                let words: Vec<String> = words.iter().map(|text| quote(&unescaped(text))).collect();
                parts.push(format!("{array}=({})", words.join(" ")));
            }
        }
        let references: BTreeSet<&str> = entrypoint.iter().chain(command).flat_map(|word| references(word)).collect();
        if !references.is_empty() {
            parts.push(format!("references=({})", references.into_iter().collect::<Vec<_>>().join(" ")));
        }
        if !parts.is_empty() && said.insert(name.as_str()) {
            let _ = writeln!(text, "    {}) {} ;;", quote(name.as_str()), parts.join(" "));
        }
    }
    text.push_str("  esac\n}\n");
}

/// Returns an argument as the kubelet passes it: `$$` is one dollar.
/// <https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/>
fn unescaped(text: &str) -> String {
    text.replace("$$", "$")
}

/// Returns the names in the references `$(NAME)` of a word that are names of shell variables.
fn references(word: &str) -> impl Iterator<Item = &str> {
    // `$$` is an escaped dollar, so the reference after it is text.
    word.split("$$").flat_map(|part| part.split("$(").skip(1)).filter_map(|rest| {
        let (name, _) = rest.split_once(')')?;
        let is_name = !name.starts_with(|first: char| first.is_ascii_digit())
            && !name.is_empty()
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        is_name.then_some(name)
    })
}

fn pod_name(object: &Object) -> &str {
    match &object.kind {
        ObjectKind::Pod(pod) => pod.metadata.name.as_deref().unwrap_or_default(),
        ObjectKind::Namespace(_)
        | ObjectKind::Deployment(_)
        | ObjectKind::StatefulSet(_)
        | ObjectKind::DaemonSet(_)
        | ObjectKind::Job(_)
        | ObjectKind::Service(_)
        | ObjectKind::ConfigMap(_)
        | ObjectKind::Secret(_)
        | ObjectKind::Claim(_)
        | ObjectKind::NetworkPolicy(_)
        | ObjectKind::RuntimeClass(_)
        | ObjectKind::ServiceRange(_) => "",
    }
}
