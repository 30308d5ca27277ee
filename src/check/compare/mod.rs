//! Two sets of facts held against each other.
//!
//! Invariant: every finding of a missing or different fact has its place in the Compose project, every one of a surplus
//! fact in a manifest; where the other side has an object at all, its place is shown too.

mod argv;
mod images;
mod ports;
pub(super) mod pre_start;
mod probe_timing;

use super::acceptance::{FindingReport, Sides};
use super::facts::{
    Access, Fact, Kind, MountedStorage, ServiceState, StorageOrigin, Subject, Unclear, Value, Weight, in_backticks,
};
use super::matching::names::rfc1123_label;
use super::problem::Problem;
use crate::check::volumes::contents;
use crate::text::Span;

/// How two sets of facts are compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct CompareOptions {
    /// Whether compose2k8s generated the manifests: then defaults count.
    pub(super) strict: bool,
    /// Whether the order in which scripts start services is known.
    pub(super) ordered: bool,
    /// Whether the manifests contain no Secret, as in a clean clone: then the values of Secrets are not compared.
    pub(super) without_secrets: bool,
    /// The nearest place in the Compose file to what it does not contain.
    pub(super) compose: Option<Span>,
    /// The nearest place in the manifests to what they do not contain.
    pub(super) manifest: Option<Span>,
}

/// Reports what is missing, surplus, different or unknown.
pub(super) fn compare(
    expected: Vec<Fact>,
    observed: Vec<Fact>,
    options: CompareOptions,
    findings: &mut FindingReport<'_>,
) {
    let counts = |weight: Weight| weight == Weight::Required || (weight == Weight::Default && options.strict);
    let (expected, observed) = &contents::spread(expected, observed);
    let moved = ports::moved_ports(expected, observed);
    for (one, other) in &moved {
        findings.add(Sides::Both(one, other), ports::moved_port(one, other));
    }
    let mut differences = Vec::new();
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
                differences.push((fact, other, problem));
            }
        }
    }
    probe_timing::add_differences(differences, findings);
    for fact in observed.iter().filter(|fact| !moved.iter().any(|(_, other)| std::ptr::eq(*other, *fact))) {
        let known = expected.iter().any(|other| other.is_about_the_same(fact));
        if known || !counts(fact.weight) || is_covered_by_name(fact, expected) || is_covered_by_probe(fact, expected) {
            continue;
        }
        let (sentence, at, near) = (fact.sentence(), fact.span, options.compose);
        let why = match &fact.unclear {
            Some(why) => Some(why.to_string()),
            // An image's own VOLUME is such storage too, and so is the container's layer where the image has nothing.
            None if is_empty_storage(&fact.value) && !options.strict => Some(Unclear::ContentOfImage.to_string()),
            None if fact.kind.image_may_say() => Some(Unclear::StatedByImage.to_string()),
            None => None,
        };
        let problem = match why {
            Some(why) => Problem::Unknown { sentence, why, at, near, act: None },
            None => Problem::Surplus { sentence, at, near },
        };
        findings.add(Sides::Observed(fact), problem);
    }
}

fn is_empty_storage(value: &Value) -> bool {
    value.as_mount().is_some_and(|storage| storage.origin == StorageOrigin::Empty)
}

/// Whether another finding covers a surplus fact about a name. A name that Compose does not know needs one finding, and a name
/// in place of a missing one needs none: the missing name is reported.
fn is_covered_by_name(fact: &Fact, expected: &[Fact]) -> bool {
    let Some(name) = fact.subject.name() else { return false };
    let mut names = expected.iter().filter(|other| other.kind == Kind::Name).filter_map(|other| other.subject.name());
    if matches!(fact.kind, Kind::Port | Kind::NameOpen | Kind::NameUnready) {
        return !names.any(|other| other == name);
    }
    fact.kind == Kind::Name && names.any(|other| other != name && rfc1123_label(other) == name)
}

/// Whether the other side has no health check at all: one finding about it covers its numbers.
fn is_covered_by_probe(fact: &Fact, others: &[Fact]) -> bool {
    matches!(
        fact.kind,
        Kind::ProbeInterval | Kind::ProbeTimeout | Kind::ProbeRetries | Kind::ProbeDelay | Kind::ProbeSuccesses
    ) && !others.iter().any(|other| other.kind == Kind::Probe)
}

fn missing(fact: &Fact, observed: &[Fact], options: CompareOptions, findings: &mut FindingReport<'_>) {
    if fact.kind == Kind::Port {
        let is_of_name = |other: &&Fact| other.subject.name() == fact.subject.name();
        let named = observed.iter().any(|other| other.kind == Kind::Name && is_of_name(&other));
        let is_open = |other: &Fact| other.kind == Kind::NameOpen && other.value == Value::Flag(true);
        let all = observed.iter().any(|other| is_open(other) && is_of_name(&other));
        // Of a name that is missing altogether one finding is enough, and a headless name shows every port, listed or not.
        if !named || (all && !options.strict) {
            return;
        }
    }
    if matches!(fact.kind, Kind::NameUnready | Kind::NameOpen) || is_covered_by_probe(fact, observed) {
        return;
    }
    // A user by name: the translator says that it cannot say it, and somebody else's manifest may not mean it.
    if let (Kind::User, Some(why)) = (fact.kind, &fact.unclear)
        && **why == Unclear::NumberOfName
    {
        if !options.strict {
            let (sentence, why) = (fact.sentence(), why.to_string());
            let problem = Problem::Unknown { sentence, why, at: fact.span, near: options.manifest, act: None };
            findings.add(Sides::Expected(fact), problem);
        }
        return;
    }
    let is_unknown = |other: &&Fact| other.kind == Kind::Variable && other.subject == Subject::All;
    let from_elsewhere = observed.iter().find(is_unknown).filter(|_| fact.kind == Kind::Variable);
    if let Some(Fact { unclear: Some(why), .. }) = from_elsewhere {
        let (sentence, why) = (fact.sentence(), why.to_string());
        let problem = Problem::Unknown { sentence, why, at: fact.span, near: options.manifest, act: None };
        findings.add(Sides::Expected(fact), problem);
        return;
    }
    // The scripts of a kit run it phase by phase; init containers wait for health alone.
    if fact.kind == Kind::WaitsFor
        && fact.value == ServiceState::Completed.into()
        && (options.strict || options.ordered)
    {
        return;
    }
    // Out of a cluster nobody sees the scripts.
    if fact.kind == Kind::StartsAfter && !options.ordered {
        return;
    }
    let is_impossible = fact.kind == Kind::Name && fact.subject.name().is_some_and(|name| !is_service_name(name));
    let act = is_impossible.then_some(IMPOSSIBLE_NAME_HELP);
    let problem = Problem::Missing { sentence: fact.sentence(), at: fact.span, near: options.manifest, act };
    findings.add(Sides::Expected(fact), problem);
}

/// Whether the manifests mount the same bytes with a loss: the container can write, or a Secret's files are copied to disk.
fn is_less_protected(fact: &Fact, other: &Fact) -> bool {
    let (Some(expected), Some(observed)) = (fact.value.as_mount(), other.value.as_mount()) else { return false };
    let is_writable = |storage: &MountedStorage| storage.access == Some(Access::Writable);
    is_writable(observed) && !is_writable(expected) || observed.on_disk && !expected.on_disk
}

fn differing(fact: &Fact, other: &Fact, options: CompareOptions) -> Option<Problem> {
    match contents::equal(fact, other) {
        Some(true) if !is_less_protected(fact, other) => return None,
        Some(false) => {
            let observed = format!("{}, of other bytes", in_backticks(&other.shown_value()));
            return Some(Problem::Differs {
                subject: fact.topic_phrase(),
                verb: fact.kind.verb(),
                expected: in_backticks(&fact.shown_value()).into_owned(),
                observed,
                at: fact.span,
                there: other.span,
                act: None,
            });
        }
        Some(true) | None => {}
    }
    if matches!(&fact.value, Value::Sensitive(value) if !value.is_known()) {
        return None;
    }
    let is_observed = |value: &Value| {
        std::iter::once(&other.value).chain(&other.also).any(|other| is_same_value(fact.kind, value, other))
    };
    let is_same = |value: &Value| *value == Value::Any || is_observed(value);
    if is_same(&fact.value) || fact.also.iter().any(is_same) {
        return None;
    }
    if options.without_secrets && matches!(fact.value, Value::Sensitive(_)) && other.is_from_secret() {
        return None;
    }
    // A command that refers to values of Secrets, which are not known.
    let is_command = matches!(fact.kind, Kind::Argv | Kind::Before | Kind::Hook | Kind::Probe | Kind::ProbeStart)
        && fact.hidden.is_some();
    if is_command && (fact.value.has_unknown_word() || options.without_secrets) {
        return None;
    }
    if fact.weight == Weight::Default && other.weight == Weight::Default && !options.strict {
        return None;
    }
    // Two HTTP requests can be compared.
    let requests = fact.kind == Kind::Probe && matches!(other.value, Value::HttpRequest(_)) && !fact.also.is_empty();
    let unclear = other
        .unclear
        .as_ref()
        .filter(|_| !requests)
        .or(fact.unclear.as_ref().filter(|_| !options.strict))
        .map(ToString::to_string);
    let of_image =
        fact.kind == Kind::Argv && [&fact.value, &other.value].iter().any(|value| matches!(value, Value::Arguments(_)));
    let act = of_image.then_some(argv::ENTRYPOINT_HELP);
    let open = of_image && !options.strict && argv::may_be_same(&fact.value, &other.value);
    let unclear = unclear.or_else(|| open.then(|| Unclear::EntrypointOfImage.to_string()));
    Some(match unclear {
        Some(why) => Problem::Unknown { sentence: other.sentence(), why, at: other.span, near: Some(fact.span), act },
        None => Problem::Differs {
            subject: fact.topic_phrase(),
            verb: fact.kind.verb(),
            expected: in_backticks(&fact.shown_value()).into_owned(),
            observed: in_backticks(&other.shown_value()).into_owned(),
            at: fact.span,
            there: other.span,
            act,
        },
    })
}

/// What to do about a name that no Service can have.
const IMPOSSIBLE_NAME_HELP: &str = "no Kubernetes object can have this name: have the cluster's DNS rewrite it to the Service's name, or give the \
     service an alias of letters, digits and `-` in the Compose file, and dial that";

/// Whether a Service can have the name. <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
fn is_service_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.len() <= 63
        && name.chars().all(inner)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
}

/// Whether two values of a kind mean the same.
fn is_same_value(kind: Kind, one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Sensitive(sensitive), Value::Text(text)) | (Value::Text(text), Value::Sensitive(sensitive)) => {
            sensitive.expose() == text.as_str()
        }
        (Value::Text(one), Value::Text(other)) if kind == Kind::Image => images::is_same_image(one, other),
        _ if matches!(kind, Kind::Probe | Kind::ProbeStart | Kind::Hook) => argv::is_same_command(one, other),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_service_can_have_are_known() {
        assert!(is_service_name("my-app2") && !is_service_name("my_app") && !is_service_name("2app"));
        assert!(!is_service_name("a.b"));
    }

    #[test]
    fn only_values_of_some_kinds_have_several_forms() {
        let [short, full] = ["redis", "docker.io/library/redis:latest"].map(Value::from);
        assert!(is_same_value(Kind::Image, &short, &full) && !is_same_value(Kind::Variable, &short, &full));
        let [name, path] = ["sh", "/bin/sh"].map(|shell| Value::argv([shell, "-c", "x"]));
        assert!(is_same_value(Kind::Probe, &name, &path) && !is_same_value(Kind::Before, &name, &path));
    }
}
