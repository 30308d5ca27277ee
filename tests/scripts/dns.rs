//! The queries that are sent to the cluster DNS after its configuration has changed. A server in the test answers them.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::sandbox::Sandbox;

/// A response code and the number of answers.
type Answer = (u8, u8);

/// Reads a query over TCP (RFC 1035, 4.2.2). Returns the name and the message.
fn question(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message).ok()?;
    assert_eq!(message[4..6], [0, 1], "one question");
    let (mut labels, mut at) = (Vec::new(), 12);
    while message[at] != 0 {
        let end = at + 1 + usize::from(message[at]);
        labels.push(String::from_utf8(message[at + 1..end].to_vec()).unwrap());
        at = end;
    }
    assert_eq!(message[at + 1..], [0, 1, 0, 1], "an address of the internet, and nothing after that");
    Some((labels.join("."), message))
}

/// Answers queries in order; the last answer repeats. Returns the port and the queried names.
fn server(answers: &'static [Answer]) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let names = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some((name, mut message)) = question(&mut stream) else { continue };
            let mut names = names.lock().unwrap();
            let (code, count) = answers[names.len().min(answers.len() - 1)];
            names.push(name);
            // A response with this code and number of answers. The scripts do not read the records.
            (message[2], message[3], message[7]) = (0x85, 0x80 | code, count);
            let length = u16::try_from(message.len()).unwrap().to_be_bytes();
            let _ = stream.write_all(&[&length[..], &message].concat());
        }
    });
    (port, asked)
}

/// A sandbox with a zone and a renamed service, both served by `web`.
fn sandbox_with_zone(port: u16) -> Sandbox {
    let sandbox = Sandbox::new();
    let table = sandbox.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text + "\nzone shop.internal 10.9.0.7\nrenamed web_app web\n").unwrap();
    sandbox.set_fake("dns-port", &port.to_string());
    sandbox
}

#[test]
fn every_zone_and_renamed_name_is_queried_until_it_resolves() {
    // For the first name: server failure, no record, a record. For the zone: server failure, then a zone without the name.
    let (port, asked) = server(&[(2, 0), (0, 0), (0, 1), (2, 0), (3, 0)]);
    let sandbox = sandbox_with_zone(port);
    let exit = sandbox.up(&[]).exits_with(0);
    assert!(!exit.stderr.contains("DNS does not answer") && !exit.stderr.contains("could not be asked"));
    let name = "web_app.shop.svc.cluster.local";
    assert_eq!(*asked.lock().unwrap(), [name, name, name, "shop.internal", "shop.internal"]);
    // After an answer there are no further queries.
    sandbox.clear_calls();
    sandbox.up(&[]).exits_with(0);
    sandbox.never_called("port-forward");
}

#[test]
fn a_name_that_does_not_resolve_is_reported() {
    let (port, _) = server(&[(0, 1), (2, 0)]);
    let sandbox = sandbox_with_zone(port);
    sandbox.shorten("lib/dns.sh", "begin)) -ge 15 ]", "begin)) -ge 2 ]");
    sandbox
        .up(&[])
        .exits_with(0)
        .reports("note: the cluster's DNS does not answer for shop.internal yet (response code 2)");
}

#[test]
fn an_unreachable_dns_server_is_reported() {
    let sandbox = sandbox_with_zone(1);
    fs::remove_file(sandbox.fake("dns-port")).unwrap();
    sandbox
        .up(&[])
        .exits_with(0)
        .reports("could not be asked whether it knows web_app.shop.svc.cluster.local shop.internal");
}
