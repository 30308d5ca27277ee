//! Problems as SARIF 2.1.0, for code scanning.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use serde_json::{Value, json};

use super::{Label, Problem, Severity};
use crate::text::Sources;

/// One run with all problems, a line break at the end.
#[must_use]
pub fn render(problems: &[Problem], sources: &Sources) -> String {
    let mut codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    codes.sort_by_key(|code| code.name);
    codes.dedup_by_key(|code| code.name);
    let rules: Vec<Value> =
        codes.iter().map(|code| json!({"id": code.name, "fullDescription": {"text": code.about.trim()}})).collect();
    let results: Vec<Value> = problems.iter().map(|problem| result(problem, sources)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "compose2k8s", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn result(problem: &Problem, sources: &Sources) -> Value {
    let level = match problem.code.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    };
    let help = problem.help.as_ref().map(|help| format!(". {help}")).unwrap_or_default();
    let places: Vec<Value> = problem.labels.iter().filter_map(|label| location(label, sources)).collect();
    let first: Vec<&Value> = places.iter().take(1).collect();
    let related: Vec<&Value> = places.iter().skip(1).collect();
    let mut result = json!({
        "ruleId": problem.code.name,
        "level": level,
        "message": {"text": format!("{}{help}", problem.message)},
        "locations": first,
        // Code and sentence, without line numbers: the same finding is known again when lines move.
        "partialFingerprints": {"finding/v1": fingerprint(problem)},
    });
    if !related.is_empty()
        && let Some(object) = result.as_object_mut()
    {
        object.insert("relatedLocations".to_owned(), json!(related));
    }
    result
}

fn location(label: &Label, sources: &Sources) -> Option<Value> {
    let source = sources.get(label.span.source)?;
    let (line, column) = source.line_column(label.span.start);
    let (end_line, end_column) = source.line_column(label.span.end);
    Some(json!({
        "physicalLocation": {
            "artifactLocation": {"uri": source.name.replace('\\', "/")},
            "region": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
        },
        "message": {"text": label.text},
    }))
}

/// FNV-1a, 64 bits: stable over versions and machines, which the standard library's hashers do not promise.
fn fingerprint(problem: &Problem) -> String {
    let hash = problem
        .code
        .name
        .bytes()
        .chain([0])
        .chain(problem.message.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
