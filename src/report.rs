//! Problems: collects them from every stage, orders them, renders them.
//!
//! In: each stage's own enum of problems (`<stage>/problem.rs`, made with [`problems!`]). Out: text, JSON, SARIF or
//! GitHub workflow commands.
//!
//! Invariant: a problem without a place is one about the whole run (a missing file, a full disk), never about a key.

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
    /// The word shown to people and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        }
    }
}

/// A stable name for one kind of problem, with what `compose2k8s explain` says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// `stage::what_is_wrong`.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
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
/// problems! { "parse"
///     /// Shown by `compose2k8s explain parse::duplicate_key`.
///     error duplicate_key DuplicateKey { key: String, at: Span, first: Span }
///         "`{key}` is given twice",
///         [at "given again here", first "first given here"],
///         help "remove one of the two";
/// }
/// ```
///
/// Message and label texts are format strings over the variant's fields; help is an expression over them.
#[macro_export]
macro_rules! problems {
    ($stage:literal $($(#[doc = $doc:literal])+ $severity:ident $code:ident $variant:ident { $($field:ident: $type:ty),* $(,)? }
        $message:literal, [$($at:ident $label:literal),* $(,)?], help $help:expr;)+) => {
        /// What this stage can find wrong.
        #[derive(Debug, Clone)]
        pub(crate) enum Problem {
            $($(#[doc = $doc])+ $variant { $($field: $type),* }),+
        }

        /// The codes of this stage, in the order of the enum.
        pub(crate) const CODES: &[$crate::report::Code] = &[$($crate::report::Code {
            name: concat!($stage, "::", stringify!($code)),
            severity: $crate::problems!(@severity $severity),
            about: concat!($($doc, "\n"),+),
        }),+];

        impl From<Problem> for $crate::report::Problem {
            fn from(problem: Problem) -> Self {
                match problem {
                    $(
                        #[allow(unused_variables, reason = "a field may be used by one of message, label and help only")]
                        Problem::$variant { $($field),* } => $crate::report::Problem {
                            code: $crate::report::Code {
                                name: concat!($stage, "::", stringify!($code)),
                                severity: $crate::problems!(@severity $severity),
                                about: concat!($($doc, "\n"),+),
                            },
                            message: format!($message),
                            labels: [$(($crate::report::Places::places(&$at), format!($label))),*]
                                .into_iter()
                                .flat_map(|(places, text): (Vec<$crate::text::Span>, String)| {
                                    places.into_iter().map(move |span| $crate::report::Label { span, text: text.clone() })
                                })
                                .collect(),
                            help: $crate::report::Help::help($help),
                        }
                    ),+
                }
            }
        }
    };
    (@severity error) => { $crate::report::Severity::Error };
    (@severity warning) => { $crate::report::Severity::Warning };
    (@severity advice) => { $crate::report::Severity::Advice };
}

/// `did you mean …?` for a misspelt word: the nearest of the known ones, if one is near.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.84)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// One line per problem: `place: severity[code]: message`. The rich text form is [`text`].
#[must_use]
pub fn short(problem: &Problem, sources: &Sources) -> String {
    let place = problem.labels.first().map(|label| format!("{}: ", sources.place(label.span))).unwrap_or_default();
    format!("{place}{}[{}]: {}", problem.code.severity.word(), problem.code.name, problem.message)
}

/// How the rich text form is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// One problem as miette draws it: message, quoted lines with carets, help. Labels of other sources follow as
/// related places, each with its own quoted lines.
#[must_use]
pub fn text(problem: &Problem, sources: &Sources, style: Style) -> String {
    let theme = if style.color { miette::GraphicalTheme::unicode() } else { miette::GraphicalTheme::unicode_nocolor() };
    let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(style.width).with_links(false);
    let mut drawn = String::new();
    let shown = Shown::new(problem, sources);
    if handler.render_report(&mut drawn, &shown).is_err() {
        drawn = short(problem, sources);
    }
    drawn
}

/// A [`Problem`] in miette's terms: one source, labels in it, further sources as related diagnostics.
#[derive(Debug)]
struct Shown {
    message: String,
    code: Option<&'static str>,
    severity: Option<miette::Severity>,
    help: Option<String>,
    source: Option<miette::NamedSource<String>>,
    labels: Vec<miette::LabeledSpan>,
    related: Vec<Shown>,
}

impl Shown {
    fn new(problem: &Problem, sources: &Sources) -> Self {
        let mut groups: Vec<(crate::text::SourceId, Vec<&Label>)> = Vec::new();
        for label in &problem.labels {
            match groups.iter_mut().find(|(source, _)| *source == label.span.source) {
                Some((_, labels)) => labels.push(label),
                None => groups.push((label.span.source, vec![label])),
            }
        }
        let place = |group: &(crate::text::SourceId, Vec<&Label>)| {
            let source = sources.get(group.0);
            let named = source.map(|source| miette::NamedSource::new(&source.name, source.text.to_string()));
            let end = source.map_or(0, |source| source.text.len());
            let labels = group
                .1
                .iter()
                .map(|label| {
                    let (mut start, mut stop) = (label.span.start as usize, label.span.end as usize);
                    // miette prints no text for an empty span at the end of a file.
                    if start == stop && start >= end && end > 0 {
                        start =
                            source.and_then(|source| source.text.char_indices().next_back()).map_or(0, |(at, _)| at);
                        stop = end;
                    }
                    miette::LabeledSpan::new(Some(label.text.clone()), start, stop.saturating_sub(start))
                })
                .collect();
            (named, labels)
        };
        let (source, labels) = groups.first().map_or((None, Vec::new()), place);
        let related = groups
            .iter()
            .skip(1)
            .map(|group| {
                let (source, labels) = place(group);
                let message = group.1.first().map_or_else(String::new, |label| label.text.clone());
                let severity = Some(miette::Severity::Advice);
                Shown { message, code: None, severity, help: None, source, labels, related: Vec::new() }
            })
            .collect();
        let severity = Some(match problem.code.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Advice => miette::Severity::Advice,
        });
        Shown {
            message: problem.message.clone(),
            code: Some(problem.code.name),
            severity,
            help: problem.help.clone(),
            source,
            labels,
            related,
        }
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.code.map(|code| Box::new(code) as Box<dyn std::fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        self.severity
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|source| source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = _>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        (!self.related.is_empty()).then(|| {
            Box::new(self.related.iter().map(|shown| shown as &dyn miette::Diagnostic)) as Box<dyn Iterator<Item = _>>
        })
    }
}
