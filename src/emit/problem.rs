//! What can go wrong when the kit is written.

use crate::problems;

problems! { "emit"
    /// A file that the tool did not write stands where it would write one.
    error foreign_file ForeignFile { path: String }
        "`{path}` was not written by compose2k8s and stands in the way",
        [],
        help "move or remove it, or choose another output folder with `-o`";
}
