//! The section about Secrets: what they contain, how they are created and changed, and that they are not committed.

use std::fmt::Write as _;

use super::services_table::cell;
use crate::emit::manifests::rendered_service::RenderedService;
use crate::emit::metadata::OutputMetadata;
use crate::lower::Objects;
use crate::lower::objects::Object;

/// Returns the section; empty if the output has no Secrets with values from outside the Compose files.
pub(super) fn secrets(objects: &Objects<RenderedService>, metadata: &OutputMetadata, up: &str) -> String {
    if objects.secrets.is_empty() {
        return String::new();
    }
    let mut text = "## Secrets\n\n\
        Values of variables from outside the Compose files (`.env`, `--env-file`, `env_file`, `--env`) are in `secrets/`, which only its \
        owner can read. `.gitignore` excludes the directory, and no other file contains the values. `variables.txt` records which file \
        supplies each variable, and the values that the manifests contain, such as tags of images.\n\n\
        | Secret | entries |\n|---|---|\n"
        .to_owned();
    for (name, keys) in objects.secrets.iter().filter_map(name_and_keys) {
        let keys = keys.map(|key| format!("`{}`", cell(key))).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "| `{}` | {keys} |", cell(name));
    }
    let _ = write!(
        text,
        "\n- **Create them**, in a new clone for example: put the files with the values in place and run, in {folder}, `{command}`. \
         `{up}` names a Secret that is missing.\n\
         - **Change a value**: change it in its file, run the same command, then `{up}`, which restarts the pods that use the value.\n\
         - **For one start**: a variable in the environment of `{up}` takes precedence over `.env`, as in Docker Compose. Values of \
         `env_file` and the content of configs do not change.\n",
        folder = metadata.regenerate_in,
        command = metadata.regenerate,
    );
    if metadata.regenerate.contains(" --env ") {
        text.push_str("- `--env NAME` without a value takes the value from your environment.\n");
    }
    text
}

fn name_and_keys(object: &Object) -> Option<(&str, impl Iterator<Item = &str>)> {
    let secret = object.as_secret()?;
    let keys = secret.string_data.iter().flat_map(|entries| entries.keys().map(String::as_str));
    Some((secret.metadata.name.as_deref()?, keys))
}
