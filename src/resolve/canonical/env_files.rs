//! Adds the files of `env_file` and `label_file` to `environment` and `labels`.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#env_file>

use std::path::{Path, PathBuf};

use super::project::Canonical;
use crate::maps::IndexMap;
use crate::parse::{Entry, Environment, Mapping, Tree, TreeValue, dotenv, files, raw_file};
use crate::paths;
use crate::report::Report;
use crate::resolve::host_paths;
use crate::resolve::problem::Problem;
use crate::resolve::synthetic;
use crate::resolve::value_format::{PathKind, is_true, scalar_string};
use crate::text::{SourceId, Sources, Span};

/// Reads the files and inserts their variables before those of the service itself.
pub(super) fn files(canonical: &mut Canonical, sources: &mut Sources, report: &mut Report) {
    let names: Vec<(String, bool)> = canonical
        .section("services")
        .map(|(name, entry)| (name.to_owned(), canonical.is_active(&entry.value)))
        .collect();
    for (name, active) in names {
        let Some(service) = synthetic::mapping_mut(&mut canonical.tree)
            .and_then(|top| top.get_mut("services"))
            .and_then(|services| synthetic::mapping_mut(&mut services.value))
            .and_then(|services| services.get_mut(&name))
        else {
            continue;
        };
        let mut fold =
            Fold { directory: &canonical.directory, environment: &canonical.environment, active, sources, report };
        fold.environment(&mut service.value);
        fold.labels(&mut service.value);
    }
}

struct Fold<'a> {
    directory: &'a Path,
    environment: &'a Environment,
    /// Missing files of inactive services are not an error.
    active: bool,
    sources: &'a mut Sources,
    report: &'a mut Report,
}

impl Fold<'_> {
    fn environment(&mut self, service: &mut Tree) {
        let Some(list) = service.get("env_file").and_then(Tree::as_sequence).map(<[Tree]>::to_vec) else { return };
        let own = service.get("environment").and_then(Tree::as_mapping).cloned().unwrap_or_default();
        let mut known: IndexMap<String, String> = own
            .iter()
            .filter(|(_, entry)| !entry.value.is_null())
            .map(|(name, entry)| (name.to_owned(), scalar_string(&entry.value)))
            .collect();
        let mut places = IndexMap::default();
        for file in &list {
            let Some(path) = file.get("path") else { continue };
            let required = file.get("required").is_none_or(|required| is_true(Some(required)));
            let format = file.get("format").map(|format| (scalar_string(format), format.span));
            if let Some((format, at)) =
                format.as_ref().filter(|(format, _)| !matches!(format.as_str(), "" | ".env" | "raw"))
            {
                self.report.add(Problem::UnknownFormat { format: format.clone(), at: *at });
                continue;
            }
            let is_raw = format.is_some_and(|(format, _)| format == "raw");
            let file = self.path_of(path);
            if let Some(names) = self.environment.recorded_env_file(&file) {
                self.environment.record_env_file(&file, names.keys().cloned());
                places.extend(names.keys().map(|name| (name.clone(), path.span)));
                known.extend(names);
                continue;
            }
            let Some(source) = self.open(path, "env", required) else { continue };
            let before = known.clone();
            let environment = self.environment;
            let of_service = |name: &str| {
                own.get(name).filter(|entry| !entry.value.is_null()).map(|entry| scalar_string(&entry.value))
            };
            let outcome = if is_raw {
                let mut inherited = |name: &str| environment.value(name).map(str::to_owned);
                raw_file::read_raw_definitions(source, self.sources, &mut known, self.report, &mut inherited)
            } else {
                let hidden = self.report.hidden_values();
                dotenv::read_definitions(source, self.sources, &mut known, self.report, &mut |used, known, at| {
                    let value = environment
                        .value(used.name)
                        .map(str::to_owned)
                        .or_else(|| of_service(used.name))
                        .or_else(|| known.get(used.name).cloned());
                    hidden.add(at, value.as_deref().unwrap_or_default());
                    value
                })
            };
            if outcome.is_ok() {
                let names = note(&known, &before, source, self.sources, &mut places);
                self.environment.record_env_file(&file, names.into_iter());
            }
        }
        let hidden = self.report.hidden_values();
        places.iter().for_each(|(name, at)| hidden.add(*at, known.get(name).map_or("", String::as_str)));
        merge(service, "environment", &known, &places, of_env_file, own);
    }

    fn labels(&mut self, service: &mut Tree) {
        let Some(list) = service.get("label_file").and_then(Tree::as_sequence).map(<[Tree]>::to_vec) else { return };
        let own = service.get("labels").and_then(Tree::as_mapping).cloned().unwrap_or_default();
        let mut known: IndexMap<String, String> = IndexMap::default();
        let mut places = IndexMap::default();
        for path in &list {
            let Some(source) = self.open(path, "label", true) else { continue };
            let before = known.clone();
            let mut here = IndexMap::default();
            let outcome =
                dotenv::read_definitions(source, self.sources, &mut here, self.report, &mut |used, here, _| {
                    before.get(used.name).or_else(|| here.get(used.name)).cloned()
                });
            known.extend(here);
            if outcome.is_ok() {
                note(&known, &before, source, self.sources, &mut places);
            }
        }
        // A label file is part of the project, as a Compose file is.
        merge(service, "labels", &known, &places, |_, value, at| synthetic::string(value, at), own);
    }

    fn path_of(&self, path: &Tree) -> PathBuf {
        host_paths::printed(&scalar_string(path), PathKind::Path, self.directory, self.environment).into()
    }

    fn open(&mut self, path: &Tree, what: &'static str, required: bool) -> Option<SourceId> {
        let text = scalar_string(path);
        let full = &*self.path_of(path);
        if !full.exists() {
            if required && self.active {
                self.report.add(Problem::MissingFile { what, path: text, at: path.span });
            }
            return None;
        }
        let named = paths::relative(self.directory, full).display().to_string();
        let named = if named.starts_with("..") { text } else { named };
        let read = if what == "env" { files::read_private_source } else { files::read_source };
        read(full, &named, Some(path.span), self.sources, self.report).ok()
    }
}

/// Records the location of each definition in a file. Returns the names that the file defines, in its order.
fn note(
    known: &IndexMap<String, String>,
    before: &IndexMap<String, String>,
    source: SourceId,
    sources: &Sources,
    places: &mut IndexMap<String, Span>,
) -> Vec<String> {
    let Some(text) = sources.get(source).map(|source| source.text.clone()) else { return Vec::new() };
    let mut names = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let blank = line.len() - line.trim_start().len();
        let rest = line.trim_start();
        let exported = rest.strip_prefix("export ").map_or(rest, str::trim_start);
        let skipped = blank + rest.len() - exported.len();
        let name = exported.split(['=', ':', '\n', '\r']).next().unwrap_or_default().trim_end();
        if known.contains_key(name) && (known.get(name) != before.get(name) || !places.contains_key(name)) {
            let at = |offset: usize| u32::try_from(start + offset).unwrap_or(u32::MAX);
            let span = Span { source, start: at(skipped), end: at(line.trim_end().len().max(skipped)) };
            places.insert(name.to_owned(), span);
        }
        if known.contains_key(name) && !names.iter().any(|other| other == name) {
            names.push(name.to_owned());
        }
        start += line.len();
    }
    names
}

/// Inserts the definitions of the files before those of the service, which take precedence.
fn merge(
    service: &mut Tree,
    key: &str,
    known: &IndexMap<String, String>,
    places: &IndexMap<String, Span>,
    value_of: fn(&str, &str, Span) -> Tree,
    mut own: Mapping,
) {
    let mut all = Mapping::with_capacity(known.len() + own.len());
    for (name, value) in known {
        if let (false, Some(place)) = (own.contains_key(name), places.get(name)) {
            all.insert(name.clone(), Entry { key: *place, value: value_of(name, value, *place) });
        }
    }
    all.append(&mut own);
    if all.is_empty() {
        return;
    }
    let span = service.get(key).map_or(service.span, |tree| tree.span);
    let value = Tree::new(span, TreeValue::Mapping(all));
    if let Some(keys) = synthetic::mapping_mut(service) {
        match keys.get_mut(key) {
            Some(entry) => entry.value = value,
            None => {
                keys.insert(key.to_owned(), Entry { key: span, value });
            }
        }
    }
}

/// Creates the value of a variable of `env_file`. Its template differs from that of the variable for interpolation, which may have
/// another value, and has no variables: the environment of the scripts does not replace the value.
fn of_env_file(name: &str, value: &str, span: Span) -> Tree {
    let mut tree = Tree::outside_string(name, value, span);
    if let TreeValue::Scalar(scalar) = &mut tree.value
        && let Some(template) = &mut scalar.template
    {
        template.text = format!("env_file:{name}").into();
        template.variables.clear();
    }
    tree
}
