//! Topic *health*: healthcheck → readiness and startup probes. There is no liveness probe, because Docker does not
//! restart unhealthy containers.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#healthcheck>

use k8s_openapi::api::core::v1::{ExecAction, Probe};

use super::pod::builder::PodBuilder;
use super::process::environment::escape_dollars;
use super::process::references::command_with_values;
use crate::keys::Key;
use crate::resolve::Service;
use crate::resolve::health::{Health, Healthcheck};
use crate::resolve::units::Duration;

/// `failureThreshold` of startup probes: the maximum, because the kubelet restarts a container whose startup probe
/// fails and Docker does not.
const NEVER: i32 = i32::MAX;

/// Seconds that the up script waits for a service without a healthcheck to start.
const DEFAULT_START_TIMEOUT: u64 = 60;

/// Adds the probes of a healthcheck.
pub(super) fn add_probes(service: &Service, pod: &mut PodBuilder) {
    let Some(check) = healthcheck_of(&service.health) else { return };
    let Healthcheck { span: _, test, outside_words: _, interval, timeout, retries, start_period, start_interval } =
        check;
    let (argv, outside) = (test.value.argv(), check.outside_argv());
    let command = command_with_values(service, Key::HealthcheckTest, &argv, &outside, test.span, pod);
    // The kubelet expands `$(NAME)` in probes, with variables that have a `value`.
    let exec = Some(ExecAction { command: Some(command.iter().map(|word| escape_dollars(word)).collect()) });
    let timeout_seconds = Some(whole_seconds(*timeout));
    if start_period.0 > 0 {
        pod.container.startup_probe = Some(Probe {
            exec: exec.clone(),
            period_seconds: Some(whole_seconds(*start_interval)),
            timeout_seconds,
            failure_threshold: Some(NEVER),
            ..Probe::default()
        });
        pod.comment_container(
            "startupProbe",
            "start_period and start_interval. The kubelet restarts a container whose startup probe fails, Docker never \
             does: so it cannot fail, and Compose's patience is k8s-up.sh's to keep."
                .to_owned(),
        );
    }
    pod.container.readiness_probe = Some(Probe {
        exec,
        period_seconds: Some(whole_seconds(*interval)),
        timeout_seconds,
        failure_threshold: Some(i32::try_from(*retries).unwrap_or(NEVER).max(1)),
        ..Probe::default()
    });
}

/// Returns the seconds after which Compose calls a service unhealthy, or the time that it has to start.
pub(super) fn start_timeout(health: &Health) -> u64 {
    let Some(Healthcheck {
        span: _,
        test: _,
        outside_words: _,
        interval,
        timeout,
        retries,
        start_period,
        start_interval: _,
    }) = healthcheck_of(health)
    else {
        return DEFAULT_START_TIMEOUT;
    };
    let round = interval.0.saturating_add(timeout.0);
    Duration(start_period.0.saturating_add(round.saturating_mul(u64::from((*retries).max(1))))).seconds_up()
}

fn healthcheck_of(health: &Health) -> Option<&Healthcheck> {
    match health {
        Health::Asked(check) => Some(check),
        Health::Image(_) | Health::Disabled(_) => None,
    }
}

/// Rounds up to whole seconds, at least one: probes have no fractions.
fn whole_seconds(duration: Duration) -> i32 {
    i32::try_from(duration.seconds_up()).unwrap_or(i32::MAX).max(1)
}
