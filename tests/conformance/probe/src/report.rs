//! What the main process knows about itself.

use std::fs;
use std::io::IsTerminal;

use crate::{mounts, network};

type Lines = Vec<(String, String)>;

/// The report as pairs of key and value, sorted by topic.
pub(crate) fn lines(arguments: &[String]) -> Lines {
    let mut lines = Lines::new();
    lines.push(("argument.count".into(), arguments.len().to_string()));
    for (index, argument) in arguments.iter().enumerate() {
        lines.push((format!("argument.{index}"), argument.clone()));
    }
    let mut variables: Vec<_> = std::env::vars_os().collect();
    variables.sort();
    for (name, value) in variables {
        lines.push((format!("environment.{}", name.to_string_lossy()), value.to_string_lossy().into_owned()));
    }
    let directory = std::env::current_dir().map_or_else(|error| error.to_string(), |path| path.display().to_string());
    lines.push(("directory".into(), directory));
    identity(&mut lines);
    process(&mut lines);
    limits(&mut lines);
    settings(&mut lines);
    resources(&mut lines);
    terminal(&mut lines);
    devices(&mut lines);
    network::own(&mut lines);
    mounts::own(&mut lines);
    lines
}

fn status_field(status: &str, name: &str) -> String {
    let line = status.lines().find_map(|line| line.strip_prefix(name).and_then(|rest| rest.strip_prefix(':')));
    line.unwrap_or("missing").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Real, effective, saved and file system number, or one of them if they are the same.
fn one_if_equal(numbers: &str) -> String {
    let mut all = numbers.split(' ');
    let first = all.next().unwrap_or_default();
    if all.all(|number| number == first) { first.to_owned() } else { numbers.to_owned() }
}

fn identity(lines: &mut Lines) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    lines.push(("user.uid".into(), one_if_equal(&status_field(&status, "Uid"))));
    lines.push(("user.gid".into(), one_if_equal(&status_field(&status, "Gid"))));
    let mut groups: Vec<u64> =
        status_field(&status, "Groups").split(' ').filter_map(|number| number.parse().ok()).collect();
    groups.sort_unstable();
    groups.dedup();
    lines.push(("user.groups".into(), groups.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")));
    lines.push(("user.umask".into(), status_field(&status, "Umask")));
    for (key, field) in [
        ("effective", "CapEff"),
        ("permitted", "CapPrm"),
        ("inheritable", "CapInh"),
        ("bounding", "CapBnd"),
        ("ambient", "CapAmb"),
    ] {
        lines.push((format!("capabilities.{key}"), capability_names(&status_field(&status, field))));
    }
    lines.push(("security.no_new_privileges".into(), status_field(&status, "NoNewPrivs")));
    let seccomp = match status_field(&status, "Seccomp").as_str() {
        "0" => "off".to_owned(),
        "1" => "strict".to_owned(),
        "2" => "filter".to_owned(),
        other => other.to_owned(),
    };
    lines.push(("security.seccomp".into(), seccomp));
    lines.push(("signals.blocked".into(), status_field(&status, "SigBlk")));
    lines.push(("signals.ignored".into(), status_field(&status, "SigIgn")));
    lines.push(("resources.cpus_allowed".into(), status_field(&status, "Cpus_allowed_list")));
}

/// In the order of their numbers in linux/capability.h.
const CAPABILITIES: &[&str] = &[
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

fn capability_names(mask: &str) -> String {
    let Ok(mask) = u64::from_str_radix(mask, 16) else { return mask.to_owned() };
    let names: Vec<&str> = CAPABILITIES
        .iter()
        .enumerate()
        .filter(|(number, _)| mask & (1 << number) != 0)
        .map(|(_, name)| *name)
        .collect();
    if names.is_empty() { "none".to_owned() } else { names.join(" ") }
}

fn process(lines: &mut Lines) {
    let id = std::process::id();
    lines.push(("process.id".into(), if id == 1 { "1" } else { "not 1" }.into()));
    let adjustment = fs::read_to_string("/proc/self/oom_score_adj").unwrap_or_default();
    lines.push(("process.oom_score_adj".into(), adjustment.trim().into()));
    let mut names: Vec<String> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()))
        .filter_map(|entry| fs::read_to_string(entry.path().join("comm")).ok())
        .map(|name| name.trim().to_owned())
        .collect();
    names.sort();
    lines.push(("process.visible".into(), names.join(" ")));
}

fn limits(lines: &mut Lines) {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    for line in limits.lines().skip(1) {
        // A fixed layout: 26 columns of name, 21 of soft limit, 21 of hard limit, the unit.
        let (Some(name), Some(soft), Some(hard)) = (line.get(..26), line.get(26..47), line.get(47..68)) else {
            continue;
        };
        let name = name.trim().trim_start_matches("Max ").replace(' ', "_");
        lines.push((format!("limit.{name}"), format!("{} {}", soft.trim(), hard.trim())));
    }
}

/// Settings of namespaces that a container has of its own.
const SETTINGS: &[&str] = &[
    "kernel/msgmax",
    "kernel/msgmnb",
    "kernel/sem",
    "kernel/shm_rmid_forced",
    "kernel/shmall",
    "kernel/shmmax",
    "kernel/shmmni",
    "net/core/somaxconn",
    "net/ipv4/ip_forward",
    "net/ipv4/ip_local_port_range",
    "net/ipv4/ip_nonlocal_bind",
    "net/ipv4/ip_unprivileged_port_start",
    "net/ipv4/ping_group_range",
    "net/ipv4/tcp_keepalive_time",
    "net/ipv4/tcp_syncookies",
    "net/ipv6/conf/all/disable_ipv6",
];

fn settings(lines: &mut Lines) {
    for name in SETTINGS {
        let value = fs::read_to_string(format!("/proc/sys/{name}")).unwrap_or_else(|error| error.kind().to_string());
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push((format!("sysctl.{}", name.replace('/', ".")), value));
    }
}

/// Limits of the control group: version 2 has them in one folder, version 1 in one for each controller.
fn resources(lines: &mut Lines) {
    let first = |paths: &[&str]| {
        let value = paths.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_else(|| "not visible".into());
        value.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let memory = first(&["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]);
    // Without a limit version 1 shows the largest number of pages.
    let memory = if memory.len() > 18 { "max".to_owned() } else { memory };
    lines.push(("resources.memory".into(), memory));
    let quota = first(&["/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"]);
    lines.push(("resources.cpu".into(), if quota == "-1" || quota.starts_with("max") { "max".into() } else { quota }));
    lines.push(("resources.processes".into(), first(&["/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"])));
}

fn terminal(lines: &mut Lines) {
    for (key, number, terminal) in [
        ("terminal.input", 0, std::io::stdin().is_terminal()),
        ("terminal.output", 1, std::io::stdout().is_terminal()),
        ("terminal.error", 2, std::io::stderr().is_terminal()),
    ] {
        let target = fs::read_link(format!("/proc/self/fd/{number}"))
            .map_or_else(|error| error.kind().to_string(), |path| path.display().to_string());
        let kind = target.split(':').next().unwrap_or_default();
        lines.push((key.into(), if terminal { "terminal".into() } else { kind.to_owned() }));
    }
}

fn devices(lines: &mut Lines) {
    let mut names: Vec<String> = fs::read_dir("/dev")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    lines.push(("devices".into(), names.join(" ")));
}
