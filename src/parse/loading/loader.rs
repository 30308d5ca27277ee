//! Reads the files of a project, with the state that is shared by all of them.

use std::path::{Path, PathBuf};

use crate::maps::HashMap;
use crate::parse::parsed::OverriddenLayer;
use crate::parse::problem::Problem;
use crate::parse::tree::{Mapping, Tree, TreeValue, scalars};
use crate::parse::variables::environment::Environment;
use crate::parse::variables::interpolate::interpolate;
use crate::parse::variables::usage::VariableUsage;
use crate::parse::{files, yaml};
use crate::paths;
use crate::report::{Report, Stopped};
use crate::text::{SourceId, Sources, Span};

/// Files above this size are not cached, because a parsed file takes ten times its size. Standard input is always
/// cached: it can be read only once.
const REMEMBERED: usize = 64 << 10;

/// Parsed Compose files, before interpolation: the runs of a project start with the files of the project.
#[derive(Debug, Default)]
pub(crate) struct FileCache(HashMap<PathBuf, ComposeFile>);

/// The state of loading one project.
pub(crate) struct Loader<'run> {
    pub(crate) sources: &'run mut Sources,
    pub(crate) report: &'run mut Report,
    /// The cache, if there is one.
    pub(crate) known: Option<&'run mut FileCache>,
    pub(crate) usage: VariableUsage,
    /// The working directory; file names in messages are relative to it.
    pub(crate) working: PathBuf,
    pub(crate) no_interpolate: bool,
    /// The files that include the current one, outermost first, each with the location of the reference.
    pub(crate) including: Vec<(PathBuf, Option<Span>)>,
    /// `include` and `extends` as written. Only recorded without interpolation.
    pub(crate) file_references: Vec<Tree>,
    /// Layers that are overridden or not used, and are checked nevertheless.
    pub(crate) overridden_layers: Vec<OverriddenLayer>,
}

/// What the files of one model share.
pub(crate) struct Scope {
    /// The base of relative paths, absolute.
    pub(crate) directory: PathBuf,
    pub(crate) environment: Environment,
}

/// A parsed Compose file.
#[derive(Debug, Clone)]
pub(crate) struct ComposeFile {
    pub(crate) path: PathBuf,
    pub(crate) source: SourceId,
    pub(crate) documents: Vec<Tree>,
}

impl Loader<'_> {
    /// Reads a Compose file. `at` is the location of the reference, if another file refers to it.
    pub(crate) fn read_file(&mut self, path: &Path, shown: &str, at: Option<Span>) -> Result<ComposeFile, Stopped> {
        if let Some(file) = self.known.as_ref().and_then(|known| known.0.get(path)) {
            return Ok(file.clone());
        }
        let source = files::read_source(path, shown, at, self.sources, self.report)?;
        let documents = yaml::documents(source, self.sources, self.report)?;
        let file = ComposeFile { path: path.to_path_buf(), source, documents };
        let short = self.sources.get(source).is_some_and(|source| source.text.len() <= REMEMBERED);
        let kept = short || files::is_input(path);
        if let Some(known) = self.known.as_mut().filter(|_| kept) {
            known.0.insert(file.path.clone(), file.clone());
        }
        Ok(file)
    }

    /// Reads a Compose file; messages show its path relative to the working directory.
    pub(crate) fn read_named_by(&mut self, path: &Path, at: Span) -> Result<ComposeFile, Stopped> {
        let shown = paths::relative(&self.working, path).display().to_string();
        self.read_file(path, &shown, Some(at))
    }

    /// Checks that a document is a mapping with string keys, and interpolates it.
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

    /// Interpolates `include` and `extends`, which are loaded even without interpolation.
    fn interpolate_file_references(&mut self, tree: &mut Tree, scope: &Scope) {
        let TreeValue::Mapping(top) = &mut tree.value else { return };
        let mut way = |holder: &mut Mapping, key: &str| {
            if let Some(entry) = holder.get_mut(key) {
                self.file_references.push(entry.value.clone());
                interpolate(&mut entry.value, &scope.environment, self.sources, &mut self.usage, self.report);
            }
        };
        way(top, "include");
        if let Some(TreeValue::Mapping(services)) = top.get_mut("services").map(|entry| &mut entry.value.value) {
            for service in services.values_mut() {
                if let TreeValue::Mapping(service) = &mut service.value.value {
                    way(service, "extends");
                }
            }
        }
    }

    /// Reports unquoted keys that YAML reads as a number, boolean, date or null.
    fn check_keys(&mut self, tree: &Tree) {
        match &tree.value {
            TreeValue::Scalar(_) => {}
            TreeValue::Sequence(items) => items.iter().for_each(|item| self.check_keys(item)),
            TreeValue::Mapping(mapping) => {
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
