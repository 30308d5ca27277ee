//! Topic *process*: commands that run after the start or before the stop of a service, in one form for both sides.
//!
//! Kubernetes has one command of each kind. Several commands, and those with a directory or variables of their own,
//! become lines of a shell script. A script is understood completely or not at all.

use std::collections::BTreeMap;

use crate::check::facts::{Fact, HookCommand, Kind, Value};
use crate::check::manifests::pod::shell_line::{Values, executed_command, split_line};
use crate::resolve::outside::redacted_words;
use crate::resolve::process::{Hook, Variable};
use crate::text::{Span, Spanned};

/// Returns the fact for the hooks of a service with this user and these rights.
pub(crate) fn expected(of: &str, hooks: &[Hook], own: Option<&Spanned<String>>, all_rights: bool) -> Option<Fact> {
    let first = hooks.first()?;
    let mut commands = Vec::new();
    let mut open = false;
    let mut shown = Vec::new();
    let mut has_outside_values = false;
    for Hook { command, outside_words, image: _, user, working_dir, environment, privileged } in hooks {
        // A pod's hook cannot have another user or other rights than the container. The conversion reports that.
        let same = |user: &Spanned<String>| own.is_some_and(|own| own.value == user.value);
        open |= user.as_ref().is_some_and(|user| !same(user)) || *privileged && !all_rights;
        let directory = working_dir.as_ref().map(|folder| folder.value.clone());
        let of_words = |words: &[String], variables: Vec<String>| {
            parse_script(words, None)
                .filter(|_| directory.is_none() && environment.is_empty())
                .unwrap_or_else(|| vec![HookCommand { words: words.to_vec(), directory: directory.clone(), variables }])
        };
        has_outside_values |= !outside_words.is_empty() || environment.iter().any(|it| it.outside.is_some());
        commands.extend(of_words(&command.value, variables(environment, false)));
        shown.extend(of_words(&redacted_words(&command.value, outside_words), variables(environment, true)));
    }
    let fact = Fact::required(Kind::Hook, of, Value::Commands(commands.into()), first.command.span);
    let hidden = has_outside_values.then(|| Value::Commands(shown.into()).rendered().into_owned());
    let fact = Fact { hidden, ..fact };
    Some(if open { fact.or(Value::Any) } else { fact })
}

/// Returns the variables of a hook as `NAME=VALUE`, with or without the values from outside the Compose files.
fn variables(environment: &[Variable], is_redacted: bool) -> Vec<String> {
    let value_of = |variable: &Variable| {
        let value = variable.value.as_ref().map_or("", |value| value.value.as_str());
        match &variable.outside {
            Some(outside) if is_redacted => outside.redacted(value),
            Some(_) | None => value.to_owned(),
        }
    };
    environment.iter().map(|variable| format!("{}={}", variable.name.value, value_of(variable))).collect()
}

/// Returns the fact for a pod's hook. `values` are those of the container's variables, which a shell may insert.
pub(crate) fn observed(of: &str, list: &[String], values: &BTreeMap<String, String>, span: Span) -> Fact {
    let fact = Fact::required(Kind::Hook, of, hook_value(list), span);
    let alone = |words| vec![HookCommand { words, directory: None, variables: Vec::new() }];
    match executed_command(list, values).map(alone).or_else(|| parse_script(list, Some(values))) {
        Some(commands) => fact.with_inserted_values(Value::Commands(commands.into())),
        None => fact,
    }
}

/// Returns the value of a pod's hook.
fn hook_value(list: &[String]) -> Value {
    let alone = || vec![HookCommand { words: list.to_vec(), directory: None, variables: Vec::new() }];
    Value::Commands(parse_script(list, None).unwrap_or_else(alone).into())
}

/// Returns the lines of a `/bin/sh -ec` script as commands, if each is one.
fn parse_script(list: &[String], values: Values<'_>) -> Option<Vec<HookCommand>> {
    let [shell, flags, script] = list else { return None };
    if !matches!(shell.as_str(), "/bin/sh" | "sh") || flags != "-ec" {
        return None;
    }
    script.lines().map(|line| command(line, values)).collect()
}

/// Parses `words` or `(cd DIRECTORY && env NAME=VALUE… words)`, where either part may be missing.
fn command(line: &str, values: Values<'_>) -> Option<HookCommand> {
    let inner = line.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let mut words = split_line(inner.unwrap_or(line.trim()), values)?;
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
