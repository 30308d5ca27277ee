//! Writes the output: all files or none, and never over a file that was not generated.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::claims;
use super::file_system::{Disk, EntryKind, RealDisk};
use super::inspect::{self, FileState, Unreadable};
use super::journal::{self, Change, Failure};
use super::output_paths::OutputPaths;
use crate::emit::files::Files;
use crate::emit::problem::Problem;
use crate::report::{Report, Stopped, system_words};
use crate::vocabulary::file;

/// The files of a run, as displayed to the user, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Written {
    /// New or changed files.
    pub written: Vec<String>,
    /// Unchanged files, which were not touched.
    pub unchanged: Vec<String>,
    /// Stale generated files that were removed.
    pub removed: Vec<String>,
    /// Whether an interrupted run was completed or undone first.
    pub recovered: bool,
}

/// Writes the output. If files exist that were not generated, all of them are reported and nothing is written.
///
/// # Errors
/// Returns [`Stopped`] with an error in the report. The folder is then unchanged, unless the error is
/// `emit::unfinished`.
pub fn write(files: &Files, paths: &OutputPaths, report: &mut Report) -> Result<Written, Stopped> {
    write_on(&RealDisk, files, paths, report)
}

/// Checks that the output root is empty or missing, or that this program generated it. For a directory that the user did
/// not name.
///
/// # Errors
/// Returns [`Stopped`] with an error in the report if the directory contains something else.
pub fn refuse_foreign_directory(paths: &OutputPaths, report: &mut Report) -> Result<(), Stopped> {
    let disk = RealDisk;
    let is_empty = disk.folder_entries(&paths.kit).is_ok_and(|entries| entries.is_empty());
    let exists = !matches!(disk.entry_kind(&paths.kit), Ok(EntryKind::Nothing));
    if exists && !is_empty && !inspect::is_output_root(&disk, &paths.kit) && !journal::is_there(&disk, &paths.kit) {
        report.add(Problem::ForeignDirectory { path: paths.display(&paths.kit) });
        return Err(Stopped);
    }
    Ok(())
}

/// Whether a folder is the root of an output that this program generated.
#[must_use]
pub fn is_output_root(folder: &Path) -> bool {
    inspect::is_output_root(&RealDisk, folder)
}

/// The number of attempts, 20 ms each, to lock the output root. Another run takes milliseconds.
const PATIENCE: u32 = 250;

pub(crate) fn write_on(
    disk: &dyn Disk,
    files: &Files,
    paths: &OutputPaths,
    report: &mut Report,
) -> Result<Written, Stopped> {
    let mut made = Vec::new();
    let result = make_root(disk, paths, &mut made).and_then(|()| lock(paths)).and_then(|locks| {
        let result = under_lock(disk, files, paths);
        drop(locks);
        result
    });
    let result = result.map(|(done, note)| {
        if let Some(note) = note {
            report.add(note);
        }
        done
    });
    result.map_err(|problems| {
        // Folders that remained empty.
        for folder in made.iter().rev() {
            let _ = disk.remove_folder(folder);
        }
        for problem in problems {
            report.add(problem);
        }
        Stopped
    })
}

fn make_root(disk: &dyn Disk, paths: &OutputPaths, made: &mut Vec<PathBuf>) -> Result<(), Vec<Problem>> {
    let mut missing = Vec::new();
    for folder in paths.kit.ancestors() {
        match disk.entry_kind(folder) {
            Ok(EntryKind::Folder) => break,
            Ok(EntryKind::Nothing) => missing.push(folder),
            Ok(EntryKind::File { .. } | EntryKind::Link | EntryKind::Other) => {
                let what = "a file, where a folder is needed,".to_owned();
                return Err(vec![Problem::ForeignFile { path: paths.display(folder), what }]);
            }
            // A parent is not a folder; the error is reported for the parent.
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => missing.push(folder),
            Err(error) => return Err(vec![unwritable(paths, folder, &error)]),
        }
    }
    for folder in missing.into_iter().rev() {
        match disk.create_folder(folder, false) {
            Ok(()) => made.push(folder.to_path_buf()),
            // Another run created it first.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(vec![unwritable(paths, folder, &error)]),
        }
    }
    Ok(())
}

/// Locks the output root and the project directory, which gets the run wrappers, against other runs. The locks are on
/// the folders themselves: they need no files, and they end with the process.
fn lock(paths: &OutputPaths) -> Result<Vec<std::fs::File>, Vec<Problem>> {
    // All runs lock in the same order, so that no two wait for each other.
    let folders = BTreeSet::from([&paths.kit, &paths.project]);
    let mut locks = Vec::new();
    for path in folders {
        // A system that cannot open a folder cannot lock it either.
        let Ok(folder) = std::fs::File::open(path) else { continue };
        let mut attempts = 0;
        loop {
            match folder.try_lock() {
                Ok(()) => break locks.push(folder),
                Err(TryLockError::WouldBlock) if attempts < PATIENCE => {
                    attempts += 1;
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => return Err(vec![Problem::Busy { path: paths.display(path) }]),
                // Some network file systems do not support locks.
                Err(TryLockError::Error(_)) => break,
            }
        }
    }
    Ok(locks)
}

/// Returns also the diagnostic about claims that the new output no longer has.
fn under_lock(disk: &dyn Disk, files: &Files, paths: &OutputPaths) -> Result<(Written, Option<Problem>), Vec<Problem>> {
    let recovered = recover(disk, paths).map_err(|problem| vec![problem])?;
    let unreadable = |Unreadable { path, error }| vec![unwritable(paths, &path, &error)];
    let targets = inspect::targets(files, paths)
        .map_err(|path| vec![unwritable(paths, &path, &std::io::Error::other("its name leads out of the folder"))])?;
    let mut ways = inspect::Ways::default();
    let mut changes = Vec::new();
    let mut problems = Vec::new();
    let mut done = Written { recovered, ..Written::default() };
    let (mut claims_before, mut unchanged) = (BTreeSet::new(), Vec::new());
    for (target, file) in &targets {
        let change = |exists| {
            let new = Some((file.text.clone(), file.mode));
            Change { target: target.clone(), new, exists }
        };
        match inspect::file_state(disk, paths, &mut ways, target, file, None) {
            Ok(FileState::Same) => {
                unchanged.push(file);
                done.unchanged.push(paths.display(target));
            }
            Ok(FileState::Ours(text)) => {
                claims_before.append(&mut claims::claims_of(&text));
                changes.push(change(true));
            }
            Ok(FileState::Missing) => changes.push(change(false)),
            Ok(FileState::Foreign(what, _)) => {
                problems.push(Problem::ForeignFile { path: paths.display(target), what });
            }
            Err(Unreadable { path, error }) => problems.push(unwritable(paths, &path, &error)),
        }
    }
    for change in &changes {
        problems.extend(targets.get(&change.target).and_then(|file| file.verify(&paths.display(&change.target)).err()));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    done.written = changes.iter().map(|change| paths.display(&change.target)).collect();
    let stale: BTreeMap<PathBuf, String> = inspect::stale(disk, paths, &targets).map_err(unreadable)?;
    for (target, text) in stale {
        claims_before.append(&mut claims::claims_of(&text));
        done.removed.push(paths.display(&target));
        changes.push(Change { target, new: None, exists: true });
    }
    // A claim may have moved to a file that did not change.
    let claims_after = if claims_before.is_empty() {
        BTreeSet::new()
    } else {
        claims_before.extend(unchanged.into_iter().flat_map(|file| claims::claims_of(&file.text)));
        targets.values().flat_map(|file| claims::claims_of(&file.text)).collect()
    };
    let note = claims::without_owner(&claims_before, &claims_after);
    journal::apply(disk, &paths.kit, &changes).map_err(|failure| vec![failure_of(paths, &failure)])?;
    if !done.removed.is_empty() {
        for folder in file::FOLDERS {
            // This fails for folders that are not empty, as intended.
            let _ = disk.remove_folder(&paths.kit.join(folder));
        }
    }
    Ok((done, note))
}

/// Completes or undoes an interrupted run, and removes its temporary files.
pub(crate) fn recover(disk: &dyn Disk, paths: &OutputPaths) -> Result<bool, Problem> {
    let had_journal = journal::is_there(disk, &paths.kit);
    journal::recover(disk, &paths.kit).map_err(|failure| failure_of(paths, &failure))?;
    let leftovers =
        inspect::leftovers(disk, paths).map_err(|Unreadable { path, error }| unwritable(paths, &path, &error))?;
    for path in leftovers {
        disk.remove(&path).map_err(|error| unwritable(paths, &path, &error))?;
    }
    Ok(had_journal)
}

fn unwritable(paths: &OutputPaths, path: &Path, error: &std::io::Error) -> Problem {
    Problem::Unwritable { path: paths.display(path), why: system_words(error) }
}

fn failure_of(paths: &OutputPaths, failure: &Failure) -> Problem {
    let Failure { path, error, undone, foreign } = failure;
    if *foreign {
        Problem::ForeignFile { path: paths.display(path), what: system_words(error) }
    } else if *undone {
        unwritable(paths, path, error)
    } else {
        Problem::Unfinished { path: paths.display(path), why: system_words(error), kit: paths.display(&paths.kit) }
    }
}
