//! What can go wrong when the kit is written.

use crate::problems;

problems! { "emit"
    /// A file that the tool did not write stands where it would write one.
    error foreign_file ForeignFile { path: String }
        "`{path}` was not written by compose2k8s and stands in the way",
        [],
        help "move or remove it, or choose another output folder with `-o`";
    /// What was about to be written does not read back as the object it was made from. This is a fault of the tool, found
    /// before anything was written; the Compose file is not to blame.
    error unfaithful Unfaithful { document: String, why: String }
        "`{document}` would not say what it should: {why}",
        [],
        help "this is a fault of compose2k8s; please report it with the Compose file";
    /// Two parts of the kit would be written to one file: a service is called `namespace`, as the kit's own file is, or two
    /// names differ in nothing but capitals, which some file systems do not tell apart.
    error one_file OneFile { path: String, one: String, other: String }
        "`{path}` would hold both {one} and {other}",
        [],
        help "give one of the two another name in the Compose file";
}
