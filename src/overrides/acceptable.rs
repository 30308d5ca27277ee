//! Which findings a reason can settle.

/// The stage that finds differences; all other stages find mistakes.
const TRANSLATION: &str = "lower::";

/// Errors that say two things exclude each other, or that a choice is missing: no reason makes a kit of them.
const UNACCEPTABLE: &[&str] = &[
    "lower::namespace_reserved",
    "lower::name_collision",
    "lower::container_name_twice",
    "lower::fixed_address_without_ports",
    "lower::address_outside_network",
    "lower::address_twice",
    "lower::address_reserved",
    "lower::address_outside_services",
    "lower::subnets_overlap",
    "lower::no_service_subnet",
    "lower::dns_choice",
    "lower::too_many_name_servers",
    "lower::id_out_of_range",
    "lower::unbearable_host_name",
    "lower::port_published_twice",
    "lower::cleared_entrypoint",
    "lower::health_unknown",
    "lower::wait_never_ends",
    "lower::dependency_cycle",
    "lower::sysctl_of_node",
    "lower::unprivileged_propagation",
    "lower::relative_target",
    "lower::reservation_above_limit",
    "lower::target_twice",
    "lower::config_too_large",
    "lower::no_profile",
    "lower::data_over_mount",
    "lower::unused_acceptance",
];

/// Findings of the comparison about which two people may agree; the others say that manifests do not work, or could not be
/// read.
const FINDINGS: &[&str] = &[
    "check::missing",
    "check::surplus",
    "check::differs",
    "check::unknown",
    "check::no_workload",
    "check::surplus_workload",
];

/// Whether the overrides may accept findings of this code: those about translation that leave a kit that works, and
/// differences of the comparison.
pub(crate) fn may_be_accepted(code: &str) -> bool {
    code.starts_with(TRANSLATION) && !UNACCEPTABLE.contains(&code) || is_of_comparison(code)
}

/// Whether it is the comparison's to accept it.
pub(super) fn is_of_comparison(code: &str) -> bool {
    FINDINGS.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::{FINDINGS, UNACCEPTABLE};

    #[test]
    fn what_cannot_be_accepted_is_a_code() {
        let known: Vec<&str> = crate::codes().map(|code| code.name).collect();
        assert!(UNACCEPTABLE.iter().chain(FINDINGS).all(|code| known.contains(code)), "a code of the list is gone");
    }
}
