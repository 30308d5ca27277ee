//! What the fuzz targets do with an input, and what must hold whatever it is.
//!
//! Everywhere: no panic, no overflow, a refusal has a reason, and nothing that reports print could steer a terminal.
//! An input may be several files, separated by a line `%%`.

mod inputs;
mod readers;

use std::path::Path;

use compose2k8s::check::Manifests;
use compose2k8s::parse::ProjectOptions;
use compose2k8s::report::{self, Report, Severity, Stopped};
use compose2k8s::text::Sources;
use compose2k8s::{Loaded, Purpose, Request, compare, emit as emitting, translate};

use inputs::{Folder, Guard};

/// One run of the program's library over a project.
struct Run {
    request: Request,
    sources: Sources,
    report: Report,
}

impl Run {
    fn new(files: &[&str], overrides: Option<&str>) -> Self {
        let path = |name: &&str| Folder::path(name);
        let selection = ProjectOptions { files: files.iter().map(path).collect(), ..ProjectOptions::default() };
        let request = Request { project: selection, overrides: overrides.map(Folder::path), ..Request::default() };
        Self { request, sources: Sources::new(), report: Report::new() }
    }

    fn load(&mut self) -> Result<Loaded, Stopped> {
        let result = compose2k8s::load(&self.request, &mut self.sources, &mut self.report);
        assert!(result.is_ok() || self.report.stop_on_error().is_err(), "refused without a reason");
        result
    }

    /// Renders everything found in every form.
    fn tell(mut self) {
        self.report.sort();
        let problems = self.report.problems();
        let style = report::text::TextStyle { color: false, width: 80 };
        for problem in problems {
            let short = report::text::sanitize_line(&report::short(problem, &self.sources));
            for text in [short, report::text::rich(problem, &self.sources, style)] {
                steers_no_terminal(&text);
            }
        }
        steers_no_terminal(&report::json::render(problems, &self.sources));
        steers_no_terminal(&report::sarif::render(problems, &self.sources));
        steers_no_terminal(&report::github::render(problems, &self.sources));
    }
}

fn steers_no_terminal(text: &str) {
    let steers = |letter: &char| letter.is_control() && !matches!(letter, '\n' | '\t' | '\r');
    assert!(!text.chars().any(|letter| steers(&letter)), "an escape reaches the terminal: {text:?}");
}

/// YAML and the whole loader. The files are `compose.yaml`, `more.yaml` (merged over it), `.env`, `base.yaml` (for `extends` and
/// `include`) and `values.env` (for `env_file`).
pub fn load(data: &[u8]) {
    let Some(parts) = inputs::parts(data) else { return };
    let names = ["compose.yaml", "more.yaml", ".env", "base.yaml", "values.env"];
    if !Guard::Reading.allows(&parts) {
        return;
    }
    let folder = Folder::new(&names, &parts);
    let files: &[&str] = if parts.len() > 1 { &["compose.yaml", "more.yaml"] } else { &["compose.yaml"] };
    let mut run = Run::new(files, None);
    let _ = run.load();
    run.tell();
    drop(folder);
}

/// `${…}` in a value, and the `.env` that it is looked up in, which is the second file.
pub fn interpolation(data: &[u8]) {
    let Some(parts) = inputs::parts(data) else { return };
    let template = parts[0];
    let environment = parts.get(1).copied();
    let value = |template: &str| {
        let text = format!("name: x\nservices:\n  a:\n    image: x\n    environment:\n      X: {}\n", inputs::quoted(template));
        let folder = Folder::new(&["compose.yaml", ".env"], &[&text, environment.unwrap_or_default()]);
        let mut run = Run::new(&["compose.yaml"], None);
        let value = run.load().ok().map(|loaded| {
            let service = loaded.project.services.values().next().expect("the service");
            let variable = service.process.environment.iter().find(|variable| variable.name.value == "X");
            variable.and_then(|variable| variable.value.as_ref()).map(|value| value.value.clone()).expect("the variable")
        });
        run.tell();
        drop(folder);
        value
    };
    let _ = value(template);
    // Doubled dollars are the text itself, whatever the variables.
    if environment.is_none() && !template.contains('\0') {
        assert_eq!(value(&template.replace('$', "$$")).as_deref(), Some(template));
    }
}

/// An overrides file for a fixed project, up to the files that come out.
pub fn overrides(data: &[u8]) {
    const PROJECT: &str = include_str!("project.yaml");
    let Some(parts) = inputs::parts(data) else { return };
    if !Guard::Reading.allows(&parts) {
        return;
    }
    let folder = Folder::new(&["compose.yaml", "overrides.yaml"], &[PROJECT, parts[0]]);
    let mut run = Run::new(&["compose.yaml"], Some("overrides.yaml"));
    if let Ok(loaded) = run.load() {
        let _ = translated(&mut run, &loaded);
    }
    run.tell();
    drop(folder);
}

/// Manifests of any origin. A first line `Corefile` makes the rest one.
pub fn manifest(data: &[u8]) {
    let Some(parts) = inputs::parts(data) else { return };
    let mut run = Run::new(&[], None);
    let mut manifests = Manifests::default();
    for part in parts {
        let (name, text) = match part.strip_prefix("Corefile\n") {
            Some(rest) => ("cluster/Corefile", rest),
            None => ("manifests/x.yaml", part),
        };
        manifests.add(name, None, text, &mut run.sources, &mut run.report);
    }
    run.tell();
}

/// A Compose file, and manifests to compare it with, which are the second file; a third one is a Corefile.
pub fn check(data: &[u8]) {
    let Some(parts) = inputs::parts(data) else { return };
    if !Guard::Comparing.allows(&parts) {
        return;
    }
    let folder = Folder::new(&["compose.yaml"], &parts);
    let mut run = Run::new(&["compose.yaml"], None);
    if let Ok(loaded) = run.load() {
        let mut manifests = Manifests::default().with_root(Folder::path("k8s"));
        for (name, text) in ["manifests/x.yaml", "cluster/Corefile"].into_iter().zip(parts.iter().skip(1)) {
            manifests.add(name, None, text, &mut run.sources, &mut run.report);
        }
        compare(&loaded, &manifests, &mut run.report);
    }
    run.tell();
    drop(folder);
}

/// A Compose file to files, and back through two readers, which must agree with each other; the program itself compares what its
/// own reads with the objects.
pub fn emit(data: &[u8]) {
    let Some(parts) = inputs::parts(data) else { return };
    if !Guard::Reading.allows(&parts) {
        return;
    }
    let folder = Folder::new(&["compose.yaml", "overrides.yaml"], &parts);
    let mut run = Run::new(&["compose.yaml"], (parts.len() > 1).then_some("overrides.yaml"));
    if let Ok(loaded) = run.load()
        && let Ok(files) = translated(&mut run, &loaded)
    {
        for (path, file) in files.kit.iter().filter(|(path, _)| Path::new(path).extension().is_some_and(|end| end == "yaml")) {
            readers::agree(path, &file.text);
        }
        let mut again = Report::new();
        let twice = translate(&run.request, &loaded, None, Purpose::Write, &mut again);
        assert_eq!(twice.as_ref(), Ok(&files), "two runs differ");
    }
    run.tell();
    drop(folder);
}

fn translated(run: &mut Run, loaded: &Loaded) -> Result<emitting::Files, Stopped> {
    let result = translate(&run.request, loaded, None, Purpose::Write, &mut run.report);
    if let Ok(files) = &result {
        let _ = files.verify(&mut run.report);
    }
    for problem in run.report.problems() {
        assert_ne!(problem.code.name, "emit::unfaithful", "{}", problem.message);
        assert!(result.is_err() || problem.severity != Severity::Error, "an error, and files all the same");
    }
    assert!(result.is_ok() || run.report.stop_on_error().is_err(), "refused without a reason");
    result
}
