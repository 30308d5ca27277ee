//! Losses that the overrides accept: nobody is told again of what was agreed to.

use super::facts::Kind;
use super::scene::Said;

/// Whether the overrides accept that a Compose key of the service is lost.
pub(super) fn accepted(said: Said, kind: Kind) -> bool {
    let keys = match kind {
        Kind::User => &["user"][..],
        Kind::Group => &["group_add"],
        Kind::Security => &["security_opt"],
        Kind::Device => &["devices", "gpus"],
        Kind::HostName => &["hostname", "domainname"],
        Kind::Host => &["extra_hosts"],
        Kind::Hook => &["post_start", "pre_stop"],
        Kind::Published => &["ports"],
        Kind::Shares => &["pid", "ipc", "userns_mode", "init"],
        Kind::Sysctl => &["sysctls"],
        Kind::Platform => &["platform"],
        Kind::Runtime => &["runtime"],
        Kind::StopSignal => &["stop_signal"],
        Kind::Label => &["labels", "annotations"],
        Kind::Mount => &["volumes", "tmpfs", "configs", "secrets", "shm_size"],
        Kind::SharesNetwork => &["network_mode"],
        Kind::NameServers => &["dns"],
        Kind::Limit => &["pids_limit", "mem_limit", "cpus", "cpu_quota"],
        Kind::Image
        | Kind::ImageTemplate
        | Kind::Pull
        | Kind::Argv
        | Kind::Variable
        | Kind::WorkingDirectory
        | Kind::Terminal
        | Kind::Stdin
        | Kind::Privileged
        | Kind::ReadOnlyRoot
        | Kind::Capability
        | Kind::Reservation
        | Kind::StopGrace
        | Kind::ServiceVariables
        | Kind::Credentials
        | Kind::Beside
        | Kind::Before
        | Kind::HelperImage
        | Kind::Name
        | Kind::NameUnready
        | Kind::NameOpen
        | Kind::Dialled
        | Kind::Address
        | Kind::Port
        | Kind::SearchDomains
        | Kind::ResolverOption
        | Kind::Isolated
        | Kind::OutOfReach
        | Kind::Zone
        | Kind::ServiceRange
        | Kind::PodRange
        | Kind::ProxyMode
        | Kind::NodeImage
        | Kind::MountMode
        | Kind::HostType
        | Kind::VolumeOwner
        | Kind::VolumeEmptied
        | Kind::NodeMount
        | Kind::WaitsFor
        | Kind::StartsAfter
        | Kind::Replicas
        | Kind::Started
        | Kind::Restart
        | Kind::Probe
        | Kind::ProbeInterval
        | Kind::ProbeTimeout
        | Kind::ProbeRetries
        | Kind::ProbeStart
        | Kind::ProbeDelay
        | Kind::ProbeSuccesses
        | Kind::Killed => &[],
    };
    accepts(said, keys)
}

/// Whether the overrides accept that one of these keys of the service is lost.
pub(super) fn accepts(said: Said, keys: &[&str]) -> bool {
    said.overrides.accept.iter().any(|acceptance| {
        let service = acceptance.service.as_ref().is_none_or(|service| service.value == said.service.name.value);
        service && acceptance.key.as_ref().is_some_and(|key| keys.contains(&key.value.as_str()))
    })
}
