//! Removal of list items with the same identity: the last one is kept, at the position of the first.
//! <https://github.com/compose-spec/compose-spec/blob/main/13-merge.md#unique-resources>
//!
//! Input: the merged tree. Output: the tree without repeated environment names, ports, mounts and so on. Identities are
//! those of compose-go's `override/uncity.go`, which sees long forms; here short forms are parsed as far as necessary.

use std::borrow::Cow;

use crate::keys::{Key, Merge, Node};
use crate::maps::{HashMap, IndexMap};
use crate::parse::tree::{Tree, TreeValue};
use crate::paths::clean;

/// Removes repeated items in a tree at `node`.
pub(crate) fn enforce(tree: &mut Tree, node: Option<&'static Node>) {
    let Some(node) = node else { return };
    match &mut tree.value {
        TreeValue::Scalar(_) => {}
        TreeValue::Mapping(mapping) => {
            // Scalars, which are nearly all values, need no lookup in the key table.
            for (key, entry) in mapping.iter_mut().filter(|(_, entry)| entry.value.as_scalar().is_none()) {
                enforce(&mut entry.value, node.child(key));
            }
        }
        TreeValue::Sequence(items) => match node.merge() {
            Merge::Unique | Merge::Pairs => {
                // `dns: [${DNS}]` with an empty variable has no server.
                if node.key() == Some(Key::Dns) {
                    items.retain(|item| !item.is_null() && item.as_text().is_none_or(|text| !text.value.is_empty()));
                }
                keep_last(items, |item| item.as_text().map(|text| Cow::Borrowed(name_of(text.value))));
            }
            Merge::ByIdentity => match node.key() {
                Some(Key::Ports) => ports(items),
                Some(key) => keep_last(items, |item| identity(key, item)),
                None => {}
            },
            Merge::Replace
            | Merge::Mapping
            | Merge::ReplaceEach
            | Merge::Append
            | Merge::ByKind
            | Merge::Texts
            | Merge::Hosts
            | Merge::Names
            | Merge::Build
            | Merge::Driver
            | Merge::Subnets => {}
        },
    }
}

/// Keeps the last item of each identity. Items without one have a wrong form, which the next stage reports.
fn keep_last(items: &mut Vec<Tree>, identity: impl Fn(&Tree) -> Option<Cow<'_, str>>) {
    if items.len() < 2 {
        return;
    }
    let mut places: HashMap<String, usize> = HashMap::default();
    let mut kept: Vec<Tree> = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        let known = identity(&item).map(|identity| {
            let next = kept.len();
            if let Some(place) = places.get(identity.as_ref()) {
                return *place;
            }
            places.insert(identity.into_owned(), next);
            next
        });
        match known.and_then(|place| kept.get_mut(place)) {
            Some(place) => *place = item,
            None => kept.push(item),
        }
    }
    *items = kept;
}

fn name_of(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

fn identity(key: Key, item: &Tree) -> Option<Cow<'_, str>> {
    let text = |tree: &'_ Tree, name: &str| tree.get(name).and_then(|value| Some(value.as_text()?.value.to_owned()));
    let short = item.as_text().map(|text| text.value);
    match (key, short) {
        (Key::Volumes, Some(short)) => Some(mount_target(short).into()),
        (Key::Devices, Some(short)) => {
            let mut parts = short.split(':');
            let source = parts.next().unwrap_or_default();
            Some(parts.next().unwrap_or(source).into())
        }
        (Key::Volumes | Key::Devices, None) => Some(text(item, "target")?.into()),
        (Key::Configs, Some(short)) => Some(format!("/{short}").into()),
        (Key::Secrets, Some(short)) => Some(format!("/run/secrets/{short}").into()),
        (Key::Configs | Key::Secrets, None) => {
            let folder = if key == Key::Secrets { "/run/secrets" } else { "" };
            let source = || Some(format!("{folder}/{}", text(item, "source")?));
            Some(text(item, "target").or_else(source)?.into())
        }
        (Key::EnvFile, None) => Some(text(item, "path")?.into()),
        (_, Some(short)) => Some(short.into()),
        (_, None) => None,
    }
}

/// Returns the normalized target of `SOURCE:TARGET:OPTIONS` or `TARGET`.
fn mount_target(short: &str) -> String {
    let parts = mount_parts(short);
    let target = parts.get(1).or(parts.first()).copied().unwrap_or_default();
    if target.is_empty() { String::new() } else { clean(target.as_ref()).display().to_string() }
}

/// Splits a short mount at its colons. The colon of a Windows drive and colons in `${…}` do not separate.
pub(crate) fn mount_parts(short: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let mut previous = None;
    for (at, character) in short.char_indices() {
        match character {
            '{' if previous == Some('$') => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                let part = short.get(start..at).unwrap_or_default();
                let drive = part.chars().count() == 1 && part.chars().all(char::is_alphabetic);
                if !drive || short.chars().count() <= 2 {
                    parts.push(part);
                    start = at + 1;
                }
            }
            _ => {}
        }
        previous = Some(character);
    }
    parts.push(short.get(start..).unwrap_or_default());
    parts
}

/// Removes repeated ports: those with the same address, published and target port and protocol. A range is split only
/// if another item contains one of its ports.
fn ports(items: &mut Vec<Tree>) {
    if items.len() < 2 {
        return;
    }
    let names: Vec<Vec<Port>> = items.iter().map(port_names).collect();
    let mut counts: IndexMap<String, usize> = IndexMap::default();
    for port in names.iter().flatten() {
        *counts.entry(port.identity()).or_default() += 1;
    }
    let shared = |port: &Port| counts.get(&port.identity()).is_some_and(|count| *count > 1);
    if !names.iter().flatten().any(shared) {
        return;
    }
    let mut apart: Vec<(Tree, Option<String>)> = Vec::with_capacity(items.len());
    for (item, names) in items.drain(..).zip(names) {
        match names.as_slice() {
            [] => apart.push((item, None)),
            [only] => apart.push((item, Some(only.identity()))),
            [_, _, ..] if names.iter().any(shared) => {
                for port in names {
                    apart.push((Tree::string(port.short(), item.span), Some(port.identity())));
                }
            }
            // No other item contains a port of this range, so its first port can identify it.
            [first, ..] => apart.push((item, Some(first.identity()))),
        }
    }
    let mut places: HashMap<String, usize> = HashMap::default();
    for (item, identity) in apart {
        let known = identity.as_ref().and_then(|identity| places.get(identity)).and_then(|place| items.get_mut(*place));
        if let Some(place) = known {
            *place = item;
            continue;
        }
        if let Some(identity) = identity {
            places.insert(identity, items.len());
        }
        items.push(item);
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Port {
    address: String,
    published: String,
    target: String,
    protocol: String,
}

impl Port {
    fn identity(&self) -> String {
        let address = if self.address.is_empty() { "0.0.0.0" } else { &self.address };
        format!("{address}:{}:{}/{}", self.published, self.target, self.protocol)
    }

    fn short(&self) -> String {
        let address = match self.address.as_str() {
            "" => String::new(),
            address if address.contains(':') => format!("[{address}]:"),
            address => format!("{address}:"),
        };
        let published = if self.published.is_empty() && address.is_empty() { "" } else { ":" };
        format!("{address}{}{published}{}/{}", self.published, self.target, self.protocol)
    }
}

/// Returns the ports of an item; none if it is invalid.
fn port_names(item: &Tree) -> Vec<Port> {
    let text = |name: &str| item.get(name).and_then(|value| Some(value.as_text()?.value.to_owned()));
    if item.as_mapping().is_some() {
        let Some(target) = text("target") else { return Vec::new() };
        let address = text("host_ip").filter(|address| address != "0.0.0.0").unwrap_or_default();
        let published = text("published").unwrap_or_default();
        return vec![Port {
            address,
            published,
            target,
            protocol: text("protocol").unwrap_or_else(|| "tcp".to_owned()),
        }];
    }
    item.as_text().and_then(|short| short_names(short.value)).unwrap_or_default()
}

/// Parses `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]`; both ports may be ranges.
fn short_names(short: &str) -> Option<Vec<Port>> {
    let (rest, protocol) = short.split_once('/').unwrap_or((short, "tcp"));
    let (rest, target) = rest.rsplit_once(':').map_or(("", rest), |(rest, target)| (rest, target));
    let (address, published) = rest.rsplit_once(':').unwrap_or(("", rest));
    let address = address.trim_start_matches('[').trim_end_matches(']');
    let address = if address == "0.0.0.0" { "" } else { address };
    let port = |published: String, target: String| Port {
        address: address.to_owned(),
        published,
        target,
        protocol: protocol.to_lowercase(),
    };
    let (first, last) = range(target)?;
    if published.is_empty() {
        return Some((first..=last).map(|target| port(String::new(), target.to_string())).collect());
    }
    let (low, high) = range(published)?;
    if first == last && low != high {
        // Docker chooses a port of the published range.
        return Some(vec![port(published.to_owned(), first.to_string())]);
    }
    if high - low != last - first {
        return None;
    }
    Some(
        (low..=high)
            .zip(first..=last)
            .map(|(published, target)| port(published.to_string(), target.to_string()))
            .collect(),
    )
}

fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identities(short: &str) -> Vec<String> {
        short_names(short).unwrap_or_default().iter().map(Port::identity).collect()
    }

    #[test]
    fn a_port_is_address_published_target_and_protocol() {
        assert_eq!(identities("80"), ["0.0.0.0::80/tcp"]);
        assert_eq!(identities("0.0.0.0:8080:80"), identities("8080:80/tcp"));
        assert_eq!(identities("[::1]:8080:80/udp"), ["::1:8080:80/udp"]);
        assert_eq!(identities("127.0.0.1::80"), ["127.0.0.1::80/tcp"]);
        assert_eq!(identities("8000-8001:80-81"), ["0.0.0.0:8000:80/tcp", "0.0.0.0:8001:81/tcp"]);
        assert_eq!(identities("8000-8010:80"), ["0.0.0.0:8000-8010:80/tcp"]);
        assert_eq!(identities("x:80"), Vec::<String>::new());
    }

    #[test]
    fn a_range_is_split_if_it_overlaps() {
        let span = crate::text::Sources::new().add("a", None, "");
        let span = crate::text::Span { source: span, start: 0, end: 0 };
        let of = |ports: &[&str]| {
            let mut items: Vec<Tree> = ports.iter().map(|port| Tree::string(*port, span)).collect();
            super::ports(&mut items);
            items.iter().map(|item| item.as_text().unwrap().value.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(of(&["8000-8002:80-82", "90"]), ["8000-8002:80-82", "90"]);
        assert_eq!(of(&["8000-8002:80-82", "8001:81"]), ["8000:80/tcp", "8001:81", "8002:82/tcp"]);
        assert_eq!(of(&["127.0.0.1:1-2:1-2", "127.0.0.1:2:2/tcp"]), ["127.0.0.1:1:1/tcp", "127.0.0.1:2:2/tcp"]);
        assert_eq!(of(&["x", "x", "1:1", "1:1"]), ["x", "x", "1:1"]);
    }

    #[test]
    fn mounts_are_identified_by_their_target() {
        for (short, target) in [
            ("/data", "/data"),
            ("aa:/data/", "/data"),
            // Docker Compose reads one letter as a drive on every system.
            ("a:/data", "a:/data"),
            ("./a:/b/../c:ro", "/c"),
            ("C:\\a:/data", "/data"),
            ("${A:-x}:/data", "/data"),
            ("a", "a"),
        ] {
            assert_eq!(mount_target(short), target, "{short}");
        }
    }
}
