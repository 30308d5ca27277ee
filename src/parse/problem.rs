//! What can be wrong with the text of a Compose project.

use crate::problems;
use crate::text::Span;

problems! { "parse"
    /// The file could not be read from disk: it is missing, a folder, or not readable by this user.
    error unreadable Unreadable { path: String, why: String }
        "`{path}` cannot be read: {why}",
        [],
        help "check the path and its permissions";
    /// The text breaks YAML's rules at the marked place.
    error not_yaml NotYaml { why: String, at: Span }
        "this is not YAML: {why}",
        [at "here"],
        help "mend the indentation or the quotes at the marked place";
}
