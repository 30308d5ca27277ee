//! Collects, sorts and renders the diagnostics of all stages.
//!
//! Input: the diagnostics of each stage (`<stage>/problem.rs`, declared with `problems!`). Output: [`text`], [`json`],
//! [`sarif`] or [`github`] workflow commands.
//!
//! Invariant: only a diagnostic about the whole run (a missing file, a full disk) has no location; a diagnostic about a
//! key always has one.

mod code;
pub mod github;
pub mod json;
mod redaction;
pub mod sarif;
mod suggestion;
pub mod text;

use serde::Serialize;

use crate::text::{Sources, Span};

pub use code::{Code, Severity, Stage};
pub(crate) use redaction::HiddenValues;
pub use suggestion::did_you_mean;

/// The code of internal errors.
pub(crate) const IMPOSSIBLE_STATE: Code = Code {
    name: "internal::impossible_state",
    stage: Stage::Internal,
    severity: Severity::Error,
    acceptable: false,
    keys: &[],
    about: "compose2k8s is in a state that should be impossible. This is a bug in compose2k8s, not in the input.",
};

/// A location with a short text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// The location.
    pub span: Span,
    /// The text: two or three words.
    pub text: String,
}

/// A diagnostic of any stage. Each stage has its own `enum Problem`, which is converted into this type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The code.
    pub code: Code,
    /// The severity: usually that of the code. Diagnostics about keys have the severity in the key table.
    pub severity: Severity,
    /// One sentence that states a fact: lower case, no full stop, user text in backticks.
    pub message: String,
    /// The locations, the main one first. They may be in several sources.
    pub labels: Vec<Label>,
    /// What to do, as an imperative sentence.
    pub help: Option<String>,
    /// The service, key and facts that it is about, for programs.
    pub finding: Option<Box<Finding>>,
}

impl Diagnostic {
    /// Returns all texts that may contain values of the project.
    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let Diagnostic { code: _, severity: _, message, labels, help, finding } = self;
        let of_finding = finding.iter_mut().flat_map(|finding| {
            let Finding { service: _, key: _, fact: _, subject, expected, observed } = &mut **finding;
            [subject, expected, observed].into_iter().flatten()
        });
        std::iter::once(message).chain(labels.iter_mut().map(|label| &mut label.text)).chain(help).chain(of_finding)
    }
}

impl From<Box<Diagnostic>> for Diagnostic {
    fn from(boxed: Box<Diagnostic>) -> Self {
        *boxed
    }
}

/// What a diagnostic of the conversion or a finding of the comparison is about, as separate fields for programs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The Compose service; `None` if the finding is about the cluster or about no service.
    pub service: Option<String>,
    /// The Compose key, without `services.*.`; only of diagnostics of the conversion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'static str>,
    /// The kind of fact; `None` if the finding is about several kinds, or about a service as a whole.
    pub fact: Option<&'static str>,
    /// The fact's subject: the name of a variable, a path, a port.
    pub subject: Option<String>,
    /// The value in the Compose file.
    pub expected: Option<String>,
    /// The value in the manifests.
    pub observed: Option<String>,
}

/// An error that stops the pipeline. The [`Report`] has the diagnostics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// The diagnostics of a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    problems: Vec<Diagnostic>,
    /// Whether warnings become errors.
    strict: bool,
    hidden: HiddenValues,
}

impl Report {
    /// Creates an empty report.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty report in which warnings become errors, as `--strict` requests.
    #[must_use]
    pub fn strict() -> Self {
        Self { strict: true, ..Self::default() }
    }

    /// Creates an empty report that treats warnings as this one does, and shows none of the values that this one does not show.
    #[must_use]
    pub fn sibling(&self) -> Self {
        Self { problems: Vec::new(), strict: self.strict, hidden: self.hidden.clone() }
    }

    /// Returns the values that no diagnostic shows.
    pub(crate) fn hidden_values(&self) -> HiddenValues {
        self.hidden.clone()
    }

    /// Adds a diagnostic, without the values that it must not show.
    pub fn add(&mut self, problem: impl Into<Diagnostic>) {
        let mut problem = problem.into();
        let places: Vec<Span> = problem.labels.iter().map(|label| label.span).collect();
        self.hidden.redact(&places, problem.texts());
        if self.strict && problem.severity == Severity::Warning {
            problem.severity = Severity::Error;
        }
        self.problems.push(problem);
    }

    /// Adds a finding of the comparison with its parts.
    pub fn add_finding(&mut self, problem: impl Into<Diagnostic>, finding: Finding) {
        self.add(Diagnostic { finding: Some(Box::new(finding)), ..problem.into() });
    }

    /// Adds all diagnostics of another report.
    pub fn append(&mut self, other: Report) {
        for problem in other.problems {
            self.add(problem);
        }
    }

    /// Returns the diagnostics in their order.
    #[must_use]
    pub fn problems(&self) -> &[Diagnostic] {
        &self.problems
    }

    /// Returns the diagnostics without the report.
    #[must_use]
    pub fn into_problems(self) -> Vec<Diagnostic> {
        self.problems
    }

    /// Keeps the diagnostics for which the closure returns `true`.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.problems.retain(keep);
    }

    /// Reports a state that should be impossible, instead of ignoring it. Returns [`Stopped`], for
    /// `return Err(report.internal("…"))`.
    pub fn internal(&mut self, state: &str) -> Stopped {
        self.add(Diagnostic {
            code: IMPOSSIBLE_STATE,
            severity: IMPOSSIBLE_STATE.severity,
            message: format!("internal error: {state}"),
            labels: Vec::new(),
            help: Some("report this as a bug, with the command and the files that it read".to_owned()),
            finding: None,
        });
        Stopped
    }

    /// Returns [`Stopped`] if the report has an error.
    pub fn stop_on_error(&self) -> Result<(), Stopped> {
        if self.problems.iter().any(|problem| problem.severity == Severity::Error) { Err(Stopped) } else { Ok(()) }
    }

    /// Sorts by source, location and code, diagnostics without a location first, and removes duplicates.
    pub fn sort(&mut self) {
        self.problems.sort_by_key(|problem| (problem.labels.first().map(|label| label.span), problem.code.name));
        self.problems.dedup();
    }
}

/// The types of locations in `problems!`: a span, an optional span, or several.
pub trait Places {
    /// Returns the locations in order.
    fn places(&self) -> Vec<Span>;
}

impl Places for Span {
    fn places(&self) -> Vec<Span> {
        vec![*self]
    }
}

impl Places for Option<Span> {
    fn places(&self) -> Vec<Span> {
        self.iter().copied().collect()
    }
}

impl Places for Vec<Span> {
    fn places(&self) -> Vec<Span> {
        self.clone()
    }
}

/// The types of help texts in `problems!`.
pub trait Help {
    /// Returns the sentence, if there is one.
    fn help(self) -> Option<String>;
}

impl Help for &str {
    fn help(self) -> Option<String> {
        (!self.is_empty()).then(|| self.to_owned())
    }
}

impl Help for String {
    fn help(self) -> Option<String> {
        (!self.is_empty()).then_some(self)
    }
}

impl Help for Option<String> {
    fn help(self) -> Option<String> {
        self
    }
}

/// Declares the enum `Problem` of a stage, its codes, and the texts of each variant.
///
/// ```ignore
/// problems! { parse
///     /// Shown by `compose2k8s explain parse::duplicate_key`.
///     error duplicate_key DuplicateKey { key: String, at: Span, first: Span }
///         "`{key}` is given twice",
///         [at "given again here", first "first given here"],
///         help "remove one of the two";
/// }
/// ```
///
/// Messages and labels are format strings over the fields of the variant; the help is an expression over them.
/// `(acceptable)` after the severity marks a diagnostic that an `accept` entry of the overrides file can silence;
/// `(acceptable about "user")` also names the Compose keys whose loss is then accepted. Each
/// code is also a constant in the module `codes`: `codes::duplicate_key`.
macro_rules! problems {
    ($stage:ident $($(#[doc = $doc:literal])+ $severity:ident $(($acceptable:ident $(about $($key:literal),+)?))? $code:ident $variant:ident
        { $($field:ident: $type:ty),* $(,)? }
        $message:literal, [$($at:ident $label:literal),* $(,)?], help $help:expr;)+) => {
        /// The diagnostics of this stage.
        #[derive(Debug, Clone)]
        pub(crate) enum Problem {
            $($(#[doc = $doc])+ $variant { $($field: $type),* }),+
        }

        /// The codes of this stage, each under the second half of its name.
        #[allow(non_upper_case_globals, reason = "a constant is spelled as in the code's name, `stage::what_is_wrong`")]
        pub(crate) mod codes {
            $(pub(crate) const $code: $crate::report::Code = $crate::report::Code {
                name: concat!(stringify!($stage), "::", stringify!($code)),
                stage: $crate::report::problems!(@stage $stage),
                severity: $crate::report::problems!(@severity $severity),
                acceptable: $crate::report::problems!(@acceptable $($acceptable)?),
                keys: &[$($($($key),+)?)?],
                about: concat!($($doc, "\n"),+),
            };)+
        }

        /// The codes of this stage, in the order of the enum.
        pub(crate) const CODES: &[$crate::report::Code] = &[$(codes::$code),+];

        impl From<Problem> for Box<$crate::report::Diagnostic> {
            fn from(problem: Problem) -> Self {
                Box::new(problem.into())
            }
        }

        impl From<Problem> for $crate::report::Diagnostic {
            fn from(problem: Problem) -> Self {
                match problem {
                    $(
                        #[allow(unused_variables, reason = "a field may be used by one of message, label and help only")]
                        Problem::$variant { $($field),* } => $crate::report::Diagnostic {
                            code: codes::$code,
                            severity: codes::$code.severity,
                            message: format!($message),
                            labels: [$(($crate::report::Places::places(&$at), format!($label))),*]
                                .into_iter()
                                .flat_map(|(places, text): (Vec<$crate::text::Span>, String)| {
                                    places.into_iter().map(move |span| $crate::report::Label { span, text: text.clone() })
                                })
                                .collect(),
                            help: $crate::report::Help::help($help),
                            finding: None,
                        }
                    ),+
                }
            }
        }
    };
    (@stage parse) => { $crate::report::Stage::Parse };
    (@stage resolve) => { $crate::report::Stage::Resolve };
    (@stage overrides) => { $crate::report::Stage::Overrides };
    (@stage lower) => { $crate::report::Stage::Lower };
    (@stage emit) => { $crate::report::Stage::Emit };
    (@stage check) => { $crate::report::Stage::Check };
    (@acceptable) => { false };
    (@acceptable acceptable) => { true };
    (@severity error) => { $crate::report::Severity::Error };
    (@severity warning) => { $crate::report::Severity::Warning };
    (@severity advice) => { $crate::report::Severity::Advice };
}
pub(crate) use problems;

/// Returns the message of an I/O error without its number, in lower case.
#[must_use]
pub fn system_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// Renders a diagnostic on one line: `location: severity[code]: message`. [`text::rich`] renders it with source lines.
#[must_use]
pub fn short(problem: &Diagnostic, sources: &Sources) -> String {
    let place = problem.labels.first().map(|label| format!("{}: ", sources.place(label.span))).unwrap_or_default();
    format!("{place}{}[{}]: {}", problem.severity.name(), problem.code.name, problem.message)
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, IMPOSSIBLE_STATE, Report, Severity, Stopped};

    #[test]
    fn warnings_become_errors_in_a_strict_report() {
        let warning = || Diagnostic { severity: Severity::Warning, ..problem() };
        let mut report = Report::new();
        report.add(warning());
        assert_eq!(report.stop_on_error(), Ok(()));
        let mut strict = Report::strict();
        strict.append(report);
        assert_eq!(strict.stop_on_error(), Err(Stopped));
        let mut sibling = strict.sibling();
        sibling.add(Diagnostic { severity: Severity::Advice, ..problem() });
        assert_eq!(sibling.stop_on_error(), Ok(()), "notes stay notes");
        sibling.add(warning());
        assert_eq!(sibling.stop_on_error(), Err(Stopped));
    }

    fn problem() -> Diagnostic {
        let (code, message) = (IMPOSSIBLE_STATE, String::new());
        Diagnostic { code, severity: code.severity, message, labels: Vec::new(), help: None, finding: None }
    }

    #[test]
    fn an_impossible_state_is_an_error_that_asks_for_a_bug_report() {
        let mut report = Report::new();
        assert_eq!(report.internal("a model without files"), Stopped);
        let problem = report.problems().first().unwrap();
        assert_eq!((problem.code.name, problem.severity), ("internal::impossible_state", Severity::Error));
        assert_eq!(problem.message, "internal error: a model without files");
        assert!(problem.help.as_ref().unwrap().starts_with("report this as a bug"));
        assert_eq!(report.stop_on_error(), Err(Stopped));
    }
}
