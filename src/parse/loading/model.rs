//! Loads a model from its files: each is checked and interpolated, its `include` and `extends` are applied, and it is
//! merged over the files before it.
//! <https://github.com/compose-spec/compose-go/blob/main/parsing.md>
//!
//! Invariant: a diagnostic in one file does not hide those of other files. All files are read and interpolated before
//! the first merge.

use super::loader::{ComposeFile, Loader, Scope};
use super::{extends, include};
use crate::keys;
use crate::parse::merging::{merge, short_forms, unicity};
use crate::parse::parsed::OverriddenLayer;
use crate::parse::tree::{Mapping, Tree, TreeValue};
use crate::report::Stopped;
use crate::text::Span;

/// Returns the merged model of files, in merge order; an empty mapping if they are empty.
pub(crate) fn model(loader: &mut Loader<'_>, mut files: Vec<ComposeFile>, scope: &Scope) -> Result<Tree, Stopped> {
    for file in &mut files {
        for document in &mut file.documents {
            loader.prepare(document, scope);
        }
    }
    loader.report.stop_on_error()?;
    let start = files.first().map(|file| Span { source: file.source, start: 0, end: 0 });
    let Some(start) = start else { return Err(loader.report.internal("a model without files")) };
    let mut merged: Option<Tree> = None;
    for file in files {
        for mut document in file.documents {
            include::apply(loader, &mut document, &file.path, scope, model)?;
            extends::apply(loader, &mut document, scope)?;
            let mut next = match merged.take() {
                Some(mut before) => {
                    let mut tree = before.clone();
                    unicity::enforce(&mut tree, Some(keys::root()));
                    loader.overridden_layers.push(OverriddenLayer { tree, whole: true });
                    short_forms::settled(&mut before);
                    merge::merge(before, document, Some(keys::root()), loader.report)
                }
                None => document,
            };
            merge::settle(&mut next);
            merged = Some(next);
        }
    }
    let mut merged = merged.unwrap_or_else(|| Tree::new(start, TreeValue::Mapping(Mapping::default())));
    unicity::enforce(&mut merged, Some(keys::root()));
    loader.report.stop_on_error()?;
    Ok(merged)
}
