//! Part of topic *process*: rights, namespaces, sysctls.

use k8s_openapi::api::core::v1::{
    AppArmorProfile, Capabilities, Container, PodSecurityContext, SELinuxOptions, SeccompProfile, SecurityContext,
    Sysctl,
};

use super::analysis::dependencies::of_container;
use super::findings::Findings;
use super::pod::builder::Draft;
use super::problem::Problem;
use super::scene::{Gathered, Scene};
use super::seccomp;
use super::unique::push_unique;
use crate::keys::Key;
use crate::resolve::Service;
use crate::resolve::networks::Attachment;
use crate::resolve::seccomp::{Profile, name_and_value};
use crate::text::Spanned;

pub(super) fn context(container: &mut Container) -> &mut SecurityContext {
    container.security_context.get_or_insert_with(SecurityContext::default)
}

pub(super) fn pod_context(draft: &mut Draft) -> &mut PodSecurityContext {
    draft.spec.security_context.get_or_insert_with(PodSecurityContext::default)
}

/// What a container may do.
pub(super) struct Rights<'a> {
    pub(super) privileged: &'a Option<Spanned<bool>>,
    pub(super) read_only: &'a Option<Spanned<bool>>,
    pub(super) cap_add: &'a [Spanned<String>],
    pub(super) cap_drop: &'a [Spanned<String>],
    pub(super) security_opt: &'a [Spanned<String>],
    pub(super) seccomp: &'a Option<Spanned<Profile>>,
}

/// `privileged`, `read_only`, capabilities, `security_opt`.
pub(super) fn rights(
    service: &Service,
    rights: &Rights,
    scene: Scene,
    container: &mut Container,
    gathered: &mut Gathered,
    findings: &mut Findings,
) {
    let Rights { privileged, read_only, cap_add, cap_drop, security_opt, seccomp: profile } = rights;
    let is_set = |flag: &Option<Spanned<bool>>| flag.as_ref().is_some_and(|flag| flag.value);
    if is_set(privileged) {
        context(container).privileged = Some(true);
    }
    if is_set(read_only) {
        context(container).read_only_root_filesystem = Some(true);
    }
    // Kubernetes names capabilities without the prefix.
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
        context(container).capabilities = Some(Capabilities { add, drop });
    }
    // Of several filters Docker takes the last one.
    let filters = |option: &Spanned<String>| name_and_value(&option.value).0 == "seccomp";
    let last = security_opt.iter().rposition(filters);
    for (index, option) in security_opt.iter().enumerate() {
        let covered = filters(option) && Some(index) != last;
        // The file of a profile has its own way into the node.
        if !covered && profile.as_ref().is_none_or(|profile| profile.span != option.span) {
            security_option(service, option, container, findings);
        }
    }
    if let Some(profile) = profile {
        seccomp::localhost(service, profile, scene, container, gathered, findings);
    }
}

/// One `security_opt`: `name`, `name:value` or `name=value`.
fn security_option(service: &Service, option: &Spanned<String>, container: &mut Container, findings: &mut Findings) {
    match name_and_value(&option.value) {
        ("seccomp", "unconfined") => {
            context(container).seccomp_profile =
                Some(SeccompProfile { type_: "Unconfined".to_owned(), ..SeccompProfile::default() });
        }
        ("apparmor", "unconfined") => {
            context(container).app_armor_profile =
                Some(AppArmorProfile { type_: "Unconfined".to_owned(), ..AppArmorProfile::default() });
        }
        ("apparmor", "docker-default" | "runtime/default") => {
            context(container).app_armor_profile =
                Some(AppArmorProfile { type_: "RuntimeDefault".to_owned(), ..AppArmorProfile::default() });
        }
        ("apparmor", profile) => {
            context(container).app_armor_profile =
                Some(AppArmorProfile { type_: "Localhost".to_owned(), localhost_profile: Some(profile.to_owned()) });
        }
        ("no-new-privileges", "" | "true") => {
            // The API server refuses it together with rights that include raising one's own.
            let context = context(container);
            let raised =
                context.privileged == Some(true)
                    || context.capabilities.as_ref().and_then(|capabilities| capabilities.add.as_ref()).is_some_and(
                        |add| add.iter().any(|capability| capability == "SYS_ADMIN" || capability == "ALL"),
                    );
            if raised {
                refuse_option(service, option, findings);
            } else {
                context.allow_privilege_escalation = Some(false);
            }
        }
        // The node labels nothing, so there is nothing to switch off, and the runtime's own filter is what every pod has.
        ("no-new-privileges", "false") | ("label", "disable") | ("seccomp", "builtin") => {}
        ("label", label) => {
            let options = context(container).se_linux_options.get_or_insert_with(SELinuxOptions::default);
            match label.split_once(':') {
                Some(("user", value)) => options.user = Some(value.to_owned()),
                Some(("role", value)) => options.role = Some(value.to_owned()),
                Some(("type", value)) => options.type_ = Some(value.to_owned()),
                Some(("level", value)) => options.level = Some(value.to_owned()),
                Some(_) | None => refuse_option(service, option, findings),
            }
        }
        (_, _) => refuse_option(service, option, findings),
    }
}

pub(super) fn refuse_option(service: &Service, option: &Spanned<String>, findings: &mut Findings) {
    findings.of_key(
        &service.name.value,
        Key::SecurityOpt,
        Problem::SecurityOption {
            service: service.name.value.to_string(),
            option: option.value.clone(),
            at: option.span,
        },
    );
}

/// `pid`, `ipc`, `userns_mode`.
pub(super) fn namespaces(
    service: &Service,
    pid: Option<&Spanned<String>>,
    ipc: Option<&Spanned<String>>,
    userns_mode: Option<&Spanned<String>>,
    scene: Scene,
    draft: &mut Draft,
    findings: &mut Findings,
) {
    for (key, mode) in [(Key::Pid, pid), (Key::Ipc, ipc)] {
        let Some(mode) = mode else { continue };
        match (key, mode.value.as_str()) {
            (Key::Pid, "host") => draft.spec.host_pid = Some(true),
            (_, "host") => draft.spec.host_ipc = Some(true),
            (_, "" | "private" | "shareable") => {}
            (Key::Ipc, "none") => findings.of_key(
                &service.name.value,
                key,
                Problem::NoEquivalent {
                    key: "ipc: none".to_owned(),
                    owner: format!("`{}`", service.name.value),
                    advice: "remove the key: a container always has a private IPC namespace, `/dev/shm` with it"
                        .to_owned(),
                    at: vec![mode.span],
                },
            ),
            (_, other) => {
                let partner = match other.split_once(':') {
                    Some(("service", name)) => scene.project.services.get(name),
                    Some(("container", name)) => of_container(scene.project, name),
                    Some(_) | None => None,
                };
                let one_pod = partner.is_some_and(|partner| {
                    scene.sequence.home(&partner.name.value) == scene.sequence.home(&service.name.value)
                });
                if one_pod && key == Key::Pid {
                    draft.spec.share_process_namespace = Some(true);
                } else if !one_pod {
                    findings.of_key(
                        &service.name.value,
                        key,
                        Problem::NamespaceNotShared {
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
    // `host` is what pods have.
    if let Some(mode) = userns_mode.filter(|mode| !matches!(mode.value.as_str(), "" | "host")) {
        match of_the_node(scene, service) {
            Some(what) => findings.of_key(
                &service.name.value,
                Key::UsernsMode,
                Problem::UserNamespaceOfNode {
                    service: service.name.value.to_string(),
                    mode: mode.value.clone(),
                    what: what.to_owned(),
                    at: mode.span,
                },
            ),
            None => draft.spec.host_users = Some(false),
        }
    }
}

/// A namespace that some container of the pod shares with the node, in which a user namespace of the pod's own would
/// have no rights: the API server refuses both together.
fn of_the_node(scene: Scene, service: &Service) -> Option<&'static str> {
    let crew = scene.crew(scene.sequence.home(&service.name.value));
    let host = |mode: &Option<Spanned<String>>| mode.as_ref().is_some_and(|mode| mode.value == "host");
    if crew.iter().any(|member| matches!(member.networks.attachment, Attachment::Host(_))) {
        Some("the node's network")
    } else if crew.iter().any(|member| host(&member.process.pid)) {
        Some("the node's processes")
    } else if crew.iter().any(|member| host(&member.process.ipc)) {
        Some("the node's IPC namespace")
    } else {
        None
    }
}

/// What only the whole pod shows: one that sees the node's processes shares them already, and the API server refuses to
/// be told both. The node's own first process then buries the dead.
///
/// Namespaces are the pod's: what one of its services asks for, the others get, and are told so.
pub(super) fn settled(crew: &[&Service], draft: &mut Draft, findings: &mut Findings) {
    let is = |mode: &Option<Spanned<String>>, word: &str| mode.as_ref().is_some_and(|mode| mode.value == word);
    for member in crew.iter().filter(|_| crew.len() > 1) {
        let process = &member.process;
        let asks = process.init.as_ref().is_some_and(|init| init.value)
            || process.pid.as_ref().is_some_and(|mode| mode.value.contains(':'));
        let got = [
            (draft.spec.host_pid == Some(true) && !is(&process.pid, "host") && !asks, "the node's processes"),
            (draft.spec.host_ipc == Some(true) && !is(&process.ipc, "host"), "the node's IPC namespace"),
            (draft.spec.share_process_namespace == Some(true) && !asks, "the processes of the pod's other containers"),
        ];
        for (_, what) in got.iter().filter(|(gets, _)| *gets) {
            findings.of(
                &member.name.value,
                Problem::NamespaceOfPod {
                    service: member.name.value.to_string(),
                    what: (*what).to_owned(),
                    at: member.name.span,
                },
            );
        }
    }
    if draft.spec.host_pid == Some(true) && draft.spec.share_process_namespace.take().is_some() {
        draft.comments.retain(|comment| comment.at != ["spec", "shareProcessNamespace"]);
    }
}

/// The sysctls that every kubelet allows.
/// <https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls>
const SAFE: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

/// What a sysctl is a setting of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Namespace {
    Network,
    Ipc,
}

/// Whose setting a sysctl is; none: the whole machine's, which neither Docker nor the kubelet lets a container change.
/// <https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#setting-sysctls-for-a-pod>
fn namespace_of(sysctl: &str) -> Option<Namespace> {
    let name = sysctl.replace('/', ".");
    if name.starts_with("net.") {
        Some(Namespace::Network)
    } else if name == "kernel.sem" || ["kernel.shm", "kernel.msg", "fs.mqueue."].iter().any(|of| name.starts_with(of)) {
        Some(Namespace::Ipc)
    } else {
        None
    }
}

/// `sysctls`; the kubelet is told to allow those that it does not by itself.
pub(super) fn sysctls(
    service: &Service,
    written: &[(Spanned<String>, Spanned<String>)],
    scene: Scene,
    draft: &mut Draft,
    gathered: &mut Gathered,
    findings: &mut Findings,
) {
    let crew = scene.crew(scene.sequence.home(&service.name.value));
    let on_node = crew.iter().any(|member| matches!(member.networks.attachment, Attachment::Host(_)));
    let ipc_of_node = crew.iter().any(|member| member.process.ipc.as_ref().is_some_and(|mode| mode.value == "host"));
    for (name, value) in written {
        let why = match namespace_of(&name.value) {
            Some(Namespace::Network) if on_node => "the service is on the node's network",
            Some(Namespace::Ipc) if ipc_of_node => "the service shares the node's IPC namespace",
            Some(Namespace::Network | Namespace::Ipc) => "",
            None => "no container has its own",
        };
        if !why.is_empty() {
            findings.of_key(
                &service.name.value,
                Key::Sysctls,
                Problem::SysctlOfNode {
                    service: service.name.value.to_string(),
                    sysctl: name.value.clone(),
                    why: why.to_owned(),
                    at: name.span,
                },
            );
            continue;
        }
        if !SAFE.contains(&name.value.as_str()) {
            push_unique(&mut gathered.sysctls, name.value.clone());
        }
        let sysctls = pod_context(draft).sysctls.get_or_insert_with(Vec::new);
        if !sysctls.iter().any(|known| known.name == name.value) {
            sysctls.push(Sysctl { name: name.value.clone(), value: value.value.clone() });
        }
    }
}
