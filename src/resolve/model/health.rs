//! Topic *health*: healthcheck.

use crate::resolve::units::Duration;
use crate::text::{Span, Spanned};

/// How a service's health is asked.
#[derive(Debug, Clone)]
pub enum Health {
    /// No `healthcheck`, or one without `test`: the image's own HEALTHCHECK, which a Compose file does not show.
    Image(Option<Span>),
    /// `disable: true` or `test: ["NONE"]`.
    Disabled(Span),
    /// A test is given.
    Asked(Healthcheck),
}

/// A healthcheck with Compose's defaults filled in.
#[derive(Debug, Clone)]
pub struct Healthcheck {
    /// The place of `healthcheck:`.
    pub span: Span,
    /// What is run.
    pub test: Spanned<Test>,
    /// Between two questions; Docker's default is 30 s.
    pub interval: Duration,
    /// How long one may take; Docker's default is 30 s.
    pub timeout: Duration,
    /// How many in a row must fail; Docker's default is 3.
    pub retries: u32,
    /// How long failures do not count; Docker's default is 0 s.
    pub start_period: Duration,
    /// Between two questions while starting; Docker's default is 5 s.
    pub start_interval: Duration,
}

/// What a healthcheck runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// `["CMD", …]`: these words.
    Exec(Vec<String>),
    /// `["CMD-SHELL", …]` or a string: `/bin/sh -c` this text.
    Shell(String),
}
