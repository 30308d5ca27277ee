//! Topic *process*: commands that run after the start or before the stop of a service, in one form for both sides.
//!
//! Kubernetes has one command of each kind. Several commands, and those with a directory or variables of their own,
//! become lines of a shell script. A script is understood completely or not at all.

use crate::check::facts::{Fact, HookCommand, Kind, Value};
use crate::resolve::process::{Hook, Variable};
use crate::text::Spanned;

/// Returns the fact for the hooks of a service with this user and these rights.
pub(crate) fn expected(of: &str, hooks: &[Hook], own: Option<&Spanned<String>>, all_rights: bool) -> Option<Fact> {
    let first = hooks.first()?;
    let mut commands = Vec::new();
    let mut open = false;
    for Hook { command, image: _, user, working_dir, environment, privileged } in hooks {
        let variables = environment.iter().map(|Variable { name, value, outside: _ }| {
            let value = value.as_ref().map_or("", |value| value.value.as_str());
            format!("{}={value}", name.value)
        });
        // A pod's hook cannot have another user or other rights than the container. The conversion reports that.
        let same = |user: &Spanned<String>| own.is_some_and(|own| own.value == user.value);
        open |= user.as_ref().is_some_and(|user| !same(user)) || *privileged && !all_rights;
        let folder = working_dir.as_ref().map(|folder| folder.value.clone());
        commands.extend(
            parse_script(&command.value).filter(|_| folder.is_none() && environment.is_empty()).unwrap_or_else(|| {
                vec![HookCommand { words: command.value.clone(), directory: folder, variables: variables.collect() }]
            }),
        );
    }
    let fact = Fact::required(Kind::Hook, of, Value::Commands(commands.into()), first.command.span);
    Some(if open { fact.or(Value::Any) } else { fact })
}

/// Returns the value of a pod's hook.
pub(crate) fn hook_value(list: &[String]) -> Value {
    let alone = || vec![HookCommand { words: list.to_vec(), directory: None, variables: Vec::new() }];
    Value::Commands(parse_script(list).unwrap_or_else(alone).into())
}

/// Returns the lines of a `/bin/sh -ec` script as commands, if each is one.
fn parse_script(list: &[String]) -> Option<Vec<HookCommand>> {
    let [shell, flags, script] = list else { return None };
    if !matches!(shell.as_str(), "/bin/sh" | "sh") || flags != "-ec" {
        return None;
    }
    script.lines().map(command).collect()
}

/// Parses `words` or `(cd DIRECTORY && env NAME=VALUE… words)`, where either part may be missing.
fn command(line: &str) -> Option<HookCommand> {
    let inner = line.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let mut words = split(inner.unwrap_or(line.trim()))?;
    let mut folder = None;
    if let [cd, to, and, ..] = words.as_slice()
        && (cd.as_str(), and.as_str()) == ("cd", "&&")
    {
        folder = Some(to.clone());
        words.drain(..3);
    }
    let mut variables = Vec::new();
    if words.first().is_some_and(|word| word == "env") {
        words.remove(0);
        while words.first().is_some_and(|word| word.contains('=')) {
            variables.push(words.remove(0));
        }
    }
    (!words.is_empty()).then_some(HookCommand { words, directory: folder, variables })
}

/// Splits a line into words; `None` if a shell would interpret any part of it. `&&` is a word of its own.
fn split(line: &str) -> Option<Vec<String>> {
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
            '\\' => word.get_or_insert_default().push(letters.next()?),
            '&' if word.is_none() && letters.next_if_eq(&'&').is_some() => words.push("&&".to_owned()),
            '$' | '`' | '"' | ';' | '&' | '|' | '<' | '>' | '(' | ')' | '*' | '?' | '[' | '#' | '~' => return None,
            blank if blank.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered_commands(words: &[&str]) -> String {
        hook_value(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).to_string()
    }

    #[test]
    fn lines_of_a_shell_script_are_commands() {
        let script = "touch '/tmp/it'\\''s up'\n(cd /srv && env WHO=me echo again)";
        assert_eq!(
            rendered_commands(&["/bin/sh", "-ec", script]),
            r#"["touch","/tmp/it's up"]; ["echo","again"] in /srv with WHO=me"#
        );
        assert_eq!(rendered_commands(&["sleep", "1"]), r#"["sleep","1"]"#);
    }

    #[test]
    fn lines_that_a_shell_interprets_are_not_commands() {
        assert_eq!(rendered_commands(&["/bin/sh", "-ec", "echo $A"]), r#"["/bin/sh","-ec","echo $A"]"#);
        assert_eq!(rendered_commands(&["/bin/sh", "-c", "echo a"]), r#"["/bin/sh","-c","echo a"]"#);
        assert_eq!(rendered_commands(&["/bin/sh", "-ec", "echo 'a"]), r#"["/bin/sh","-ec","echo 'a"]"#);
    }
}
