//! Names, addresses and connections.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use crate::print;

const CONNECT: Duration = Duration::from_secs(4);
const ANSWER: Duration = Duration::from_secs(1);

/// The network as the main process finds it.
pub(crate) fn own(lines: &mut Vec<(String, String)>) {
    let file = |path: &str| fs::read_to_string(path).unwrap_or_default();
    lines.push(("host.name".into(), file("/proc/sys/kernel/hostname").trim().into()));
    lines.push(("host.domain".into(), file("/proc/sys/kernel/domainname").trim().into()));

    // Devices for tunnels that the kernel puts into every new namespace are the host's choice.
    let mut interfaces: Vec<String> = fs::read_dir("/sys/class/net")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name == "lo" || name.starts_with("eth"))
        .collect();
    interfaces.sort();
    for name in &interfaces {
        lines.push((format!("network.mtu.{name}"), file(&format!("/sys/class/net/{name}/mtu")).trim().into()));
    }
    lines.push(("network.interfaces".into(), interfaces.join(" ")));
    let mut addresses = addresses(&file("/proc/net/fib_trie"));
    if file("/proc/net/if_inet6").lines().any(|line| line.starts_with("00000000000000000000000000000001 ")) {
        addresses.push("::1".into());
    }
    lines.push(("network.addresses".into(), addresses.join(" ")));
    // Destination and mask 00000000.
    let default = file("/proc/net/route").lines().any(|line| line.split_whitespace().nth(1) == Some("00000000"));
    lines.push(("network.default_route".into(), if default { "yes" } else { "no" }.into()));

    let resolver = file("/etc/resolv.conf");
    for key in ["nameserver", "search", "options"] {
        let words: Vec<&str> = resolver
            .lines()
            .filter_map(|line| line.strip_prefix(key).filter(|rest| rest.starts_with([' ', '\t'])))
            .flat_map(str::split_whitespace)
            .collect();
        lines.push((format!("resolver.{key}"), words.join(" ")));
    }
    let mut hosts = std::collections::BTreeMap::<String, Vec<String>>::new();
    for line in file("/etc/hosts").lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(address) = words.next() else { continue };
        for name in words {
            hosts.entry(name.to_owned()).or_default().push(address.to_owned());
        }
    }
    for (name, addresses) in hosts {
        lines.push((format!("hosts.{name}"), addresses.join(" ")));
    }
}

/// The addresses of this host in the kernel's table of local routes: `|-- ADDRESS` above `/32 host LOCAL`.
fn addresses(table: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut last = "";
    for line in table.lines() {
        if let Some((_, address)) = line.split_once("|-- ") {
            last = address.trim();
        } else if line.contains("/32 host LOCAL") && !found.contains(&last.to_owned()) {
            found.push(last.to_owned());
        }
    }
    found.sort();
    found
}

fn lookup(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    match (host, port).to_socket_addrs() {
        Ok(addresses) => {
            let mut addresses: Vec<SocketAddr> = addresses.collect();
            addresses.sort();
            addresses.dedup();
            Ok(addresses)
        }
        Err(error) => {
            let text = error.to_string();
            // The words of musl's gai_strerror.
            Err(if text.ends_with("Name does not resolve") || text.ends_with("Name has no usable address") {
                "not found".to_owned()
            } else if text.ends_with("Try again") {
                "temporary failure".to_owned()
            } else {
                text
            })
        }
    }
}

pub(crate) fn resolve(name: &str) {
    let value = match lookup(name, 0) {
        Ok(addresses) => addresses.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(" "),
        Err(failure) => failure,
    };
    print(&format!("resolve.{name}"), value);
}

fn failure(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "refused".to_owned(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "no answer".to_owned(),
        ErrorKind::HostUnreachable => "host unreachable".to_owned(),
        ErrorKind::NetworkUnreachable => "network unreachable".to_owned(),
        other => other.to_string(),
    }
}

fn target(peer: &str) -> Result<SocketAddr, String> {
    let (host, port) = peer.rsplit_once(':').ok_or("no port")?;
    let port = port.parse().map_err(|_| "no port")?;
    let addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => lookup(host, port)?,
    };
    addresses.into_iter().next().ok_or_else(|| "no address".to_owned())
}

pub(crate) fn tcp(peer: &str) {
    let value = target(peer).and_then(|address| {
        let mut stream = TcpStream::connect_timeout(&address, CONNECT).map_err(|error| failure(&error))?;
        stream.set_read_timeout(Some(ANSWER * 2)).map_err(|error| failure(&error))?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(|error| failure(&error))?;
        Ok(format!("connected, seen as {}", answer.trim()))
    });
    print(&format!("tcp.{peer}"), value.unwrap_or_else(|failure| failure));
}

pub(crate) fn udp(peer: &str) {
    let value = target(peer).and_then(|address| {
        let socket = UdpSocket::bind("0.0.0.0:0").map_err(|error| failure(&error))?;
        socket.set_read_timeout(Some(ANSWER)).map_err(|error| failure(&error))?;
        socket.connect(address).map_err(|error| failure(&error))?;
        let mut buffer = [0; 512];
        let mut last = String::new();
        for _ in 0..3 {
            let result = socket.send(b"probe").and_then(|_| socket.recv(&mut buffer));
            match result {
                Ok(length) => {
                    let answer = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned();
                    return Ok(format!("answered, seen as {answer}"));
                }
                Err(error) => last = failure(&error),
            }
        }
        Err(last)
    });
    print(&format!("udp.{peer}"), value.unwrap_or_else(|failure| failure));
}
