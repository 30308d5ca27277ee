//! Part of topic *process*: limits and reservations.

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::facts::{Fact, Force, Kind};
use super::place::At;
use crate::resolve::process::Resources;

pub(super) fn limits(resources: &Resources) -> Vec<Fact> {
    let Resources { cpu_limit, cpu_reservation, memory_limit, memory_reservation, pids_limit } = resources;
    let mut facts = Vec::new();
    for (kind, cpu, memory) in
        [(Kind::Limit, cpu_limit, memory_limit), (Kind::Reservation, cpu_reservation, memory_reservation)]
    {
        if let Some(cpu) = cpu.as_ref().filter(|cpu| cpu.value > 0) {
            facts.push(Fact::must(kind, "cpu", cpu.value.to_string(), cpu.span));
        }
        if let Some(memory) = memory.as_ref().filter(|memory| memory.value.0 > 0) {
            facts.push(Fact::must(kind, "memory", memory.value.0.to_string(), memory.span));
        }
    }
    // A pod cannot say it; the node can.
    facts
        .extend(pids_limit.as_ref().map(|pids| Fact::may(Kind::Limit, "processes", pids.value.to_string(), pids.span)));
    facts
}

pub(super) fn amounts(resources: &ResourceRequirements, place: At<'_>) -> Vec<Fact> {
    let ResourceRequirements { limits, requests, claims: _ } = resources;
    let mut facts = Vec::new();
    for (name, quantity) in limits.iter().flatten() {
        let value = amount(name, quantity);
        facts.push(Fact::must(Kind::Limit, name, value, place.keys(&["limits", name]).span()));
    }
    for (name, quantity) in requests.iter().flatten() {
        let value = amount(name, quantity);
        // What is set aside is the scheduler's; nothing at all means the same as silence, and so does the limit itself,
        // which Kubernetes fills in.
        let limit = limits.as_ref().and_then(|limits| limits.get(name)).map(|limit| amount(name, limit));
        let force = if value == "0" || limit.as_ref() == Some(&value) { Force::May } else { Force::Default };
        facts.push(Fact::must(Kind::Reservation, name, value, place.keys(&["requests", name]).span()).with(force));
    }
    facts
}

/// A quantity as thousandths of a processor or as bytes. <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
pub(super) fn amount(name: &str, quantity: &Quantity) -> String {
    let text = quantity.0.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: Option<f64> = match unit {
        "" => Some(1.0),
        "m" => Some(1e-3),
        "k" => Some(1e3),
        "M" => Some(1e6),
        "G" => Some(1e9),
        "T" => Some(1e12),
        "Ki" => Some(1024.0),
        "Mi" => Some(1_048_576.0),
        "Gi" => Some(1_073_741_824.0),
        "Ti" => Some(1_099_511_627_776.0),
        _ => None,
    };
    match (number.parse::<f64>(), factor) {
        (Ok(number), Some(factor)) => {
            let scale = if name == "cpu" { 1e3 } else { 1.0 };
            format!("{:.0}", number * factor * scale)
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_become_plain_numbers() {
        let amount = |name: &str, text: &str| super::amount(name, &Quantity(text.to_owned()));
        assert_eq!(amount("cpu", "0.5"), "500");
        assert_eq!(amount("cpu", "250m"), "250");
        assert_eq!(amount("memory", "64Mi"), "67108864");
    }
}
