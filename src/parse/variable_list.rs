//! The variables that a project asks for: what `docker compose config --variables` lists, with the places.
//! <https://docs.docker.com/reference/cli/docker/compose/config/>
//!
//! In: a project that was read with its texts as written ([`ProjectOptions::no_interpolate`](super::ProjectOptions)). Out: each
//! variable with what becomes of it where it has no value, and every place that uses it.

use indexmap::{IndexMap, IndexSet};

use super::parsed::Parsed;
use super::tree::{Tree, Value};
use super::variables::locate::place_in;
use super::variables::template::{self, Act, Written};
use crate::text::{Sources, Span};

/// A variable as some places use it. Of one name there is one for each way to use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// `${V:?why}` or `${V?why}`: without a value nothing loads.
    pub required: bool,
    /// What `${V:-this}` or `${V-this}` becomes without a value, as written.
    pub default: Option<String>,
    /// What `${V:+this}` or `${V+this}` becomes with a value, as written.
    pub alternate: Option<String>,
    /// Where, from the dollar to the closing brace; in the order of the files.
    pub at: Vec<Span>,
}

/// Every variable of a project that was read without interpolation, in the order of names, then of places.
#[must_use]
pub fn variables(parsed: &Parsed, sources: &Sources) -> Vec<Variable> {
    let mut found = Found::default();
    for way in &parsed.file_references {
        gather(way, sources, &mut found);
    }
    gather(&parsed.tree, sources, &mut found);
    let mut variables: Vec<Variable> = found
        .into_iter()
        .map(|((name, required, default, alternate), at)| {
            let mut at: Vec<Span> = at.into_iter().collect();
            at.sort_unstable();
            Variable { name, required, default, alternate, at }
        })
        .collect();
    variables.sort_by(|one, other| (&one.name, &one.at).cmp(&(&other.name, &other.at)));
    variables
}

type Found = IndexMap<(String, bool, Option<String>, Option<String>), IndexSet<Span>>;

fn gather(tree: &Tree, sources: &Sources, found: &mut Found) {
    match &tree.value {
        Value::Scalar(scalar) if scalar.text.contains('$') => {
            let written = sources.snippet(tree.span);
            for Written { name, act, word, at } in template::written(&scalar.text) {
                let said = |asked| (act == Some(asked)).then(|| word.to_owned());
                let key = (name.to_owned(), act == Some(Act::Require), said(Act::Default), said(Act::Alternative));
                found.entry(key).or_default().insert(place_in(tree.span, written, &scalar.text, &at));
            }
        }
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter().for_each(|item| gather(item, sources, found)),
        Value::Mapping(mapping) => mapping.values().for_each(|entry| gather(&entry.value, sources, found)),
    }
}
