//! Topic *process*: the command of a container.

use crate::check::context::{ExpectedContext, ServiceRole};
use crate::check::facts::{Fact, Kind, Value};
use crate::resolve::outside::{OutsideWords, redacted_words};
use crate::resolve::process::Words;

/// The main process of a declared run's pod until its command is given.
const IDLE: &str = "trap \"exit 0\" TERM INT HUP; while :; do sleep 86400 & wait; done";

/// Returns the fact for the command. Values from outside the Compose files in it are not shown.
pub(super) fn expected(
    context: ExpectedContext,
    entrypoint: &Words,
    command: &Words,
    outside: &[OutsideWords; 2],
) -> Option<Fact> {
    argv(context, entrypoint, command).map(|fact| hide_outside_values(fact, entrypoint, command, outside))
}

/// Returns the fact for the command. `entrypoint` discards the image's CMD in Docker, and so does `command` in
/// Kubernetes.
fn argv(context: ExpectedContext, entrypoint: &Words, command: &Words) -> Option<Fact> {
    if context.role == ServiceRole::DeclaredRun {
        let idle = ["/bin/sh", "-c", IDLE].map(str::to_owned);
        return Some(Fact::required(Kind::Argv, "", Value::argv(idle), context.fallback_span()));
    }
    match (entrypoint, command) {
        (Words::Image | Words::Cleared(_), Words::Image | Words::Cleared(_)) => None,
        (Words::Image, Words::Given(command)) => {
            Some(Fact::required(Kind::Argv, "", Value::arguments(&command.value), command.span))
        }
        (Words::Cleared(_), Words::Given(command)) => {
            Some(Fact::required(Kind::Argv, "", Value::argv(&command.value), command.span))
        }
        (Words::Given(entrypoint), Words::Image | Words::Cleared(_)) => {
            Some(Fact::required(Kind::Argv, "", Value::argv(&entrypoint.value), entrypoint.span))
        }
        (Words::Given(entrypoint), Words::Given(command)) => {
            let argv = Value::argv(entrypoint.value.iter().chain(&command.value));
            Some(Fact::required(Kind::Argv, "", argv, entrypoint.span.to(command.span)))
        }
    }
}

/// Hides the values from outside the Compose files in a command.
fn hide_outside_values(fact: Fact, entrypoint: &Words, command: &Words, outside: &[OutsideWords; 2]) -> Fact {
    if outside.iter().all(OutsideWords::is_empty) {
        return fact;
    }
    let mut shown = Vec::new();
    for (words, outside) in [entrypoint, command].into_iter().zip(outside) {
        if let Words::Given(words) = words {
            shown.extend(redacted_words(&words.value, outside));
        }
    }
    Fact { hidden: Some(Value::argv(shown).rendered().into_owned()), ..fact }
}
