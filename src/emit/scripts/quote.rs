//! Quoting for shell scripts.

use crate::resolve::volumes::HostPath;
use crate::words::shell_quote;

/// Quotes a string as one word of a POSIX shell. NUL characters are removed, because arguments, paths and environment
/// variables cannot contain them.
pub(super) fn quote(text: &str) -> String {
    shell_quote(&text.replace('\0', ""))
}

/// Quotes names as one word, separated by spaces. Names contain no spaces.
pub(super) fn quote_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    quote(&names.into_iter().collect::<Vec<_>>().join(" "))
}

/// Quotes a path on the host. The shell completes it at run time, so that no absolute path of the host is written.
pub(super) fn quote_path(path: &HostPath) -> String {
    match path {
        HostPath::Project(below) if below.is_empty() => r#""$checkout""#.to_owned(),
        HostPath::Project(below) => format!(r#""$checkout"/{}"#, quote(below)),
        HostPath::Home(below) if below.is_empty() => r#""${HOME-}""#.to_owned(),
        HostPath::Home(below) => format!(r#""${{HOME-}}"/{}"#, quote(below)),
        HostPath::Absolute(path) => quote(path),
    }
}

/// Removes control characters, so that a text cannot leave its comment.
pub(super) fn single_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_words_stay_readable() {
        assert_eq!(quote("a/b:1.0@x"), "a/b:1.0@x");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote_path(&HostPath::Project("a b".to_owned())), r#""$checkout"/'a b'"#);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
        /// A shell prints the quoted string unchanged.
        #[test]
        fn a_shell_reads_the_quoted_string(text in "[ -~\n\t$`\"'\\\\é☃]{0,40}") {
            let output = std::process::Command::new("bash")
                .args(["-c", &format!("printf '%s' {}", quote(&text))])
                .output()
                .unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&output.stdout), text);
        }
    }
}
