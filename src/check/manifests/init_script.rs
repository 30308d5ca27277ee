//! What init containers do before a service starts, as far as their scripts are understood.
//!
//! Invariant: a script is understood completely or not at all; one unknown statement makes the whole script unknown.

use k8s_openapi::api::core::v1::Container;

use super::cursor::Cursor;
use super::route_script::{redirect_target, routed_addresses};
use crate::check::facts::ServiceState;
use crate::text::Span;

/// An init container that runs to completion.
#[derive(Debug)]
pub(crate) struct InitContainer<'a> {
    pub(crate) container: &'a Container,
    /// How many init containers run before it.
    pub(crate) index: usize,
    /// Whether it runs as root: it or its pod states so. In hand-written manifests root is assumed if neither states a user;
    /// generated manifests must state it, because the user of the helper image is unknown.
    pub(crate) is_root: bool,
    pub(crate) at: Cursor<'a>,
    /// What its script does; `None` if it is not understood.
    pub(crate) actions: Option<&'a [InitAction]>,
}

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum InitAction {
    /// `ip address replace ADDRESS/PREFIX dev DEVICE`
    AddAddress { address: String, prefix: String, device: String },
    /// Adds an address to `eth0` and routes it to the pod.
    RouteAddress { address: String },
    /// Redirects queries to Docker's DNS server, 127.0.0.11, to another server.
    RedirectDns { server: String },
    /// `until nslookup … NAME …; do sleep …; done`. `exact`: the loop waits for an address in the answer, as generated scripts
    /// do.
    WaitForName { name: String, exact: bool },
    /// `until TOOL … NAME …; do sleep …; done` with one of [`WAIT_TOOLS`].
    WaitWithTool { name: String, tool: &'static str },
    /// `kubectl wait --for=condition=… KIND/NAME`: the object's name and the condition.
    WaitForObject { name: String, state: ServiceState },
    /// `chown UID:GID PATH`
    ChangeOwner { owner: String, path: String },
    /// `chmod MODE PATH`
    ChangeMode { mode: String, path: String },
    /// Removes everything below a path.
    EmptyFolder { path: String },
    /// `cp FROM TO`
    CopyFile { from: String, to: String },
    /// `mkdir -p PATH`
    CreateFolder { path: String },
    /// Fills the volume at a folder with what the image at `/image` has at a path, `.` for nothing, if the volume is empty.
    FillVolume { path: String, folder: String },
    /// `cp -a FROM TO`: copies a folder with everything in it.
    CopyFolder { from: String, to: String },
}

/// Programs with which loops wait for another service. If the service's health check runs the same program, the loop waits
/// for its health.
pub(crate) const WAIT_TOOLS: &[&str] = &[
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

impl InitContainer<'_> {
    /// Returns the location of the script.
    pub(crate) fn span(&self) -> Span {
        let command = self.at.key("command");
        match self.container.command.as_ref().map(Vec::len).and_then(|length| length.checked_sub(1)) {
            Some(last) => command.item(last).span(),
            None => self.at.span(),
        }
    }

    /// Whether it has the rights to configure the pod's network interfaces.
    pub(crate) fn can_configure_network(&self) -> bool {
        let security = self.container.security_context.as_ref();
        let added = security.and_then(|security| security.capabilities.as_ref()).and_then(|sets| sets.add.as_ref());
        let privileged = security.and_then(|security| security.privileged).unwrap_or(false);
        self.is_root
            && (privileged || added.is_some_and(|added| added.iter().any(|name| name == "NET_ADMIN" || name == "ALL")))
    }
}

/// Returns what the script of a container does; `None` if it is not understood.
pub(crate) fn actions_of(container: &Container) -> Option<Vec<InitAction>> {
    if let Some(addresses) = routed_addresses(container) {
        let route = |address: &str| InitAction::RouteAddress { address: address.to_owned() };
        return Some(addresses.into_iter().map(route).collect());
    }
    if let Some(server) = redirect_target(container) {
        return Some(vec![InitAction::RedirectDns { server: server.to_owned() }]);
    }
    let mut words: Vec<&str> = Vec::new();
    words.extend(container.command.iter().flatten().map(String::as_str));
    words.extend(container.args.iter().flatten().map(String::as_str));
    if let Some(copies) = volume_copies(&words) {
        return Some(copies.into_iter().map(|(path, folder)| InitAction::FillVolume { path, folder }).collect());
    }
    match words.as_slice() {
        [shell, flags, script]
            if matches!(*shell, "/bin/sh" | "sh" | "/bin/bash" | "bash" | "/bin/ash" | "ash")
                && flags.starts_with('-')
                && flags.ends_with('c') =>
        {
            script_actions(script)
        }
        plain => statement(plain).map(|action| vec![action]),
    }
}

/// The statements of the script that fills volumes, one per line, without indentation.
const COPY_SCRIPT: &str = r#"for pair; do
volume=/volumes/${pair##* } rest=${pair% *}/ path= links=0
while [ "$rest" ]; do
name=${rest%%/*} rest=${rest#*/}
case $name in '' | .) continue ;; ..) path=${path%/*}; continue ;; esac
if [ -L "/image$path/$name" ] && [ $links -lt 40 ]; then
links=$((links + 1)) link=$(readlink "/image$path/$name")
case $link in /*) path= ;; esac
rest=$link/$rest
else path=$path/$name; fi
done
( ! type flock >/dev/null 2>&1 || flock 9
mark=$volume/.compose2k8s-copy
[ ! -e "$mark" ] || find "$volume" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
[ -z "$(ls -A "$volume")" ] || exit 0
if [ "$path" ] && [ -d "/image$path" ]; then
: >"$mark"
cp -a "/image$path/." "$volume/"
rm "$mark"
touch -r "/image$path" "$volume"
elif [ "$(stat -c %u:%a "$volume")" = 0:777 ]; then chmod 0755 "$volume"; fi
) 9<"$volume"
done"#;

/// Returns the copies of a container that runs the script, each as the path in the image and the folder of the volume; `None` if the
/// command is another one.
fn volume_copies(words: &[&str]) -> Option<Vec<(String, String)>> {
    let ["/bin/sh", "-euc", script, "copy-up", pairs @ ..] = words else { return None };
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    if !lines.eq(COPY_SCRIPT.lines()) {
        return None;
    }
    pairs
        .iter()
        .map(|pair| {
            let (path, folder) = pair.rsplit_once(' ')?;
            Some((path.replace("$$", "$"), format!("/volumes/{folder}")))
        })
        .collect()
}

fn script_actions(script: &str) -> Option<Vec<InitAction>> {
    let mut actions = Vec::new();
    let flat = join_lines(script);
    let mut rest = flat.as_str();
    while let Some(at) = rest.find("until ") {
        let (before, from) = rest.split_at(at);
        actions.extend(plain_actions(before)?);
        let end = from.find(" done").map(|end| end + " done".len())?;
        let (until, after) = from.split_at(end);
        actions.push(wait_loop(until)?);
        rest = after;
    }
    actions.extend(plain_actions(rest)?);
    (!actions.is_empty()).then_some(actions)
}

/// Joins the lines of a script with `; ` where a shell ends a command, without comments.
fn join_lines(script: &str) -> String {
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

fn plain_actions(text: &str) -> Option<Vec<InitAction>> {
    text.split(';')
        .flat_map(|line| line.split("&&"))
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
        .map(|words| statement(&words))
        .collect()
}

fn statement(words: &[&str]) -> Option<InitAction> {
    match words {
        ["ip", "address" | "addr" | "a", "replace" | "add", address, "dev", device]
        | ["ip", "-4" | "-6", "address" | "addr" | "a", "replace" | "add", address, "dev", device] => {
            let whole = if address.contains(':') { "128" } else { "32" };
            let (address, prefix) = address.split_once('/').unwrap_or((address, whole));
            let (address, prefix, device) = (address.to_owned(), prefix.to_owned(), (*device).to_owned());
            Some(InitAction::AddAddress { address, prefix, device })
        }
        ["chown", owner, path] => {
            Some(InitAction::ChangeOwner { owner: (*owner).to_owned(), path: (*path).to_owned() })
        }
        ["chmod", mode, path] => {
            Some(InitAction::ChangeMode { mode: mode.trim_start_matches('0').to_owned(), path: (*path).to_owned() })
        }
        ["find", path, "-mindepth", "1", "-maxdepth", "1", "-exec", "rm", "-rf", "{}", "+" | "\\"] => {
            Some(InitAction::EmptyFolder { path: (*path).to_owned() })
        }
        ["find", path, "-mindepth", "1", "-delete"] => Some(InitAction::EmptyFolder { path: (*path).to_owned() }),
        ["kubectl", "wait", rest @ ..] => kubectl_wait(rest),
        ["cp", from, to] => Some(InitAction::CopyFile { from: (*from).to_owned(), to: (*to).to_owned() }),
        ["cp", flags, from, to] if flags.starts_with('-') && flags.contains(['a', 'r', 'R']) => {
            let from = from.strip_suffix("/.").or(from.strip_suffix("/*")).unwrap_or(from);
            Some(InitAction::CopyFolder { from: from.to_owned(), to: (*to).to_owned() })
        }
        ["mkdir", "-p", path] => Some(InitAction::CreateFolder { path: (*path).to_owned() }),
        _ => None,
    }
}

/// Parses the loop of generated scripts, and common hand-written loops: `until nslookup NAME; do …`,
/// `until nc -z NAME PORT; do …`.
fn wait_loop(until: &str) -> Option<InitAction> {
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
            // A pod with other name servers queries the cluster's by its address.
            let server = asked.iter().skip_while(|word| *word != &subject).nth(1);
            let server = server.filter(|word| word.parse::<std::net::IpAddr>().is_ok());
            let server = server.map(|server| format!(" {server}")).unwrap_or_default();
            let exact = words.join(" ")
                == format!(
                    "until nslookup -type=a {name}{server} 2>/dev/null | sed '1,/^$/d' | grep -q '^Address'; do sleep 0.5; done"
                );
            Some(InitAction::WaitForName { name, exact })
        }
        tool => {
            let tool = WAIT_TOOLS.iter().find(|known| **known == tool)?;
            // The host follows `-h`, is part of a URL, or stands alone.
            let host = asked.iter().position(|word| *word == "-h").and_then(|at| asked.get(at + 1)).unwrap_or(&subject);
            let host = host.split_once("://").map_or(*host, |(_, rest)| rest);
            let name = host.split(['/', ':', ';']).next().unwrap_or_default().to_owned();
            Some(InitAction::WaitWithTool { name, tool })
        }
    }
}

/// Parses the arguments of `kubectl wait`.
fn kubectl_wait(words: &[&str]) -> Option<InitAction> {
    let condition = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--for=") {
        Some(condition) => Some(condition),
        None => (*word == "--for").then(|| words.get(at + 1).copied())?,
    })?;
    let state = match condition.strip_prefix("condition=")?.to_ascii_lowercase().as_str() {
        "complete" | "complete=true" => ServiceState::Completed,
        "ready" | "ready=true" | "available" | "available=true" => ServiceState::Healthy,
        _ => return None,
    };
    let (_, name) = words.iter().filter(|word| !word.starts_with('-')).find_map(|word| word.split_once('/'))?;
    Some(InitAction::WaitForObject { name: name.to_owned(), state })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_loop_is_understood_on_one_line_and_on_three() {
        let one = "until nslookup -type=a db-ready.ns.svc.cluster.local. 2>/dev/null | sed '1,/^$/d' | grep -q '^Address'; do sleep 0.5; done";
        let three = one.replace("do sleep 0.5; done", "do\n  sleep 0.5\ndone\n");
        let wait = InitAction::WaitForName { name: "db-ready.ns.svc.cluster.local.".into(), exact: true };
        assert_eq!(script_actions(one), Some(vec![wait.clone()]));
        assert_eq!(script_actions(&three), Some(vec![wait]));
        let elsewhere = one.replace("local. ", "local. 10.96.0.10 ");
        assert_eq!(script_actions(&elsewhere), script_actions(one));
        assert_eq!(
            script_actions(&one.replace("grep -q", "grep")),
            Some(vec![InitAction::WaitForName { name: "db-ready.ns.svc.cluster.local.".into(), exact: false }])
        );
    }

    #[test]
    fn lines_and_semicolons_separate_statements() {
        let address = |address: &str, prefix: &str, device: &str| InitAction::AddAddress {
            address: address.into(),
            prefix: prefix.into(),
            device: device.into(),
        };
        assert_eq!(
            script_actions("ip address replace 10.1.1.1/32 dev lo\nip addr add 10.2.2.2/24 dev eth0\n"),
            Some(vec![address("10.1.1.1", "32", "lo"), address("10.2.2.2", "24", "eth0")])
        );
        assert_eq!(
            script_actions("find /v -mindepth 1 -maxdepth 1 -exec rm -rf {} +; chown 1:2 /v; chmod 0755 /v")
                .map(|actions| actions.len()),
            Some(3)
        );
        assert_eq!(script_actions("ip address replace 10.1.1.1/32 dev lo; reboot"), None);
    }

    #[test]
    fn hand_written_loops_name_the_service_that_they_wait_for() {
        let name = |script: &str| {
            let act = script_actions(script)?.pop()?;
            if let InitAction::WaitForName { name, exact: false } | InitAction::WaitWithTool { name, tool: _ } = act {
                Some(name)
            } else {
                None
            }
        };
        assert_eq!(name("until nslookup db; do echo waiting; sleep 2; done"), Some("db".into()));
        assert_eq!(name("until nc -z db 5432; do sleep 1; done"), Some("db".into()));
        assert_eq!(name("until pg_isready -U app -h db -p 5432; do sleep 1; done"), Some("db".into()));
        assert_eq!(name("until curl -s http://web:80/up; do sleep 1; done"), Some("web".into()));
        assert_eq!(name("until redis-cli -h cache ping; do sleep 1; done"), Some("cache".into()));
    }

    #[test]
    fn kubectl_wait_names_the_object_and_the_condition() {
        let reached = |state| Some(InitAction::WaitForObject { name: "migrate".into(), state });
        let words = ["--for=condition=complete", "job/migrate", "--timeout=300s"];
        assert_eq!(kubectl_wait(&words), reached(ServiceState::Completed));
        assert_eq!(kubectl_wait(&["--for", "condition=Ready", "pod/migrate"]), reached(ServiceState::Healthy));
        assert_eq!(kubectl_wait(&["pod/migrate", "--for=condition=Ready"]), reached(ServiceState::Healthy));
        assert_eq!(kubectl_wait(&["--for=delete", "pod/migrate"]), None);
    }
}
