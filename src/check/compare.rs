//! Two sets of facts held against each other.
//!
//! Invariant: every finding of a missing or different fact has its place in the Compose project, every one of a surplus
//! fact in a manifest; where the other side has an object at all, its place is shown too.

use super::facts::{Fact, Force, Kind};
use super::problem::Problem;
use crate::report::Report;
use crate::text::Span;

/// How two sets are held against each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// The manifests claim to be this program's: defaults count.
    pub(super) strict: bool,
    /// The nearest places on either side.
    pub(super) compose: Option<Span>,
    pub(super) manifest: Option<Span>,
}

/// Reports what is missing, surplus, different or unknown.
pub(super) fn compare(expected: &[Fact], observed: &[Fact], measure: Measure, report: &mut Report) {
    let counts = |force: Force| force == Force::Must || (force == Force::Default && measure.strict);
    for fact in expected {
        let mut others = observed.iter().filter(|other| (other.kind, &other.of) == (fact.kind, &fact.of)).peekable();
        if others.peek().is_none() {
            if counts(fact.force) {
                missing(fact, observed, measure, report);
            }
            continue;
        }
        for other in others {
            differing(fact, other, measure, report);
        }
    }
    for fact in observed {
        let known = expected.iter().any(|other| (other.kind, &other.of) == (fact.kind, &fact.of));
        if known || !counts(fact.force) {
            continue;
        }
        let (sentence, at, near) = (fact.sentence(), fact.span, measure.compose);
        let why = match &fact.unclear {
            Some(why) => Some(why.clone()),
            None if fact.kind.image_may_say() => Some("since it leaves that to the image".to_owned()),
            None => None,
        };
        report.add(match why {
            Some(why) => Problem::Unknown { sentence, why, at, near },
            None => Problem::Surplus { sentence, at, near },
        });
    }
}

fn missing(fact: &Fact, observed: &[Fact], measure: Measure, report: &mut Report) {
    if fact.kind == Kind::Port {
        let name = fact.of.split(':').next().unwrap_or_default();
        let named = observed.iter().any(|other| other.kind == Kind::Name && other.of == name);
        let all = observed.iter().any(|other| other.kind == Kind::NameOpen && other.of == name && other.value == "yes");
        // Of a name that is missing altogether one finding is enough, and a headless name shows every port, listed or not.
        if !named || (all && !measure.strict) {
            return;
        }
    }
    if matches!(fact.kind, Kind::NameUnready | Kind::NameOpen) {
        return;
    }
    // A user by name: the translator says that it cannot say it, and somebody else's manifest may not mean it.
    if let (Kind::User, Some(why)) = (fact.kind, &fact.unclear) {
        if !measure.strict {
            let (sentence, why) = (fact.sentence(), why.clone());
            report.add(Problem::Unknown { sentence, why, at: fact.span, near: measure.manifest });
        }
        return;
    }
    let from_elsewhere =
        observed.iter().find(|other| other.kind == Kind::Variable && fact.kind == Kind::Variable && other.of == "*");
    if let Some(Fact { unclear: Some(why), .. }) = from_elsewhere {
        let (sentence, why) = (fact.sentence(), why.clone());
        report.add(Problem::Unknown { sentence, why, at: fact.span, near: measure.manifest });
        return;
    }
    report.add(Problem::Missing { sentence: fact.sentence(), at: fact.span, near: measure.manifest });
}

fn differing(fact: &Fact, other: &Fact, measure: Measure, report: &mut Report) {
    let same = |value: &str| same(fact.kind, value, &other.value);
    if same(&fact.value) || fact.also.iter().any(|also| also == "*" || same(also)) {
        return;
    }
    if fact.force == Force::Default && other.force == Force::Default && !measure.strict {
        return;
    }
    let unclear = other.unclear.as_ref().or(fact.unclear.as_ref().filter(|_| !measure.strict));
    report.add(match unclear {
        Some(why) => {
            Problem::Unknown { sentence: other.sentence(), why: why.clone(), at: other.span, near: Some(fact.span) }
        }
        None => Problem::Differs {
            subject: fact.subject(),
            expected: fact.value.clone(),
            observed: other.value.clone(),
            at: fact.span,
            there: other.span,
        },
    });
}

fn same(kind: Kind, one: &str, other: &str) -> bool {
    one == other || (kind == Kind::Image && full(one) == full(other))
}

/// An image's reference with what Docker adds unasked.
fn full(image: &str) -> String {
    let (registry, rest) = match image.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest.to_owned()),
        Some(_) => ("docker.io", image.to_owned()),
        None => ("docker.io", format!("library/{image}")),
    };
    let tagged = rest.contains('@') || rest.rsplit('/').next().is_some_and(|last| last.contains(':'));
    format!("{registry}/{rest}{}", if tagged { "" } else { ":latest" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_that_mean_one_image_are_the_same() {
        assert!(same(Kind::Image, "redis", "docker.io/library/redis:latest"));
        assert!(same(Kind::Image, "a/b:1", "docker.io/a/b:1"));
        assert!(!same(Kind::Image, "localhost:5000/redis", "redis"));
        assert!(!same(Kind::Image, "redis:7", "redis"));
        assert!(!same(Kind::Variable, "redis", "docker.io/library/redis:latest"));
    }
}
