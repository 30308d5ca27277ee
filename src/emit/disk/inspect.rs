//! Inspects the paths at which files will be written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::file_system::{Disk, EntryKind};
use super::journal;
use super::output_paths::OutputPaths;
use crate::emit::files::{File, FileMode, Files};
use crate::emit::header;
use crate::maps::HashMap;
use crate::vocabulary::file;

/// What exists at the path of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileState {
    /// The same file.
    Same,
    /// A generated file with this text.
    Ours(String),
    /// Nothing.
    Missing,
    /// Something else: its description, and its text if it has one.
    Foreign(String, Option<String>),
}

/// A path that could not be read.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) path: PathBuf,
    pub(crate) error: io::Error,
}

/// Returns the absolute path of every file of the output. The error is a path that would leave its folder.
pub(crate) fn targets<'a>(files: &'a Files, paths: &OutputPaths) -> Result<BTreeMap<PathBuf, &'a File>, PathBuf> {
    let kit = files.kit.iter().map(|(path, file)| (&paths.kit, path, file));
    let project = files.project.iter().map(|(path, file)| (&paths.project, path, file));
    kit.chain(project)
        .map(|(base, path, file)| {
            let inside =
                !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
            if inside { Ok((base.join(path), file)) } else { Err(base.join(path)) }
        })
        .collect()
}

/// The kinds of the parent folders of targets, so that each is read once.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    folders: HashMap<PathBuf, EntryKind>,
    /// The folder of the previous target, if all its parents are folders. The next target is usually in the same
    /// folder.
    clear: Option<PathBuf>,
}

/// Returns what exists at a target. If a parent folder is a link or a file, the target is foreign, because the file
/// would be written elsewhere. `known` is the text of the target if it was read before.
pub(crate) fn file_state(
    disk: &dyn Disk,
    paths: &OutputPaths,
    ways: &mut Ways,
    target: &Path,
    file: &File,
    known: Option<&str>,
) -> Result<FileState, Unreadable> {
    let at = |path: &Path| {
        let path = path.to_path_buf();
        move |error| Unreadable { path, error }
    };
    let parent = target.parent().unwrap_or(target);
    if ways.clear.as_deref().is_none_or(|clear| clear.as_os_str() != parent.as_os_str()) {
        let base = if target.starts_with(&paths.kit) { &paths.kit } else { &paths.project };
        let mut folders: Vec<&Path> = parent.ancestors().take_while(|folder| folder.starts_with(base)).collect();
        folders.reverse();
        for folder in folders {
            let found = match ways.folders.get(folder) {
                Some(found) => *found,
                None => {
                    *ways.folders.entry(folder.to_path_buf()).or_insert(disk.entry_kind(folder).map_err(at(folder))?)
                }
            };
            match found {
                EntryKind::Folder => {}
                EntryKind::Nothing => return Ok(FileState::Missing),
                EntryKind::Link => return Ok(FileState::Foreign("below a symbolic link".to_owned(), None)),
                EntryKind::File { .. } | EntryKind::Other => {
                    return Ok(FileState::Foreign("below something that is no folder".to_owned(), None));
                }
            }
        }
        ways.clear = Some(parent.to_path_buf());
    }
    match disk.entry_kind(target).map_err(at(target))? {
        EntryKind::Nothing => Ok(FileState::Missing),
        EntryKind::Folder => Ok(FileState::Foreign("a folder".to_owned(), None)),
        EntryKind::Link => Ok(FileState::Foreign("a symbolic link".to_owned(), None)),
        EntryKind::Other => Ok(FileState::Foreign("neither file nor folder".to_owned(), None)),
        EntryKind::File { executable } => {
            let text = match known {
                Some(text) => Some(Cow::Borrowed(text)),
                None => String::from_utf8(disk.read_bytes(target).map_err(at(target))?).ok().map(Cow::Owned),
            };
            Ok(match text {
                Some(text) if text == file.text && (executable || file.mode != FileMode::Executable) => FileState::Same,
                Some(text) if header::is_ours(&text) || header::is_cut(&text) => FileState::Ours(text.into_owned()),
                text => {
                    let what = "a file that compose2k8s did not write".to_owned();
                    FileState::Foreign(what, text.map(Cow::into_owned))
                }
            })
        }
    }
}

/// Returns stale generated files with their texts: files in the folders of the output, and wrappers beside the Compose
/// file that refer to this output.
pub(crate) fn stale(
    disk: &dyn Disk,
    paths: &OutputPaths,
    targets: &BTreeMap<PathBuf, &File>,
) -> Result<BTreeMap<PathBuf, String>, Unreadable> {
    let mut found = BTreeMap::new();
    let surplus = |path: &Path| !targets.contains_key(path);
    for path in kit_files(disk, paths, |path| surplus(path) && !journal::is_leftover(path))? {
        if let Some(text) = ours(disk, &path)? {
            found.insert(path, text);
        }
    }
    // A wrapper calls a script of its own output. Other outputs may have wrappers in the same directory.
    let calls = ["exec ./", "exec './"].map(|start| format!("{start}{}/scripts/", paths.to_kit));
    let is_script = |path: &Path| path.extension().is_some_and(|extension| extension == "sh");
    for path in files_of(disk, &paths.project, |path| is_script(path) && surplus(path))? {
        if let Some(text) = ours(disk, &path)?
            && calls.iter().any(|call| text.contains(call))
        {
            found.insert(path, text);
        }
    }
    Ok(found)
}

/// Returns the temporary files that an interrupted run left behind.
pub(crate) fn leftovers(disk: &dyn Disk, paths: &OutputPaths) -> Result<Vec<PathBuf>, Unreadable> {
    let mut all = kit_files(disk, paths, journal::is_leftover)?;
    all.extend(files_of(disk, &paths.kit, journal::is_leftover)?);
    all.extend(files_of(disk, &paths.project, journal::is_leftover)?);
    all.sort();
    all.dedup();
    Ok(all)
}

/// Returns the text of a generated file; `None` for files with other names and files without read permission. Other
/// read errors are returned: a stale file must not be mistaken for a foreign one.
fn ours(disk: &dyn Disk, path: &Path) -> Result<Option<String>, Unreadable> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    if !matches!(extension, Some("yaml" | "sh")) && path.file_name().is_none_or(|name| name != "Corefile") {
        return Ok(None);
    }
    let bytes = match disk.read_bytes(path) {
        Ok(bytes) => bytes,
        Err(error) if is_closed(&error) => return Ok(None),
        Err(error) => return Err(Unreadable { path: path.to_path_buf(), error }),
    };
    Ok(String::from_utf8(bytes).ok().filter(|text| header::is_ours(text)))
}

/// Returns every wanted file in the folders of the output. Their subfolders are not read: a project directory that is also the
/// output root may have large folders of these names.
fn kit_files(disk: &dyn Disk, paths: &OutputPaths, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Unreadable> {
    let mut files = Vec::new();
    for folder in file::FOLDERS.iter().map(|folder| paths.kit.join(folder)) {
        // `-o .` has a folder `manifests`, and `-o manifests` is another output in it. The folder of Secrets has a kustomization
        // of its own.
        if folder.ends_with(file::SECRETS) || !is_output_root(disk, &folder) {
            files.extend(files_of(disk, &folder, &wanted)?);
        }
    }
    Ok(files)
}

/// Whether a folder is the root of an output.
pub(super) fn is_output_root(disk: &dyn Disk, folder: &Path) -> bool {
    let bytes = disk.read_bytes(&folder.join(file::KUSTOMIZATION)).unwrap_or_default();
    String::from_utf8(bytes).is_ok_and(|text| header::is_ours(&text))
}

/// Returns the wanted files of one folder.
fn files_of(disk: &dyn Disk, folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Unreadable> {
    let mut files = entries(disk, folder)?;
    files.retain(|path| wanted(path));
    let mut failed = None;
    files.retain(|path| match disk.entry_kind(path) {
        Ok(thing) => matches!(thing, EntryKind::File { .. }),
        Err(error) => {
            if !is_closed(&error) {
                failed.get_or_insert(Unreadable { path: path.clone(), error });
            }
            false
        }
    });
    failed.map_or(Ok(files), Err)
}

/// Whether a file can be ignored: it cannot be read by this user, or it was removed in the meantime.
fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound)
}

fn entries(disk: &dyn Disk, folder: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let unreadable = |error| Unreadable { path: folder.to_path_buf(), error };
    match disk.entry_kind(folder).map_err(unreadable)? {
        EntryKind::Folder => disk.folder_entries(folder).map_err(unreadable),
        EntryKind::Nothing | EntryKind::File { .. } | EntryKind::Link | EntryKind::Other => Ok(Vec::new()),
    }
}
