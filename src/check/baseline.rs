//! The baseline of `compose2k8s check`: differences that exist and are left for later, so that only new ones fail.
//!
//! Input: a file with one entry for each difference. Output: the findings without those of the file.
//!
//! Invariant: an entry holds both values, so that a later change of the same fact is found again.

use std::fmt::Write as _;

use super::problem::{Problem, is_difference};
use crate::parse::{Entry, Tree, TreeValue};
use crate::report::json::escape_controls;
use crate::report::{Diagnostic, Finding, Report, Severity, Stopped};
use crate::text::{SourceId, Sources, Span};

/// The name of the file if none is given.
pub const BASELINE_FILE: &str = "compose2k8s-baseline.yaml";

const HEADER: &str = "\
# Differences between the Compose file and the manifests that are left for later. `compose2k8s check` fails for any other one.
# `--write-baseline` writes this file, and `--prune-baseline` removes the entries that match nothing.
";

/// A difference, as it is identified in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    code: String,
    service: Option<String>,
    fact: Option<String>,
    subject: Option<String>,
    /// The value in the Compose file.
    expected: Option<String>,
    /// The value in the manifests.
    observed: Option<String>,
}

impl Difference {
    fn new(code: &str, finding: &Finding) -> Self {
        let Finding { service, key: _, fact, subject, expected, observed } = finding.clone();
        Self { code: code.to_owned(), service, fact: fact.map(str::to_owned), subject, expected, observed }
    }

    /// The keys of an entry with their values.
    fn fields(&self) -> [(&'static str, Option<&str>); 6] {
        let Self { code, service, fact, subject, expected, observed } = self;
        [
            ("code", Some(code)),
            ("service", service.as_deref()),
            ("fact", fact.as_deref()),
            ("subject", subject.as_deref()),
            ("expected", expected.as_deref()),
            ("observed", observed.as_deref()),
        ]
    }

    fn field_mut(&mut self, key: &str) -> Option<&mut Option<String>> {
        match key {
            "service" => Some(&mut self.service),
            "fact" => Some(&mut self.fact),
            "subject" => Some(&mut self.subject),
            "expected" => Some(&mut self.expected),
            "observed" => Some(&mut self.observed),
            _ => None,
        }
    }
}

/// The differences that are left for later.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    entries: Vec<(Difference, Option<Span>)>,
}

impl Baseline {
    /// Returns the baseline of the differences among these diagnostics.
    #[must_use]
    pub fn of_findings(findings: &[Diagnostic]) -> Self {
        let mut differences: Vec<Difference> = findings.iter().filter_map(difference).collect();
        differences.sort();
        differences.dedup();
        Self { entries: differences.into_iter().map(|difference| (difference, None)).collect() }
    }

    /// Reads a baseline file.
    ///
    /// # Errors
    /// The file is not a baseline. The report has the place.
    pub fn from_source(source: SourceId, sources: &Sources, report: &mut Report) -> Result<Self, Stopped> {
        let tree = crate::parse::yaml::document(source, sources, report)?;
        baseline(&tree).map_err(|problem| {
            report.add(*problem);
            Stopped
        })
    }

    /// Removes the differences that the baseline has from a report. Returns the entries that match none.
    #[must_use]
    pub fn accept(&self, findings: &mut Report) -> Self {
        let mut used = vec![false; self.entries.len()];
        findings.retain(|finding| {
            let Some(difference) = difference(finding) else { return true };
            let mut accepted = false;
            for ((entry, _), used) in self.entries.iter().zip(&mut used) {
                if *entry == difference {
                    (*used, accepted) = (true, true);
                }
            }
            !accepted
        });
        let unused = self.entries.iter().zip(used).filter(|(_, used)| !used).map(|(entry, _)| entry.clone());
        Self { entries: unused.collect() }
    }

    /// Reports that each entry matches nothing: as errors if `strict`.
    pub fn report_unused(&self, strict: bool, report: &mut Report) {
        for (Difference { code, service, .. }, at) in &self.entries {
            let about = service.as_ref().map_or_else(String::new, |service| format!(" of `{service}`"));
            if let Some(at) = at {
                let mut problem = Diagnostic::from(Problem::UnusedBaselineEntry { code: code.clone(), about, at: *at });
                if strict {
                    problem.severity = Severity::Error;
                }
                report.add(problem);
            }
        }
    }

    /// Returns the baseline without the entries of another one.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let entries =
            self.entries.iter().filter(|(entry, _)| !other.entries.iter().any(|(removed, _)| removed == entry));
        Self { entries: entries.cloned().collect() }
    }

    /// Returns the number of differences.
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    /// Renders the file.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = HEADER.to_owned();
        text.push_str(if self.entries.is_empty() { "differences: []\n" } else { "differences:\n" });
        for (difference, _) in &self.entries {
            let fields = difference.fields();
            let fields = fields.iter().filter_map(|(key, value)| Some((key, (*value)?)));
            for (index, (key, value)) in fields.enumerate() {
                let start = if index == 0 { "  - " } else { "    " };
                // A JSON string is a YAML string too, apart from some control characters. Writing to a String cannot fail.
                let _ =
                    writeln!(text, "{start}{key}: {}", escape_controls(&serde_json::Value::from(value).to_string()));
            }
        }
        text
    }
}

/// Returns what identifies a difference; `None` for other diagnostics.
fn difference(problem: &Diagnostic) -> Option<Difference> {
    let is_finding = is_difference(problem.code) && problem.severity == Severity::Error;
    problem.finding.as_ref().filter(|_| is_finding).map(|finding| Difference::new(problem.code.name, finding))
}

fn baseline(tree: &Tree) -> Result<Baseline, Box<Problem>> {
    let invalid = |at: Span, why: &str| Box::new(Problem::InvalidBaseline { why: why.to_owned(), at });
    let TreeValue::Mapping(keys) = &tree.value else {
        return Err(invalid(tree.span, "a baseline is a mapping with the key `differences`"));
    };
    let mut baseline = Baseline::default();
    for (key, Entry { key: key_span, value }) in keys {
        let (true, TreeValue::Sequence(entries)) = (key == "differences", &value.value) else {
            return Err(invalid(*key_span, "a baseline has one key, `differences`, with a list"));
        };
        for entry in entries {
            let TreeValue::Mapping(fields) = &entry.value else {
                return Err(invalid(entry.span, "an entry is a mapping with the key `code`"));
            };
            let mut difference = Difference::default();
            for (field, Entry { key: key_span, value }) in fields {
                let TreeValue::Scalar(scalar) = &value.value else {
                    return Err(invalid(value.span, "the values of an entry are strings"));
                };
                if field == "code" {
                    difference.code = scalar.text.to_string();
                } else {
                    let known =
                        "the keys of an entry are `code`, `service`, `fact`, `subject`, `expected` and `observed`";
                    let place = difference.field_mut(field).ok_or_else(|| invalid(*key_span, known))?;
                    *place = Some(scalar.text.to_string());
                }
            }
            if difference.code.is_empty() {
                return Err(invalid(entry.span, "an entry has the key `code`"));
            }
            baseline.entries.push((difference, Some(entry.span)));
        }
    }
    Ok(baseline)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Baseline, String> {
        let mut sources = Sources::default();
        let mut report = Report::new();
        let source = sources.add("baseline.yaml", None, text);
        Baseline::from_source(source, &sources, &mut report)
            .map_err(|Stopped| report.problems().iter().map(|problem| problem.message.clone()).collect())
    }

    #[test]
    fn a_rendered_baseline_reads_back() {
        let difference = |subject: &str, observed: Option<&str>| Difference {
            code: "check::differs".to_owned(),
            service: Some("web".to_owned()),
            fact: Some("variable".to_owned()),
            subject: Some(subject.to_owned()),
            expected: Some("two\nlines: \"quoted\" # and 'more'\t\u{7f}é".to_owned()),
            observed: observed.map(str::to_owned),
        };
        let entries = [difference("A", None), difference("true", Some("")), difference("1e3", Some("null"))];
        let baseline = Baseline { entries: entries.map(|entry| (entry, None)).to_vec() };
        let read = read_text(&baseline.render()).unwrap();
        let plain = |baseline: &Baseline| baseline.entries.iter().map(|(entry, _)| entry.clone()).collect::<Vec<_>>();
        assert_eq!(plain(&read), plain(&baseline));
        assert_eq!(read.without(&read).count(), 0);
        assert_eq!(read_text(&Baseline::default().render()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_is_no_baseline_is_rejected_with_the_reason() {
        for (text, why) in [
            ("", "a mapping with the key `differences`"),
            ("- a", "a mapping with the key `differences`"),
            ("accept: []", "one key, `differences`"),
            ("differences: {}", "one key, `differences`"),
            ("differences: [a]", "an entry is a mapping"),
            ("differences: [{service: web}]", "an entry has the key `code`"),
            ("differences: [{code: a, of: b}]", "the keys of an entry are"),
            ("differences: [{code: a, fact: [b]}]", "the values of an entry are strings"),
            ("differences: [", ""),
        ] {
            let message = read_text(text).unwrap_err();
            assert!(message.contains(why), "{text}: {message}");
        }
    }
}
