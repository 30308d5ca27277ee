//! The variables of a project, as `docker compose config --variables` lists them, with their locations.
//! <https://docs.docker.com/reference/cli/docker/compose/config/>
//!
//! Input: an uninterpolated project ([`ProjectOptions::no_interpolate`](super::ProjectOptions)). Output: each variable
//! with its default and all its uses.

use super::parsed::Parsed;
use super::tree::{Tree, TreeValue};
use super::variables::locate::place_in;
use super::variables::template::Act;
use super::variables::written_uses::{WrittenUse, written_uses};
use crate::maps::{IndexMap, IndexSet};
use crate::text::{Sources, Span};

/// A variable and the locations that use it in the same way. Each way to use a variable has its own entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableReference {
    /// The name.
    pub name: String,
    /// Whether the variable is required: `${V:?why}` or `${V?why}`.
    pub required: bool,
    /// The default of `${V:-default}` or `${V-default}`, as written.
    pub default: Option<String>,
    /// The alternative of `${V:+alternative}` or `${V+alternative}`, as written.
    pub alternate: Option<String>,
    /// The locations of the uses, from the dollar to the closing brace, in file order.
    pub at: Vec<Span>,
}

/// Returns the variables of an uninterpolated project, sorted by name and location.
#[must_use]
pub fn variables(parsed: &Parsed, sources: &Sources) -> Vec<VariableReference> {
    let mut found = Found::default();
    for way in &parsed.file_references {
        gather(way, sources, &mut found);
    }
    gather(&parsed.tree, sources, &mut found);
    let mut variables: Vec<VariableReference> = found
        .into_iter()
        .map(|((name, required, default, alternate), at)| {
            let mut at: Vec<Span> = at.into_iter().collect();
            at.sort_unstable();
            VariableReference { name, required, default, alternate, at }
        })
        .collect();
    variables.sort_by(|one, other| (&one.name, &one.at).cmp(&(&other.name, &other.at)));
    variables
}

type Found = IndexMap<(String, bool, Option<String>, Option<String>), IndexSet<Span>>;

fn gather(tree: &Tree, sources: &Sources, found: &mut Found) {
    match &tree.value {
        TreeValue::Scalar(scalar) if scalar.text.contains('$') => {
            let written = sources.snippet(tree.span);
            for WrittenUse { name, act, word, at } in written_uses(&scalar.text) {
                let said = |asked| (act == Some(asked)).then(|| word.to_owned());
                let key = (name.to_owned(), act == Some(Act::Require), said(Act::Default), said(Act::Alternative));
                found.entry(key).or_default().insert(place_in(tree.span, written, &scalar.text, &at));
            }
        }
        TreeValue::Scalar(_) => {}
        TreeValue::Sequence(items) => items.iter().for_each(|item| gather(item, sources, found)),
        TreeValue::Mapping(mapping) => mapping.values().for_each(|entry| gather(&entry.value, sources, found)),
    }
}
