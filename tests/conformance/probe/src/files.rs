//! Files: what they are, and changes that a case asks for.

use std::fs::{self, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use crate::print;

pub(crate) fn owner_and_mode(path: impl AsRef<Path>) -> String {
    match fs::symlink_metadata(path) {
        Ok(found) => format!("{}:{} {:04o}", found.uid(), found.gid(), found.mode() & 0o7777),
        Err(error) => error.kind().to_string(),
    }
}

/// Prints the names in a directory.
pub(crate) fn print_names(path: &str) {
    let names = names(path);
    print(&format!("list.{path}"), names.join(" "));
}

fn names(path: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Prints a path and, for a directory, everything below it.
pub(crate) fn show(path: &str) {
    let key = format!("path.{path}");
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) => return print(&key, error.kind().to_string()),
    };
    let what = describe(path, &found);
    print(&key, format!("{what} {}", owner_and_mode(path)));
    if found.is_dir() {
        for name in names(path) {
            show(&format!("{}/{name}", path.trim_end_matches('/')));
        }
    }
}

fn describe(path: &str, found: &Metadata) -> String {
    let kind = found.file_type();
    if kind.is_dir() {
        return "directory".to_owned();
    }
    if kind.is_symlink() {
        return fs::read_link(path)
            .map_or_else(|error| error.kind().to_string(), |to| format!("link to {}", to.display()));
    }
    if kind.is_socket() || kind.is_fifo() || kind.is_char_device() || kind.is_block_device() {
        return "special file".to_owned();
    }
    match fs::read(path) {
        Ok(bytes) if bytes.len() <= 120 && std::str::from_utf8(&bytes).is_ok() => {
            format!("file {:?}", String::from_utf8_lossy(&bytes))
        }
        Ok(bytes) => format!("file of {} bytes, {:016x}", bytes.len(), hash(&bytes)),
        Err(error) => format!("file, {}", error.kind()),
    }
}

/// FNV-1a with 64 bits: enough to notice a change.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Prints whether a file or directory can be written to.
pub(crate) fn try_to_write(path: &str) {
    let result = if fs::metadata(path).is_ok_and(|found| found.is_dir()) {
        let file = format!("{}/.probe-{}", path.trim_end_matches('/'), std::process::id());
        fs::write(&file, "probe").and_then(|()| fs::remove_file(&file))
    } else {
        OpenOptions::new().append(true).open(path).map(drop)
    };
    print(&format!("writable.{path}"), result.map_or_else(|error| error.kind().to_string(), |()| "yes".to_owned()));
}

pub(crate) fn write(arguments: &[String]) -> io::Result<()> {
    let [path, text] = arguments else { return Err(io::Error::other("write wants a path and a text")) };
    fs::write(path, text)
}

pub(crate) fn empty(arguments: &[String]) -> io::Result<()> {
    for directory in arguments {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
        }
    }
    Ok(())
}
