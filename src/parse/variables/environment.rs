//! The variables for interpolation: from the command line, `PWD` and `HOME`, and `.env` or `--env-file`, in this order.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::dotenv;
use super::usage::VariableUsage;
use crate::maps::{HashMap, IndexMap};
use crate::parse::files;
use crate::parse::options::ProjectOptions;
use crate::parse::problem::Problem;
use crate::parse::recorded::{COMMAND_LINE, RecordedVariables};
use crate::paths;
use crate::report::{Report, Stopped};
use crate::text::Sources;
use crate::words::join_with_and;

/// The variables for interpolation and for `environment` entries without a value.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// Names and values, in the order in which they were added; the first value of a name is kept.
    pub variables: IndexMap<String, String>,
    /// The process environment that is not used. It is only compared, for a note.
    shell: HashMap<String, String>,
    /// The source of each variable, as [`RecordedVariables`] has it. Variables that no user sets have none.
    sources: HashMap<String, Arc<str>>,
    /// The working directory and the project directory, for the names of sources.
    working: PathBuf,
    directory: PathBuf,
    /// The variables that the output records, for a comparison.
    expected: Option<Arc<RecordedVariables>>,
    /// The variables that were used. Included projects share it.
    used: Arc<Mutex<RecordedVariables>>,
    /// The paths that are written with `${PWD}`. Included projects share them.
    pwd_paths: Arc<Mutex<BTreeSet<PathBuf>>>,
    /// The sources whose recorded variables are used, because they do not exist. Included projects share it.
    absent: Arc<Mutex<BTreeSet<String>>>,
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

    /// Adds a variable of a source unless it exists.
    fn add_from(&mut self, source: &Arc<str>, name: String, value: String) {
        if !self.variables.contains_key(&name) {
            self.sources.insert(name.clone(), Arc::clone(source));
            self.variables.insert(name, value);
        }
    }

    /// Records that a variable was used. `committed` tells whether the manifests contain its value.
    pub(crate) fn record(&self, name: &str, committed: bool) {
        if let (Some(source), Some(value), Ok(mut used)) =
            (self.sources.get(name), self.variables.get(name), self.used.lock())
        {
            used.add(source, name, value, committed);
        }
    }

    /// Records the names in a file of `env_file`.
    pub(crate) fn record_env_file(&self, file: &Path, names: impl Iterator<Item = String>) {
        if let Ok(mut used) = self.used.lock() {
            used.add_env_file(&self.source_name(file), names);
        }
    }

    /// Records that a source does not exist, so that its recorded variables are used.
    fn record_absent(&self, source: &str) {
        if let Ok(mut absent) = self.absent.lock() {
            absent.insert(source.to_owned());
        }
    }

    /// Returns the variables that were used.
    #[must_use]
    pub fn recorded(&self) -> RecordedVariables {
        self.used.lock().map(|used| used.clone()).unwrap_or_default()
    }

    /// Reports the sources that do not exist, in one note.
    pub(crate) fn report_absent(&self, report: &mut Report) {
        let names: Vec<String> = self
            .absent
            .lock()
            .map(|absent| absent.iter().map(|source| format!("`{source}`")).collect())
            .unwrap_or_default();
        if !names.is_empty() {
            report.add(Problem::RecordedValues { sources: join_with_and(&names) });
        }
    }

    /// Records a path that is written with `${PWD}`; in a short form, `:` follows it.
    pub(crate) fn record_pwd_path(&self, text: &str) {
        if let (Some(path), Ok(mut all)) = (text.split(':').next(), self.pwd_paths.lock()) {
            all.insert(paths::absolute(&self.working, Path::new(path)));
        }
    }

    /// Returns the paths that are written with `${PWD}`. They move with the project.
    #[must_use]
    pub fn pwd_paths(&self) -> BTreeSet<PathBuf> {
        self.pwd_paths.lock().map(|all| all.clone()).unwrap_or_default()
    }

    /// Whether a variable is from a file, the command line or the process environment, and not set by Docker Compose.
    pub(crate) fn is_from_outside(&self, name: &str) -> bool {
        self.sources.contains_key(name)
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
        let mut environment = Environment {
            working: working.to_path_buf(),
            directory: working.to_path_buf(),
            expected: selection.recorded.clone(),
            ..Environment::default()
        };
        let source: Arc<str> = COMMAND_LINE.into();
        if let Some(recorded) = &selection.recorded {
            for name in &selection.local_variables {
                if let Some((source, value)) = recorded.of_variable(name) {
                    environment.add_from(&source.into(), name.clone(), value.to_owned());
                }
            }
        }
        for (name, value) in &selection.variables {
            if let Some(value) = value.as_ref().or_else(|| process.get(name)) {
                environment.add_from(&source, name.clone(), value.clone());
            }
        }
        if selection.process_environment {
            for (name, value) in process {
                if matches!(name.as_str(), "PWD" | "HOME") {
                    environment.add(name, value);
                } else {
                    environment.add_from(&source, name, value);
                }
            }
        } else {
            for name in ["PWD", "HOME"] {
                if let Some(value) = process.get(name) {
                    environment.add(name, value);
                }
            }
            environment.shell = process.into_iter().collect();
        }
        let given = selection.recorded.iter().flat_map(|recorded| recorded.of_source(COMMAND_LINE));
        for (name, value) in given {
            if !environment.variables.contains_key(&name) {
                environment.record_absent(COMMAND_LINE);
                environment.add_from(&source, name, value);
            }
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
            if path.is_file() || self.is_replaced_by_record(&path) {
                self.merge_files(&[(path, ".env".to_owned())], sources, usage, report)?;
            }
        }
        Ok(())
    }

    /// Sets the project directory, from which the names of sources start.
    pub(crate) fn set_directory(&mut self, directory: &Path) {
        self.directory = directory.to_path_buf();
    }

    /// Whether a file does not exist and the output records its variables.
    pub(crate) fn is_replaced_by_record(&self, path: &Path) -> bool {
        let recorded = self.expected.as_ref().filter(|_| !path.exists());
        recorded.is_some_and(|recorded| !recorded.of_source(&self.source_name(path)).is_empty())
    }

    /// Returns the recorded names of a file of `env_file` with placeholders, if the file does not exist.
    pub(crate) fn recorded_env_file(&self, path: &Path) -> Option<IndexMap<String, String>> {
        let source = self.source_name(path);
        let names = self.expected.as_ref().filter(|_| !path.exists())?.of_env_file(&source)?;
        self.record_absent(&source);
        Some(names)
    }

    /// Returns the name of a file as a source of recorded variables: its path from the project directory, with `/`.
    fn source_name(&self, path: &Path) -> String {
        let path = paths::relative(&self.directory, &paths::absolute(&self.working, path));
        path.display().to_string().replace('\\', "/")
    }

    /// Adds the variables of files, each with its path and its name in messages.
    pub(crate) fn merge_files(
        &mut self,
        paths: &[(PathBuf, String)],
        sources: &mut Sources,
        usage: &mut VariableUsage,
        report: &mut Report,
    ) -> Result<(), Stopped> {
        let mut read: IndexMap<String, String> = IndexMap::default();
        let mut from: HashMap<String, Arc<str>> = HashMap::default();
        let mut failed = false;
        for (path, shown) in paths {
            // Compose documents `/dev/null` as a way to use no env file.
            if path.as_path() == Path::new("/dev/null") {
                continue;
            }
            if self.is_replaced_by_record(path) {
                let name = self.source_name(path);
                let recorded = self.expected.as_ref().map(|recorded| recorded.of_source(&name)).unwrap_or_default();
                self.record_absent(&name);
                from.extend(recorded.keys().map(|variable| (variable.clone(), name.as_str().into())));
                read.extend(recorded);
                continue;
            }
            let Ok(source) = files::read_private_source(path, shown, None, sources, report) else {
                failed = true;
                continue;
            };
            let before = &*self;
            let known_before = read.clone();
            let hidden = report.hidden_values();
            let outcome = dotenv::read_definitions(source, sources, &mut read, report, &mut |used, known, at| {
                let value = before.value(used.name).or_else(|| known.get(used.name).map(String::as_str));
                usage.used(used, value, before.shell_differs(used.name, value), at);
                hidden.add(at, value.unwrap_or_default());
                value.map(str::to_owned)
            });
            failed |= outcome.is_err();
            let source: Arc<str> = self.source_name(path).into();
            for (name, value) in &read {
                if known_before.get(name) != Some(value) {
                    from.insert(name.clone(), Arc::clone(&source));
                }
            }
        }
        for (name, value) in read {
            let source = from.get(&name).cloned().unwrap_or_else(|| COMMAND_LINE.into());
            self.add_from(&source, name, value);
        }
        if failed { Err(Stopped) } else { Ok(()) }
    }

    /// Returns the files that `COMPOSE_FILE` names.
    /// <https://docs.docker.com/compose/how-tos/environment-variables/envvars/#compose_file>
    pub(crate) fn compose_files(&self) -> Vec<PathBuf> {
        let separator = self.value("COMPOSE_PATH_SEPARATOR").filter(|separator| !separator.is_empty());
        let separator = separator.unwrap_or(if cfg!(windows) { ";" } else { ":" });
        self.record("COMPOSE_PATH_SEPARATOR", true);
        self.record("COMPOSE_FILE", true);
        let names = self.value("COMPOSE_FILE").filter(|names| !names.is_empty());
        names.into_iter().flat_map(|names| names.split(separator)).map(PathBuf::from).collect()
    }

    /// Returns the profiles of `COMPOSE_PROFILES`, which apply if none is given.
    /// <https://docs.docker.com/compose/how-tos/environment-variables/envvars/#compose_profiles>
    pub(crate) fn profiles(&self) -> Vec<String> {
        self.record("COMPOSE_PROFILES", true);
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
