//! What can be wrong with a project whose text is right.

use crate::problems;
use crate::text::Span;

problems! { "resolve"
    /// A key that the Compose Specification does not know at this place.
    error unknown_key UnknownKey { key: String, place: String, at: Span, suggestion: Option<String> }
        "`{key}` is not a key of {place}",
        [at "unknown key"],
        help suggestion.unwrap_or_else(|| "remove the key, or begin its name with `x-` to keep it as an extension".to_owned());
}
