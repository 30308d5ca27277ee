//! Disks that fail, for tests.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};

use super::file_system::{Disk, Machine, Thing};

/// A disk on which changes fail: from the change with a number on, so many of them, or all that follow. The change that
/// fails first has half happened where it can.
pub(crate) struct Failing {
    pub(crate) until: Cell<usize>,
    failures: Cell<usize>,
    dead: Cell<bool>,
    /// So many changes after the failures, the program is killed.
    lives_on: Cell<usize>,
}

impl Failing {
    /// As if the program had been killed.
    pub(crate) fn killed_at(change: usize) -> Self {
        Self::failing_then_killed(change, 1, 0)
    }

    /// As if the disk were full for a while.
    pub(crate) fn failing_at(change: usize, failures: usize) -> Self {
        Self::failing_then_killed(change, failures, usize::MAX)
    }

    /// As if somebody gave up on a program that is putting everything back.
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
    fn look(&self, path: &Path) -> io::Result<Thing> {
        self.living().and_then(|()| Machine.look(path))
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.living().and_then(|()| Machine.read(path))
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.living().and_then(|()| Machine.list(folder))
    }
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.change().and_then(|()| Machine.create_folder(path))
    }
    fn write(&self, path: &Path, bytes: &[u8], executable: bool) -> io::Result<()> {
        self.change().inspect_err(|_| drop(Machine.write(path, &bytes[..bytes.len() / 2], executable)))?;
        Machine.write(path, bytes, executable)
    }
    fn link(&self, path: &Path, second: &Path) -> io::Result<()> {
        self.change().and_then(|()| Machine.link(path, second))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change().and_then(|()| Machine.rename(from, to))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.change().and_then(|()| Machine.remove(path))
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.change().and_then(|()| Machine.remove_folder(path))
    }
    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.change().and_then(|()| Machine.sync_file(path))
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.change().and_then(|()| Machine.sync_folder(path))
    }
}

/// A disk on which a look, a reading or a listing fails, each counted: what the system says of a worn-out one. Changes succeed.
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
    fn look(&self, path: &Path) -> io::Result<Thing> {
        self.reading(|| Machine.look(path))
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.reading(|| Machine.read(path))
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.reading(|| Machine.list(folder))
    }
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        Machine.create_folder(path)
    }
    fn write(&self, path: &Path, bytes: &[u8], executable: bool) -> io::Result<()> {
        Machine.write(path, bytes, executable)
    }
    fn link(&self, path: &Path, second: &Path) -> io::Result<()> {
        Machine.link(path, second)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Machine.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        Machine.remove(path)
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        Machine.remove_folder(path)
    }
    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.reading(|| Machine.sync_file(path))
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.reading(|| Machine.sync_folder(path))
    }
}
