//! Lines of shell scripts that run one command.

use std::collections::BTreeMap;

use crate::sensitive::UNKNOWN_MARK;

/// The values of a container's variables by name. Without them, no reference to a variable is understood.
pub(crate) type Values<'a> = Option<&'a BTreeMap<String, String>>;

/// Splits a line into words; `None` if a shell would interpret any part of it other than `"$NAME"`. `&&` is a word of its own. The
/// value of a variable that is not known is a mark.
pub(crate) fn split_line(line: &str, values: Values<'_>) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '\'' => break,
                        other => word.push(other),
                    }
                }
            }
            '"' => {
                let mut quoted = String::new();
                loop {
                    match letters.next()? {
                        '"' => break,
                        other => quoted.push(other),
                    }
                }
                let name = quoted.strip_prefix('$').filter(|name| is_variable_name(name))?;
                let unknown = || format!("{UNKNOWN_MARK}{name}{UNKNOWN_MARK}");
                let value = values?.get(name).cloned().unwrap_or_else(unknown);
                word.get_or_insert_default().push_str(&value);
            }
            '\\' => word.get_or_insert_default().push(letters.next()?),
            '&' if word.is_none() && letters.next_if_eq(&'&').is_some() => words.push("&&".to_owned()),
            '$' | '`' | ';' | '&' | '|' | '<' | '>' | '(' | ')' | '*' | '?' | '[' | '#' | '~' => return None,
            blank if blank.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

/// Returns the command of `sh -c 'exec …'`, whose words may contain variables in double quotes.
pub(crate) fn executed_command(words: &[String], values: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let [shell, option, script] = words else { return None };
    let line = script.strip_prefix("exec ").filter(|line| !line.contains('\n'))?;
    let is_shell = matches!(shell.as_str(), "/bin/sh" | "sh") && option == "-c";
    split_line(line, Some(values)).filter(|command| is_shell && !command.is_empty())
}

fn is_variable_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_in_double_quotes_are_inserted() {
        let known = BTreeMap::from([("PW".to_owned(), "a b'c".to_owned())]);
        let words = |line: &str| split_line(line, Some(&known));
        assert_eq!(words("run -p\"$PW\"'x y'"), Some(vec!["run".to_owned(), "-pa b'cx y".to_owned()]));
        assert_eq!(words("run \"$OTHER\"").unwrap()[1], format!("{UNKNOWN_MARK}OTHER{UNKNOWN_MARK}"));
        for line in ["run \"a\"", "run $PW", "run \"$1\"", "run \"$PW", "run \"$PW\"; x", "run \"${PW}\""] {
            assert_eq!(words(line), None, "{line}");
        }
        assert_eq!(split_line("run \"$PW\"", None), None);
        let script = |script: &str| ["/bin/sh", "-c", script].map(str::to_owned);
        assert_eq!(executed_command(&script("exec run \"$PW\""), &known).unwrap(), ["run", "a b'c"]);
        assert_eq!(executed_command(&script("run \"$PW\""), &known), None);
        assert_eq!(executed_command(&script("exec run \"$PW\"\nexit 1"), &known), None);
    }
}
