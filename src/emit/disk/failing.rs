//! Disks that fail, for tests.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};

use crate::emit::files::FileMode;

use super::file_system::{Disk, EntryKind, RealDisk};

/// A disk on which changes fail, starting with a given change: a given number of them, or all that follow. The first
/// failing change is done halfway where that is possible.
pub(crate) struct Failing {
    pub(crate) until: Cell<usize>,
    failures: Cell<usize>,
    dead: Cell<bool>,
    /// The number of changes after the failures until the program is killed.
    lives_on: Cell<usize>,
}

impl Failing {
    /// The program is killed at a change.
    pub(crate) fn killed_at(change: usize) -> Self {
        Self::failing_then_killed(change, 1, 0)
    }

    /// The disk is full for a while.
    pub(crate) fn failing_at(change: usize, failures: usize) -> Self {
        Self::failing_then_killed(change, failures, usize::MAX)
    }

    /// The program is killed while it undoes its changes.
    pub(crate) fn failing_then_killed(change: usize, failures: usize, lives_on: usize) -> Self {
        Self {
            until: Cell::new(change),
            failures: Cell::new(failures),
            dead: Cell::new(false),
            lives_on: Cell::new(lives_on),
        }
    }

    fn living(&self) -> io::Result<()> {
        if self.dead.get() { Err(io::Error::other("killed")) } else { Ok(()) }
    }

    fn change(&self) -> io::Result<()> {
        self.living()?;
        if self.until.get() > 0 {
            self.until.set(self.until.get() - 1);
            return Ok(());
        }
        if self.failures.get() == 0 {
            let left = self.lives_on.get().saturating_sub(1);
            self.lives_on.set(left);
            self.dead.set(left == 0);
            return self.living();
        }
        self.failures.set(self.failures.get() - 1);
        self.dead.set(self.failures.get() == 0 && self.lives_on.get() == 0);
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }
}

impl Disk for Failing {
    fn entry_kind(&self, path: &Path) -> io::Result<EntryKind> {
        self.living().and_then(|()| RealDisk.entry_kind(path))
    }
    fn read_bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.living().and_then(|()| RealDisk.read_bytes(path))
    }
    fn folder_entries(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.living().and_then(|()| RealDisk.folder_entries(folder))
    }
    fn create_folder(&self, path: &Path, private: bool) -> io::Result<()> {
        self.change().and_then(|()| RealDisk.create_folder(path, private))
    }
    fn write(&self, path: &Path, bytes: &[u8], mode: FileMode) -> io::Result<()> {
        self.change().inspect_err(|_| drop(RealDisk.write(path, &bytes[..bytes.len() / 2], mode)))?;
        RealDisk.write(path, bytes, mode)
    }
    fn link(&self, path: &Path, second: &Path) -> io::Result<()> {
        self.change().and_then(|()| RealDisk.link(path, second))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change().and_then(|()| RealDisk.rename(from, to))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.change().and_then(|()| RealDisk.remove(path))
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.change().and_then(|()| RealDisk.remove_folder(path))
    }
}

/// A disk on which reads fail with an I/O error. Changes succeed.
pub(crate) struct Worn {
    pub(crate) until: Cell<usize>,
}

impl Worn {
    fn reading<T>(&self, read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let left = self.until.get();
        self.until.set(left.wrapping_sub(1));
        // 5 is EIO.
        if left == 0 { Err(io::Error::from_raw_os_error(5)) } else { read() }
    }
}

impl Disk for Worn {
    fn entry_kind(&self, path: &Path) -> io::Result<EntryKind> {
        self.reading(|| RealDisk.entry_kind(path))
    }
    fn read_bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.reading(|| RealDisk.read_bytes(path))
    }
    fn folder_entries(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.reading(|| RealDisk.folder_entries(folder))
    }
    fn create_folder(&self, path: &Path, private: bool) -> io::Result<()> {
        RealDisk.create_folder(path, private)
    }
    fn write(&self, path: &Path, bytes: &[u8], mode: FileMode) -> io::Result<()> {
        RealDisk.write(path, bytes, mode)
    }
    fn link(&self, path: &Path, second: &Path) -> io::Result<()> {
        RealDisk.link(path, second)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_folder(path)
    }
}
