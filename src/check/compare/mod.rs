//! Two sets of facts held against each other.
//!
//! Invariant: every finding of a missing or different fact has its place in the Compose project, every one of a surplus
//! fact in a manifest; where the other side has an object at all, its place is shown too.

mod ports;
pub(super) mod pre_start;
mod probe_timing;

use std::borrow::Cow;

use super::acceptance::Findings;
use super::facts::{Fact, Kind, Weight, quoted};
use super::matching::names::rfc1123_label;
use super::problem::Problem;
use super::volumes::volume_content::EMPTY_STORAGE;
use crate::check::health::http_probe::REQUEST;
use crate::check::volumes::contents;
use crate::text::Span;

/// How two sets are held against each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct CompareOptions {
    /// The manifests claim to be this program's: defaults count.
    pub(super) strict: bool,
    /// The order in which scripts start services was read too.
    pub(super) ordered: bool,
    /// The nearest places on either side.
    pub(super) compose: Option<Span>,
    pub(super) manifest: Option<Span>,
}

/// Reports what is missing, surplus, different or unknown.
pub(super) fn compare(expected: Vec<Fact>, observed: Vec<Fact>, options: CompareOptions, findings: &mut Findings<'_>) {
    let counts = |weight: Weight| weight == Weight::Required || (weight == Weight::Default && options.strict);
    let (expected, observed) = &contents::spread(expected, observed);
    let moved = ports::moved(expected, observed);
    for (one, other) in &moved {
        findings.add_about_fact(one, ports::problem(one, other));
    }
    let mut told = Vec::new();
    for fact in expected.iter().filter(|fact| !moved.iter().any(|(one, _)| std::ptr::eq(*one, *fact))) {
        let mut others = observed.iter().filter(|other| other.is_about_the_same(fact)).peekable();
        if others.peek().is_none() {
            if counts(fact.weight) {
                missing(fact, observed, options, findings);
            }
            continue;
        }
        for other in others {
            if let Some(problem) = differing(fact, other, options) {
                told.push((fact, other, problem));
            }
        }
    }
    probe_timing::folded(told, findings);
    for fact in observed.iter().filter(|fact| !moved.iter().any(|(_, other)| std::ptr::eq(*other, *fact))) {
        let known = expected.iter().any(|other| other.is_about_the_same(fact));
        if known || !counts(fact.weight) || told_of_its_name(fact, expected) || told_of_its_check(fact, expected) {
            continue;
        }
        let (sentence, at, near) = (fact.sentence(), fact.span, options.compose);
        let why = match &fact.unclear {
            Some(why) => Some(why.clone()),
            // An image's own VOLUME is such storage too, and so is the container's layer where the image has nothing.
            None if fact.kind == Kind::Mount && fact.value.starts_with(EMPTY_STORAGE) && !options.strict => {
                Some("since only the image says what it has there itself".to_owned())
            }
            None if fact.kind.image_may_say() => Some("since it leaves that to the image".to_owned()),
            None => None,
        };
        let problem = match why {
            Some(why) => Problem::Unknown { sentence, why, at, near, act: None },
            None => Problem::Surplus { sentence, at, near },
        };
        findings.add_about_fact(fact, problem);
    }
}

/// Of a name that Compose does not know one finding is enough, and none of one that stands in for a name that is missing:
/// that is told there.
fn told_of_its_name(fact: &Fact, expected: &[Fact]) -> bool {
    let mut names = expected.iter().filter(|other| other.kind == Kind::Name);
    let name = fact.subject.split(':').next().unwrap_or_default();
    if matches!(fact.kind, Kind::Port | Kind::NameOpen | Kind::NameUnready) {
        return !names.any(|other| other.subject == name);
    }
    fact.kind == Kind::Name && names.any(|other| other.subject != name && rfc1123_label(&other.subject) == name)
}

/// Where no health check is on the other side, its numbers are told with it.
fn told_of_its_check(fact: &Fact, others: &[Fact]) -> bool {
    matches!(
        fact.kind,
        Kind::ProbeInterval | Kind::ProbeTimeout | Kind::ProbeRetries | Kind::ProbeDelay | Kind::ProbeSuccesses
    ) && !others.iter().any(|other| other.kind == Kind::Probe)
}

fn missing(fact: &Fact, observed: &[Fact], options: CompareOptions, findings: &mut Findings<'_>) {
    if fact.kind == Kind::Port {
        let name = fact.subject.split(':').next().unwrap_or_default();
        let named = observed.iter().any(|other| other.kind == Kind::Name && other.subject == name);
        let all =
            observed.iter().any(|other| other.kind == Kind::NameOpen && other.subject == name && other.value == "yes");
        // Of a name that is missing altogether one finding is enough, and a headless name shows every port, listed or not.
        if !named || (all && !options.strict) {
            return;
        }
    }
    if matches!(fact.kind, Kind::NameUnready | Kind::NameOpen) || told_of_its_check(fact, observed) {
        return;
    }
    // A user by name: the translator says that it cannot say it, and somebody else's manifest may not mean it.
    if let (Kind::User, Some(why)) = (fact.kind, &fact.unclear) {
        if !options.strict {
            let (sentence, why) = (fact.sentence(), why.clone());
            findings.add_about_fact(
                fact,
                Problem::Unknown { sentence, why, at: fact.span, near: options.manifest, act: None },
            );
        }
        return;
    }
    let from_elsewhere = observed
        .iter()
        .find(|other| other.kind == Kind::Variable && fact.kind == Kind::Variable && other.subject == "*");
    if let Some(Fact { unclear: Some(why), .. }) = from_elsewhere {
        let (sentence, why) = (fact.sentence(), why.clone());
        findings
            .add_about_fact(fact, Problem::Unknown { sentence, why, at: fact.span, near: options.manifest, act: None });
        return;
    }
    // The scripts of a kit run it phase by phase; init containers wait for health alone.
    if fact.kind == Kind::WaitsFor && fact.value == "completed" && (options.strict || options.ordered) {
        return;
    }
    // Out of a cluster nobody sees the scripts.
    if fact.kind == Kind::StartsAfter && !options.ordered {
        return;
    }
    let act = (fact.kind == Kind::Name && !bearable(&fact.subject)).then_some(UNBEARABLE);
    findings.add_about_fact(
        fact,
        Problem::Missing { sentence: fact.sentence(), at: fact.span, near: options.manifest, act },
    );
}

fn differing(fact: &Fact, other: &Fact, options: CompareOptions) -> Option<Problem> {
    let same = |value: &str| same(fact.kind, value, &other.value);
    match contents::equal(fact, other) {
        Some(true) => return None,
        Some(false) => {
            let observed = format!("{}, of other bytes", quoted(other.shown_value()));
            return Some(Problem::Differs {
                subject: fact.topic_phrase(),
                verb: fact.kind.verb(),
                expected: quoted(fact.shown_value()).into_owned(),
                observed,
                at: fact.span,
                there: other.span,
                act: None,
            });
        }
        None => {}
    }
    if same(&fact.value) || fact.also.iter().any(|also| also == "*" || same(also)) {
        return None;
    }
    if fact.weight == Weight::Default && other.weight == Weight::Default && !options.strict {
        return None;
    }
    // Two requests can be held against each other.
    let requests = fact.kind == Kind::Probe && other.value.starts_with(REQUEST) && !fact.also.is_empty();
    let unclear =
        other.unclear.as_ref().filter(|_| !requests).or(fact.unclear.as_ref().filter(|_| !options.strict)).cloned();
    let of_image =
        fact.kind == Kind::Argv && (fact.value.starts_with(OWN_ENTRYPOINT) || other.value.starts_with(OWN_ENTRYPOINT));
    let act = of_image.then_some(WORDS);
    let open = of_image && !options.strict && may_be_same(&fact.value, &other.value);
    let unclear = unclear
        .or_else(|| open.then(|| "since `…` is the image's own entrypoint, which is in neither text".to_owned()));
    Some(match unclear {
        Some(why) => Problem::Unknown { sentence: other.sentence(), why, at: other.span, near: Some(fact.span), act },
        None => Problem::Differs {
            subject: fact.topic_phrase(),
            verb: fact.kind.verb(),
            expected: quoted(fact.shown_value()).into_owned(),
            observed: quoted(other.shown_value()).into_owned(),
            at: fact.span,
            there: other.span,
            act,
        },
    })
}

/// What to do about a name that no Service can have.
const UNBEARABLE: &str = "no Kubernetes object can have this name: have the cluster's DNS rewrite it to the Service's name, or give the \
     service an alias of letters, digits and `-` in the Compose file, and dial that";

/// Whether a Service can have the name. <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
fn bearable(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.len() <= 63
        && name.chars().all(inner)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
}

/// The front of a command line that begins with the image's own entrypoint.
const OWN_ENTRYPOINT: &str = r#"["…""#;

/// How the two sides name the halves of a command line.
const WORDS: &str = "`…` stands for the image's own entrypoint: Compose's `command` is Kubernetes' `args`, Compose's `entrypoint` is \
     Kubernetes' `command`";

/// Whether two command lines are the same for some entrypoint of the image.
fn may_be_same(one: &str, other: &str) -> bool {
    let list = |text: &str| serde_json::from_str::<Vec<String>>(text).unwrap_or_default();
    let (one, other) = (list(one), list(other));
    let ends = |whole: &[String], open: &[String]| match open.split_first() {
        Some((first, rest)) if first == "…" => whole.ends_with(rest),
        Some(_) | None => false,
    };
    ends(&one, &other) || ends(&other, &one)
}

fn same(kind: Kind, one: &str, other: &str) -> bool {
    one == other
        || (kind == Kind::Image && full(one) == full(other))
        || (matches!(kind, Kind::Probe | Kind::ProbeStart | Kind::Hook) && shell(one) == shell(other))
}

/// A command whose shell is found by its name is the one that is found by its path.
fn shell(command: &str) -> Cow<'_, str> {
    match command.strip_prefix(r#"["sh","-c","#) {
        Some(rest) => Cow::Owned(format!(r#"["/bin/sh","-c",{rest}"#)),
        None => Cow::Borrowed(command),
    }
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
    fn a_shell_is_the_same_by_name_and_by_path() {
        assert!(same(Kind::Probe, r#"["sh","-c","x"]"#, r#"["/bin/sh","-c","x"]"#));
        assert!(!same(Kind::Probe, r#"["sh","-c","x"]"#, r#"["/bin/sh","-c","y"]"#));
        assert!(!same(Kind::Variable, r#"["sh","-c","x"]"#, r#"["/bin/sh","-c","x"]"#));
    }

    #[test]
    fn an_entrypoint_of_the_image_may_be_the_words_in_front() {
        assert!(may_be_same(r#"["…","node","a.js"]"#, r#"["node","a.js"]"#));
        assert!(may_be_same(r#"["/run","node"]"#, r#"["…","node"]"#));
        assert!(!may_be_same(r#"["…","node","a.js"]"#, r#"["node","b.js"]"#));
        assert!(!may_be_same(r#"["node"]"#, r#"["node"]"#));
    }

    #[test]
    fn names_that_no_service_can_have_are_known() {
        assert!(bearable("my-app2") && !bearable("my_app") && !bearable("2app") && !bearable("a.b"));
    }

    #[test]
    fn references_that_mean_one_image_are_the_same() {
        assert!(same(Kind::Image, "redis", "docker.io/library/redis:latest"));
        assert!(same(Kind::Image, "a/b:1", "docker.io/a/b:1"));
        assert!(!same(Kind::Image, "localhost:5000/redis", "redis"));
        assert!(!same(Kind::Image, "redis:7", "redis"));
        assert!(!same(Kind::Variable, "redis", "docker.io/library/redis:latest"));
    }
}
