//! Server blocks of the cluster's DNS: `ZONE[:PORT]… { PLUGIN ARGUMENTS… }`.
//! <https://coredns.io/2017/07/23/corefile-explained/>
//!
//! Invariant: any text can be parsed; what is not understood is ignored.

use std::collections::HashMap;
use std::ops::Range;

use crate::text::Span;

/// A server block.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// The zones that it answers, in lower case, without port, scheme and final dot. The root zone is empty.
    pub(crate) zones: Vec<String>,
    /// The file that contains it.
    pub(crate) file: String,
    /// The lines of its plugins, one level deep, split into words.
    pub(crate) lines: Vec<Line>,
}

/// A plugin with its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) span: Span,
    pub(crate) words: Vec<String>,
}

impl Block {
    /// Returns the servers that it forwards all queries to, unless that is this server.
    pub(crate) fn forwards(&self) -> Option<(&Line, Vec<&str>)> {
        let line = self.lines.iter().find(|line| line.words.first().is_some_and(|word| word == "forward"))?;
        let servers: Vec<&str> = line.words.iter().skip(2).map(String::as_str).collect();
        let elsewhere =
            !servers.is_empty() && servers.iter().all(|server| !server.starts_with("127.") && !server.starts_with('/'));
        elsewhere.then_some((line, servers))
    }

    /// Whether it caches answers.
    pub(crate) fn caches(&self) -> bool {
        self.lines.iter().any(|line| line.words.first().is_some_and(|word| word == "cache"))
    }

    /// Whether it answers queries for a name.
    pub(crate) fn answers(&self, name: &str) -> bool {
        self.zones.iter().any(|zone| {
            zone.is_empty() || name == zone || name.strip_suffix(zone.as_str()).is_some_and(|rest| rest.ends_with('.'))
        })
    }

    /// Whether it answers a rewritten query: from the cluster, or by querying this server again.
    pub(crate) fn answers_rewrites(&self) -> bool {
        self.lines.iter().any(|line| {
            let words: Vec<&str> = line.words.iter().map(String::as_str).collect();
            matches!(words.as_slice(), ["kubernetes", ..] | ["forward", ".", "127.0.0.1" | "127.0.0.1:53", ..])
        })
    }

    /// Returns the rules `rewrite name exact FROM TO`, with both names in lower case and without final dot.
    pub(crate) fn rewrites(&self) -> impl Iterator<Item = (&Line, String, String)> {
        self.lines.iter().filter_map(|line| {
            let mut words = line.words.iter().map(String::as_str);
            let head = (words.next()?, words.next()?);
            let mut from = words.next()?;
            if matches!(head, ("rewrite", "stop" | "continue")) {
                // `rewrite stop name exact FROM TO`
                if from != "name" {
                    return None;
                }
                from = words.next()?;
            } else if head != ("rewrite", "name") {
                return None;
            }
            if from == "exact" {
                from = words.next()?;
            }
            Some((line, absolute(from), absolute(words.next()?)))
        })
    }
}

fn absolute(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Parses the server blocks of a Corefile. `place` returns the location of a byte range.
pub(crate) fn blocks(text: &str, file: &str, place: impl Fn(Range<u32>) -> Span) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut depth = 0_usize;
    let mut offset = 0_usize;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let bare = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = bare.split_whitespace().collect();
        let Some(first) = words.first() else { continue };
        let indent = bare.len() - bare.trim_start().len();
        let from = u32::try_from(start + indent).unwrap_or(u32::MAX);
        let span = place(from..from.saturating_add(u32::try_from(bare.trim().len()).unwrap_or(0)));
        let opens = words.last().is_some_and(|word| word.ends_with('{'));
        if *first == "}" {
            depth = depth.saturating_sub(1);
            continue;
        }
        let names = words.iter().map(|word| word.trim_end_matches('{')).filter(|word| !word.is_empty());
        match depth {
            0 if opens => {
                blocks.push(Block {
                    zones: names.filter_map(zone).collect(),
                    file: file.to_owned(),
                    lines: Vec::new(),
                });
            }
            1 => {
                if let Some(block) = blocks.last_mut() {
                    block.lines.push(Line { span, words: names.map(str::to_owned).collect() });
                }
            }
            _ => {}
        }
        depth += usize::from(opens);
    }
    blocks
}

/// Returns the names that the cluster's DNS rewrites, each with the location of the rule, by the name that they are
/// rewritten to.
pub(crate) fn rewritten_names(blocks: &[Block]) -> HashMap<String, Vec<(String, Span)>> {
    let mut all: HashMap<String, Vec<(String, Span)>> = HashMap::new();
    for block in blocks.iter().filter(|block| block.answers_rewrites()) {
        for (line, from, to) in block.rewrites() {
            if block.answers(&from) {
                all.entry(to).or_default().push((from, line.span));
            }
        }
    }
    all
}

/// Returns the zone of a block; `None` if it listens on another port than 53.
fn zone(word: &str) -> Option<String> {
    let word = word.trim_end_matches(',');
    let word = word.split_once("://").map_or(word, |(_, rest)| rest);
    let (name, port) = word.split_once(':').unwrap_or((word, "53"));
    (port == "53").then(|| absolute(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Sources;

    fn parse_blocks(text: &str) -> Vec<Block> {
        let source = Sources::new().add("Corefile", None, "");
        blocks(text, "Corefile", |range| Span { source, start: range.start, end: range.end })
    }

    #[test]
    fn zones_and_rewrites_are_found_among_comments_and_braces() {
        let blocks = parse_blocks(
            "# a { b\nshop:53 {\n  errors\n  forward . 10.0.0.9 {\n    max_fails 0\n  }\n}\na_b.ns.svc:53 {\n  \
             rewrite stop name exact A_b.ns.svc. a-b.ns.svc\n  rewrite name c_d.ns.svc c-d.ns.svc\n  forward . 127.0.0.1\n}\n",
        );
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[0].zones, ["shop"]);
        assert_eq!(blocks[0].forwards().unwrap().1, ["10.0.0.9"]);
        assert!(blocks[0].answers("db.shop") && !blocks[0].answers("workshop"));
        assert!(blocks[1].forwards().is_none());
        let rewrites: Vec<_> = blocks[1].rewrites().map(|(_, from, to)| (from, to)).collect();
        assert_eq!(rewrites, [("a_b.ns.svc".into(), "a-b.ns.svc".into()), ("c_d.ns.svc".into(), "c-d.ns.svc".into())]);
    }
}
