//! A progress indicator below the messages of a running script.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ExitStatus};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Waits for a script whose standard error is piped. Its lines are printed above the indicator, which shows the latest step and the
/// time. Signals are passed on, because the script restores what is unfinished before it ends.
pub(super) fn wait(mut child: Child) -> std::io::Result<ExitStatus> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let handle = signals.handle();
    let script = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let forwarder = std::thread::spawn(move || {
        for signal in signals.forever() {
            let signal = match signal {
                SIGHUP => Signal::HUP,
                SIGINT => Signal::INT,
                _ => Signal::TERM,
            };
            if let Some(script) = script {
                // The script may have ended meanwhile.
                let _ = kill_process(script, signal);
            }
        }
    });
    if let Some(messages) = child.stderr.take() {
        show(messages);
    }
    let status = child.wait();
    handle.close();
    let _ = forwarder.join();
    status
}

fn show(messages: impl Read) {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    let mut messages = BufReader::new(messages);
    let mut line = Vec::new();
    while messages.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        bar.println(text);
        if let Some(step) = step(text) {
            bar.set_message(step.to_owned());
        }
        line.clear();
    }
    bar.finish_and_clear();
}

/// Returns the text of a line that announces a step: `[ 12 s] creating the kind cluster "shop"`.
fn step(line: &str) -> Option<&str> {
    let (time, text) = line.strip_prefix('[')?.split_once(" s] ")?;
    time.trim_start().bytes().all(|byte| byte.is_ascii_digit()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn steps_are_recognized() {
        assert_eq!(step("[  7 s] phase 1 of 2: db"), Some("phase 1 of 2: db"));
        assert_eq!(step("[1200 s] done"), Some("done"));
        assert_eq!(step("--- db: its last lines"), None);
        assert_eq!(step("[x s] y"), None);
    }
}
