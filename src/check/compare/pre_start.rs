//! Compares the `pre_start` commands of a service with the init containers that run them.

use super::{CompareOptions, compare};
use crate::check::acceptance::FindingReport;
use crate::check::facts::{Fact, Value};
use crate::check::process::pre_start::{POD_WIDE, PreStartCommand};

/// Compares the commands that correspond to each other. A command without a counterpart becomes a fact of the service.
pub(crate) fn compare_commands(
    (expected_commands, observed_commands): (Vec<PreStartCommand>, Vec<PreStartCommand>),
    (expected, observed): (&mut Vec<Fact>, &mut Vec<Fact>),
    service: &str,
    options: CompareOptions,
    findings: &mut FindingReport<'_>,
) {
    let pairs = pair_commands(&expected_commands, &observed_commands, options.strict);
    let mut rest: Vec<Option<PreStartCommand>> = observed_commands.into_iter().map(Some).collect();
    for (index, PreStartCommand { before, facts: mut own }) in expected_commands.into_iter().enumerate() {
        let counterpart = pairs.iter().find(|(one, _)| *one == index);
        let counterpart = counterpart.and_then(|(_, other)| rest.get_mut(*other)?.take());
        let Some(PreStartCommand { before: _, facts: mut theirs }) = counterpart else {
            expected.push(Fact { service: service.into(), ..before });
            continue;
        };
        // Of what the service expects of the whole pod, the command must find what the pod has by then.
        let is = Fact::is_about_the_same;
        let pod_wide = expected.iter().filter(|fact| POD_WIDE.contains(&fact.kind));
        let present = pod_wide.filter(|fact| observed.iter().any(|other| is(fact, other)));
        own.extend(present.map(|fact| fact.clone().or(Value::Any)));
        theirs.retain(|fact| !POD_WIDE.contains(&fact.kind) || own.iter().any(|other| is(fact, other)));
        let of_command = |facts: Vec<Fact>| facts.into_iter().map(|fact| fact.of_pre_start(service, index)).collect();
        compare(of_command(own), of_command(theirs), options, findings);
    }
    let surplus = rest.into_iter().flatten();
    observed.extend(surplus.map(|command| Fact { service: service.into(), ..command.before }));
}

/// Returns the indexes of corresponding commands: in generated manifests by position if there are as many on both sides, else
/// those with the same arguments, in the same order.
fn pair_commands(expected: &[PreStartCommand], observed: &[PreStartCommand], strict: bool) -> Vec<(usize, usize)> {
    if strict && expected.len() == observed.len() {
        return (0..expected.len()).map(|index| (index, index)).collect();
    }
    let mut pairs = Vec::new();
    let mut from = 0;
    for (index, command) in expected.iter().enumerate() {
        let mut rest = observed.iter().enumerate().skip(from);
        if let Some((at, _)) = rest.find(|(_, other)| other.before.value == command.before.value) {
            pairs.push((index, at));
            from = at + 1;
        }
    }
    pairs
}
