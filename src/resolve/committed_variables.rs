//! The variables from outside the Compose files whose values the manifests contain, because Kubernetes cannot read them from a
//! Secret at their place.

use super::model::health::Health;
use super::model::outside::{OutsideText, OutsideWords, can_insert_values};
use super::model::process::{Hook, needs_script};
use super::model::project::Service;

/// Returns the names of the variables in the commands of a service whose values stay in the manifests.
pub(super) fn committed_variables(service: &Service) -> Vec<String> {
    let process = &service.process;
    let mut all = Vec::new();
    let mut add = |texts: &mut dyn Iterator<Item = &OutsideText>| {
        all.extend(texts.flat_map(|text| &text.values).map(|value| value.variable.clone()));
    };
    // The position of the value in a word is not known.
    let arguments = process.outside_words.iter().chain(process.pre_start.iter().map(|hook| &hook.outside_words));
    add(&mut arguments.flat_map(OutsideWords::values).filter(|text| !text.has_known_parts()));
    if let Health::Asked(check) = &service.health {
        let outside = check.outside_argv();
        if !can_insert_values(&check.test.value.argv(), &outside, false) {
            add(&mut outside.values());
        }
    }
    for hooks in [&process.post_start, &process.pre_stop] {
        let has_script = needs_script(hooks);
        for Hook { command, outside_words, .. } in hooks {
            if !can_insert_values(&command.value, outside_words, has_script) {
                add(&mut outside_words.values());
            }
        }
    }
    all
}
