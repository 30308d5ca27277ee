//! Renders diagnostics as SARIF 2.1.0, for code scanning.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::json::escape_controls;
use super::{Diagnostic, Label, Severity};
use crate::text::Sources;
use crate::words::fnv1a_64;

/// Renders one run with all diagnostics, with a line break at the end.
#[must_use]
pub fn render(problems: &[Diagnostic], sources: &Sources) -> String {
    let mut codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    codes.sort_by_key(|code| code.name);
    codes.dedup_by_key(|code| code.name);
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| {
            let about = code.about.split_whitespace().collect::<Vec<_>>().join(" ");
            json!({
                "id": code.name,
                "shortDescription": {"text": about.split_inclusive(". ").next().unwrap_or_default().trim_end()},
                "fullDescription": {"text": about},
                "defaultConfiguration": {"level": level(code.severity)},
            })
        })
        .collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut results = Vec::new();
    for problem in problems {
        let mut result = result(problem, sources);
        let rule = codes.iter().position(|code| code.name == problem.code.name);
        // The fingerprint has no line numbers, so that a finding is recognized after lines have moved.
        let mut fingerprint = fingerprint(problem, sources);
        let count = seen.entry(fingerprint.clone()).or_default();
        *count += 1;
        if *count > 1 {
            fingerprint = format!("{fingerprint}-{count}");
        }
        if let Some(object) = result.as_object_mut() {
            object.insert("ruleIndex".to_owned(), json!(rule));
            if let Some(finding) = &problem.finding {
                object.insert("properties".to_owned(), json!(finding));
            }
            object.insert("partialFingerprints".to_owned(), json!({"finding/v1": fingerprint}));
        }
        results.push(result);
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "compose2k8s", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            // The default is UTF-16 code units.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = escape_controls(&serde_json::to_string_pretty(&log).unwrap_or_default());
    text.push('\n');
    text
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

fn result(problem: &Diagnostic, sources: &Sources) -> Value {
    let help = problem.help.as_ref().map(|help| format!(". {help}")).unwrap_or_default();
    let places: Vec<Value> = problem.labels.iter().filter_map(|label| location(label, sources)).collect();
    let (first, related) = places.split_at(places.len().min(1));
    json!({
        "ruleId": problem.code.name,
        "level": level(problem.severity),
        "message": {"text": format!("{}{help}", problem.message)},
        "locations": first,
        "relatedLocations": related,
    })
}

fn location(label: &Label, sources: &Sources) -> Option<Value> {
    let source = sources.get(label.span.source)?;
    let (line, column) = source.line_column(label.span.start);
    let (end_line, end_column) = source.line_column(label.span.end);
    Some(json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&source.name)},
            "region": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
        },
        "message": {"text": label.text},
    }))
}

/// Returns a path as a percent-encoded URI reference.
/// <https://www.rfc-editor.org/rfc/rfc3986#section-2>
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    // A relative reference must not begin with two slashes, which would name a host.
    if let Some(rest) = uri.strip_prefix("//") { format!("/{rest}") } else { uri }
}

/// Returns a hash of the code, the file and the message.
fn fingerprint(problem: &Diagnostic, sources: &Sources) -> String {
    let file =
        problem.labels.first().and_then(|label| sources.get(label.span.source)).map(|source| source.name.as_str());
    let bytes = problem
        .code
        .name
        .bytes()
        .chain([0])
        .chain(file.unwrap_or_default().bytes())
        .chain([0])
        .chain(problem.message.bytes());
    format!("{:016x}", fnv1a_64(bytes))
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_are_percent_encoded() {
        assert_eq!(uri("k8s/a b.yaml"), "k8s/a%20b.yaml");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
        assert_eq!(uri("..\\é#.yaml"), "../%C3%A9%23.yaml");
    }
}
