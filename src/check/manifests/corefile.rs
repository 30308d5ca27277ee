//! Corefiles, the configuration of CoreDNS: `ZONE[:PORT]… { PLUGIN ARGUMENTS… }`, and snippets `(NAME) { … }`.
//! <https://coredns.io/2017/07/23/corefile-explained/>
//!
//! Invariant: a server block is understood completely or not at all, because one unknown plugin may answer any query.

use std::collections::BTreeMap;

use crate::maps::HashMap;

/// A server block for the root zone that forwards queries, after `import` was resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ServerBlock {
    /// The port on which it listens.
    pub(crate) port: u16,
    /// The rules `rewrite name exact FROM TO`, in lower case and without final dots.
    pub(crate) rewrites: BTreeMap<String, String>,
    /// The zones that are forwarded to servers of their own.
    pub(crate) zones: BTreeMap<String, Vec<String>>,
    /// The servers to which all other queries are forwarded; a path is a file such as `/etc/resolv.conf`.
    pub(crate) upstream: Vec<String>,
    /// Whether the servers are queried in their order.
    pub(crate) is_sequential: bool,
    /// Whether the next server is queried after a failure.
    pub(crate) has_failover: bool,
    /// Whether answers are cached.
    pub(crate) has_cache: bool,
    /// The address of the `ready` plugin.
    pub(crate) ready: Option<String>,
    /// The address to which it is bound.
    pub(crate) bind: Option<String>,
}

/// A plugin with its arguments and the lines of its block.
#[derive(Debug, Clone)]
struct Directive {
    words: Vec<String>,
    block: Vec<Vec<String>>,
}

/// Returns the server blocks of a Corefile; `None` if CoreDNS or this module does not understand it.
pub(crate) fn server_blocks(text: &str) -> Option<Vec<ServerBlock>> {
    let mut snippets: HashMap<String, Vec<Directive>> = HashMap::default();
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(words_of).filter(|words| !words.is_empty());
    while let Some(mut head) = lines.next() {
        if head.pop()? != "{" {
            return None;
        }
        let mut directives = Vec::new();
        loop {
            let mut words = lines.next()?;
            if words == ["}"] {
                break;
            }
            let mut block = Vec::new();
            if words.last().is_some_and(|word| word == "{") {
                words.pop();
                loop {
                    let line = lines.next()?;
                    if line == ["}"] {
                        break;
                    }
                    if line.iter().any(|word| word.contains(['{', '}'])) {
                        return None;
                    }
                    block.push(line);
                }
            }
            if words.is_empty() || words.iter().any(|word| word.contains(['{', '}'])) {
                return None;
            }
            if let [import, name] = words.as_slice()
                && import == "import"
            {
                directives.extend(snippets.get(name)?.iter().cloned());
            } else {
                directives.push(Directive { words, block });
            }
        }
        match head.as_slice() {
            [name] if name.starts_with('(') && name.ends_with(')') => {
                snippets.insert(name.trim_matches(['(', ')']).to_owned(), directives);
            }
            [zone] => {
                let port =
                    zone.strip_prefix(".:").map_or_else(|| (zone == ".").then_some(53), |port| port.parse().ok());
                blocks.push(server_block(port?, &directives)?);
            }
            _ => return None,
        }
    }
    Some(blocks)
}

fn words_of(line: &str) -> Vec<String> {
    let bare = line.split('#').next().unwrap_or_default();
    bare.split_whitespace().map(str::to_owned).collect()
}

fn server_block(port: u16, directives: &[Directive]) -> Option<ServerBlock> {
    let mut block = ServerBlock { port, ..ServerBlock::default() };
    for Directive { words, block: inner } in directives {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let plain = inner.is_empty();
        match words.as_slice() {
            ["errors" | "log" | "loop" | "loadbalance"] | ["reload", ..] if plain => {}
            ["cache", ..] => block.has_cache = true,
            ["ready"] if plain => block.ready = Some(":8181".to_owned()),
            ["ready", address] if plain => block.ready = Some((*address).to_owned()),
            ["bind", address] if plain => block.bind = Some((*address).to_owned()),
            ["rewrite", "name", "exact", from, to] | ["rewrite", "stop" | "continue", "name", "exact", from, to]
                if plain =>
            {
                // A name without a final dot is not absolute. Of two rules for one name the first applies.
                let (from, to) = (from.strip_suffix('.')?, to.strip_suffix('.')?);
                block.rewrites.entry(from.to_ascii_lowercase()).or_insert_with(|| to.to_ascii_lowercase());
            }
            ["forward", zone, servers @ ..] if !servers.is_empty() => {
                let servers: Vec<String> = servers.iter().map(|server| (*server).to_owned()).collect();
                let (mut is_sequential, mut codes) = (false, Vec::new());
                for line in inner {
                    match line.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                        ["policy", policy] => is_sequential = *policy == "sequential",
                        ["failover", all @ ..] => codes = all.iter().map(|code| (*code).to_owned()).collect(),
                        ["max_fails" | "max_concurrent" | "expire" | "health_check", number, ..] => {
                            number.trim_end_matches(['s', 'm']).parse::<u32>().ok()?;
                        }
                        _ => return None,
                    }
                }
                if *zone == "." {
                    if !block.upstream.is_empty() {
                        return None;
                    }
                    block.has_failover = ["SERVFAIL", "REFUSED"].iter().all(|code| codes.iter().any(|it| it == code));
                    (block.upstream, block.is_sequential) = (servers, is_sequential);
                } else {
                    block.zones.insert(zone.trim_end_matches('.').to_ascii_lowercase(), servers);
                }
            }
            _ => return None,
        }
    }
    Some(block)
}

impl ServerBlock {
    /// Returns the name that a project's name is rewritten to, if `dns` answers it. All names are in lower case and without
    /// final dots.
    pub(crate) fn rewritten<'a>(&'a self, name: &str, dns: &str) -> Option<&'a str> {
        let to = self.rewrites.get(name)?;
        self.answered_by(to, dns).then_some(to.as_str())
    }

    /// Whether queries for a name are forwarded to `dns`.
    pub(crate) fn answered_by(&self, name: &str, dns: &str) -> bool {
        let below =
            |zone: &String| name == zone || name.strip_suffix(zone.as_str()).is_some_and(|rest| rest.ends_with('.'));
        let zone = self.zones.iter().filter(|(zone, _)| below(zone)).max_by_key(|(zone, _)| zone.len());
        zone.is_some_and(|(_, servers)| servers.iter().all(|server| server == dns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COREFILE: &str = "# names\n(project) {\n  errors\n  rewrite name exact A_b. a-b.ns.svc.cluster.local.\n  forward \
                            ns.svc.cluster.local 10.96.0.10 {\n    max_fails 0\n  }\n}\n.:1053 {\n  import project\n  ready \
                            :8181\n  forward . 1.1.1.1 9.9.9.9 {\n    policy sequential\n    failover SERVFAIL REFUSED\n  }\n}\n";

    #[test]
    fn snippets_rewrites_and_servers_are_read() {
        let blocks = server_blocks(COREFILE).unwrap();
        let [block] = blocks.as_slice() else { panic!("{blocks:?}") };
        assert_eq!(block.port, 1053);
        assert_eq!(block.rewritten("a_b", "10.96.0.10"), Some("a-b.ns.svc.cluster.local"));
        assert_eq!(block.rewritten("a_b", "10.96.0.11"), None);
        assert_eq!(block.rewritten("x.a_b", "10.96.0.10"), None);
        assert_eq!(block.upstream, ["1.1.1.1", "9.9.9.9"]);
        assert!(block.is_sequential && block.has_failover && !block.has_cache);
    }

    #[test]
    fn what_is_not_understood_is_none() {
        for (from, to) in [
            ("errors", "hosts"),
            ("exact", "suffix"),
            ("max_fails 0", "force_tcp"),
            ("import project", "import other"),
            (".:1053 {", "example.com:1053 {"),
            (".:1053 {", ".:1053"),
            ("A_b. ", "A_b "),
        ] {
            assert_eq!(server_blocks(&COREFILE.replacen(from, to, 1)), None, "{to}");
        }
        assert_eq!(server_blocks(&format!("{COREFILE}x")), None);
        assert_eq!(server_blocks(COREFILE.trim_end_matches("}\n")), None);
    }
}
