//! Words for a shell.

use crate::resolve::volumes::HostPath;
use crate::words::shell_quote;

/// A text as one word of a POSIX shell, whatever is in it. Single quotes take every byte but their own and NUL; a NUL is left out,
/// because neither an argument nor a path nor a variable of a process can hold one.
pub(super) fn word(text: &str) -> String {
    shell_quote(&text.replace('\0', ""))
}

/// Several texts as one word, separated by blanks: only for names, which have none.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    word(&names.into_iter().collect::<Vec<_>>().join(" "))
}

/// A path of the host as a word that the shell completes when it runs: no path of a machine is ever written.
pub(super) fn path(path: &HostPath) -> String {
    match path {
        HostPath::Project(below) if below.is_empty() => r#""$checkout""#.to_owned(),
        HostPath::Project(below) => format!(r#""$checkout"/{}"#, word(below)),
        HostPath::Home(below) if below.is_empty() => r#""${HOME-}""#.to_owned(),
        HostPath::Home(below) => format!(r#""${{HOME-}}"/{}"#, word(below)),
        HostPath::Absolute(path) => word(path),
    }
}

/// A text in a comment: it cannot leave its line.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_words_stay_readable() {
        assert_eq!(word("a/b:1.0@x"), "a/b:1.0@x");
        assert_eq!(word(""), "''");
        assert_eq!(word("it's"), r"'it'\''s'");
        assert_eq!(path(&HostPath::Project("a b".to_owned())), r#""$checkout"/'a b'"#);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
        /// A shell gives back what was quoted, byte for byte.
        #[test]
        fn a_shell_reads_the_text_back(text in "[ -~\n\t$`\"'\\\\é☃]{0,40}") {
            let output = std::process::Command::new("bash")
                .args(["-c", &format!("printf '%s' {}", word(&text))])
                .output()
                .unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&output.stdout), text);
        }
    }
}
