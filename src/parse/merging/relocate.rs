//! Rewrites the relative paths of a file in another directory.
//!
//! Input: a tree with paths relative to its own directory, and the path of that directory from the project directory.
//! Output: the tree with paths relative to the project directory. Absolute paths, paths with `~`, URLs and names of
//! volumes stay. The keys are those of compose-go's `paths` package.

use std::path::Path;

use super::unicity;
use crate::parse::tree::{Entry, Tree, TreeValue};
use crate::paths;

/// Rewrites an included project.
pub(crate) fn project(tree: &mut Tree, way: &Path) {
    if way == Path::new(".") {
        return;
    }
    each_of(tree, "services", &mut |tree| {
        service(tree, way);
        // The default context, `.`, is the directory of the included project.
        child(tree, "build", &mut |build| {
            let span = build.span;
            if let TreeValue::Mapping(mapping) = &mut build.value
                && !mapping.contains_key("context")
            {
                let value = Tree::string(way.display().to_string(), span);
                mapping.insert("context".to_owned(), Entry { key: span, value });
            }
        });
    });
    for section in ["configs", "secrets"] {
        each_of(tree, section, &mut |tree| child(tree, "file", &mut |tree| path(tree, way)));
    }
    each_of(tree, "volumes", &mut |tree| {
        let text = |tree: &Tree, name: &str| tree.get(name).and_then(|value| Some(value.as_text()?.value.to_owned()));
        let binds = tree.get("driver_opts").and_then(|options| text(options, "o")).as_deref() == Some("bind");
        if binds && text(tree, "driver").as_deref() == Some("local") {
            child(tree, "driver_opts", &mut |options| child(options, "device", &mut |tree| path(tree, way)));
        }
    });
}

/// Rewrites a service of another file that is extended.
pub(crate) fn service(tree: &mut Tree, way: &Path) {
    if way == Path::new(".") {
        return;
    }
    child(tree, "build", &mut |build| {
        context(build, way);
        child(build, "context", &mut |tree| context(tree, way));
        child(build, "additional_contexts", &mut |contexts| match &mut contexts.value {
            TreeValue::Mapping(mapping) => mapping.values_mut().for_each(|entry| context(&mut entry.value, way)),
            TreeValue::Sequence(items) => items.iter_mut().for_each(|item| named_context(item, way)),
            TreeValue::Scalar(_) => {}
        });
    });
    child(tree, "env_file", &mut |tree| {
        path(tree, way);
        items(tree, &mut |item| {
            path(item, way);
            child(item, "path", &mut |tree| path(tree, way));
        });
    });
    child(tree, "label_file", &mut |tree| {
        path(tree, way);
        items(tree, &mut |item| path(item, way));
    });
    child(tree, "develop", &mut |develop| {
        child(develop, "watch", &mut |watch| {
            items(watch, &mut |item| child(item, "path", &mut |tree| path(tree, way)));
        });
    });
    child(tree, "volumes", &mut |volumes| {
        items(volumes, &mut |item| {
            short_mount(item, way);
            if item.get("type").and_then(Tree::as_text).is_some_and(|kind| kind.value == "bind") {
                child(item, "source", &mut |tree| path(tree, way));
            }
        });
    });
}

fn child(tree: &mut Tree, name: &str, change: &mut dyn FnMut(&mut Tree)) {
    if let TreeValue::Mapping(mapping) = &mut tree.value
        && let Some(entry) = mapping.get_mut(name)
    {
        change(&mut entry.value);
    }
}

fn each_of(tree: &mut Tree, name: &str, change: &mut dyn FnMut(&mut Tree)) {
    child(tree, name, &mut |section| {
        if let TreeValue::Mapping(mapping) = &mut section.value {
            mapping.values_mut().for_each(|entry| change(&mut entry.value));
        }
    });
}

fn items(tree: &mut Tree, change: &mut dyn FnMut(&mut Tree)) {
    if let TreeValue::Sequence(items) = &mut tree.value {
        items.iter_mut().for_each(change);
    }
}

/// Changes the text of a scalar and drops its template, which no longer matches.
fn rewrite(tree: &mut Tree, new: impl Fn(&str) -> Option<String>) {
    if tree.is_null() {
        return;
    }
    if let TreeValue::Scalar(scalar) = &mut tree.value
        && let Some(text) = new(&scalar.text)
    {
        scalar.text = text.into();
        scalar.template = None;
    }
}

fn path(tree: &mut Tree, way: &Path) {
    rewrite(tree, |text| moved(text, way));
}

fn context(tree: &mut Tree, way: &Path) {
    rewrite(tree, |text| if paths::is_fetched_context(text) { None } else { moved(text, way) });
}

fn named_context(tree: &mut Tree, way: &Path) {
    rewrite(tree, |text| {
        let (name, value) = text.split_once('=')?;
        if paths::is_fetched_context(value) { None } else { moved(value, way).map(|value| format!("{name}={value}")) }
    });
}

fn short_mount(tree: &mut Tree, way: &Path) {
    rewrite(tree, |text| {
        let parts = unicity::mount_parts(text);
        let source = *parts.first().filter(|_| parts.len() > 1)?;
        let rest = text.get(source.len()..)?;
        // Other sources are names of volumes.
        if !source.starts_with('.') {
            return None;
        }
        let source = moved(source, way)?;
        let dot = if source.starts_with('.') { "" } else { "./" };
        Some(format!("{dot}{source}{rest}"))
    });
}

fn moved(text: &str, way: &Path) -> Option<String> {
    if text.is_empty() || text.starts_with(['/', '~', '\\']) || paths::has_windows_drive(text) {
        return None;
    }
    Some(paths::clean(&way.join(text)).display().to_string())
}
