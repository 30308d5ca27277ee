//! The variables for interpolation: from the command line, `PWD` and `HOME`, and `.env` or `--env-file`, in this order.

use std::path::{Path, PathBuf};

use super::dotenv;
use super::usage::VariableUsage;
use crate::maps::{HashMap, IndexMap};
use crate::parse::files;
use crate::parse::options::ProjectOptions;
use crate::parse::problem::Problem;
use crate::report::{Report, Stopped};
use crate::text::Sources;

/// The variables for interpolation and for `environment` entries without a value.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Names and values, in the order in which they were added; the first value of a name is kept.
    pub variables: IndexMap<String, String>,
    /// The process environment that is not used. It is only compared, for a note.
    shell: HashMap<String, String>,
}

impl Environment {
    /// Returns the value of a variable.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Adds a variable unless it exists.
    pub(crate) fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.variables.entry(name.into()).or_insert_with(|| value.into());
    }

    /// Sets a variable, whether or not it exists.
    pub(crate) fn replace(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Whether the unused process environment has a different value.
    pub(crate) fn shell_differs(&self, name: &str, value: Option<&str>) -> bool {
        self.shell.get(name).is_some_and(|there| Some(there.as_str()) != value)
    }

    /// Returns the variables of the command line and the process, before any file.
    pub(crate) fn given(selection: &ProjectOptions, working: &Path) -> Self {
        let mut process: IndexMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        // `PWD` may be outdated if another program changed the working directory.
        process.insert("PWD".to_owned(), working.display().to_string());
        let mut environment = Environment::default();
        for (name, value) in &selection.variables {
            if let Some(value) = value.as_ref().or_else(|| process.get(name)) {
                environment.add(name, value);
            }
        }
        if selection.process_environment {
            for (name, value) in process {
                environment.add(name, value);
            }
        } else {
            for name in ["PWD", "HOME"] {
                if let Some(value) = process.get(name) {
                    environment.add(name, value);
                }
            }
            environment.shell = process.into_iter().collect();
        }
        environment
    }

    /// Adds the variables of `--env-file` or, without it, of `.env` in the given directories. Existing variables take
    /// precedence over all files, and a later file over an earlier one.
    pub(crate) fn read_files(
        &mut self,
        selection: &ProjectOptions,
        folders: &[&Path],
        sources: &mut Sources,
        usage: &mut VariableUsage,
        report: &mut Report,
    ) -> Result<(), Stopped> {
        if !selection.env_files.is_empty() {
            let paths: Vec<_> =
                selection.env_files.iter().map(|path| (path.clone(), path.display().to_string())).collect();
            return self.merge_files(&paths, sources, usage, report);
        }
        for folder in folders {
            let path = folder.join(".env");
            if path.is_file() {
                self.merge_files(&[(path, ".env".to_owned())], sources, usage, report)?;
            }
        }
        Ok(())
    }

    /// Adds the variables of files, each with its path and its name in messages.
    pub(crate) fn merge_files(
        &mut self,
        paths: &[(PathBuf, String)],
        sources: &mut Sources,
        usage: &mut VariableUsage,
        report: &mut Report,
    ) -> Result<(), Stopped> {
        let mut read = IndexMap::default();
        let mut failed = false;
        for (path, shown) in paths {
            // Compose documents `/dev/null` as a way to use no env file.
            if path.as_path() == Path::new("/dev/null") {
                continue;
            }
            let Ok(source) = files::read_private_source(path, shown, None, sources, report) else {
                failed = true;
                continue;
            };
            let before = &*self;
            let outcome = dotenv::read_definitions(source, sources, &mut read, report, &mut |used, known, at| {
                let value = before.value(used.name).or_else(|| known.get(used.name).map(String::as_str));
                usage.used(used, value, before.shell_differs(used.name, value), at);
                value.map(str::to_owned)
            });
            failed |= outcome.is_err();
        }
        for (name, value) in read {
            self.add(name, value);
        }
        if failed { Err(Stopped) } else { Ok(()) }
    }

    /// Returns the files that `COMPOSE_FILE` names.
    /// <https://docs.docker.com/compose/how-tos/environment-variables/envvars/#compose_file>
    pub(crate) fn compose_files(&self) -> Vec<PathBuf> {
        let separator = self.value("COMPOSE_PATH_SEPARATOR").filter(|separator| !separator.is_empty());
        let separator = separator.unwrap_or(if cfg!(windows) { ";" } else { ":" });
        let names = self.value("COMPOSE_FILE").filter(|names| !names.is_empty());
        names.into_iter().flat_map(|names| names.split(separator)).map(PathBuf::from).collect()
    }

    /// Returns the profiles of `COMPOSE_PROFILES`, which apply if none is given.
    /// <https://docs.docker.com/compose/how-tos/environment-variables/envvars/#compose_profiles>
    pub(crate) fn profiles(&self) -> Vec<String> {
        let names = self.value("COMPOSE_PROFILES").unwrap_or_default();
        names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// Reports variables of Docker Compose that the process environment sets, which is not used.
    pub(crate) fn report_ignored(&self, selection: &ProjectOptions, report: &mut Report) {
        let candidates = [
            ("COMPOSE_FILE", selection.files.is_empty()),
            ("COMPOSE_PROFILES", selection.profiles.is_empty()),
            ("COMPOSE_PROJECT_NAME", selection.project_name.is_none()),
        ];
        let ignored: Vec<&str> = candidates
            .into_iter()
            .filter(|(name, counts)| *counts && self.shell_differs(name, self.value(name)))
            .map(|(name, _)| name)
            .collect();
        if !ignored.is_empty() {
            let names = ignored.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let options = ignored.iter().map(|name| format!("-e {name}")).collect::<Vec<_>>().join(" ");
            report.add(Problem::ComposeVariables { names, options });
        }
    }
}
