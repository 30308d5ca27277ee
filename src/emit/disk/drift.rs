//! Compares the files on disk with the files that would be written, byte by byte.
//!
//! This differs from the comparison in [`check`](crate::check): a file that was edited by hand may mean the same, and
//! the edit is still lost the next time the output is written.

use std::path::Path;

use similar::{ChangeTag, TextDiff};

use super::file_system::{Disk as _, EntryKind};
use super::inspect::{self, FileState, Unreadable};
use super::output_paths::OutputPaths;
use crate::emit::files::{File, Files};
use crate::emit::header;
use crate::emit::problem::Problem;
use crate::maps::HashMap;
use crate::parse::problem::codes as parse;
use crate::report::{Report, Stopped, system_words};
use crate::sensitive::UNKNOWN_MARK;
use crate::text::Sources;
use crate::vocabulary::file;

/// A file of the output on disk, compared with the file that would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drift {
    /// The path, as displayed to the user.
    pub path: String,
    /// The result of the comparison.
    pub state: State,
    /// The text on disk; empty if the file is unchanged or missing, or contains secrets.
    pub on_disk: String,
    /// The text that would be written; empty if the file is unchanged or would be removed, or contains secrets.
    pub today: String,
}

/// The result of comparing a file on disk with the file that would be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// Identical.
    Unchanged,
    /// Written by another version of this program, and different in nothing but the version.
    OtherVersion,
    /// Different bytes, or a different executable bit.
    Changed,
    /// Missing on disk.
    Missing,
    /// A generated file that is no longer part of the output.
    Surplus,
    /// A file that compose2k8s did not generate, or something that is not a file.
    Foreign,
    /// A file with secrets that is missing together with all others, as in a clean clone.
    Withheld,
}

impl State {
    /// The word shown to the user.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            State::Unchanged => "unchanged",
            State::OtherVersion => "unchanged but for the version",
            State::Changed => "changed",
            State::Missing => "missing",
            State::Surplus => "surplus",
            State::Foreign => "foreign",
            State::Withheld => "withheld",
        }
    }
}

/// Compares all files of the output, and all stale files, sorted by path. Writes nothing. Files in `sources` are not
/// read again: they are found by the name that [`OutputPaths::display`] returns.
///
/// # Errors
/// Returns [`Stopped`] if a file cannot be read; the report names it.
pub fn drift(
    files: &Files,
    paths: &OutputPaths,
    sources: &Sources,
    report: &mut Report,
) -> Result<Vec<Drift>, Stopped> {
    let known: HashMap<&str, &str> = sources
        .iter()
        .filter(|(_, source)| source.path.is_some())
        .map(|(_, source)| (source.name.as_str(), &*source.text))
        .collect();
    let disk = super::file_system::RealDisk;
    let mut refuse = |Unreadable { path, error }: Unreadable| {
        report.add(Problem::Unreadable { path: paths.display(&path), why: system_words(&error) });
    };
    let targets = match inspect::targets(files, paths) {
        Ok(targets) => targets,
        Err(path) => {
            refuse(Unreadable { path, error: std::io::Error::other("its name leads out of the folder") });
            return Err(Stopped);
        }
    };
    let secrets = paths.kit.join(file::SECRETS);
    let withheld = disk.entry_kind(&secrets).is_ok_and(|kind| kind == EntryKind::Nothing);
    let mut ways = inspect::Ways::default();
    let mut compared = |target: &Path, file: &File| {
        let path = paths.display(target);
        let known = known.get(path.as_str()).copied();
        let standing = inspect::file_state(&disk, paths, &mut ways, target, file, known)?;
        let (state, on_disk) = match standing {
            FileState::Same => {
                return Ok(Drift { path, state: State::Unchanged, on_disk: String::new(), today: String::new() });
            }
            // Its values are not known, because the files that supply them do not exist.
            FileState::Ours(_) if file.is_private() && file.text.contains(UNKNOWN_MARK) => {
                (State::Unchanged, String::new())
            }
            FileState::Ours(text) if differs_in_version_only(&text, &file.text) => (State::OtherVersion, text),
            FileState::Ours(text) => (State::Changed, text),
            FileState::Missing if withheld && file.is_private() => (State::Withheld, String::new()),
            FileState::Missing => (State::Missing, String::new()),
            FileState::Foreign(_, text) => (State::Foreign, text.unwrap_or_default()),
        };
        let shown = |text: String| if file.is_private() { String::new() } else { text };
        Ok(Drift { path, state, on_disk: shown(on_disk), today: shown(file.text.clone()) })
    };
    let stale = inspect::stale(&disk, paths, &targets);
    let mut found = Vec::with_capacity(targets.len());
    let mut readable = stale.is_ok();
    for (target, file) in &targets {
        match compared(target, file) {
            Ok(drift) => found.push(drift),
            Err(unreadable) => {
                readable = false;
                refuse(unreadable);
            }
        }
    }
    match stale {
        Err(unreadable) => refuse(unreadable),
        Ok(stale) => found.extend(stale.into_iter().map(|(path, on_disk)| Drift {
            path: paths.display(&path),
            state: State::Surplus,
            on_disk: if path.starts_with(&secrets) { String::new() } else { on_disk },
            today: String::new(),
        })),
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    if readable { Ok(found) } else { Err(Stopped) }
}

/// Whether a file on disk differs from the file that would be written in the version of this program only.
fn differs_in_version_only(on_disk: &str, today: &str) -> bool {
    header::version_of(on_disk).is_some_and(|version| {
        // The places where the header, the start table and the README have it.
        let contexts = ["compose2k8s ", "version="];
        let unified = contexts.into_iter().fold(on_disk.to_owned(), |text, context| {
            text.replace(&format!("{context}{version}"), &format!("{context}{}", env!("CARGO_PKG_VERSION")))
        });
        version != env!("CARGO_PKG_VERSION") && unified == today
    })
}

/// Reports that another version of this program wrote files that differ in nothing else.
pub fn report_other_version(drift: &[Drift], report: &mut Report) {
    let other = drift.iter().find(|file| file.state == State::OtherVersion);
    if let Some(version) = other.and_then(Drift::other_version) {
        report.add(Problem::OtherVersion { version: version.to_owned() });
    }
}

/// Reports that the folder of Secrets is missing, as in a clean clone. A note that the files with their values are missing says so
/// too.
pub fn report_withheld(drift: &[Drift], paths: &OutputPaths, report: &mut Report) {
    if report.problems().iter().any(|problem| problem.code == parse::recorded_values) {
        return;
    }
    if drift.iter().any(|file| file.state == State::Withheld) {
        report.add(Problem::NoSecrets { path: paths.display(&paths.kit.join(file::SECRETS)) });
    }
}

impl Drift {
    /// Whether the file would change in more than the version of this program.
    #[must_use]
    pub fn is_change(&self) -> bool {
        !matches!(self.state, State::Unchanged | State::OtherVersion | State::Withheld)
    }

    /// Returns the version in the header of the file on disk, if it differs from this version.
    #[must_use]
    pub fn other_version(&self) -> Option<&str> {
        header::version_of(&self.on_disk).filter(|version| *version != env!("CARGO_PKG_VERSION"))
    }

    /// Returns a unified diff; empty if the text would not change. Control characters are shown as `\u{…}`, so that a
    /// file cannot control the terminal.
    #[must_use]
    pub fn diff(&self, color: bool) -> String {
        if self.on_disk == self.today {
            return String::new();
        }
        let side = |text: &str, name: String| if text.is_empty() { "/dev/null".to_owned() } else { name };
        let before = side(&self.on_disk, format!("{} (on disk)", self.path));
        let after = side(&self.today, format!("{} (today)", self.path));
        let difference = TextDiff::from_lines(self.on_disk.as_str(), self.today.as_str());
        if color {
            return painted(&difference, &before, &after);
        }
        let text = difference.unified_diff().header(&before, &after).to_string();
        let mut out = String::with_capacity(text.len());
        for line in text.lines() {
            out.push_str(&escape_controls(line));
            out.push('\n');
        }
        out
    }
}

/// Returns the unified diff in colour, with the changed words in reverse video.
fn painted<'a>(difference: &TextDiff<'a, 'a, str>, before: &str, after: &str) -> String {
    let mut out = format!(
        "\u{1b}[1m--- {}\u{1b}[0m\n\u{1b}[1m+++ {}\u{1b}[0m\n",
        escape_controls(before),
        escape_controls(after)
    );
    for hunk in difference.unified_diff().iter_hunks() {
        out.push_str(&format!("\u{1b}[36m{}\u{1b}[0m\n", hunk.header()));
        // Without a deadline, so that a difference is always shown in the same way.
        for change in hunk.ops().iter().flat_map(|op| difference.iter_inline_changes_deadline(op, None)) {
            let paint = match change.tag() {
                ChangeTag::Equal => "",
                ChangeTag::Delete => "\u{1b}[31m",
                ChangeTag::Insert => "\u{1b}[32m",
            };
            out.push_str(paint);
            out.push_str(&change.tag().to_string());
            for (differs, part) in change.iter_strings_lossy() {
                let part = escape_controls(part.strip_suffix('\n').unwrap_or(&part));
                let whole = part.trim().is_empty() || paint.is_empty() || !differs;
                out.push_str(&if whole { part } else { format!("\u{1b}[7m{part}\u{1b}[27m") });
            }
            out.push_str(if paint.is_empty() { "\n" } else { "\u{1b}[0m\n" });
            if change.missing_newline() {
                out.push_str("\\ No newline at end of file\n");
            }
        }
    }
    out
}

/// Escapes control characters.
fn escape_controls(line: &str) -> String {
    line.chars().flat_map(visible).collect()
}

fn visible(letter: char) -> Vec<char> {
    if letter.is_control() && letter != '\t' { letter.escape_default().collect() } else { vec![letter] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit(entries: &[(&str, &str)]) -> Files {
        let file = |content: &str| File::plain(format!("# Generated by compose2k8s 0.0.1 from x.\n{content}"));
        Files { kit: entries.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect(), ..Files::default() }
    }

    fn states(found: &[Drift]) -> Vec<(&str, &str)> {
        found.iter().map(|drift| (drift.path.as_str(), drift.state.name())).collect()
    }

    #[test]
    fn every_file_is_compared_and_none_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let paths = OutputPaths::new(Path::new("k8s"), Path::new("."), folder.path()).unwrap();
        let mut report = Report::new();
        let old = kit(&[("README.md", "1\n"), ("manifests/a.yaml", "1\n2\n"), ("manifests/b.yaml", "1\n")]);
        let new = kit(&[
            ("README.md", "1\n"),
            ("manifests/a.yaml", "1\n3\n"),
            ("services/a.yaml", "1\n"),
            ("cluster/x.yaml", "1\n"),
        ]);
        assert_eq!(
            states(&drift(&new, &paths, &Sources::new(), &mut report).unwrap())
                .iter()
                .filter(|(_, state)| *state == "missing")
                .count(),
            4
        );
        assert!(!paths.kit.exists());

        crate::emit::write(&old, &paths, &mut report).unwrap();
        std::fs::create_dir(paths.kit.join("cluster")).unwrap();
        std::fs::write(paths.kit.join("cluster/x.yaml"), "mine\n").unwrap();
        let found = drift(&new, &paths, &Sources::new(), &mut report).unwrap();
        assert_eq!(
            states(&found),
            [
                ("k8s/README.md", "unchanged"),
                ("k8s/cluster/x.yaml", "foreign"),
                ("k8s/manifests/a.yaml", "changed"),
                ("k8s/manifests/b.yaml", "surplus"),
                ("k8s/services/a.yaml", "missing"),
            ]
        );
        assert_eq!(found[0].diff(true), "");
        assert_eq!(
            found[2].diff(false),
            "--- k8s/manifests/a.yaml (on disk)\n+++ k8s/manifests/a.yaml (today)\n@@ -1,3 +1,3 @@\n \
             # Generated by compose2k8s 0.0.1 from x.\n 1\n-2\n+3\n"
        );
        assert_eq!(found[2].other_version(), Some("0.0.1"));
        assert!(found[3].diff(false).contains("+++ /dev/null\n"));
        assert!(found[4].diff(true).contains("\u{1b}[32m+1\u{1b}[0m\n"), "{:?}", found[4].diff(true));
        // Changed words are highlighted within a changed line.
        let words = Drift { on_disk: "a: one two\n".into(), today: "a: one three\n".to_owned(), ..found[2].clone() };
        let painted = words.diff(true);
        assert!(painted.contains("\u{1b}[31m-a: one \u{1b}[7mtwo\u{1b}[27m\u{1b}[0m\n"), "{painted:?}");
        assert!(painted.contains("\u{1b}[32m+a: one \u{1b}[7mthree\u{1b}[27m\u{1b}[0m\n"), "{painted:?}");
        assert!(report.problems().is_empty());
    }

    #[test]
    fn control_characters_of_files_are_escaped() {
        let drift = Drift {
            path: "x".to_owned(),
            state: State::Changed,
            on_disk: "a\u{1b}]0;b\u{7}\r\n".into(),
            today: "a\n".to_owned(),
        };
        assert!(
            drift.diff(false).chars().all(|letter| letter == '\n' || !letter.is_control()),
            "{}",
            drift.diff(false)
        );
    }
}
