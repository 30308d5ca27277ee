//! Topic *process*: user, groups, capabilities, security profiles, kernel parameters and shared namespaces.

use k8s_openapi::api::core::v1::{PodSecurityContext, SELinuxOptions, SeccompProfile, SecurityContext};

use crate::check::context::{ExpectedContext, ObservedContext};
use crate::check::facts::{Fact, Kind, Qualifier, Setting, Unclear, Value, Weight};
use crate::check::manifests::cursor::Cursor;
use crate::resolve::networks::Attachment;
use crate::resolve::seccomp::{Profile, name_and_value};
use crate::text::{Span, Spanned};

/// Since version 20.10 Docker permits every user to bind ports below 1024.
const LOW_PORTS: &str = "net.ipv4.ip_unprivileged_port_start";

/// Returns the facts for `user` and `group_add`.
pub(crate) fn expected_user_and_groups(
    context: ExpectedContext,
    user: Option<&Spanned<String>>,
    groups: &[Spanned<String>],
) -> Vec<Fact> {
    let mut facts = Vec::new();
    let numbers = context.choice().and_then(|choice| choice.user.as_ref()).map(|reasoned| reasoned.value);
    let span = user.map_or(context.fallback_span(), |user| user.span);
    if let Some((uid, gid)) = numbers {
        let value = gid.map_or_else(|| uid.to_string(), |gid| format!("{uid}:{gid}"));
        facts.push(Fact::required(Kind::User, "", value, span));
    } else {
        facts.extend(expected_user(user));
    }
    facts.extend(expected_groups(groups));
    // Docker adds the groups of the image to a user without a group only.
    let has_group = match numbers {
        Some((_, gid)) => gid.is_some(),
        None => user
            .and_then(|user| user.value.split_once(':'))
            .is_some_and(|(uid, gid)| (uid.is_empty() || is_id(uid)) && is_id(gid)),
    };
    if has_group {
        let is_alone = context.index.pod_mates(&context.service.name.value).next().is_none();
        let weight = if is_alone { Weight::Default } else { Weight::Optional };
        facts.push(Fact::required(Kind::ImageGroups, "", false, span).with_weight(weight));
    }
    facts
}

/// Whether a user or group is given by its number.
fn is_id(part: &str) -> bool {
    part == "root" || (!part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Returns the facts for `group_add`.
pub(crate) fn expected_groups(groups: &[Spanned<String>]) -> impl Iterator<Item = Fact> {
    groups.iter().map(|group| {
        let weight = if group.value.parse::<u32>().is_ok() { Weight::Required } else { Weight::Optional };
        Fact::required(Kind::Group, &group.value, true, group.span).with_weight(weight)
    })
}

/// Returns the fact for a user as stated.
pub(crate) fn expected_user(user: Option<&Spanned<String>>) -> Option<Fact> {
    let user = user.filter(|user| !user.value.is_empty())?;
    let number = |part: &str| if part == "root" { "0".to_owned() } else { part.to_owned() };
    // An empty user before the colon is root; without a group it is the user's own.
    let written = user.value.strip_suffix(':').unwrap_or(&user.value);
    let parts: Vec<String> = written.split(':').map(|part| number(if part.is_empty() { "0" } else { part })).collect();
    let is_name = |part: &String| part.parse::<u32>().is_err();
    let named = parts.iter().any(is_name);
    // Of a number and a group's name, the number is set.
    let (value, why) = match parts.as_slice() {
        [uid, group] if !is_name(uid) && is_name(group) => (uid.clone(), Unclear::NumberOfGroup),
        _ => (parts.join(":"), Unclear::NumberOfName),
    };
    let fact = Fact::required(Kind::User, "", value, user.span);
    Some(if named { fact.unclear(why) } else { fact })
}

/// Returns the facts for `cap_add` and `cap_drop`.
pub(crate) fn expected_capabilities(add: &[Spanned<String>], drop: &[Spanned<String>]) -> Vec<Fact> {
    let of = |list: &[Spanned<String>], value: Setting| {
        list.iter()
            .map(|name| Fact::required(Kind::Capability, capability(&name.value), value, name.span))
            .collect::<Vec<_>>()
    };
    let mut facts = of(add, Setting::Added);
    facts.extend(of(drop, Setting::Dropped));
    facts
}

fn capability(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    upper.strip_prefix("CAP_").map_or(upper.clone(), str::to_owned)
}

/// Returns the facts for `security_opt`: `name`, `name:value` or `name=value`.
pub(crate) fn expected_confinement(
    context: ExpectedContext,
    options: &[Spanned<String>],
    profile: Option<&Spanned<Profile>>,
    privileged: bool,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut filter = None;
    for option in options {
        let (name, value) = name_and_value(&option.value);
        match (name, value) {
            // The last one takes precedence.
            ("seccomp", "builtin") => {
                filter = Some(Fact::required(Kind::Security, "seccomp", Setting::RuntimeProfile, option.span));
            }
            ("seccomp", value) => {
                let file = profile.filter(|profile| profile.span == option.span);
                let value = match file {
                    Some(file) => Value::qualified(context.host_path(&file.value.path), Qualifier::Profile),
                    None => named_profile(value),
                };
                filter = Some(Fact::required(Kind::Security, "seccomp", value, option.span));
            }
            ("apparmor", "docker-default" | "runtime/default") => {
                facts.push(Fact::required(Kind::Security, "apparmor", Setting::RuntimeProfile, option.span));
            }
            ("apparmor", profile) => {
                facts.push(Fact::required(Kind::Security, "apparmor", named_profile(profile), option.span));
            }
            ("no-new-privileges", "" | "true") => {
                facts.push(Fact::required(Kind::Security, "no-new-privileges", true, option.span));
            }
            ("label", label) if label != "disable" => {
                let (part, value) = label.split_once(':').unwrap_or((label, ""));
                facts.push(Fact::required(Kind::Security, format!("selinux {part}"), value, option.span));
            }
            _ => {}
        }
    }
    match filter {
        Some(fact) => facts.push(fact),
        None => facts.extend(default_seccomp(privileged, context.fallback_span())),
    }
    facts
}

/// Returns the default seccomp profile: the runtime's, or any for a privileged container.
pub(crate) fn default_seccomp(privileged: bool, silence: Span) -> Vec<Fact> {
    let fact = Fact::defaulted(Kind::Security, "seccomp", Setting::RuntimeProfile, silence);
    vec![if privileged { fact.with_weight(Weight::Optional).or(Value::Any) } else { fact }]
}

/// Returns a profile that is not a file: `unconfined`, or the name of a profile on the host.
fn named_profile(name: &str) -> Value {
    if name == "unconfined" { Setting::Unconfined.into() } else { name.into() }
}

/// Returns the facts for `sysctls` and for what Docker sets by default.
pub(crate) fn expected_sysctls(context: ExpectedContext, sysctls: &[(Spanned<String>, Spanned<String>)]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = written_sysctls(sysctls).collect();
    if !facts.iter().any(|fact| fact.subject == LOW_PORTS) {
        let host = matches!(context.service.networks.attachment, Attachment::Host(_) | Attachment::OfService(_));
        let low = context.known_ports().iter().any(|known| known.port < 1024);
        let weight = if low && !host { Weight::Default } else { Weight::Optional };
        facts.push(Fact::required(Kind::Sysctl, LOW_PORTS, "0", context.fallback_span()).with_weight(weight));
    }
    facts
}

/// Returns the facts for `pid`, `ipc`, `userns_mode` and `init`.
pub(crate) fn expected_namespaces(
    pid: Option<&Spanned<String>>,
    ipc: Option<&Spanned<String>>,
    users: Option<&Spanned<String>>,
    init: Option<&Spanned<bool>>,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (of, mode) in [("processes", pid), ("ipc", ipc)] {
        let Some(mode) = mode else { continue };
        match mode.value.as_str() {
            "host" => facts.push(Fact::required(Kind::Shares, of, Setting::Host, mode.span)),
            other if other.contains(':') && of == "processes" => {
                facts.push(Fact::required(Kind::Shares, of, Setting::OwnPod, mode.span));
            }
            _ => {}
        }
    }
    if let Some(mode) = users.filter(|mode| !matches!(mode.value.as_str(), "" | "host")) {
        facts.push(Fact::required(Kind::Shares, "users", Setting::Nobody, mode.span));
    }
    // With a shared process namespace the pod's init process reaps zombies, as Docker's init does.
    if let Some(init) = init.filter(|init| init.value)
        && !facts.iter().any(|fact| fact.subject == "processes")
    {
        facts.push(Fact::defaulted(Kind::Shares, "processes", Setting::OwnPod, init.span));
    }
    facts
}

/// Returns the facts for `sysctls`.
pub(crate) fn written_sysctls(sysctls: &[(Spanned<String>, Spanned<String>)]) -> impl Iterator<Item = Fact> {
    sysctls.iter().map(|(name, value)| Fact::required(Kind::Sysctl, &name.value, &value.value, value.span))
}

/// Returns the facts for the `securityContext` of the container and of the pod. The container's takes precedence.
pub(crate) fn observed(
    context: ObservedContext,
    security: Option<&SecurityContext>,
    pod_security: Option<&PodSecurityContext>,
) -> Vec<Fact> {
    let empty = SecurityContext::default();
    let SecurityContext {
        allow_privilege_escalation,
        app_armor_profile,
        capabilities,
        privileged,
        // How much of /proc is masked; the default equals Docker's.
        proc_mount: _,
        read_only_root_filesystem,
        run_as_group,
        // A requirement on the image, not a setting.
        run_as_non_root: _,
        run_as_user,
        se_linux_options,
        seccomp_profile,
        windows_options: _,
    } = security.unwrap_or(&empty);
    let no_pod = PodSecurityContext::default();
    let PodSecurityContext {
        app_armor_profile: pod_app_armor,
        fs_group,
        fs_group_change_policy: _,
        run_as_group: pod_group,
        run_as_non_root: _,
        run_as_user: pod_user,
        se_linux_change_policy: _,
        se_linux_options: pod_se_linux,
        seccomp_profile: pod_seccomp,
        supplemental_groups,
        supplemental_groups_policy,
        sysctls,
        windows_options: _,
    } = pod_security.unwrap_or(&no_pod);
    let own = context.at.key("securityContext");
    let pod = context.workload.at.key("securityContext");
    let place = |own_given: bool, key: &str| if own_given { own.key(key).span() } else { pod.key(key).span() };
    let mut facts = Vec::new();

    if let Some(user) = run_as_user.or(*pod_user) {
        let group = run_as_group.or(*pod_group);
        let value = group.map_or_else(|| user.to_string(), |group| format!("{user}:{group}"));
        facts.push(Fact::required(Kind::User, "", value, place(run_as_user.is_some(), "runAsUser")));
    }
    for (index, group) in supplemental_groups.iter().flatten().enumerate() {
        facts.push(Fact::required(
            Kind::Group,
            group.to_string(),
            true,
            pod.key("supplementalGroups").item(index).span(),
        ));
    }
    if supplemental_groups_policy.as_deref() == Some("Strict") {
        facts.push(Fact::defaulted(Kind::ImageGroups, "", false, pod.key("supplementalGroupsPolicy").span()));
    }
    if let Some(group) = fs_group {
        facts.push(Fact::required(Kind::Group, group.to_string(), true, pod.key("fsGroup").span()));
    }
    if privileged.unwrap_or(false) {
        facts.push(Fact::required(Kind::Privileged, "", true, own.key("privileged").span()));
    }
    if read_only_root_filesystem.unwrap_or(false) {
        facts.push(Fact::required(Kind::ReadOnlyRoot, "", true, own.key("readOnlyRootFilesystem").span()));
    }
    if *allow_privilege_escalation == Some(false) {
        let span = own.key("allowPrivilegeEscalation").span();
        facts.push(Fact::required(Kind::Security, "no-new-privileges", true, span));
    }
    if let Some(sets) = capabilities {
        for (list, key, value) in [(&sets.add, "add", Setting::Added), (&sets.drop, "drop", Setting::Dropped)] {
            for (index, name) in list.iter().flatten().enumerate() {
                let span = own.keys(&["capabilities", key]).item(index).span();
                facts.push(Fact::required(Kind::Capability, capability(name), value, span));
            }
        }
    }
    facts.push(seccomp(
        seccomp_profile.as_ref().or(pod_seccomp.as_ref()),
        place(seccomp_profile.is_some(), "seccompProfile"),
        context,
    ));
    if let Some(profile) = app_armor_profile.as_ref().or(pod_app_armor.as_ref()) {
        let value = match profile.type_.as_str() {
            "RuntimeDefault" => Setting::RuntimeProfile.into(),
            "Unconfined" => Setting::Unconfined.into(),
            _ => named_profile(profile.localhost_profile.as_deref().unwrap_or_default()),
        };
        facts.push(Fact::required(
            Kind::Security,
            "apparmor",
            value,
            place(app_armor_profile.is_some(), "appArmorProfile"),
        ));
    }
    if let Some(options) = se_linux_options.as_ref().or(pod_se_linux.as_ref()) {
        let place = if se_linux_options.is_some() { own } else { pod };
        facts.extend(se_linux(options, place.key("seLinuxOptions")));
    }
    for (index, sysctl) in sysctls.iter().flatten().enumerate() {
        let span = pod.key("sysctls").item(index).key("value").span();
        let forbidden = context.index.cluster().is_some_and(|cluster| !cluster.allows(&sysctl.name));
        let value = if forbidden {
            Value::qualified(&sysctl.value, Qualifier::NotPermitted)
        } else {
            Value::from(&sysctl.value)
        };
        facts.push(Fact::required(Kind::Sysctl, &sysctl.name, value, span));
    }
    if context.pod_owner.is_some() {
        // Settings of the whole pod belong to the service that owns it.
        for fact in facts.iter_mut().filter(|fact| matches!(fact.kind, Kind::Sysctl | Kind::Group | Kind::ImageGroups))
        {
            fact.weight = Weight::Optional;
        }
    }
    facts
}

/// The kubelet's own folder of profiles. <https://kubernetes.io/docs/reference/node/seccomp/>
const PROFILES: &str = "/var/lib/kubelet/seccomp";

/// Returns the fact for a profile in a file, which is identified by the host path that kind mounts.
fn localhost(profile: &SeccompProfile, at: Span, context: ObservedContext) -> Fact {
    let path = profile.localhost_profile.as_deref().unwrap_or_default();
    let node = format!("{PROFILES}/{path}");
    let fact = |path: &str, qualifier| Fact::required(Kind::Security, "seccomp", Value::qualified(path, qualifier), at);
    match (context.index.cluster(), context.index.on_host(&node)) {
        (None, _) => fact(path, Qualifier::Profile).unclear(Unclear::FileOfNode),
        (Some(_), None) => fact(path, Qualifier::MissingProfile),
        (Some(_), Some(place)) => fact(&place.path, Qualifier::Profile),
    }
}

fn seccomp(profile: Option<&SeccompProfile>, at: Span, context: ObservedContext) -> Fact {
    let fallback_span = context.workload.span();
    match profile {
        // The kubelet's default.
        None => Fact::defaulted(Kind::Security, "seccomp", Setting::Unconfined, fallback_span),
        Some(profile) => match profile.type_.as_str() {
            "RuntimeDefault" => Fact::defaulted(Kind::Security, "seccomp", Setting::RuntimeProfile, at),
            "Unconfined" => Fact::required(Kind::Security, "seccomp", Setting::Unconfined, at),
            "Localhost" => localhost(profile, at, context),
            unknown => {
                let value = Value::qualified(unknown, Qualifier::ProfileType);
                Fact::required(Kind::Security, "seccomp", value, at)
            }
        },
    }
}

fn se_linux(options: &SELinuxOptions, at: Cursor<'_>) -> Vec<Fact> {
    let SELinuxOptions { level, role, type_, user } = options;
    [("level", level), ("role", role), ("type", type_), ("user", user)]
        .into_iter()
        .filter_map(|(part, value)| {
            let value = value.as_ref()?;
            Some(Fact::required(Kind::Security, format!("selinux {part}"), value, at.key(part).span()))
        })
        .collect()
}

/// Returns the namespaces that the pod shares.
pub(crate) fn observed_namespaces(
    context: ObservedContext,
    host_pid: bool,
    host_ipc: bool,
    host_users: Option<bool>,
    processes: bool,
) -> Vec<Fact> {
    let pod = context.workload.at;
    let mut facts = Vec::new();
    for (of, given, key) in [("processes", host_pid, "hostPID"), ("ipc", host_ipc, "hostIPC")] {
        facts.extend(given.then(|| Fact::required(Kind::Shares, of, Setting::Host, pod.key(key).span())));
    }
    if processes {
        let span = pod.key("shareProcessNamespace").span();
        facts.push(Fact::required(Kind::Shares, "processes", Setting::OwnPod, span));
    }
    if host_users == Some(false) {
        facts.push(Fact::required(Kind::Shares, "users", Setting::Nobody, pod.key("hostUsers").span()));
    }
    facts
}
