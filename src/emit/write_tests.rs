//! Writing, interrupted at every step: old kit or new kit, never a mixture.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::disk::{Disk, Machine, Thing};
use super::write::{recover, write_on};
use super::{File, Files, Place, Written, journal};
use crate::report::Report;

/// A disk on which changes fail: from the change with a number on, so many of them, or all that follow. The change that
/// fails first has half happened where it can.
struct Failing {
    until: Cell<usize>,
    failures: Cell<usize>,
    dead: Cell<bool>,
    /// So many changes after the failures, the program is killed.
    lives_on: Cell<usize>,
}

impl Failing {
    /// As if the program had been killed.
    fn killed_at(change: usize) -> Self {
        Self::failing_then_killed(change, 1, 0)
    }

    /// As if the disk were full for a while.
    fn failing_at(change: usize, failures: usize) -> Self {
        Self::failing_then_killed(change, failures, usize::MAX)
    }

    /// As if somebody gave up on a program that is putting everything back.
    fn failing_then_killed(change: usize, failures: usize, lives_on: usize) -> Self {
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
struct Worn {
    until: Cell<usize>,
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

/// A project in a folder that goes away again.
struct Yard {
    folder: tempfile::TempDir,
    place: Place,
}

impl Yard {
    fn new() -> Self {
        // In memory where that can be had: the tests flush thousands of files.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        std::fs::write(folder.path().join("compose.yaml"), "services: {}\n").unwrap();
        std::fs::write(folder.path().join("mine.sh"), "#!/bin/sh\nk8s/scripts/k8s-up.sh\n").unwrap();
        let place = Place::of(Path::new("k8s"), Path::new("."), folder.path()).unwrap();
        Self { folder, place }
    }

    fn holding(files: &Files) -> Self {
        let yard = Self::new();
        yard.write(files).unwrap();
        yard
    }

    fn write_on(&self, disk: &dyn Disk, files: &Files) -> Result<Written, Vec<String>> {
        let mut report = Report::new();
        write_on(disk, files, &self.place, &mut report).map_err(|_| {
            report.problems().iter().map(|problem| format!("{}: {}", problem.code.name, problem.message)).collect()
        })
    }

    fn write(&self, files: &Files) -> Result<Written, Vec<String>> {
        self.write_on(&Machine, files)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Every file with its text and whether it can be run.
    fn seen(&self) -> BTreeMap<String, (String, bool)> {
        let mut seen = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for path in Machine.list(&folder).unwrap() {
                match Machine.look(&path).unwrap() {
                    Thing::Folder => folders.push(path),
                    Thing::File { executable } => {
                        let name = path.strip_prefix(self.folder.path()).unwrap().to_str().unwrap().to_owned();
                        seen.insert(name, (std::fs::read_to_string(&path).unwrap(), executable));
                    }
                    Thing::Nothing | Thing::Link | Thing::Other => {}
                }
            }
        }
        seen
    }
}

fn text(content: &str) -> String {
    format!("# Generated by compose2k8s 0.1.0 from x.\n{content}\n")
}

fn files(kit: &[(&str, &str)], project: &[(&str, &str)]) -> Files {
    let all = |entries: &[(&str, &str)], executable| {
        entries
            .iter()
            .map(|(path, content)| ((*path).to_owned(), File { executable, ..File::plain(text(content)) }))
            .collect()
    };
    Files { kit: all(kit, false), project: all(project, true) }
}

/// A kit, and what it becomes: one file the same, others changed, new, gone.
fn old_and_new() -> (Files, Files) {
    let old = files(
        &[("kustomization.yaml", "1"), ("manifests/a.yaml", "1"), ("manifests/b.yaml", "1"), ("runs/r.yaml", "1")],
        &[("r.sh", "k8s/scripts/k8s-run.sh r"), ("s.sh", "k8s/scripts/k8s-run.sh s")],
    );
    let new = files(
        &[("kustomization.yaml", "2"), ("manifests/a.yaml", "1"), ("manifests/b.yaml", "2"), ("scripts/lib/x.sh", "1")],
        &[("s.sh", "k8s/scripts/k8s-run.sh s 2"), ("t.sh", "k8s/scripts/k8s-run.sh t")],
    );
    (old, new)
}

#[test]
fn a_kit_is_written_once_and_then_left_alone() {
    let (old, new) = old_and_new();
    let yard = Yard::new();
    let first = yard.write(&old).unwrap();
    assert_eq!(first.written.len(), 6);
    assert_eq!((first.unchanged.len(), first.removed.len()), (0, 0));
    let before = std::fs::metadata(yard.folder.path().join("k8s/manifests/a.yaml")).unwrap().modified().unwrap();
    let second = yard.write(&old).unwrap();
    assert_eq!((second.written.len(), second.unchanged.len(), second.removed.len()), (0, 6, 0));
    let third = yard.write(&new).unwrap();
    assert_eq!(
        third.written,
        ["k8s/kustomization.yaml", "k8s/manifests/b.yaml", "k8s/scripts/lib/x.sh", "s.sh", "t.sh"]
    );
    assert_eq!(third.unchanged, ["k8s/manifests/a.yaml"]);
    assert_eq!(third.removed, ["k8s/runs/r.yaml", "r.sh"]);
    let after = std::fs::metadata(yard.folder.path().join("k8s/manifests/a.yaml")).unwrap().modified().unwrap();
    assert_eq!(before, after);
    assert!(!yard.folder.path().join("k8s/runs").exists(), "a folder that became empty stays");
    let seen = yard.seen();
    assert!(seen["t.sh"].1 && !seen["k8s/kustomization.yaml"].1);
    assert_eq!(seen.len(), 8, "{:?}", seen.keys());
    assert_eq!(seen["mine.sh"].0, "#!/bin/sh\nk8s/scripts/k8s-up.sh\n");
}

#[test]
fn foreign_files_are_all_named_and_nothing_is_written() {
    let (old, _) = old_and_new();
    let yard = Yard::new();
    yard.put("k8s/manifests/a.yaml", "kind: Mine\n");
    yard.put("r.sh", "#!/bin/sh\n");
    std::fs::create_dir_all(yard.folder.path().join("k8s/kustomization.yaml")).unwrap();
    std::os::unix::fs::symlink("elsewhere", yard.folder.path().join("k8s/runs")).unwrap();
    let before = yard.seen();
    assert_eq!(
        yard.write(&old).unwrap_err(),
        [
            "emit::foreign_file: `k8s/kustomization.yaml` is a folder and stands in the way",
            "emit::foreign_file: `k8s/manifests/a.yaml` is a file that compose2k8s did not write and stands in the way",
            "emit::foreign_file: `k8s/runs/r.yaml` is below a symbolic link and stands in the way",
            "emit::foreign_file: `r.sh` is a file that compose2k8s did not write and stands in the way",
        ]
    );
    assert_eq!(yard.seen(), before);
}

#[test]
fn an_output_that_is_a_file_is_named() {
    let (old, _) = old_and_new();
    for output in ["compose.yaml", "compose.yaml/manifests", "compose.yaml/deeper"] {
        let mut yard = Yard::new();
        yard.place = Place::of(Path::new(output), Path::new("."), yard.folder.path()).unwrap();
        let before = yard.seen();
        let problems = yard.write(&old).unwrap_err();
        assert!(problems[0].starts_with("emit::foreign_file: `compose.yaml` is a file"), "{problems:?}");
        assert_eq!(yard.seen(), before);
    }
}

#[test]
fn files_of_others_in_the_kits_folders_stay() {
    let (old, new) = old_and_new();
    let yard = Yard::holding(&old);
    yard.put("k8s/manifests/patch.yaml", "kind: Mine\n");
    yard.put("k8s/manifests/notes.txt", &text("a text of ours by its first line, but no file of a kit"));
    yard.put("k8s/overlays/x.yaml", &text("below a folder that is not the kit's"));
    yard.put("other.sh", &text("other/scripts/k8s-run.sh, of another kit"));
    yard.write(&new).unwrap();
    let seen = yard.seen();
    for path in ["k8s/manifests/patch.yaml", "k8s/manifests/notes.txt", "k8s/overlays/x.yaml", "other.sh"] {
        assert!(seen.contains_key(path), "{path} is gone");
    }
}

#[test]
fn a_path_that_leads_out_is_refused() {
    for path in ["../x.yaml", "/x.yaml", "a/../../x.yaml", ""] {
        let problems = Yard::new().write(&files(&[(path, "1")], &[])).unwrap_err();
        assert!(problems[0].starts_with("emit::unwritable"), "{problems:?}");
    }
}

#[test]
fn a_second_run_waits_for_the_first() {
    let (old, new) = old_and_new();
    let yard = Yard::holding(&old);
    let folder = std::fs::File::open(&yard.place.kit).unwrap();
    folder.try_lock().unwrap();
    std::thread::scope(|threads| {
        let run = threads.spawn(|| {
            let mut report = Report::new();
            super::write(&new, &yard.place, &mut report).map(|done| done.written.len())
        });
        std::thread::sleep(std::time::Duration::from_millis(60));
        assert_eq!(yard.seen()["k8s/kustomization.yaml"].0, text("1"));
        drop(folder);
        assert_eq!(run.join().unwrap(), Ok(5));
    });
}

#[test]
fn a_second_run_gives_up_after_a_while() {
    let (old, new) = old_and_new();
    let yard = Yard::holding(&old);
    let folder = std::fs::File::open(&yard.place.kit).unwrap();
    folder.try_lock().unwrap();
    assert_eq!(yard.write(&new).unwrap_err(), ["emit::busy: another run of compose2k8s is writing to `k8s`"]);
    assert_eq!(yard.seen()["k8s/kustomization.yaml"].0, text("1"));
}

/// Interrupts the way from one kit to the other once, checks, and says which of the two a next run made of it. `None`: there
/// was nothing to interrupt any more.
fn interrupted(old: &Files, new: &Files, disk: &Failing) -> Option<&'static str> {
    let expected_old = Yard::holding(old).seen();
    let expected_new = {
        let yard = Yard::holding(old);
        yard.write(new).unwrap();
        yard.seen()
    };
    let yard = Yard::holding(old);
    let result = yard.write_on(disk, new);
    if result.is_ok() && disk.until.get() > 0 {
        return None;
    }
    recover(&Machine, &yard.place).unwrap();
    let seen = yard.seen();
    let outcome = if seen == expected_old {
        "old"
    } else {
        assert_eq!(seen, expected_new, "a mixture");
        "new"
    };
    // Where the new kit asks for no change it is the old one as well.
    if result.is_ok() {
        assert_eq!(seen, expected_new);
    }
    // Whatever is asked for next, it comes to be, and nothing is left over.
    yard.write(new).unwrap();
    assert_eq!(yard.seen(), expected_new);
    Some(outcome)
}

#[test]
fn killed_at_every_step_it_is_the_old_kit_or_the_new() {
    let (old, new) = old_and_new();
    let outcomes: Vec<&str> = (0..).map_while(|step| interrupted(&old, &new, &Failing::killed_at(step))).collect();
    assert!(outcomes.len() > 25, "{outcomes:?}");
    let turn = outcomes.iter().position(|outcome| *outcome == "new").unwrap();
    assert!(turn > 5 && outcomes[turn..].iter().all(|outcome| *outcome == "new"), "{outcomes:?}");
}

#[test]
fn killed_again_while_it_recovers_it_is_still_one_of_the_two() {
    let (old, new) = old_and_new();
    let expected_old = Yard::holding(&old).seen();
    let mut expected_new = BTreeMap::new();
    for step in 0.. {
        let mut again = 0;
        let finished = loop {
            let yard = Yard::holding(&old);
            let disk = Failing::killed_at(step);
            if yard.write_on(&disk, &new).is_ok() && disk.until.get() > 0 {
                expected_new = yard.seen();
                break true;
            }
            let second = Failing::killed_at(again);
            let recovered = recover(&second, &yard.place).is_ok() && second.until.get() > 0;
            recover(&Machine, &yard.place).unwrap();
            let seen = yard.seen();
            if seen != expected_old {
                expected_new = if expected_new.is_empty() { seen.clone() } else { expected_new };
                assert_eq!(seen, expected_new, "step {step}, then {again}");
            }
            if recovered {
                break false;
            }
            again += 1;
        };
        if finished {
            break;
        }
    }
    let yard = Yard::holding(&old);
    yard.write(&new).unwrap();
    assert_eq!(yard.seen(), expected_new);
}

#[test]
fn killed_while_it_puts_everything_back_it_is_still_one_of_the_two() {
    let (old, new) = old_and_new();
    for lives_on in [1, 4, 9] {
        assert!(
            (0..).map_while(|step| interrupted(&old, &new, &Failing::failing_then_killed(step, 1, lives_on))).count()
                > 25
        );
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    let (old, new) = old_and_new();
    let expected_old = Yard::holding(&old).seen();
    let mut refused = 0;
    for step in 0.. {
        let yard = Yard::holding(&old);
        let disk = Failing::failing_at(step, 1);
        match yard.write_on(&disk, &new) {
            Ok(_) if disk.until.get() > 0 => break,
            Ok(_) => {}
            Err(problems) => {
                assert!(problems.iter().all(|problem| problem.starts_with("emit::unwritable")), "{problems:?}");
                let mut seen = yard.seen();
                seen.retain(|path, _| !journal::is_leftover(Path::new(path)));
                assert_eq!(seen, expected_old, "step {step}");
                refused += 1;
            }
        }
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn a_disk_that_cannot_be_read_mixes_nothing() {
    let (old, new) = old_and_new();
    let expected_old = Yard::holding(&old).seen();
    let expected_new = {
        let yard = Yard::holding(&old);
        yard.write(&new).unwrap();
        yard.seen()
    };
    let (mut refused, mut put_back) = (0, 0);
    for step in 0.. {
        let yard = Yard::holding(&old);
        let disk = Worn { until: Cell::new(step) };
        let result = yard.write_on(&disk, &new);
        if disk.until.get() < usize::MAX / 2 {
            break;
        }
        if let Err(problems) = &result {
            refused += 1;
            let said = |code: &str| problems.iter().any(|problem| problem.starts_with(code));
            assert!(said("emit::unwritable") || said("emit::unfinished"), "{problems:?}");
            let mut seen = yard.seen();
            if said("emit::unwritable") {
                put_back += 1;
                seen.retain(|path, _| !journal::is_leftover(Path::new(path)));
                assert_eq!(seen, expected_old, "step {step}");
            }
        }
        // What a disk that works again makes of it.
        recover(&Machine, &yard.place).unwrap();
        let seen = yard.seen();
        if seen != expected_old {
            assert_eq!(seen, expected_new, "step {step}: a mixture, after {result:?}");
        }
        yard.write(&new).unwrap();
        assert_eq!(yard.seen(), expected_new, "step {step}");
    }
    assert!(refused > 20 && put_back > 15, "{refused} refused, {put_back} of them with everything put back");
}

#[test]
fn a_first_kit_that_fails_leaves_no_folder() {
    let (_, new) = old_and_new();
    for step in 0..8 {
        let yard = Yard::new();
        yard.write_on(&Failing::failing_at(step, 1), &new).unwrap_err();
        assert!(!yard.folder.path().join("k8s").exists(), "step {step}: {:?}", yard.seen().keys());
    }
}

#[test]
fn a_journal_that_leads_to_a_foreign_file_is_not_followed() {
    let (old, new) = old_and_new();
    let yard = Yard::holding(&old);
    let journal = "compose2k8s journal 1 forward\n[\"replace\",true,\"../compose.yaml\"]\nend\n";
    yard.put("k8s/.compose2k8s-journal", journal);
    yard.put(".compose.yaml.compose2k8s-new", &text("evil"));
    let problems = yard.write(&new).unwrap_err();
    assert!(problems[0].starts_with("emit::unfinished: `compose.yaml` could not be finished"), "{problems:?}");
    assert_eq!(yard.seen()["compose.yaml"].0, "services: {}\n");
    for broken in ["", "x", "compose2k8s journal 1 forward\n", "compose2k8s journal 1 sideways\nend\n"] {
        yard.put("k8s/.compose2k8s-journal", broken);
        assert!(yard.write(&new).unwrap_err()[0].contains("a file that is no journal"), "{broken:?}");
    }
}

fn any_files() -> impl Strategy<Value = Files> {
    let kit = prop::sample::subsequence(
        vec![
            "README.md",
            "kustomization.yaml",
            "manifests/a.yaml",
            "manifests/b.yaml",
            "services/a.yaml",
            "scripts/lib/a.sh",
            "runs/r.yaml",
        ],
        0..7,
    );
    let project = prop::sample::subsequence(vec!["r.sh", "s.sh"], 0..3);
    (kit, project, prop::collection::vec("[12]", 9)).prop_map(|(kit, project, contents)| {
        let all = |paths: Vec<&str>, skip: usize, executable: bool| {
            let file = |content: &String| File { executable, ..File::plain(text(&format!("k8s/scripts/ {content}"))) };
            paths
                .into_iter()
                .zip(contents.iter().skip(skip))
                .map(|(path, content)| (path.to_owned(), file(content)))
                .collect()
        };
        Files { kit: all(kit, 0, false), project: all(project, 7, true) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_interruption_mixes_two_kits(old in any_files(), new in any_files(), step in 0usize..60, failures in 1usize..9, lives_on in 0usize..40) {
        interrupted(&old, &new, &Failing::failing_then_killed(step, failures, lives_on));
    }
}

#[test]
fn a_kit_that_asks_for_no_change_is_old_and_new() {
    let file = || File::plain(text("k8s/scripts/ 1"));
    let of = |paths: &[&str]| Files {
        kit: paths.iter().map(|path| ((*path).to_owned(), file())).collect(),
        project: BTreeMap::new(),
    };
    // What lies outside the kit's folders is nobody's to remove.
    let (old, new) = (of(&["README.md", "services/a.yaml"]), of(&["services/a.yaml"]));
    assert_eq!(interrupted(&old, &new, &Failing::failing_then_killed(0, 1, 0)), Some("old"));
}
