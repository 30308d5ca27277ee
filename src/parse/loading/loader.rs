//! Reading of a model's files, and what one loading keeps over all of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::parse::parsed::OverriddenLayer;
use crate::parse::problem::Problem;
use crate::parse::tree::{Mapping, Tree, Value, scalars};
use crate::parse::variables::environment::Environment;
use crate::parse::variables::interpolate::interpolate;
use crate::parse::variables::usage::VariableUsage;
use crate::parse::{files, yaml};
use crate::paths;
use crate::report::{Report, Stopped};
use crate::text::{SourceId, Sources, Span};

/// Longer files, in bytes, are read anew each time: what is remembered takes ten times their length. Standard input alone is
/// remembered whatever its length.
const REMEMBERED: usize = 64 << 10;

/// Compose files that were read already, as they are before anything is made of them: the runs of a project begin with its
/// own files.
#[derive(Debug, Default)]
pub(crate) struct FileCache(HashMap<PathBuf, File>);

/// What one loading keeps over all files.
pub(crate) struct Loader<'run> {
    pub(crate) sources: &'run mut Sources,
    pub(crate) report: &'run mut Report,
    /// What was read before for the same sources, if any is to be remembered.
    pub(crate) known: Option<&'run mut FileCache>,
    pub(crate) usage: VariableUsage,
    /// Where the user stands: names of files are shown from here.
    pub(crate) working: PathBuf,
    pub(crate) no_interpolate: bool,
    /// The files in which the current one is included, outermost first, each with the place that names the next.
    pub(crate) including: Vec<(PathBuf, Option<Span>)>,
    /// What named other files, as written; only without interpolation, which would have used its variables up.
    pub(crate) file_references: Vec<Tree>,
    /// What is merged over, or not taken at all, and must be right all the same.
    pub(crate) overridden_layers: Vec<OverriddenLayer>,
}

/// What a model's own files share.
pub(crate) struct Scope {
    /// What relative paths in them start from, absolute.
    pub(crate) directory: PathBuf,
    pub(crate) environment: Environment,
}

/// A Compose file that was read.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) source: SourceId,
    pub(crate) documents: Vec<Tree>,
}

impl Loader<'_> {
    /// Reads one Compose file. `at` is the place that names it, if a file does.
    pub(crate) fn read_file(&mut self, path: &Path, shown: &str, at: Option<Span>) -> Result<File, Stopped> {
        if let Some(file) = self.known.as_ref().and_then(|known| known.0.get(path)) {
            return Ok(file.clone());
        }
        let source = files::read_source(path, shown, at, self.sources, self.report)?;
        let documents = yaml::documents(source, self.sources, self.report)?;
        let file = File { path: path.to_path_buf(), source, documents };
        let short = self.sources.get(source).is_some_and(|source| source.text.len() <= REMEMBERED);
        let kept = short || files::is_input(path);
        if let Some(known) = self.known.as_mut().filter(|_| kept) {
            known.0.insert(file.path.clone(), file.clone());
        }
        Ok(file)
    }

    /// As [`Loader::read_file`], named by its way from where the user stands.
    pub(crate) fn read_named_by(&mut self, path: &Path, at: Span) -> Result<File, Stopped> {
        let shown = paths::relative(&self.working, path).display().to_string();
        self.read_file(path, &shown, Some(at))
    }

    /// Checks one document's form and interpolates it.
    pub(crate) fn prepare(&mut self, tree: &mut Tree, scope: &Scope) {
        if tree.as_mapping().is_none() {
            self.report.add(Problem::NoMapping { what: "a Compose file".to_owned(), kind: tree.kind(), at: tree.span });
            return;
        }
        self.check_keys(tree);
        if self.no_interpolate {
            self.interpolate_file_references(tree, scope);
        } else {
            interpolate(tree, &scope.environment, self.sources, &mut self.usage, self.report);
        }
    }

    /// Interpolates what names other files: they are read even where every other text stays as written.
    fn interpolate_file_references(&mut self, tree: &mut Tree, scope: &Scope) {
        let Value::Mapping(top) = &mut tree.value else { return };
        let mut way = |holder: &mut Mapping, key: &str| {
            if let Some(entry) = holder.get_mut(key) {
                self.file_references.push(entry.value.clone());
                interpolate(&mut entry.value, &scope.environment, self.sources, &mut self.usage, self.report);
            }
        };
        way(top, "include");
        if let Some(Value::Mapping(services)) = top.get_mut("services").map(|entry| &mut entry.value.value) {
            for service in services.values_mut() {
                if let Value::Mapping(service) = &mut service.value.value {
                    way(service, "extends");
                }
            }
        }
    }

    /// Keys without quotes that YAML takes for a number, a truth value, a date or nothing are no strings.
    fn check_keys(&mut self, tree: &Tree) {
        match &tree.value {
            Value::Scalar(_) => {}
            Value::Sequence(items) => items.iter().for_each(|item| self.check_keys(item)),
            Value::Mapping(mapping) => {
                for (key, entry) in mapping {
                    if scalars::compose_plain(key) != scalars::Plain::Text && self.sources.snippet(entry.key) == key {
                        self.report.add(Problem::KeyNotText { key: key.to_owned(), at: entry.key });
                    }
                    self.check_keys(&entry.value);
                }
            }
        }
    }
}
