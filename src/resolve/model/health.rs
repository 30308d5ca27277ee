//! Topic *health*: the model of `healthcheck`.

use super::outside::OutsideWords;
use crate::resolve::units::Duration;
use crate::text::{Span, Spanned};

/// Docker's defaults, which also apply to 0.
/// <https://docs.docker.com/reference/dockerfile/#healthcheck>
pub(crate) const INTERVAL: Duration = Duration(30_000_000_000);
pub(crate) const TIMEOUT: Duration = Duration(30_000_000_000);
pub(crate) const RETRIES: u32 = 3;
pub(crate) const START_INTERVAL: Duration = Duration(5_000_000_000);

/// The health check of a service.
#[derive(Debug, Clone)]
pub enum Health {
    /// No `healthcheck`, or one without `test`: the HEALTHCHECK of the image applies, which the Compose file does not
    /// contain.
    Image(Option<Span>),
    /// `disable: true` or `test: ["NONE"]`.
    Disabled(Span),
    /// A health check with a `test`.
    Asked(Healthcheck),
}

/// A health check with Docker's defaults filled in.
#[derive(Debug, Clone)]
pub struct Healthcheck {
    /// The location of `healthcheck:`.
    pub span: Span,
    /// The command of the check.
    pub test: Spanned<Test>,
    /// The words of the test that contain values from outside the Compose files; a string is one word.
    pub outside_words: OutsideWords,
    /// Time between two checks; Docker's default is 30 s.
    pub interval: Duration,
    /// Time limit of one check; Docker's default is 30 s.
    pub timeout: Duration,
    /// Consecutive failures after which the container is unhealthy; Docker's default is 3.
    pub retries: u32,
    /// Time after the start during which failures do not count; Docker's default is 0 s.
    pub start_period: Duration,
    /// Time between two checks during `start_period`; Docker's default is 5 s.
    pub start_interval: Duration,
}

/// The command of a health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// `["CMD", …]`: runs these arguments.
    Exec(Vec<String>),
    /// `["CMD-SHELL", …]` or a string: runs `/bin/sh -c` with this string.
    Shell(String),
}

impl Test {
    /// Returns the command with its arguments.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        match self {
            Test::Exec(words) => words.clone(),
            Test::Shell(line) => vec!["/bin/sh".to_owned(), "-c".to_owned(), line.clone()],
        }
    }
}

impl Healthcheck {
    /// Returns the words of [`Test::argv`] that contain values from outside the Compose files.
    #[must_use]
    pub fn outside_argv(&self) -> OutsideWords {
        let before = match self.test.value {
            Test::Exec(_) => 0,
            Test::Shell(_) => 2,
        };
        self.outside_words.iter().map(|(index, text)| (index + before, text.clone())).collect()
    }

    /// Returns a health check with a test and Docker's defaults.
    #[must_use]
    pub fn with_defaults(test: Spanned<Test>) -> Self {
        Self {
            span: test.span,
            test,
            outside_words: OutsideWords::new(),
            interval: INTERVAL,
            timeout: TIMEOUT,
            retries: RETRIES,
            start_period: Duration(0),
            start_interval: START_INTERVAL,
        }
    }
}
