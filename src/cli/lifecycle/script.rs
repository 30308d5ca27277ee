//! A script of the output: checked, then started. The only place of the program that starts a process.

use std::io::ErrorKind;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use compose2k8s::emit::{OPTIONAL_SCRIPT, is_script_of_this_version, script_paths};
use compose2k8s::report::text::sanitize_line;

use super::progress;
use crate::cli::output;

/// How a script is started.
#[derive(Debug, Clone, Copy)]
pub(super) enum StartMode {
    /// In place of this process, so that signals, terminal and exit status are those of the script.
    Replace,
    /// As a child, with a progress indicator on the terminal while it runs.
    WithProgress,
}

/// A script of an output, with its arguments.
#[derive(Debug)]
pub(super) struct Script {
    kit: PathBuf,
    path: &'static str,
    options: Vec<String>,
    operands: Vec<String>,
}

impl Script {
    pub(super) fn new(kit: PathBuf, path: &'static str) -> Self {
        Self { kit, path, options: Vec::new(), operands: Vec::new() }
    }

    pub(super) fn flag(&mut self, given: bool, name: &str) -> &mut Self {
        if given {
            self.options.push(name.to_owned());
        }
        self
    }

    pub(super) fn option(&mut self, name: &str, value: Option<String>) -> &mut Self {
        if let Some(value) = value {
            self.options.extend([name.to_owned(), value]);
        }
        self
    }

    pub(super) fn operands(&mut self, operands: impl IntoIterator<Item = String>) -> &mut Self {
        self.operands.extend(operands);
        self
    }

    /// Starts the script if all scripts are those of this version. Returns its exit status, or 2 if it was not started.
    pub(super) fn start(&self, way: StartMode) -> ExitCode {
        if let Err(message) = self.check() {
            output::err(&message);
            return ExitCode::from(2);
        }
        let mut command = Command::new("bash");
        command.arg(self.kit.join(self.path)).args(&self.options).args(&self.operands);
        let result = match way {
            StartMode::Replace => Err(command.exec()),
            StartMode::WithProgress => command.stderr(Stdio::piped()).spawn().and_then(progress::wait),
        };
        match result {
            // A shell reports a signal as 128 and its number.
            Ok(status) => {
                let code = status.code().or_else(|| Some(128 + status.signal()?)).unwrap_or(1);
                ExitCode::from(u8::try_from(code).unwrap_or(1))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                output::err("error: bash was not found; the scripts need it\n");
                ExitCode::from(2)
            }
            Err(error) => {
                output::err(&format!("error: bash cannot be started: {error}\n"));
                ExitCode::from(2)
            }
        }
    }

    /// # Errors
    /// Returns the message about the first script that is missing or different.
    fn check(&self) -> Result<(), String> {
        for path in script_paths() {
            let file = self.kit.join(path);
            let shown = sanitize_line(&file.display().to_string());
            if path == OPTIONAL_SCRIPT && !file.exists() {
                continue;
            }
            let text = std::fs::read_to_string(&file).map_err(|error| {
                if error.kind() == ErrorKind::NotFound {
                    format!(
                        "error: `{shown}` does not exist\n  help: `compose2k8s up` writes the scripts and starts the project; \
                         `-o DIR` names another output directory\n"
                    )
                } else {
                    format!("error: `{shown}` cannot be read: {error}\n")
                }
            })?;
            if !is_script_of_this_version(path, &text) {
                return Err(format!(
                    "error: `{shown}` is not a script of compose2k8s {}, so nothing was run\n  help: regenerate the output \
                     (`compose2k8s`), or review the script and run it yourself: `{}`\n",
                    env!("CARGO_PKG_VERSION"),
                    sanitize_line(&self.kit.join(self.path).display().to_string())
                ));
            }
        }
        Ok(())
    }
}
