//! The start order of the generated scripts, `scripts/project.sh`: which services they start when, and which objects
//! they create.
//!
//! Invariant: the lines are parsed, never executed; lines with other keywords are ignored.

use std::collections::BTreeSet;

use crate::check::facts::{ServiceState, Value};
use crate::maps::{HashMap, HashSet};
use crate::text::{SourceId, Span};

/// The compared part of the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct StartTable {
    pub(crate) starts: Vec<Start>,
    /// Index of the first start of each name.
    by_name: HashMap<String, usize>,
    setups: Vec<Setup>,
    /// Indexes of the setups that run before a workload.
    before: HashMap<String, Vec<usize>>,
    /// The project resolver.
    pub(crate) resolver: Option<ResolverStart>,
    /// The names of ConfigMaps and Secrets that the scripts create from files and variables of the host.
    made: HashSet<String>,
    /// The Secrets in the folder `secrets`.
    generated: HashSet<String>,
}

/// `service NAME COMPOSE'S WORKLOAD REPLICAS PHASE PATIENCE UNTIL 'DEPENDS ON' PROFILES`
#[derive(Debug, Clone)]
pub(crate) struct Start {
    /// The name of the workload.
    pub(crate) name: String,
    /// The name of the service in the Compose file.
    pub(crate) service: String,
    /// The kind of the workload in lower case.
    pub(crate) workload: String,
    phase: Option<u32>,
    /// The condition for starting the next phase.
    until: String,
    after: Vec<String>,
    pub(crate) span: Span,
}

/// `resolver NAME IMAGE`
#[derive(Debug, Clone)]
pub(crate) struct ResolverStart {
    /// The name of the Deployment.
    pub(crate) name: String,
    /// The image that the scripts replace by that of the node's own CoreDNS.
    pub(crate) image: String,
    pub(crate) span: Span,
}

/// `setup NAME 'BEFORE WHOM'`
#[derive(Debug, Clone)]
struct Setup {
    name: String,
    span: Span,
}

impl StartTable {
    /// Parses the file.
    pub(crate) fn parse(text: &str, source: SourceId) -> Self {
        let mut table = Self::default();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.trim_end().len();
            let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let span = Span { source, start: offset(start), end: offset(end) };
            start += line.len();
            let words = split_words(line.trim_end());
            let list = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
            match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["service", name, service, workload, _, phase, _, until, after, ..] => {
                    table.by_name.entry((*name).to_owned()).or_insert(table.starts.len());
                    table.starts.push(Start {
                        name: (*name).to_owned(),
                        service: (*service).to_owned(),
                        workload: (*workload).to_owned(),
                        phase: phase.parse().ok(),
                        until: (*until).to_owned(),
                        after: list(after),
                        span,
                    });
                }
                ["setup", name, before, ..] => {
                    for name in list(before).into_iter().collect::<BTreeSet<String>>() {
                        table.before.entry(name).or_default().push(table.setups.len());
                    }
                    table.setups.push(Setup { name: (*name).to_owned(), span });
                }
                ["resolver", name, image] => {
                    table.resolver = Some(ResolverStart { name: (*name).to_owned(), image: (*image).to_owned(), span });
                }
                ["live", name, _, _, "generated", ..] => drop(table.generated.insert((*name).to_owned())),
                ["live", name, ..] => drop(table.made.insert((*name).to_owned())),
                _ => {}
            }
        }
        table
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Whether the scripts create a ConfigMap or Secret of this name.
    pub(crate) fn makes(&self, name: &str, has_secrets: bool) -> bool {
        self.made.contains(name) || (!has_secrets && self.generated.contains(name))
    }

    /// Returns what the scripts wait for before they start a workload: the Compose service, the condition, and its
    /// location.
    pub(crate) fn waits_of(&self, workload: &str) -> Vec<(String, Value, Span)> {
        let start = |name: &str| self.by_name.get(name).and_then(|place| self.starts.get(*place));
        let Some(own) = start(workload) else { return Vec::new() };
        let mut waits = Vec::new();
        for name in &own.after {
            let other = start(name);
            let service = other.map_or(name, |other| &other.service).clone();
            let earlier = other.and_then(|other| other.phase).zip(own.phase).is_some_and(|(one, this)| one < this);
            let reached = match other.map(|other| other.until.as_str()) {
                Some("started") if earlier => ServiceState::Started.into(),
                Some("ready") if earlier => ServiceState::Healthy.into(),
                Some("ended") if earlier => ServiceState::Completed.into(),
                Some(until) if earlier => format!("`{until}`, which the scripts do not know").into(),
                Some(_) => ServiceState::StartedLater.into(),
                None => ServiceState::NotStarted.into(),
            };
            waits.push((service, reached, own.span));
        }
        let setups = self.before.get(workload).into_iter().flatten();
        for setup in setups.filter_map(|place| self.setups.get(*place)) {
            waits.push((setup.name.clone(), ServiceState::Completed.into(), setup.span));
        }
        waits
    }
}

/// Whether this is the path of the file.
pub(crate) fn is_start_table(file: &str) -> bool {
    file == "scripts/project.sh" || file.ends_with("/scripts/project.sh")
}

/// Splits a line as a shell does, as far as the file uses its syntax: blanks, quotes and comments.
fn split_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, _) if letter.is_whitespace() => words.extend(word.take()),
            (Some(_) | None, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Sources;

    #[test]
    fn the_start_order_contains_the_dependencies() {
        let text = "service db db deployment 1 1 60 ready '' ''\n# a comment\nservice job my_job job 1 1 60 ended '' ''\n\
            service web web deployment 1 2 60 started 'db job' ''\nsetup first 'web'\nlive a configmap k file \"$x\"/k\n";
        let source = Sources::new().add("project.sh", None, text);
        let table = StartTable::parse(text, source);
        let waits: Vec<(String, String)> =
            table.waits_of("web").into_iter().map(|(of, value, _)| (of, value.to_string())).collect();
        let wait = |of: &str, value: &str| (of.to_owned(), value.to_owned());
        assert_eq!(waits, [wait("db", "healthy"), wait("my_job", "completed"), wait("first", "completed")]);
        assert!(table.waits_of("db").is_empty() && table.makes("a", true) && !table.makes("b", false));
        let late = StartTable::parse(&text.replace("deployment 1 2", "deployment 1 1"), source);
        assert_eq!(late.waits_of("web")[0].1, ServiceState::StartedLater.into());
    }

    #[test]
    fn lines_are_split_as_a_shell_splits_them() {
        assert_eq!(split_words("a  'b c' \"\" d#e # f"), ["a", "b c", "", "d#e"]);
        assert_eq!(split_words("# all"), Vec::<String>::new());
    }
}
