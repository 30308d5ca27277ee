//! `include`: adds other Compose projects to this one.
//! <https://github.com/compose-spec/compose-spec/blob/main/14-include.md>
//!
//! Input: an interpolated document. Output: the document with the services, networks, volumes, configs, secrets and
//! models of the included projects, without `include`. An included project has its own directory and `.env`. Entries of
//! the same name are merged; the including file takes precedence.

use std::path::{Path, PathBuf};

use super::loader::{ComposeFile, Loader, Scope};
use crate::keys;
use crate::parse::merging::{merge, relocate};
use crate::parse::problem::Problem;
use crate::parse::tree::{Entry, Mapping, Tag, Tree, TreeValue};
use crate::parse::variables::environment::Environment;
use crate::paths;
use crate::report::{Stopped, did_you_mean};
use crate::text::{Span, Spanned};

/// The maximum nesting depth of includes.
const DEEPEST: usize = 50;

/// The sections that are taken from an included project.
const SECTIONS: [&str; 6] = ["services", "volumes", "networks", "secrets", "configs", "models"];

/// Loads the model of an included project's files: [`model`](super::model::model), which calls [`apply`] in turn.
pub(crate) type LoadModel = fn(&mut Loader<'_>, Vec<ComposeFile>, &Scope) -> Result<Tree, Stopped>;

/// Adds everything that a document of the file `path` includes.
pub(crate) fn apply(
    loader: &mut Loader<'_>,
    document: &mut Tree,
    path: &Path,
    scope: &Scope,
    load_model: LoadModel,
) -> Result<(), Stopped> {
    let TreeValue::Mapping(top) = &mut document.value else { return Ok(()) };
    let Some(include) = top.shift_remove("include") else { return Ok(()) };
    if include.value.is_null() || include.value.tag == Some(Tag::Reset) {
        return Ok(());
    }
    let TreeValue::Sequence(items) = include.value.value else {
        let problem = Problem::IncludeNoList { kind: include.value.kind(), at: include.value.span };
        loader.report.add(problem);
        return Err(Stopped);
    };
    let mut outcome = Ok(());
    let depth = loader.including.len();
    for item in &items {
        loader.including.truncate(depth);
        let imported = entry_of(loader, item).and_then(|entry| load(loader, &entry, path, scope, load_model));
        match imported {
            Ok(imported) => import(loader, imported, top),
            Err(Stopped) => outcome = Err(Stopped),
        }
    }
    loader.including.truncate(depth);
    outcome
}

/// An item of `include` in its long form.
struct IncludeEntry {
    paths: Vec<Spanned<String>>,
    directory: Option<Spanned<String>>,
    env_files: Vec<Spanned<String>>,
}

fn entry_of(loader: &mut Loader<'_>, item: &Tree) -> Result<IncludeEntry, Stopped> {
    let own = |text: Spanned<&str>| text.map(str::to_owned);
    if let Some(path) = item.as_text() {
        return Ok(IncludeEntry { paths: vec![own(path)], directory: None, env_files: Vec::new() });
    }
    let texts = |name: &str| -> Vec<Spanned<String>> {
        let Some(value) = item.get(name) else { return Vec::new() };
        let one = value.as_text().into_iter();
        one.chain(value.as_sequence().unwrap_or_default().iter().filter_map(Tree::as_text)).map(own).collect()
    };
    let known = ["path", "project_directory", "env_file"];
    for (name, entry) in item.as_mapping().into_iter().flatten() {
        if !known.contains(&name) {
            let help = did_you_mean(name, known);
            loader.report.add(Problem::UnknownKey { key: name.to_owned(), of: "include", at: entry.key, help });
        }
    }
    let entry = IncludeEntry {
        paths: texts("path"),
        directory: item.get("project_directory").and_then(Tree::as_text).map(own),
        env_files: texts("env_file"),
    };
    if entry.paths.is_empty() {
        loader.report.add(Problem::IncludeNoPath { at: item.span });
        return Err(Stopped);
    }
    Ok(entry)
}

fn load(
    loader: &mut Loader<'_>,
    entry: &IncludeEntry,
    path: &Path,
    scope: &Scope,
    load_model: LoadModel,
) -> Result<Tree, Stopped> {
    let Some(first) = entry.paths.first() else { return Err(loader.report.internal("an include without paths")) };
    for reference in &entry.paths {
        if paths::is_remote(&reference.value) {
            loader.report.add(Problem::Remote { reference: reference.value.clone(), at: Some(reference.span) });
            return Err(Stopped);
        }
    }
    let paths: Vec<PathBuf> =
        entry.paths.iter().map(|path| paths::absolute(&scope.directory, path.value.as_ref())).collect();
    enter(loader, path, paths.first(), first)?;
    let own = paths.first().and_then(|path| path.parent()).map(Path::to_path_buf).unwrap_or_default();
    let directory =
        entry.directory.as_ref().map_or(own, |directory| paths::absolute(&scope.directory, directory.value.as_ref()));
    let inner = Scope { environment: environment(loader, entry, &directory, scope)?, directory };
    let mut read = Vec::new();
    let mut outcome = Ok(());
    for (path, reference) in paths.iter().zip(&entry.paths) {
        match loader.read_named_by(path, reference.span) {
            Ok(file) => read.push(file),
            Err(Stopped) => outcome = Err(Stopped),
        }
    }
    outcome?;
    let mut model = load_model(loader, read, &inner)?;
    fill(&mut model, &inner);
    relocate::project(&mut model, &paths::relative(&scope.directory, &inner.directory));
    Ok(model)
}

/// Whether two paths refer to the same file in the same directory, with symbolic links resolved.
fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| Some((path.canonicalize().ok()?, path.parent()?.canonicalize().ok()?));
    one == other || real(one).is_some_and(|one| Some(one) == real(other))
}

/// Records that a file is being included; reports it if it already is.
fn enter(
    loader: &mut Loader<'_>,
    from: &Path,
    path: Option<&PathBuf>,
    reference: &Spanned<String>,
) -> Result<(), Stopped> {
    let around = loader.including.iter().map(|(path, _)| path.as_path()).chain([from]);
    if around.into_iter().any(|known| path.is_some_and(|path| is_same(known, path))) {
        let mut places: Vec<Span> = loader.including.iter().filter_map(|(_, at)| *at).collect();
        places.push(reference.span);
        loader.report.add(Problem::IncludeCycle { path: reference.value.clone(), at: places });
        return Err(Stopped);
    }
    if loader.including.len() >= DEEPEST {
        loader.report.add(Problem::IncludeTooDeep { limit: DEEPEST, at: reference.span });
        return Err(Stopped);
    }
    loader.including.push((from.to_path_buf(), Some(reference.span)));
    Ok(())
}

/// Returns the variables of the including project and those of the included project's `.env` or `env_file`.
fn environment(
    loader: &mut Loader<'_>,
    entry: &IncludeEntry,
    directory: &Path,
    scope: &Scope,
) -> Result<Environment, Stopped> {
    let mut environment = scope.environment.clone();
    let mut named: Vec<(PathBuf, String)> = entry
        .env_files
        .iter()
        .map(|file| (paths::absolute(&scope.directory, file.value.as_ref()), file.value.clone()))
        .collect();
    if named.is_empty() {
        let default = directory.join(".env");
        if default.is_file() || environment.is_replaced_by_record(&default) {
            let shown = paths::relative(&loader.working, &default).display().to_string();
            named.push((default, shown));
        }
    }
    environment.merge_files(&named, loader.sources, &mut loader.usage, loader.report)?;
    Ok(environment)
}

/// Fills in values from variables of the included project, because later stages have only those of the including
/// project.
fn fill(model: &mut Tree, scope: &Scope) {
    let TreeValue::Mapping(top) = &mut model.value else { return };
    for entry in entries(top, "services") {
        let TreeValue::Mapping(service) = &mut entry.value.value else { continue };
        let Some(TreeValue::Sequence(items)) = service.get_mut("environment").map(|entry| &mut entry.value.value)
        else {
            continue;
        };
        for item in items {
            let definition = item
                .as_text()
                .and_then(|name| Some((name.value, scope.environment.value(name.value)?)))
                .map(|(name, value)| {
                    scope.environment.record(name, false);
                    Tree::outside_definition(name, value, item.span)
                });
            if let Some(definition) = definition {
                *item = definition;
            }
        }
    }
    for (section, key) in [("configs", "content"), ("secrets", CONTENT)] {
        for entry in entries(top, section) {
            let found = entry.value.get("environment").and_then(|name| {
                let variable = name.as_text()?.value;
                scope.environment.record(variable, false);
                Some(Tree::outside_string(variable, scope.environment.value(variable)?, name.span))
            });
            if let (Some(value), TreeValue::Mapping(material)) = (found, &mut entry.value.value) {
                material.insert(key.to_owned(), Entry { key: value.span, value });
            }
        }
    }
}

/// The key for the value of an included secret's `environment`, as in compose-go. It is not part of the specification.
pub const CONTENT: &str = "x-#value";

fn entries<'t>(top: &'t mut Mapping, section: &str) -> impl Iterator<Item = &'t mut Entry> {
    let mapping = top.get_mut(section).and_then(|entry| match &mut entry.value.value {
        TreeValue::Mapping(mapping) => Some(mapping),
        TreeValue::Scalar(_) | TreeValue::Sequence(_) => None,
    });
    mapping.into_iter().flat_map(Mapping::values_mut)
}

/// Adds the sections of an included model. Entries of the same name are merged; the including document takes
/// precedence.
fn import(loader: &mut Loader<'_>, imported: Tree, top: &mut Mapping) {
    let TreeValue::Mapping(mut imported) = imported.value else { return };
    for section in SECTIONS {
        let Some(from) = imported.shift_remove(section) else { continue };
        let node = keys::root().child(section);
        match top.get_mut(section) {
            Some(known) if !known.value.is_null() => {
                let (tag, span) = (known.value.tag.take(), known.value.span);
                let here = std::mem::replace(&mut known.value, Tree::string("", span));
                known.value = merge::merge(from.value, here, node, loader.report);
                known.value.tag = tag;
            }
            Some(known) => *known = from,
            None => {
                top.insert(section.to_owned(), from);
            }
        }
    }
}
