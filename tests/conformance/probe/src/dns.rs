//! A DNS client that chooses its server and protocol, and a DNS server. <https://www.rfc-editor.org/rfc/rfc1035>

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use crate::print;

const PATIENCE: Duration = Duration::from_secs(6);
/// Type A, class IN.
const ADDRESS: [u8; 4] = [0, 1, 0, 1];
const TRUNCATED: u8 = 2;
const SERVER_FAILURE: u8 = 2;
const NO_SUCH_NAME: u8 = 3;

/// `NAME@SERVER`: queries the server for the addresses of a name. `protocol` is `udp` or `tcp`.
pub(crate) fn query(what: &str, protocol: &str) {
    let answer = what.split_once('@').ok_or_else(|| io::Error::other("no server")).and_then(|(name, server)| {
        let server: Ipv4Addr = server.parse().map_err(io::Error::other)?;
        let query = question(name);
        let server = SocketAddr::from((server, 53));
        if protocol == "tcp" { over_tcp(server, &query) } else { over_udp(server, &query) }
    });
    let value = answer.map_or_else(|error| error.kind().to_string(), |answer| addresses(&answer));
    print(&format!("query.{protocol}.{what}"), value);
}

fn question(name: &str) -> Vec<u8> {
    // The identifier, the flag `recursion desired`, one question.
    let mut query = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        query.push(u8::try_from(label.len()).unwrap_or_default());
        query.extend_from_slice(label.as_bytes());
    }
    query.push(0);
    query.extend_from_slice(&ADDRESS);
    query
}

fn over_udp(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.connect(server)?;
    socket.send(query)?;
    let mut answer = vec![0; 4096];
    let length = socket.recv(&mut answer)?;
    answer.truncate(length);
    Ok(answer)
}

fn over_tcp(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write_message(&mut stream, query)?;
    read_message(&mut stream)
}

fn write_message(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), message].concat())
}

fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    Ok(message)
}

/// The addresses of an answer, or what it has instead of them.
fn addresses(answer: &[u8]) -> String {
    let (flags, code) = (answer.get(2).copied().unwrap_or_default(), answer.get(3).copied().unwrap_or_default() & 15);
    if flags & TRUNCATED != 0 {
        return "truncated".to_owned();
    }
    match code {
        0 => {}
        SERVER_FAILURE => return "server failure".to_owned(),
        NO_SUCH_NAME => return "no such name".to_owned(),
        other => return format!("code {other}"),
    }
    let mut found: Vec<String> = Vec::new();
    let Some((_, mut rest)) = name(answer, 12).and_then(|(name, rest)| Some((name, rest.get(4..)?))) else {
        return "not understood".to_owned();
    };
    while let Some((_, after)) = name(rest, 0) {
        let (Some(kind), Some(length)) = (after.get(..2), after.get(8..10)) else { break };
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let Some(data) = after.get(10..10 + length) else { break };
        if let (&[0, 1], &[a, b, c, d]) = (kind, data) {
            found.push(Ipv4Addr::new(a, b, c, d).to_string());
        }
        rest = after.get(10 + length..).unwrap_or_default();
    }
    found.sort();
    if found.is_empty() { "no address".to_owned() } else { found.join(" ") }
}

/// The name at a position, and what follows it. Of a compressed name only the part before the pointer.
fn name(message: &[u8], at: usize) -> Option<(String, &[u8])> {
    let mut rest = message.get(at..).filter(|rest| !rest.is_empty())?;
    let mut labels = Vec::new();
    loop {
        let (&length, after) = rest.split_first()?;
        match length {
            0 => return Some((labels.join("."), after)),
            192.. => return Some((labels.join("."), after.get(1..)?)),
            _ => {
                labels.push(String::from_utf8_lossy(after.get(..usize::from(length))?).into_owned());
                rest = after.get(usize::from(length)..)?;
            }
        }
    }
}

/// Answers queries for addresses with this one. If it is faulty, a name that starts with `fails`, `none` or `large` has no such
/// answer: a failure, `no such name`, or one by TCP alone.
pub(crate) fn serve(address: &str, is_faulty: bool) {
    let Ok(address) = address.parse::<Ipv4Addr>() else { return print("listen.dns", "no address") };
    let sockets = UdpSocket::bind("0.0.0.0:53").and_then(|udp| Ok((udp, TcpListener::bind("0.0.0.0:53")?)));
    let (udp, tcp) = match sockets {
        Ok(sockets) => sockets,
        Err(error) => return print("listen.dns", error.kind().to_string()),
    };
    thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, peer)) = udp.recv_from(&mut buffer) {
            if let Some(answer) = answer(buffer.get(..length).unwrap_or_default(), address, is_faulty, true) {
                let _ = udp.send_to(&answer, peer);
            }
        }
    });
    thread::spawn(move || {
        for mut stream in tcp.incoming().flatten() {
            let query = read_message(&mut stream).unwrap_or_default();
            if let Some(answer) = answer(&query, address, is_faulty, false) {
                let _ = write_message(&mut stream, &answer);
            }
        }
    });
}

fn answer(query: &[u8], address: Ipv4Addr, is_faulty: bool, by_udp: bool) -> Option<Vec<u8>> {
    let (asked, rest) = name(query, 12)?;
    let end = query.len() - rest.len() + 4;
    let is_address = rest.get(..4)? == ADDRESS;
    // An answer, with recursion; one question without additional records.
    let mut message = query.get(..end)?.to_vec();
    message[2] = 0x81;
    message[3] = 0x80;
    message[6..12].fill(0);
    match asked.to_ascii_lowercase() {
        asked if is_faulty && asked.starts_with("fails") => message[3] |= SERVER_FAILURE,
        asked if is_faulty && asked.starts_with("none") => message[3] |= NO_SUCH_NAME,
        asked if is_faulty && by_udp && asked.starts_with("large") => message[2] |= TRUNCATED,
        _ if is_address => {
            message[7] = 1;
            // The name of the question, for a minute.
            message.extend_from_slice(&[192, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
            message.extend_from_slice(&address.octets());
        }
        _ => {}
    }
    Some(message)
}
