//! What can be wrong with the text of a Compose project.

use crate::problems;
use crate::text::Span;

problems! { "parse"
    /// The file could not be read from disk: it is missing, a folder, a pipe, or not readable by this user.
    error unreadable Unreadable { path: String, why: String, at: Option<Span> }
        "`{path}` cannot be read: {why}",
        [at "named here"],
        help "check the path and its permissions";
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
}
