//! Topic *process*: argv, environment, image, user, rights, resources.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar, EnvVarSource, LifecycleHandler, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::facts::{Fact, Force, Kind, words};
use super::manifest::Object;
use super::place::At;
use super::pod::{IMAGE, Running};
use super::rights;
use super::scene::{Occasion, Said, Shown};
use crate::resolve::order::DEFAULT_GRACE;
use crate::resolve::process::{Hook, Image, Process, Resources, Variable, Words};

/// What the main process of a run pod is until its command comes from outside.
const IDLE: &str = "trap \"exit 0\" TERM INT HUP; while :; do sleep 86400 & wait; done";

/// What the Compose file says.
pub(super) fn expected(said: Said) -> Vec<Fact> {
    let Process {
        image,
        pull_policy,
        platform,
        entrypoint,
        command,
        environment,
        working_dir,
        user,
        group_add,
        tty,
        stdin_open,
        init,
        privileged,
        read_only,
        cap_add,
        cap_drop,
        security_opt,
        sysctls,
        // Neither form of Kubernetes has them: the translation refuses them or has their loss accepted.
        ulimits: _,
        uts: _,
        cgroup: _,
        oom_score_adj: _,
        oom_kill_disable: _,
        pid,
        ipc,
        userns_mode,
        runtime,
        devices,
        stop_signal,
        stop_grace_period,
        labels,
        annotations,
        resources,
        post_start,
        pre_stop,
    } = &said.service.process;
    let mut facts = Vec::new();

    let Image { reference, template, build } = image;
    let mut fact = Fact::must(Kind::Image, "", &reference.value, reference.span);
    if build.is_some() {
        fact = fact.unclear("since Compose builds the image itself");
    }
    facts.push(fact);
    let template = template.as_ref().unwrap_or(&reference.value);
    facts.push(Fact::default(Kind::ImageTemplate, "", template, reference.span));
    facts.push(match pull_policy {
        Some(policy) => match policy.value.as_str() {
            "always" | "never" => Fact::must(Kind::Pull, "", &policy.value, policy.span),
            "missing" | "if_not_present" => Fact::must(Kind::Pull, "", "when absent", policy.span),
            _ => Fact::may(Kind::Pull, "", "when absent", policy.span),
        },
        None => Fact::default(Kind::Pull, "", "when absent", said.silence()),
    });
    if let Some(platform) = platform {
        let mut parts = platform.value.split('/');
        for of in ["os", "architecture"] {
            if let Some(part) = parts.next().filter(|part| !part.is_empty()) {
                facts.push(Fact::must(Kind::Platform, of, architecture(part), platform.span));
            }
        }
    }
    facts.extend(argv(said, entrypoint, command));
    for Variable { name, value } in environment {
        facts.push(match value {
            Some(value) => Fact::must(Kind::Variable, &name.value, &value.value, value.span),
            // Without a value it is whatever the shell of the day says.
            None => Fact::may(Kind::Variable, &name.value, "", name.span).or("*"),
        });
    }
    if let Some(directory) = working_dir {
        facts.push(Fact::must(Kind::WorkingDirectory, "", &directory.value, directory.span));
    }
    for (kind, flag) in [(Kind::Terminal, tty), (Kind::Stdin, stdin_open), (Kind::Privileged, privileged)] {
        facts.extend(flag.as_ref().filter(|flag| flag.value).map(|flag| Fact::must(kind, "", "yes", flag.span)));
    }
    if let Some(flag) = read_only.as_ref().filter(|flag| flag.value) {
        facts.push(Fact::must(Kind::ReadOnlyRoot, "", "yes", flag.span));
    }
    facts.extend(rights::said_user(said, user.as_ref(), group_add));
    facts.extend(rights::said_capabilities(cap_add, cap_drop));
    let is_privileged = privileged.as_ref().is_some_and(|flag| flag.value);
    facts.extend(rights::said_security(security_opt, is_privileged, said.silence()));
    facts.extend(rights::said_sysctls(said, sysctls));
    facts.extend(rights::said_namespaces(pid.as_ref(), ipc.as_ref(), userns_mode.as_ref(), init.as_ref()));
    if let Some(runtime) = runtime {
        facts.push(Fact::must(Kind::Runtime, "", &runtime.value, runtime.span));
    }
    for device in devices {
        facts.push(Fact::must(Kind::Device, &device.target, &device.source.value, device.source.span));
    }
    if let Some(signal) = stop_signal {
        let name = signal_name(&signal.value);
        // It is what both sides send unasked, unless the image names another.
        let force = if name == "SIGTERM" { Force::May } else { Force::Must };
        facts.push(Fact::must(Kind::StopSignal, "", name, signal.span).with(force));
    }
    facts.push(match stop_grace_period {
        Some(grace) => Fact::must(Kind::StopGrace, "", grace.value.seconds_up().to_string(), grace.span),
        None => Fact::default(Kind::StopGrace, "", DEFAULT_GRACE.seconds_up().to_string(), said.silence()),
    });
    for Variable { name, value } in labels.iter().chain(annotations) {
        let text = value.as_ref().map_or("", |value| value.value.as_str());
        facts.push(Fact::default(Kind::Label, &name.value, text, name.span));
    }
    facts.extend(limits(resources));
    if said.occasion == Occasion::Up {
        facts.extend(hooks("after start", post_start));
        facts.extend(hooks("before stop", pre_stop));
    }
    facts.push(Fact::default(Kind::ServiceVariables, "", "no", said.silence()));
    facts.push(Fact::default(Kind::Credentials, "", "no", said.silence()));
    facts.push(Fact::may(Kind::HelperImage, "", &said.overrides.helper_image, said.silence()));
    facts
}

/// Docker drops the image's CMD as soon as there is an `entrypoint`; so does Kubernetes with `command`.
fn argv(said: Said, entrypoint: &Words, command: &Words) -> Option<Fact> {
    if said.occasion == Occasion::Run {
        let idle = ["/bin/sh", "-c", IDLE].map(str::to_owned);
        return Some(Fact::must(Kind::Argv, "", words(&idle), said.silence()));
    }
    match (entrypoint, command) {
        (Words::Image, Words::Image | Words::Cleared(_)) | (Words::Cleared(_), Words::Image | Words::Cleared(_)) => {
            None
        }
        (Words::Image, Words::Given(command)) => {
            let mut list = vec!["…".to_owned()];
            list.extend(command.value.iter().cloned());
            Some(Fact::must(Kind::Argv, "", words(&list), command.span))
        }
        (Words::Cleared(_), Words::Given(command)) => {
            Some(Fact::must(Kind::Argv, "", words(&command.value), command.span))
        }
        (Words::Given(entrypoint), Words::Image | Words::Cleared(_)) => {
            Some(Fact::must(Kind::Argv, "", words(&entrypoint.value), entrypoint.span))
        }
        (Words::Given(entrypoint), Words::Given(command)) => {
            let list: Vec<String> = entrypoint.value.iter().chain(&command.value).cloned().collect();
            Some(Fact::must(Kind::Argv, "", words(&list), entrypoint.span.to(command.span)))
        }
    }
}

/// Kubernetes calls processors as Go does; Docker also takes the kernel's names.
fn architecture(name: &str) -> &str {
    match name {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "armhf" | "armel" => "arm",
        "i386" => "386",
        other => other,
    }
}

fn signal_name(written: &str) -> String {
    let upper = written.trim().to_ascii_uppercase();
    // Linux's numbers on amd64 and arm64.
    let by_number = [
        ("1", "SIGHUP"),
        ("2", "SIGINT"),
        ("3", "SIGQUIT"),
        ("6", "SIGABRT"),
        ("9", "SIGKILL"),
        ("10", "SIGUSR1"),
        ("12", "SIGUSR2"),
        ("14", "SIGALRM"),
        ("15", "SIGTERM"),
        ("28", "SIGWINCH"),
    ];
    match by_number.iter().find(|(number, _)| *number == upper) {
        Some((_, name)) => (*name).to_owned(),
        None if upper.starts_with("SIG") => upper,
        None => format!("SIG{upper}"),
    }
}

fn limits(resources: &Resources) -> Vec<Fact> {
    let Resources { cpu_limit, cpu_reservation, memory_limit, memory_reservation, pids_limit } = resources;
    let mut facts = Vec::new();
    for (kind, cpu, memory) in
        [(Kind::Limit, cpu_limit, memory_limit), (Kind::Reservation, cpu_reservation, memory_reservation)]
    {
        if let Some(cpu) = cpu.as_ref().filter(|cpu| cpu.value > 0) {
            facts.push(Fact::must(kind, "cpu", cpu.value.to_string(), cpu.span));
        }
        if let Some(memory) = memory.as_ref().filter(|memory| memory.value.0 > 0) {
            facts.push(Fact::must(kind, "memory", memory.value.0.to_string(), memory.span));
        }
    }
    // A pod cannot say it; the node can.
    facts
        .extend(pids_limit.as_ref().map(|pids| Fact::may(Kind::Limit, "processes", pids.value.to_string(), pids.span)));
    facts
}

fn hooks(of: &str, hooks: &[Hook]) -> Option<Fact> {
    let first = hooks.first()?;
    let plain = matches!(hooks, [Hook { command: _, user: _, working_dir: None, environment, privileged: _ }] if environment.is_empty());
    let fact = Fact::must(Kind::Hook, of, words(&first.command.value), first.command.span);
    // Kubernetes has one command of each kind: several became one shell's, whose text is the translator's own.
    Some(if plain { fact } else { fact.or("*") })
}

/// What the manifests say.
pub(super) fn observed(shown: Shown, running: Running) -> Vec<Fact> {
    let Running {
        image,
        image_pull_policy,
        command,
        args,
        env,
        env_from,
        working_dir,
        tty,
        stdin,
        lifecycle,
        grace,
        resources,
        pod_resources,
        security,
        pod_security,
        host_pid,
        host_ipc,
        host_users,
        share_process_namespace,
        runtime_class,
        node_selector,
        service_links,
        token,
    } = running;
    let (at, pod, nowhere) = (shown.at, shown.workload.at, shown.workload.span());
    let mut facts = Vec::new();

    if let Some(image) = image {
        facts.push(Fact::must(Kind::Image, "", image, at.key("image").span()));
    }
    if let Some((name, template)) = template_of(shown) {
        let document = shown.workload.document.at();
        let place = [&["spec", "template", "metadata", "annotations"][..], &["metadata", "annotations"]];
        let place = place.map(|keys| document.keys(keys).key(&name));
        let span = place.iter().find(|at| at.tree().is_some()).map_or(nowhere, |at| at.span());
        facts.push(Fact::must(Kind::ImageTemplate, "", template, span));
    }
    let latest = image.is_some_and(|image| !image.contains('@') && tag(image).is_none_or(|tag| tag == "latest"));
    let unasked = if latest { "always" } else { "when absent" };
    let policy = image_pull_policy.map_or(unasked, |policy| match policy.as_str() {
        "Always" => "always",
        "Never" => "never",
        _ => "when absent",
    });
    let force = if policy == unasked { Force::Default } else { Force::Must };
    facts.push(Fact::must(Kind::Pull, "", policy, at.key("imagePullPolicy").span()).with(force));
    for (label, of) in [("kubernetes.io/os", "os"), ("kubernetes.io/arch", "architecture")] {
        if let Some(value) = node_selector.and_then(|selector| selector.get(label)) {
            facts.push(Fact::may(Kind::Platform, of, value, pod.keys(&["nodeSelector", label]).span()));
        }
    }
    let (variables, known) = variables(shown, env, env_from);
    facts.extend(variables);
    let command = command.filter(|words| !words.is_empty());
    let args = args.filter(|words| !words.is_empty());
    if command.is_some() || args.is_some() {
        let mut list = if command.is_none() { vec!["…".to_owned()] } else { Vec::new() };
        list.extend(command.into_iter().chain(args).flatten().map(|word| expanded(word, &known)));
        let key = if command.is_some() { "command" } else { "args" };
        facts.push(Fact::must(Kind::Argv, "", words(&list), at.key(key).span()));
    }
    if let Some(directory) = working_dir {
        facts.push(Fact::must(Kind::WorkingDirectory, "", directory, at.key("workingDir").span()));
    }
    for (kind, flag, key) in [(Kind::Terminal, tty, "tty"), (Kind::Stdin, stdin, "stdin")] {
        facts.extend(flag.then(|| Fact::must(kind, "", "yes", at.key(key).span())));
    }
    facts.extend(rights::shown(shown, security, pod_security));
    facts.extend(rights::shown_namespaces(shown, host_pid, host_ipc, host_users, share_process_namespace));
    if let Some(runtime) = runtime_class {
        facts.push(Fact::must(Kind::Runtime, "", runtime, pod.key("runtimeClassName").span()));
    }
    if let Some(lifecycle) = lifecycle {
        let place = at.key("lifecycle");
        for (of, handler, key) in
            [("after start", &lifecycle.post_start, "postStart"), ("before stop", &lifecycle.pre_stop, "preStop")]
        {
            facts.extend(
                handler.as_ref().map(|handler| Fact::must(Kind::Hook, of, handled(handler), place.key(key).span())),
            );
        }
        if let Some(signal) = &lifecycle.stop_signal {
            facts.push(Fact::must(Kind::StopSignal, "", signal_name(signal), place.key("stopSignal").span()));
        }
    }
    // Kubernetes' default is 30 s; an object out of a cluster has it written out.
    let seconds = grace.unwrap_or(30);
    let force = if seconds == 30 { Force::Default } else { Force::Must };
    facts.push(
        Fact::must(Kind::StopGrace, "", seconds.to_string(), pod.key("terminationGracePeriodSeconds").span())
            .with(force),
    );
    facts.extend(labels(shown));
    let of_pod = pod_resources.map(|resources| (resources, pod.key("resources")));
    for (resources, place) in resources.map(|resources| (resources, at.key("resources"))).into_iter().chain(of_pod) {
        facts.extend(amounts(resources, place));
    }
    let yes_no = |yes: bool| if yes { "yes" } else { "no" };
    for (kind, given, key) in [
        (Kind::ServiceVariables, service_links, "enableServiceLinks"),
        (Kind::Credentials, token, "automountServiceAccountToken"),
    ] {
        facts.push(Fact::default(kind, "", yes_no(given), pod.key(key).span()));
    }
    facts
}

/// The annotation with the image's template: of the pod, or of one container of several.
fn template_of(shown: Shown) -> Option<(String, String)> {
    let annotations = &shown.workload.annotations;
    let own = [format!("{IMAGE}.{}", shown.container.name), format!("{IMAGE}-{}", shown.container.name)];
    let single = shown.home.is_none().then(|| IMAGE.to_owned());
    own.into_iter().chain(single).find_map(|name| annotations.get(&name).cloned().map(|value| (name, value)))
}

fn tag(image: &str) -> Option<&str> {
    image.rsplit('/').next()?.split_once(':').map(|(_, tag)| tag)
}

/// Annotations and labels: what other programs read. They count only where the Compose file has the same name.
fn labels(shown: Shown) -> Vec<Fact> {
    let span = shown.workload.span();
    let mut facts = Vec::new();
    for (name, value) in shown.workload.labels.iter().chain(&shown.workload.annotations) {
        if name == "compose2k8s/labels" {
            let lines = value.lines().filter_map(|line| line.split_once('='));
            facts.extend(lines.map(|(name, value)| Fact::may(Kind::Label, name, value, span)));
        } else {
            facts.push(Fact::may(Kind::Label, name, value, span));
        }
    }
    facts
}

fn handled(handler: &LifecycleHandler) -> String {
    let LifecycleHandler { exec, http_get, sleep, tcp_socket } = handler;
    if let Some(exec) = exec {
        return words(exec.command.as_deref().unwrap_or_default());
    }
    let kind =
        [("a request", http_get.is_some()), ("a pause", sleep.is_some()), ("a connection", tcp_socket.is_some())];
    kind.iter().find(|(_, given)| *given).map_or_else(|| "nothing".to_owned(), |(kind, _)| (*kind).to_owned())
}

fn amounts(resources: &ResourceRequirements, place: At<'_>) -> Vec<Fact> {
    let ResourceRequirements { limits, requests, claims: _ } = resources;
    let mut facts = Vec::new();
    for (name, quantity) in limits.iter().flatten() {
        let value = amount(name, quantity);
        facts.push(Fact::must(Kind::Limit, name, value, place.keys(&["limits", name]).span()));
    }
    for (name, quantity) in requests.iter().flatten() {
        let value = amount(name, quantity);
        // What is set aside is the scheduler's; nothing at all means the same as silence, and so does the limit itself,
        // which Kubernetes fills in.
        let limit = limits.as_ref().and_then(|limits| limits.get(name)).map(|limit| amount(name, limit));
        let force = if value == "0" || limit.as_ref() == Some(&value) { Force::May } else { Force::Default };
        facts.push(Fact::must(Kind::Reservation, name, value, place.keys(&["requests", name]).span()).with(force));
    }
    facts
}

/// A quantity as thousandths of a processor or as bytes. <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
pub(super) fn amount(name: &str, quantity: &Quantity) -> String {
    let text = quantity.0.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: Option<f64> = match unit {
        "" => Some(1.0),
        "m" => Some(1e-3),
        "k" => Some(1e3),
        "M" => Some(1e6),
        "G" => Some(1e9),
        "T" => Some(1e12),
        "Ki" => Some(1024.0),
        "Mi" => Some(1_048_576.0),
        "Gi" => Some(1_073_741_824.0),
        "Ti" => Some(1_099_511_627_776.0),
        _ => None,
    };
    match (number.parse::<f64>(), factor) {
        (Ok(number), Some(factor)) => {
            let scale = if name == "cpu" { 1e3 } else { 1.0 };
            format!("{:.0}", number * factor * scale)
        }
        _ => text.to_owned(),
    }
}

/// The environment: ConfigMaps and Secrets first, then the variables, each later one of a name winning.
fn variables(shown: Shown, env: &[EnvVar], env_from: &[EnvFromSource]) -> (Vec<Fact>, BTreeMap<String, String>) {
    let mut facts: Vec<Fact> = Vec::new();
    let mut known = BTreeMap::new();
    for (index, source) in env_from.iter().enumerate() {
        let span = shown.at.key("envFrom").item(index).span();
        let EnvFromSource { config_map_ref, prefix, secret_ref } = source;
        let prefix = prefix.as_deref().unwrap_or_default();
        let map = config_map_ref.as_ref().map(|map| ("ConfigMap", map.name.as_str()));
        let Some((kind, name)) = map.or_else(|| secret_ref.as_ref().map(|secret| ("Secret", secret.name.as_str())))
        else {
            continue;
        };
        match entries(shown, kind, name) {
            Some(entries) => {
                for (key, value) in entries {
                    known.insert(format!("{prefix}{key}"), value.clone());
                    facts.push(Fact::must(Kind::Variable, format!("{prefix}{key}"), value, span));
                }
            }
            None => facts.push(
                Fact::may(Kind::Variable, "*", "", span)
                    .unclear(format!("since the {kind} `{name}` is not among the manifests")),
            ),
        }
    }
    for (index, EnvVar { name, value, value_from }) in env.iter().enumerate() {
        let place = shown.at.key("env").item(index);
        let value_place = if value.is_some() { place.key("value") } else { place };
        facts.retain(|fact| fact.of != *name);
        let fact = match value_from {
            Some(source) => from_source(shown, name, source, place.key("valueFrom")),
            None => {
                let text = expanded(value.as_deref().unwrap_or_default(), &known);
                known.insert(name.clone(), text.clone());
                Fact::must(Kind::Variable, name, text, value_place.span())
            }
        };
        facts.push(fact);
    }
    (facts, known)
}

fn from_source(shown: Shown, name: &str, source: &EnvVarSource, place: At<'_>) -> Fact {
    let EnvVarSource { config_map_key_ref, field_ref, file_key_ref: _, resource_field_ref: _, secret_key_ref } = source;
    let map = config_map_key_ref.as_ref().map(|map| ("ConfigMap", &map.name, &map.key));
    let key = map.or_else(|| secret_key_ref.as_ref().map(|secret| ("Secret", &secret.name, &secret.key)));
    if let Some((kind, object, key)) = key {
        let found =
            entries(shown, kind, object).and_then(|entries| entries.into_iter().find(|(other, _)| other == key));
        return match found {
            Some((_, value)) => Fact::must(Kind::Variable, name, value, place.span()),
            None => Fact::must(Kind::Variable, name, format!("{kind} {object}, key {key}"), place.span())
                .unclear(format!("since the key `{key}` of the {kind} `{object}` is not among the manifests")),
        };
    }
    let what = field_ref.as_ref().map_or("the pod", |field| field.field_path.as_str());
    Fact::must(Kind::Variable, name, what, place.span()).unclear("since the cluster fills it in when the pod starts")
}

/// The entries of a ConfigMap or Secret among the manifests.
fn entries(shown: Shown, kind: &str, name: &str) -> Option<Vec<(String, String)>> {
    let namespace = &shown.workload.document.namespace;
    let documents = &shown.world.manifests.documents;
    let document = documents.iter().find(|it| it.kind == kind && it.name == name && it.namespace == *namespace)?;
    match &document.object {
        Object::ConfigMap(map) => Some(map.data.clone().unwrap_or_default().into_iter().collect()),
        Object::Secret(secret) => {
            let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
            let data = secret.data.iter().flatten().map(|(key, value)| (key.clone(), text(&value.0)));
            Some(data.chain(secret.string_data.clone().unwrap_or_default()).collect())
        }
        Object::Deployment(_)
        | Object::StatefulSet(_)
        | Object::DaemonSet(_)
        | Object::ReplicaSet(_)
        | Object::Job(_)
        | Object::CronJob(_)
        | Object::Pod(_)
        | Object::Service(_)
        | Object::Claim
        | Object::NetworkPolicy(_)
        | Object::Namespace => None,
    }
}

/// What Kubernetes makes of a word: `$(NAME)` is the variable, where it is known; `$$` is a dollar.
/// <https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>
pub(super) fn expanded(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let after = from.get(1..).unwrap_or_default();
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = after.strip_prefix('(').and_then(|name| name.split_once(')')) {
            match known.get(name) {
                Some(value) => out.push_str(value),
                None => {
                    out.push_str("$(");
                    out.push_str(name);
                    out.push(')');
                }
            }
            rest = after;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_expand_as_kubernetes_expands_them() {
        let known = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        assert_eq!(expanded("$(A) $$(A) $(B) $A $$ $", &known), "1 $(A) $(B) $A $ $");
    }

    #[test]
    fn quantities_become_plain_numbers() {
        let amount = |name: &str, text: &str| super::amount(name, &Quantity(text.to_owned()));
        assert_eq!(amount("cpu", "0.5"), "500");
        assert_eq!(amount("cpu", "250m"), "250");
        assert_eq!(amount("memory", "64Mi"), "67108864");
    }
}
