//! The generated files as text.

use std::collections::BTreeMap;

use super::metadata::OutputMetadata;
use super::problem::Problem;
use super::yaml::node::Node;
use super::yaml::verify;
use crate::report::{Report, Stopped};

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
    expected: Expected,
}

/// What each YAML document of a file was written from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    /// As JSON, which takes a fraction of what the values do; no document at all for what is no YAML of ours.
    Documents(Vec<Box<[u8]>>),
    /// Not kept, since the file was to be looked at alone.
    Unknown,
}

impl File {
    pub(crate) fn plain(text: String) -> Self {
        File { text, executable: false, expected: Expected::Documents(Vec::new()) }
    }

    /// Sets whether the file is a program.
    pub(crate) fn with_executable(self, executable: bool) -> Self {
        File { executable, ..self }
    }

    /// A text of YAML documents, and what they were written from.
    pub(crate) fn of(name: &str, text: String, values: &[Node], metadata: &OutputMetadata) -> Result<Self, Problem> {
        let expected = if metadata.preview {
            Expected::Unknown
        } else {
            Expected::Documents(values.iter().map(|value| value.json(name)).collect::<Result<_, _>>()?)
        };
        Ok(File { text, executable: false, expected })
    }

    /// Reads the text back. [`write()`] asks this of every file that it is about to write; what stands on disk already,
    /// byte for byte, was asked then.
    ///
    /// # Errors
    /// Some document would not say what its object says. The name is what the problem calls the file.
    pub(crate) fn verify(&self, name: &str) -> Result<(), Problem> {
        match &self.expected {
            Expected::Documents(documents) if documents.is_empty() => Ok(()),
            Expected::Documents(documents) => {
                verify::verify_documents(&self.text, documents).map_err(|why| Problem::unfaithful(name, why))
            }
            Expected::Unknown => Err(Problem::unfaithful(name, "it was made to be looked at, not to be written")),
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
        let unfaithful = |files: &[(&String, &File)]| -> Vec<Problem> {
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
