//! Topic *health*: healthcheck.

use super::fields::Fields;
use super::units::Duration;
use crate::keys::Key;
use crate::report::Report;
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

/// Docker's defaults, which a zero asks for too.
/// <https://docs.docker.com/reference/dockerfile/#healthcheck>
const INTERVAL: Duration = Duration(30_000_000_000);
const TIMEOUT: Duration = Duration(30_000_000_000);
const RETRIES: u32 = 3;
const START_INTERVAL: Duration = Duration(5_000_000_000);

impl Health {
    /// Takes the topic's keys.
    pub(super) fn read(fields: &mut Fields<'_>, report: &mut Report) -> Self {
        let at = fields.entry(Key::Healthcheck).map(|entry| entry.key);
        let (Some(mut check), Some(at)) = (fields.below(Key::Healthcheck), at) else { return Health::Image(at) };
        let disabled = check.flag(Key::HealthcheckDisable).is_some_and(|disable| disable.value);
        let words = check.take(Key::HealthcheckTest).and_then(super::fields::words);
        let retries = check.whole(Key::HealthcheckRetries).and_then(|retries| u32::try_from(retries.value).ok());
        let mut lasting = |key, default: Duration| {
            check.duration(key).map(|duration| duration.value).filter(|duration| duration.0 > 0).unwrap_or(default)
        };
        let interval = lasting(Key::HealthcheckInterval, INTERVAL);
        let timeout = lasting(Key::HealthcheckTimeout, TIMEOUT);
        let start_period = lasting(Key::HealthcheckStartPeriod, Duration(0));
        let start_interval = lasting(Key::HealthcheckStartInterval, START_INTERVAL);
        check.finish(report);
        let words = words.filter(|words| !words.value.is_empty());
        let none = words.as_ref().is_some_and(|words| words.value.first().is_some_and(|first| first == "NONE"));
        if disabled || none {
            return Health::Disabled(at);
        }
        let Some(words) = words else { return Health::Image(Some(at)) };
        let test = words.map(|mut words| {
            let first = words.remove(0);
            if first == "CMD-SHELL" { Test::Shell(words.join(" ")) } else { Test::Exec(words) }
        });
        Health::Asked(Healthcheck {
            span: at,
            test,
            interval,
            timeout,
            retries: retries.filter(|retries| *retries > 0).unwrap_or(RETRIES),
            start_period,
            start_interval,
        })
    }
}
