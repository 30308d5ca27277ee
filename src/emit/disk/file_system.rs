//! The file system operations that writing needs, as a trait, so that tests can make each of them fail.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::emit::files::FileMode;

/// The kind of a directory entry; links are not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// No entry.
    Nothing,
    /// A regular file.
    File {
        /// Whether the owner may execute it.
        executable: bool,
    },
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A socket, device or pipe.
    Other,
}

/// A file system.
pub(crate) trait Disk {
    /// Returns the kind of an entry.
    fn entry_kind(&self, path: &Path) -> io::Result<EntryKind>;
    /// Returns the contents of a file.
    fn read_bytes(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Returns the paths of the entries of a folder, sorted.
    fn folder_entries(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;
    /// Creates a folder, which only its owner can enter if it is private. Its parent must exist.
    fn create_folder(&self, path: &Path, private: bool) -> io::Result<()>;
    /// Writes a new file, which must not exist.
    fn write(&self, path: &Path, bytes: &[u8], mode: FileMode) -> io::Result<()>;
    /// Creates a hard link, which must not exist.
    fn link(&self, path: &Path, second: &Path) -> io::Result<()>;
    /// Renames a file within its folder atomically.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty folder.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
}

/// The file system of the host.
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

    fn create_folder(&self, path: &Path, private: bool) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        if private {
            set_private(&mut builder);
        }
        builder.create(path)
    }

    fn write(&self, path: &Path, bytes: &[u8], mode: FileMode) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        set_mode(&mut options, mode);
        options.open(path)?.write_all(bytes)
    }

    fn link(&self, path: &Path, second: &Path) -> io::Result<()> {
        // Some file systems do not support hard links.
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
}

#[cfg(unix)]
fn is_executable(facts: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&facts.permissions()) & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    true
}

/// Sets the mode; the umask applies.
#[cfg(unix)]
fn set_mode(options: &mut fs::OpenOptions, mode: FileMode) {
    let bits = match mode {
        FileMode::Regular => 0o644,
        FileMode::Executable => 0o755,
        FileMode::Private => 0o600,
    };
    std::os::unix::fs::OpenOptionsExt::mode(options, bits);
}

#[cfg(not(unix))]
fn set_mode(_: &mut fs::OpenOptions, _: FileMode) {}

/// Sets mode 0700.
#[cfg(unix)]
fn set_private(builder: &mut fs::DirBuilder) {
    std::os::unix::fs::DirBuilderExt::mode(builder, 0o700);
}

#[cfg(not(unix))]
fn set_private(_: &mut fs::DirBuilder) {}
