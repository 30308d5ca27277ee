//! The facts of one service on each side, of all topics.

use super::acceptance::accepted;
use super::context::{Occasion, Said, Shown};
use super::facts::{Fact, Kind, Weight};
use super::networks::reachability::Reachability;
use super::{health, networks, order, process, volumes};

/// Returns the facts that the Compose side states. Facts whose loss the overrides accept become optional.
pub(crate) fn expected(said: Said) -> Vec<Fact> {
    let mut facts = process::expected(said);
    facts.extend(networks::expected(said));
    facts.extend(volumes::expected(said));
    facts.extend(order::expected(said));
    facts.extend(health::expected(said));
    for fact in &mut facts {
        fact.service = said.service.name.value.as_str().into();
        if accepted(said, fact.kind) {
            fact.weight = Weight::Optional;
        }
    }
    facts
}

/// Returns the facts that the manifests state for a container.
pub(crate) fn observed(shown: Shown, reachability: &Reachability) -> Vec<Fact> {
    let sides = shown.workload.sides(shown.container);
    let mut facts = process::observed(shown, &sides.process);
    facts.extend(networks::observed(shown, &sides.networks, reachability));
    facts.extend(volumes::observed(shown, &sides.volumes));
    facts.extend(order::observed(shown, &sides.order));
    facts.extend(health::observed(shown, &sides.health));
    facts
}

/// Makes the names and ports of a run optional: clients reach the service through its workload, not through the pod of a
/// run.
pub(crate) fn names_are_optional_for_runs(occasion: Occasion, observed: &mut [Fact]) {
    if occasion == Occasion::Up {
        return;
    }
    let reached = |kind| matches!(kind, Kind::Name | Kind::NameUnready | Kind::NameOpen | Kind::Port);
    for fact in observed.iter_mut().filter(|fact| reached(fact.kind)) {
        fact.weight = Weight::Optional;
    }
}
