//! `pre_start` → init containers; `post_start` and `pre_stop` → lifecycle handlers.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#post_start>

use k8s_openapi::api::core::v1::{Container, ExecAction, Lifecycle, LifecycleHandler};

use super::environment::{env_vars, escape_dollars};
use super::users;
use crate::lower::pod::builder::PodBuilder;
use crate::resolve::Service;
use crate::resolve::process::Hook;
use crate::words::shell_quote;

/// Adds lifecycle handlers. Kubernetes has one handler of each kind, so several commands become a shell script that
/// stops at the first failure.
pub(crate) fn add_lifecycle_hooks(post_start: &[Hook], pre_stop: &[Hook], container: &mut Container) {
    for (hooks, is_start) in [(post_start, true), (pre_stop, false)] {
        let Some(command) = handler_command(hooks) else { continue };
        let handler =
            Some(LifecycleHandler { exec: Some(ExecAction { command: Some(command) }), ..LifecycleHandler::default() });
        let lifecycle = container.lifecycle.get_or_insert_with(Lifecycle::default);
        if is_start {
            lifecycle.post_start = handler;
        } else {
            lifecycle.pre_stop = handler;
        }
    }
}

/// Returns the command of a handler. `user` and `privileged` of a hook have no equivalent and are reported by the key
/// table.
fn handler_command(hooks: &[Hook]) -> Option<Vec<String>> {
    if let [Hook { command, image: _, user: _, working_dir: None, environment, privileged: _ }] = hooks
        && environment.is_empty()
    {
        return Some(command.value.clone());
    }
    let lines: Vec<String> = hooks
        .iter()
        .map(|Hook { command, image: _, user: _, working_dir, environment, privileged: _ }| {
            let mut words: Vec<String> = Vec::new();
            if !environment.is_empty() {
                words.push("env".to_owned());
                for variable in environment {
                    if let Some(value) = &variable.value {
                        words.push(shell_quote(&format!("{}={}", variable.name.value, value.value)));
                    }
                }
            }
            words.extend(command.value.iter().map(|word| shell_quote(word)));
            let line = words.join(" ");
            working_dir.as_ref().map_or(line.clone(), |at| format!("(cd {} && {line})", shell_quote(&at.value)))
        })
        .collect();
    (!lines.is_empty()).then(|| vec!["/bin/sh".to_owned(), "-ec".to_owned(), lines.join("\n")])
}

/// Adds an init container for each `pre_start` hook. They run in sequence, with the environment and mounts of the
/// service. Image, user and working directory are those of the hook or the image.
pub(crate) fn add_pre_start_containers(service: &Service, pod: &mut PodBuilder) {
    for (index, hook) in service.process.pre_start.iter().enumerate() {
        let Hook { command, image, user, working_dir, environment, privileged } = hook;
        let mut container = Container {
            name: if pod.has_owner() {
                format!("{}-pre-start-{}", pod.container.name, index + 1)
            } else {
                format!("pre-start-{}", index + 1)
            },
            image: image.as_ref().map_or_else(|| pod.container.image.clone(), |image| Some(image.value.clone())),
            image_pull_policy: Some(pod.context.target.image_pull_policy().to_owned()),
            args: (!command.value.is_empty())
                .then(|| command.value.iter().map(|word| escape_dollars(word)).collect::<Vec<_>>()),
            working_dir: working_dir.as_ref().map(|directory| directory.value.clone()),
            env: pod.container.env.clone(),
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
        users::run_hook_as_user(service, user.as_ref(), *privileged, &mut container, pod.findings);
        pod.add_init_container(
            container,
            "pre_start. It runs to its end before the service's own container.".to_owned(),
        );
    }
}
