//! YAML text to [`Tree`]s: the only module that knows the YAML parser.
//!
//! In: one source. Out: a tree per document, anchors expanded, merge keys (`<<`) merged, every node and key with its
//! place. It serves Compose files, overrides and Kubernetes manifests alike, so it knows no Compose word beyond the two
//! tags `!reset` and `!override`.
//!
//! Invariant: no text makes it panic, run without end, or build more than [`ALIASED_AT_LEAST`] nodes (or ten times what
//! was written) out of aliases.
//! Invariant: scalars stay as written; the two tables of [`super::tree::scalars`] say what they are.

mod builder;
mod extent;
mod limits;
mod mapping;
mod parser_errors;
#[cfg(test)]
mod tests;

use super::problem::Problem;
use super::tree::{Scalar, Style, Text, Tree, Value};
use crate::report::{Report, Stopped};
use crate::text::{SourceId, Sources, Span};

use builder::Builder;
pub use limits::{ALIASED_AT_LEAST, DEEPEST};

/// Every document of a source, in order; none for a text of blanks and comments.
///
/// # Errors
/// Everything wrong with it was added to the report: broken YAML, keys given twice, keys that are no single value,
/// merge keys without a mapping, nesting or aliases without measure.
pub fn documents(source: SourceId, sources: &Sources, report: &mut Report) -> Result<Vec<Tree>, Stopped> {
    let text = sources.get(source).map_or("", |source| &source.text);
    let Ok(length) = u32::try_from(text.len()) else {
        let at = Span { source, start: 0, end: 0 };
        report.add(Problem::TooLarge { limit: "4 GiB".to_owned(), at: Some(at), path: String::new() });
        return Err(Stopped);
    };
    let mut builder = Builder::new(text, length, source);
    let trees = builder.stream();
    let complete = builder.problems.is_empty();
    for problem in builder.problems {
        report.add(problem);
    }
    match trees {
        Ok(trees) if complete => Ok(trees),
        Ok(_) | Err(Stopped) => Err(Stopped),
    }
}

/// The only document of a source that must hold one: overrides, a preset. An empty source is an omitted scalar.
///
/// # Errors
/// As [`documents`], and when there is a second document.
pub fn document(source: SourceId, sources: &Sources, report: &mut Report) -> Result<Tree, Stopped> {
    let mut trees = documents(source, sources, report)?.into_iter();
    let first = trees.next();
    if let Some(second) = trees.next() {
        report.add(Problem::SecondDocument { at: second.span });
        return Err(Stopped);
    }
    Ok(first.unwrap_or_else(|| omitted(Span { source, start: 0, end: 0 })))
}

fn omitted(span: Span) -> Tree {
    Tree::new(span, Value::Scalar(Scalar { text: Text::default(), style: Style::Omitted, template: None }))
}
