//! Topic *process*: command, environment, image, user, security and resources.

mod argv;
pub(crate) mod hooks;
mod image;
pub(crate) mod pre_start;
pub(crate) mod resources;
mod runtime_class;
pub(crate) mod security;

use crate::check::manifests::pod::image_pull::pull_policy_of;
use crate::check::manifests::pod::variables::expand_variables;
use k8s_openapi::api::core::v1::LifecycleHandler;

use super::context::environment::variables;
use super::context::{ExpectedContext, ObservedContext, ServiceRole};
use super::facts::{Fact, Kind, Qualifier, Setting, Unclear, Value, Weight};
use crate::check::manifests::pod::fields::ProcessFields;
use crate::check::manifests::workload::IMAGE_ANNOTATION;
use crate::resolve::Service;
use crate::resolve::order::DEFAULT_GRACE;
use crate::resolve::process::Process;
use crate::resolve::units::Duration;
use crate::sensitive::UNKNOWN_MARK;
use crate::text::Spanned;
use image::{expected_image, expected_variable};
use resources::{amounts, limits};

/// Returns the facts of the Compose file.
pub(crate) fn expected(context: ExpectedContext) -> Vec<Fact> {
    let Process {
        image,
        pull_policy,
        platform,
        entrypoint,
        command,
        outside_words,
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
        seccomp,
        sysctls,
        // Read by `runtime_class`.
        ulimits: _,
        // Not supported by Kubernetes: the conversion rejects them, or the overrides accept their loss.
        uts: _,
        cgroup: _,
        oom_score_adj: _,
        oom_kill_disable: _,
        pid,
        ipc,
        userns_mode,
        runtime,
        // Only for Windows containers, which are not supported.
        isolation: _,
        devices: _,
        device_rules: _,
        stop_signal,
        stop_grace_period,
        labels,
        annotations,
        resources,
        // Read by `pre_start`.
        pre_start: _,
        post_start,
        pre_stop,
    } = &context.service.process;
    // Facts are large, so growing the list would copy them repeatedly.
    let mut facts = Vec::with_capacity(environment.len() + 64);

    facts.push(expected_image(context, image));
    facts.push(Fact::defaulted(Kind::ImageTemplate, "", image.written(), image.reference.span));
    facts.push(match pull_policy {
        Some(policy) => match policy.value.as_str() {
            // The scripts of the output pull on the host.
            "always" => Fact::required(Kind::Pull, "", Setting::Always, policy.span).or(Setting::WhenAbsent),
            "never" => Fact::required(Kind::Pull, "", Setting::Never, policy.span),
            "missing" | "if_not_present" => Fact::required(Kind::Pull, "", Setting::WhenAbsent, policy.span),
            _ => Fact::optional(Kind::Pull, "", Setting::WhenAbsent, policy.span),
        },
        None => Fact::defaulted(Kind::Pull, "", Setting::WhenAbsent, context.fallback_span()),
    });
    if let Some(platform) = platform {
        // Docker runs other architectures by emulation, which a node selector would prevent.
        facts.push(Fact::optional(Kind::Platform, "os", platform.value.os.as_str(), platform.span));
        if let Some(architecture) = &platform.value.architecture {
            facts.push(Fact::optional(Kind::Platform, "architecture", architecture.as_str(), platform.span));
        }
    }
    facts.extend(argv::expected(context, entrypoint, command, outside_words));
    facts.extend(environment.iter().map(expected_variable));
    if let Some(directory) = working_dir {
        facts.push(Fact::required(Kind::WorkingDirectory, "", &directory.value, directory.span));
    }
    for (kind, flag) in [(Kind::Terminal, tty), (Kind::Stdin, stdin_open), (Kind::Privileged, privileged)] {
        facts.extend(flag.as_ref().filter(|flag| flag.value).map(|flag| Fact::required(kind, "", true, flag.span)));
    }
    if let Some(flag) = read_only.as_ref().filter(|flag| flag.value) {
        facts.push(Fact::required(Kind::ReadOnlyRoot, "", true, flag.span));
    }
    facts.extend(security::expected_user_and_groups(context, user.as_ref(), group_add));
    facts.extend(security::expected_capabilities(cap_add, cap_drop));
    let is_privileged = privileged.as_ref().is_some_and(|flag| flag.value);
    facts.extend(security::expected_confinement(context, security_opt, seccomp.as_ref(), is_privileged));
    facts.extend(security::expected_sysctls(context, sysctls));
    let on_host = |mate: &Service| mate.process.pid.as_ref().is_some_and(|pid| pid.value == "host");
    let mate_on_host = context.index.pod_mates(&context.service.name.value).any(on_host);
    facts.extend(
        security::expected_namespaces(pid.as_ref(), ipc.as_ref(), userns_mode.as_ref(), init.as_ref()).into_iter().map(
            // The node's init process reaps zombies as well.
            |fact| if mate_on_host && fact.subject == "processes" { fact.or(Setting::Host) } else { fact },
        ),
    );
    facts.extend(
        of_mates(context)
            .filter(|mate| !facts.iter().any(|fact| (fact.kind, &fact.subject) == (mate.kind, &mate.subject)))
            .collect::<Vec<_>>(),
    );
    if let Some(runtime) = runtime {
        // `runc` is the default of Docker and of the cluster.
        let weight = if runtime.value == "runc" { Weight::Optional } else { Weight::Required };
        facts.push(Fact::required(Kind::Runtime, "", &runtime.value, runtime.span).with_weight(weight));
    }
    if let Some(signal) = stop_signal {
        let name = signal_name(&signal.value);
        // The default on both sides, unless the image states another signal.
        let weight = if name == "SIGTERM" { Weight::Optional } else { Weight::Required };
        facts.push(Fact::required(Kind::StopSignal, "", name, signal.span).with_weight(weight));
    }
    facts.push(stop_grace(context, stop_grace_period.as_ref()));
    for label in labels.iter().chain(annotations) {
        facts.push(Fact::defaulted(Kind::Label, &label.name.value, label.committed_value(), label.name.span));
    }
    facts.extend(limits(resources, context.overrides));
    facts.extend(runtime_class::expected(context));
    if context.role == ServiceRole::Service {
        facts.extend(hooks::expected("after start", post_start, user.as_ref(), is_privileged));
        facts.extend(hooks::expected("before stop", pre_stop, user.as_ref(), is_privileged));
    }
    facts.push(Fact::defaulted(Kind::ServiceVariables, "", false, context.fallback_span()));
    facts.push(Fact::defaulted(Kind::Credentials, "", false, context.fallback_span()));
    facts.push(Fact::optional(Kind::HelperImage, "", context.overrides.helper_image(), context.fallback_span()));
    facts
}

/// Returns the fact for the grace period: the longest of the pod's services, because a pod has one.
fn stop_grace(context: ExpectedContext, own: Option<&Spanned<Duration>>) -> Fact {
    let mates = context.index.pod_mates(&context.service.name.value);
    let of_mates = mates.map(|mate| mate.process.stop_grace_period.as_ref());
    let grace_of = |grace: Option<&Spanned<Duration>>| grace.map_or(DEFAULT_GRACE, |grace| grace.value);
    let seconds = of_mates.map(grace_of).fold(grace_of(own), Ord::max).seconds_up();
    match own {
        Some(own) => Fact::required(Kind::StopGrace, "", Value::number(seconds), own.span),
        None => Fact::defaulted(Kind::StopGrace, "", Value::number(seconds), context.fallback_span()),
    }
}

/// Returns the namespaces, groups and kernel parameters of other services of the pod, which apply to the whole pod.
fn of_mates(context: ExpectedContext<'_>) -> impl Iterator<Item = Fact> + '_ {
    let all = context.index.pod_mates(&context.service.name.value).flat_map(|mate| {
        let asked = &mate.process;
        let (pid, ipc, users) = (asked.pid.as_ref(), asked.ipc.as_ref(), asked.userns_mode.as_ref());
        let groups = security::expected_groups(&asked.group_add);
        let sysctls = security::written_sysctls(&asked.sysctls);
        security::expected_namespaces(pid, ipc, users, asked.init.as_ref()).into_iter().chain(groups).chain(sysctls)
    });
    all.map(move |fact| Fact { span: context.fallback_span(), ..fact.with_weight(Weight::Optional).or(Value::Any) })
}

fn signal_name(written: &str) -> String {
    let upper = written.trim().to_ascii_uppercase();
    // The signal numbers of Linux on amd64 and arm64.
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

/// Returns the facts of the manifests.
pub(crate) fn observed(context: ObservedContext, running: &ProcessFields) -> Vec<Fact> {
    let ProcessFields {
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
    } = *running;
    let (at, pod, fallback_span) = (context.at, context.workload.at, context.workload.span());
    let mut facts = Vec::new();

    if let Some(image) = image {
        facts.push(Fact::required(Kind::Image, "", image, at.key("image").span()));
    }
    if let Some((name, template)) = template_of(context) {
        let document = context.workload.document.at();
        let place = [&["spec", "template", "metadata", "annotations"][..], &["metadata", "annotations"]];
        let place = place.map(|keys| document.keys(keys).key(&name));
        let span = place.iter().find(|at| at.tree().is_some()).map_or(fallback_span, |at| at.span());
        facts.push(Fact::required(Kind::ImageTemplate, "", template, span));
    }
    let (policy, unasked) = pull_policy_of(image, image_pull_policy);
    let weight = if unasked { Weight::Default } else { Weight::Required };
    facts.push(Fact::required(Kind::Pull, "", policy, at.key("imagePullPolicy").span()).with_weight(weight));
    for (label, of) in [("kubernetes.io/os", "os"), ("kubernetes.io/arch", "architecture")] {
        if let Some(value) = node_selector.and_then(|selector| selector.get(label)) {
            facts.push(Fact::optional(Kind::Platform, of, value, pod.keys(&["nodeSelector", label]).span()));
        }
    }
    let (variables, known) = variables(context, env, env_from);
    facts.extend(variables);
    let command = command.filter(|words| !words.is_empty());
    let args = args.filter(|words| !words.is_empty());
    if command.is_some() || args.is_some() {
        let written: Vec<&String> = command.into_iter().chain(args).flatten().collect();
        let words: Vec<String> = written.iter().map(|word| expand_variables(word, &known)).collect();
        let is_unknown = words.iter().any(|word| word.contains(UNKNOWN_MARK));
        let has_references = words.iter().zip(&written).any(|(word, written)| word != *written);
        let value = if command.is_some() { Value::argv(words) } else { Value::arguments(words) };
        let key = if command.is_some() { "command" } else { "args" };
        let fact = Fact::required(Kind::Argv, "", value, at.key(key).span());
        let hidden = has_references.then(|| Value::argv(written).rendered().into_owned());
        let fact = Fact { hidden, ..fact };
        facts.push(if is_unknown { fact.unclear(Unclear::SetAtStart) } else { fact });
    }
    if let Some(directory) = working_dir {
        facts.push(Fact::required(Kind::WorkingDirectory, "", directory, at.key("workingDir").span()));
    }
    for (kind, flag, key) in [(Kind::Terminal, tty, "tty"), (Kind::Stdin, stdin, "stdin")] {
        facts.extend(flag.then(|| Fact::required(kind, "", true, at.key(key).span())));
    }
    facts.extend(security::observed(context, security, pod_security));
    facts.extend(security::observed_namespaces(context, host_pid, host_ipc, host_users, share_process_namespace));
    if let Some(runtime) = runtime_class {
        let span = pod.key("runtimeClassName").span();
        let of_runtime = || vec![Fact::required(Kind::Runtime, "", runtime, span)];
        facts.extend(runtime_class::observed(context, runtime, span).unwrap_or_else(of_runtime));
    }
    if let Some(lifecycle) = lifecycle {
        let place = at.key("lifecycle");
        for (of, handler, key) in
            [("after start", &lifecycle.post_start, "postStart"), ("before stop", &lifecycle.pre_stop, "preStop")]
        {
            let span = place.key(key).span();
            facts.extend(handler.as_ref().map(|handler| match &handler.exec {
                Some(exec) => hooks::observed(of, exec.command.as_deref().unwrap_or_default(), &known, span),
                None => Fact::required(Kind::Hook, of, handled(handler), span),
            }));
        }
        if let Some(signal) = &lifecycle.stop_signal {
            let deaf = context.index.cluster().is_some_and(|cluster| !cluster.stop_signals);
            let name = signal_name(signal);
            let value = if deaf { Value::qualified(name, Qualifier::UnknownSignal) } else { name.into() };
            facts.push(Fact::required(Kind::StopSignal, "", value, place.key("stopSignal").span()));
        }
    }
    // Kubernetes' default is 30 s. Exported objects state it.
    let seconds = grace.unwrap_or(30);
    let weight = if seconds == 30 { Weight::Default } else { Weight::Required };
    facts.push(
        Fact::required(Kind::StopGrace, "", Value::Number(seconds), pod.key("terminationGracePeriodSeconds").span())
            .with_weight(weight),
    );
    facts.extend(labels(context));
    let of_pod = pod_resources.map(|resources| (resources, pod.key("resources")));
    for (resources, place) in resources.map(|resources| (resources, at.key("resources"))).into_iter().chain(of_pod) {
        facts.extend(amounts(resources, place));
    }
    for (kind, given, key) in [
        (Kind::ServiceVariables, service_links, "enableServiceLinks"),
        (Kind::Credentials, token, "automountServiceAccountToken"),
    ] {
        facts.push(Fact::defaulted(kind, "", given, pod.key(key).span()));
    }
    facts
}

/// Returns the annotation with the image's template and its value: of the container in a shared pod, else of the pod.
fn template_of(context: ObservedContext) -> Option<(String, String)> {
    let annotations = &context.workload.annotations;
    let own = format!("{IMAGE_ANNOTATION}.{}", context.container.name);
    let single = context.pod_owner.is_none().then(|| IMAGE_ANNOTATION.to_owned());
    std::iter::once(own).chain(single).find_map(|name| annotations.get(&name).cloned().map(|value| (name, value)))
}

/// Returns annotations and labels, which only other programs read. They count only if the Compose file has the same
/// name.
fn labels(context: ObservedContext) -> Vec<Fact> {
    let span = context.workload.span();
    let mut facts = Vec::new();
    for (name, value) in context.workload.labels.iter().chain(&context.workload.annotations) {
        if name == "compose2k8s/labels" {
            let lines = value.lines().filter_map(|line| line.split_once('='));
            facts.extend(lines.map(|(name, value)| Fact::optional(Kind::Label, name, value, span)));
        } else {
            facts.push(Fact::optional(Kind::Label, name, value, span));
        }
    }
    facts
}

/// Returns the value of a handler that runs no command.
fn handled(handler: &LifecycleHandler) -> Value {
    let LifecycleHandler { exec: _, http_get, sleep, tcp_socket } = handler;
    let kinds = [
        (Setting::Request, http_get.is_some()),
        (Setting::Pause, sleep.is_some()),
        (Setting::Connection, tcp_socket.is_some()),
    ];
    kinds.iter().find(|(_, given)| *given).map_or(Setting::Nothing, |(kind, _)| *kind).into()
}
