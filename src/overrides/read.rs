//! A [`Tree`] to [`Written`]: serde over the tree, every mistake at its place, as many as there are.
//!
//! A mistake ends serde's reading, so the entry with the mistake is cut out and the rest is read again: a bad entry
//! hides no other one.

use std::fmt;

use serde::Deserialize;

use super::node::Node;
use super::problem::Problem;
use super::written::Written;
use crate::parse::Text;
use crate::parse::tree::{Tree, Value};
use crate::report::Report;
use crate::text::Span;

/// So many mistakes are looked for; whoever makes more sees the others after mending these.
const MISTAKES: usize = 50;

/// Reads a whole file; what is wrong with it goes to the report, and what is right comes back.
pub(super) fn read(mut tree: Tree, report: &mut Report) -> Written {
    if tree.is_null() {
        return Written::default();
    }
    rename_old_keys(&mut tree, report);
    for _ in 0..MISTAKES {
        match Written::deserialize(Node { tree: &tree }) {
            Ok(written) => return written,
            Err(wrong) => {
                let cut = wrong.entry();
                report.add(wrong.problem(tree.span));
                if !cut_out(&mut tree, &cut) {
                    break;
                }
            }
        }
    }
    Written::default()
}

/// The keys of `accept` entries that had another name: old and new.
const RENAMED: &[(&str, &str)] = &[("of", "subject"), ("because", "reason")];

/// Gives the keys of `accept` entries that are written under an old name their new one, with a note for each. An entry that
/// has the new name too is left alone: its old one is then an unknown key.
fn rename_old_keys(tree: &mut Tree, report: &mut Report) {
    let Value::Mapping(sections) = &mut tree.value else { return };
    let Some(Value::Sequence(entries)) = sections.get_mut("accept").map(|entry| &mut entry.value.value) else { return };
    for entry in entries {
        let Value::Mapping(keys) = &mut entry.value else { continue };
        for (old, new) in RENAMED {
            if keys.contains_key(new) {
                continue;
            }
            if let Some(value) = keys.shift_remove(old) {
                report.add(Problem::RenamedKey { old, new, at: value.key });
                keys.insert(Text::const_new(new), value);
            }
        }
    }
}

/// Removes the node at a path; `false` where there is none, or the path is that of the whole file.
fn cut_out(tree: &mut Tree, path: &[Step]) -> bool {
    let Some((last, above)) = path.split_last() else { return false };
    let mut here = tree;
    for step in above {
        let next = match (&mut here.value, step) {
            (Value::Mapping(mapping), Step::Key(key)) => mapping.get_mut(key).map(|entry| &mut entry.value),
            (Value::Sequence(items), Step::Item(at)) => items.get_mut(*at),
            (Value::Mapping(_) | Value::Sequence(_) | Value::Scalar(_), _) => None,
        };
        let Some(next) = next else { return false };
        here = next;
    }
    match (&mut here.value, last) {
        (Value::Mapping(mapping), Step::Key(key)) => mapping.shift_remove(key).is_some(),
        (Value::Sequence(items), Step::Item(at)) if *at < items.len() => {
            items.remove(*at);
            true
        }
        (Value::Mapping(_) | Value::Sequence(_) | Value::Scalar(_), _) => false,
    }
}

/// The sections that are one entry, not many.
const SINGLE: &[&str] = &["cluster", "helper-image", "matches", "project", "separation"];

/// One step from the file's top towards a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Item(usize),
}

/// A mistake on its way up.
#[derive(Debug)]
pub(super) struct Wrong {
    what: What,
    /// The place; filled in by the innermost node that has one.
    at: Option<Span>,
    /// Steps to it, the last one first.
    path: Vec<Step>,
}

#[derive(Debug)]
pub(super) enum What {
    UnknownKey { key: String, suggestion: Option<String> },
    UnknownChoice { word: String, choices: String, suggestion: Option<String> },
    MissingKey { key: &'static str },
    Unsuitable { why: String },
}

impl Wrong {
    pub(super) fn new(what: What) -> Self {
        Self { what, at: None, path: Vec::new() }
    }

    pub(super) fn at(mut self, span: Span) -> Self {
        self.at.get_or_insert(span);
        self
    }

    pub(super) fn below(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }

    /// The entry to cut out so that the rest can be read: a misspelt key alone, and otherwise the whole section's entry,
    /// since its other keys may need the one that is wrong.
    fn entry(&self) -> Vec<Step> {
        let mut path: Vec<Step> = self.path.iter().rev().cloned().collect();
        if !matches!(self.what, What::UnknownKey { .. }) {
            let top = path.first().cloned();
            let depth = match top {
                Some(Step::Key(key)) if key == "services" => 3,
                Some(Step::Key(key)) if SINGLE.contains(&key.as_str()) => 1,
                Some(_) | None => 2,
            };
            path.truncate(depth);
        }
        path
    }

    fn problem(self, whole: Span) -> Problem {
        let at = self.at.unwrap_or(whole);
        match self.what {
            What::UnknownKey { key, suggestion } => Problem::UnknownKey { key, at, suggestion },
            What::UnknownChoice { word, choices, suggestion } => {
                Problem::UnknownChoice { word, choices, suggestion, at }
            }
            What::MissingKey { key } => Problem::MissingKey { key: key.to_owned(), at },
            What::Unsuitable { why } => Problem::Unsuitable { why, at },
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.what)
    }
}

impl std::error::Error for Wrong {}

impl serde::de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Wrong::new(What::Unsuitable { why: message.to_string() })
    }

    fn missing_field(field: &'static str) -> Self {
        Wrong::new(What::MissingKey { key: field })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::report;
    use crate::text::Sources;

    /// Reads a text alone; the problems as short lines where there are any.
    pub(in crate::overrides) fn reads(text: &str) -> Result<Written, Vec<String>> {
        let mut sources = Sources::new();
        let source = sources.add("o.yaml", None, text);
        let mut report = Report::new();
        let written =
            crate::parse::yaml::document(source, &sources, &mut report).map(|tree| read(tree, &mut report)).ok();
        report.sort();
        let problems: Vec<String> = report.problems().iter().map(|problem| report::short(problem, &sources)).collect();
        if problems.is_empty() { Ok(written.unwrap()) } else { Err(problems) }
    }

    #[test]
    fn an_empty_file_says_nothing() {
        assert!(reads("").unwrap().project.is_none());
        assert!(reads("# a comment alone\n").is_ok());
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "networks:\n  back: { addresses: service, because: 'x' }\nproject: abc\n";
        let written = reads(text).unwrap();
        let mut sources = Sources::new();
        let source = sources.add("o.yaml", None, text);
        let (key, _) = written.networks.0.first().unwrap();
        assert_eq!(sources.snippet(key.span(source)), "back");
        assert_eq!(sources.snippet(written.project.unwrap().span(source)), "abc");
    }

    #[test]
    fn every_mistake_is_reported_and_none_hides_another() {
        let text = "\
projekt: a
cluster: { pod-subnet: 10.0.0.0/8 }
services:
  web:
    port: []
    ports: [ { port: 99999 } ]
    dns: { as: zone, because: b }
    data: { path: /a, because: ' ' }
  db:
    mounts: { /a: { as: configmap, because: b } }
    user: { uid: one, because: b }
setup: prepare
runs:
  t: { about: a, service: s, command: [1] }
separation: { by: policies, because: b }
";
        let expected = [
            "o.yaml:1:1: error[overrides::unknown_key]: `projekt` is not a key of an overrides file here",
            "o.yaml:2:10: error[overrides::missing_key]: the key `because` is missing",
            "o.yaml:5:5: error[overrides::unknown_key]: `port` is not a key of an overrides file here",
            "o.yaml:6:22: error[overrides::unsuitable]: 99999 stands where a whole number from 0 to 65535 is expected",
            "o.yaml:7:16: error[overrides::unknown_choice]: `zone` is not one of the choices here: `zones`, `replace`",
            "o.yaml:8:32: error[overrides::unsuitable]: a reason is missing here",
            "o.yaml:10:25: error[overrides::unsuitable]: `configmap` needs a choice of its own below it",
            "o.yaml:11:18: error[overrides::unsuitable]: a string stands where a whole number is expected",
            "o.yaml:12:8: error[overrides::unsuitable]: a string stands where a list is expected",
            "o.yaml:14:40: error[overrides::unsuitable]: a whole number stands where a string (in quotes) is expected",
            "o.yaml:15:19: error[overrides::unknown_choice]: `policies` is not one of the choices here: `network-policies`",
        ];
        assert_eq!(reads(text).unwrap_err(), expected);
    }

    #[test]
    fn forms_that_are_no_overrides_at_all() {
        for text in
            ["a", "- a", "5", "services: 5", "services: [a]", "services: { a: }", "project: { a: b }", "project:"]
        {
            assert_eq!(reads(text).map_err(|problems| problems.len()).unwrap_err(), 1, "{text}");
        }
    }

    #[test]
    fn a_damaged_preset_is_read_or_has_its_mistakes_shown_where_they_are() {
        for (_, preset) in crate::overrides::presets::PRESETS {
            let lines: Vec<&str> = preset.lines().collect();
            let (mut taken, mut refused) = (0, 0);
            // One damage a line, in turn: every kind meets every part of the file without taking seconds.
            let damages = ["", "- x", "  a: b", "a: [", "? {}", "\t", "*redis"];
            for (at, damage) in (0..lines.len()).zip(damages.iter().cycle()) {
                let mut broken = lines.clone();
                broken[at] = damage;
                match reads(&broken.join("\n")) {
                    Ok(_) => taken += 1,
                    Err(problems) => {
                        refused += 1;
                        assert!(problems.iter().all(|problem| problem.starts_with("o.yaml:")), "{problems:#?}");
                    }
                }
            }
            assert!(taken > 20 && refused > 100, "{taken} taken, {refused} refused");
        }
    }
}
