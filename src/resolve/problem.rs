//! What can be wrong with a project whose text is right.

use crate::report::problems;
use crate::text::Span;

problems! { resolve
    /// A key that the Compose Specification does not know at this place. Docker Compose refuses it too.
    error unknown_key UnknownKey { key: String, place: String, at: Span, suggestion: Option<String> }
        "`{key}` is not a key of {place}",
        [at "unknown key"],
        help suggestion.unwrap_or_else(|| "remove the key, or begin its name with `x-` to keep it as an extension".to_owned());
    /// A value of another kind than the key takes: a list where a string belongs, a number without quotes where only a
    /// string is taken, nothing where something must be.
    error wrong_type WrongType { path: String, found: &'static str, expected: String, at: Span, hint: String }
        "`{path}` is {found}, and must be {expected}",
        [at "{found}"],
        help hint;
    /// A value of the right kind whose text means nothing at this key: not a number, not a duration, not one of the words
    /// that the key takes.
    error wrong_value WrongValue { path: String, text: String, expected: String, at: Span }
        "`{text}` is no value for `{path}`, which takes {expected}",
        [at "not understood"],
        help format!("give {expected}");
    /// A mapping lacks a key without which it means nothing.
    error missing_key MissingKey { key: String, place: String, at: Span }
        "{place} has no `{key}`",
        [at "`{key}` is missing"],
        help format!("add `{key}:` here");
    /// A list has the same item twice where each may stand once.
    error repeated_item RepeatedItem { path: String, at: Span, first: Span }
        "`{path}` holds an item twice",
        [at "again here", first "first here"],
        help "remove one of the two";
    /// Names of services, volumes, configs, secrets and networks are made of letters, digits, `.`, `_` and `-`.
    error bad_name BadName { what: &'static str, name: String, at: Span }
        "`{name}` cannot be the name of a {what}",
        [at "not a name"],
        help "use letters, digits, `.`, `_` and `-` only";
    /// A short form that cannot be taken apart.
    error bad_short_form BadShortForm { what: &'static str, text: String, why: String, form: &'static str, at: Span }
        "`{text}` is not a {what}: {why}",
        [at "not understood"],
        help format!("write it as `{form}`, or use the long form");
    /// A command, entrypoint or hook given as one string is split into words; this one cannot be.
    error unsplittable Unsplittable { path: String, why: &'static str, at: Span }
        "`{path}` cannot be split into words: {why}",
        [at "not a command"],
        help "give the words as a list: `[\"sh\", \"-c\", \"…\"]`";
    /// Compose splits a command given as a string into words without a shell, and an unquoted `;`, `&`, `|`, `<` or `>`
    /// ends it: what follows is dropped without a word. The same happens under Docker Compose.
    warning words_dropped WordsDropped { path: String, rest: String, at: Span }
        "`{path}` ends before `{rest}`: no shell reads it, and Compose drops what follows",
        [at "dropped from here"],
        help "give the words as a list, with a shell where one is meant: `[\"sh\", \"-c\", \"…\"]`";
    /// A name with a space before its `=` is refused by Docker Compose.
    error trailing_space TrailingSpace { name: String, at: Span }
        "the variable name `{name}` ends in a space",
        [at "here"],
        help "remove the space before the `=`";
    /// A file of `env_file` or `label_file` that is not there and is required.
    error missing_file MissingFile { what: &'static str, path: String, at: Span }
        "the {what} file `{path}` does not exist",
        [at "named here"],
        help "make the file, or mark it with `required: false` where that is meant";
    /// Docker Compose reads `.env`, the default, and `raw`.
    error unknown_format UnknownFormat { format: String, at: Span }
        "`{format}` is not a format of env files",
        [at "unknown"],
        help "write `raw` for lines without quotes and variables, or remove `format`";
    /// There is nothing in the file.
    error empty_project EmptyProject { at: Option<Span> }
        "the Compose file is empty",
        [at "nothing here"],
        help "add `services:` with at least one service";
    /// A service that could run nothing.
    error no_image NoImage { service: String, at: Span }
        "service `{service}` has neither `image` nor `build`",
        [at "nothing to run"],
        help "add one of the two; a file that only completes others must be read together with them";
    /// A name that is used and declared nowhere.
    error undefined Undefined { what: &'static str, name: String, service: String, at: Span, suggestion: String }
        "service `{service}` uses the {what} `{name}`, which is not declared",
        [at "not declared"],
        help suggestion;
    /// A service that needs one that no chosen profile starts.
    error inactive_dependency InactiveDependency { service: String, on: String, profiles: String, at: Span, asleep: Span }
        "service `{service}` needs `{on}`, which no chosen profile starts",
        [at "not started", asleep "not chosen"],
        help format!("choose a profile of it ({profiles}), or mark the dependency with `required: false`");
    /// `docker compose up` does not look at services of profiles that are not chosen, so an error in one of them does not stop
    /// the translation. The service is not in the output. Choose its profile to see the error itself.
    warning inactive_left_out InactiveLeftOut { service: String, why: String, at: Vec<Span> }
        "service `{service}`, which no chosen profile starts, is left out of the output: {why}",
        [at "left out"],
        help "nothing to do, unless you use its profile: then fix this first";
    /// Services that wait for each other would wait for ever.
    error dependency_cycle DependencyCycle { way: String, at: Vec<Span> }
        "services wait for each other: {way}",
        [at "waits here"],
        help "remove one of these dependencies";
    /// Two keys of which only one can be meant.
    error exclusive Exclusive { place: String, left: String, right: String, at: Span, other: Span }
        "{place} has both `{left}` and `{right}`",
        [at "`{left}`", other "`{right}`"],
        help "keep one of the two";
    /// Two keys that say the same thing and must agree.
    error disagree Disagree { place: String, left: String, right: String, at: Span, other: Span }
        "{place}: `{left}` and `{right}` say different things",
        [at "this value", other "another value"],
        help "make them equal, or keep one";
    /// An external resource is made elsewhere, so nothing but its name can be said of it.
    error external_conflict ExternalConflict { what: &'static str, name: String, key: String, at: Span }
        "the {what} `{name}` is external and has `{key}` too",
        [at "has no effect"],
        help "remove it: an external resource has a `name` at most";
    /// A config or secret needs to say where its bytes come from.
    error no_content NoContent { what: &'static str, name: String, ways: &'static str, at: Span }
        "the {what} `{name}` does not say where its content comes from",
        [at "declared here"],
        help format!("add one of {ways}, or `external: true`");
    /// A mount's target can be used once in a container.
    error mounted_twice MountedTwice { service: String, target: String, at: Span, first: Span }
        "service `{service}` mounts `{target}` twice",
        [at "again here", first "first here"],
        help "change one of the two targets, or remove it";
    /// A container's name is one container's name.
    error scaled_name ScaledName { service: String, count: String, at: Span, name: Span }
        "service `{service}` runs {count} times under one `container_name`",
        [at "more than one", name "one name"],
        help "remove `container_name`, or run it once";
    /// A value outside what Docker takes.
    error not_possible NotPossible { place: String, why: String, at: Span }
        "{place}: {why}",
        [at "here"],
        help "change this value";
    /// An option of a mount's short form that nobody knows; Docker Compose drops it without a word.
    warning unknown_option UnknownOption { option: String, at: Span }
        "`{option}` is not an option of a mount, and is dropped",
        [at "no effect"],
        help "remove it; options are `ro`, `rw`, `z`, `Z`, `nocopy` and the propagations";
    /// A key that the table knows and that no reader takes: a mistake of this program, said rather than dropped.
    error unread Unread { key: String, place: String, at: Span }
        "`{key}` of {place} is not read by this program",
        [at "not read"],
        help "remove the key, and report this as a mistake of the program";
}
