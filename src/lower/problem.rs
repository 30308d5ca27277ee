//! What Kubernetes cannot do, or does differently.

use crate::problems;
use crate::text::Span;

problems! { "lower"
    /// The key has no equivalent in Kubernetes, and the overrides file does not accept its loss.
    error no_equivalent NoEquivalent { key: String, service: String, advice: String, at: Span }
        "`{key}` of `{service}` has no equivalent in Kubernetes",
        [at "would be lost"],
        help advice;
}
