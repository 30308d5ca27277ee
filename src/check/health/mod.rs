//! Topic *health*: the health check, its timing, and what follows from a failure.

pub(crate) mod http_probe;

use k8s_openapi::api::core::v1::Probe;

use super::context::environment::values_of_variables;
use super::context::{ExpectedContext, ObservedContext, ServiceRole};
use super::facts::{Fact, Kind, Setting, StartProbe, Unclear, Value, Weight};
use crate::check::manifests::cursor::Cursor;
use crate::check::manifests::pod::fields::ProbeFields;
use crate::check::manifests::pod::shell_line::executed_command;
use crate::check::manifests::pod::variables::{expand_variables, variables_of_probes};
use crate::resolve::health::{Health, Healthcheck};
use crate::resolve::outside::redacted_words;
use crate::resolve::units::Duration;
use http_probe::{request_of, request_shown};

/// Returns the facts of the Compose file.
pub(crate) fn expected(context: ExpectedContext) -> Vec<Fact> {
    let check = match &context.service.health {
        Health::Image(_) => return Vec::new(),
        Health::Disabled(span) => return vec![Fact::optional(Kind::Probe, "", Setting::Nothing, *span)],
        Health::Asked(check) => check,
    };
    let Healthcheck { span, test, outside_words, interval, timeout, retries, start_period, start_interval } = check;
    let argv = test.value.argv();
    let shown = (!outside_words.is_empty()).then(|| Value::argv(redacted_words(&argv, &check.outside_argv())));
    let command = Value::argv(argv);
    let probe = Fact::required(Kind::Probe, "", command.clone(), test.span).with_hidden(shown.clone());
    let probe = match request_of(&test.value, context.service) {
        Some(request) => probe.or(request),
        None => probe,
    };
    // Docker's defaults may not be stated: interval 30 s, timeout 30 s, 3 retries.
    let number = |kind, value: i64, otherwise: i64| {
        let weight = if value == otherwise { Weight::Default } else { Weight::Required };
        Fact::required(kind, "", Value::Number(value), *span).with_weight(weight)
    };
    let mut facts = vec![
        number(Kind::ProbeInterval, seconds(*interval), 30),
        number(Kind::ProbeTimeout, seconds(*timeout), 30),
        number(Kind::ProbeRetries, i64::from(*retries), 3),
        probe,
    ];
    if start_period.0 > 0 {
        let start = |check| starting(check, seconds(*start_interval), seconds(*timeout));
        facts.push(Fact::defaulted(Kind::ProbeStart, "", start(command), *span).with_hidden(shown.map(start)));
    }
    // No service waits for the health of a run, but its check is the same.
    if context.role != ServiceRole::Service {
        facts = facts.into_iter().map(|fact| fact.with_weight(Weight::Optional)).collect();
    }
    facts
}

/// Returns whole seconds, at least one, because the kubelet has no fractions.
fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.seconds_up().max(1)).unwrap_or(i64::MAX)
}

fn starting(check: Value, period: i64, timeout: i64) -> Value {
    Value::StartProbe(Box::new(StartProbe { check, period, timeout }))
}

/// Returns the facts of the manifests.
pub(crate) fn observed(context: ObservedContext, asked: &ProbeFields) -> Vec<Fact> {
    let ProbeFields { readiness, startup, liveness } = *asked;
    let mut facts = Vec::new();
    if let Some(probe) = readiness {
        facts.extend(ready(probe, context, context.at.key("readinessProbe")));
    }
    if let Some(probe) = startup {
        let at = context.at.key("startupProbe");
        let Question { command, inserted, shown, unclear } = question(probe, context);
        let period = i64::from(probe.period_seconds.unwrap_or(10));
        let timeout = i64::from(probe.timeout_seconds.unwrap_or(1));
        let start = |check| starting(check, period, timeout);
        let mut fact = Fact::defaulted(Kind::ProbeStart, "", start(command), at.span()).with_hidden(shown.map(start));
        fact.unclear = unclear;
        facts.push(match inserted {
            Some(inserted) => fact.with_inserted_values(start(inserted)),
            None => fact,
        });
        // A startup timeout of a day counts as unlimited: Docker never ends a container because of its health.
        let patience = i64::from(probe.failure_threshold.unwrap_or(3))
            .saturating_mul(i64::from(probe.period_seconds.unwrap_or(10)));
        if patience < 24 * 60 * 60 {
            let value = Setting::UnhealthyAfterStart(patience);
            facts.push(Fact::required(Kind::Killed, "start", value, at.key("failureThreshold").span()));
        }
    }
    if liveness.is_some() {
        facts.push(Fact::required(Kind::Killed, "", Setting::WhenUnhealthy, context.at.key("livenessProbe").span()));
    }
    facts
}

struct Question {
    command: Value,
    /// The command after a shell has inserted variables, if it only does that.
    inserted: Option<Value>,
    /// The command in the manifest, if it has references to variables.
    shown: Option<Value>,
    unclear: Option<Box<Unclear>>,
}

fn question(probe: &Probe, context: ObservedContext) -> Question {
    let Probe {
        exec,
        grpc,
        http_get,
        tcp_socket,
        failure_threshold: _,
        initial_delay_seconds: _,
        period_seconds: _,
        success_threshold: _,
        termination_grace_period_seconds: _,
        timeout_seconds: _,
    } = probe;
    if let Some(exec) = exec {
        let known = variables_of_probes(context.container);
        let written: Vec<&String> = exec.command.iter().flatten().collect();
        let words: Vec<String> = written.iter().map(|word| expand_variables(word, &known)).collect();
        let is_expanded = words.iter().zip(&written).any(|(word, written)| word != *written);
        let shown = is_expanded.then(|| Value::argv(written));
        let has_variables = words.iter().any(|word| word.contains("\"$"));
        let values = has_variables.then(|| values_of_variables(context));
        let inserted = values.and_then(|values| executed_command(&words, &values)).map(Value::argv);
        return Question { command: Value::argv(words), inserted, shown, unclear: None };
    }
    let command = if let Some(get) = http_get {
        request_shown(get, context.container)
    } else if tcp_socket.is_some() {
        Setting::Connection.into()
    } else if grpc.is_some() {
        Setting::GrpcRequest.into()
    } else {
        Setting::Nothing.into()
    };
    Question { command, inserted: None, shown: None, unclear: Some(Box::new(Unclear::NoCommand)) }
}

fn ready(probe: &Probe, context: ObservedContext, at: Cursor<'_>) -> Vec<Fact> {
    let Question { command, inserted, shown, unclear } = question(probe, context);
    // Kubernetes' defaults: period 10 s, timeout 1 s, failureThreshold 3, successThreshold 1, no initial delay.
    // Exported objects state them.
    let number = |kind, value: Option<i32>, otherwise: i32, key: &str| {
        let value = value.unwrap_or(otherwise);
        let weight = if value == otherwise { Weight::Default } else { Weight::Required };
        Fact::required(kind, "", Value::number(value), at.key(key).span()).with_weight(weight)
    };
    let span = at.key("exec").key("command").span();
    let mut fact = Fact::required(Kind::Probe, "", command, span).with_hidden(shown);
    fact.unclear = unclear;
    let mut facts = vec![
        match inserted {
            Some(inserted) => fact.with_inserted_values(inserted),
            None => fact,
        },
        number(Kind::ProbeInterval, probe.period_seconds, 10, "periodSeconds"),
        number(Kind::ProbeTimeout, probe.timeout_seconds, 1, "timeoutSeconds"),
        number(Kind::ProbeRetries, probe.failure_threshold, 3, "failureThreshold"),
    ];
    if let Some(delay) = probe.initial_delay_seconds.filter(|delay| *delay > 0) {
        facts.push(Fact::defaulted(Kind::ProbeDelay, "", Value::number(delay), at.key("initialDelaySeconds").span()));
    }
    if let Some(answers) = probe.success_threshold.filter(|answers| *answers > 1) {
        facts.push(Fact::defaulted(
            Kind::ProbeSuccesses,
            "",
            Value::number(answers),
            at.key("successThreshold").span(),
        ));
    }
    facts
}
