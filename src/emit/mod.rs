//! [`Objects`](crate::lower::Objects) to [`Files`], and files to disk.
//!
//! In: what Kubernetes shall say. Out: the kit as text, then on disk.
//!
//! Invariant: the text of every document is read back with kubectl's rules and equals the object before it is written.
//! Invariant: only files that carry our header are overwritten or removed; all files land or none.

mod corefile;
mod disk;
mod drift;
#[cfg(test)]
mod failing;
mod formed;
mod header;
mod inspect;
mod journal;
mod kind;
mod kustomization;
mod manifests;
mod node;
mod place;
pub(crate) mod problem;
mod readme;
mod readme_table;
mod reread;
#[cfg(test)]
mod sample;
mod scalar;
mod scripts;
mod tidy;
mod write;
#[cfg(test)]
mod write_tests;
mod yaml;
#[cfg(test)]
mod yaml_tests;

use std::collections::BTreeMap;

use node::Node;

use crate::lower::Objects;
use crate::overrides::{Note, Workflow};
use crate::report::{Problem, Report, Stopped};
use crate::vocabulary::file;

pub use drift::{Drift, State, drift};
pub use formed::Formed;
pub use header::{is_ours, version_of};
pub use place::Place;
pub use write::{Written, write};

/// A kit as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// By path relative to the kit root (`manifests/x.yaml`).
    pub kit: BTreeMap<String, File>,
    /// By path relative to the project directory (`tk8s.sh`).
    pub project: BTreeMap<String, File>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The whole text, header included.
    pub text: String,
    /// Whether it is a program (mode 0755; otherwise 0644).
    pub executable: bool,
    says: Says,
}

/// What each YAML document of a file was written from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Says {
    /// As JSON, which takes a fraction of what the values do; no document at all for what is no YAML of ours.
    Kept(Vec<Box<[u8]>>),
    /// Not kept, since the file was to be looked at alone.
    NotKept,
}

impl File {
    fn plain(text: String) -> Self {
        File { text, executable: false, says: Says::Kept(Vec::new()) }
    }

    /// A text of YAML documents, and what they were written from.
    fn of(name: &str, text: String, values: &[Node], about: &About) -> Result<Self, problem::Problem> {
        let says = if about.preview {
            Says::NotKept
        } else {
            Says::Kept(values.iter().map(|value| value.json(name)).collect::<Result<_, _>>()?)
        };
        Ok(File { text, executable: false, says })
    }

    /// Reads the text back. [`write()`] asks this of every file that it is about to write; what stands on disk already,
    /// byte for byte, was asked then.
    ///
    /// # Errors
    /// Some document would not say what its object says. The name is what the problem calls the file.
    fn verify(&self, name: &str) -> Result<(), problem::Problem> {
        match &self.says {
            Says::Kept(documents) if documents.is_empty() => Ok(()),
            Says::Kept(documents) => {
                reread::verify(&self.text, documents).map_err(|why| problem::Problem::unfaithful(name, why))
            }
            Says::NotKept => Err(problem::Problem::unfaithful(name, "it was made to be looked at, not to be written")),
        }
    }
}

impl Files {
    /// Reads every document back as kubectl would, for who does not give the kit to [`write()`], which does the same.
    ///
    /// # Errors
    /// Every file with a document that would not say what its object says is in the report.
    pub fn verify(&self, report: &mut Report) -> Result<(), Stopped> {
        let files: Vec<(&String, &File)> = self.kit.iter().collect();
        let unfaithful = |files: &[(&String, &File)]| -> Vec<problem::Problem> {
            files.iter().filter_map(|(path, file)| file.verify(path).err()).collect()
        };
        // No file knows of another, and reading back is a good quarter of what a stream costs.
        let (first, second) = files.split_at(files.len() / 2);
        let found = std::thread::scope(|scope| {
            let beside = scope.spawn(|| unfaithful(second));
            let mut found = unfaithful(first);
            found.extend(beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            found
        });
        for problem in found {
            report.add(problem);
        }
        report.stop_on_error()
    }
}

/// What the kit says about itself and no object knows. Nothing in it names the machine.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// What the kit was made from, as a person finds it from the kit root: `../docker-compose.yml`, `../overrides/x.yaml`.
    pub sources: Vec<String>,
    /// From the kit root to the project directory, with `/`: `..`, `../fixtures/x`.
    pub project: String,
    /// From the project directory to the kit root: `k8s`, `../../k8s`.
    pub kit: String,
    /// The project's own Compose files, as a person finds them from the project directory: `docker-compose.yml`.
    pub compose_files: Vec<String>,
    /// The command that makes the kit again; see [`Place`] for where it is given.
    pub regenerate: String,
    /// Where that command is given, in words: `the project directory`, `the folder above this one`.
    pub regenerate_in: String,
    /// How a person knows the overrides (a path from the kit root, or `the built-in preset x`), if there are any.
    pub overrides: Option<String>,
    /// The project as a Mermaid flowchart; empty: no picture.
    pub picture: String,
    /// The overrides' own paragraphs for the kit's README.
    pub notes: Vec<Note>,
    /// The overrides' files for a CI service.
    pub workflows: Vec<Workflow>,
    /// What behaves differently and why: the report's warnings and notes, in the report's order.
    pub deviations: Vec<Problem>,
    /// What the overrides chose or accepted against Compose's letter: what, and because of what.
    pub accepted: Vec<(String, String)>,
    /// The texts are looked at and never written: what they were written from is not kept, and [`Files::verify`] refuses them.
    pub preview: bool,
}

/// The whole kit as text. What each service says was formed when its objects were there; see
/// [`lower_each`](crate::lower::lower_each).
///
/// # Errors
/// Every file that two parts would share is in the report.
pub fn emit(mut objects: Objects<Formed>, about: &About, report: &mut Report) -> Result<Files, Stopped> {
    let mut kit = BTreeMap::new();
    let mut put = |path: &str, file: File| kit.insert(path.to_owned(), file);
    let mut failed = Vec::new();
    match manifests::manifests(&mut objects, about) {
        Ok(files) => files.into_iter().for_each(|(path, file)| drop(put(&path, file))),
        Err(problems) => failed.extend(problems),
    }
    let objects = &objects;
    match kind::kind_config(objects, about) {
        Ok(file) => drop(put(file::KIND_CONFIG, file)),
        Err(problem) => failed.push(problem),
    }
    match corefile::corefile(objects, about) {
        Ok(Some(text)) => drop(put(file::COREFILE, File::plain(text))),
        Ok(None) => {}
        Err(problem) => failed.push(problem),
    }
    match kustomization::kustomization(objects, about) {
        Ok(file) => drop(put(file::KUSTOMIZATION, file)),
        Err(problem) => failed.push(problem),
    }
    put(file::README, File::plain(readme::readme(objects, about)));
    for Workflow { name, text } in &about.workflows {
        put(&file::workflow(name), File::plain(format!("{}\n{}\n", header::hash(about), text.trim_end())));
    }
    if failed.is_empty() {
        let mut files = Files { kit, project: BTreeMap::new() };
        scripts::add_scripts(objects, about, &mut files);
        return Ok(files);
    }
    for problem in failed {
        report.add(problem);
    }
    Err(Stopped)
}

/// One value as a YAML document that every reader reads alike. It is not read back: what is applied to a cluster is, by
/// [`Files::verify`].
///
/// # Errors
/// The value cannot be written as YAML.
pub fn yaml_document(name: &str, value: &serde_json::Value) -> Result<String, Problem> {
    Ok(yaml::document(name, &Node::of(name, value)?, &[])?)
}

/// All YAML documents of a kit as one stream, as `kubectl apply -f -` takes it, in the order of `kustomization.yaml`. Runs,
/// the cluster and the scripts are not part of it.
#[must_use]
pub fn stream(files: &Files) -> String {
    parts(files).collect()
}

/// The same in parts, for who writes them one after the other.
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
    fn a_kit_has_its_files_and_each_says_whose_it_is() {
        let texts = sample::texts();
        let yaml: Vec<&str> = texts.keys().map(String::as_str).filter(|path| !path.starts_with("scripts/")).collect();
        assert_eq!(
            yaml,
            [
                "README.md",
                "ci/tests.yml",
                "cluster/Corefile",
                "cluster/kind-config.yaml",
                "kustomization.yaml",
                "manifests/namespace.yaml",
                "manifests/store.yaml",
                "manifests/web.yaml",
                "runs/tests.yaml",
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
    fn every_yaml_file_is_read_by_another_reader() {
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
    fn the_stream_has_fixed_addresses_before_others_and_no_run() {
        let mut report = Report::new();
        let stream = stream(&emit(sample::formed(), &sample::about(), &mut report).unwrap());
        let kinds: Vec<String> = serde_norway::Deserializer::from_str(&stream)
            .map(|document| serde_json::Value::deserialize(document).unwrap())
            .map(|value| format!("{} {}", value["kind"].as_str().unwrap(), value["metadata"]["name"].as_str().unwrap()))
            .collect();
        assert_eq!(kinds, ["Namespace shop", "Service store", "Service web", "Deployment web", "Deployment store"]);
    }

    #[test]
    fn two_parts_in_one_file_are_refused() {
        let mut objects = sample::formed();
        objects.services[0].name = crate::lower::Name::in_test("namespace");
        let mut report = Report::new();
        assert!(emit(objects, &sample::about(), &mut report).is_err());
        assert_eq!(report.problems()[0].code.name, "emit::one_file");
        assert_eq!(report.problems()[0].help.as_deref(), Some("give service `web` another name"));
    }

    #[test]
    fn what_was_made_to_be_looked_at_is_never_written() {
        let about = About { preview: true, ..sample::about() };
        let mut report = Report::new();
        let files = emit(sample::formed(), &about, &mut report).unwrap();
        assert_eq!(files.kit["kustomization.yaml"].text, sample::texts()["kustomization.yaml"]);
        let folder = tempfile::tempdir().unwrap();
        let place = Place::of(std::path::Path::new("k8s"), folder.path(), folder.path()).unwrap();
        assert!(write(&files, &place, &mut report).is_err());
        assert_eq!(report.problems()[0].code.name, "emit::unfaithful");
        assert!(!place.kit.exists());
    }

    #[test]
    fn a_text_is_what_it_was_yesterday() {
        let texts = sample::texts();
        assert_eq!(texts["services/store.yaml"], include_str!("sample/services_store.yaml"));
        assert_eq!(texts["cluster/kind-config.yaml"], include_str!("sample/kind-config.yaml"));
        assert_eq!(texts["cluster/Corefile"], include_str!("sample/Corefile"));
    }
}
