//! `stop_signal`, with the signal names of Linux.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#stop_signal>

/// Converts a signal to the form of `lifecycle.stopSignal`. Returns `None` if the value is not a signal.
pub(crate) fn signal_name(written: &str) -> Option<String> {
    // The numbers are those of Linux on amd64 and arm64.
    const NUMBERS: &[(&str, &str)] = &[
        ("1", "SIGHUP"),
        ("2", "SIGINT"),
        ("3", "SIGQUIT"),
        ("6", "SIGABRT"),
        ("9", "SIGKILL"),
        ("10", "SIGUSR1"),
        ("12", "SIGUSR2"),
        ("14", "SIGALRM"),
        ("15", "SIGTERM"),
        ("28", "SIGWINCH"),
    ];
    let written = written.trim().to_ascii_uppercase();
    if let Some((_, name)) = NUMBERS.iter().find(|(number, _)| *number == written) {
        return Some((*name).to_owned());
    }
    let name = if written.starts_with("SIG") { written } else { format!("SIG{written}") };
    (name.len() > 3).then_some(name)
}

/// Returns whether the API server accepts the signal.
/// <https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#container-lifecycle>
pub(crate) fn is_known_signal(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL",
        "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1",
        "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX",
    ];
    let Some(name) = name.strip_prefix("SIG") else { return false };
    let within = |rest: &str, most: u8| rest.parse::<u8>().is_ok_and(|number| (1..=most).contains(&number));
    NAMES.contains(&name)
        || name.strip_prefix("RTMIN+").is_some_and(|rest| within(rest, 15))
        || name.strip_prefix("RTMAX-").is_some_and(|rest| within(rest, 14))
}
