//! The question that is asked of the cluster's DNS after its configuration changed, answered by a server of the test's own.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::kit::Kit;

/// A response code, and how many answers there are to the question.
type Answer = (u8, u8);

/// Reads one question over TCP (RFC 1035, 4.2.2) and gives the name it asks for, with its bytes.
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

/// Answers the questions in their order with these, the last one for ever; gives its port and the names asked for.
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
            // A response, with this code and so many answers; no answer's own bytes are looked at.
            (message[2], message[3], message[7]) = (0x85, 0x80 | code, count);
            let length = u16::try_from(message.len()).unwrap().to_be_bytes();
            let _ = stream.write_all(&[&length[..], &message].concat());
        }
    });
    (port, asked)
}

/// A kit with a zone and a renamed service, both served by `web`.
fn kit_asking(port: u16) -> Kit {
    let kit = Kit::new();
    let table = kit.project().join("k8s/scripts/project.sh");
    let text = fs::read_to_string(&table).unwrap();
    fs::write(&table, text + "\nzone shop.internal 10.9.0.7\nrenamed web_app web\n").unwrap();
    kit.tell("dns-port", &port.to_string());
    kit
}

#[test]
fn every_zone_and_renamed_name_is_asked_for_until_it_is_answered() {
    // The server is not there yet; the name is not known yet; it is; the zone is there and has no such name.
    let (port, asked) = server(&[(2, 0), (0, 0), (0, 1), (2, 0), (3, 0)]);
    let kit = kit_asking(port);
    let ended = kit.up(&[]).with(0);
    assert!(!ended.stderr.contains("DNS does not answer") && !ended.stderr.contains("could not be asked"));
    let name = "web_app.shop.svc.cluster.local";
    assert_eq!(*asked.lock().unwrap(), [name, name, name, "shop.internal", "shop.internal"]);
    // Once answered, it is not asked again.
    kit.forget_calls();
    kit.up(&[]).with(0);
    kit.never_called("port-forward");
}

#[test]
fn a_name_that_is_never_answered_is_told_of() {
    let (port, _) = server(&[(0, 1), (2, 0)]);
    let kit = kit_asking(port);
    kit.shorten("lib/dns.sh", "begin)) -ge 15 ]", "begin)) -ge 2 ]");
    kit.up(&[]).with(0).saying("note: the cluster's DNS does not answer for shop.internal yet (response code 2)");
}

#[test]
fn a_dns_that_cannot_be_asked_is_told_of() {
    let kit = kit_asking(1);
    fs::remove_file(kit.fake("dns-port")).unwrap();
    kit.up(&[]).with(0).saying("could not be asked whether it knows web_app.shop.svc.cluster.local shop.internal");
}
