//! Parser of `.env` files and the files of `env_file`: lines of `NAME=value`.
//! <https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax>
//!
//! Input: a source. Output: names and values in file order. The syntax is that of compose-go's `dotenv` package:
//! `export`, `:` for `=`, single quotes (literal), double quotes (escapes and variables), both over several lines, ` #`
//! comments, variables in values, names without a value (inherited).

use super::locate::place_in;
use super::template::{Fault, Use, substitute};
use crate::maps::IndexMap;
use crate::parse::problem::Problem;
use crate::report::{Report, Stopped};
use crate::sensitive::REDACTED;
use crate::text::{SourceId, Sources, Span};

/// Looks up a variable in a value, given its use, the variables so far, and its location.
pub(crate) type Lookup<'a> = dyn FnMut(&Use<'_>, &IndexMap<String, String>, Span) -> Option<String> + 'a;

/// Reads the definitions of a source into `into`, replacing existing ones.
///
/// # Errors
/// A line is not a definition, a quote is not closed, or a variable is malformed or required. This was reported.
pub(crate) fn read_definitions(
    source: SourceId,
    sources: &Sources,
    into: &mut IndexMap<String, String>,
    report: &mut Report,
    lookup: &mut Lookup<'_>,
) -> Result<(), Stopped> {
    let text = sources.get(source).map(|source| source.text.clone()).unwrap_or_default();
    let mut reader = Reader { text: &text, at: 0, source, into, lookup };
    reader.skip_mark();
    loop {
        match reader.definition() {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(problem) => {
                report.add(*problem);
                return Err(Stopped);
            }
        }
    }
}

struct Reader<'a, 'lookup> {
    text: &'a str,
    at: usize,
    source: SourceId,
    into: &'a mut IndexMap<String, String>,
    lookup: &'a mut Lookup<'lookup>,
}

/// Whether a character is a blank within a line, as in Go's dotenv parser.
fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

impl<'a> Reader<'a, '_> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let clamp = |at: usize| u32::try_from(at.min(self.text.len())).unwrap_or(u32::MAX);
        Span { source: self.source, start: clamp(start), end: clamp(end) }
    }

    fn skip_mark(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
    }

    /// Skips blanks, empty lines and comments. Returns false at the end.
    fn find_start(&mut self) -> bool {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            let rest = self.rest();
            if rest.is_empty() {
                return false;
            }
            if !rest.starts_with('#') {
                return true;
            }
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_blank).len();
    }

    fn definition(&mut self) -> Result<bool, Box<Problem>> {
        if !self.find_start() {
            return Ok(false);
        }
        if self.rest().strip_prefix("export").is_some_and(|rest| rest.starts_with(is_blank)) {
            self.at += "export".len();
            self.skip_blanks();
        }
        let start = self.at;
        let mut end = None;
        for (offset, character) in self.rest().char_indices() {
            match character {
                '=' | ':' | '\n' => {
                    end = Some((offset, character));
                    break;
                }
                '_' | '.' | '-' | '[' | ']' => {}
                _ if is_blank(character) || character.is_alphanumeric() => {}
                _ => {
                    let at = self.span(start + offset, start + offset + character.len_utf8());
                    return Err(Box::new(Problem::EnvFileName { character: character.escape_debug().to_string(), at }));
                }
            }
        }
        let (length, inherited) =
            end.map_or((self.rest().len(), true), |(offset, character)| (offset, character == '\n'));
        let name = self.rest().get(..length).unwrap_or_default().trim_end();
        if name.contains(' ') {
            let at = self.span(start, start + name.len());
            // A line without a name is a part of a value.
            let name = if inherited { REDACTED } else { name };
            return Err(Box::new(Problem::EnvFileSpace { name: name.to_owned(), at }));
        }
        self.at += length + usize::from(end.is_some());
        if inherited {
            let used = Use { name, at: 0..0, bare: false };
            let place = self.span(start, start + name.len());
            let value = (self.lookup)(&used, self.into, place);
            if let Some(value) = value {
                self.into.insert(name.to_owned(), value);
            }
            return Ok(true);
        }
        self.skip_blanks();
        let value = self.value()?;
        self.into.insert(name.to_owned(), value);
        Ok(true)
    }

    fn value(&mut self) -> Result<String, Box<Problem>> {
        let rest = self.rest();
        let start = self.at;
        if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
            return self.quoted(quote);
        }
        let line = rest.split('\n').next().unwrap_or_default();
        self.at += (line.len() + 1).min(rest.len());
        let value = line.split(" #").next().unwrap_or_default().trim_end();
        self.expand(value, self.span(start, start + value.len()))
    }

    fn quoted(&mut self, quote: char) -> Result<String, Box<Problem>> {
        let rest = self.rest();
        let start = self.at;
        let mut value = String::new();
        let mut escaped = false;
        for (offset, character) in rest.char_indices().skip(1) {
            if character == quote && !escaped {
                self.at += offset + 1;
                if quote == '\'' {
                    return Ok(value);
                }
                return self.expand(&unescape(&value), self.span(start, self.at));
            }
            // A backslash before a quote is removed; before other characters it is kept for `unescape`.
            if character == quote {
                escaped = false;
            } else if !escaped && character == '\\' {
                escaped = true;
                continue;
            } else if escaped {
                escaped = false;
                value.push('\\');
            }
            value.push(character);
        }
        Err(Box::new(Problem::EnvFileQuote { at: self.span(start, start + 1) }))
    }

    fn expand(&mut self, value: &str, span: Span) -> Result<String, Box<Problem>> {
        let written = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let (into, lookup) = (&*self.into, &mut *self.lookup);
        let expanded = substitute(value, &mut |used| lookup(used, into, place_in(span, written, value, &used.at)));
        expanded.map_err(|fault| {
            Box::new(match fault {
                Fault::Invalid { why, at } => Problem::InvalidVariable { why, at: place_in(span, written, value, &at) },
                Fault::Required { name, reason, at } => {
                    let reason = if reason.is_empty() { reason } else { format!(": {reason}") };
                    Problem::RequiredVariable { name, reason, at: place_in(span, written, value, &at) }
                }
            })
        })
    }
}

/// Resolves the escapes of double quotes. `\$` becomes `$$`, which substitution turns into a dollar.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let after = rest.get(at + 1..).unwrap_or_default();
        let (written, length) = match after.chars().next() {
            Some('$') => ("$$".to_owned(), 1),
            Some('a') => ("\u{7}".to_owned(), 1),
            Some('b') => ("\u{8}".to_owned(), 1),
            Some('f') => ("\u{c}".to_owned(), 1),
            Some('n') => ("\n".to_owned(), 1),
            Some('r') => ("\r".to_owned(), 1),
            Some('t') => ("\t".to_owned(), 1),
            Some('v') => ("\u{b}".to_owned(), 1),
            Some('"') => ("\"".to_owned(), 1),
            Some('\\') => ("\\".to_owned(), 1),
            Some('0') => octal(after),
            Some(_) | None => ("\\".to_owned(), 0),
        };
        out.push_str(&written);
        rest = after.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Resolves `\0` with three digits. With fewer digits, the backslash stays and the zero is removed.
fn octal(after: &str) -> (String, usize) {
    let digits: String = after.chars().skip(1).take(3).take_while(char::is_ascii_digit).collect();
    let length = 1 + digits.len();
    let value = u32::from_str_radix(&digits, 8).ok().filter(|value| digits.len() == 3 && *value < 256);
    (value.and_then(char::from_u32).map_or_else(|| format!("\\{digits}"), String::from), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (Vec<(String, String)>, Vec<String>) {
        let (mut sources, mut report) = (Sources::new(), Report::new());
        let source = sources.add(".env", None, text);
        let mut into = IndexMap::default();
        let outcome = read_definitions(source, &sources, &mut into, &mut report, &mut |used, known, _| {
            if used.name == "GIVEN" { Some("given".to_owned()) } else { known.get(used.name).cloned() }
        });
        assert_eq!(outcome.is_err(), !report.problems().is_empty());
        let problems = report.problems().iter().map(|problem| crate::report::short(problem, &sources)).collect();
        (into.into_iter().collect(), problems)
    }

    fn values(text: &str) -> String {
        let (values, problems) = read_text(text);
        assert_eq!(problems, Vec::<String>::new(), "{text:?}");
        values.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn values_may_be_quoted() {
        for (text, expected) in [
            ("A=1\nB = 2 \nC: 3", "A=1|B=2|C=3"),
            ("A=x # comment\nB=x#y\nC=#z\n# D=1\n\nE=", "A=x|B=x#y|C=#z|E="),
            ("A='x # $B \\n' # comment\nB=\"x # y\"", "A=x # $B \\n|B=x # y"),
            ("A=\"x\\ty\\\"z\\\\\"\nB='it\\'s'", "A=x\ty\"z\\|B=it's"),
            ("A=\"one\ntwo\"\nB='three\nfour'", "A=one\ntwo|B=three\nfour"),
            ("export A=1\nexport  B=2\nexported=3", "A=1|B=2|exported=3"),
            ("A=1\r\nB=2\r\n", "A=1|B=2"),
            ("\u{feff}A=1", "A=1"),
            ("A=1\nA=2", "A=2"),
            ("a.b-c[0]=1\né=2", "a.b-c[0]=1|é=2"),
            ("A=\"\\0101\\07\\$x\"", "A=A\\7$x"),
            ("A=a=b:c", "A=a=b:c"),
        ] {
            assert_eq!(values(text), expected, "{text:?}");
        }
    }

    #[test]
    fn variables_are_expanded_unless_in_single_quotes() {
        assert_eq!(values("A=1\nB=${A}2\nC=\"$B$GIVEN\"\nD='$A'\nE=${NO:-x}"), "A=1|B=12|C=12given|D=$A|E=x");
    }

    #[test]
    fn a_name_without_a_value_is_inherited() {
        assert_eq!(values("GIVEN\nNOT_GIVEN\nA=1"), "GIVEN=given|A=1");
        assert_eq!(values("A=1\nGIVEN"), "A=1|GIVEN=given");
    }

    #[test]
    fn invalid_lines_are_reported_with_locations() {
        for (text, expected) in [
            ("A=1\n  B!=2", ".env:2:4: error[parse::env_file_name]: `!` does not belong in a variable's name"),
            ("A B=2", ".env:1:1: error[parse::env_file_space]: the name `A B` has a space in it"),
            ("A=1\nB=\"x\nC=2", ".env:2:3: error[parse::env_file_quote]: this quote is never closed"),
            (
                "A=x${}",
                ".env:1:4: error[parse::invalid_variable]: `${` begins no variable: a name begins with a letter or `_`",
            ),
            ("A=\"${B:?no}\"", ".env:1:4: error[parse::required_variable]: the variable `B` must have a value: no"),
        ] {
            assert_eq!(read_text(text).1, [expected], "{text:?}");
        }
    }
}
