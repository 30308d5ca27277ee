//! Topic *health*: one form for commands that make an HTTP request and for the kubelet's HTTP probes.

use k8s_openapi::api::core::v1::{Container, HTTPGetAction};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::resolve::Service;
use crate::resolve::health::Test;

use crate::check::facts::{HttpRequest, Value};
use crate::check::matching::names::dns_names_of;

/// Returns the request of a test that runs `curl` or `wget` against its own service and fails on an error status. Other
/// options and the output do not matter.
pub(crate) fn request_of(test: &Test, service: &Service) -> Option<Value> {
    let words: Vec<&str> = match test {
        Test::Exec(words) => words.iter().map(String::as_str).collect(),
        Test::Shell(line) => {
            let line = line.trim();
            let line = line.strip_suffix("|| exit 1").unwrap_or(line);
            // Neither the exit status nor the destination of the output matters.
            line.split_whitespace().filter(|word| !matches!(*word, ">/dev/null" | "2>&1" | "2>/dev/null")).collect()
        }
    };
    let (tool, rest) = words.split_first()?;
    let is_curl = match tool.rsplit('/').next()? {
        "curl" => true,
        "wget" => false,
        _ => return None,
    };
    let mut fails = !is_curl;
    let mut address = None;
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        match *word {
            "-o" | "--output" | "-O" | "-T" | "-t" | "-m" | "--max-time" => _ = rest.next()?,
            "--fail" => fails = true,
            "--silent" | "--show-error" | "--quiet" | "--spider" | "--no-verbose" | "-nv" | "-O-" | "-qO-" => {}
            word if word.starts_with("--tries=") || word.starts_with("--timeout=") => {}
            word => match word.strip_prefix('-') {
                Some(flags) if flags.chars().all(|flag| matches!(flag, 'f' | 's' | 'S' | 'L' | 'q')) => {
                    fails |= flags.contains('f');
                }
                None if address.is_none() => address = Some(word.trim_matches(['"', '\''])),
                Some(_) | None => return None,
            },
        }
    }
    let address = address.filter(|address| fails && !address.contains(['$', '`', ';', '|', '&', '>']))?;
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let (place, path) = rest.split_once('/').map_or((rest, String::new()), |(place, path)| (place, path.to_owned()));
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (place, if scheme == "https" { 443 } else { 80 }),
    };
    let itself =
        matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "0.0.0.0") || dns_names_of(service).contains(&host);
    itself.then(|| request(scheme, &format!("/{path}"), &port.to_string()))
}

/// Returns the request of the kubelet.
pub(crate) fn request_shown(get: &HTTPGetAction, container: &Container) -> Value {
    let HTTPGetAction { host: _, http_headers: _, path, port, scheme } = get;
    let port = match port {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(name) => {
            let mut ports = container.ports.iter().flatten();
            let named = ports.find(|port| port.name.as_ref() == Some(name));
            named.map_or_else(|| name.clone(), |port| port.container_port.to_string())
        }
    };
    let scheme = scheme.as_deref().unwrap_or("HTTP").to_ascii_lowercase();
    request(&scheme, path.as_deref().filter(|path| !path.is_empty()).unwrap_or("/"), &port)
}

fn request(scheme: &str, path: &str, port: &str) -> Value {
    Value::HttpRequest(Box::new(HttpRequest { scheme: scheme.into(), path: path.into(), port: port.into() }))
}
