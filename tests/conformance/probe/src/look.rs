//! Observations from a second process in a running container.

use std::fs;
use std::io;

use crate::{dns, files, network, print, report, state};

pub(crate) fn look(options: &[String]) -> io::Result<()> {
    for option in options {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        match name {
            "--resolve" => network::resolve(value),
            "--query" => dns::query(value, "udp"),
            "--query-tcp" => dns::query(value, "tcp"),
            "--tcp" => network::tcp(value),
            "--udp" => network::udp(value),
            "--list" => files::print_names(value),
            "--path" => files::show(value),
            "--writable" => files::try_to_write(value),
            "--health" => health(),
            // What a process that was started beside the main process has.
            "--self" => {
                // Its streams and the list of processes are the runner's own doing.
                for (key, value) in report::lines(&[]) {
                    if !key.starts_with("terminal.") && key != "process.visible" {
                        print(&format!("beside.{key}"), value);
                    }
                }
            }
            _ => return Err(io::Error::other(format!("look has no option {option}"))),
        }
    }
    Ok(())
}

/// When the main process started, when a check first succeeded, and how far apart checks were.
fn health() {
    let started = fs::read_to_string(state::STARTED).unwrap_or_default();
    print("time.started", started.trim());
    let checks = fs::read_to_string(state::CHECKS).unwrap_or_default();
    let checks: Vec<(u64, bool)> = checks
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(time, result)| Some((time.parse().ok()?, result == "ok")))
        .collect();
    let first = checks.iter().position(|(_, ok)| *ok);
    if let Some((time, _)) = first.and_then(|index| checks.get(index)) {
        print("time.healthy", time.to_string());
    }
    let (starting, healthy) = checks.split_at(first.map_or(checks.len(), |index| index + 1));
    let later = first.map_or(&[][..], |index| checks.get(index..).unwrap_or_default());
    print("health.interval.starting", interval(starting));
    print("health.interval.healthy", interval(later));
    print("health.state", if healthy.is_empty() && first.is_none() { "not healthy" } else { "healthy" });
}

/// The median time between two checks, in milliseconds.
fn interval(checks: &[(u64, bool)]) -> String {
    let mut distances: Vec<u64> =
        checks.windows(2).filter_map(|pair| Some(pair.last()?.0.saturating_sub(pair.first()?.0))).collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).map_or_else(|| "unknown".to_owned(), u64::to_string)
}
