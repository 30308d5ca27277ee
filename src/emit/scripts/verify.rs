//! Whether the scripts in an output are those that this version writes, so that they can be run without a review.
//!
//! Input: the path and the text of a script. Only the header, a comment that names the sources, may vary, and the rows of
//! `project.sh`, which are read with a grammar: calls of the functions of `lib/table.sh` and assignments, with words that the shell
//! does not expand.

use super::fixed::{HEADER_LINE, SCRIPTS};
use crate::vocabulary::file;

/// Returns the paths of the scripts in an output. The last one is not in every output.
pub fn script_paths() -> impl Iterator<Item = &'static str> {
    SCRIPTS.iter().map(|script| script.0).chain([file::PROJECT_SCRIPT, OPTIONAL_SCRIPT])
}

/// The script that is missing in an output without Secrets.
pub const OPTIONAL_SCRIPT: &str = file::SECRETS_TEMPLATES;

/// Whether the text of the script at this path is what this version writes for some project.
#[must_use]
pub fn is_script_of_this_version(path: &str, text: &str) -> bool {
    if path == file::PROJECT_SCRIPT {
        return is_table(text);
    }
    if path == OPTIONAL_SCRIPT {
        return is_list_of_entries(text);
    }
    let Some((before, after)) =
        SCRIPTS.iter().find(|script| script.0 == path).and_then(|script| script.1.split_once(HEADER_LINE))
    else {
        return false;
    };
    let header = text.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    header.is_some_and(|header| header.ends_with('\n') && header.lines().all(|line| line.starts_with('#')))
}

/// The functions of `lib/table.sh` that add a row.
const ROWS: [&str; 16] = [
    "built",
    "ephemeral",
    "fixed",
    "folder",
    "guest",
    "live",
    "mounted",
    "project",
    "published",
    "pulled",
    "resolver",
    "run",
    "service",
    "setup",
    "source_of",
    "template",
];
/// The variables that `project.sh` sets.
const VARIABLES: [&str; 7] =
    ["cluster", "compose_files", "compose_options", "compose_project", "namespace", "namespace_file", "version"];
/// The arrays that `words_of` sets.
const ARRAYS: [&str; 3] = ["entrypoint", "command", "references"];
const WORDS_OF: &str = "words_of() {\n  entrypoint=() command=() references=()\n  case $1 in\n";
const END: &str = "  esac\n}\n";

fn is_table(text: &str) -> bool {
    let mut rest = Cursor(text);
    while !rest.take(WORDS_OF) {
        if !rest.take_row(&VARIABLES, &ROWS) {
            return false;
        }
    }
    while !rest.take(END) {
        if !rest.take_words() {
            return false;
        }
    }
    rest.0.is_empty()
}

/// Whether a text only has calls of `secret_entry`.
fn is_list_of_entries(text: &str) -> bool {
    let mut rest = Cursor(text);
    while !rest.0.is_empty() {
        if !rest.take_row(&[], &["secret_entry"]) {
            return false;
        }
    }
    true
}

/// The rest of a text. Each function takes what it names from the front, or returns false.
struct Cursor<'t>(&'t str);

impl Cursor<'_> {
    fn take(&mut self, text: &str) -> bool {
        self.0.strip_prefix(text).is_some_and(|rest| {
            self.0 = rest;
            true
        })
    }

    fn take_spaces(&mut self) -> bool {
        let before = self.0.len();
        self.0 = self.0.trim_start_matches(' ');
        self.0.len() < before
    }

    /// A comment, an empty line, an assignment, or a call.
    fn take_row(&mut self, variables: &[&str], rows: &[&str]) -> bool {
        if self.0.starts_with('#') {
            let Some((_, rest)) = self.0.split_once('\n') else { return false };
            self.0 = rest;
            return true;
        }
        if self.take("\n") {
            return true;
        }
        let length = self.0.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(0);
        let Some((name, rest)) = self.0.split_at_checked(length) else { return false };
        self.0 = rest;
        if variables.contains(&name) && self.take("=") {
            return (self.take_array() || self.take_word()) && self.take("\n");
        }
        if !rows.contains(&name) {
            return false;
        }
        while self.take_spaces() {
            if !self.take_word() {
                return false;
            }
        }
        self.take("\n")
    }

    /// The words of one service: `NAME) ARRAY=(WORD...)... ;;`.
    fn take_words(&mut self) -> bool {
        if !(self.take("    ") && self.take_word() && self.take(")")) {
            return false;
        }
        while self.take(" ") {
            if self.take(";;\n") {
                return true;
            }
            if !(ARRAYS.iter().any(|array| self.take(&format!("{array}="))) && self.take_array()) {
                return false;
            }
        }
        false
    }

    fn take_array(&mut self) -> bool {
        if !self.take("(") {
            return false;
        }
        if self.take(")") {
            return true;
        }
        loop {
            if !self.take_word() {
                return false;
            }
            if self.take(")") {
                return true;
            }
            if !self.take(" ") {
                return false;
            }
        }
    }

    /// One word of the shell, of plain letters, quoted text, and paths that start with the checkout or the home directory.
    fn take_word(&mut self) -> bool {
        let before = self.0.len();
        loop {
            let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=:,@%+".contains(letter);
            self.0 = self.0.trim_start_matches(plain);
            if self.take("'") {
                let Some((_, rest)) = self.0.split_once('\'') else { return false };
                self.0 = rest;
            } else if !(self.take(r"\'") || self.take(r#""$checkout""#) || self.take(r#""${HOME-}""#)) {
                return self.0.len() < before;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::files::Files;

    fn written() -> Vec<(String, String)> {
        let mut files = Files::default();
        super::super::add_scripts(&crate::emit::sample::rendered(), &crate::emit::sample::metadata(), &mut files);
        let written = script_paths().filter_map(|path| Some((path.to_owned(), files.kit.get(path)?.text.clone())));
        written.collect()
    }

    #[test]
    fn scripts_are_recognized_as_they_are_written() {
        for (path, text) in written() {
            assert!(is_script_of_this_version(&path, &text), "{path}\n{text}");
            for changed in [format!("{text}id\n"), text.replacen('\n', "\nid\n", 2), text.replace('e', "o")] {
                assert!(!is_script_of_this_version(&path, &changed), "{path}\n{changed}");
            }
        }
        assert!(!is_script_of_this_version("scripts/other.sh", ""));
    }

    #[test]
    fn every_function_of_a_row_is_known() {
        let library = SCRIPTS.iter().find(|script| script.0 == "scripts/lib/table.sh").unwrap().1;
        let table = include_str!("table.rs");
        for name in ROWS {
            assert!(library.contains(&format!("\n{name}() {{")), "{name}");
            assert!(table.contains(&format!("\"{name} ")) || table.contains(&format!("\"{name}\"")), "{name}");
        }
    }

    #[test]
    fn a_table_that_does_more_than_add_rows_is_refused() {
        let table = written().into_iter().find(|(path, _)| path == file::PROJECT_SCRIPT).unwrap().1;
        assert!(table.starts_with('#'));
        for line in [
            "id",
            "cluster=$(id)",
            "cluster=a id",
            "cluster=`id`",
            "folder \"$(id)\"",
            "folder a; id",
            "folder a && id",
            "folder a >b",
            "folder $HOME",
            "folder 'a' | id",
            "folder \\$(id)",
            "folder a\tid",
            "PATH=/tmp",
            "compose_files=(a $(id))",
            "compose_files=(a) id",
            "folder <(id)",
            "folder 'a",
            "words_of() { id; }",
        ] {
            for place in ["cluster=", "words_of() {"] {
                let changed = table.replacen(place, &format!("{line}\n{place}"), 1);
                assert!(!is_table(&changed), "{line}");
            }
        }
        for line in [
            "    a) id ;;",
            "    a) command=($(id)) ;;",
            "    $(id)) ;;",
            "    a) command=() ; id ;;",
            "    a) PATH=(b) ;;",
        ] {
            assert!(!is_table(&table.replacen(END, &format!("{line}\n{END}"), 1)), "{line}");
        }
        let entries = "# Generated by compose2k8s.\n\nsecret_entry web.env A 'two\nlines' B='c d'\n";
        assert!(is_script_of_this_version(OPTIONAL_SCRIPT, entries));
        for line in ["id", "folder a", "cluster=a", "secret_entry \"$(id)\"", "secret_entry a; id"] {
            assert!(!is_script_of_this_version(OPTIONAL_SCRIPT, &format!("{entries}{line}\n")), "{line}");
        }
        assert!(is_table(&table.replacen(END, &format!("    a) entrypoint=() command=(b 'c d') ;;\n{END}"), 1)));
        assert!(!is_table(&format!("{table}\n")));
        assert!(!is_table(""));
    }
}
