//! Privileges and namespaces of containers.

use k8s_openapi::api::core::v1::Capabilities;

use super::seccomp;
use super::security_options::set_security_option;
use crate::keys::Key;
use crate::lower::context::{Context, PodRole};
use crate::lower::networks::ports::{known_ports, protocol_name};
use crate::lower::pod::builder::PodBuilder;
use crate::lower::pod::builder::security_context;
use crate::lower::pod_problem::Problem as PodProblem;
use crate::lower::problem::Problem;
use crate::maps::push_unique;
use crate::report::{self, Severity};
use crate::resolve::Service;
use crate::resolve::networks::Attachment;
use crate::resolve::seccomp::{Profile, name_and_value};
use crate::text::Spanned;

/// The keys that grant or restrict privileges.
pub(crate) struct Privileges<'a> {
    pub(crate) privileged: &'a Option<Spanned<bool>>,
    pub(crate) read_only: &'a Option<Spanned<bool>>,
    pub(crate) cap_add: &'a [Spanned<String>],
    pub(crate) cap_drop: &'a [Spanned<String>],
    pub(crate) security_opt: &'a [Spanned<String>],
    pub(crate) seccomp: &'a Option<Spanned<Profile>>,
}

/// Sets `privileged`, `read_only`, capabilities and `security_opt`.
pub(crate) fn set_privileges(service: &Service, privileges: &Privileges, pod: &mut PodBuilder) {
    let Privileges { privileged, read_only, cap_add, cap_drop, security_opt, seccomp: profile } = privileges;
    let is_set = |flag: &Option<Spanned<bool>>| flag.as_ref().is_some_and(|flag| flag.value);
    if is_set(privileged) {
        security_context(&mut pod.container).privileged = Some(true);
    }
    if is_set(read_only) {
        security_context(&mut pod.container).read_only_root_filesystem = Some(true);
        let user = pod.container.security_context.as_ref().and_then(|security| security.run_as_user);
        if let Some(read_only) = read_only.as_ref().filter(|_| user.unwrap_or(0) == 0)
            && pod.context.role == PodRole::Service
        {
            let (name, at) = (&service.name.value, read_only.span);
            let problem = Problem::HostsFileWritable { service: name.to_string(), at };
            pod.findings.for_key(name, Key::ReadOnly, problem);
        }
    }
    // Capabilities in Kubernetes have no `CAP_` prefix.
    let names = |written: &[Spanned<String>]| {
        let mut names: Vec<String> = Vec::new();
        for capability in written {
            let upper = capability.value.to_ascii_uppercase();
            push_unique(&mut names, upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned());
        }
        (!names.is_empty()).then_some(names)
    };
    let (add, drop) = (names(cap_add), names(cap_drop));
    if add.is_some() || drop.is_some() {
        security_context(&mut pod.container).capabilities = Some(Capabilities { add, drop });
    }
    // Docker applies the last of several seccomp profiles.
    let filters = |option: &Spanned<String>| name_and_value(&option.value).0 == "seccomp";
    let last = security_opt.iter().rposition(filters);
    for (index, option) in security_opt.iter().enumerate() {
        let covered = filters(option) && Some(index) != last;
        // A profile in a file is handled separately.
        if !covered && profile.as_ref().is_none_or(|profile| profile.span != option.span) {
            set_security_option(service, option, &mut pod.container, pod.findings);
        }
    }
    if let Some(profile) = profile {
        seccomp::use_profile_file(service, profile, pod);
    }
}

/// Sets `pid`, `ipc` and `userns_mode`.
pub(crate) fn share_namespaces(
    service: &Service,
    pid: Option<&Spanned<String>>,
    ipc: Option<&Spanned<String>>,
    userns_mode: Option<&Spanned<String>>,
    pod: &mut PodBuilder,
) {
    let context = pod.context;
    for (key, mode) in [(Key::Pid, pid), (Key::Ipc, ipc)] {
        let Some(mode) = mode else { continue };
        match (key, mode.value.as_str()) {
            (_, "host") => {
                if key == Key::Pid {
                    pod.spec.host_pid = Some(true);
                } else {
                    pod.spec.host_ipc = Some(true);
                }
                pod.report_host_is_node(service, key, mode.span);
            }
            (_, "" | "private" | "shareable") => {}
            (Key::Ipc, "none") => {
                let problem = Problem::NoEquivalent {
                    key: "ipc: none".to_owned(),
                    owner: format!("`{}`", service.name.value),
                    advice: "remove the key: the container has a private IPC namespace, and `/dev/shm` in it"
                        .to_owned(),
                    at: vec![mode.span],
                };
                let severity = Severity::Warning;
                let problem = report::Diagnostic { severity, ..problem.into() };
                pod.findings.for_verdict(Some(&service.name.value), key, problem);
            }
            (_, other) => {
                let partner = context.project.service_of_mode(other).filter(|partner| {
                    context.role == PodRole::Service
                        && context.start_order.pod_owner(&partner.name.value)
                            == context.start_order.pod_owner(&service.name.value)
                });
                if let Some(partner) = partner {
                    if key == Key::Pid {
                        pod.spec.share_process_namespace = Some(true);
                    }
                    if let Attachment::Networks(_) = service.networks.attachment {
                        report_one_pod(service, partner, key, mode, pod);
                    }
                } else {
                    pod.findings.for_key(
                        &service.name.value,
                        key,
                        PodProblem::NamespaceNotShared {
                            key: key.name().to_owned(),
                            service: service.name.value.to_string(),
                            mode: mode.value.clone(),
                            at: mode.span,
                        },
                    );
                }
            }
        }
    }
    // `host` is the default of pods.
    if let Some(mode) = userns_mode.filter(|mode| !matches!(mode.value.as_str(), "" | "host")) {
        match namespace_shared_with_node(context, service) {
            Some(what) => pod.findings.for_key(
                &service.name.value,
                Key::UsernsMode,
                Problem::UserNamespaceOfNode {
                    service: service.name.value.to_string(),
                    mode: mode.value.clone(),
                    what: what.to_owned(),
                    at: mode.span,
                },
            ),
            None => pod.spec.host_users = Some(false),
        }
    }
}

/// Reports that a service is in another one's pod because of `ipc` or `pid`, and ports on which both listen.
fn report_one_pod(service: &Service, partner: &Service, key: Key, mode: &Spanned<String>, pod: &mut PodBuilder) {
    let name = &service.name.value;
    let (key_name, mode_name) = (key.name().to_owned(), mode.value.clone());
    let problem = PodProblem::OnePod { key: key_name, service: name.to_string(), mode: mode_name, at: mode.span };
    pod.findings.for_key(name, key, problem);
    let theirs = known_ports(partner, pod.context);
    for port in known_ports(service, pod.context) {
        if theirs.iter().any(|other| (other.port, other.protocol) == (port.port, port.protocol)) {
            let port = format!("{} port {}", protocol_name(port.protocol), port.port);
            let (service, other) = (name.to_string(), partner.name.value.to_string());
            pod.findings.for_key(name, key, PodProblem::PortInOnePod { service, other, port, at: mode.span });
        }
    }
}

/// Returns a namespace that a container of the pod shares with the node. The API server rejects it together with a user
/// namespace of the pod.
fn namespace_shared_with_node(context: Context, service: &Service) -> Option<&'static str> {
    let members = context.pod_members(context.start_order.pod_owner(&service.name.value));
    let host = |mode: &Option<Spanned<String>>| mode.as_ref().is_some_and(|mode| mode.value == "host");
    if members.iter().any(|member| matches!(member.networks.attachment, Attachment::Host(_))) {
        Some("the node's network")
    } else if members.iter().any(|member| host(&member.process.pid)) {
        Some("the node's processes")
    } else if members.iter().any(|member| host(&member.process.ipc)) {
        Some("the node's IPC namespace")
    } else {
        None
    }
}

/// Resolves conflicts between namespace settings of the pod's services. The API server rejects `hostPID` together with
/// `shareProcessNamespace`; with `hostPID`, the node's init process reaps zombies.
///
/// Namespaces and additional groups belong to the pod: if one service sets them, the others are reported as affected.
pub(crate) fn reconcile_namespaces(members: &[&Service], pod: &mut PodBuilder) {
    let is = |mode: &Option<Spanned<String>>, word: &str| mode.as_ref().is_some_and(|mode| mode.value == word);
    for member in members.iter().filter(|_| members.len() > 1) {
        let process = &member.process;
        let asks = process.init.as_ref().is_some_and(|init| init.value)
            || process.pid.as_ref().is_some_and(|mode| mode.value.contains(':'));
        let got = [
            (pod.spec.host_pid == Some(true) && !is(&process.pid, "host") && !asks, "the node's processes"),
            (pod.spec.host_ipc == Some(true) && !is(&process.ipc, "host"), "the node's IPC namespace"),
            (pod.spec.share_process_namespace == Some(true) && !asks, "the processes of the pod's other containers"),
        ];
        for (_, what) in got.iter().filter(|(gets, _)| *gets) {
            pod.findings.for_service(
                &member.name.value,
                PodProblem::NamespaceOfPod {
                    service: member.name.value.to_string(),
                    what: (*what).to_owned(),
                    at: member.name.span,
                },
            );
        }
    }
    report_groups_of_pod(members, pod);
    if pod.spec.host_pid == Some(true) && pod.spec.share_process_namespace.take().is_some() {
        pod.comments.retain(|comment| comment.at != ["spec", "shareProcessNamespace"]);
    }
}

/// Reports services that get the additional groups of other services in their pod.
fn report_groups_of_pod(members: &[&Service], pod: &mut PodBuilder) {
    let all = pod.spec.security_context.as_ref().and_then(|security| security.supplemental_groups.clone());
    for member in members.iter().filter(|_| members.len() > 1) {
        let own = |group: &i64| member.process.group_add.iter().any(|added| added.value == group.to_string());
        let others: Vec<String> =
            all.iter().flatten().filter(|group| !own(group)).map(|group| format!("`{group}`")).collect();
        if !others.is_empty() {
            let service = member.name.value.to_string();
            let problem = PodProblem::GroupsOfPod { service, groups: others.join(", "), at: member.name.span };
            pod.findings.for_service(&member.name.value, problem);
        }
    }
}
