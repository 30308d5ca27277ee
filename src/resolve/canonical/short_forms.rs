//! Parsers of the short forms of ports and mounts.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md#short-syntax-3>

use std::net::IpAddr;

/// A port of a short form; a range has several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShortPort {
    /// The port or path in the container.
    pub(super) target: u16,
    /// The host port, or a range `first-last` to choose from.
    pub(super) published: Option<String>,
    /// The host address.
    pub(super) host_ip: Option<String>,
    /// `tcp`, `udp`, `sctp`.
    pub(super) protocol: String,
}

/// Parses `[[IP:]HOST:]CONTAINER[/PROTOCOL]`. As in the official loader, ports are sorted as strings: `10` before `9`.
/// The error is the reason for a message.
pub(super) fn ports(text: &str) -> Result<Vec<ShortPort>, String> {
    let mut parts = text.rsplitn(3, ':');
    let container = parts.next().unwrap_or_default();
    let host = parts.next().unwrap_or_default();
    let address = parts.next().unwrap_or_default();
    let (container, protocol) = container.split_once('/').unwrap_or((container, ""));
    // As in Docker, a second slash and the rest are ignored.
    let protocol = protocol.split('/').next().filter(|name| !name.is_empty()).unwrap_or("tcp").to_lowercase();

    let address = match address.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').ok_or_else(|| format!("`{address}` lacks its `]`"))?,
        None if address.contains(':') => return Err(format!("`{address}` is not an address; IPv6 needs brackets")),
        None => address,
    };
    if !address.is_empty() && !is_ip(address) {
        return Err(format!("`{address}` is not an IP address"));
    }
    if container.is_empty() {
        return Err("there is no container port".to_owned());
    }
    let (first, last) = range(container).ok_or_else(|| no_range(container))?;
    let published = if host.is_empty() { None } else { Some(range(host).ok_or_else(|| no_range(host))?) };
    if let Some((host_first, host_last)) = published
        && last - first != host_last - host_first
        && first != last
    {
        return Err(format!("the ranges `{host}` and `{container}` differ in length"));
    }
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("`{protocol}` is not a protocol; there are tcp, udp and sctp"));
    }
    let mut all: Vec<ShortPort> = (first..=last)
        .map(|target| ShortPort {
            target,
            published: published.map(|(host_first, host_last)| {
                let number = u32::from(host_first) + u32::from(target - first);
                if first == last && host_first != host_last {
                    format!("{number}-{host_last}")
                } else {
                    number.to_string()
                }
            }),
            host_ip: (!address.is_empty()).then(|| address.to_owned()),
            protocol: protocol.clone(),
        })
        .collect();
    all.sort_by_cached_key(|port| port.target.to_string() + "/");
    Ok(all)
}

/// Parses a port `80` or an ascending range `8000-8010`.
pub(crate) fn range(text: &str) -> Option<(u16, u16)> {
    let number = |part: &str| if part.starts_with('+') { None } else { part.parse::<u16>().ok() };
    match text.split_once('-') {
        None => number(text).map(|port| (port, port)),
        Some((first, last)) => number(first).zip(number(last)).filter(|(first, last)| first <= last),
    }
}

/// Explains why a string is not a [`range`].
pub(crate) fn no_range(text: &str) -> String {
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let number = |part: &str| part.parse::<u16>().ok();
    let mut parts = text.split('-');
    match (parts.next().unwrap_or_default(), parts.next(), parts.next()) {
        (first, last, None) if [Some(first), last].into_iter().flatten().all(digits) => {
            let above = [Some(first), last].into_iter().flatten().find(|part| number(part).is_none());
            match above {
                Some(above) => format!("`{above}` is above 65535, the last port"),
                None => format!("`{text}` ends before it begins"),
            }
        }
        (_, _, _) => format!("`{text}` is not a port or range of ports"),
    }
}

/// Whether Docker accepts a string as an IP address.
pub(super) fn is_ip(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// A mount in its short form.
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own in the text")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ShortMount {
    /// Whether the source is a path, so that this is a bind mount.
    pub(super) bind: bool,
    /// A path or the name of a volume; `None` for an anonymous volume.
    pub(super) source: Option<String>,
    /// The port or path in the container.
    pub(super) target: String,
    /// `ro`.
    pub(super) read_only: bool,
    /// `nocopy`.
    pub(super) nocopy: bool,
    /// `shared`, `rslave`, …
    pub(super) propagation: Option<String>,
    /// `z` or `Z`.
    pub(super) selinux: Option<String>,
    /// Whether the string has at most two characters: the official loader adds no options to it.
    pub(super) bare: bool,
    /// Unknown options, which Docker ignores.
    pub(super) unknown: Vec<String>,
}

/// Parses `[SOURCE:]TARGET[:OPTIONS]`. The colon of a Windows drive and colons in `${…}` do not separate.
pub(super) fn mount(text: &str) -> Result<ShortMount, &'static str> {
    let mut mount = ShortMount::default();
    if text.is_empty() {
        return Err("it is empty");
    }
    if text.len() <= 2 {
        text.clone_into(&mut mount.target);
        mount.bare = true;
        return Ok(mount);
    }
    let parts = sections(text);
    if parts.iter().any(String::is_empty) {
        return Err("nothing stands between two colons");
    }
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(target), None, ..) => mount.target = target,
        (Some(source), Some(target), options, None) => {
            mount.source = Some(source);
            mount.target = target;
            for option in options.iter().flat_map(|options| options.split(',')) {
                match option {
                    "ro" => mount.read_only = true,
                    "rw" => mount.read_only = false,
                    "nocopy" => mount.nocopy = true,
                    "z" | "Z" => mount.selinux = Some(option.to_owned()),
                    "private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave" => {
                        mount.propagation = Some(option.to_owned());
                    }
                    // Docker ignores these options of older Docker Desktop versions.
                    "cached" | "delegated" | "consistent" => {}
                    _ => mount.unknown.push(option.to_owned()),
                }
            }
        }
        (_, _, _, _) => return Err("it has too many colons"),
    }
    mount.bind = mount.source.as_deref().is_some_and(is_path);
    Ok(mount)
}

fn sections(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut section = String::new();
    let mut depth = 0_usize;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let mut letters = section.chars();
        let drive = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
        match character {
            '$' if characters.peek() == Some(&'{') => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ':' if depth == 0 && !drive => {
                all.push(std::mem::take(&mut section));
                continue;
            }
            _ => {}
        }
        section.push(character);
    }
    all.push(section);
    all
}

/// Whether the source of a mount is a path and not the name of a volume.
pub(super) fn is_path(source: &str) -> bool {
    let mut characters = source.chars();
    match (characters.next(), characters.next()) {
        (Some('.' | '/' | '~'), _) | (Some('\\'), Some('\\')) => true,
        (Some(letter), Some(':')) => letter.is_alphabetic(),
        (_, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn displayed_ports(text: &str) -> Vec<String> {
        let one = |port: ShortPort| {
            let host = port.host_ip.map(|ip| ip + " ").unwrap_or_default();
            format!("{host}{}>{}/{}", port.published.unwrap_or_default(), port.target, port.protocol)
        };
        ports(text).map_or_else(|why| vec![why], |all| all.into_iter().map(one).collect())
    }

    #[test]
    fn all_short_forms_of_ports_are_parsed() {
        assert_eq!(displayed_ports("80"), [">80/tcp"]);
        assert_eq!(displayed_ports("8080:80/UDP"), ["8080>80/udp"]);
        assert_eq!(displayed_ports("127.0.0.1:8080:80"), ["127.0.0.1 8080>80/tcp"]);
        assert_eq!(displayed_ports("127.0.0.1::80"), ["127.0.0.1 >80/tcp"]);
        assert_eq!(displayed_ports("[::1]:8080:80"), ["::1 8080>80/tcp"]);
        assert_eq!(displayed_ports("9-10"), [">10/tcp", ">9/tcp"]);
        assert_eq!(displayed_ports("8000-8001:80-81"), ["8000>80/tcp", "8001>81/tcp"]);
        assert_eq!(displayed_ports("8000-8010:80"), ["8000-8010>80/tcp"]);
        assert_eq!(displayed_ports("80:"), ["there is no container port"]);
        assert_eq!(displayed_ports("x:80"), ["`x` is not a port or range of ports"]);
        assert_eq!(displayed_ports("90-80"), ["`90-80` ends before it begins"]);
        assert_eq!(displayed_ports("1-2:1-3"), ["the ranges `1-2` and `1-3` differ in length"]);
        assert_eq!(displayed_ports("80/xyz"), ["`xyz` is not a protocol; there are tcp, udp and sctp"]);
        assert_eq!(displayed_ports("host:80:80"), ["`host` is not an IP address"]);
        assert_eq!(displayed_ports("70000"), ["`70000` is above 65535, the last port"]);
    }

    #[test]
    fn all_short_forms_of_mounts_are_parsed() {
        let both = |text: &str| mount(text).map(|mount| (mount.source.unwrap_or_default(), mount.target, mount.bind));
        let is = |source: &str, target: &str, bind| Ok((source.to_owned(), target.to_owned(), bind));
        assert_eq!(both("/data"), is("", "/data", false));
        assert_eq!(both("/d"), is("", "/d", false));
        assert_eq!(both("db:/data"), is("db", "/data", false));
        assert_eq!(both("./db:/data:ro"), is("./db", "/data", true));
        assert_eq!(both(r"C:\x:/data"), is(r"C:\x", "/data", true));
        assert_eq!(both("${A:-b}:/data"), is("${A:-b}", "/data", false));
        assert_eq!(both("~/x:/y"), is("~/x", "/y", true));
        assert_eq!(both(":/x"), Err("nothing stands between two colons"));
        assert_eq!(both("aa:bb:cc:dd"), Err("it has too many colons"));
        let options = mount("./a:/b:ro,Z,rslave,nocopy,xyz").unwrap();
        assert!(options.read_only && options.nocopy);
        assert_eq!(options.selinux.as_deref(), Some("Z"));
        assert_eq!(options.propagation.as_deref(), Some("rslave"));
        assert_eq!(options.unknown, ["xyz"]);
    }
}
