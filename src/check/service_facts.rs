//! The facts of one service on each side, of all topics.

use super::acceptance::accepts_loss_of_fact;
use super::context::{ExpectedContext, ObservedContext, ServiceRole};
use super::facts::{Fact, Kind, Weight};
use super::networks::reachability::Reachability;
use super::{health, networks, order, process, volumes};

/// Returns the facts that the Compose side states. Facts whose loss the overrides accept become optional.
pub(crate) fn expected(context: ExpectedContext) -> Vec<Fact> {
    let mut facts = process::expected(context);
    facts.extend(networks::expected(context));
    facts.extend(volumes::expected(context));
    facts.extend(order::expected(context));
    facts.extend(health::expected(context));
    for fact in &mut facts {
        fact.service = context.service.name.value.as_str().into();
        if accepts_loss_of_fact(context, fact) {
            fact.weight = Weight::Optional;
        }
    }
    facts
}

/// Returns the facts that the manifests state for a container.
pub(crate) fn observed(context: ObservedContext, reachability: &Reachability) -> Vec<Fact> {
    let fields = context.workload.fields(context.container);
    let mut facts = process::observed(context, &fields.process);
    facts.extend(networks::observed(context, &fields.networks, reachability));
    facts.extend(volumes::observed(context, &fields.volumes));
    facts.extend(order::observed(context, &fields.order));
    facts.extend(health::observed(context, &fields.health));
    facts
}

/// Makes the names and ports of a run optional: clients reach the service through its workload, not through the pod of a
/// run.
pub(crate) fn names_are_optional_for_runs(role: ServiceRole, observed: &mut [Fact]) {
    if role == ServiceRole::Service {
        return;
    }
    let reached = |kind| matches!(kind, Kind::Name | Kind::NameUnready | Kind::NameOpen | Kind::Port);
    for fact in observed.iter_mut().filter(|fact| reached(fact.kind)) {
        fact.weight = Weight::Optional;
    }
}
