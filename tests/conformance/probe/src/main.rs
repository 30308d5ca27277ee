//! Prints what a container's program can observe, as lines `probe KEY = VALUE`.
//!
//! - `probe [OPTION | WORD]…` is a main process: it prints a report about itself and serves until it is stopped. Words that
//!   are no options only appear in the report.
//! - `probe look OPTION…` prints further observations from inside a running container.
//! - `probe health` is a health check: it succeeds once the main process has been up for `--healthy-after`.
//! - `probe write PATH TEXT` and `probe empty DIRECTORY` change files.

mod dns;
mod files;
mod look;
mod mounts;
mod network;
mod report;
mod serve;
mod state;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let rest = arguments.get(2..).unwrap_or_default();
    let result = match arguments.get(1).map(String::as_str) {
        Some("look") => look::look(rest),
        Some("health") => return state::check_health(),
        Some("write") => files::write(rest),
        Some("empty") => files::empty(rest),
        _ => return serve::serve(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("probe: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints one observation. Control characters are escaped, so that it is always one line.
pub(crate) fn print(key: &str, value: impl AsRef<str>) {
    let mut line = String::from("probe ");
    for part in [key, " = ", value.as_ref(), "\n"] {
        for character in part.chars() {
            match character {
                '\n' if part != "\n" => line.push_str("\\n"),
                '\t' => line.push_str("\\t"),
                control if control.is_control() && control != '\n' => line.extend(control.escape_default()),
                other => line.push(other),
            }
        }
    }
    // A reader that has gone is no reason to stop serving.
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(line.as_bytes()).and_then(|()| output.flush());
}
