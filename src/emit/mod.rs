//! Renders [`Objects`] as [`Files`] and writes them.
//!
//! Input: typed Kubernetes objects and plans. Output: text, then files on disk.
//!
//! Invariant: the text of every document is read with kubectl's rules and equals its object before it is written.
//! Invariant: only files with our header are overwritten or removed.
//! Invariant: writes are atomic: all files or none.

mod cluster;
mod disk;
mod files;
mod header;
mod manifests;
mod metadata;
pub(crate) mod problem;
mod readme;
#[cfg(test)]
mod sample;
mod scripts;
mod yaml;

use std::collections::BTreeMap;
use std::path::Path;

use cluster::kind_config;
use manifests::kustomization;
use yaml::node::YamlNode;

use crate::lower::Objects;
use crate::overrides::Workflow;
use crate::parse::RecordedVariables;
use crate::report::{Diagnostic, Report, Stopped};
use crate::vocabulary::file;

pub use disk::drift::{Drift, State, drift, report_other_version, report_withheld};
pub use disk::output_paths::OutputPaths;
pub use disk::write::{Written, is_output_root, refuse_foreign_directory, write};
pub use files::{File, FileMode, Files};
pub use header::{is_ours, version_of};
pub(crate) use manifests::rendered_service::RenderedService;
pub(crate) use metadata::OutputMetadata;
pub use scripts::{OPTIONAL_SCRIPT, is_script_of_this_version, script_paths};

/// Renders all files. The services were rendered before, when their objects were complete; see
/// [`lower_each`](crate::lower::lower_each).
///
/// # Errors
/// Returns [`Stopped`] if two parts of the output would be written to the same file.
pub(crate) fn emit(
    mut objects: Objects<RenderedService>,
    metadata: &OutputMetadata,
    report: &mut Report,
) -> Result<Files, Stopped> {
    let mut kit = BTreeMap::new();
    let mut put = |path: &str, file: File| kit.insert(path.to_owned(), file);
    let mut failed = Vec::new();
    match manifests::manifests(&mut objects, metadata) {
        Ok(files) => files.into_iter().for_each(|(path, file)| drop(put(&path, file))),
        Err(problems) => failed.extend(problems),
    }
    let objects = &objects;
    match kind_config::kind_config(objects, metadata) {
        Ok(file) => drop(put(file::KIND_CONFIG, file)),
        Err(problem) => failed.push(problem),
    }
    match kustomization::kustomization(objects, metadata) {
        Ok(file) => drop(put(file::KUSTOMIZATION, file)),
        Err(problem) => failed.push(problem),
    }
    match manifests::secrets::secrets(objects, metadata) {
        Ok(files) => files.into_iter().for_each(|(path, file)| drop(put(&path, file))),
        Err(problems) => failed.extend(problems),
    }
    if !metadata.recorded.is_empty() {
        put(file::VARIABLES, File::plain(recorded_variables(metadata)));
    }
    put(file::README, File::plain(readme::readme(objects, metadata)));
    for Workflow { name, text } in &metadata.workflows {
        put(&file::workflow(name), File::plain(format!("{}\n{}\n", header::hash(metadata), text.trim_end())));
    }
    if failed.is_empty() {
        let mut files = Files { kit, project: BTreeMap::new() };
        scripts::add_scripts(objects, metadata, &mut files);
        return Ok(files);
    }
    for problem in failed {
        report.add(problem);
    }
    Err(Stopped)
}

/// Renders the variables from outside the Compose files that were used.
fn recorded_variables(metadata: &OutputMetadata) -> String {
    format!(
        "{}\n# Variables from outside the Compose files: the file that supplies each, and the value if the manifests contain it. Where that\n\
         # file does not exist, `--check` uses these values.\n{}",
        header::hash(metadata),
        metadata.recorded.lines()
    )
}

/// Reads the variables that an output records; `None` if it records none.
#[must_use]
pub fn read_recorded_variables(output: &Path) -> Option<RecordedVariables> {
    let text = std::fs::read_to_string(output.join(file::VARIABLES)).ok()?;
    is_ours(&text).then(|| RecordedVariables::parse(&text))
}

/// Renders a value as a YAML document. The text is not verified.
///
/// # Errors
/// Returns an error if the value cannot be represented in YAML.
pub fn yaml_document(name: &str, value: &serde_json::Value) -> Result<String, Box<Diagnostic>> {
    Ok(yaml::document(name, &YamlNode::serialize(name, value)?, &[])?)
}

/// Returns all YAML documents as one stream for `kubectl apply -f -`, in the order of `kustomization.yaml`. Runs, the
/// cluster configuration and the scripts are not part of it.
#[must_use]
pub fn stream(files: &Files) -> String {
    parts(files).collect()
}

/// Returns the Secrets in [`Files`], which [`parts`] does not contain, each with its name.
pub fn secrets(files: &Files) -> impl Iterator<Item = (&str, &str)> {
    let secrets = files.kit.iter().filter(|(path, file)| file.is_private() && *path != file::SECRETS_KUSTOMIZATION);
    secrets.filter_map(|(path, file)| {
        let name = path.strip_prefix(file::SECRETS)?.strip_prefix('/')?.strip_suffix(".yaml")?;
        Some((name, file.text.as_str()))
    })
}

/// Reports that the values of the Secrets are not part of the stream.
pub fn report_secrets_not_printed(files: &Files, report: &mut Report) {
    let names: Vec<String> = secrets(files).map(|(name, _)| format!("`{name}`")).collect();
    if !names.is_empty() {
        report.add(problem::Problem::SecretsNotPrinted { names: names.join(", ") });
    }
}

/// Returns the stream of [`stream`] in parts, to be written one after the other.
pub fn parts(files: &Files) -> impl Iterator<Item = &str> {
    let list = files.kit.get(file::KUSTOMIZATION).map_or("", |file| file.text.as_str());
    let paths = list.lines().filter_map(|line| line.trim_start().strip_prefix("- "));
    let texts = paths.filter_map(|path| files.kit.get(path)).map(|file| file.text.as_str());
    texts.enumerate().flat_map(|(index, text)| [if index == 0 { "" } else { "---\n" }, text])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize as _;

    #[test]
    fn the_output_has_its_files_each_with_the_header() {
        let texts = sample::texts();
        let yaml: Vec<&str> = texts.keys().map(String::as_str).filter(|path| !path.starts_with("scripts/")).collect();
        assert_eq!(
            yaml,
            [
                "README.md",
                "ci/tests.yml",
                "cluster/kind-config.yaml",
                "kustomization.yaml",
                "manifests/namespace.yaml",
                "manifests/resolver.yaml",
                "manifests/store.yaml",
                "manifests/web.yaml",
                "runs/tests.yaml",
                "services/resolver.yaml",
                "services/store.yaml",
                "services/web.yaml",
            ]
        );
        for (path, text) in &texts {
            assert!(is_ours(text), "{path}:\n{text}");
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path}");
            assert!(text.lines().all(|line| line.trim_end() == line), "{path} has blanks at a line's end:\n{text}");
        }
    }

    #[test]
    fn another_reader_reads_every_yaml_file() {
        for (path, text) in sample::texts()
            .iter()
            .filter(|(path, _)| std::path::Path::new(path).extension().is_some_and(|it| it == "yaml"))
        {
            for document in serde_norway::Deserializer::from_str(text) {
                let value = serde_json::Value::deserialize(document).unwrap();
                assert!(value["kind"].is_string() && value["apiVersion"].is_string(), "{path}:\n{text}");
            }
        }
    }

    #[test]
    fn the_stream_has_fixed_addresses_first_and_no_runs() {
        let mut report = Report::new();
        let stream = stream(&emit(sample::rendered(), &sample::metadata(), &mut report).unwrap());
        let kinds: Vec<String> = serde_norway::Deserializer::from_str(&stream)
            .map(|document| serde_json::Value::deserialize(document).unwrap())
            .map(|value| format!("{} {}", value["kind"].as_str().unwrap(), value["metadata"]["name"].as_str().unwrap()))
            .collect();
        assert_eq!(
            kinds,
            [
                "Namespace shop",
                "Service resolver",
                "Service store",
                "Service web",
                "Deployment resolver",
                "Deployment web",
                "Deployment store"
            ]
        );
    }

    #[test]
    fn two_services_with_one_file_are_rejected() {
        let mut objects = sample::rendered();
        objects.services[0].name = objects.services[1].name.clone();
        let mut report = Report::new();
        assert!(emit(objects, &sample::metadata(), &mut report).is_err());
        assert_eq!(report.problems()[0].code.name, "emit::unfaithful");
    }

    #[test]
    fn a_preview_is_never_written() {
        let metadata = OutputMetadata { preview: true, ..sample::metadata() };
        let mut report = Report::new();
        let files = emit(sample::rendered(), &metadata, &mut report).unwrap();
        assert_eq!(files.kit["kustomization.yaml"].text, sample::texts()["kustomization.yaml"]);
        let folder = tempfile::tempdir().unwrap();
        let place = OutputPaths::new(std::path::Path::new("k8s"), folder.path(), folder.path()).unwrap();
        assert!(write(&files, &place, &mut report).is_err());
        assert_eq!(report.problems()[0].code.name, "emit::unfaithful");
        assert!(!place.kit.exists());
    }

    #[test]
    fn rendered_text_is_stable() {
        let texts = sample::texts();
        assert_eq!(texts["services/store.yaml"], include_str!("sample/services_store.yaml"));
        assert_eq!(texts["cluster/kind-config.yaml"], include_str!("sample/kind-config.yaml"));
    }
}
