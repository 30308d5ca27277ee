//! The identity of a kind of diagnostic: its code, stage and severity.

/// The severity of a diagnostic. Only errors stop the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The input is invalid, the output could not start, or it drops a privilege restriction or isolation that Compose
    /// gives. Nothing is written.
    Error,
    /// A setting is not honoured, but the program runs.
    Warning,
    /// The behaviour differs in a stated way. Shown as `note`.
    Advice,
}

impl Severity {
    /// The name in text and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "note",
        }
    }
}

impl Severity {
    /// Returns the meaning for the user, without a full stop.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Severity::Error => {
                "nothing is written, because the input is invalid, the output could not start, or a service would be \
                 less restricted or isolated than in Docker Compose"
            }
            Severity::Warning => "a setting is not honoured, but the service runs; `--strict` makes it an error",
            Severity::Advice => "the behaviour differs in a stated way",
        }
    }
}

/// A stage of the pipeline that reports diagnostics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Reading and merging YAML.
    Parse,
    /// Converting the merged tree to a project.
    Resolve,
    /// Reading the overrides file.
    Overrides,
    /// Converting a project to Kubernetes objects.
    Lower,
    /// Rendering and writing files.
    Emit,
    /// Comparing a project with manifests.
    Check,
    /// No stage: an error of compose2k8s itself.
    Internal,
}

impl Stage {
    /// Returns the stage that the name of a code begins with.
    #[must_use]
    pub fn of_code(name: &str) -> Option<Self> {
        let (stage, _) = name.split_once("::")?;
        let stages =
            [Stage::Parse, Stage::Resolve, Stage::Overrides, Stage::Lower, Stage::Emit, Stage::Check, Stage::Internal];
        stages.into_iter().find(|known| known.name() == stage)
    }

    /// Returns the part of a code's name before `::`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stage::Parse => "parse",
            Stage::Resolve => "resolve",
            Stage::Overrides => "overrides",
            Stage::Lower => "lower",
            Stage::Emit => "emit",
            Stage::Check => "check",
            Stage::Internal => "internal",
        }
    }
}

/// The identity of a kind of diagnostic. Every stage declares its codes with `problems!`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Code {
    /// The stable name: `stage::what_is_wrong`.
    pub name: &'static str,
    /// The stage that reports it.
    pub stage: Stage,
    /// The severity.
    pub severity: Severity,
    /// Whether an `accept` entry of the overrides file can silence it.
    pub acceptable: bool,
    /// The keys of a service that it is about, without `services.*.`; none if the diagnostic itself names the key.
    pub keys: &'static [&'static str],
    /// A paragraph for `compose2k8s explain`.
    pub about: &'static str,
}
