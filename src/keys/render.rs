//! Formats of the key table: text, Markdown, JSON, the README's summary, and the explanation of one key.
//!
//! Every format is generated from the table, so that it cannot differ from the behaviour of the program.

use std::fmt::Write as _;

use serde_json::json;

use super::{Key, Node, Verdict, root};
use crate::report::{Severity, did_you_mean};

/// Returns one line per key, in columns: verdict and severity, path, sentence.
#[must_use]
pub fn table_text() -> String {
    let mut out = String::new();
    for key in Key::ALL {
        line(&mut out, format_args!("{:<23} {}: {}", label(*key), key.path(), key.place()));
    }
    line(&mut out, format_args!("\n{}", counts(Key::ALL)));
    out
}

/// Returns a Markdown table of all keys.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from(
        "| key | verdict | where in Kubernetes, what differs, what to do instead, or what used it up |\n|---|---|---|\n",
    );
    for key in Key::ALL {
        line(&mut out, format_args!("| `{}` | {} | {} |", key.path(), label(*key), cell(key.place())));
    }
    out
}

/// Returns a JSON array of objects: `path`, `verdict`, `severity` (null if nothing is reported), `sentence`, `specification` (whether the published specification
/// contains the key, or only the official loader), `documentation`.
#[must_use]
pub fn json() -> String {
    let keys: Vec<serde_json::Value> = Key::ALL
        .iter()
        .map(|key| {
            json!({
                "path": key.path(),
                "verdict": key.verdict().label(),
                "severity": key.severity().map(Severity::name),
                "sentence": key.place(),
                "specification": !Key::NEWER.contains(key),
                "documentation": key.documentation(),
            })
        })
        .collect();
    let mut out = serde_json::to_string_pretty(&keys).unwrap_or_default();
    out.push('\n');
    out
}

/// Returns the README's summary in Markdown: the number of keys per verdict, and a table of the service keys.
#[must_use]
pub fn summary() -> String {
    let service: Vec<Key> = Key::ALL.iter().copied().filter(|key| key.is_service_key()).collect();
    let mut out =
        String::from("| verdict | key paths | of them keys of a service | what it means |\n|---|---|---|---|\n");
    for verdict in Verdict::ALL {
        let of = |keys: &[Key]| keys.iter().filter(|key| key.verdict() == verdict).count();
        line(
            &mut out,
            format_args!("| {} | {} | {} | {} |", verdict.label(), of(Key::ALL), of(&service), meaning(verdict)),
        );
    }
    line(
        &mut out,
        format_args!(
            "\n{} key paths: the {} of the published specification and {} that only the official loader knows so far.\n",
            Key::ALL.len(),
            Key::ALL.len() - Key::NEWER.len(),
            Key::NEWER.len()
        ),
    );
    out.push_str("| key of a service | verdict | where in Kubernetes, what differs, what to do instead, or what used it up |\n|---|---|---|\n");
    let mut named = service;
    named.sort_by_key(|key| key.name());
    for key in named {
        line(&mut out, format_args!("| `{}` | {} | {} |", key.name(), label(key), cell(key.place())));
    }
    out
}

/// Returns the output of `compose2k8s explain KEY`.
#[must_use]
pub fn explain(key: Key) -> String {
    let mut out = String::new();
    let verdict = key.verdict();
    line(&mut out, format_args!("{}: {}\n", key.path(), label(key)));
    line(&mut out, format_args!("  {}: {}", verdict.lead(), key.place()));
    line(&mut out, format_args!("  value: {}", value(key)));
    line(&mut out, format_args!("  specification: {}", key.documentation()));
    if Key::NEWER.contains(&key) {
        line(
            &mut out,
            format_args!("  The published specification does not have it yet; the official loader reads it."),
        );
    }
    let prefix = key.path();
    let below: Vec<Key> = Key::ALL
        .iter()
        .copied()
        .filter(|other| other.path().strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['.', '['])))
        .collect();
    if !below.is_empty() {
        line(&mut out, format_args!("\n  below it:"));
        for other in below {
            line(&mut out, format_args!("    {} {}: {}", other.path(), label(other), other.place()));
        }
    }
    line(&mut out, format_args!("\n  {} means: {}.", verdict.label(), meaning(verdict)));
    if let Some(severity) = key.severity() {
        line(&mut out, format_args!("  {} means: {}.", severity.name(), severity.meaning()));
    }
    out
}

/// Finds the keys that a user may mean: by their path, with stars or real names, or by the part after `services.*.`
/// (`ports[].target`). `networks` is both a service key and a top-level key.
///
/// # Errors
/// No key matches. The string is a suggestion, if a similar key exists.
pub fn meant(what: &str) -> Result<Vec<Key>, Option<String>> {
    let found: Vec<Key> = [Key::find(&format!("services.*.{what}")), Key::find(what)].into_iter().flatten().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let service = root().child("services").and_then(Node::name);
    let names = service.into_iter().flat_map(Node::children);
    Err(did_you_mean(what, names.chain(Key::ALL.iter().map(|key| key.path()))))
}

/// Returns the meaning of a verdict, without a full stop.
fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Mapped => "the same behaviour in Kubernetes",
        Verdict::Approximated => "works, but differs in a stated way, which is reported where it matters",
        Verdict::NoEquivalent => {
            "Kubernetes does not support it: a warning, or an error that an `accept` entry in the overrides file can silence"
        }
        Verdict::Consumed => "used up before Kubernetes",
    }
}

/// Returns the verdict of a key with the severity of its diagnostic: `no equivalent (warning)`.
fn label(key: Key) -> String {
    let verdict = key.verdict().label();
    key.severity().map_or_else(|| verdict.to_owned(), |severity| format!("{verdict} ({})", severity.name()))
}

/// Describes the accepted values.
fn value(key: Key) -> String {
    let shape = key.shape();
    let kinds = shape.accepts().description();
    if let Some(words) = shape.choices() {
        return format!("{kinds}: {}", words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "));
    }
    match shape.bounds() {
        Some((least, i64::MAX)) => format!("{kinds}, at least {least}"),
        Some((least, greatest)) => format!("{kinds}, from {least} to {greatest}"),
        None => kinds,
    }
}

fn counts(keys: &[Key]) -> String {
    let of = |verdict: Verdict| keys.iter().filter(|key| key.verdict() == verdict).count();
    let parts: Vec<String> =
        Verdict::ALL.iter().map(|verdict| format!("{} {}", of(*verdict), verdict.label())).collect();
    format!("{} key paths: {}", keys.len(), parts.join(", "))
}

/// Escapes the bars in a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_contains_every_key() {
        assert_eq!(table_text().lines().count(), Key::ALL.len() + 2);
        assert_eq!(markdown().lines().count(), Key::ALL.len() + 2);
        let json: serde_json::Value = serde_json::from_str(&json()).unwrap();
        assert_eq!(json.as_array().unwrap().len(), Key::ALL.len());
        assert_eq!(json[0]["path"], "configs");
        for key in Key::ALL.iter().filter(|key| key.is_service_key()) {
            assert!(summary().contains(&format!("| `{}` |", key.name())), "{}", key.path());
        }
    }

    #[test]
    fn the_counts_add_up() {
        let text = table_text();
        let counts = text.lines().last().unwrap();
        let numbers: Vec<usize> = counts.split(' ').filter_map(|word| word.parse().ok()).collect();
        assert_eq!(numbers[0], Key::ALL.len());
        assert_eq!(numbers[0], numbers[1..].iter().sum::<usize>());
    }

    #[test]
    fn keys_are_found_by_short_paths() {
        assert_eq!(meant("image"), Ok(vec![Key::Image]));
        assert_eq!(meant("networks"), Ok(vec![Key::Networks, Key::TopNetworks]));
        assert_eq!(meant("networks.back.driver"), Ok(vec![Key::TopNetworksDriver]));
        assert_eq!(meant("ports[].target"), Ok(vec![Key::PortsTarget]));
        assert_eq!(meant("services.web.deploy.mode"), Ok(vec![Key::DeployMode]));
        assert_eq!(meant("cgruop_parent"), Err(Some("did you mean `cgroup_parent`?".to_owned())));
        assert_eq!(meant("zzz"), Err(None));
    }

    #[test]
    fn an_explanation_contains_the_difference_and_the_accepted_values() {
        let text = explain(Key::OomScoreAdj);
        assert!(text.contains("services.*.oom_score_adj: no equivalent (warning)"), "{text}");
        assert!(text.contains("what to do instead: "), "{text}");
        assert!(text.contains("from -1000 to 1000"), "{text}");
        assert!(explain(Key::Cgroup).contains("`host`, `private`"));
        assert!(explain(Key::Ports).contains("services.*.ports[].host_ip"));
    }
}
