//! Part of topic *health*: how often, how long and how many times is asked differs as one thing, and so it is one finding.

use crate::check::acceptance::Findings;
use crate::check::facts::{Fact, Kind};
use crate::check::problem::{Problem, codes};

/// Tells of claims that differ; of several numbers of one health check at once.
pub(super) fn folded(told: Vec<(&Fact, &Fact, Problem)>, findings: &mut Findings<'_>) {
    let mut numbers: Vec<(&Fact, &Fact, Problem)> = Vec::new();
    for (fact, other, problem) in told {
        let number = matches!(fact.kind, Kind::ProbeInterval | Kind::ProbeTimeout | Kind::ProbeRetries);
        if !number || !matches!(problem, Problem::Differs { .. }) {
            findings.add_about_fact(fact, problem);
        } else if !findings.accepts(codes::differs, &fact.service, Some(fact.kind), &fact.subject) {
            numbers.push((fact, other, problem));
        }
    }
    let Some((first, _, _)) = numbers.first() else { return };
    if numbers.len() == 1 {
        for (fact, _, problem) in numbers {
            findings.add_about_fact(fact, problem);
        }
        return;
    }
    let words = |facts: &mut dyn Iterator<Item = &&Fact>| facts.map(|fact| phrase(fact)).collect::<Vec<_>>().join(", ");
    let problem = Problem::Differs {
        subject: format!("the patience of the health check of `{}`", first.service),
        verb: "is",
        expected: words(&mut numbers.iter().map(|(fact, _, _)| fact)),
        observed: words(&mut numbers.iter().map(|(_, other, _)| other)),
        at: first.span,
        there: numbers.first().map_or(first.span, |(_, other, _)| other.span),
        act: None,
    };
    findings.report.add(problem);
}

fn phrase(fact: &Fact) -> String {
    let value = &fact.value;
    if fact.kind == Kind::ProbeTimeout {
        format!("`{value}` s to answer")
    } else if fact.kind == Kind::ProbeRetries {
        format!("`{value}` failures")
    } else {
        format!("every `{value}` s")
    }
}
