//! Topic *process*: resource limits and reservations.

use crate::check::manifests::pod::quantity::base_units;
use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::check::facts::{Fact, Kind, Value, Weight};
use crate::check::manifests::cursor::Cursor;
use crate::overrides::Overrides;
use crate::resolve::process::Resources;

pub(crate) fn limits(resources: &Resources, overrides: &Overrides) -> Vec<Fact> {
    let Resources {
        cpu_limit,
        cpu_reservation: _,
        memory_limit,
        memory_reservation: _,
        // Read by `runtime_class`.
        pids_limit: _,
        storage_limit,
        // A pod cannot state it: the conversion rejects limits of swap, or the overrides accept their loss.
        swap_limit: _,
        swappiness: _,
        devices,
    } = resources;
    let (cpu_reservation, memory_reservation) = resources.reservations();
    let mut facts = Vec::new();
    for (resource, (number, at)) in overrides.devices_of(devices) {
        facts.push(Fact::required(Kind::Limit, resource, Value::number(number), at));
    }
    for (kind, cpu, memory) in
        [(Kind::Limit, cpu_limit, memory_limit), (Kind::Reservation, &cpu_reservation, &memory_reservation)]
    {
        if let Some(cpu) = cpu.as_ref().filter(|cpu| cpu.value > 0) {
            facts.push(Fact::required(kind, "cpu", Value::MilliCpu(cpu.value), cpu.span));
        }
        if let Some(memory) = memory.as_ref().filter(|memory| memory.value.0 > 0) {
            facts.push(Fact::required(kind, "memory", Value::Bytes(memory.value.0), memory.span));
        }
    }
    if let Some(size) = storage_limit.as_ref().filter(|size| size.value.0 > 0) {
        facts.push(Fact::required(Kind::Limit, "ephemeral-storage", Value::Bytes(size.value.0), size.span));
    }
    facts
}

pub(crate) fn amounts(resources: &ResourceRequirements, place: Cursor<'_>) -> Vec<Fact> {
    let ResourceRequirements { limits, requests, claims: _ } = resources;
    let mut facts = Vec::new();
    for (name, quantity) in limits.iter().flatten() {
        let value = amount(name, quantity);
        facts.push(Fact::required(Kind::Limit, name, value, place.keys(&["limits", name]).span()));
    }
    for (name, quantity) in requests.iter().flatten() {
        let value = amount(name, quantity);
        // Only the scheduler uses requests. A request of 0 means none, and Kubernetes fills in the limit as the
        // request.
        let limit = limits.as_ref().and_then(|limits| limits.get(name)).map(|limit| amount(name, limit));
        let weight = if is_zero(&value) || limit.as_ref() == Some(&value) { Weight::Optional } else { Weight::Default };
        facts.push(
            Fact::required(Kind::Reservation, name, value, place.keys(&["requests", name]).span()).with_weight(weight),
        );
    }
    facts
}

fn is_zero(value: &Value) -> bool {
    matches!(value, Value::Number(0) | Value::Bytes(0) | Value::MilliCpu(0))
}

/// Returns the amount of a resource; a quantity that is not understood stays text.
fn amount(name: &str, quantity: &Quantity) -> Value {
    match base_units(name, quantity) {
        Some(number) if name == "cpu" => Value::MilliCpu(number),
        Some(number) if matches!(name, "memory" | "ephemeral-storage") || name.starts_with("hugepages-") => {
            Value::Bytes(number)
        }
        Some(number) => Value::number(number),
        None => quantity.0.trim().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_one_form() {
        let amount = |name: &str, text: &str| super::amount(name, &Quantity(text.to_owned())).to_string();
        assert_eq!(amount("cpu", "0.5"), "0.5");
        assert_eq!(amount("cpu", "250m"), "0.25");
        assert_eq!(amount("memory", "64Mi"), "64Mi");
        assert_eq!(amount("memory", "67108864"), "64Mi");
        assert_eq!(amount("memory", "128M"), "128M");
        assert_eq!(amount("cpu", "2"), "2");
    }
}
