//! The few things that writing a kit asks of a disk, so that tests can make each of them fail.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What a path leads to, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// Nothing is there.
    Nothing,
    /// A file, and whether its owner may run it.
    File {
        /// The owner's x bit.
        executable: bool,
    },
    /// A folder.
    Folder,
    /// A symbolic link, wherever it leads.
    Link,
    /// A socket, a device, a pipe.
    Other,
}

/// A disk.
pub(crate) trait Disk {
    /// What is there.
    fn entry_kind(&self, path: &Path) -> io::Result<EntryKind>;
    /// A file's bytes.
    fn read_bytes(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// The paths of what a folder holds, sorted.
    fn folder_entries(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;
    /// Makes a folder, whose parent exists.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Writes a new file. It must not exist.
    fn write(&self, path: &Path, bytes: &[u8], executable: bool) -> io::Result<()>;
    /// Gives a file a second name, which must not exist.
    fn link(&self, path: &Path, second: &Path) -> io::Result<()>;
    /// Moves a file onto another name of the same folder, in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty folder.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes a file's bytes durable.
    fn sync_file(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// The machine's own.
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn entry_kind(&self, path: &Path) -> io::Result<EntryKind> {
        let facts = match fs::symlink_metadata(path) {
            Ok(facts) => facts,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(EntryKind::Nothing),
            Err(error) => return Err(error),
        };
        let form = facts.file_type();
        Ok(if form.is_symlink() {
            EntryKind::Link
        } else if form.is_dir() {
            EntryKind::Folder
        } else if form.is_file() {
            EntryKind::File { executable: is_executable(&facts) }
        } else {
            EntryKind::Other
        })
    }

    fn read_bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn folder_entries(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut all =
            fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
        all.sort();
        Ok(all)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn write(&self, path: &Path, bytes: &[u8], executable: bool) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        set_mode(&mut options, executable);
        options.open(path)?.write_all(bytes)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        fs::OpenOptions::new().write(true).open(path)?.sync_all()
    }

    fn link(&self, path: &Path, second: &Path) -> io::Result<()> {
        // Some file systems know no second names; a copy serves as well.
        fs::hard_link(path, second).or_else(|_| fs::copy(path, second).map(|_| ()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        match fs::File::open(path).and_then(|folder| folder.sync_all()) {
            // Not every file system, nor every operating system, lets a folder be opened or flushed.
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
            Err(error) if cfg!(not(unix)) && error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            result => result,
        }
    }
}

#[cfg(unix)]
fn is_executable(facts: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&facts.permissions()) & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    true
}

/// 0755 or 0644, less what the user's umask takes away.
#[cfg(unix)]
fn set_mode(options: &mut fs::OpenOptions, executable: bool) {
    std::os::unix::fs::OpenOptionsExt::mode(options, if executable { 0o755 } else { 0o644 });
}

#[cfg(not(unix))]
fn set_mode(_: &mut fs::OpenOptions, _: bool) {}
