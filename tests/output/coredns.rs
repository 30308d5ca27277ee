//! Generated Corefiles with a real CoreDNS, whose cluster and servers are fakes that record every query. `COREDNS` names the
//! binary; without it, the test prints that it did not run.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::golden;

const NO_ERROR: u8 = 0;
const SERVER_FAILURE: u8 = 2;
const NO_SUCH_NAME: u8 = 3;

/// An answer of a DNS server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Answer {
    code: u8,
    truncated: bool,
    address: Option<Ipv4Addr>,
}

impl Answer {
    fn code(code: u8) -> Self {
        Self { code, truncated: false, address: None }
    }

    fn address(address: [u8; 4]) -> Self {
        Self { address: Some(address.into()), ..Self::code(NO_ERROR) }
    }
}

/// A DNS server by UDP and TCP that records the names of its queries.
struct Server {
    port: u16,
    names: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(answer: impl Fn(&str, bool) -> Answer + Send + Sync + 'static) -> Self {
        let (udp, tcp) = loop {
            let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().expect("an address")) {
                break (udp, tcp);
            }
        };
        let port = tcp.local_addr().expect("an address").port();
        let names = Arc::new(Mutex::new(Vec::new()));
        let (answer, record) = (Arc::new(answer), Arc::clone(&names));
        let respond = move |query: &[u8], by_udp: bool| {
            let name = name_of(query);
            let answer = answer(&name, by_udp);
            record.lock().expect("the names").push(name);
            message(query, answer)
        };
        let by_udp = respond.clone();
        thread::spawn(move || {
            let mut buffer = [0; 1500];
            while let Ok((length, peer)) = udp.recv_from(&mut buffer) {
                let _ = udp.send_to(&by_udp(&buffer[..length], true), peer);
            }
        });
        thread::spawn(move || {
            for mut stream in tcp.incoming().flatten() {
                let respond = respond.clone();
                thread::spawn(move || {
                    while let Some(query) = read_message(&mut stream) {
                        write_message(&mut stream, &respond(&query, false));
                    }
                });
            }
        });
        Self { port, names }
    }

    /// Returns the names of the queries since the last call.
    fn take_names(&self) -> Vec<String> {
        std::mem::take(&mut self.names.lock().expect("the names"))
    }
}

fn read_message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message).ok()?;
    Some(message)
}

fn write_message(stream: &mut TcpStream, message: &[u8]) {
    let length = u16::try_from(message.len()).expect("a short message");
    let _ = stream.write_all(&[&length.to_be_bytes(), message].concat());
}

/// Returns the name of the question, as it is written.
fn name_of(message: &[u8]) -> String {
    let mut labels = Vec::new();
    let mut at = 12;
    while let Some(length) = message.get(at).copied().map(usize::from).filter(|length| *length > 0) {
        labels.push(String::from_utf8_lossy(&message[at + 1..at + 1 + length]).into_owned());
        at += 1 + length;
    }
    labels.join(".")
}

fn question(name: &str) -> Vec<u8> {
    let mut query = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        query.push(u8::try_from(label.len()).expect("a short label"));
        query.extend_from_slice(label.as_bytes());
    }
    query.extend_from_slice(&[0, 0, 1, 0, 1]);
    query
}

fn message(query: &[u8], answer: Answer) -> Vec<u8> {
    let end = 12 + name_of(query).len() + 2 + 4;
    let mut message = query[..end].to_vec();
    message[2] = 0x81 | if answer.truncated { 2 } else { 0 };
    message[3] = 0x80 | answer.code;
    message[6..12].fill(0);
    if let Some(address) = answer.address {
        message[7] = 1;
        message.extend_from_slice(&[192, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4]);
        message.extend_from_slice(&address.octets());
    }
    message
}

/// Returns the answer to a query; `None` if there is none in time. The answer must have the name of the question.
fn query(port: u16, name: &str, by_udp: bool) -> Option<Answer> {
    let server = SocketAddr::from(([127, 0, 0, 1], port));
    let patience = Some(Duration::from_secs(5));
    let received = if by_udp {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_read_timeout(patience).expect("a timeout");
        socket.send_to(&question(name), server).ok()?;
        let mut buffer = vec![0; 1500];
        let length = socket.recv(&mut buffer).ok()?;
        buffer.truncate(length);
        buffer
    } else {
        let mut stream = TcpStream::connect(server).ok()?;
        stream.set_read_timeout(patience).expect("a timeout");
        write_message(&mut stream, &question(name));
        read_message(&mut stream)?
    };
    assert_eq!(name_of(&received), name, "another question is answered");
    let end = question(name).len();
    let address = (received[7] > 0).then(|| {
        // The name of the answer is a pointer, or the name again.
        let at = if received[end] >= 192 { end + 2 } else { end + name.len() + 2 };
        Ipv4Addr::new(received[at + 10], received[at + 11], received[at + 12], received[at + 13])
    });
    Some(Answer { code: received[3] & 15, truncated: received[2] & 2 != 0, address })
}

/// A running CoreDNS. It ends with this value.
struct CoreDns(Child, #[expect(dead_code, reason = "the folder of the Corefile, until the end")] tempfile::TempDir);

impl Drop for CoreDns {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl CoreDns {
    /// Starts CoreDNS and waits until it answers at the port.
    fn start(corefile: &str, port: u16) -> Option<Self> {
        let program = std::env::var_os("COREDNS")?;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("Corefile");
        fs::write(&path, corefile).expect("a file");
        let mut command = Command::new(program);
        command.arg("-conf").arg(path).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Self(command.spawn().expect("CoreDNS"), folder);
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begin.elapsed() < Duration::from_secs(20), "CoreDNS does not start with:\n{corefile}");
            thread::sleep(Duration::from_millis(20));
        }
        Some(started)
    }
}

/// Returns the Corefile that is generated for a project.
fn corefile_of(compose: &str) -> String {
    let folder = golden::temporary_folder();
    fs::write(folder.path().join("compose.yaml"), compose).expect("a file");
    let ran = golden::run(folder.path(), &["compose.yaml", "-o", "k8s"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let manifest = fs::read_to_string(folder.path().join("k8s/manifests/resolver.yaml")).expect("the resolver");
    let (_, rest) = manifest.split_once("  Corefile: |\n").expect("a Corefile");
    let lines = rest.lines().map_while(|line| line.strip_prefix("    "));
    lines.map(|line| format!("{line}\n")).collect()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// Lets a Corefile use fakes: its first server block listens at the port that is returned.
fn with_fakes(corefile: &str, fakes: &[(&str, &Server)]) -> (String, u16) {
    let (port, ready) = (free_port(), free_port());
    let mut text = corefile.replace(".:1053 {", &format!(".:{port} {{\n    bind 127.0.0.1"));
    text = text.replace("ready :8181", &format!("ready 127.0.0.1:{ready}"));
    for (server, fake) in fakes {
        assert!(text.contains(server), "no {server} in:\n{text}");
        text = text.replace(server, &format!("127.0.0.1:{}", fake.port));
    }
    (text, port)
}

fn is_skipped() -> bool {
    let skipped = std::env::var_os("COREDNS").is_none();
    if skipped {
        println!("did not run: COREDNS names no binary");
    }
    skipped
}

/// A cluster DNS with one address for each Service.
fn cluster() -> Server {
    Server::new(|name, _| match name.ends_with(".shop.svc.cluster.local") {
        true if name.starts_with("absent") => Answer::code(NO_SUCH_NAME),
        true => Answer::address([10, 1, 1, 1]),
        false => Answer::address([192, 0, 2, 66]),
    })
}

#[test]
fn project_names_are_answered_and_others_are_forwarded_once() {
    if is_skipped() {
        return;
    }
    let corefile = corefile_of(
        "name: shop\nservices:\n  db_1: {image: x, restart: always, container_name: TheDatabase, networks: {default: {aliases: \
         [www.example.com]}}}\n  absent_1: {image: x, restart: always}\n",
    );
    let cluster = cluster();
    let node = Server::new(|name, by_udp| match name.split('.').next() {
        Some("none") => Answer::code(NO_SUCH_NAME),
        Some("fails") => Answer::code(SERVER_FAILURE),
        Some("large") if by_udp => Answer { truncated: true, ..Answer::code(NO_ERROR) },
        _ => Answer::address([192, 0, 2, 1]),
    });
    let (text, port) = with_fakes(&corefile, &[("10.96.0.10", &cluster), ("/etc/resolv.conf", &node)]);
    let _running = CoreDns::start(&text, port);
    for by_udp in [true, false] {
        for name in ["db_1", "DB_1", "thedatabase", "TheDatabase", "www.example.com", "WWW.Example.com"] {
            assert_eq!(query(port, name, by_udp), Some(Answer::address([10, 1, 1, 1])), "{name}");
            assert_eq!(cluster.take_names().len(), 1, "{name}");
        }
        assert_eq!(query(port, "absent_1", by_udp), Some(Answer::code(NO_SUCH_NAME)), "the node is not queried then");
        assert_eq!(cluster.take_names().len(), 1);
        assert_eq!(node.take_names(), Vec::<String>::new());
        // Names below and above those of the project are not the project's.
        for name in ["api.www.example.com", "example.com", "com", "x.db_1", "db_1.x", "db-1", "other"] {
            assert_eq!(query(port, name, by_udp), Some(Answer::address([192, 0, 2, 1])), "{name}");
            assert_eq!(node.take_names(), [name], "a query is forwarded once");
            assert_eq!(cluster.take_names(), Vec::<String>::new(), "{name}");
        }
        assert_eq!(query(port, "none.test", by_udp), Some(Answer::code(NO_SUCH_NAME)));
        assert_eq!(query(port, "fails.test", by_udp), Some(Answer::code(SERVER_FAILURE)));
        node.take_names();
    }
    let large = query(port, "large.test", true).expect("an answer");
    assert!(large.truncated, "the client repeats the query by TCP: {large:?}");
    assert_eq!(query(port, "large.test", false), Some(Answer::address([192, 0, 2, 1])));
}

#[test]
fn the_next_server_of_the_list_is_queried_after_a_failure_only() {
    if is_skipped() {
        return;
    }
    let corefile =
        corefile_of("name: shop\nservices: {db_1: {image: x, restart: always, dns: [192.0.2.53, 192.0.2.54]}}\n");
    let cluster = cluster();
    let first = Server::new(|name, _| match name.split('.').next() {
        Some("none") => Answer::code(NO_SUCH_NAME),
        Some("fails") => Answer::code(SERVER_FAILURE),
        _ => Answer::address([192, 0, 2, 1]),
    });
    let second = Server::new(|_, _| Answer::address([192, 0, 2, 2]));
    let fakes = [("10.96.0.10", &cluster), ("192.0.2.53", &first), ("192.0.2.54", &second)];
    let (text, port) = with_fakes(&corefile, &fakes);
    let _running = CoreDns::start(&text, port);
    assert_eq!(query(port, "db_1", true), Some(Answer::address([10, 1, 1, 1])));
    // CoreDNS probes the servers of a list with queries for the root.
    let queries = |server: &Server| server.take_names().into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>();
    for (name, answer, forwarded) in [
        ("a.test", Answer::address([192, 0, 2, 1]), 0),
        ("none.test", Answer::code(NO_SUCH_NAME), 0),
        ("fails.test", Answer::address([192, 0, 2, 2]), 1),
        ("b.test", Answer::address([192, 0, 2, 1]), 0),
    ] {
        assert_eq!(query(port, name, true), Some(answer), "{name}");
        assert_eq!(queries(&first), [name]);
        assert_eq!(queries(&second).len(), forwarded, "{name}");
    }
}

#[test]
fn a_thousand_names_are_answered() {
    if is_skipped() {
        return;
    }
    let services: String = (0..1000).map(|number| format!("  s_{number}: {{image: x, restart: always}}\n")).collect();
    let corefile = corefile_of(&format!("name: shop\nservices:\n{services}"));
    let (cluster, node) = (cluster(), Server::new(|_, _| Answer::address([192, 0, 2, 1])));
    let (text, port) = with_fakes(&corefile, &[("10.96.0.10", &cluster), ("/etc/resolv.conf", &node)]);
    let _running = CoreDns::start(&text, port);
    for number in 0..1000 {
        assert_eq!(query(port, &format!("s_{number}"), true), Some(Answer::address([10, 1, 1, 1])), "{number}");
    }
    assert_eq!(cluster.take_names().len(), 1000);
    assert_eq!(query(port, "s_1000", true), Some(Answer::address([192, 0, 2, 1])));
}
