//! What can be wrong with the text of a Compose project.

use crate::report::problems;
use crate::text::Span;

problems! { parse
    /// The file could not be read from disk: it is missing, a folder, a pipe, or not readable by this user.
    error unreadable Unreadable { path: String, why: String, at: Option<Span>, hint: String }
        "`{path}` cannot be read: {why}",
        [at "named here"],
        help if hint.is_empty() { "check the path and its permissions".to_owned() } else { hint };
    /// Files above the limit are refused before they are read: no Compose file is that long, so the path is likely wrong.
    error too_large TooLarge { path: String, limit: String, at: Option<Span> }
        "`{path}` is larger than {limit}",
        [at "here"],
        help "check that this is the right file";
    /// Text is read as UTF-8; a byte-order mark at its start is fine. Docker Compose reads UTF-16 too, this program does
    /// not.
    error not_utf8 NotUtf8 { path: String, byte: String, at: Span }
        "`{path}` is not UTF-8: byte {byte} does not belong to a character",
        [at "here"],
        help "save the file as UTF-8";
    /// The text breaks YAML's rules at the marked place.
    error not_yaml NotYaml { why: String, help: String, at: Span }
        "this is not YAML: {why}",
        [at "here"],
        help help;
    /// Keys are compared after quotes and escapes are gone, as Docker Compose does: `"a"` and `a` are one key.
    error duplicate_key DuplicateKey { key: String, at: Span, first: Span }
        "the key `{key}` is given twice",
        [at "given again here", first "first given here"],
        help "remove one of the two, or merge them";
    /// YAML allows lists and mappings as keys, Compose and Kubernetes do not. Usually a template such as
    /// `{{ name }}` stands there without quotes.
    error key_not_single KeyNotSingle { at: Span }
        "a list or a mapping is used as a key",
        [at "this key"],
        help "put the key in quotes; text in `{{ }}` needs them";
    /// Compose's keys are strings: a number, `true` or nothing as a key is refused by Docker Compose too.
    error key_not_text KeyNotText { key: String, at: Span }
        "the key `{key}` is not a string",
        [at "this key"],
        help format!("put it in quotes: \"{key}\"");
    /// `<<` takes a mapping or a list of mappings, nearly always as aliases.
    error merge_of_no_mapping MergeOfNoMapping { kind: &'static str, at: Span, value: Span }
        "`<<` merges {kind}, not a mapping",
        [at "merged here", value "not a mapping"],
        help "give `<<` an alias of a mapping, or a list of such aliases";
    /// Lists and mappings may lie in each other 255 deep, after aliases are expanded.
    error too_deep TooDeep { limit: usize, at: Span }
        "lists and mappings lie in each other more than {limit} deep",
        [at "one too many"],
        help "flatten it";
    /// Aliases of aliases grow without measure: ten lines can stand for a thousand million nodes. The limit is 400 000
    /// nodes, or ten times what is written.
    error too_many_aliases TooManyAliases { at: Span }
        "the aliases stand for far more than is written",
        [at "grows too large here"],
        help "write out what is needed instead of aliases of aliases";
    /// An alias inside the node that its own anchor names would have no end.
    error alias_in_itself AliasInItself { name: String, at: Span }
        "the alias `{name}` lies inside what it stands for",
        [at "without end"],
        help "move the alias out of its anchor";
    /// The file must hold one YAML document.
    error second_document SecondDocument { at: Span }
        "a second YAML document begins after the first",
        [at "begins here"],
        help "keep one document and remove the `---` before the other";
    /// `${` begins a variable: a name, then `}` or an operator with its word, all on one line.
    error invalid_variable InvalidVariable { why: &'static str, at: Span }
        "`${{` begins no variable: {why}",
        [at "here"],
        help "mend it, or write `$$` for a dollar sign of its own";
    /// `${V:?words}` and `${V?words}` refuse to go on without a value.
    error required_variable RequiredVariable { name: String, reason: String, at: Span }
        "the variable `{name}` must have a value{reason}",
        [at "required here"],
        help format!("give it with `-e {name}=…`, or in `.env` or another `--env-file`");
    /// A variable without a value and without a default is replaced with an empty string, as in Docker Compose. One warning
    /// lists all of them, except those in an image, a port, a mount or a device, where the rest of the value has another meaning
    /// without them: each of these is reported at its place.
    warning unset_variable UnsetVariable { message: String, name: String, at: Span }
        "{message}",
        [at "used here"],
        help format!("set it with `-e {name}=VALUE` or in `.env`, or give it a default: `${{{name}:-VALUE}}`; write `$$` for a dollar sign");
    /// A comparison uses the values that the output records where the file that supplied them does not exist, as in a clean clone.
    advice recorded_values RecordedValues { sources: String }
        "the values that the output records are used instead of those of {sources}, and the values of Secrets are not compared",
        [],
        help "nothing to do in CI; to start the project, run compose2k8s where the files with values exist";
    /// Docker Compose would take these from the shell. This program does not, so that the same files give the same
    /// manifests on every machine.
    advice shell_variables ShellVariables { names: String, options: String, at: Vec<Span> }
        "the shell has other values for {names}, which Docker Compose would use",
        [at "used here"],
        help format!("if they shall count, add {options}, or --process-env for the whole environment");
    /// A line of an env file is `NAME=value`; names hold letters, digits and `_ . - [ ]`.
    error env_file_name EnvFileName { character: String, at: Span }
        "`{character}` does not belong in a variable's name",
        [at "here"],
        help "write NAME=value, or begin the line with # for a comment";
    /// A line of an env file is `NAME=value`, and a name has no space.
    error env_file_space EnvFileSpace { name: String, at: Span }
        "the name `{name}` has a space in it",
        [at "this name"],
        help "write NAME=value, or begin the line with # for a comment";
    /// A value that begins with a quote ends with the same one, perhaps lines below.
    error env_file_quote EnvFileQuote { at: Span }
        "this quote is never closed",
        [at "opened here"],
        help "close it, or put a backslash before it";
    /// Docker Compose reads these variables from the process environment too, which is not used here, so that the output does
    /// not depend on it.
    advice compose_variables ComposeVariables { names: String, options: String }
        "the process environment sets {names}, which Docker Compose would use and this run does not",
        [],
        help format!("pass `{options}` or `--process-env` to use them, or set them in `.env`");
    /// Without `-f`, Docker Compose reads this file too. Files that are named as arguments are read alone, as with `-f`.
    advice override_not_named OverrideNotNamed { path: String, named: String }
        "`{path}` is not read; `docker compose up` without `-f` would merge it over `{named}`",
        [],
        help format!("add `{path}` after `{named}`, if it is meant");
    /// Docker Compose fetches Compose files from git, OCI registries and the web. This program fetches nothing, so that
    /// the same command gives the same manifests tomorrow.
    error remote Remote { reference: String, at: Option<Span> }
        "`{reference}` would have to be fetched, and this program fetches nothing",
        [at "named here"],
        help "fetch it yourself and name the file on disk";
    /// Standard input can be read once.
    error input_twice InputTwice {}
        "standard input (`-`) is given twice",
        [],
        help "name it once";
    /// Several files with names that Compose looks for lie side by side; the first of `compose.yaml`, `compose.yml`,
    /// `docker-compose.yml`, `docker-compose.yaml` counts.
    warning several_files SeveralFiles { used: String, others: String }
        "`{used}` is used; beside it lie {others}",
        [],
        help "name the file that is meant, or remove the others";
    /// Without arguments a Compose file is looked for where the command runs, then in each folder above.
    error no_file NoFile { folder: String }
        "there is no Compose file in `{folder}` or a folder above it",
        [],
        help "name the Compose file, or go where it is";
    /// A later file's mapping merges with a mapping, its list with a list; where one is a list and the other a mapping
    /// nobody can say what is meant.
    error unlike_forms UnlikeForms { key: String, before: &'static str, after: &'static str, at: Span, first: Span }
        "`{key}` is {after} here and {before} before: they cannot be merged",
        [at "here", first "before"],
        help "write both in the same form, or tag the later one `!override` to replace the earlier";
    /// The top of a Compose file and its `services` are mappings.
    error no_mapping NoMapping { what: String, kind: &'static str, at: Span }
        "{what} is a mapping, and here is {kind}",
        [at "here"],
        help "write `key: value` lines";
    /// Nothing was found in any of the files.
    error empty Empty { at: Span }
        "the Compose file is empty",
        [at "nothing here"],
        help "describe at least one service under `services:`";
    /// Compose files once had their services at the top. Docker Compose refuses them today.
    error version_one VersionOne { name: String, at: Span }
        "`{name}` stands at the top, as in the first version of Compose files, and there is no `services`",
        [at "looks like a service"],
        help "put the services below `services:`, indented";
    /// A project's name holds small letters, digits, `-` and `_`, and begins with a letter or digit. It comes from
    /// `--project-name`, `COMPOSE_PROJECT_NAME`, `name:` in the file, or the folder.
    error project_name ProjectName { name: String, from: String, at: Option<Span> }
        "`{name}`, {from}, is no project name",
        [at "given here"],
        help "use small letters, digits, `-` and `_`, a letter or digit first";
    /// `extends` and `include` take few keys; a misspelt one would have no effect.
    error unknown_key UnknownKey { key: String, of: &'static str, at: Span, help: Option<String> }
        "`{of}` has no key `{key}`",
        [at "this key"],
        help help.or(Some("remove it".to_owned()));
    /// `extends` names a service, in the short form alone, in the long form with `service:`.
    error extends_nothing ExtendsNothing { at: Span }
        "`extends` names no service",
        [at "here"],
        help "write `extends: {service: NAME}`, with `file: PATH` if it stands in another file";
    /// The service that is extended must stand in the same file, or in the one that `file` names; files that are merged
    /// are not looked into.
    error extends_unknown ExtendsUnknown { service: String, file: String, at: Span, help: Option<String> }
        "the service `{service}` that is extended does not stand in {file}",
        [at "named here"],
        help help.or(Some("name a service of that file, or add `file: PATH`".to_owned()));
    /// The other file of an `extends` has no services at all.
    error extends_no_services ExtendsNoServices { file: String, at: Span }
        "`{file}`, which is extended, has no `services`",
        [at "named here"],
        help "name a Compose file";
    /// Services that extend each other in a ring have no first one.
    error extends_cycle ExtendsCycle { way: String, name: String, at: Vec<Span> }
        "services extend each other in a ring: {way} → `{name}`",
        [at "extends"],
        help "remove one of these `extends`";
    /// Docker Compose takes a chain for a ring in which two services of one name look for what they extend in the same
    /// file, although they stand in two.
    error extends_alike ExtendsAlike { name: String, at: Span, first: Span }
        "two services of one chain are both called `{name}` and extend in the same file, which Docker Compose takes for a ring",
        [at "the second", first "the first"],
        help "rename one of the two";
    /// A hundred services may extend each other in a row.
    error extends_too_long ExtendsTooLong { limit: usize, at: Span }
        "more than {limit} services extend each other in a row",
        [at "one too many"],
        help "write out what is needed";
    /// `include` is a list of paths, or of mappings with `path`.
    error include_no_list IncludeNoList { kind: &'static str, at: Span }
        "`include` is a list, and here is {kind}",
        [at "here"],
        help "write each path as an item: `- path/to/compose.yaml`";
    /// An item of `include` in its long form has a `path`.
    error include_no_path IncludeNoPath { at: Span }
        "this item of `include` names no path",
        [at "here"],
        help "add `path: PATH`";
    /// A file that includes itself, directly or through others, has no end.
    error include_cycle IncludeCycle { path: String, at: Vec<Span> }
        "`{path}` includes itself",
        [at "includes"],
        help "remove one of these includes";
    /// Includes may lie in each other fifty deep.
    error include_too_deep IncludeTooDeep { limit: usize, at: Span }
        "includes lie in each other more than {limit} deep",
        [at "one too many"],
        help "include the files from the top";
}
