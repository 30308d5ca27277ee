//! The program: arguments in, printing and exit codes out.

mod cli;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command, reference, show};

fn main() -> ExitCode {
    let Cli { command, translate } = Cli::parse();
    match command {
        Some(Command::Keys { format }) => reference::print_keys(format),
        Some(Command::Explain { what: Some(what), .. }) => {
            if let Err(help) = reference::explain(&what) {
                show::err(&format!("error: `{what}` is neither a code nor a key; {help}\n"));
                return ExitCode::from(2);
            }
        }
        Some(Command::Explain { what: None, .. }) => reference::print_codes(),
        Some(Command::Completions { shell }) => reference::print_completions(shell),
        Some(Command::Man) => reference::print_man(),
        _ => {
            let _ = translate;
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
