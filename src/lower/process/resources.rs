//! CPU and memory limits, reservations, and devices from plugins.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::lower::context::Context;
use crate::lower::findings::Findings;
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::defaults;
use crate::lower::problem::Problem;
use crate::resolve::Service;
use crate::resolve::process::Resources;
use crate::resolve::units::Bytes;
use crate::text::{Span, Spanned};

/// Sets the resources of the container.
pub(crate) fn set_resources(service: &Service, pod: &mut PodBuilder) {
    let context = pod.context;
    let resources = &service.process.resources;
    check_reservations(service, resources, pod.findings);
    pod.container.resources = resource_requirements(resources, context);
    let plugins = resources.devices.iter().filter_map(|request| context.overrides.plugin_of(request));
    if let Some(plugin) = plugins.into_iter().next() {
        pod.comment_container(
            "resources",
            format!("A device plugin gives {} by number. {}", plugin.resource.value, plugin.because),
        );
    }
}

/// Reports reservations above their limit.
fn check_reservations(service: &Service, resources: &Resources, findings: &mut Findings) {
    let Resources {
        cpu_limit,
        cpu_reservation,
        memory_limit,
        memory_reservation,
        pids_limit: _,
        storage_limit: _,
        swap_limit: _,
        swappiness: _,
        devices: _,
    } = resources;
    let mut compare = |what: &str, limit: Option<(u64, Span)>, reservation: Option<(u64, Span)>| {
        if let (Some((most, limit)), Some((least, at))) = (limit, reservation)
            && most > 0
            && least > most
        {
            findings.for_service(
                &service.name.value,
                Problem::ReservationAboveLimit {
                    service: service.name.value.to_string(),
                    what: what.to_owned(),
                    at,
                    limit,
                },
            );
        }
    };
    let cpu = |cpu: &Option<Spanned<u64>>| cpu.as_ref().map(|cpu| (cpu.value, cpu.span));
    let memory = |memory: &Option<Spanned<Bytes>>| memory.as_ref().map(|memory| (memory.value.0, memory.span));
    compare("processors", cpu(cpu_limit), cpu(cpu_reservation));
    compare("memory", memory(memory_limit), memory(memory_reservation));
}

fn resource_requirements(resources: &Resources, context: Context) -> Option<ResourceRequirements> {
    let Resources {
        cpu_limit,
        cpu_reservation: _,
        memory_limit,
        memory_reservation: _,
        pids_limit: _,
        storage_limit,
        swap_limit: _,
        swappiness: _,
        devices,
    } = resources;
    let side = |cpu: Option<u64>, memory: Option<Bytes>| {
        let mut amounts = BTreeMap::new();
        if let Some(cpu) = cpu.filter(|cpu| *cpu > 0) {
            amounts.insert("cpu".to_owned(), cpu_quantity(cpu));
        }
        if let Some(memory) = memory.filter(|memory| memory.0 > 0) {
            amounts.insert("memory".to_owned(), byte_quantity(memory));
        }
        (!amounts.is_empty()).then_some(amounts)
    };
    let (cpu_reservation, memory_reservation) = resources.reservations();
    let mut both = ResourceRequirements {
        limits: side(cpu_limit.as_ref().map(|cpu| cpu.value), memory_limit.as_ref().map(|memory| memory.value)),
        requests: side(cpu_reservation.map(|cpu| cpu.value), memory_reservation.map(|memory| memory.value)),
        claims: None,
    };
    if let Some(size) = storage_limit.as_ref().filter(|size| size.value.0 > 0) {
        let limits = both.limits.get_or_insert_with(BTreeMap::new);
        limits.insert("ephemeral-storage".to_owned(), byte_quantity(size.value));
    }
    defaults::set_zero_requests(&mut both);
    // Requests for devices equal the limit: Kubernetes does not overcommit them.
    for (resource, (number, _)) in context.overrides.devices_of(devices) {
        both.limits.get_or_insert_with(BTreeMap::new).insert(resource.to_owned(), Quantity(number.to_string()));
    }
    (both.limits.is_some() || both.requests.is_some()).then_some(both)
}

/// Converts thousandths of a CPU to a quantity.
fn cpu_quantity(thousandths: u64) -> Quantity {
    Quantity(if thousandths.is_multiple_of(1000) {
        (thousandths / 1000).to_string()
    } else {
        format!("{thousandths}m")
    })
}

/// Converts bytes to the shortest exact quantity.
pub(crate) fn byte_quantity(Bytes(bytes): Bytes) -> Quantity {
    for (unit, size) in [("Gi", 1u64 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)] {
        if bytes > 0 && bytes.is_multiple_of(size) {
            return Quantity(format!("{}{unit}", bytes / size));
        }
    }
    Quantity(bytes.to_string())
}

#[cfg(test)]
mod resources_tests {
    use super::*;

    #[test]
    fn quantities_are_exact_and_short() {
        assert_eq!(byte_quantity(Bytes(64 << 20)).0, "64Mi");
        assert_eq!(byte_quantity(Bytes(1500)).0, "1500");
        assert_eq!(cpu_quantity(500).0, "500m");
        assert_eq!(cpu_quantity(2000).0, "2");
    }
}
