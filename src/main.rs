//! The program: arguments in, printing and exit codes out.

mod cli;

use std::process::ExitCode;

use clap::Parser;
use cli::arguments::{Cli, Command};
use cli::{compare, config, facts, graph, init, lifecycle, reference, translate};

fn main() -> ExitCode {
    let Cli { command, translate } = Cli::parse();
    match command {
        None => return translate::run(&translate),
        Some(Command::Up(arguments)) => return lifecycle::up(arguments),
        Some(Command::Down(arguments)) => return lifecycle::down(arguments),
        Some(Command::Run(arguments)) => return lifecycle::run(arguments),
        Some(Command::Logs(arguments)) => return lifecycle::logs(arguments),
        Some(Command::Check { project, against, baseline, report }) => {
            return compare::run(&project, &against, &baseline, &report);
        }
        Some(Command::Config(arguments)) => return config::run(&arguments),
        Some(Command::Graph { project, output, color }) => return graph::run(&project, output.as_deref(), color),
        Some(Command::Facts { project, format, all, color }) => return facts::run(&project, format, all, color),
        Some(Command::Keys { format }) => reference::print_keys(format),
        Some(Command::Explain { what: Some(what), list: _ }) => return reference::explain(&what),
        Some(Command::Explain { what: None, list: _ }) => reference::print_codes(),
        Some(Command::Init { project, force, accept_security, migrate }) => {
            return init::run(&project, force, accept_security, migrate);
        }
        Some(Command::Schema { of }) => reference::print_schema(of),
        Some(Command::Completions { shell }) => reference::print_completions(shell),
        Some(Command::Man) => reference::print_man(),
    }
    ExitCode::SUCCESS
}
