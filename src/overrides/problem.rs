//! What can be wrong with an overrides file.

use crate::problems;
use crate::text::Span;

problems! { "overrides"
    /// A key that overrides files do not have at this place.
    error unknown_key UnknownKey { key: String, at: Span, suggestion: Option<String> }
        "`{key}` is not a key of an overrides file here",
        [at "unknown key"],
        help suggestion.unwrap_or_else(|| "`compose2k8s schema` prints what may stand here".to_owned());
}
