//! Topic *health*: reads `healthcheck`.

use super::fields::{Fields, words_of};
use crate::keys::Key;
use crate::parse::OutsideValue;
use crate::report::Report;
use crate::resolve::model::health::{Health, Healthcheck, INTERVAL, RETRIES, START_INTERVAL, TIMEOUT, Test};
use crate::resolve::model::outside::{OutsideText, OutsideWords, outside_words};
use crate::resolve::units::Duration;

/// Takes the keys of the topic.
pub(crate) fn take_health(fields: &mut Fields<'_>, report: &mut Report) -> Health {
    let at = fields.entry(Key::Healthcheck).map(|entry| entry.key);
    let (Some(mut check), Some(at)) = (fields.take_mapping(Key::Healthcheck), at) else { return Health::Image(at) };
    let disabled = check.take_flag(Key::HealthcheckDisable).is_some_and(|disable| disable.value);
    let words = check.take(Key::HealthcheckTest).and_then(words_of);
    let outside = outside_words(check.take(Key::HealthcheckTest));
    let retries = check.take_whole(Key::HealthcheckRetries).and_then(|retries| u32::try_from(retries.value).ok());
    let mut lasting = |key, default: Duration| {
        check.take_duration(key).map(|duration| duration.value).filter(|duration| duration.0 > 0).unwrap_or(default)
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
    let mut outside_words = OutsideWords::new();
    let test = words.map(|mut words| {
        let first = words.remove(0);
        let of_words = |index: &usize| outside.get(&(index + 1)).cloned();
        if first == "CMD-SHELL" {
            outside_words.extend(joined(&words, &outside).map(|text| (0, text)));
            Test::Shell(words.join(" "))
        } else {
            outside_words.extend((0..words.len()).filter_map(|index| Some((index, of_words(&index)?))));
            Test::Exec(words)
        }
    });
    Health::Asked(Healthcheck {
        span: at,
        test,
        outside_words,
        interval,
        timeout,
        retries: retries.filter(|retries| *retries > 0).unwrap_or(RETRIES),
        start_period,
        start_interval,
    })
}

/// Returns the values from outside in the words of a string test, joined with blanks. `outside` also counts the word before them.
fn joined(words: &[String], outside: &OutsideWords) -> Option<OutsideText> {
    let (mut all, mut start): (Option<OutsideText>, usize) = (None, 0);
    for (index, word) in words.iter().enumerate() {
        if let Some(OutsideText { template, variables, values }) = outside.get(&(index + 1)) {
            let (template, variables) = (template.clone(), variables.clone());
            let all = all.get_or_insert_with(|| OutsideText { template, variables, values: Vec::new() });
            all.values.extend(values.iter().map(|OutsideValue { range, variable }| OutsideValue {
                range: range.start + start..range.end + start,
                variable: variable.clone(),
            }));
        }
        start += word.len() + 1;
    }
    all
}
