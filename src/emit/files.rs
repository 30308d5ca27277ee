//! The generated files as text.

use std::collections::BTreeMap;

use super::metadata::OutputMetadata;
use super::problem::Problem;
use super::yaml::node::YamlNode;
use super::yaml::verify;
use crate::report::{Report, Stopped};

/// The generated files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// Files by path relative to the output root (`manifests/x.yaml`).
    pub kit: BTreeMap<String, File>,
    /// Files by path relative to the project directory (`test.sh`).
    pub project: BTreeMap<String, File>,
}

/// A generated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The text, including the header.
    pub text: String,
    /// Who may read and execute the file.
    pub mode: FileMode,
    expected: Expected,
}

/// Who may read and execute a file. The umask applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileMode {
    /// Everybody may read it: 0644.
    Regular,
    /// Everybody may execute it: 0755.
    Executable,
    /// It contains secrets, so only its owner may read it: 0600. Its folder has mode 0700.
    Private,
}

/// The values from which the YAML documents of a file were rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    /// As JSON, which needs a fraction of the memory of the values. Empty for files that are not YAML.
    Documents(Vec<Box<[u8]>>),
    /// Not kept, because the file is only previewed.
    Unknown,
}

impl File {
    pub(crate) fn plain(text: String) -> Self {
        File { text, mode: FileMode::Regular, expected: Expected::Documents(Vec::new()) }
    }

    /// Sets whether the file is executable.
    pub(crate) fn with_executable(self, executable: bool) -> Self {
        File { mode: if executable { FileMode::Executable } else { FileMode::Regular }, ..self }
    }

    /// Marks the file as one that contains secrets.
    pub(crate) fn private(self) -> Self {
        File { mode: FileMode::Private, ..self }
    }

    /// Whether the file contains secrets, so that its text is never shown.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.mode == FileMode::Private
    }

    /// Creates a YAML file from its text and the values of its documents.
    pub(crate) fn from_documents(
        name: &str,
        text: String,
        values: &[YamlNode],
        metadata: &OutputMetadata,
    ) -> Result<Self, Problem> {
        let expected = if metadata.preview {
            Expected::Unknown
        } else {
            Expected::Documents(values.iter().map(|value| value.json(name)).collect::<Result<_, _>>()?)
        };
        Ok(File { text, mode: FileMode::Regular, expected })
    }

    /// Reads the text and compares it with the values from which it was rendered. [`write()`](crate::emit::write())
    /// does this for every file before it is written.
    ///
    /// # Errors
    /// Returns an error that names the file as `name` if a document differs from its value.
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
    /// Reads every document as kubectl would and compares it with its value. [`write()`](crate::emit::write()) does the
    /// same; call this for files that are not written.
    ///
    /// # Errors
    /// Returns [`Stopped`] if a document differs from its value; the report names each such file.
    pub fn verify(&self, report: &mut Report) -> Result<(), Stopped> {
        let files: Vec<(&String, &File)> = self.kit.iter().collect();
        let unfaithful = |files: &[(&String, &File)]| -> Vec<Problem> {
            files.iter().filter_map(|(path, file)| file.verify(path).err()).collect()
        };
        // Files are independent, and verification takes a quarter of the time of a stream.
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
