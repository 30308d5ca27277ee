//! Paths of a file that lies elsewhere, rewritten to start from the project directory.
//!
//! In: a tree whose relative paths start from its own folder, and the way from the project directory to that folder. Out:
//! the tree with paths that start from the project directory. What is absolute, begins with `~`, is fetched or names a
//! volume stays. The places are those of compose-go's `paths` package.

use std::path::Path;

use super::unicity;
use crate::parse::tree::{Entry, Tree, Value};
use crate::paths;

/// Rewrites a whole project: an included one.
pub(crate) fn project(tree: &mut Tree, way: &Path) {
    if way == Path::new(".") {
        return;
    }
    each_of(tree, "services", &mut |tree| {
        service(tree, way);
        // Compose's default context, `.`, is the included project's own folder.
        child(tree, "build", &mut |build| {
            let span = build.span;
            if let Value::Mapping(mapping) = &mut build.value
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

/// Rewrites one service: one that another file's service extends.
pub(crate) fn service(tree: &mut Tree, way: &Path) {
    if way == Path::new(".") {
        return;
    }
    child(tree, "build", &mut |build| {
        context(build, way);
        child(build, "context", &mut |tree| context(tree, way));
        child(build, "additional_contexts", &mut |contexts| match &mut contexts.value {
            Value::Mapping(mapping) => mapping.values_mut().for_each(|entry| context(&mut entry.value, way)),
            Value::Sequence(items) => items.iter_mut().for_each(|item| named_context(item, way)),
            Value::Scalar(_) => {}
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
    if let Value::Mapping(mapping) = &mut tree.value
        && let Some(entry) = mapping.get_mut(name)
    {
        change(&mut entry.value);
    }
}

fn each_of(tree: &mut Tree, name: &str, change: &mut dyn FnMut(&mut Tree)) {
    child(tree, name, &mut |section| {
        if let Value::Mapping(mapping) = &mut section.value {
            mapping.values_mut().for_each(|entry| change(&mut entry.value));
        }
    });
}

fn items(tree: &mut Tree, change: &mut dyn FnMut(&mut Tree)) {
    if let Value::Sequence(items) = &mut tree.value {
        items.iter_mut().for_each(change);
    }
}

/// Changes a scalar's text; what it was before interpolation no longer fits.
fn rewrite(tree: &mut Tree, new: impl Fn(&str) -> Option<String>) {
    if tree.is_null() {
        return;
    }
    if let Value::Scalar(scalar) = &mut tree.value
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
        // Anything else is a volume's name.
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
