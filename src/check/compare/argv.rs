//! Commands with the same meaning.

use crate::check::facts::{HookCommand, StartProbe, Value};

/// Help for commands that follow the entrypoint of the image on one side.
pub(super) const ENTRYPOINT_HELP: &str = "`…` stands for the image's own entrypoint: Compose's `command` is Kubernetes' `args`, Compose's `entrypoint` is \
     Kubernetes' `command`";

/// Whether two commands are the same for some entrypoint of the image.
pub(super) fn may_be_same(one: &Value, other: &Value) -> bool {
    let ends = |whole: &Value, open: &Value| match (whole, open) {
        (Value::Argv(whole) | Value::Arguments(whole), Value::Arguments(words)) => whole.ends_with(words),
        _ => false,
    };
    ends(one, other) || ends(other, one)
}

/// Whether two values run the same commands. A shell found by its name is the shell found by its path.
pub(super) fn is_same_command(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Argv(one), Value::Argv(other)) => are_same_words(one, other),
        (Value::StartProbe(one), Value::StartProbe(other)) => {
            let StartProbe { check, period, timeout } = &**one;
            (period, timeout) == (&other.period, &other.timeout) && is_same_command(check, &other.check)
        }
        (Value::Commands(one), Value::Commands(other)) => {
            let same = |(one, other): (&HookCommand, &HookCommand)| {
                let HookCommand { words, directory, variables } = one;
                (directory, variables) == (&other.directory, &other.variables) && are_same_words(words, &other.words)
            };
            one.len() == other.len() && one.iter().zip(other).all(same)
        }
        (one, other) => one == other,
    }
}

fn are_same_words<T: AsRef<str>>(one: &[T], other: &[T]) -> bool {
    let (first, other_first) = (first_word(one), first_word(other));
    first == other_first && one.iter().skip(1).map(T::as_ref).eq(other.iter().skip(1).map(T::as_ref))
}

/// Returns the program of a command; of a shell with a script, its path.
fn first_word<T: AsRef<str>>(words: &[T]) -> Option<&str> {
    match words {
        [shell, option, _, ..] if shell.as_ref() == "sh" && option.as_ref() == "-c" => Some("/bin/sh"),
        words => words.first().map(T::as_ref),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_is_the_same_by_name_and_by_path() {
        let run = |shell: &'static str, script: &'static str| Value::argv([shell, "-c", script]);
        assert!(is_same_command(&run("sh", "x"), &run("/bin/sh", "x")));
        assert!(!is_same_command(&run("sh", "x"), &run("/bin/sh", "y")));
        assert!(!is_same_command(&Value::argv(["sh", "-c"]), &Value::argv(["/bin/sh", "-c"])));
    }

    #[test]
    fn an_entrypoint_of_the_image_may_be_the_words_in_front() {
        assert!(may_be_same(&Value::arguments(["node", "a.js"]), &Value::argv(["node", "a.js"])));
        assert!(may_be_same(&Value::argv(["/run", "node"]), &Value::arguments(["node"])));
        assert!(!may_be_same(&Value::arguments(["node", "a.js"]), &Value::argv(["node", "b.js"])));
        assert!(!may_be_same(&Value::argv(["node"]), &Value::argv(["node"])));
    }
}
