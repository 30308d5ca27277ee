//! Part of topic *process*: `pre_start`, commands that run to their end before a service, one after the other, each in a
//! container of its own with the service's variables and mounts.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#pre_start>

use compact_str::format_compact;

use super::security;
use super::{said_image, said_variable};
use crate::check::acceptance::{Findings, accepts};
use crate::check::compare::{CompareOptions, compare};
use crate::check::context::{Said, Shown};
use crate::check::facts::{Fact, Kind, Weight, words};
use crate::check::manifests::init_script::Preparation;
use crate::check::manifests::pod::variables::expanded;
use crate::check::volumes;
use crate::parse::Text;
use crate::resolve::process::{Hook, Variable};

/// One command before the start.
#[derive(Debug)]
pub(crate) struct Step {
    /// That there is such a command.
    before: Fact,
    /// What is said of it.
    facts: Vec<Fact>,
}

/// What others have made for the whole pod by then: a step must find it too.
const FOUND: &[Kind] = &[Kind::WaitsFor, Kind::Address, Kind::VolumeOwner, Kind::VolumeEmptied];

/// What the Compose file says.
pub(crate) fn said(said: Said) -> Vec<Step> {
    let service = said.service;
    let steps = service.process.pre_start.iter().enumerate();
    steps.map(|(index, hook)| step(said, &name_of(index), hook)).collect()
}

fn step(said: Said, name: &str, hook: &Hook) -> Step {
    let Hook { command, image, user, working_dir, environment, privileged } = hook;
    let service = &said.service.process;
    let span = command.span;
    let mut facts = Vec::new();
    facts.push(match image {
        Some(image) => Fact::required(Kind::Image, "", &image.value, image.span),
        None => said_image(said, &service.image),
    });
    facts.push(Fact::defaulted(Kind::Pull, "", "when absent", span));
    if !command.value.is_empty() {
        let list: Vec<String> = std::iter::once("…".to_owned()).chain(command.value.iter().cloned()).collect();
        facts.push(Fact::required(Kind::Argv, "", words(&list), span));
    }
    // Its own variables come after the service's, and win.
    let own = |name: &str| environment.iter().any(|variable| variable.name.value == name);
    let inherited = service.environment.iter().filter(|Variable { name, value: _ }| !own(&name.value));
    facts.extend(inherited.chain(environment).map(said_variable));
    if let Some(directory) = working_dir {
        facts.push(Fact::required(Kind::WorkingDirectory, "", &directory.value, directory.span));
    }
    facts.extend(security::said_user_of(user.as_ref()));
    if *privileged {
        facts.push(Fact::required(Kind::Privileged, "", "yes", span));
    }
    facts.extend(security::unfiltered(*privileged, span));
    facts.extend(volumes::expected(said).into_iter().filter(|fact| of_a_mount(fact.kind)));
    if accepts(said, &["pre_start[].user"]) {
        facts.iter_mut().filter(|fact| fact.kind == Kind::User).for_each(|fact| fact.weight = Weight::Optional);
    }
    Step { before: Fact::required(Kind::Before, name, words(&command.value), span), facts }
}

fn of_a_mount(kind: Kind) -> bool {
    matches!(kind, Kind::Mount | Kind::MountMode | Kind::HostType)
}

/// What is compared of a container that runs before another: what is its own, not what the pod has.
fn of_a_step(kind: Kind) -> bool {
    of_a_mount(kind)
        || FOUND.contains(&kind)
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

/// What the manifests say: init containers of no known purpose, and those whose words are a step's. The kit puts the name
/// of a container before those of its own, where a pod has several.
pub(crate) fn shown(shown: Shown, wanted: &[Step], facts_of: impl Fn(Shown) -> Vec<Fact>) -> Vec<Step> {
    let mut steps = Vec::new();
    for preparation in shown.workload.init_containers(shown.preceding) {
        let name = &preparation.container.name;
        let command = words_of(&preparation);
        let listed = words(&command);
        let is_step = shown.workload.is_pre_start(name)
            || preparation.acts.is_none()
            || wanted.iter().any(|step| step.before.value == listed);
        if !is_step || !is_own(shown, name) {
            continue;
        }
        let of_it =
            Shown { container: preparation.container, at: preparation.at, preceding: preparation.index, ..shown };
        let mut facts = facts_of(of_it);
        facts.retain(|fact| of_a_step(fact.kind));
        steps.push(Step { before: Fact::required(Kind::Before, name, listed, preparation.span()), facts });
    }
    steps
}

fn is_own(shown: Shown, name: &str) -> bool {
    let containers = &shown.workload.spec.containers;
    let guest = name.split_once("-pre-start-").map(|(guest, _)| guest);
    let guest = guest.filter(|guest| containers.iter().skip(1).any(|container| container.name == *guest));
    match shown.home {
        Some(_) => guest == Some(shown.container.name.as_str()),
        None => guest.is_none(),
    }
}

fn words_of(preparation: &Preparation<'_>) -> Vec<String> {
    let container = preparation.container;
    let all = container.command.iter().chain(&container.args).flatten();
    all.map(|word| expanded(word, &std::collections::BTreeMap::new())).collect()
}

/// The steps as facts for people's eyes: each step's own go by the service's name and its own.
pub(crate) fn listed(service: &str, steps: Vec<Step>) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (index, Step { before, facts: of_it }) in steps.into_iter().enumerate() {
        let step = name_of(index);
        let of_it = of_it.into_iter().filter(|fact| !FOUND.contains(&fact.kind));
        facts.extend(of_it.map(|fact| Fact { service: format_compact!("{service}, {step}"), ..fact }));
        facts.push(Fact { service: service.into(), subject: step, ..before });
    }
    facts
}

fn name_of(index: usize) -> Text {
    format_compact!("pre-start-{}", index + 1)
}

/// Compares the steps that stand for each other; those that stand alone join the facts of the service itself.
pub(crate) fn compared(
    (said, shown): (Vec<Step>, Vec<Step>),
    (expected, observed): (&mut Vec<Fact>, &mut Vec<Fact>),
    service: &str,
    options: CompareOptions,
    findings: &mut Findings<'_>,
) {
    let pairs = paired(&said, &shown, options.strict);
    let mut shown: Vec<Option<Step>> = shown.into_iter().map(Some).collect();
    for (index, Step { before, facts: mut own }) in said.into_iter().enumerate() {
        let theirs = pairs.iter().find(|(one, _)| *one == index).and_then(|(_, other)| shown.get_mut(*other)?.take());
        let Some(Step { before: _, facts: mut theirs }) = theirs else {
            expected.push(Fact { service: service.into(), ..before });
            continue;
        };
        // Whatever the pod has by then of what the service asks for, the step must find too.
        let is = |one: &Fact, other: &Fact| one.is_about_the_same(other);
        let found = expected.iter().filter(|fact| FOUND.contains(&fact.kind));
        own.extend(found.filter(|fact| observed.iter().any(|other| is(fact, other))).map(|fact| fact.clone().or("*")));
        theirs.retain(|fact| !FOUND.contains(&fact.kind) || own.iter().any(|other| is(fact, other)));
        for fact in own.iter_mut().chain(&mut theirs) {
            fact.service = format_compact!("{service}, {}", name_of(index));
        }
        compare(own, theirs, options, findings);
    }
    observed.extend(shown.into_iter().flatten().map(|step| Fact { service: service.into(), ..step.before }));
}

/// Which step stands for which: in a kit the first for the first, and so on; of other people's, and where one is missing,
/// those with the same words, in the same order.
fn paired(said: &[Step], shown: &[Step], strict: bool) -> Vec<(usize, usize)> {
    if strict && said.len() == shown.len() {
        return (0..said.len()).map(|index| (index, index)).collect();
    }
    let mut pairs = Vec::new();
    let mut from = 0;
    for (index, step) in said.iter().enumerate() {
        let mut rest = shown.iter().enumerate().skip(from);
        if let Some((at, _)) = rest.find(|(_, other)| other.before.value == step.before.value) {
            pairs.push((index, at));
            from = at + 1;
        }
    }
    pairs
}
