//! Bytes of the fuzzer to files of a project, in a folder of this process alone.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use compose2k8s::parse::{Tree, TreeValue, yaml};
use compose2k8s::report::Report;
use compose2k8s::text::Sources;

/// What stands between two files of an input.
const SEPARATOR: &str = "\n%%\n";

/// The files of an input; none for bytes that are no text, which the loader refuses before anything else.
pub(crate) fn parts(data: &[u8]) -> Option<Vec<&str>> {
    Some(std::str::from_utf8(data).ok()?.split(SEPARATOR).collect())
}

/// A text as a YAML scalar that means it, whatever is in it.
pub(crate) fn quoted(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        '"' | '\\' => format!("\\{letter}"),
        ' '..='~' => letter.to_string(),
        _ => format!("\\U{:08X}", u32::from(letter)),
    });
    format!("\"{}\"", letters.collect::<String>())
}

/// A project's folder. Its files go when it is dropped.
pub(crate) struct Folder {
    files: Vec<PathBuf>,
}

impl Folder {
    /// The path of a file in the folder, which `fuzz/run` removes in the end.
    pub(crate) fn path(name: &str) -> PathBuf {
        static ROOT: OnceLock<PathBuf> = OnceLock::new();
        ROOT.get_or_init(|| tempfile::tempdir().expect("a temporary folder").keep()).join(name)
    }

    pub(crate) fn new(names: &[&str], texts: &[&str]) -> Self {
        let files = names
            .iter()
            .zip(texts)
            .map(|(name, text)| {
                let path = Self::path(name);
                fs::write(&path, text).expect("a file can be written");
                path
            })
            .collect();
        Self { files }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
    }
}

/// Which keys lead to other files, so that no input makes a target read outside its folder.
#[derive(Clone, Copy)]
pub(crate) enum Guard {
    /// What the loader opens.
    Reading,
    /// And what the comparison opens.
    Comparing,
}

impl Guard {
    pub(crate) fn allows(self, parts: &[&str]) -> bool {
        parts.iter().all(|part| {
            let mut sources = Sources::new();
            let source = sources.add("x", None, *part);
            // What is no YAML is refused by the loader too, or is a file of variables.
            yaml::documents(source, &sources, &mut Report::new())
                .map_or(true, |trees| trees.iter().all(|tree| self.inside(tree, false)))
        })
    }

    fn leads_on(self, key: &str) -> bool {
        let reading = ["extends", "include", "env_file", "label_file", "file", "path", "project_directory"];
        let comparing = ["volumes", "source", "configs", "secrets", "device"];
        reading.contains(&key) || matches!(self, Guard::Comparing) && comparing.contains(&key)
    }

    fn inside(self, tree: &Tree, named: bool) -> bool {
        match &tree.value {
            TreeValue::Scalar(scalar) => {
                let text = scalar.text.as_str();
                !named || !(text.starts_with(['/', '~']) || text.contains("..") || text.contains('$'))
            }
            TreeValue::Sequence(items) => items.iter().all(|item| self.inside(item, named)),
            TreeValue::Mapping(entries) => {
                entries.iter().all(|(key, entry)| self.inside(&entry.value, named || self.leads_on(key)))
            }
        }
    }
}
