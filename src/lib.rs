//! compose2k8s: a Docker Compose project as Kubernetes manifests for kind, and the proof that both mean the same.
//!
//! The stages are folders and run in this order, the noun of one being the input of the next:
//! text → [`parse`] → `Tree` → [`resolve`] → `Project` → [`lower`] → `Objects` → [`emit`] → `Files` → disk; and [`check`]
//! compares a `Project` with YAML on disk. [`graph`] draws a `Project`.

pub mod check;
pub mod emit;
pub mod graph;
pub mod keys;
pub mod lower;
pub mod overrides;
pub mod parse;
pub mod report;
pub mod resolve;
pub mod text;

mod output_metadata;
mod paths;
mod vocabulary;
mod words;

use std::path::PathBuf;
use std::sync::mpsc;

use emit::{Files, OutputPaths};
use overrides::Overrides;
use parse::ProjectOptions;
use report::{Report, Stopped};
use resolve::Project;
use text::Sources;

/// What is to be loaded.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which Compose project.
    pub selection: ProjectOptions,
    /// The overrides file asked for; otherwise the project's own or a preset is looked for.
    pub overrides: Option<PathBuf>,
    /// The preset to use, or `none`; otherwise the one that matches the project.
    pub preset: Option<String>,
}

impl Request {
    fn overrides_selection(&self) -> overrides::OverridesSelection<'_> {
        overrides::OverridesSelection { file: self.overrides.as_deref(), preset: self.preset.as_deref() }
    }
}

/// A project with what Compose cannot say, and the projects of its declared runs.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The project.
    pub project: Project,
    /// The overrides, checked against it.
    pub overrides: Overrides,
    /// One merged project for each of the overrides' runs, in their order.
    pub runs: Vec<Project>,
}

/// Reads and resolves a project, chooses its overrides, and loads what its runs merge in.
///
/// ```
/// use compose2k8s::parse::ProjectOptions;
/// use compose2k8s::report::{self, Report};
/// use compose2k8s::text::Sources;
/// use compose2k8s::{Request, load};
///
/// # fn main() -> std::io::Result<()> {
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("compose.yaml");
/// std::fs::write(&file, "services:\n  web:\n    image: nginx:${TAG:-1.29}\n    ports: ['8080:80']\n")?;
/// let request = Request { selection: ProjectOptions { files: vec![file.clone()], ..ProjectOptions::default() }, ..Request::default() };
///
/// let (mut sources, mut report) = (Sources::new(), Report::new());
/// let loaded = load(&request, &mut sources, &mut report).expect("a project");
/// let (name, web) = loaded.project.services.first().expect("a service");
/// assert_eq!(name.as_str(), "web");
/// // Every value knows where it was written.
/// let image = &web.process.image.reference;
/// assert_eq!(image.value, "nginx:1.29");
/// assert!(sources.place(image.span).ends_with("compose.yaml:3:12"));
///
/// // What is wrong is in the report, each with a code, a place and what to do.
/// std::fs::write(&file, "services:\n  web:\n    imag: nginx\n")?;
/// let (mut sources, mut report) = (Sources::new(), Report::new());
/// assert!(load(&request, &mut sources, &mut report).is_err());
/// let problem = report.problems().first().expect("a problem");
/// assert_eq!(problem.code.name, "resolve::unknown_key");
/// assert!(report::short(problem, &sources).contains("compose.yaml:3:5: error"));
/// assert_eq!(problem.help.as_deref(), Some("did you mean `image`?"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Everything wrong with the files is in the report.
pub fn load(request: &Request, sources: &mut Sources, report: &mut Report) -> Result<Loaded, Stopped> {
    let mut selection = request.selection.clone();
    let mut known = parse::FileCache::default();
    let mut project = project_with(Some(&mut known), &selection, sources, report)?;
    let overrides = overrides::choose(request.overrides_selection(), &project, code, sources, report)?;
    if let Some(fixed) = &overrides.project
        && selection.project_name.is_none()
        && project.name != fixed.value
    {
        selection.project_name = Some(fixed.value.clone());
        project = project_with(Some(&mut known), &selection, sources, &mut Report::new())?;
    }
    let mut runs = Vec::new();
    for run in &overrides.runs {
        runs.push(if run.files.is_empty() {
            project.clone()
        } else {
            let mut selection = selection.clone();
            selection.files = project.files.iter().map(|file| project.path_of(file)).collect();
            selection.files.extend(run.files.iter().map(|file| project.directory.join(&file.value)));
            selection.project_directory.get_or_insert_with(|| project.directory.clone());
            project_with(Some(&mut known), &selection, sources, report)?
        });
    }
    report.stop_on_error()?;
    Ok(Loaded { project, overrides, runs })
}

/// Text → `Tree` → `Project`, without overrides. Between the two lies the canonical form, in which the official loader
/// prints a project:
///
/// ```
/// use compose2k8s::parse::{self, ProjectOptions};
/// use compose2k8s::report::Report;
/// use compose2k8s::resolve::{self, config};
/// use compose2k8s::text::Sources;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let [file, more] = ["compose.yaml", "compose.override.yaml"].map(|name| folder.path().join(name));
/// std::fs::write(&file, "services: {web: {image: nginx, command: serve --all}}")?;
/// std::fs::write(&more, "services: {web: {stop_grace_period: 90s, user: !reset null}}")?;
/// let selection = ProjectOptions { files: vec![file, more], project_name: Some("shop".to_owned()), ..ProjectOptions::default() };
///
/// let (mut sources, mut report) = (Sources::new(), Report::new());
/// let parsed = parse::parse(&selection, &mut sources, &mut report).expect("YAML");
/// let canonical = resolve::canonical(parsed, &selection, &mut sources, &mut report).expect("a project");
/// let web = &config::value(&canonical)["services"]["web"];
/// assert_eq!(web["command"], serde_json::json!(["serve", "--all"]));
/// assert_eq!(web["stop_grace_period"], "1m30s");
/// let project = resolve::project(canonical, &mut report).expect("a project");
/// assert_eq!(project.name, "shop");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Everything wrong with the files is in the report.
pub fn project(selection: &ProjectOptions, sources: &mut Sources, report: &mut Report) -> Result<Project, Stopped> {
    project_with(None, selection, sources, report)
}

/// As [`project`], with the files that were read before, if any are to be remembered.
fn project_with(
    known: Option<&mut parse::FileCache>,
    selection: &ProjectOptions,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Project, Stopped> {
    let parsed = parse::parse_with(known, selection, sources, report)?;
    let canonical = resolve::canonical(parsed, selection, sources, report)?;
    resolve::project(canonical, report)
}

/// `Project` → `Objects` → `Files`: a kit as text, by path from the kit root. Nothing is written; [`emit::write`] does that.
/// Without a place (a stream) the kit's paths are those of `-o k8s`.
///
/// # Errors
/// Everything that Kubernetes cannot do, and that the overrides do not accept, is in the report.
///
/// ```
/// use compose2k8s::{Request, emit, load, parse::ProjectOptions, report::Report, text::Sources, translate};
///
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("compose.yaml");
/// # std::fs::write(&file, "name: shop\nservices: {web: {image: nginx, ports: ['80:80']}}\n")?;
/// let selection = ProjectOptions { files: vec![file], ..ProjectOptions::default() };
/// let request = Request { selection, ..Request::default() };
/// let (mut sources, mut report) = (Sources::new(), Report::new());
/// let loaded = load(&request, &mut sources, &mut report).expect("a project");
/// let files = translate(&request, &loaded, None, &mut report).expect("what Kubernetes can do");
///
/// assert!(files.kit["manifests/web.yaml"].text.contains("kind: Deployment"));
/// assert!(emit::stream(&files).contains("image: nginx"));
/// for problem in report.problems() {
///     println!("{}", compose2k8s::report::short(problem, &sources));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn translate(
    request: &Request,
    loaded: &Loaded,
    paths: Option<&OutputPaths>,
    report: &mut Report,
) -> Result<Files, Stopped> {
    translated(output_metadata::output_metadata(request, loaded, paths), loaded, report)
}

/// As [`translate`], for who looks at the texts and writes none: [`emit::drift()`] wants no more. [`emit::write()`] refuses them.
///
/// # Errors
/// As [`translate`].
pub fn preview(
    request: &Request,
    loaded: &Loaded,
    paths: Option<&OutputPaths>,
    report: &mut Report,
) -> Result<Files, Stopped> {
    translated(
        emit::OutputMetadata { preview: true, ..output_metadata::output_metadata(request, loaded, paths) },
        loaded,
        report,
    )
}

fn translated(mut metadata: emit::OutputMetadata, loaded: &Loaded, report: &mut Report) -> Result<Files, Stopped> {
    let runs: Vec<_> = loaded
        .overrides
        .runs
        .iter()
        .zip(&loaded.runs)
        .map(|(run, project)| lower::RunProject { run, project })
        .collect();
    let objects = formed(&metadata, loaded.project.services.len(), |each| {
        lower::lower_each(&loaded.project, &loaded.overrides, &runs, report, each)
    })?;
    metadata.deviations = output_metadata::deviations(report);
    emit::emit(objects, &metadata, report)
}

/// So many services are formed before a second thread would have begun.
const FEW: usize = 4;

/// Objects, each service's as texts. No service's texts need another's, and they take most of a translation: a second thread
/// forms what the one that lowers has no time for. Beside a preview the manifests are compared, which is enough for two.
fn formed(
    metadata: &emit::OutputMetadata,
    services: usize,
    lowered: impl FnOnce(
        &mut dyn FnMut(lower::ServiceObjects) -> Option<emit::RenderedService>,
    ) -> Result<lower::Objects<Option<emit::RenderedService>>, Stopped>,
) -> Result<lower::Objects<emit::RenderedService>, Stopped> {
    std::thread::scope(|scope| {
        // One that waits is enough, and more would hold their objects.
        let (give, take) = mpsc::sync_channel::<lower::ServiceObjects>(1);
        let form = |service: lower::ServiceObjects| emit::RenderedService::new(&service, metadata);
        let beside = (services > FEW && !metadata.preview)
            .then(|| scope.spawn(move || take.into_iter().map(form).collect::<Vec<_>>()));
        let objects = lowered(&mut |service| match give.try_send(service) {
            Ok(()) => None,
            Err(mpsc::TrySendError::Full(service) | mpsc::TrySendError::Disconnected(service)) => Some(form(service)),
        });
        drop(give);
        let beside = beside.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        let mut beside = beside.into_iter().flatten();
        // What is not here was given to the other, which kept the order.
        let all =
            |here: Vec<Option<_>>| here.into_iter().filter_map(|service| service.or_else(|| beside.next())).collect();
        objects.map(|objects| objects.with_services(all))
    })
}

/// Compares a project, and the projects of its runs, with manifests. Findings are problems whose code begins with `check::`;
/// without one of severity [`report::Severity::Error`] both say the same.
///
/// ```
/// use compose2k8s::{Request, check::Manifests, compare, load, parse::ProjectOptions, report::Report, text::Sources};
///
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("compose.yaml");
/// # std::fs::write(&file, "services: {web: {image: 'nginx:1.27'}}\n")?;
/// # std::fs::create_dir(folder.path().join("k8s"))?;
/// # std::fs::write(folder.path().join("k8s/web.yaml"), "\
/// # apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: 'nginx:1.26'}]}\n")?;
/// let selection = ProjectOptions { files: vec![file], ..ProjectOptions::default() };
/// let (mut sources, mut report) = (Sources::new(), Report::new());
/// let loaded = load(&Request { selection, ..Request::default() }, &mut sources, &mut report).expect("a project");
/// // A folder with everything below it, of whatever origin.
/// let manifests = Manifests::from_path(&folder.path().join("k8s"), None, &mut sources, &mut report);
/// compare(&loaded, &manifests, &mut report);
///
/// let found: Vec<_> = report.problems().iter().map(|problem| problem.code.name).collect();
/// assert!(found.contains(&"check::differs"), "{found:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare(loaded: &Loaded, manifests: &check::Manifests, report: &mut Report) {
    check::check(&loaded.project, &loaded.overrides, &loaded.runs, manifests, report);
}

/// What the Compose side says, its declared runs included, in the words of the comparison.
#[must_use]
pub fn facts(loaded: &Loaded) -> Vec<check::Fact> {
    let mut facts = check::expected_facts(&loaded.project, &loaded.overrides);
    for (run, project) in loaded.overrides.runs.iter().zip(&loaded.runs) {
        facts.extend(check::expected_run_facts(project, &loaded.overrides, run));
    }
    facts
}

/// Every code of every stage, in the order of the stages.
pub fn codes() -> impl Iterator<Item = &'static report::Code> {
    [
        parse::problem::CODES,
        resolve::problem::CODES,
        overrides::problem::CODES,
        lower::problem::CODES,
        emit::problem::CODES,
    ]
    .into_iter()
    .chain([check::problem::CODES])
    .flatten()
}

/// Returns the code of this name.
#[must_use]
pub fn code(name: &str) -> Option<report::Code> {
    codes().find(|code| code.name == name).copied()
}
