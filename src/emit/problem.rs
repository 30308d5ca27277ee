//! Diagnostics about generated files and writing.

use crate::report::problems;
use crate::text::Span;

problems! { emit
    /// A file that the tool did not write stands where it would write one, or a folder or a link does. Nothing was written.
    error foreign_file ForeignFile { path: String, what: String }
        "`{path}` is {what} and stands in the way",
        [],
        help "move or remove it, or choose another output folder with `-o`";
    /// Without `-o`, the output goes to `k8s`, which may contain manifests of the user.
    error foreign_directory ForeignDirectory { path: String }
        "the directory `{path}` is not empty, and compose2k8s did not generate it",
        [],
        help format!("name the output directory: `-o {path}` writes beside the files in it, `-o DIR` elsewhere");
    /// Another version of this program wrote the output. Apart from the version, the output is what this one would write.
    advice other_version OtherVersion { version: String }
        "compose2k8s {version} wrote the output; apart from the version, this compose2k8s would write the same",
        [],
        help "nothing to do; regenerate to update the headers";
    /// A renamed service or volume has a new, empty claim. `k8s-up.sh` never deletes a claim, so the data of the old one stays in
    /// the cluster.
    advice claim_without_owner ClaimWithoutOwner { claims: String, namespace: String, instead: String, first: String }
        "no workload of the new output uses the claim {claims} (namespace `{namespace}`), which keeps its data{instead}: to keep using it, change the name of the service or volume back; to move the data, copy it in a pod that mounts both claims",
        [],
        help format!("to delete the data, run `kubectl -n {namespace} delete pvc {first}`");
    /// The folder with the generated Secrets is not in the output, as in a clean clone. Their values were not compared.
    advice no_secrets NoSecrets { path: String }
        "`{path}` does not exist, so the values of its Secrets were not compared",
        [],
        help "nothing to do in CI; to start the project, run compose2k8s where `.env` and the other files with values exist";
    /// The build context of an image contains the generated Secrets, and `.dockerignore` does not exclude them: `COPY . .` would copy
    /// them into the image.
    warning secrets_in_build_context SecretsInBuildContext { service: String, secrets: String, entry: String, ignore_file: String, at: Span }
        "the build context of `{service}` contains `{secrets}`, so its image may contain the values of the Secrets",
        [at "this context"],
        help format!("add the line `{entry}` to `{ignore_file}`");
    /// The manifests on standard output refer to Secrets whose values were not printed.
    advice secrets_not_printed SecretsNotPrinted { names: String }
        "the values of the Secrets {names} are not printed",
        [],
        help "use `--with-secrets` to print them, or `-o DIR` to write them to `DIR/secrets`";
    /// What was about to be written does not read back as the object it was made from. This is a fault of the tool, found
    /// before anything was written; the Compose file is not to blame.
    error unfaithful Unfaithful { document: String, why: String }
        "`{document}` would not say what it should: {why}",
        [],
        help "this is a fault of compose2k8s; please report it with the Compose file";
    /// The operating system refused to read or write: a read-only folder, missing rights, a full disk. What was begun was
    /// undone, and the folder is as it was before.
    error unwritable Unwritable { path: String, why: String }
        "`{path}` cannot be written: {why}",
        [],
        help "nothing was changed; see to that path's rights and the room on its disk";
    /// The operating system refused in the middle of a kit, and undoing failed too; or something stands where an interrupted
    /// run has still to write. The journal in the kit's folder remembers what is to be done, and the next run goes on with it.
    error unfinished Unfinished { path: String, why: String, kit: String }
        "`{path}` could not be finished: {why}",
        [],
        help format!("see to that path and run again: `{kit}/.compose2k8s-journal` remembers what is left to do");
    /// Another run of the tool is writing to the same folder.
    error busy Busy { path: String }
        "another run of compose2k8s is writing to `{path}`",
        [],
        help "wait for it to end, then run again";
    /// The way from the kit to the project cannot be written into a file, because a folder's name is no Unicode text.
    error not_utf8 NotUtf8 { path: String }
        "`{path}` has a name that is not Unicode",
        [],
        help "rename the folder, or choose another output folder with `-o`";
    /// A file or folder of the kit could not be read, so it cannot be compared with what would be written today.
    error unreadable Unreadable { path: String, why: String }
        "`{path}` cannot be read: {why}",
        [],
        help "see to that path's rights";
}

impl Problem {
    pub(super) fn unfaithful(document: &str, why: impl Into<String>) -> Self {
        Problem::Unfaithful { document: document.to_owned(), why: why.into() }
    }
}
