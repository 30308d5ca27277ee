//! Problems: collects them from every stage, orders them, renders them.
//!
//! In: each stage's own enum of problems (`<stage>/problem.rs`, made with [`problems!`]). Out: [`text`], [`json`],
//! [`sarif`] or [`github`] workflow commands.
//!
//! Invariant: a problem without a place is one about the whole run (a missing file, a full disk), never about a key.

pub mod github;
pub mod json;
pub mod sarif;
pub mod text;

use serde::Serialize;

use crate::text::{Sources, Span};

/// How much a problem matters. Only errors keep the pipeline from going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The result would be wrong: nothing is written.
    Error,
    /// Something behaves differently and a person should look at it.
    Warning,
    /// Worth knowing; nothing to do.
    Advice,
}

impl Severity {
    /// The name in text and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        }
    }
}

/// A stage of the pipeline that reports diagnostics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Reading and merging YAML.
    Parse,
    /// From the merged tree to a project.
    Resolve,
    /// The overrides file.
    Overrides,
    /// From a project to Kubernetes objects.
    Lower,
    /// Rendering and writing files.
    Emit,
    /// Comparing a project with manifests.
    Check,
}

impl Stage {
    /// Returns the stage that the name of a code begins with.
    #[must_use]
    pub fn of_code(name: &str) -> Option<Self> {
        let (stage, _) = name.split_once("::")?;
        let stages = [Stage::Parse, Stage::Resolve, Stage::Overrides, Stage::Lower, Stage::Emit, Stage::Check];
        stages.into_iter().find(|known| known.name() == stage)
    }

    /// The part of a code's name in front of `::`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stage::Parse => "parse",
            Stage::Resolve => "resolve",
            Stage::Overrides => "overrides",
            Stage::Lower => "lower",
            Stage::Emit => "emit",
            Stage::Check => "check",
        }
    }
}

/// The identity of a kind of diagnostic. Every stage declares its codes with `problems!`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable name: `stage::what_is_wrong`.
    pub name: &'static str,
    /// The stage that reports it.
    pub stage: Stage,
    /// How much it matters.
    pub severity: Severity,
    /// Whether an `accept` entry of the overrides file can silence it.
    pub acceptable: bool,
    /// A paragraph for `compose2k8s explain`.
    pub about: &'static str,
}

/// A place with two or three words at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there.
    pub text: String,
}

/// One problem, ready to be shown: the common form of all stages' enums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its stable name.
    pub code: Code,
    /// One sentence that says what *is*, lower case, no full stop, the user's thing in backticks.
    pub message: String,
    /// Where, the main place first. They may lie in several sources.
    pub labels: Vec<Label>,
    /// The next act, in the imperative.
    pub help: Option<String>,
    /// The parts of a finding of the comparison, for programs.
    pub finding: Option<Box<Finding>>,
}

/// What a finding of the comparison is about, as separate fields for programs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The Compose service; `None` if the finding is about the cluster or about no service.
    pub service: Option<String>,
    /// The kind of fact; `None` if the finding is about several kinds, or about a service as a whole.
    pub fact: Option<&'static str>,
    /// The fact's subject: the name of a variable, a path, a port.
    pub subject: Option<String>,
    /// The value in the Compose file.
    pub expected: Option<String>,
    /// The value in the manifests.
    pub observed: Option<String>,
}

/// The pipeline ended because of errors that the [`Report`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// All problems of a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    problems: Vec<Problem>,
}

impl Report {
    /// Nothing found yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a problem of any stage in.
    pub fn add(&mut self, problem: impl Into<Problem>) {
        self.problems.push(problem.into());
    }

    /// Adds a finding of the comparison with its parts.
    pub fn add_finding(&mut self, problem: impl Into<Problem>, finding: Finding) {
        self.problems.push(Problem { finding: Some(Box::new(finding)), ..problem.into() });
    }

    /// Takes in everything that another report holds, behind what is here.
    pub fn append(&mut self, other: Report) {
        self.problems.extend(other.problems);
    }

    /// Everything found so far, in the order it was found.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Keeps what the closure says yes to.
    pub fn retain(&mut self, keep: impl FnMut(&Problem) -> bool) {
        self.problems.retain(keep);
    }

    /// Ends the pipeline between two stages when there is an error.
    pub fn stop_on_error(&self) -> Result<(), Stopped> {
        if self.problems.iter().any(|problem| problem.code.severity == Severity::Error) { Err(Stopped) } else { Ok(()) }
    }

    /// Orders by source, then place, then code; what has no place comes first. Drops exact repetitions.
    pub fn sort(&mut self) {
        self.problems.sort_by_key(|problem| (problem.labels.first().map(|label| label.span), problem.code.name));
        self.problems.dedup();
    }
}

/// What may stand as a label's place in [`problems!`]: a span, perhaps one, or several.
pub trait Places {
    /// The places, in order.
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

/// What may stand as help in [`problems!`].
pub trait Help {
    /// The sentence, if there is one.
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

/// Declares a stage's enum `Problem`, its codes, and how each variant reads.
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
/// Message and label texts are format strings over the variant's fields; help is an expression over them. A severity with
/// `(acceptable)` behind it marks a diagnostic that an `accept` entry of the overrides file can silence. Each code is also a
/// constant of its own name in the module `codes`: `codes::duplicate_key`.
macro_rules! problems {
    ($stage:ident $($(#[doc = $doc:literal])+ $severity:ident $(($acceptable:ident))? $code:ident $variant:ident
        { $($field:ident: $type:ty),* $(,)? }
        $message:literal, [$($at:ident $label:literal),* $(,)?], help $help:expr;)+) => {
        /// What this stage can find wrong.
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
                about: concat!($($doc, "\n"),+),
            };)+
        }

        /// The codes of this stage, in the order of the enum.
        pub(crate) const CODES: &[$crate::report::Code] = &[$(codes::$code),+];

        impl From<Problem> for $crate::report::Problem {
            fn from(problem: Problem) -> Self {
                match problem {
                    $(
                        #[allow(unused_variables, reason = "a field may be used by one of message, label and help only")]
                        Problem::$variant { $($field),* } => $crate::report::Problem {
                            code: codes::$code,
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

/// `did you mean …?` for a misspelt word: the nearest of the known ones, if one is near.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    known
        .into_iter()
        .map(|candidate| (likeness(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.84)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// How alike two words are, 1 being the same. Two neighbours that changed places are a slip even in a short word.
fn likeness(one: &str, other: &str) -> f64 {
    let swapped =
        one.len() == other.len() && strsim::osa_distance(one, other) == 1 && strsim::levenshtein(one, other) == 2;
    // So is one letter too many or too few, in a word that is not all but gone by it.
    let one_letter =
        one.len().abs_diff(other.len()) == 1 && one.len().min(other.len()) >= 3 && strsim::levenshtein(one, other) == 1;
    let measured = strsim::jaro_winkler(one, other);
    if swapped || one_letter { measured.max(0.9) } else { measured }
}

/// What the system says of a failed call, without its number and as a part of a sentence.
#[must_use]
pub fn system_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words);
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// One line per problem: `place: severity[code]: message`. The rich form is [`text::rich`].
#[must_use]
pub fn short(problem: &Problem, sources: &Sources) -> String {
    let place = problem.labels.first().map(|label| format!("{}: ", sources.place(label.span))).unwrap_or_default();
    format!("{place}{}[{}]: {}", problem.code.severity.name(), problem.code.name, problem.message)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn swapped_neighbours_are_recognised_in_a_short_word() {
        assert_eq!(did_you_mean("wbe", ["db", "web"]), Some("did you mean `web`?".to_owned()));
        assert_eq!(did_you_mean("abc", ["db", "web"]), None);
        assert_eq!(did_you_mean("dta", ["data"]), Some("did you mean `data`?".to_owned()));
        assert_eq!(did_you_mean("bb", ["db", "abb"]), None);
    }
}
