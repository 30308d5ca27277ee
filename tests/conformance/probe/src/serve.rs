//! The main process: the report, listening sockets, events, the end.

use std::io::Write;
use std::net::{TcpListener, UdpSocket};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal};

use crate::{dns, print, report, state};

#[derive(Default)]
struct Options {
    /// `--tcp=[ADDRESS:]PORT`: answers each connection with the address it came from.
    tcp: Vec<String>,
    /// `--udp=[ADDRESS:]PORT`: the same for datagrams.
    udp: Vec<String>,
    /// `--dns=ADDRESS`: a DNS server that answers queries with this address; `--faulty-dns=ADDRESS`: not all of them.
    dns: Option<(String, bool)>,
    /// `--log=FILE`: events are appended to it; it outlives the container if it is in a bind mount.
    log: Option<String>,
    /// `--exit-after=MILLISECONDS` with `--exit-code=NUMBER`.
    exit_after: Option<u64>,
    exit_code: u8,
    /// `--healthy-after=MILLISECONDS`.
    healthy_after: u64,
    /// `--ignore-signals`: logs that it is still alive instead of exiting.
    ignore_signals: bool,
}

fn options(arguments: &[String]) -> Options {
    let mut options = Options::default();
    for argument in arguments {
        let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
        match name {
            "--tcp" => options.tcp.push(value.to_owned()),
            "--udp" => options.udp.push(value.to_owned()),
            "--dns" | "--faulty-dns" => options.dns = Some((value.to_owned(), name == "--faulty-dns")),
            "--log" => options.log = Some(value.to_owned()),
            "--exit-after" => options.exit_after = value.parse().ok(),
            "--exit-code" => options.exit_code = value.parse().unwrap_or(0),
            "--healthy-after" => options.healthy_after = value.parse().unwrap_or(0),
            "--ignore-signals" => options.ignore_signals = true,
            _ => {}
        }
    }
    options
}

pub(crate) fn serve(arguments: &[String]) -> ExitCode {
    // Blocked in every thread, because threads inherit the mask: process 1 would lose a signal without a handler.
    let signals = SigSet::from_iter([
        Signal::SIGTERM,
        Signal::SIGINT,
        Signal::SIGHUP,
        Signal::SIGQUIT,
        Signal::SIGUSR1,
        Signal::SIGUSR2,
        Signal::SIGWINCH,
    ]);
    // The mask that was inherited is part of the report.
    let report = report::lines(arguments);
    if let Err(error) = signals.thread_block() {
        eprintln!("probe: signals cannot be blocked: {error}");
        return ExitCode::FAILURE;
    }
    let options = options(arguments);
    state::reset();
    let log = options.log.clone();
    let event = move |what: &str| {
        if let Some(log) = &log {
            state::append(log, &format!("{} {what}", state::now()));
        }
    };
    event("start");
    for address in &options.tcp {
        listen_tcp(&with_any_address(address));
    }
    for address in &options.udp {
        listen_udp(&with_any_address(address));
    }
    if let Some((address, is_faulty)) = &options.dns {
        dns::serve(address, *is_faulty);
    }
    for (key, value) in report {
        print(&key, value);
    }
    print("time.started", state::now().to_string());
    print("end", "of the report");

    let healthy_after = Duration::from_millis(options.healthy_after);
    thread::spawn(move || {
        thread::sleep(healthy_after);
        let _ = std::fs::write(state::HEALTHY, "");
    });
    if let Some(after) = options.exit_after {
        thread::sleep(Duration::from_millis(after));
        event("exit");
        print("time.ended", state::now().to_string());
        return ExitCode::from(options.exit_code);
    }
    loop {
        let Ok(signal) = signals.wait() else { return ExitCode::FAILURE };
        event(&format!("signal {}", signal.as_str()));
        print("signal", signal.as_str());
        if !options.ignore_signals {
            return ExitCode::SUCCESS;
        }
        let event = event.clone();
        thread::spawn(move || {
            loop {
                thread::sleep(Duration::from_millis(100));
                event("alive");
            }
        });
    }
}

fn with_any_address(address: &str) -> String {
    if address.contains(':') { address.to_owned() } else { format!("0.0.0.0:{address}") }
}

fn listen_tcp(address: &str) {
    match TcpListener::bind(address) {
        Ok(listener) => {
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let mut stream = stream;
                    let peer = stream.peer_addr().map_or_else(|error| error.to_string(), |peer| peer.ip().to_string());
                    let _ = stream.write_all(format!("{peer}\n").as_bytes());
                }
            });
        }
        Err(error) => print(&format!("listen.tcp.{address}"), error.kind().to_string()),
    }
}

fn listen_udp(address: &str) {
    match UdpSocket::bind(address) {
        Ok(socket) => {
            thread::spawn(move || {
                let mut buffer = [0; 512];
                while let Ok((_, peer)) = socket.recv_from(&mut buffer) {
                    let _ = socket.send_to(peer.ip().to_string().as_bytes(), peer);
                }
            });
        }
        Err(error) => print(&format!("listen.udp.{address}"), error.kind().to_string()),
    }
}
