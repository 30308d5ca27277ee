//! Ports that are there on both sides under different numbers: one cause, and so one finding.

use crate::check::facts::{Fact, Kind, Weight};
use crate::check::problem::Problem;

/// Claims of either side that differ in the port's number alone: they lead to the same port of the same service. A claim
/// that the other side makes too, or that counts only there, is not one of them.
pub(super) fn moved<'a>(expected: &'a [Fact], observed: &'a [Fact]) -> Vec<(&'a Fact, &'a Fact)> {
    let alone = |fact: &Fact, others: &[Fact]| {
        matches!(fact.kind, Kind::Port | Kind::Published)
            && fact.weight == Weight::Required
            && !others.iter().any(|other| other.is_about_the_same(fact))
    };
    let mut pairs: Vec<(&Fact, &Fact)> = Vec::new();
    for one in expected.iter().filter(|one| alone(one, observed)) {
        let same = |other: &&Fact| {
            let leads = leads(one);
            leads.is_some() && leads == self::leads(other) && other.kind == one.kind
        };
        let free = |other: &&Fact| !pairs.iter().any(|(_, taken)| std::ptr::eq(*taken, *other));
        if let Some(other) = observed.iter().filter(|other| alone(other, expected)).find(|it| same(it) && free(it)) {
            pairs.push((one, other));
        }
    }
    pairs
}

/// From which name, by which protocol, to which port of the service.
fn leads(fact: &Fact) -> Option<(&str, &str, &str)> {
    let (front, protocol) = fact.subject.rsplit_once('/')?;
    if fact.kind == Kind::Port {
        return Some((front.rsplit_once(':')?.0, protocol, &fact.value));
    }
    // `the node alone, to 80`: a port that does not reach the host is another matter.
    let (listen, to) = fact.value.split_once(" to ")?;
    (!listen.contains(' ')).then_some(("", protocol, to))
}

/// What is told of such a pair.
pub(super) fn problem(one: &Fact, other: &Fact) -> Problem {
    let number = |fact: &Fact| {
        let front = fact.subject.rsplit_once('/').map_or(fact.subject.as_str(), |(front, _)| front);
        match fact.value.split_once(" to ") {
            Some((listen, _)) => format!("`{listen}:{front}`"),
            None => format!("`{}`", front.rsplit_once(':').map_or(front, |(_, port)| port)),
        }
    };
    let (name, protocol, target) = leads(one).unwrap_or_default();
    let subject = if one.kind == Kind::Port {
        format!("the {protocol} port of the name `{name}` that leads to port `{target}` of `{}`", one.service)
    } else {
        format!("the host's {protocol} port that leads to port `{target}` of `{}`", one.service)
    };
    Problem::Differs {
        subject,
        verb: "is",
        expected: number(one),
        observed: number(other),
        at: one.span,
        there: other.span,
        act: None,
    }
}
