//! A wrapper: the script beside the Compose file for a `docker compose run …` command.

use super::quote::{quote, single_line};
use crate::emit::header;
use crate::emit::metadata::OutputMetadata;
use crate::lower::objects::Wrapper;
use crate::vocabulary::file;

/// Renders `<run>.sh`. It has no options: all arguments are passed to the command.
pub(super) fn wrapper(run: &str, wrapper: &Wrapper, metadata: &OutputMetadata) -> String {
    let mut text = format!("#!/usr/bin/env bash\n{}# {}\n", header::hash(metadata), single_line(&wrapper.about));
    text.push_str("set -o errexit\nCDPATH='' cd -- \"$(dirname -- \"${BASH_SOURCE[0]}\")\"\n\n");
    if !wrapper.setup.is_empty() {
        text.push_str(&format!("# First, as a run of its own: {}. ", single_line(&wrapper.setup.join(", "))));
        text.push_str("If it fails, this fails with it.\n");
        text.push_str("# It gets no terminal and no standard input: both are for the command below.\n");
    }
    text.push_str(&format!("exec {} --run {}", quote(&format!("./{}", script(metadata))), quote(run)));
    for (name, value) in &wrapper.environment {
        text.push_str(&format!(" \\\n  --env-default {}", quote(&format!("{name}={value}"))));
    }
    text.push_str(" \\\n  --");
    for part in &wrapper.command {
        text.push(' ');
        text.push_str(&quote(part));
    }
    text.push_str(" \"$@\"\n");
    text
}

fn script(metadata: &OutputMetadata) -> String {
    let kit = if metadata.kit.is_empty() { "." } else { metadata.kit.as_str() };
    format!("{kit}/{}", file::RUN_SCRIPT)
}
