//! The mount table.

use std::collections::BTreeMap;
use std::fs;

use nix::sys::statvfs::statvfs;

use crate::files;

/// One line per mount point: type, options that a program can notice, owner and mode, and the size of what is in memory.
pub(crate) fn own(lines: &mut Vec<(String, String)>) {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mut mounts = BTreeMap::new();
    let mut propagation = BTreeMap::new();
    for line in table.lines() {
        // ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG…] - TYPE SOURCE SUPER-OPTIONS
        let Some((left, right)) = line.split_once(" - ") else { continue };
        let left: Vec<&str> = left.split(' ').collect();
        let right: Vec<&str> = right.split(' ').collect();
        let (Some(point), Some(options), Some(kind)) = (left.get(4), left.get(5), right.first()) else { continue };
        let mut words = vec![kind_word(kind).to_owned()];
        // relatime is the kernel's default.
        words.extend(options.split(',').filter(|option| *option != "relatime").map(ToOwned::to_owned));
        // `shared:N` and `master:N` tell whether later mounts of the host appear below this one.
        let tags = left.get(6..).unwrap_or_default();
        if let Some(tag) = tags.iter().find(|tag| tag.starts_with("shared") || tag.starts_with("master")) {
            propagation.insert(unescape(point), tag.split(':').next().unwrap_or_default().to_owned());
        }
        if *kind == "tmpfs" && !point.starts_with("/proc") && !point.starts_with("/sys") {
            words.push(size(point));
        }
        if !point.starts_with("/proc") && !point.starts_with("/sys") {
            words.push(files::owner_and_mode(point));
        }
        // A later line covers an earlier one with the same mount point.
        mounts.insert(unescape(point), words.join(" "));
    }
    lines.extend(propagation.into_iter().map(|(point, tag)| (format!("propagation.{point}"), tag)));
    lines.extend(mounts.into_iter().map(|(point, words)| (format!("mount.{point}"), words)));
}

/// Which file system a disk has is the host's choice.
fn kind_word(kind: &str) -> &str {
    match kind {
        "ext2" | "ext3" | "ext4" | "xfs" | "btrfs" | "zfs" => "disk",
        "overlay" | "fuse-overlayfs" | "fuse.fuse-overlayfs" => "overlay",
        "cgroup" | "cgroup2" => "cgroup",
        other => other,
    }
}

fn size(point: &str) -> String {
    match statvfs(point) {
        Ok(status) => {
            let size = status.blocks() * status.fragment_size() / 1024;
            // Sizes that follow from the host's memory are named, so that results of two hosts are the same.
            match memory() {
                Some(memory) if size.abs_diff(memory) < 64 => "size=memory".to_owned(),
                Some(memory) if size.abs_diff(memory / 2) < 64 => "size=memory/2".to_owned(),
                _ => format!("size={size}k"),
            }
        }
        Err(error) => format!("size: {error}"),
    }
}

/// The host's memory in KiB.
fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

/// The table writes a space as `\040`.
fn unescape(point: &str) -> String {
    point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}
