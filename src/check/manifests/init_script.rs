//! Init containers: what they do before a service starts, as far as their scripts are understood.
//!
//! Invariant: a script is understood whole or not at all; one strange statement makes it strange.

use k8s_openapi::api::core::v1::Container;

use super::cursor::At;
use crate::text::Span;

/// One init container.
#[derive(Debug)]
pub(crate) struct Preparation<'a> {
    pub(crate) container: &'a Container,
    /// How many init containers run before it.
    pub(crate) index: usize,
    /// Whether it runs as root: it says so, or its pod does, or in other people's manifests nobody says otherwise. Which
    /// user the image of a kit's helpers has is not for the kit to hope.
    pub(crate) is_root: bool,
    pub(crate) at: At<'a>,
    /// What its script does; `None` where it is not understood.
    pub(crate) acts: Option<&'a [Act]>,
}

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// `ip address replace ADDRESS/PREFIX dev DEVICE`
    Address { address: String, prefix: String, device: String },
    /// `until nslookup … NAME …; do sleep …; done`, judged by an address in the answer or, `exact: false`, somehow else.
    Wait { name: String, exact: bool },
    /// `until TOOL … NAME …; do sleep …; done`, by a program that talks to it: one of [`TOOLS`].
    Asked { name: String, tool: &'static str },
    /// `kubectl wait --for=condition=… KIND/NAME`: an object's name, and how far it must be.
    Reached { name: String, value: &'static str },
    /// `chown UID:GID PATH`
    Owner { owner: String, path: String },
    /// `chmod MODE PATH`
    Mode { mode: String, path: String },
    /// Everything below a path is removed.
    Empty { path: String },
    /// `cp FROM TO`
    Copy { from: String, to: String },
    /// A folder is made.
    Folder { path: String },
}

/// Programs by which loops ask whether another is there. Where its health check asks by the same one, the loop waits for
/// its health.
pub(crate) const TOOLS: &[&str] = &[
    "nc",
    "ping",
    "wget",
    "curl",
    "pg_isready",
    "psql",
    "mysqladmin",
    "mysql",
    "mariadb-admin",
    "redis-cli",
    "mongosh",
];

impl Preparation<'_> {
    /// Where the script stands.
    pub(crate) fn span(&self) -> Span {
        let command = self.at.key("command");
        match self.container.command.as_ref().map(Vec::len).and_then(|length| length.checked_sub(1)) {
            Some(last) => command.item(last).span(),
            None => self.at.span(),
        }
    }

    /// Whether it may change the pod's interfaces.
    pub(crate) fn rules_the_network(&self) -> bool {
        let security = self.container.security_context.as_ref();
        let added = security.and_then(|security| security.capabilities.as_ref()).and_then(|sets| sets.add.as_ref());
        let privileged = security.and_then(|security| security.privileged).unwrap_or(false);
        self.is_root
            && (privileged || added.is_some_and(|added| added.iter().any(|name| name == "NET_ADMIN" || name == "ALL")))
    }
}

/// What its script does; `None` where it is not understood.
pub(crate) fn acts(container: &Container) -> Option<Vec<Act>> {
    let mut words: Vec<&str> = Vec::new();
    words.extend(container.command.iter().flatten().map(String::as_str));
    words.extend(container.args.iter().flatten().map(String::as_str));
    match words.as_slice() {
        [shell, flags, script]
            if matches!(*shell, "/bin/sh" | "sh" | "/bin/bash" | "bash" | "/bin/ash" | "ash")
                && flags.starts_with('-')
                && flags.ends_with('c') =>
        {
            script_acts(script)
        }
        plain => statement(plain).map(|act| vec![act]),
    }
}

fn script_acts(script: &str) -> Option<Vec<Act>> {
    let mut acts = Vec::new();
    let flat = one_line(script);
    let mut rest = flat.as_str();
    while let Some(at) = rest.find("until ") {
        let (before, from) = rest.split_at(at);
        acts.extend(plain_acts(before)?);
        let end = from.find(" done").map(|end| end + " done".len())?;
        let (until, after) = from.split_at(end);
        acts.push(wait(until)?);
        rest = after;
    }
    acts.extend(plain_acts(rest)?);
    (!acts.is_empty()).then_some(acts)
}

/// The script with `; ` where lines end, as a shell reads it; comments gone.
fn one_line(script: &str) -> String {
    let mut flat = String::new();
    for line in script.lines() {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let open = flat.is_empty() || flat.ends_with(" do") || flat.ends_with(';') || flat.ends_with("&&");
        flat.push_str(if flat.is_empty() {
            ""
        } else if open {
            " "
        } else {
            "; "
        });
        flat.push_str(&line);
    }
    flat
}

fn plain_acts(text: &str) -> Option<Vec<Act>> {
    text.split(';')
        .flat_map(|line| line.split("&&"))
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
        .map(|words| statement(&words))
        .collect()
}

fn statement(words: &[&str]) -> Option<Act> {
    match words {
        ["ip", "address" | "addr" | "a", "replace" | "add", address, "dev", device]
        | ["ip", "-4" | "-6", "address" | "addr" | "a", "replace" | "add", address, "dev", device] => {
            let whole = if address.contains(':') { "128" } else { "32" };
            let (address, prefix) = address.split_once('/').unwrap_or((address, whole));
            let (address, prefix, device) = (address.to_owned(), prefix.to_owned(), (*device).to_owned());
            Some(Act::Address { address, prefix, device })
        }
        ["chown", owner, path] => Some(Act::Owner { owner: (*owner).to_owned(), path: (*path).to_owned() }),
        ["chmod", mode, path] => {
            Some(Act::Mode { mode: mode.trim_start_matches('0').to_owned(), path: (*path).to_owned() })
        }
        ["find", path, "-mindepth", "1", "-maxdepth", "1", "-exec", "rm", "-rf", "{}", "+" | "\\"] => {
            Some(Act::Empty { path: (*path).to_owned() })
        }
        ["find", path, "-mindepth", "1", "-delete"] => Some(Act::Empty { path: (*path).to_owned() }),
        ["kubectl", "wait", rest @ ..] => waited(rest),
        ["cp", from, to] => Some(Act::Copy { from: (*from).to_owned(), to: (*to).to_owned() }),
        ["mkdir", "-p", path] => Some(Act::Folder { path: (*path).to_owned() }),
        _ => None,
    }
}

/// The gate of the kit, or the loops that people write: `until nslookup NAME; do …`, `until nc -z NAME PORT; do …`.
fn wait(until: &str) -> Option<Act> {
    let words: Vec<&str> = until.split_whitespace().collect();
    let condition = words.iter().position(|word| word.ends_with(';')).and_then(|end| words.get(..=end))?;
    let [_, tool, asked @ ..] = condition else { return None };
    let subject = asked
        .iter()
        .map(|word| word.trim_end_matches(';'))
        .find(|word| !word.starts_with('-') && !word.contains('>'))?;
    match *tool {
        "nslookup" | "getent" | "host" | "dig" => {
            let name = subject.to_owned();
            // A pod that has other name servers names the cluster's.
            let server = asked.iter().skip_while(|word| *word != &subject).nth(1);
            let server = server.filter(|word| word.parse::<std::net::IpAddr>().is_ok());
            let server = server.map(|server| format!(" {server}")).unwrap_or_default();
            let exact = words.join(" ")
                == format!(
                    "until nslookup -type=a {name}{server} 2>/dev/null | sed '1,/^$/d' | grep -q '^Address'; do sleep 0.5; done"
                );
            Some(Act::Wait { name, exact })
        }
        tool => {
            let tool = TOOLS.iter().find(|known| **known == tool)?;
            // Hosts stand behind `-h`, in an address, or alone.
            let host = asked.iter().position(|word| *word == "-h").and_then(|at| asked.get(at + 1)).unwrap_or(&subject);
            let host = host.split_once("://").map_or(*host, |(_, rest)| rest);
            let name = host.split(['/', ':', ';']).next().unwrap_or_default().to_owned();
            Some(Act::Asked { name, tool })
        }
    }
}

/// The words behind `kubectl wait`.
fn waited(words: &[&str]) -> Option<Act> {
    let condition = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--for=") {
        Some(condition) => Some(condition),
        None => (*word == "--for").then(|| words.get(at + 1).copied())?,
    })?;
    let value = match condition.strip_prefix("condition=")?.to_ascii_lowercase().as_str() {
        "complete" | "complete=true" => "completed",
        "ready" | "ready=true" | "available" | "available=true" => "healthy",
        _ => return None,
    };
    let (_, name) = words.iter().filter(|word| !word.starts_with('-')).find_map(|word| word.split_once('/'))?;
    Some(Act::Reached { name: name.to_owned(), value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_is_understood_on_one_line_and_on_three() {
        let one = "until nslookup -type=a db-ready.ns.svc.cluster.local. 2>/dev/null | sed '1,/^$/d' | grep -q '^Address'; do sleep 0.5; done";
        let three = one.replace("do sleep 0.5; done", "do\n  sleep 0.5\ndone\n");
        let wait = Act::Wait { name: "db-ready.ns.svc.cluster.local.".into(), exact: true };
        assert_eq!(script_acts(one), Some(vec![wait.clone()]));
        assert_eq!(script_acts(&three), Some(vec![wait]));
        let elsewhere = one.replace("local. ", "local. 10.96.0.10 ");
        assert_eq!(script_acts(&elsewhere), script_acts(one));
        assert_eq!(
            script_acts(&one.replace("grep -q", "grep")),
            Some(vec![Act::Wait { name: "db-ready.ns.svc.cluster.local.".into(), exact: false }])
        );
    }

    #[test]
    fn statements_are_told_apart_by_lines_and_semicolons() {
        let address = |address: &str, prefix: &str, device: &str| Act::Address {
            address: address.into(),
            prefix: prefix.into(),
            device: device.into(),
        };
        assert_eq!(
            script_acts("ip address replace 10.1.1.1/32 dev lo\nip addr add 10.2.2.2/24 dev eth0\n"),
            Some(vec![address("10.1.1.1", "32", "lo"), address("10.2.2.2", "24", "eth0")])
        );
        assert_eq!(
            script_acts("find /v -mindepth 1 -maxdepth 1 -exec rm -rf {} +; chown 1:2 /v; chmod 0755 /v")
                .map(|acts| acts.len()),
            Some(3)
        );
        assert_eq!(script_acts("ip address replace 10.1.1.1/32 dev lo; reboot"), None);
    }

    #[test]
    fn loops_that_people_write_name_whom_they_wait_for() {
        let name = |script: &str| {
            let act = script_acts(script)?.pop()?;
            if let Act::Wait { name, exact: false } | Act::Asked { name, tool: _ } = act { Some(name) } else { None }
        };
        assert_eq!(name("until nslookup db; do echo waiting; sleep 2; done"), Some("db".into()));
        assert_eq!(name("until nc -z db 5432; do sleep 1; done"), Some("db".into()));
        assert_eq!(name("until pg_isready -U app -h db -p 5432; do sleep 1; done"), Some("db".into()));
        assert_eq!(name("until curl -s http://web:80/up; do sleep 1; done"), Some("web".into()));
        assert_eq!(name("until redis-cli -h cache ping; do sleep 1; done"), Some("cache".into()));
    }

    #[test]
    fn waits_by_kubectl_name_the_object_and_its_state() {
        let reached = |value| Some(Act::Reached { name: "migrate".into(), value });
        let words = ["--for=condition=complete", "job/migrate", "--timeout=300s"];
        assert_eq!(waited(&words), reached("completed"));
        assert_eq!(waited(&["--for", "condition=Ready", "pod/migrate"]), reached("healthy"));
        assert_eq!(waited(&["pod/migrate", "--for=condition=Ready"]), reached("healthy"));
        assert_eq!(waited(&["--for=delete", "pod/migrate"]), None);
    }
}
