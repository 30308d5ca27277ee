//! Parser of files of `env_file` with `format: raw`: lines of `NAME=value`, without quotes, escapes and variables.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#format>
//!
//! The rules are those of `docker run --env-file`: blanks before a name and lines that begin with `#` are ignored, blanks
//! after a value are part of it, and a name without `=` takes its value from the environment.

use crate::maps::IndexMap;
use crate::parse::problem::Problem;
use crate::report::{Report, Stopped};
use crate::sensitive::REDACTED;
use crate::text::{SourceId, Sources, Span};

/// Reads the definitions of a source into `into`, replacing existing ones. `inherited` returns the value of a name that
/// has none in the file.
///
/// # Errors
/// A line has no name, or its name has a blank. This was reported.
pub(crate) fn read_raw_definitions(
    source: SourceId,
    sources: &Sources,
    into: &mut IndexMap<String, String>,
    report: &mut Report,
    inherited: &mut dyn FnMut(&str) -> Option<String>,
) -> Result<(), Stopped> {
    let text = sources.get(source).map(|source| source.text.clone()).unwrap_or_default();
    let mut start = 0;
    let mut failed = false;
    for whole in text.split_inclusive('\n') {
        let line = whole.strip_suffix('\n').unwrap_or(whole);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let marked = if start == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        let content = marked.trim_start();
        let offset = start + line.len() - content.len();
        start += whole.len();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let name = content.split('=').next().unwrap_or_default();
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let at = Span { source, start: clamp(offset), end: clamp(offset + name.len().max(1)) };
        if name.is_empty() {
            report.add(Problem::EnvFileName { character: "=".to_owned(), at });
            failed = true;
        } else if name.contains([' ', '\t']) {
            // A line without a name is a part of a value.
            let name = if content.contains('=') { name } else { REDACTED };
            report.add(Problem::EnvFileSpace { name: name.to_owned(), at });
            failed = true;
        } else if let Some((name, value)) = content.split_once('=') {
            into.insert(name.to_owned(), value.to_owned());
        } else if let Some(value) = inherited(name) {
            into.insert(name.to_owned(), value);
        }
    }
    if failed { Err(Stopped) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definitions(text: &str) -> (Vec<String>, Vec<String>) {
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let source = sources.add("app.env", None, text);
        let mut into = IndexMap::default();
        let mut inherited = |name: &str| (name == "GIVEN").then(|| "yes".to_owned());
        let _ = read_raw_definitions(source, &sources, &mut into, &mut report, &mut inherited);
        let problems = report.problems().iter().map(|problem| crate::report::short(problem, &sources)).collect();
        (into.into_iter().map(|(name, value)| format!("{name}={value}")).collect(), problems)
    }

    #[test]
    fn values_are_taken_as_they_are() {
        let (values, problems) = definitions(
            "\u{feff}PW=p$ss\"w\r\nQ=\"q\"\n# a comment\n\n  S='a b' # x \nE=\nA=b=c\nGIVEN\nABSENT\nU=${GIVEN}",
        );
        assert_eq!(values, ["PW=p$ss\"w", "Q=\"q\"", "S='a b' # x ", "E=", "A=b=c", "GIVEN=yes", "U=${GIVEN}"]);
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn every_line_without_a_proper_name_is_reported() {
        let (values, problems) = definitions("=x\nA B=1\nexport C=2\nOK=1\n");
        assert_eq!(values, ["OK=1"]);
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[1].starts_with("app.env:2:1: error[parse::env_file_space]"), "{problems:?}");
    }
}
