//! The output root, the project directory, and the paths between them.

use std::path::{Component, Path, PathBuf};

use crate::emit::problem::Problem;

/// The output root, the project directory, and the paths between them. Absolute paths are only used for file access;
/// only relative paths are written into files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutputPaths {
    /// The output root: absolute, links resolved.
    pub kit: PathBuf,
    /// The project directory: absolute, links resolved.
    pub project: PathBuf,
    /// The path from the output root to the project directory: `..`.
    pub to_project: String,
    /// The path from the project directory to the output root: `k8s`.
    pub to_kit: String,
    /// The folder from which the output is regenerated, absolute: the parent of the output root if the project is below
    /// it, otherwise the output root itself. It does not depend on the current directory, so that the same output has
    /// the same header on every host.
    pub command_folder: PathBuf,
    /// A description of that folder.
    pub command_folder_words: &'static str,
    /// The value of `-o` in that folder: `k8s/manifests`.
    pub output: String,
    here: PathBuf,
}

impl OutputPaths {
    /// Creates the paths for an output path. `DIR/manifests` means `DIR`, unless that is the current directory or the
    /// project directory: then the output is a folder `manifests` in it. Relative paths start from `here`. Nothing has
    /// to exist, and nothing is created.
    pub fn new(output: &Path, project: &Path, here: &Path) -> Result<Self, Box<crate::report::Diagnostic>> {
        let project = real(&here.join(project));
        let kit = output_root(output, &project, here);
        let unnamed = |path: &Path| Problem::NotUtf8 { path: path.to_string_lossy().into_owned() };
        let to_project = relative(&kit, &project).ok_or_else(|| unnamed(&project))?;
        let to_kit = relative(&project, &kit).ok_or_else(|| unnamed(&kit))?;
        let parent = kit.parent().filter(|parent| project.starts_with(parent) && !project.starts_with(&kit));
        let command_folder = parent.unwrap_or(&kit).to_path_buf();
        let command_folder_words = if command_folder == project {
            "the project directory"
        } else if parent.is_some() {
            "the folder that holds the kit"
        } else {
            "the kit's folder"
        };
        let output = match relative(&command_folder, &kit).ok_or_else(|| unnamed(&kit))?.as_str() {
            "." => ".".to_owned(),
            kit => format!("{kit}/manifests"),
        };
        Ok(Self { kit, project, to_project, to_kit, command_folder, command_folder_words, output, here: real(here) })
    }

    /// Returns a path relative to the output root; `None` if it is not Unicode.
    #[must_use]
    pub fn from_kit(&self, path: &Path) -> Option<String> {
        relative(&self.kit, &real(&self.here.join(path)))
    }

    /// Returns a path relative to [`command_folder`](Self::command_folder); `None` if it is not Unicode.
    #[must_use]
    pub fn from_command_folder(&self, path: &Path) -> Option<String> {
        relative(&self.command_folder, &real(&self.here.join(path)))
    }

    /// Returns a path for display, relative to the current directory.
    #[must_use]
    pub fn display(&self, path: &Path) -> String {
        relative(&self.here, path)
            .filter(|shown| !shown.starts_with("../../../"))
            .unwrap_or_else(|| path.to_string_lossy().into_owned())
    }
}

/// Returns the output root for an output path, absolute. The project directory is absolute.
fn output_root(output: &Path, project: &Path, here: &Path) -> PathBuf {
    if output.file_name().is_some_and(|last| last == "manifests") {
        let parent = real(&here.join(output.parent().unwrap_or(Path::new(""))));
        if parent != *project && parent != real(here) {
            return parent;
        }
    }
    real(&here.join(output))
}

/// Resolves the links of an absolute path as far as it exists; the rest is cleaned lexically.
fn real(path: &Path) -> PathBuf {
    let mut missing = Vec::new();
    let mut existing = path;
    let mut found = loop {
        if let Ok(found) = existing.canonicalize() {
            break found;
        }
        match (existing.parent(), existing.components().next_back()) {
            (Some(parent), Some(last)) => {
                missing.push(last);
                existing = parent;
            }
            (None, _) | (_, None) => break existing.to_path_buf(),
        }
    };
    for part in missing.into_iter().rev() {
        match part {
            Component::ParentDir => {
                found.pop();
            }
            Component::Normal(name) => found.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    found
}

/// Returns the path from one absolute clean path to another, with `/`; `None` if it is not Unicode.
pub(crate) fn relative(from: &Path, to: &Path) -> Option<String> {
    crate::paths::relative(from, to).to_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paths in a new temporary folder.
    fn paths(output: &str, project: &str) -> (tempfile::TempDir, OutputPaths) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join(project)).unwrap();
        let paths = OutputPaths::new(Path::new(output), Path::new(project), folder.path()).unwrap();
        (folder, paths)
    }

    #[test]
    fn the_output_root_is_the_parent_of_manifests() {
        for output in ["k8s", "k8s/", "k8s/manifests", "k8s/manifests/", "./k8s/./manifests", "x/../k8s"] {
            let (_folder, paths) = paths(output, ".");
            assert_eq!(paths.display(&paths.kit), "k8s", "{output}");
            assert_eq!((paths.to_project.as_str(), paths.to_kit.as_str()), ("..", "k8s"), "{output}");
            assert_eq!(paths.output, "k8s/manifests");
            assert_eq!(paths.command_folder_words, "the project directory");
        }
    }

    #[test]
    fn a_project_beside_the_output_is_reached_through_their_parent() {
        let (_folder, paths) = paths("k8s", "fixtures/x");
        assert_eq!((paths.to_project.as_str(), paths.to_kit.as_str()), ("../fixtures/x", "../../k8s"));
        assert_eq!(paths.output, "k8s/manifests");
        assert_eq!(paths.from_command_folder(Path::new("fixtures/x/compose.yaml")).unwrap(), "fixtures/x/compose.yaml");
        assert_eq!(paths.from_kit(Path::new("fixtures/x/compose.yaml")).unwrap(), "../fixtures/x/compose.yaml");
    }

    #[test]
    fn the_output_root_may_be_the_project_directory() {
        for output in [".", "./"] {
            let (_folder, paths) = paths(output, ".");
            assert_eq!(paths.display(&paths.kit), ".", "{output}");
            assert_eq!((paths.to_project.as_str(), paths.to_kit.as_str()), (".", "."));
            assert_eq!((paths.output.as_str(), paths.command_folder_words), (".", "the project directory"));
        }
    }

    #[test]
    fn manifests_in_the_current_or_the_project_directory_is_the_output_root() {
        for (output, project) in
            [("manifests", "."), ("./manifests/", "."), ("manifests", "a/b"), ("a/b/manifests", "a/b")]
        {
            let (_folder, paths) = paths(output, project);
            let shown = if output.starts_with('a') { "a/b/manifests" } else { "manifests" };
            assert_eq!(paths.display(&paths.kit), shown, "{output}");
            assert!(["manifests/manifests", "."].contains(&paths.output.as_str()), "{}", paths.output);
        }
    }

    #[test]
    fn an_output_elsewhere_is_regenerated_from_its_own_folder() {
        let (_folder, paths) = paths("out/kit", "a/b");
        assert_eq!(paths.to_project, "../../a/b");
        assert_eq!((paths.output.as_str(), paths.command_folder_words), (".", "the kit's folder"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_name_that_is_not_unicode_is_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let name = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"caf\xE9");
        for (output, project) in [(Path::new(name), Path::new(".")), (Path::new("k8s"), Path::new(name))] {
            let problem = OutputPaths::new(output, project, folder.path()).unwrap_err();
            assert_eq!(problem.code.name, "emit::not_utf8");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_resolved_before_paths_are_compared() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("real/project")).unwrap();
        std::os::unix::fs::symlink("real/project", folder.path().join("link")).unwrap();
        let paths = OutputPaths::new(Path::new("link/k8s"), Path::new("link"), folder.path()).unwrap();
        assert_eq!(paths.to_project, "..");
        assert!(paths.kit.ends_with("real/project/k8s"));
    }
}
