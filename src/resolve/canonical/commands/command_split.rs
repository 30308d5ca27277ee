//! Splits a command string into arguments as Compose does: with the quotes and backslashes of a shell, but without a
//! shell.
//!
//! Compose differs from a shell: an unquoted `; & | < >` ends the command and the rest is dropped; `$(…)` and backticks
//! are not evaluated; `#` does not start a comment; `\n` and `\t` are escapes.

/// A split command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Split {
    /// The arguments.
    pub(crate) words: Vec<String>,
    /// The byte offset of the part that Compose drops, if there is one.
    pub(crate) dropped_from: Option<usize>,
}

/// Why a command cannot be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsplittable {
    /// A quote, a backtick or a `$(` is not closed, or the string ends in a backslash.
    Open,
    /// A parenthesis outside of quotes.
    Parenthesis,
}

/// The open quotes and brackets at a position.
#[allow(clippy::struct_excessive_bools, reason = "Compose's splitter lets them overlap")]
#[derive(Default)]
struct Within {
    single: bool,
    double: bool,
    backtick: bool,
    dollar: bool,
}

impl Within {
    fn any(&self) -> bool {
        self.single || self.double || self.backtick || self.dollar
    }
}

/// Splits a command as Compose does.
pub(crate) fn split(command: &str) -> Result<Split, Unsplittable> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut begun = false;
    let mut escaped = false;
    let mut within = Within::default();
    let mut dropped_from = None;
    for (at, character) in command.char_indices() {
        if escaped {
            word.push(match character {
                't' => '\t',
                'n' => '\n',
                _ => character,
            });
            escaped = false;
            begun = true;
            continue;
        }
        match character {
            '\\' if !within.single => {
                escaped = true;
                continue;
            }
            '\\' => {
                // Inside single quotes a backslash is a literal character, and does not start an argument by itself.
                word.push(character);
                continue;
            }
            ' ' | '\t' | '\r' | '\n' => {
                if within.any() {
                    word.push(character);
                } else if begun {
                    words.push(std::mem::take(&mut word));
                    begun = false;
                }
                continue;
            }
            '`' if !within.single && !within.double && !within.dollar => within.backtick = !within.backtick,
            ')' if !within.single && !within.double && !within.backtick => within.dollar = !within.dollar,
            '(' if !within.single && !within.double && !within.backtick => {
                if within.dollar || !word.ends_with('$') {
                    return Err(Unsplittable::Parenthesis);
                }
                within.dollar = true;
                word.push('(');
                continue;
            }
            '"' if !within.single && !within.dollar => {
                begun |= within.double;
                within.double = !within.double;
                continue;
            }
            '\'' if !within.double && !within.dollar => {
                begun |= within.single;
                within.single = !within.single;
                continue;
            }
            ';' | '&' | '|' | '<' | '>' if !within.any() => {
                // The number of `2>` is not an argument.
                if character == '>' && word.starts_with(|first: char| first.is_ascii_digit()) {
                    begun = false;
                }
                dropped_from = Some(at);
                break;
            }
            _ => {}
        }
        begun = true;
        word.push(character);
    }
    if begun {
        words.push(word);
    }
    if escaped || within.any() {
        return Err(Unsplittable::Open);
    }
    Ok(Split { words, dropped_from })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_words(command: &str) -> Vec<String> {
        split(command).unwrap().words
    }

    #[test]
    fn quotes_and_backslashes_join_words() {
        assert_eq!(split_words(""), Vec::<String>::new());
        assert_eq!(split_words("  a  b\tc\n"), ["a", "b", "c"]);
        assert_eq!(split_words(r#"sh -c "echo 'x y'""#), ["sh", "-c", "echo 'x y'"]);
        assert_eq!(split_words(r#"a"b c"d '' "" e"#), ["ab cd", "", "", "e"]);
        assert_eq!(split_words(r"a\ b \n\t\x 'c\d'"), ["a b", "\n\tx", r"c\d"]);
        assert_eq!(split_words("x=$(date +%s) `id -u` $$ # y"), ["x=$(date +%s)", "`id -u`", "$$", "#", "y"]);
    }

    #[test]
    fn the_rest_after_an_unquoted_operator_is_dropped() {
        let cut = split("a b && c").unwrap();
        assert_eq!(cut, Split { words: vec!["a".to_owned(), "b".to_owned()], dropped_from: Some(4) });
        assert_eq!(split("a 2>/dev/null").unwrap().words, ["a"]);
        assert_eq!(split("a '&&' b").unwrap().dropped_from, None);
    }

    #[test]
    fn unclosed_quotes_and_brackets_are_refused() {
        for command in ["'a", "\"a", "a\\", "`a", "x$(a"] {
            assert_eq!(split(command), Err(Unsplittable::Open), "{command}");
        }
        assert_eq!(split("a (b)"), Err(Unsplittable::Parenthesis));
        assert_eq!(split("a $(b (c))"), Err(Unsplittable::Parenthesis));
    }
}
