//! The library's entry point.

use std::path::Path;

use crate::check::Manifests;
use crate::emit::{self, Files, OutputPaths, Written};
use crate::init::{self, OverridesDraft};
use crate::parse::ProjectOptions;
use crate::pipeline::{self, Comparison, OutputCheck, OutputCheckOptions};
use crate::report::{Report, Stopped};
use crate::request::{Loaded, Purpose, Request};
use crate::resolve::Project;
use crate::text::Sources;

/// The texts that were read, and the diagnostics about them.
///
/// A method that returns [`Stopped`] has added at least one error to `report`.
///
/// ```
/// use compose2k8s::{ProjectOptions, Purpose, Request, Session, emit, report};
///
/// # fn main() -> std::io::Result<()> {
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("compose.yaml");
/// std::fs::write(&file, "services:\n  web:\n    image: nginx:${TAG:-1.29}\n    ports: ['8080:80']\n")?;
/// let options = ProjectOptions { files: vec![file.clone()], ..ProjectOptions::default() };
/// let request = Request { project: options, ..Request::default() };
///
/// let mut session = Session::new();
/// let loaded = session.load(&request).expect("a project");
/// let (name, web) = loaded.project.services.first().expect("a service");
/// assert_eq!(name.as_str(), "web");
/// // Every value has its location.
/// let image = &web.process.image.reference;
/// assert_eq!(image.value, "nginx:1.29");
/// assert!(session.sources.place(image.span).ends_with("compose.yaml:3:12"));
///
/// let files = session.translate(&request, &loaded, None, Purpose::Write).expect("a supported project");
/// assert!(files.kit["manifests/web.yaml"].text.contains("kind: Deployment"));
/// assert!(emit::stream(&files).contains("image: nginx"));
///
/// // Each diagnostic has a code, a location and usually a help text.
/// std::fs::write(&file, "services:\n  web:\n    imag: nginx\n")?;
/// let mut session = Session::new();
/// assert!(session.load(&request).is_err());
/// let problem = session.report.problems().first().expect("a diagnostic");
/// assert_eq!(problem.code.name, "resolve::unknown_key");
/// assert!(report::short(problem, &session.sources).contains("compose.yaml:3:5: error"));
/// assert_eq!(problem.help.as_deref(), Some("did you mean `image`?"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// The texts that were read.
    pub sources: Sources,
    /// The diagnostics.
    pub report: Report,
}

impl Session {
    /// Creates an empty session.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty session in which warnings are errors.
    #[must_use]
    pub fn strict() -> Self {
        Self { report: Report::strict(), ..Self::default() }
    }

    /// Loads a project without overrides.
    ///
    /// # Errors
    /// Returns [`Stopped`] if the report has an error.
    pub fn project(&mut self, options: &ProjectOptions) -> Result<Project, Stopped> {
        pipeline::project(options, &mut self.sources, &mut self.report)
    }

    /// Loads a project, chooses its overrides, and loads the project of each run.
    ///
    /// # Errors
    /// Returns [`Stopped`] if the report has an error.
    pub fn load(&mut self, request: &Request) -> Result<Loaded, Stopped> {
        pipeline::load(request, &mut self.sources, &mut self.report)
    }

    /// Drafts the overrides file of a project. See [`draft_overrides`](crate::draft_overrides).
    ///
    /// # Errors
    /// Returns [`Stopped`] if the project cannot be loaded.
    pub fn draft_overrides(&mut self, request: &Request, accept_security: bool) -> Result<OverridesDraft, Stopped> {
        init::draft_overrides(request, accept_security, &mut self.sources, &mut self.report)
    }

    /// Translates a project to files. Nothing is written. `paths` is `None` for a stream; paths in the files are then those
    /// of `-o k8s`.
    ///
    /// # Errors
    /// Returns [`Stopped`] if the report has an error: Kubernetes does not support a key and the overrides do not accept that.
    pub fn translate(
        &mut self,
        request: &Request,
        loaded: &Loaded,
        paths: Option<&OutputPaths>,
        purpose: Purpose,
    ) -> Result<Files, Stopped> {
        pipeline::translate(request, loaded, paths, purpose, &mut self.report)
    }

    /// Writes files to disk, all or none.
    ///
    /// # Errors
    /// Returns [`Stopped`] if a file exists that compose2k8s did not generate, or if the disk cannot be written.
    pub fn write(&mut self, files: &Files, paths: &OutputPaths) -> Result<Written, Stopped> {
        emit::write(files, paths, &mut self.report)
    }

    /// Reads manifests of any origin: a file, or all files in a folder. `stdin` is the text of the path `-`.
    pub fn read_manifests(&mut self, path: &Path, stdin: Option<&str>) -> Manifests {
        Manifests::from_path(path, stdin, &mut self.sources, &mut self.report)
    }

    /// Compares a project with manifests. The findings are diagnostics of the stage `check`; the project and the manifests are
    /// equivalent if no finding is an error.
    ///
    /// ```
    /// use compose2k8s::{ProjectOptions, Request, Session};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("compose.yaml");
    /// # std::fs::write(&file, "services: {web: {image: 'nginx:1.27'}}\n")?;
    /// # std::fs::create_dir(folder.path().join("k8s"))?;
    /// # std::fs::write(folder.path().join("k8s/web.yaml"), "\
    /// # apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: 'nginx:1.26'}]}\n")?;
    /// let options = ProjectOptions { files: vec![file], ..ProjectOptions::default() };
    /// let mut session = Session::new();
    /// let loaded = session.load(&Request { project: options, ..Request::default() }).expect("a project");
    /// let manifests = session.read_manifests(&folder.path().join("k8s"), None);
    /// session.compare(&loaded, &manifests);
    ///
    /// let found: Vec<_> = session.report.problems().iter().map(|problem| problem.code.name).collect();
    /// assert!(found.contains(&"check::differs"), "{found:?}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compare(&mut self, loaded: &Loaded, manifests: &Manifests) {
        pipeline::compare(loaded, manifests, &mut self.report);
    }

    /// Loads a project and reads manifests at the same time, then compares them. The findings are not added to the report of
    /// the session.
    ///
    /// # Errors
    /// Returns [`Stopped`] if the project cannot be loaded.
    pub fn compare_with(
        &mut self,
        request: &Request,
        against: &Path,
        stdin: Option<&str>,
    ) -> Result<Comparison, Stopped> {
        pipeline::compare_with(request, against, stdin, &mut self.sources, &mut self.report)
    }

    /// Checks an output folder: whether its manifests are equivalent to the project, and whether the same files would be
    /// written again. The findings are not added to the report of the session.
    ///
    /// # Errors
    /// Returns [`Stopped`] if the project cannot be loaded or translated.
    pub fn check_output(&mut self, request: &Request, options: OutputCheckOptions<'_>) -> Result<OutputCheck, Stopped> {
        pipeline::check_output(request, options, &mut self.sources, &mut self.report)
    }
}
