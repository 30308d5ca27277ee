//! Reading overrides files.

use super::*;
use crate::report;
use crate::text::Sources;

/// Reads overrides from a string, or returns the diagnostics as short lines.
pub(crate) fn overrides_in(text: &str) -> Result<WrittenOverrides, Vec<String>> {
    let mut sources = Sources::new();
    let source = sources.add("o.yaml", None, text);
    let mut report = Report::new();
    let written =
        crate::parse::yaml::document(source, &sources, &mut report).map(|tree| read_overrides(tree, &mut report)).ok();
    report.sort();
    let problems: Vec<String> = report.problems().iter().map(|problem| report::short(problem, &sources)).collect();
    if problems.is_empty() { Ok(written.unwrap()) } else { Err(problems) }
}

#[test]
fn an_empty_file_has_no_entries() {
    assert!(overrides_in("").unwrap().project.is_none());
    assert!(overrides_in("# a comment alone\n").is_ok());
}

#[test]
fn locations_are_those_of_the_source() {
    let text = "networks:\n  back: { addresses: service, because: 'x' }\nproject: abc\n";
    let written = overrides_in(text).unwrap();
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
    mounts: { /a: { as: configmapx, because: b } }
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
        "o.yaml:7:25: error[overrides::unknown_choice]: `configmapx` is not one of the choices here: `configmap`, `hostpath`",
        "o.yaml:8:32: error[overrides::unsuitable]: a reason is missing here",
        "o.yaml:10:25: error[overrides::unsuitable]: `configmap` needs a choice of its own below it",
        "o.yaml:11:18: error[overrides::unsuitable]: a string stands where a whole number is expected",
        "o.yaml:12:8: error[overrides::unsuitable]: a string stands where a list is expected",
        "o.yaml:14:40: error[overrides::unsuitable]: a whole number stands where a string (in quotes) is expected",
        "o.yaml:15:19: error[overrides::unknown_choice]: `policies` is not one of the choices here: `network-policies`",
    ];
    assert_eq!(overrides_in(text).unwrap_err(), expected);
}

#[test]
fn files_that_are_not_overrides_are_rejected() {
    for text in ["a", "- a", "5", "services: 5", "services: [a]", "services: { a: }", "project: { a: b }", "project:"] {
        assert_eq!(overrides_in(text).map_err(|problems| problems.len()).unwrap_err(), 1, "{text}");
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
            match overrides_in(&broken.join("\n")) {
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
