//! Topic *process*: image, command, environment, user and resources of the container.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md>

pub(super) mod devices;
pub(super) mod environment;
pub(super) mod hooks;
mod image;
pub(super) mod references;
pub(super) mod resources;
pub(super) mod runtime_class;
mod seccomp;
pub(super) mod security;
mod security_options;
mod signals;
mod sysctls;
pub(super) mod users;

use k8s_openapi::api::core::v1::{Lifecycle, PodOS};

use environment::env_vars;
use references::{References, words_with_references};

use crate::keys::Key;
use crate::lower::context::PodRole;
use crate::lower::objects::PlannedImage;
use crate::lower::pod::annotations::annotate_with_labels;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod_problem::Problem as PodProblem;
use crate::lower::problem::Problem;
use crate::maps::push_unique;
use crate::resolve::Service;
use crate::resolve::order::DEFAULT_GRACE;
use crate::resolve::outside::OutsideWords;
use crate::resolve::process::{Image, Process, Words};
use crate::resolve::units::Duration;
use crate::text::Spanned;
use crate::vocabulary::annotation;

/// Sets what the container runs.
pub(crate) fn set_process(service: &Service, pod: &mut PodBuilder) {
    let context = pod.context;
    let Process {
        image,
        pull_policy,
        // The scripts pull the image of this platform. A node selector could only keep the pod from the one node.
        platform: _,
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
        // Read by `runtime_class`, for the whole pod.
        ulimits: _,
        pid,
        ipc,
        uts: _,
        userns_mode,
        cgroup: _,
        runtime,
        // Reported by the key table, unless the value is the default.
        isolation: _,
        oom_score_adj: _,
        oom_kill_disable: _,
        devices: _,
        device_rules: _,
        stop_signal,
        stop_grace_period,
        labels,
        annotations,
        // Read by `resources`.
        resources: _,
        // Init containers, which are added after the mounts of this container.
        pre_start: _,
        post_start,
        pre_stop,
    } = &service.process;
    let name = &service.name.value;

    let Image { reference, template, build: _ } = image;
    image::check_reference(service, pod);
    pod.container.image = Some(context.target.image_reference(&reference.value));
    pod.annotate(annotation::IMAGE, image.written().to_owned());
    if let Some(template) = template.as_ref().filter(|template| template.text.contains('$')) {
        let reference = context.target.image_reference(&reference.value);
        pod.requirements.images.insert(PlannedImage { template: template.clone(), reference });
    }
    pod.annotate(annotation::SERVICE, name.to_string());
    let policy = match pull_policy.as_ref().map(|policy| policy.value.as_str()) {
        // `always` too: the host pulls the image, with its login, and the node gets what the host has.
        Some("never") => "Never",
        Some(_) | None => context.target.image_pull_policy(),
    };
    pod.container.image_pull_policy = Some(policy.to_owned());
    pod.container.env = env_vars(service, environment, "", pod);
    set_command(service, entrypoint, command, outside_words, pod);
    pod.container.working_dir = working_dir.as_ref().map(|directory| directory.value.clone());
    pod.container.tty = tty.as_ref().filter(|tty| tty.value).map(|_| true);
    pod.container.stdin = stdin_open.as_ref().filter(|open| open.value).map(|_| true);
    if init.as_ref().is_some_and(|init| init.value) {
        pod.spec.share_process_namespace = Some(true);
        pod.comment(
            &["spec", "shareProcessNamespace"],
            "init: true. The pod's own first process buries the dead, as Docker's init does.".to_owned(),
        );
    }
    users::run_as_user(service, user.as_ref(), group_add, pod);
    security::set_privileges(
        service,
        &security::Privileges { privileged, read_only, cap_add, cap_drop, security_opt, seccomp },
        pod,
    );
    security::share_namespaces(service, pid.as_ref(), ipc.as_ref(), userns_mode.as_ref(), pod);
    sysctls::set_sysctls(service, sysctls, pod);
    // `runc` is the default of the node too; another runtime needs a RuntimeClass.
    if let Some(runtime) = runtime.as_ref().filter(|runtime| !matches!(runtime.value.as_str(), "" | "runc")) {
        pod.spec.runtime_class_name = Some(runtime.value.clone());
    }
    set_stop_grace(service, stop_grace_period.as_ref(), pod);
    let named = stop_signal.as_ref().and_then(|signal| Some((signal, signals::signal_name(&signal.value)?)));
    if let Some((written, signal)) = &named
        && !signals::is_known_signal(signal)
    {
        pod.findings.for_key(
            name,
            Key::StopSignal,
            Problem::NoEquivalent {
                key: format!("stop_signal: {}", written.value),
                owner: format!("`{name}`"),
                advice: "name a signal of Linux, as `SIGQUIT`".to_owned(),
                at: vec![written.span],
            },
        );
    } else if let Some((_, signal)) = named {
        if let Some(gate) = context.target.stop_signal_gate() {
            push_unique(&mut pod.requirements.feature_gates, gate.to_owned());
        }
        pod.spec.os = Some(PodOS { name: "linux".to_owned() });
        pod.container.lifecycle.get_or_insert_with(Lifecycle::default).stop_signal = Some(signal);
        pod.comment_container(
            "lifecycle",
            format!("stop_signal. An alpha feature, switched on in {}.", context.target.node_config_file()),
        );
    }
    annotate_with_labels(service, labels.iter().chain(annotations), pod);
    resources::set_resources(service, pod);
    if context.role == PodRole::Service {
        hooks::add_lifecycle_hooks(service, post_start, pre_stop, pod);
    }
}

/// Sets the command from `entrypoint`, which discards the image's CMD as in Docker, and the arguments from `command`.
fn set_command(
    service: &Service,
    entrypoint: &Words,
    command: &Words,
    outside: &[OutsideWords; 2],
    pod: &mut PodBuilder,
) {
    let [outside_entrypoint, outside_command] = outside;
    let mut references = References::new(&service.process.environment);
    let mut words_of = |key, words: &Words, outside: &OutsideWords| match words {
        Words::Given(words) => Some(words_with_references(service, key, words, outside, &mut references, pod)),
        Words::Image | Words::Cleared(_) => None,
    };
    let entrypoint_words = words_of(Key::Entrypoint, entrypoint, outside_entrypoint);
    let command_words = words_of(Key::Command, command, outside_command);
    references.add_to(&mut pod.container.env);
    match entrypoint {
        Words::Image => pod.container.args = command_words,
        Words::Given(_) => {
            pod.container.command = entrypoint_words;
            pod.container.args = command_words;
        }
        // Without an entrypoint, the first word of the command is the program.
        Words::Cleared(at) => match command_words {
            Some(command) => pod.container.command = Some(command),
            None => pod.findings.for_service(
                &service.name.value,
                Problem::ClearedEntrypoint { service: service.name.value.to_string(), at: *at },
            ),
        },
    }
}

/// Sets the pod's grace period: the longest of its services, because a pod has one.
fn set_stop_grace(service: &Service, own: Option<&Spanned<Duration>>, pod: &mut PodBuilder) {
    let grace_of = |grace: Option<&Spanned<Duration>>| grace.map_or(DEFAULT_GRACE, |grace| grace.value);
    let own_grace = grace_of(own);
    // The pod of a run contains the service alone.
    let longest = if pod.context.role == PodRole::Service {
        let members = pod.context.pod_members(pod.context.start_order.pod_owner(&service.name.value));
        members.iter().map(|member| grace_of(member.process.stop_grace_period.as_ref())).fold(own_grace, Ord::max)
    } else {
        own_grace
    };
    pod.spec.termination_grace_period_seconds = Some(i64::try_from(longest.seconds_up()).unwrap_or(i64::MAX));
    if longest > own_grace {
        let problem = PodProblem::GraceOfPod {
            service: service.name.value.to_string(),
            own: own_grace.seconds_up(),
            longest: longest.seconds_up(),
            at: own.map_or(service.name.span, |grace| grace.span),
        };
        pod.findings.for_key(&service.name.value, Key::StopGracePeriod, problem);
    }
}
