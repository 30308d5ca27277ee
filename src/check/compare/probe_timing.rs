//! Part of topic *health*: the interval, the timeout and the number of failures of a health check differ in one finding.

use crate::check::acceptance::{FindingReport, Sides};
use crate::check::facts::{Fact, Kind};
use crate::check::problem::{Problem, codes};
use crate::report::Finding;

/// Reports facts that differ. Several numbers of one health check are one finding.
pub(super) fn add_differences(differences: Vec<(&Fact, &Fact, Problem)>, findings: &mut FindingReport<'_>) {
    let mut numbers: Vec<(&Fact, &Fact, Problem)> = Vec::new();
    for (fact, other, problem) in differences {
        let is_number = matches!(fact.kind, Kind::ProbeInterval | Kind::ProbeTimeout | Kind::ProbeRetries);
        if !is_number || !matches!(problem, Problem::Differs { .. }) {
            findings.add(Sides::Both(fact, other), problem);
        } else if !findings.accepts(codes::differs, &fact.service, Some(fact)) {
            numbers.push((fact, other, problem));
        }
    }
    let Some((first, first_other, _)) = numbers.first() else { return };
    if numbers.len() == 1 {
        for (fact, other, problem) in numbers {
            findings.add(Sides::Both(fact, other), problem);
        }
        return;
    }
    let phrases = |facts: &mut dyn Iterator<Item = &Fact>| facts.map(phrase).collect::<Vec<_>>().join(", ");
    let expected = phrases(&mut numbers.iter().map(|(fact, _, _)| *fact));
    let observed = phrases(&mut numbers.iter().map(|(_, other, _)| *other));
    let finding = Finding {
        service: Some(first.service.to_string()),
        expected: Some(expected.clone()),
        observed: Some(observed.clone()),
        ..Finding::default()
    };
    let problem = Problem::Differs {
        subject: format!("the patience of the health check of `{}`", first.service),
        verb: "is",
        expected,
        observed,
        at: first.span,
        there: first_other.span,
        act: None,
    };
    findings.report.add_finding(problem, finding);
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
