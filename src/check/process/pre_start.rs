//! `pre_start`: commands that run to completion before a service, one after the other, each in a container of its own with
//! the service's variables and mounts. <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#pre_start>

use compact_str::format_compact;

use super::image::{expected_image, expected_variable};
use super::security;
use crate::check::context::environment::values_of_variables;
use crate::check::context::{ExpectedContext, ObservedContext};
use crate::check::facts::{Fact, Kind, Setting, Value, Weight};
use crate::check::manifests::pod::variables::expand_variables;
use crate::parse::Text;
use crate::resolve::outside::redacted_words;
use crate::resolve::process::Hook;

/// A command that runs before the service.
#[derive(Debug)]
pub(crate) struct PreStartCommand {
    /// The fact that there is such a command.
    pub(crate) before: Fact,
    /// The facts about its container.
    pub(crate) facts: Vec<Fact>,
}

/// Kinds of facts that init containers establish for the whole pod.
pub(crate) const POD_WIDE: &[Kind] =
    &[Kind::WaitsFor, Kind::Address, Kind::VolumeOwner, Kind::VolumeEmptied, Kind::FirstContent];

/// Returns the commands of the Compose file. `volume_facts` returns the facts of the service's mounts.
pub(crate) fn expected(
    context: ExpectedContext,
    volume_facts: fn(ExpectedContext) -> Vec<Fact>,
) -> Vec<PreStartCommand> {
    let hooks = context.service.process.pre_start.iter().enumerate();
    hooks.map(|(index, hook)| expected_command(context, &command_name(index), hook, volume_facts)).collect()
}

fn expected_command(
    context: ExpectedContext,
    name: &str,
    hook: &Hook,
    volume_facts: fn(ExpectedContext) -> Vec<Fact>,
) -> PreStartCommand {
    let Hook { command, outside_words, image, user, working_dir, environment, privileged } = hook;
    let service = &context.service.process;
    let span = command.span;
    let has_outside_values = !outside_words.is_empty();
    let mut facts = Vec::new();
    facts.push(match image {
        Some(image) => Fact::required(Kind::Image, "", &image.value, image.span),
        None => expected_image(context, &service.image),
    });
    facts.push(Fact::defaulted(Kind::Pull, "", Setting::WhenAbsent, span));
    if !command.value.is_empty() {
        let shown = Value::arguments(redacted_words(&command.value, outside_words));
        let fact = Fact::required(Kind::Argv, "", Value::arguments(&command.value), span);
        facts.push(fact.with_hidden(has_outside_values.then_some(shown)));
    }
    // The command's own variables take precedence over those of the service.
    let is_own = |name: &str| environment.iter().any(|variable| variable.name.value == name);
    let inherited = service.environment.iter().filter(|variable| !is_own(&variable.name.value));
    facts.extend(inherited.chain(environment).map(expected_variable));
    if let Some(directory) = working_dir {
        facts.push(Fact::required(Kind::WorkingDirectory, "", &directory.value, directory.span));
    }
    facts.extend(security::expected_user(user.as_ref()));
    if *privileged {
        facts.push(Fact::required(Kind::Privileged, "", true, span));
    }
    facts.extend(security::default_seccomp(*privileged, span));
    facts.extend(volume_facts(context).into_iter().filter(|fact| is_about_mounts(fact.kind)));
    if context.accepts_loss_of(&["pre_start[].user"]) {
        facts.iter_mut().filter(|fact| fact.kind == Kind::User).for_each(|fact| fact.weight = Weight::Optional);
    }
    let shown = Value::argv(redacted_words(&command.value, outside_words));
    let before = Fact::required(Kind::Before, name, Value::argv(&command.value), span);
    PreStartCommand { before: before.with_hidden(has_outside_values.then_some(shown)), facts }
}

fn is_about_mounts(kind: Kind) -> bool {
    matches!(kind, Kind::Mount | Kind::MountMode | Kind::HostType)
}

/// Whether facts of this kind are compared for a command: those of its own container, not those of the pod.
fn is_about_command(kind: Kind) -> bool {
    is_about_mounts(kind)
        || POD_WIDE.contains(&kind)
        || matches!(
            kind,
            Kind::Image
                | Kind::Pull
                | Kind::Argv
                | Kind::Variable
                | Kind::WorkingDirectory
                | Kind::User
                | Kind::Terminal
                | Kind::Stdin
                | Kind::Privileged
                | Kind::ReadOnlyRoot
                | Kind::Capability
                | Kind::Security
                | Kind::Limit
                | Kind::Reservation
                | Kind::Device
        )
}

/// Returns the init containers that run such commands: those that generated manifests mark, those whose script is not
/// understood, and those with the arguments of an expected command. `facts_of` returns the facts of a container.
pub(crate) fn observed(
    context: ObservedContext,
    expected: &[PreStartCommand],
    facts_of: impl Fn(ObservedContext) -> Vec<Fact>,
) -> Vec<PreStartCommand> {
    let mut commands = Vec::new();
    for init in context.workload.init_containers(context.preceding) {
        let name = &init.container.name;
        let own = ObservedContext { container: init.container, at: init.at, preceding: init.index, ..context };
        let written: Vec<&String> = init.container.command.iter().chain(&init.container.args).flatten().collect();
        let values = values_of_variables(own);
        let words: Vec<String> = written.iter().map(|word| expand_variables(word, &values)).collect();
        let has_references = words.iter().zip(&written).any(|(word, written)| word != *written);
        let shown = has_references.then(|| Value::argv(written));
        let arguments = Value::argv(words);
        let is_command = context.workload.is_pre_start(name)
            || init.actions.is_none()
            || expected.iter().any(|command| command.before.value == arguments);
        if !is_command || !belongs_to_container(context, name) {
            continue;
        }
        let mut facts = facts_of(own);
        facts.retain(|fact| is_about_command(fact.kind));
        let before = Fact::required(Kind::Before, name, arguments, init.span()).with_hidden(shown);
        commands.push(PreStartCommand { before, facts });
    }
    commands
}

/// Whether an init container belongs to the context's container. In a pod of several services, generated names of init
/// containers begin with the name of the container, except for the pod's owner.
fn belongs_to_container(context: ObservedContext, name: &str) -> bool {
    let containers = &context.workload.spec.containers;
    let prefix = name.split_once("-pre-start-").map(|(prefix, _)| prefix);
    let member = prefix.filter(|prefix| containers.iter().skip(1).any(|container| container.name == *prefix));
    match context.pod_owner {
        Some(_) => member == Some(context.container.name.as_str()),
        None => member.is_none(),
    }
}

/// Returns the commands as facts to print. Facts about a command carry the names of the service and of the command.
pub(crate) fn into_facts(service: &str, commands: Vec<PreStartCommand>) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (index, PreStartCommand { before, facts: own }) in commands.into_iter().enumerate() {
        let own = own.into_iter().filter(|fact| !POD_WIDE.contains(&fact.kind));
        facts.extend(own.map(|fact| fact.of_pre_start(service, index)));
        facts.push(Fact { service: service.into(), subject: command_name(index).into(), ..before });
    }
    facts
}

/// Returns the name of the command at a position.
fn command_name(index: usize) -> Text {
    format_compact!("pre-start-{}", index + 1)
}
