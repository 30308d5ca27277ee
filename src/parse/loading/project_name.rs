//! The project name: from `-p`, `COMPOSE_PROJECT_NAME`, `name:` in the files, or the directory, in this order.
//! <https://docs.docker.com/compose/how-tos/project-name/>

use std::path::Path;

use super::loader::{ComposeFile, Loader};
use crate::parse::options::ProjectOptions;
use crate::parse::problem::Problem;
use crate::parse::tree::Tree;
use crate::parse::variables::environment::Environment;
use crate::parse::variables::interpolate;
use crate::report::Stopped;
use crate::text::Span;

/// Returns the project name, and the location of `name:` if it comes from there. A name from the command line or a
/// variable must be valid; others are normalized.
pub(crate) fn choose_project_name(
    selection: &ProjectOptions,
    files: &[ComposeFile],
    directory: &Path,
    environment: &Environment,
    loader: &mut Loader<'_>,
) -> Result<(String, Option<Span>), Stopped> {
    let asked = selection.project_name.as_deref().map(|name| (name, "given with --project-name"));
    environment.record("COMPOSE_PROJECT_NAME", true);
    let variable = environment.value("COMPOSE_PROJECT_NAME").filter(|name| !name.is_empty());
    let given = asked.or(variable.map(|name| (name, "the value of `COMPOSE_PROJECT_NAME`")));
    if let Some((name, from)) = given {
        if normal(name) == name && !name.is_empty() {
            return Ok((name.to_owned(), None));
        }
        loader.report.add(Problem::ProjectName { name: name.to_owned(), from: from.to_owned(), at: None });
        return Err(Stopped);
    }
    let written = |tree: &Tree| {
        tree.get("name").filter(|name| name.as_text().is_some_and(|name| !name.value.is_empty())).cloned()
    };
    let last = files.iter().flat_map(|file| &file.documents).filter_map(written).next_back();
    if let Some(mut tree) = last {
        if !loader.no_interpolate {
            // Its faults are reported when the whole file is interpolated.
            let mut report = crate::report::Report::new();
            interpolate::interpolate(&mut tree, environment, loader.sources, &mut loader.usage, &mut report);
        }
        let name = tree.as_text().map(|name| name.value.to_owned()).unwrap_or_default();
        let normal = normal(&name);
        if normal.is_empty() {
            let from = "the value of `name`".to_owned();
            loader.report.add(Problem::ProjectName { name, from, at: Some(tree.span) });
            return Err(Stopped);
        }
        return Ok((normal, Some(tree.span)));
    }
    let folder = directory.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = normal(&folder);
    if name.is_empty() {
        let from = "the folder's name".to_owned();
        loader.report.add(Problem::ProjectName { name: folder, from, at: None });
        return Err(Stopped);
    }
    Ok((name, None))
}

/// Normalizes a project name: lowercase letters, digits, `_` and `-`, starting with a letter or digit.
fn normal(name: &str) -> String {
    let kept: String = name
        .to_lowercase()
        .chars()
        .filter(|character| matches!(character, 'a'..='z' | '0'..='9' | '_' | '-'))
        .collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn project_names_are_normalized() {
        for (name, expected) in [("My App", "myapp"), ("_a-b_c", "a-b_c"), ("ÄB.1", "b1"), ("--", "")] {
            assert_eq!(normal(name), expected, "{name}");
        }
    }
}
