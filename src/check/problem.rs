//! What parity can find.

use crate::problems;
use crate::text::Span;

problems! { "check"
    /// The manifests do not say what the Compose file says.
    error missing Missing { fact: String, at: Span }
        "{fact} is not in the manifests",
        [at "said here"],
        help "regenerate the manifests";
}
