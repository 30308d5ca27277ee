//! The options for problems: their form, which count, and colours.

use clap::{Args, ValueEnum};
use compose2k8s::Session;
use compose2k8s::report::did_you_mean;

/// How problems are shown.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct ReportArgs {
    /// How problems are shown
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// Colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
    /// Show every note in full, with its lines
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Say nothing but problems
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) strict: bool,
    /// Exit 1 from this severity on (default: error, which is what differences are)
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
    /// Let only these codes count, or all of a stage: `check::differs,lower`. What keeps a run from its work always does
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    pub(crate) select: Vec<String>,
    /// Let these codes not count, or all of a stage
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    pub(crate) ignore: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Short,
    Json,
    Sarif,
    Github,
}

impl Format {
    /// Whether people read it, and a summary may stand beside it.
    pub(crate) fn is_for_people(self) -> bool {
        match self {
            Format::Text | Format::Short => true,
            Format::Json | Format::Sarif | Format::Github => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Error,
    Warning,
    #[value(alias = "advice")]
    Note,
}

impl ReportArgs {
    /// Returns the session for these options.
    pub(crate) fn session(&self) -> Session {
        if self.strict { Session::strict() } else { Session::new() }
    }
}

/// A code or a stage, as `--select` and `--ignore` take it: a misspelt one would hide nothing, in silence.
fn code(text: &str) -> Result<String, String> {
    if compose2k8s::codes().any(|code| is_of(code.name, text)) {
        return Ok(text.to_owned());
    }
    let near = did_you_mean(text, compose2k8s::codes().map(|code| code.name));
    Err(near.unwrap_or_else(|| "`compose2k8s explain --list` names every code".to_owned()))
}

/// Whether a code is the one given, or of the stage given.
pub(crate) fn is_of(code: &str, given: &str) -> bool {
    code.strip_prefix(given).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
