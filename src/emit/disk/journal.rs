//! Writes all files or none, even if the program is killed.
//!
//! Each new text is written to a temporary file beside its target; each old file gets a second hard link. Then a journal of renames and removals is created in the output root atomically. From then on, a later run that
//! finds the journal completes it. Before that, a later run finds temporary files without a journal and removes them.
//! If a rename fails while the program is running, the direction of the journal is reversed, again atomically, and all
//! changes are undone.
//!
//! Nothing is flushed to disk, because a run writes everything again in milliseconds, and flushing can take half a second.
//! If the host crashes, generated files and the journal may be empty or cut off. The next run replaces such files.
//!
//! Invariant: a journal is only followed if its temporary files, and the files that it replaces or removes, have the
//! header of generated files.

use std::io;
use std::path::{Path, PathBuf};

use super::file_system::{Disk, EntryKind};
use super::output_paths::relative;
use crate::emit::files::FileMode;
use crate::emit::header;

const NEW: &str = ".compose2k8s-new";
const OLD: &str = ".compose2k8s-old";
const NAME: &str = ".compose2k8s-journal";
const FIRST_LINE: &str = "compose2k8s journal 1";

/// A change to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The absolute path.
    pub(crate) target: PathBuf,
    /// The new text and the mode of the file; `None` removes the file.
    pub(crate) new: Option<(String, FileMode)>,
    /// Whether the file exists now.
    pub(crate) exists: bool,
}

/// The reason why the output could not be written.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The path.
    pub(crate) path: PathBuf,
    /// The error of the operating system.
    pub(crate) error: io::Error,
    /// Whether all changes were undone. If not, the journal remains and the next run continues.
    pub(crate) undone: bool,
    /// Whether the file with the name of the journal is not a journal, so that no run can continue it.
    pub(crate) foreign: bool,
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    target: PathBuf,
    replaces: bool,
    existed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Back,
}

/// Whether a path is a temporary file of an interrupted run.
pub(crate) fn is_leftover(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.starts_with('.') && (name.ends_with(NEW) || name.ends_with(OLD)))
}

/// Makes all changes or none.
pub(crate) fn apply(disk: &dyn Disk, root: &Path, changes: &[Change]) -> Result<(), Failure> {
    if changes.is_empty() {
        return Ok(());
    }
    let steps: Vec<Step> = changes
        .iter()
        .map(|change| Step { target: change.target.clone(), replaces: change.new.is_some(), existed: change.exists })
        .collect();
    let mut made = Vec::new();
    if let Err(mut failure) =
        stage(disk, root, changes, &mut made).and_then(|()| record(disk, root, &steps, Direction::Forward))
    {
        // The journal may have been created, and must be removed before the files that it names.
        failure.undone = remove_if_there(disk, &root.join(NAME)).is_ok();
        if failure.undone {
            sweep(disk, root, &steps);
            for folder in made.iter().rev() {
                let _ = disk.remove_folder(folder);
            }
        }
        return Err(failure);
    }
    if let Err(mut failure) = forward(disk, root, &steps) {
        failure.undone = record(disk, root, &steps, Direction::Back).and_then(|()| back(disk, root, &steps)).is_ok();
        if failure.undone {
            for folder in made.iter().rev() {
                let _ = disk.remove_folder(folder);
            }
        }
        return Err(failure);
    }
    Ok(())
}

/// Whether an interrupted run left a journal.
pub(crate) fn is_there(disk: &dyn Disk, root: &Path) -> bool {
    !matches!(disk.entry_kind(&root.join(NAME)), Ok(EntryKind::Nothing) | Err(_))
}

/// Completes or undoes an interrupted run. Does nothing without a journal.
pub(crate) fn recover(disk: &dyn Disk, root: &Path) -> Result<(), Failure> {
    let path = root.join(NAME);
    if !is_there(disk, root) {
        return Ok(());
    }
    let bytes = disk.read_bytes(&path).map_err(failed(&path))?;
    let unknown =
        || Failure { foreign: true, ..failed(&path)(io::Error::other("a file that is no journal of compose2k8s")) };
    if is_cut(&bytes) {
        return remove_if_there(disk, &path).map_err(failed(&path));
    }
    let text = String::from_utf8(bytes).map_err(|_| unknown())?;
    let (direction, steps) = parse(&text, root).ok_or_else(unknown)?;
    for step in &steps {
        for path in [step.target.clone(), beside(&step.target, NEW), beside(&step.target, OLD)] {
            let fine = match disk.entry_kind(&path).map_err(failed(&path))? {
                EntryKind::Nothing => true,
                EntryKind::File { .. } => {
                    let bytes = disk.read_bytes(&path).map_err(failed(&path))?;
                    std::str::from_utf8(&bytes).is_ok_and(|text| header::is_ours(text) || header::is_cut(text))
                }
                EntryKind::Folder | EntryKind::Link | EntryKind::Other => false,
            };
            if !fine {
                return Err(failed(&path)(io::Error::other(
                    "an interrupted run wrote here, and now something else stands here",
                )));
            }
        }
    }
    match direction {
        Direction::Forward => forward(disk, root, &steps),
        Direction::Back => back(disk, root, &steps),
    }
}

/// Writes the temporary files, and links the old files to second names.
fn stage(disk: &dyn Disk, root: &Path, changes: &[Change], made: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for Change { target, new, exists } in changes {
        let private = matches!(new, Some((_, FileMode::Private)));
        make_folders(disk, target, root, private, made)?;
        if *exists {
            let old = beside(target, OLD);
            disk.link(target, &old).map_err(failed(&old))?;
        }
        if let Some((text, mode)) = new {
            let temporary = beside(target, NEW);
            // The message names the target, not its temporary file.
            disk.write(&temporary, text.as_bytes(), *mode).map_err(failed(target))?;
        }
    }
    Ok(())
}

/// Creates or replaces the journal atomically.
fn record(disk: &dyn Disk, root: &Path, steps: &[Step], direction: Direction) -> Result<(), Failure> {
    let path = root.join(NAME);
    let text =
        render(steps, root, direction).ok_or_else(|| failed(&path)(io::Error::other("a path is not Unicode")))?;
    let temporary = beside(&path, NEW);
    remove_if_there(disk, &temporary).map_err(failed(&temporary))?;
    disk.write(&temporary, text.as_bytes(), FileMode::Regular).map_err(failed(&path))?;
    disk.rename(&temporary, &path).map_err(failed(&path))
}

/// Makes the changes that are not made yet. May be repeated after an interruption.
fn forward(disk: &dyn Disk, root: &Path, steps: &[Step]) -> Result<(), Failure> {
    for Step { target, replaces, .. } in steps {
        if *replaces {
            let temporary = beside(target, NEW);
            if disk.entry_kind(&temporary).map_err(failed(&temporary))? != EntryKind::Nothing {
                disk.rename(&temporary, target).map_err(failed(target))?;
            }
        } else {
            remove_if_there(disk, target).map_err(failed(target))?;
        }
    }
    close(disk, root, steps)
}

/// Undoes all changes. May be repeated after an interruption.
fn back(disk: &dyn Disk, root: &Path, steps: &[Step]) -> Result<(), Failure> {
    for Step { target, existed, .. } in steps.iter().rev() {
        let old = beside(target, OLD);
        if disk.entry_kind(&old).map_err(failed(&old))? != EntryKind::Nothing {
            disk.rename(&old, target).map_err(failed(target))?;
        } else if !*existed {
            remove_if_there(disk, target).map_err(failed(target))?;
        }
    }
    close(disk, root, steps)
}

/// Removes the journal, and then the temporary files.
fn close(disk: &dyn Disk, root: &Path, steps: &[Step]) -> Result<(), Failure> {
    let path = root.join(NAME);
    remove_if_there(disk, &path).map_err(failed(&path))?;
    sweep(disk, root, steps);
    Ok(())
}

/// Removes temporary files. Errors are ignored, because the next run removes the rest.
fn sweep(disk: &dyn Disk, root: &Path, steps: &[Step]) {
    for target in steps.iter().map(|step| step.target.as_path()).chain([root.join(NAME).as_path()]) {
        let _ = remove_if_there(disk, &beside(target, NEW));
        let _ = remove_if_there(disk, &beside(target, OLD));
    }
}

/// Creates the missing folders of a target below the output root. Only the last one is private.
fn make_folders(
    disk: &dyn Disk,
    target: &Path,
    root: &Path,
    private: bool,
    made: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let mut missing = Vec::new();
    for folder in target.ancestors().skip(1).take_while(|folder| *folder != root) {
        if disk.entry_kind(folder).map_err(failed(folder))? != EntryKind::Nothing {
            break;
        }
        missing.push(folder);
    }
    for folder in missing.into_iter().rev() {
        disk.create_folder(folder, private && target.parent() == Some(folder)).map_err(failed(folder))?;
        made.push(folder.to_path_buf());
    }
    Ok(())
}

fn remove_if_there(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.entry_kind(path)? {
        EntryKind::Nothing => Ok(()),
        EntryKind::File { .. } | EntryKind::Folder | EntryKind::Link | EntryKind::Other => disk.remove(path),
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Failure + use<> {
    let path = path.to_path_buf();
    move |error| Failure { path, error, undone: false, foreign: false }
}

/// Returns the path of a hidden file beside a file.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}{ending}"))
}

/// Returns the text of the journal. Paths are relative to the output root, because the checkout may be moved before the
/// journal is read, and encoded as JSON, because they may contain any character.
fn render(steps: &[Step], root: &Path, direction: Direction) -> Option<String> {
    let mut text = format!("{FIRST_LINE} {}\n", if direction == Direction::Forward { "forward" } else { "back" });
    for Step { target, replaces, existed } in steps {
        let act = if *replaces { "replace" } else { "remove" };
        let line = serde_json::json!([act, existed, relative(root, target)?]);
        text.push_str(&line.to_string());
        text.push('\n');
    }
    text.push_str("end\n");
    Some(text)
}

/// Whether the bytes are only the beginning of a journal, or nothing, which a crash of the host leaves.
fn is_cut(bytes: &[u8]) -> bool {
    let is_beginning = FIRST_LINE.as_bytes().starts_with(bytes) || bytes.starts_with(FIRST_LINE.as_bytes());
    bytes.iter().all(|byte| *byte == 0) || is_beginning && !bytes.ends_with(b"end\n")
}

fn parse(text: &str, root: &Path) -> Option<(Direction, Vec<Step>)> {
    let (first, rest) = text.split_once('\n')?;
    let direction = match first.strip_prefix(FIRST_LINE)? {
        " forward" => Direction::Forward,
        " back" => Direction::Back,
        _ => return None,
    };
    let steps = rest
        .strip_suffix("end\n")?
        .lines()
        .map(|line| {
            let (act, existed, path): (String, bool, String) = serde_json::from_str(line).ok()?;
            let replaces = match act.as_str() {
                "replace" => true,
                "remove" => false,
                _ => return None,
            };
            Some(Step { target: joined(root, &path)?, replaces, existed })
        })
        .collect::<Option<Vec<Step>>>()?;
    Some((direction, steps))
}

/// Resolves a path of the journal.
fn joined(root: &Path, path: &str) -> Option<PathBuf> {
    let mut out = root.to_path_buf();
    for part in path.split('/') {
        match part {
            "" | "." => return None,
            ".." => {
                out.pop();
            }
            name => out.push(name),
        }
    }
    Some(out)
}
