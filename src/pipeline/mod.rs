//! The stages in their order, and the threads that run some of them at the same time.
//!
//! Invariant: the result does not depend on which thread is faster.

mod build_contexts;
mod inactive;
mod output_metadata;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread::{self, ScopedJoinHandle};

use crate::check::{self, Fact, Manifests};
use crate::codes;
use crate::emit::{self, Drift, Files, OutputMetadata, OutputPaths, RenderedService};
use crate::lower::{self, Objects, RunProject, ServiceObjects};
use crate::overrides::{self, Overrides};
use crate::parse::{self, FileCache, ProjectOptions};
use crate::report::{Report, Stopped};
use crate::request::{Loaded, Purpose, Request};
use crate::resolve::health::{Health, Healthcheck};
use crate::resolve::{self, Project};
use crate::text::Sources;

/// Loads a project without overrides.
///
/// # Errors
/// Returns [`Stopped`] if the report has an error.
pub fn project(options: &ProjectOptions, sources: &mut Sources, report: &mut Report) -> Result<Project, Stopped> {
    resolved(None, options, sources, report)
}

/// Loads a project, chooses its overrides, and loads the project of each run.
///
/// # Errors
/// Returns [`Stopped`] if the report has an error.
pub fn load(request: &Request, sources: &mut Sources, report: &mut Report) -> Result<Loaded, Stopped> {
    let mut options = request.project.clone();
    let mut cache = FileCache::default();
    let mut project = resolved(Some(&mut cache), &options, sources, report)?;
    let mut overrides = overrides::choose(request.overrides_selection(), &project, codes::code, sources, report)?;
    overrides.leave_out_runs_without_files(&project, report);
    use_health_of_images(&mut project, &overrides);
    if let Some(fixed) = &overrides.project
        && options.project_name.is_none()
        && project.name != fixed.value
    {
        options.project_name = Some(fixed.value.clone());
        project = resolved(Some(&mut cache), &options, sources, &mut Report::new())?;
    }
    if options.recorded.is_some() && !overrides.local_variables.is_empty() {
        options.local_variables.clone_from(&overrides.local_variables);
        project = resolved(Some(&mut cache), &options, sources, &mut Report::new())?;
    }
    let mut runs = Vec::new();
    for run in &overrides.runs {
        runs.push(if run.files.is_empty() {
            project.clone()
        } else {
            let mut options = options.clone();
            options.files = project.files.iter().map(|file| project.path_of(file)).collect();
            options.files.extend(run.files.iter().map(|file| project.directory.join(&file.value)));
            options.project_directory.get_or_insert_with(|| project.directory.clone());
            resolved(Some(&mut cache), &options, sources, report)?
        });
    }
    report.stop_on_error()?;
    Ok(Loaded { project, overrides, runs })
}

/// Gives the services without a health check the one that the overrides know of their image.
fn use_health_of_images(project: &mut Project, overrides: &Overrides) {
    for (name, service) in &mut project.services {
        let known = overrides.services.get(name).and_then(|choice| choice.health.as_ref());
        if let (Some(known), Health::Image(_)) = (known, &service.health) {
            let test = known.value.clone();
            service.health = Health::Asked(Healthcheck::with_defaults(test));
        }
    }
}

fn resolved(
    cache: Option<&mut FileCache>,
    options: &ProjectOptions,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Project, Stopped> {
    let parsed = parse::parse_with(cache, options, sources, report)?;
    let canonical = resolve::canonical(parsed, options, sources, report)?;
    resolve::project(canonical, report)
}

/// Translates a project to files. Nothing is written. `paths` is `None` for a stream; paths in the files are then those of
/// `-o k8s`. Services that no chosen profile starts are left out if they have errors.
///
/// # Errors
/// Returns [`Stopped`] if the report has an error: Kubernetes does not support a key and the overrides do not accept that.
pub fn translate(
    request: &Request,
    loaded: &Loaded,
    paths: Option<&OutputPaths>,
    purpose: Purpose,
    report: &mut Report,
) -> Result<Files, Stopped> {
    let mut first = report.sibling();
    let result = translate_all(request, loaded, paths, purpose, &mut first);
    if result.is_ok() || !inactive::has_inactive_services(loaded) {
        report.append(first);
        return result;
    }
    let Some((reduced, left_out)) = inactive::without_invalid_services(loaded, &first) else {
        report.append(first);
        return result;
    };
    report.append(left_out);
    translate(request, &reduced, paths, purpose, report)
}

fn translate_all(
    request: &Request,
    loaded: &Loaded,
    paths: Option<&OutputPaths>,
    purpose: Purpose,
    report: &mut Report,
) -> Result<Files, Stopped> {
    let Loaded { project, overrides, runs } = loaded;
    let runs: Vec<_> = overrides.runs.iter().zip(runs).map(|(run, project)| RunProject { run, project }).collect();
    let mut metadata = output_metadata::output_metadata(request, loaded, paths);
    metadata.preview = purpose == Purpose::Preview;
    let objects =
        rendered(&metadata, project.services.len(), |each| lower::lower_each(project, overrides, &runs, report, each))?;
    metadata.deviations = output_metadata::deviations(report);
    let files = emit::emit(objects, &metadata, report)?;
    if let Some(paths) = paths {
        build_contexts::report_secrets_in_contexts(project, &files, paths, report);
    }
    Ok(files)
}

/// Up to this number of services, one thread has rendered them before a second has started.
const FEW_SERVICES: usize = 4;

/// Lowers a project and renders each service as soon as its objects are complete.
///
/// Rendering takes most of the time of a translation, and no service needs the text of another. A second thread therefore
/// renders the services that the first, which lowers, has no time for. A preview does without it, because the manifests are
/// compared at the same time, and that is work for two threads.
fn rendered(
    metadata: &OutputMetadata,
    services: usize,
    lower: impl FnOnce(
        &mut dyn FnMut(ServiceObjects) -> Option<RenderedService>,
    ) -> Result<Objects<Option<RenderedService>>, Stopped>,
) -> Result<Objects<RenderedService>, Stopped> {
    thread::scope(|scope| {
        // One service waits for the second thread. Longer queues would only keep more objects in memory.
        let (sender, receiver) = mpsc::sync_channel::<ServiceObjects>(1);
        let render = |service: ServiceObjects| RenderedService::new(&service, metadata);
        let second = (services > FEW_SERVICES && !metadata.preview)
            .then(|| scope.spawn(move || receiver.into_iter().map(render).collect::<Vec<_>>()));
        let objects = lower(&mut |service| match sender.try_send(service) {
            Ok(()) => None,
            Err(mpsc::TrySendError::Full(service) | mpsc::TrySendError::Disconnected(service)) => Some(render(service)),
        });
        drop(sender);
        let mut second = second.map(joined).into_iter().flatten();
        // A missing service was sent to the second thread, which keeps the order.
        let all = |services: Vec<Option<_>>| {
            services.into_iter().filter_map(|service| service.or_else(|| second.next())).collect()
        };
        objects.map(|objects| objects.with_services(all))
    })
}

/// Compares a project, including its runs, with manifests. The findings are diagnostics of the stage `check`. The project
/// and the manifests are equivalent if no finding is an error.
///
/// A service that no chosen profile starts need not be in the manifests if it cannot be translated.
pub fn compare(loaded: &Loaded, manifests: &Manifests, report: &mut Report) {
    let mut findings = report.sibling();
    check::check(&loaded.project, &loaded.overrides, &loaded.runs, manifests, &mut findings);
    if inactive::lacks_inactive_service(loaded, &findings)
        && let Some(reduced) = inactive::translatable(loaded)
    {
        return compare(&reduced, manifests, report);
    }
    report.append(findings);
}

/// Returns the facts of a project, including its runs.
#[must_use]
pub fn facts(loaded: &Loaded) -> Vec<Fact> {
    let mut facts = check::expected_facts(&loaded.project, &loaded.overrides);
    for (run, project) in loaded.overrides.runs.iter().zip(&loaded.runs) {
        facts.extend(check::expected_run_facts(project, &loaded.project, &loaded.overrides, run));
    }
    facts
}

/// A project and the manifests that it was compared with.
#[derive(Debug)]
pub struct Comparison {
    /// The project.
    pub loaded: Loaded,
    /// The manifests.
    pub manifests: Manifests,
    /// The findings, and the diagnostics of reading the manifests.
    pub findings: Report,
}

/// Loads a project and reads manifests at the same time, then compares them. `stdin` is the text of the path `-`.
///
/// # Errors
/// Returns [`Stopped`] if the project cannot be loaded.
pub fn compare_with(
    request: &Request,
    against: &Path,
    stdin: Option<&str>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Comparison, Stopped> {
    let against = output_root_of(against);
    let request = &with_recorded_variables(request, &against);
    let (loaded, (manifests, second, mut findings)) = thread::scope(|scope| {
        let mut second = report.sibling();
        let reading = scope.spawn(move || {
            let mut sources = Sources::second();
            let manifests = Manifests::from_path(&against, stdin, &mut sources, &mut second);
            (manifests, sources, second)
        });
        (load(request, sources, report), joined(reading))
    });
    let loaded = loaded?;
    sources.merge(second);
    compare(&loaded, &manifests, &mut findings);
    Ok(Comparison { loaded, manifests, findings })
}

/// What is to be checked in an output folder.
#[derive(Debug, Clone, Copy)]
pub struct OutputCheckOptions<'a> {
    /// The output folder, as the user named it.
    pub output: &'a Path,
    /// The current directory.
    pub current_directory: &'a Path,
    /// Whether to compare the manifests with the project. The files are compared byte by byte in any case.
    pub compare_manifests: bool,
}

/// The result of checking an output folder.
#[derive(Debug)]
pub struct OutputCheck {
    /// The project.
    pub loaded: Loaded,
    /// The files that would be written.
    pub files: Files,
    /// Where they would be written.
    pub paths: OutputPaths,
    /// The manifests of the folder and the findings, if they were compared.
    pub comparison: Option<(Manifests, Report)>,
    /// Each file of the folder and of the output, and how they differ; an error if a file could not be read.
    pub drift: Result<Vec<Drift>, Stopped>,
    /// Diagnostics about files that could not be read.
    pub drift_report: Report,
}

/// Checks an output folder: whether its manifests are equivalent to the project, and whether the same files would be written
/// again.
///
/// The manifests are read while the project is loaded, and compared while it is translated. The comparison does not use the
/// translation, so neither has to wait.
///
/// # Errors
/// Returns [`Stopped`] if the project cannot be loaded or translated.
pub fn check_output(
    request: &Request,
    options: OutputCheckOptions<'_>,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<OutputCheck, Stopped> {
    let OutputCheckOptions { output, current_directory, compare_manifests } = options;
    let request = &with_recorded_variables(request, &output_root_of(&current_directory.join(output)));
    // An error in the path is reported once the project is known.
    let folder_for = |project: &Path| {
        let paths = OutputPaths::new(output, project, current_directory).ok()?;
        Some(PathBuf::from(paths.display(&paths.kit)))
    };
    let project = OnceLock::new();
    let (send_project, receive_project) = mpsc::channel::<&Loaded>();
    let (translated, comparison) = thread::scope(|scope| {
        let (comparing, receive_sources) = compare_manifests
            .then(|| {
                let (send_sources, receive_sources) = mpsc::channel();
                let second = report.sibling();
                let comparing = scope.spawn(move || {
                    // The folder may depend on the project directory. If that is known, the folder is read while the
                    // project is loaded.
                    let given = request.project.given_directory();
                    let first = if given.is_none() { Some(receive_project.recv().ok()?) } else { None };
                    let directory = first.map(|loaded| loaded.project.directory.clone()).or(given).unwrap_or_default();
                    compare_folder(&folder_for(&directory)?, second, &send_sources, || {
                        first.or_else(|| receive_project.recv().ok())
                    })
                });
                (comparing, receive_sources)
            })
            .unzip();
        let translated = load(request, sources, report).and_then(|loaded| {
            let loaded = project.get_or_init(|| loaded);
            let paths = OutputPaths::new(output, &loaded.project.directory, current_directory).map_err(|problem| {
                report.add(problem);
                Stopped
            })?;
            // There is no receiver if nothing is compared.
            let _ = send_project.send(loaded);
            // Warnings and notes of the translation are not part of a check; its errors are.
            let mut translating = report.sibling();
            let files = match translate(request, loaded, Some(&paths), Purpose::Preview, &mut translating) {
                Ok(files) => files,
                Err(stopped) => {
                    report.append(translating);
                    return Err(stopped);
                }
            };
            // Files that were read for the comparison are not read again.
            if let Some(second) = receive_sources.and_then(|receiver| receiver.recv().ok()) {
                sources.merge(second);
            }
            let mut drift_report = report.sibling();
            let drift = emit::drift(&files, &paths, sources, &mut drift_report);
            Ok((files, paths, drift, drift_report))
        });
        drop(send_project);
        (translated, comparing.and_then(joined))
    });
    let (files, paths, drift, drift_report) = translated?;
    let loaded = project.into_inner().ok_or_else(|| report.internal("a translated project was not kept"))?;
    Ok(OutputCheck { loaded, files, paths, comparison, drift, drift_report })
}

/// Returns the request with the variables that an output records, so that the project is the same where the files that supplied
/// them do not exist.
fn with_recorded_variables(request: &Request, output: &Path) -> Request {
    let mut request = request.clone();
    request.project.recorded = emit::read_recorded_variables(output).map(Arc::new);
    request
}

/// Returns the folder to read for `--against`: that of a generated output for its folder `manifests`, as with `-o`.
fn output_root_of(against: &Path) -> PathBuf {
    let parent = against.parent().filter(|_| against.file_name().is_some_and(|last| last == "manifests"));
    let parent = parent.map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
    parent.filter(|root| emit::is_output_root(root)).unwrap_or(against).to_path_buf()
}

/// Compares the manifests of a folder with the project that `project` waits for; `None` if there is none. The sources are
/// sent as soon as the manifests are read.
fn compare_folder<'a>(
    folder: &Path,
    mut report: Report,
    sender: &mpsc::Sender<Sources>,
    project: impl FnOnce() -> Option<&'a Loaded>,
) -> Option<(Manifests, Report)> {
    let mut sources = Sources::second();
    let manifests = Manifests::from_path(folder, None, &mut sources, &mut report);
    // There is no receiver if the project could not be translated.
    let _ = sender.send(sources);
    compare(project()?, &manifests, &mut report);
    Some((manifests, report))
}

/// Returns the result of a thread, or panics with its panic.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
