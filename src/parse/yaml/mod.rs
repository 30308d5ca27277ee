//! Parses YAML into [`Tree`]s. This is the only module that uses the YAML parser.
//!
//! Input: one source. Output: a tree per document, with anchors expanded, merge keys (`<<`) merged, and a location for
//! every node and key. It is used for Compose files, overrides and Kubernetes manifests, so its only Compose features
//! are the tags `!reset` and `!override`.
//!
//! Invariant: no input causes a panic, an endless loop, or more than [`ALIASED_AT_LEAST`] nodes (or ten times the
//! written nodes) from aliases.
//! Invariant: scalars stay as written; the two tables of [`super::tree::scalars`] define their types.

mod builder;
mod extent;
mod limits;
mod mapping;
mod parser_errors;
#[cfg(test)]
mod tests;

use super::problem::Problem;
use super::tree::{Scalar, ScalarStyle, Text, Tree, TreeValue};
use crate::report::{Report, Stopped};
use crate::text::{SourceId, Sources, Span};

use builder::Builder;
pub use limits::{ALIASED_AT_LEAST, DEEPEST};

/// Returns all documents of a source; none for a source of blanks and comments.
///
/// # Errors
/// The source has invalid YAML, repeated keys, keys that are not scalars, merge keys without a mapping, or too much
/// nesting or too many aliases. All of these were reported.
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

/// Returns the only document of a source, such as an overrides file. An empty source is an omitted scalar.
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
    Tree::new(span, TreeValue::Scalar(Scalar { text: Text::default(), style: ScalarStyle::Omitted, template: None }))
}
