//! `pre_start` → init containers; `post_start` and `pre_stop` → lifecycle handlers.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#post_start>

use k8s_openapi::api::core::v1::{Container, EnvVar, ExecAction, Lifecycle, LifecycleHandler};

use super::environment::env_vars;
use super::references::{References, command_with_values, report_values_that_stay, shell_line, words_with_references};
use super::users;
use crate::keys::Key;
use crate::lower::pod::builder::PodBuilder;
use crate::resolve::Service;
use crate::resolve::outside::can_insert_values;
use crate::resolve::process::{Hook, Variable, needs_script};
use crate::vocabulary::REFERENCE_PREFIX;
use crate::words::shell_quote;

/// Adds lifecycle handlers. Kubernetes has one handler of each kind, so several commands become a shell script that
/// stops at the first failure.
pub(crate) fn add_lifecycle_hooks(service: &Service, post_start: &[Hook], pre_stop: &[Hook], pod: &mut PodBuilder) {
    for (hooks, key) in [(post_start, Key::PostStartCommand), (pre_stop, Key::PreStopCommand)] {
        let Some(command) = handler_command(service, hooks, key, pod) else { continue };
        let handler =
            Some(LifecycleHandler { exec: Some(ExecAction { command: Some(command) }), ..LifecycleHandler::default() });
        let lifecycle = pod.container.lifecycle.get_or_insert_with(Lifecycle::default);
        if key == Key::PostStartCommand {
            lifecycle.post_start = handler;
        } else {
            lifecycle.pre_stop = handler;
        }
    }
}

/// Returns the command of a handler. `user` and `privileged` of a hook have no equivalent and are reported by the key
/// table.
fn handler_command(service: &Service, hooks: &[Hook], key: Key, pod: &mut PodBuilder) -> Option<Vec<String>> {
    if let [Hook { command, outside_words, .. }] = hooks
        && !needs_script(hooks)
    {
        return Some(command_with_values(service, key, &command.value, outside_words, command.span, pod));
    }
    let mut references = References::new(&service.process.environment);
    let mut lines = Vec::new();
    for Hook { command, outside_words, image: _, user: _, working_dir, environment, privileged: _ } in hooks {
        let mut words: Vec<String> = Vec::new();
        if !environment.is_empty() {
            words.push("env".to_owned());
        }
        for Variable { name, value, outside } in environment {
            let Some(value) = value else { continue };
            let start = format!("{}=", name.value);
            words.push(match outside.as_deref() {
                Some(_) => format!("{start}{}", references.shell_word(&value.value, outside.as_deref(), pod)),
                None => shell_quote(&format!("{start}{}", value.value)),
            });
        }
        if can_insert_values(&command.value, outside_words, true) {
            words.push(shell_line(&command.value, outside_words, &mut references, pod));
        } else {
            report_values_that_stay(service, key, outside_words, command.span, pod);
            words.extend(command.value.iter().map(|word| shell_quote(word)));
        }
        let line = words.join(" ");
        lines
            .push(working_dir.as_ref().map_or(line.clone(), |at| format!("(cd {} && {line})", shell_quote(&at.value))));
    }
    references.add_to(&mut pod.container.env);
    (!lines.is_empty()).then(|| vec!["/bin/sh".to_owned(), "-ec".to_owned(), lines.join("\n")])
}

/// Adds an init container for each `pre_start` hook. They run in sequence, with the environment and mounts of the
/// service. Image, user and working directory are those of the hook or the image.
pub(crate) fn add_pre_start_containers(service: &Service, pod: &mut PodBuilder) {
    for (index, hook) in service.process.pre_start.iter().enumerate() {
        let Hook { command, outside_words, image, user, working_dir, environment, privileged } = hook;
        // The hook's own variables take precedence over those of the service.
        let is_own = |name: &str| environment.iter().any(|variable| variable.name.value == name);
        let inherited = service.process.environment.iter().filter(|variable| !is_own(&variable.name.value));
        let mut references = References::new(inherited.chain(environment));
        let key = Key::PreStartCommand;
        let arguments = words_with_references(service, key, command, outside_words, &mut references, pod);
        let mut container = Container {
            name: if pod.has_owner() {
                format!("{}-pre-start-{}", pod.container.name, index + 1)
            } else {
                format!("pre-start-{}", index + 1)
            },
            image: image.as_ref().map_or_else(|| pod.container.image.clone(), |image| Some(image.value.clone())),
            image_pull_policy: Some(pod.context.target.image_pull_policy().to_owned()),
            args: (!arguments.is_empty()).then_some(arguments),
            working_dir: working_dir.as_ref().map(|directory| directory.value.clone()),
            env: variables_of_compose_file(&pod.container),
            volume_mounts: pod.container.volume_mounts.clone(),
            ..Container::default()
        };
        let prefix = format!("pre-start-{}.", index + 1);
        for variable in env_vars(service, environment, &prefix, pod).into_iter().flatten() {
            let all = container.env.get_or_insert_with(Vec::new);
            match all.iter_mut().find(|known| known.name == variable.name) {
                Some(known) => *known = variable,
                None => all.push(variable),
            }
        }
        references.add_to(&mut container.env);
        users::run_hook_as_user(service, user.as_ref(), *privileged, &mut container, pod.findings);
        pod.add_init_container(
            container,
            "pre_start. It runs to its end before the service's own container.".to_owned(),
        );
    }
}

/// Returns the variables of a container without those that exist only because a command refers to their value.
fn variables_of_compose_file(container: &Container) -> Option<Vec<EnvVar>> {
    let all = container.env.iter().flatten().filter(|variable| !variable.name.starts_with(REFERENCE_PREFIX));
    Some(all.cloned().collect::<Vec<_>>()).filter(|variables| !variables.is_empty())
}
