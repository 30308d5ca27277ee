//! `compose2k8s check`: compares manifests of any origin with a Compose project.

use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use compose2k8s::check::{BASELINE_FILE, Baseline};
use compose2k8s::parse::files::is_input;
use compose2k8s::report::Report;
use compose2k8s::report::text::sanitize_line;
use compose2k8s::{Comparison, Session, Stopped};

use super::arguments::BaselineArgs;
use super::outcome::{Done, keep_until_exit, outcome, verdict};
use super::output::{self, OutputOptions};
use super::project_arguments::ProjectArgs;
use super::report_arguments::ReportArgs;

/// Runs `compose2k8s check FILE… --against PATH`.
pub(crate) fn run(project: &ProjectArgs, against: &Path, baseline: &BaselineArgs, arguments: &ReportArgs) -> ExitCode {
    let options = OutputOptions::new(arguments);
    let mut session = arguments.session();
    let mut stdin = None;
    if is_input(against) {
        let mut text = String::new();
        if let Err(error) = std::io::stdin().lock().read_to_string(&mut text) {
            output::err(&format!("error: standard input cannot be read: {error}\n"));
            return ExitCode::from(2);
        }
        stdin = Some(text);
    }
    let result = session.compare_with(&project.request(), against, stdin.as_deref()).and_then(|comparison| {
        let Comparison { loaded, manifests, mut findings } = comparison;
        let (loaded, _) = keep_until_exit((loaded, manifests));
        let file = BaselineFile::new(baseline, &loaded.project.directory);
        let (note, stale) = if baseline.write_baseline {
            // A failed comparison has no findings to write.
            verdict(findings.problems(), &options)?;
            (file.write(&mut findings, &mut session)?, false)
        } else {
            file.apply(baseline.prune_baseline, arguments.strict, &mut findings, &mut session)?
        };
        let verdict = verdict(findings.problems(), &options);
        session.report.append(findings);
        let differs = verdict?;
        let words = if differs { "not in parity with" } else { "in parity with" };
        let against = sanitize_line(&against.display().to_string());
        let summary = format!("{against}: {words} {}{note}\n", loaded.project.name);
        Ok(Done { summary, differs: differs || stale })
    });
    outcome(result, session, &options, arguments.fail_on, "no verdict on parity")
}

/// The file with the differences that are left for later.
struct BaselineFile {
    path: PathBuf,
    /// Whether the file must exist, because the command names it.
    required: bool,
}

impl BaselineFile {
    fn new(arguments: &BaselineArgs, directory: &Path) -> Self {
        match &arguments.baseline {
            Some(path) => Self { path: path.clone(), required: true },
            None => Self { path: directory.join(BASELINE_FILE), required: arguments.prune_baseline },
        }
    }

    fn display_path(&self) -> String {
        let here = std::env::current_dir().unwrap_or_default();
        sanitize_line(&self.path.strip_prefix(&here).unwrap_or(&self.path).display().to_string())
    }

    /// Returns the baseline; `None` if there is no file.
    fn load(&self, session: &mut Session) -> Result<Option<Baseline>, Stopped> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                output::err(&format!("error: `{}` cannot be read: {error}\n", self.display_path()));
                return Err(Stopped);
            }
        };
        let source = session.sources.add(self.display_path(), Some(&self.path), text);
        Baseline::from_source(source, &session.sources, &mut session.report).map(Some)
    }

    /// Writes all differences to the file, and removes them from the findings. A file with another content is not overwritten.
    fn write(&self, findings: &mut Report, session: &mut Session) -> Result<String, Stopped> {
        self.load(session)?;
        let baseline = Baseline::of_findings(findings.problems());
        self.replace(&baseline)?;
        // All of them, so no entry is left.
        let _ = baseline.accept(findings);
        Ok(format!("; `{}` has {}", self.display_path(), counted(baseline.count(), "difference", "differences")))
    }

    /// Removes the differences of the file from the findings, and reports entries that match nothing, or removes them from the file.
    /// Also returns whether `--strict` makes such an entry an error.
    fn apply(
        &self,
        prune: bool,
        strict: bool,
        findings: &mut Report,
        session: &mut Session,
    ) -> Result<(String, bool), Stopped> {
        let Some(baseline) = self.load(session)? else {
            if self.required {
                let shown = self.display_path();
                output::err(&format!("error: `{shown}` does not exist\n  help: `--write-baseline` writes it\n"));
                return Err(Stopped);
            }
            return Ok((String::new(), false));
        };
        let unused = baseline.accept(findings);
        if prune {
            self.replace(&baseline.without(&unused))?;
            return Ok((
                format!("; {} removed from `{}`", counted(unused.count(), "entry", "entries"), self.display_path()),
                false,
            ));
        }
        unused.report_unused(strict, &mut session.report);
        let left = baseline.count() - unused.count();
        let note = if left == 0 {
            String::new()
        } else {
            format!(", apart from {} of `{}`", counted(left, "difference", "differences"), self.display_path())
        };
        Ok((note, strict && unused.count() > 0))
    }

    /// Replaces the file at once: a reader sees the old or the new content.
    fn replace(&self, baseline: &Baseline) -> Result<(), Stopped> {
        let mut temporary = self.path.clone().into_os_string();
        temporary.push(format!(".{}", std::process::id()));
        let temporary = PathBuf::from(temporary);
        let write = || {
            let mut file = std::fs::File::create(&temporary)?;
            file.write_all(baseline.render().as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&temporary, &self.path)
        };
        write().map_err(|error| {
            let _ = std::fs::remove_file(&temporary);
            output::err(&format!("error: `{}` cannot be written: {error}\n", self.display_path()));
            Stopped
        })
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
